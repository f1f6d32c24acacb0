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

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.context.SmartLifecycle;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Lazy;
import org.springframework.context.annotation.Primary;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.scheduling.concurrent.SimpleAsyncTaskScheduler;
import org.springframework.scheduling.concurrent.ThreadPoolTaskScheduler;

import io.github.lockstarter.DistributedScheduled;
import io.github.lockstarter.JobFinished;
import io.github.lockstarter.JobRun;
import io.github.lockstarter.JobSkipped;
import io.github.lockstarter.JobStarted;
import io.github.lockstarter.RunOutcome;
import io.github.lockstarter.SkipReason;
import io.github.lockstarter.fixture.OwnThread;
import io.github.lockstarter.fixture.RedisServer;
import io.github.lockstarter.lock.JobLocks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

/**
 * From the start of a server to its end: when locks are made, who is waited for, and what
 * is let in.
 */
class RunLifecycleTests {

	@Test
	void aServerWithoutJobsHasNoLocksAndNoConnection() {
		try (LogCapture log = new LogCapture(RunLifecycle.class);
				RedisServer nowhere = RedisServer.reserved();
				TestServer server = new TestServer("server-1").firedByHand()
					.onRedis(nowhere.address())
					.with(NoJob.class)
					.start()) {
			assertThat(server.context().getBeanFactory().containsSingleton("locks")).isFalse();
			assertThat(server.context().getBeanFactory().containsSingleton("distributedScheduledRunner")).isFalse();
			server.scheduler().fire();
			assertThat(server.bean(NoJob.class).calls).hasValue(1);
			assertThat(log.lines()).isEmpty();
			assertThat(Thread.getAllStackTraces().keySet()).extracting(Thread::getName)
				.noneMatch((name) -> name.startsWith("redis-connect-server-1"));
		}
	}

	static class NoJob {

		final AtomicInteger calls = new AtomicInteger();

		@Scheduled(cron = "0 0 3 * * *")
		void run() {
			this.calls.incrementAndGet();
		}

	}

	@Test
	void aServerWithJobsSaysSoOnce() {
		try (LogCapture log = new LogCapture(RunLifecycle.class); TestServer server = TestServer.running(Job.class)) {
			assertThat(server.context().getBeanFactory().containsSingleton("locks")).isTrue();
			assertThat(log.lines()).containsExactly("INFO Distributed scheduling: namespace '" + TestServer.NAMESPACE
					+ "', server 'server-1', locks on this JVM only, 1 job: running");
		}
	}

	/**
	 * A lazy bean or a prototype may be the only job there is.
	 */
	@Test
	void aJobThatIsMadeAfterTheStartBeginsWhatTheStartWouldHaveBegun() {
		try (LogCapture log = new LogCapture(RunLifecycle.class);
				TestServer server = TestServer.running(LazyJob.class)) {
			assertThat(log.lines()).isEmpty();
			assertThat(server.context().getBeanFactory().getDependentBeans("locks")).contains("taskScheduler");
			server.bean(LazyJob.class);
			await().until(() -> !log.lines().isEmpty());
			assertThat(log.lines()).containsExactly("INFO Distributed scheduling: namespace '" + TestServer.NAMESPACE
					+ "', server 'server-1', locks on this JVM only, 1 job: lazy");
			server.scheduler().fire("run");
			assertThat(server.events(JobStarted.class)).hasSize(1);
		}
	}

	@Lazy
	static class LazyJob {

		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled("lazy")
		void run() {
		}

	}

	@Test
	void theLeaseOfAJobThatIsMadeAfterTheStartIsChecked() {
		try (TestServer server = TestServer.running(LazyJobWithAShortLease.class)) {
			assertThatThrownBy(() -> server.bean(LazyJobWithAShortLease.class))
				.hasMessageContaining("it must be longer than");
			assertThat(server.bean(Jobs.class).all()).isEmpty();
		}
	}

