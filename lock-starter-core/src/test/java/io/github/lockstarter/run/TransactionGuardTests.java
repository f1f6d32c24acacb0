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

package io.github.lockstarter.run;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.redisson.Redisson;
import org.redisson.api.RedissonClient;
import org.redisson.config.Config;

import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.AbstractPlatformTransactionManager;
import org.springframework.transaction.support.DefaultTransactionStatus;
import org.springframework.transaction.support.TransactionTemplate;

import io.github.lockstarter.DistributedScheduled;
import io.github.lockstarter.JobRun;
import io.github.lockstarter.LockLostException;
import io.github.lockstarter.LockLostPolicy;
import io.github.lockstarter.fixture.Attempts;
import io.github.lockstarter.fixture.RedisServer;
import io.github.lockstarter.internal.time.TimeSource;
import io.github.lockstarter.lock.JobLocks;
import io.github.lockstarter.lock.LockSettings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

/**
 * A run that has lost its lock cannot commit, whatever it does about its interrupt.
 */
class TransactionGuardTests {

	private static final RedisServer redis = RedisServer.shared();

	private final String namespace = "guard-" + UUID.randomUUID();

	private AnnotationConfigApplicationContext server;

	private Transactions transactions;

	private Job job;

	@BeforeEach
	void start() {
		this.server = new AnnotationConfigApplicationContext();
		this.server.registerBean(RunSettings.class,
				() -> new RunSettings(this.namespace, "one", Duration.ofSeconds(3), Duration.ZERO, Duration.ZERO));
		this.server.registerBean(JobLocks.class,
				() -> JobLocks.onRedis(TransactionGuardTests::client, true, redis.address(),
						new LockSettings(this.namespace, "test:", "one", Duration.ofSeconds(2), Duration.ofMinutes(1)),
						TimeSource.system()));
		this.server.register(Server.class);
		this.server.refresh();
		// The first connection of a JVM may take longer than a call waits for it
		Attempts.untilDone(this.server.getBean(JobLocks.class)::ready);
		this.transactions = this.server.getBean(Transactions.class);
		this.job = this.server.getBean(Job.class);
	}

	@AfterEach
	void close() {
		this.server.close();
	}

	private static RedissonClient client() {
		Config config = new Config();
		config.useSingleServer().setAddress(redis.address()).setConnectionMinimumIdleSize(1).setRetryAttempts(0);
		return Redisson.create(config);
	}

	private void loseTheLock() {
		redis.cli("DEL", "test:{" + this.namespace + "/job}:lock");
		JobRun run = JobRun.current();
		await().until(() -> !run.isLockHeld());
	}

	@Test
	void aRunThatHoldsItsLockCommits() {
		this.job.run(() -> {
		});
		assertThat(this.transactions.log).containsExactly("begin", "commit");
	}

	@Test
	void aRunThatHasLostItsLockIsRolledBack() {
		assertThatThrownBy(() -> this.job.run(this::loseTheLock)).isInstanceOf(LockLostException.class);
		assertThat(this.transactions.log).containsExactly("begin", "rollback");
	}

	@Test
	void aTransactionOutsideOfAnyRunIsLeftAlone() {
		new TransactionTemplate(this.transactions).executeWithoutResult((status) -> {
		});
		assertThat(this.transactions.log).containsExactly("begin", "commit");
	}

	@Configuration(proxyBeanMethods = false)
	@Import(DistributedSchedulingConfiguration.class)
	static class Server {

		@Bean
		Transactions transactions() {
			return new Transactions();
		}

		@Bean
		Job job(Transactions transactions) {
			return new Job(new TransactionTemplate(transactions));
		}

	}

	static class Job {

		private final TransactionTemplate template;

		Job(TransactionTemplate template) {
			this.template = template;
		}

		@DistributedScheduled(name = "job", onLockLost = LockLostPolicy.CONTINUE)
		void run(Runnable body) {
			this.template.executeWithoutResult((status) -> body.run());
		}

	}

	static class Transactions extends AbstractPlatformTransactionManager {

		private static final long serialVersionUID = 1L;

		private final transient List<String> log = new ArrayList<>();

		@Override
		protected Object doGetTransaction() {
			return new Object();
		}

		@Override
		protected void doBegin(Object transaction, TransactionDefinition definition) {
			this.log.add("begin");
		}

		@Override
		protected void doCommit(DefaultTransactionStatus status) {
			this.log.add("commit");
		}

		@Override
		protected void doRollback(DefaultTransactionStatus status) {
			this.log.add("rollback");
		}

	}

}
