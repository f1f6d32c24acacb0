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

import org.aopalliance.intercept.MethodInterceptor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.aop.Advisor;
import org.springframework.aop.support.DefaultPointcutAdvisor;
import org.springframework.aop.support.NameMatchMethodPointcut;
import org.springframework.aop.support.RootClassFilter;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Role;
import org.springframework.core.Ordered;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.scheduling.annotation.SchedulingConfigurer;
import org.springframework.scheduling.config.ScheduledTaskRegistrar;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.annotation.EnableTransactionManagement;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.transaction.support.AbstractPlatformTransactionManager;
import org.springframework.transaction.support.DefaultTransactionStatus;
import org.springframework.transaction.support.TransactionTemplate;

import io.github.lockstarter.DistributedJobs;
import io.github.lockstarter.DistributedScheduled;
import io.github.lockstarter.JobFinished;
import io.github.lockstarter.JobSkipped;
import io.github.lockstarter.JobStarted;
import io.github.lockstarter.SkipReason;

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
	 * The lock would be released before the commit.
	 */
	@ParameterizedTest
	@ValueSource(strings = { "aroundTheMethod", "aroundAJob", "aroundWork" })
	void aTransactionThatIsOpenAroundAFireIsRefused(String task) {
		try (LogCapture log = new LogCapture(OpenTransaction.class);
				TestServer server = TestServer.running(Transactions.class, Job.class, OpenedByCode.class)) {
			server.scheduler().fire(task.equals("aroundTheMethod") ? "run" : task);
			server.scheduler().fire(task.equals("aroundTheMethod") ? "run" : task);
			assertThat(server.bean(Recorder.class).steps).as("no body").allMatch((step) -> !step.startsWith("body"));
			assertThat(server.events(JobStarted.class)).isEmpty();
			assertThat(server.events(JobSkipped.class)).extracting(JobSkipped::reason)
				.containsExactly(SkipReason.IN_TRANSACTION, SkipReason.IN_TRANSACTION);
			assertThat(log.lines("ERROR")).singleElement().asString().contains("a transaction is open around its fire");
		}
	}

	@Test
	void aTransactionThatIsOpenAroundACallByHandIsOneWarning() {
		try (LogCapture log = new LogCapture(OpenTransaction.class);
				TestServer server = TestServer.running(Transactions.class, Job.class)) {
			TransactionTemplate template = new TransactionTemplate(server.bean(Recorder.class));
			template.executeWithoutResult((status) -> server.bean(Job.class).run());
			template.executeWithoutResult((status) -> server.bean(Job.class).run());
			assertThat(server.events(JobFinished.class)).hasSize(2);
			assertThat(log.lines("WARN")).singleElement().asString().contains("called by hand inside a transaction");
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

	/**
	 * Opens a transaction in all ways that advice and code have.
	 */
	@Configuration(proxyBeanMethods = false)
	static class OpenedByCode {

		@Bean
		@Role(BeanDefinition.ROLE_INFRASTRUCTURE)
		static Advisor aroundTheMethod(ObjectProvider<Recorder> transactions) {
			NameMatchMethodPointcut run = new NameMatchMethodPointcut();
			run.setMappedName("run");
			run.setClassFilter(new RootClassFilter(Job.class));
			DefaultPointcutAdvisor advisor = new DefaultPointcutAdvisor(run,
					(MethodInterceptor) (invocation) -> new TransactionTemplate(transactions.getObject())
						.execute((status) -> {
							try {
								return invocation.proceed();
							}
							catch (Throwable ex) {
								throw new IllegalStateException(ex);
							}
						}));
			advisor.setOrder(Ordered.HIGHEST_PRECEDENCE);
			return advisor;
		}

		@Bean
		AroundWork aroundWork(DistributedJobs jobs, Job job, Recorder transactions) {
			return new AroundWork(jobs, job, transactions);
		}

	}

	/**
	 * Not a job, but what calls one.
	 *
	 * @param jobs runs work of code
	 * @param job has a job without a schedule
	 * @param transactions where transactions are opened
	 */
	record AroundWork(DistributedJobs jobs, Job job, Recorder transactions) implements SchedulingConfigurer {

		@Override
		public void configureTasks(ScheduledTaskRegistrar registrar) {
			registrar.addCronTask(new Named("a.aroundAJob", this.job::held, this.transactions), "0 0 3 * * *");
			registrar.addCronTask(new Named("a.aroundWork", this::work, this.transactions), "0 0 3 * * *");
		}

		private void work() {
			try {
				this.jobs.run("work", () -> {
					this.transactions.record("body");
					return null;
				});
			}
			catch (Exception ex) {
				throw new IllegalStateException(ex);
			}
		}

	}

	/**
	 * A task in a transaction.
	 *
	 * @param name its name
	 * @param task what it does
	 * @param transactions where the transaction is opened
	 */
	record Named(String name, Runnable task, Recorder transactions) implements Runnable {

		@Override
		public void run() {
			new TransactionTemplate(this.transactions).executeWithoutResult((status) -> this.task.run());
		}

		@Override
		public String toString() {
			return this.name;
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