	@Lazy
	static class LazyJobWithAShortLease {

		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled(lease = "1s")
		void run() {
		}

	}

	/**
	 * The scheduler with a thread for each task does not wait for them.
	 */
	@ParameterizedTest
	@ValueSource(classes = { Pool.class, ThreadPerTask.class })
	void aRunningJobIsWaitedForAndItsLockIsReleased(Class<?> scheduler) throws Exception {
		TestServer server = new TestServer("server-1").onRedis().with(scheduler, FiredAtOnce.class, Closing.class);
		try (server) {
			server.start();
			FiredAtOnce job = server.target(FiredAtOnce.class);
			assertThat(job.started.await(30, TimeUnit.SECONDS)).isTrue();
			Closing closing = server.bean(Closing.class);
			CompletableFuture<Void> close = OwnThread.run(server::close);
			assertThat(closing.begun.await(30, TimeUnit.SECONDS)).isTrue();
			assertThat(TestServer.isLocked("fired-at-once")).isTrue();
			assertThat(close).isNotDone();
			job.mayReturn.countDown();
			close.join();
			assertThat(job.interrupted).isFalse();
			JobFinished finished = server.events(JobFinished.class).get(0);
			assertThat(finished.outcome()).isEqualTo(RunOutcome.SUCCEEDED);
			assertThat(TestServer.isLocked("fired-at-once")).isFalse();
			assertThat(TestServer.state("fired-at-once", "outcome")).isEqualTo("SUCCEEDED");
		}
	}

	static class FiredAtOnce {

		final CountDownLatch started = new CountDownLatch(1);

		final CountDownLatch mayReturn = new CountDownLatch(1);

		volatile boolean interrupted;

		@Scheduled(initialDelay = 1)
		@DistributedScheduled("fired-at-once")
		void run() {
			this.started.countDown();
			try {
				this.mayReturn.await();
			}
			catch (InterruptedException ex) {
				this.interrupted = true;
			}
		}

	}

	/**
	 * Tells when the schedulers have been stopped.
	 */
	static class Closing extends Phase {

		final CountDownLatch begun = new CountDownLatch(1);

		Closing() {
			super(ThreadPoolTaskScheduler.DEFAULT_PHASE + 1);
		}

