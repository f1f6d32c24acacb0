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

import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import io.github.lockstarter.DistributedScheduled;
import io.github.lockstarter.JobFinished;
import io.github.lockstarter.JobRun;
import io.github.lockstarter.RunOutcome;
import io.github.lockstarter.fixture.RedisServer;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

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

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A job that returns a publisher, in an application of Spring Boot.
 */
@SpringBootTest(webEnvironment = SpringBootTest.WebEnvironment.NONE,
		properties = { "spring.datasource.url=jdbc:h2:mem:reactive", "distributed-scheduled.server-id=server" })
class ReactiveJobTests {

	@Autowired
	private Recorder recorder;

	@DynamicPropertySource
	static void redis(DynamicPropertyRegistry registry) {
		registry.add("spring.data.redis.host", () -> RedisServer.shared().host());
		registry.add("spring.data.redis.port", () -> RedisServer.shared().port());
		registry.add("distributed-scheduled.namespace", () -> "reactive-" + System.nanoTime());
	}

	@Test
	void eachTickIsARunWithATokenOfItsOwn() throws Exception {
		for (int tick = 0; tick < 3; tick++) {
			JobFinished finished = this.recorder.finished.poll(30, TimeUnit.SECONDS);
			assertThat(finished).isNotNull();
			assertThat(finished.outcome()).isEqualTo(RunOutcome.SUCCEEDED);
			assertThat(finished.trigger()).isEqualTo(JobRun.Trigger.SCHEDULE);
			assertThat(this.recorder.tokens.poll()).isEqualTo(finished.token());
		}
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	@EnableScheduling
	@Import({ Recorder.class, ReactiveJob.class })
	static class Application {

	}

	static class Recorder {

		private final BlockingQueue<JobFinished> finished = new LinkedBlockingQueue<>();

		private final Queue<Long> tokens = new ConcurrentLinkedQueue<>();

		@EventListener
		void finished(JobFinished finished) {
			this.finished.add(finished);
		}

	}

	static class ReactiveJob {

		private final Recorder recorder;

		ReactiveJob(Recorder recorder) {
			this.recorder = recorder;
		}

		@Scheduled(cron = "* * * * * *")
		@DistributedScheduled("reactive")
		Mono<Boolean> run() {
			return Mono.delay(Duration.ofMillis(10))
				.flatMap((it) -> Mono.deferContextual((context) -> Mono.just(context.get(JobRun.class))))
				.map((run) -> this.recorder.tokens.add(run.token()));
		}

	}

}
