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

import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Test;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.annotation.EnableTransactionManagement;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.transaction.support.AbstractPlatformTransactionManager;
import org.springframework.transaction.support.DefaultTransactionStatus;

import io.github.lockstarter.DistributedScheduled;
import io.github.lockstarter.JobFinished;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * The lock is outside the transaction: what a run wrote is committed before another
 * server can run.
 */
class TransactionOrderTests {

	@Test
	void theLockIsHeldFromBeforeTheBeginUntilAfterTheCommit() {
		try (TestServer server = new TestServer("server-1").firedByHand()
			.onRedis()
			.with(Transactions.class, Job.class)
			.start()) {
			server.scheduler().fire();
			assertThat(server.bean(Recorder.class).steps).containsExactly("begin, locked: true", "body, locked: true",
					"commit, locked: true");
			assertThat(server.events(JobFinished.class)).hasSize(1);
			assertThat(TestServer.isLocked("transactional")).isFalse();
		}
	}

	@Test
	void theLockIsHeldUntilAfterTheCommitOfTransactionsThatComeFirst() {
		try (TestServer server = new TestServer("server-1").firedByHand()
			.onRedis()
			.with(TransactionsFirst.class, Job.class)
			.start()) {
			server.bean(Job.class).run();
			assertThat(server.bean(Recorder.class).steps).containsExactly("begin, locked: true", "body, locked: true",
					"commit, locked: true");
		}
	}

	@Test
	void theLockIsHeldUntilAfterTheRollback() {
		try (TestServer server = new TestServer("server-1").firedByHand()
			.onRedis()
			.with(Transactions.class, Job.class)
			.start()) {
			server.target(Job.class).fails = true;
			assertThatIllegalStateException().isThrownBy(server.bean(Job.class)::run);
			assertThat(server.bean(Recorder.class).steps).containsExactly("begin, locked: true", "body, locked: true",
					"rollback, locked: true");
			assertThat(TestServer.isLocked("transactional")).isFalse();
		}
	}

	@Test
	void aSkippedTickBeginsNoTransaction() {
		try (TestServer server = new TestServer("server-1").firedByHand()
			.onRedis()
			.with(Transactions.class, Job.class)
			.start()) {
			server.bean(Job.class).held();
			server.bean(Job.class).held();
			assertThat(server.bean(Recorder.class).steps).filteredOn((step) -> step.startsWith("begin")).hasSize(1);
		}
	}

	/**
	 * Transactions usually come last; these come early.
	 */
	@Configuration(proxyBeanMethods = false)
	@EnableTransactionManagement(order = 0)
	static class Transactions {

		@Bean
		Recorder transactionManager() {
			return new Recorder();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableTransactionManagement(order = Ordered.HIGHEST_PRECEDENCE)
	static class TransactionsFirst {

		@Bean
		Recorder transactionManager() {
			return new Recorder();
		}

	}

	static class Job {

		private final Recorder recorder;

		boolean fails;

		Job(Recorder recorder) {
			this.recorder = recorder;
		}

		@Transactional
		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled("transactional")
		public void run() {
			this.recorder.record("body");
			if (this.fails) {
				throw new IllegalStateException("no");
			}
		}

		@Transactional
		@DistributedScheduled(lockAtLeastFor = "1h")
		public void held() {
		}

	}

	/**
	 * Asks Redis itself, at each step of a transaction.
	 */
	static class Recorder extends AbstractPlatformTransactionManager {

		private static final long serialVersionUID = 1L;

		final transient List<String> steps = new ArrayList<>();

		void record(String step) {
			this.steps.add(step + ", locked: " + TestServer.isLocked("transactional"));
		}

		@Override
		protected Object doGetTransaction() {
			return this;
		}

		@Override
		protected void doBegin(Object transaction, TransactionDefinition definition) {
			record("begin");
		}

		@Override
		protected void doCommit(DefaultTransactionStatus status) {
			record("commit");
		}

		@Override
		protected void doRollback(DefaultTransactionStatus status) {
			record("rollback");
		}

	}

}