		@Override
		void stopped() {
			this.begun.countDown();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Pool {

		@Bean
		ThreadPoolTaskScheduler taskScheduler() {
			return new ThreadPoolTaskScheduler();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class ThreadPerTask {

		@Bean
		SimpleAsyncTaskScheduler taskScheduler() {
			SimpleAsyncTaskScheduler scheduler = new SimpleAsyncTaskScheduler();
			if (Runtime.version().feature() >= 21) {
				scheduler.setVirtualThreads(true);
			}
			return scheduler;
		}

	}

	/**
	 * Spring fires for a while after a context began to close.
	 */
	@Test
	void aTickThatComesAfterTheContextBeganToCloseIsSkipped() {
		TestServer server = new TestServer("server-1").firedByHand().with(Job.class, FiresLate.class);
		try (server) {
			server.start();
			server.bean(FiresLate.class).server = server;
		}
		assertThat(server.events(JobStarted.class)).isEmpty();
		assertThat(server.events(JobSkipped.class)).singleElement().satisfies((skip) -> {
			assertThat(skip.reason()).isEqualTo(SkipReason.CLOSING);
			assertThat(skip.tick()).hasToString("2020-01-01T03:00:00Z");
			assertThat(skip.holder()).isNull();
		});
	}

	static class FiresLate extends Phase {

		volatile TestServer server;

		FiresLate() {
			super(Integer.MAX_VALUE);
		}

		@Override
		void stopped() {
			this.server.scheduler().fire();
		}

	}

	static class Job {

		@Scheduled(cron = "0 0 3 * * *", zone = "UTC")
		@DistributedScheduled("running")
		void run() {
		}

	}

	/**
	 * The end of another context, such as that of the management port, is not ours.
	 */
	@Test
	void theEndOfAnotherContextClosesNothing() {
		try (TestServer server = TestServer.running(Job.class); TestServer other = TestServer.running()) {
			server.context().publishEvent(new ContextClosedEvent(other.context()));
			server.scheduler().fire();
			assertThat(server.events(JobStarted.class)).hasSize(1);
		}
	}

	@Test
	void aContextThatIsStoppedSkipsAndOneThatIsStartedAgainRuns() {
		try (TestServer server = TestServer.running(Job.class)) {
			RunLifecycle lifecycle = server.bean(RunLifecycle.class);
			assertThat(lifecycle.isRunning()).isTrue();
			server.context().stop();
			assertThat(lifecycle.isRunning()).isFalse();
			server.scheduler().fire();
			assertThat(server.events(JobSkipped.class)).singleElement()
				.extracting(JobSkipped::reason)
				.isEqualTo(SkipReason.CLOSING);
			server.context().start();
			assertThat(lifecycle.isRunning()).isTrue();
			server.scheduler().fire();
			assertThat(server.events(JobStarted.class)).hasSize(1);
		}
	}

	/**
	 * As before a checkpoint and after it.
	 */
	@ParameterizedTest
	@ValueSource(classes = { Pool.class, ThreadPerTask.class })
	void aContextThatIsStartedAgainFiresItsJobsAgain(Class<?> scheduler) {
		try (TestServer server = new TestServer("server-1").with(scheduler, Often.class).start()) {
			server.await(JobFinished.class);
			server.context().stop();
			server.forgetEvents();
			server.context().start();
			assertThat(server.await(JobFinished.class)).satisfies((finished) -> {
				assertThat(finished.outcome()).isEqualTo(RunOutcome.SUCCEEDED);
				assertThat(finished.trigger()).isEqualTo(JobRun.Trigger.SCHEDULE);
				assertThat(finished.server()).isEqualTo("server-1");
			});
		}
	}

	static class Often {

		@Scheduled(fixedRate = 20)
		@DistributedScheduled("often")
		void run() {
		}

	}

	@Test
	void stoppingAContextWaitsForTheRunsThatAreInside() throws Exception {
		TestServer server = new TestServer("server-1").with(ThreadPerTask.class, FiredAtOnce.class, Closing.class);
		try (server) {
			server.start();
			FiredAtOnce job = server.target(FiredAtOnce.class);
			assertThat(job.started.await(30, TimeUnit.SECONDS)).isTrue();
			CompletableFuture<Void> stop = OwnThread.run(server.context()::stop);
			await().until(() -> !server.bean(RunLifecycle.class).isRunning());
			assertThat(stop).isNotDone();
			job.mayReturn.countDown();
			stop.join();
			assertThat(server.events(JobFinished.class)).hasSize(1);
		}
	}

	/**
	 * The first thing that goes wrong stops the application, not the first tick.
	 */
	@Test
	void locksThatCannotBeMadeStopTheStart() {
		TestServer server = new TestServer("server-1").firedByHand().with(Job.class, BadLocks.class);
		try (server) {
			assertThatThrownBy(server::start).rootCause().hasMessage("no such Redis");
		}
	}

	@Configuration(proxyBeanMethods = false)
	static class BadLocks {

		@Bean
		@Primary
		@Lazy
		JobLocks badLocks() {
			throw new IllegalStateException("no such Redis");
		}

	}

	/**
	 * Something that is stopped with the context.
	 */
	abstract static class Phase implements SmartLifecycle {

		private final int phase;

		private volatile boolean running;

		Phase(int phase) {
			this.phase = phase;
		}

		abstract void stopped();

		@Override
		public void start() {
			this.running = true;
		}

		@Override
		public void stop() {
			this.running = false;
			stopped();
		}

		@Override
		public boolean isRunning() {
			return this.running;
		}

		@Override
		public int getPhase() {
			return this.phase;
		}

	}

}
