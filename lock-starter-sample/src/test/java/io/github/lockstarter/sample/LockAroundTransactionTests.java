/*
 * Copyright 2026-present the original author or authors.
 *
 * Licensed under the Apache License, Version 2.0 (the "License");
 * you may not use this file except in compliance with the License.
 * You may obtain a copy of the License at
 *
 *      https://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS,
 * WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
 * See the License for the specific language governing permissions and
 * limitations under the License.
 */

package io.github.lockstarter.sample;

import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import io.github.lockstarter.DistributedScheduled;
import io.github.lockstarter.JobFinished;
import io.github.lockstarter.JobRun;
import io.github.lockstarter.JobStarted;
import io.github.lockstarter.fixture.RedisServer;
import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.context.event.EventListener;
import org.springframework.scheduling.annotation.EnableScheduling;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * If the lock were inside the transaction it would be released before the commit, and
 * another server could read what is not there yet.
 */
@SpringBootTest(webEnvironment = SpringBootTest.WebEnvironment.NONE,
		properties = { "spring.datasource.url=jdbc:h2:mem:around", "distributed-scheduled.server-id=server" })
class LockAroundTransactionTests {

	@Autowired
	private Recorder recorder;

	@DynamicPropertySource
	static void redis(DynamicPropertyRegistry registry) {
		registry.add("spring.data.redis.host", () -> RedisServer.shared().host());
		registry.add("spring.data.redis.port", () -> RedisServer.shared().port());
		registry.add("distributed-scheduled.namespace", () -> "around-" + System.nanoTime());
	}

	@Test
	void lockIsAcquiredBeforeTheTransactionAndReleasedAfterIt() throws Exception {
		List<String> run = this.recorder.runs.poll(30, TimeUnit.SECONDS);
		assertThat(run).containsExactly("lock acquired, in transaction: false", "body, in transaction: true",
				"committed, lock held: true", "lock released, in transaction: false");
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	@EnableScheduling
	@Import({ Recorder.class, TransactionalJob.class })
	static class Application {

	}

	static class Recorder {

		private final List<String> events = new CopyOnWriteArrayList<>();

		private final BlockingQueue<List<String>> runs = new LinkedBlockingQueue<>();

		@EventListener
		void started(JobStarted started) {
			record("lock acquired, in transaction: " + TransactionSynchronizationManager.isActualTransactionActive());
		}

		@EventListener
		void finished(JobFinished finished) {
			record("lock released, in transaction: " + TransactionSynchronizationManager.isActualTransactionActive());
			this.runs.add(List.copyOf(this.events));
			this.events.clear();
		}

		void record(String event) {
			this.events.add(event);
		}

	}

	static class TransactionalJob {

		private final Recorder recorder;

		TransactionalJob(Recorder recorder) {
			this.recorder = recorder;
		}

		@Scheduled(cron = "* * * * * *")
		@DistributedScheduled("around")
		@Transactional
		void run() {
			this.recorder
				.record("body, in transaction: " + TransactionSynchronizationManager.isActualTransactionActive());
			TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {

				@Override
				public void afterCommit() {
					TransactionalJob.this.recorder.record("committed, lock held: " + JobRun.current().isLockHeld());
				}

			});
		}

	}

}
