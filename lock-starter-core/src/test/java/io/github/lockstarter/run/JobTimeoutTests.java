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
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import org.springframework.context.event.EventListener;
import org.springframework.scheduling.annotation.Scheduled;

import io.github.lockstarter.DistributedScheduled;
import io.github.lockstarter.JobFinished;
import io.github.lockstarter.JobRun;
import io.github.lockstarter.JobSkipped;
import io.github.lockstarter.JobTimedOut;
import io.github.lockstarter.LockLostException;
import io.github.lockstarter.RunOutcome;
import io.github.lockstarter.SkipReason;
import io.github.lockstarter.fixture.OwnThread;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/**
 * A run that takes longer than its timeout.
 */
class JobTimeoutTests {

	private static final Instant TICK = Instant.parse("2020-01-01T03:00:00Z");

	private static final Duration TIMEOUT = Duration.ofSeconds(1);

	@Test
	void isToldAndInterrupted() {
		try (TestServer server = TestServer.running(Hanging.class)) {
			Hanging job = server.bean(Hanging.class);
			assertThatExceptionOfType(InterruptedException.class).isThrownBy(job::runByHand);
			JobRun run = job.run();
			assertThat(job.heldAfterTheInterrupt()).isFalse();
			assertThat(run.isLockHeld()).isFalse();
			assertThatExceptionOfType(LockLostException.class).isThrownBy(run::assertLockHeld)
				.withMessageContaining("hanging.byHand")
				.withMessageContaining("longer than its timeout of 1s");
			JobTimedOut told = server.await(JobTimedOut.class);
			assertThat(told).isEqualTo(new JobTimedOut("hanging.byHand", "server-1", run.tick(), run.token(), TIMEOUT));
			JobFinished finished = server.await(JobFinished.class);
			assertThat(finished.outcome()).isEqualTo(RunOutcome.TIMED_OUT);
			assertThat(finished.failure()).isInstanceOf(InterruptedException.class);
			assertThat(finished.duration()).isGreaterThan(TIMEOUT.dividedBy(2));
		}
	}

	/**
	 * A tick of a schedule is told the same.
	 */
	@Test
	void keepsItsTick() {
		try (TestServer server = TestServer.running(Deaf.class)) {
			server.target(Deaf.class).mayReturn.countDown();
			server.scheduler().fire();
			assertThat(server.await(JobTimedOut.class).tick()).isEqualTo(TICK);
			assertThat(server.await(JobFinished.class).tick()).isEqualTo(TICK);
		}
	}

	static class Hanging {

		private @Nullable JobRun run;

		private boolean heldAfterTheInterrupt = true;

		@DistributedScheduled(name = "hanging.byHand", timeout = "1s")
		void runByHand() throws InterruptedException {
			this.run = JobRun.current();
			this.run.assertLockHeld();
			try {
				new CountDownLatch(1).await();
			}
			finally {
				this.heldAfterTheInterrupt = this.run.isLockHeld();
			}
		}

		boolean heldAfterTheInterrupt() {
			return this.heldAfterTheInterrupt;
		}

		JobRun run() {
			assertThat(this.run).isNotNull();
			return this.run;
		}

	}

	@Test
	void keepsItsLockUntilItReturns() {
		try (TestServer server = TestServer.running(Deaf.class)) {
			Deaf job = server.bean(Deaf.class);
			CompletableFuture<Void> call = OwnThread.run(job::run);
			server.await(JobTimedOut.class);
			job.run();
			assertThat(server.events(JobSkipped.class)).singleElement()
				.extracting(JobSkipped::reason)
				.isEqualTo(SkipReason.STILL_RUNNING);
			server.target(Deaf.class).mayReturn.countDown();
			call.join();
			assertThat(server.await(JobFinished.class).failure()).isNull();
			assertThat(server.await(JobFinished.class).outcome()).as("although it returned")
				.isEqualTo(RunOutcome.TIMED_OUT);
			job.run();
			await().until(() -> server.events(JobFinished.class).size() == 2);
		}
	}

	/**
	 * Whatever this thread does next is not the job that hung.
	 */
	@Test
	void doesNotLeaveItsInterruptOnTheThread() {
		try (TestServer server = TestServer.running(Deaf.class)) {
			Deaf job = server.bean(Deaf.class);
			server.target(Deaf.class).mayReturn.countDown();
			job.run();
			assertThat(Thread.interrupted()).isFalse();
			assertThat(server.await(JobTimedOut.class).job()).isEqualTo("jobTimeoutTests.Deaf.run");
			assertThat(server.target(Deaf.class).wasInterrupted).isTrue();
		}
	}

	/**
	 * Sees the interrupt, leaves it where it is, and returns when it may.
	 */
	static class Deaf {

		private final CountDownLatch mayReturn = new CountDownLatch(1);

		private volatile boolean wasInterrupted;

		@Scheduled(cron = "0 0 3 * * *", zone = "UTC")
		@DistributedScheduled(timeout = "1s")
		void run() {
			while (!Thread.currentThread().isInterrupted()) {
				Thread.onSpinWait();
			}
			this.wasInterrupted = true;
			while (this.mayReturn.getCount() > 0) {
				Thread.onSpinWait();
			}
		}

	}

	@Test
	void anInterruptOfSomebodyElseStays() {
		try (TestServer server = TestServer.running(SelfInterrupting.class)) {
			server.bean(SelfInterrupting.class).run();
			assertThat(Thread.interrupted()).isTrue();
			assertThat(server.await(JobFinished.class).outcome()).isEqualTo(RunOutcome.SUCCEEDED);
		}
	}

	static class SelfInterrupting {

		@DistributedScheduled(timeout = "1h")
		void run() {
			Thread.currentThread().interrupt();
		}

	}

	@Test
	void doesNotHitTheNextRunOfTheThread() throws Exception {
		try (TestServer server = TestServer.running(QuickThenSlow.class)) {
			QuickThenSlow job = server.bean(QuickThenSlow.class);
			job.quick();
			job.slow();
			assertThat(server.events(JobTimedOut.class)).isEmpty();
			assertThat(server.events(JobFinished.class)).extracting(JobFinished::outcome)
				.containsExactly(RunOutcome.SUCCEEDED, RunOutcome.SUCCEEDED);
		}
	}

	static class QuickThenSlow {

		@DistributedScheduled(timeout = "1s")
		void quick() {
		}

		@DistributedScheduled
		void slow() throws InterruptedException {
			// What an interrupt would end
			assertThat(new CountDownLatch(1).await(1500, TimeUnit.MILLISECONDS)).isFalse();
		}

	}

	@Test
	void theDefaultAppliesWhereTheAnnotationSaysNothing() {
		try (TestServer server = new TestServer("server-1").firedByHand()
			.with(NoTimeoutOfItsOwn.class)
			.defaults((it) -> new RunSettings(it.namespace(), it.server(), it.lease(), it.lockAtLeastFor(), TIMEOUT))
			.start()) {
			assertThatExceptionOfType(InterruptedException.class).isThrownBy(server.bean(NoTimeoutOfItsOwn.class)::run);
			assertThat(server.await(JobTimedOut.class).timeout()).isEqualTo(TIMEOUT);
		}
	}

	static class NoTimeoutOfItsOwn {

		@DistributedScheduled
		void run() throws InterruptedException {
			new CountDownLatch(1).await();
		}

	}

	/**
	 * There is one thread for timeouts. A listener that hangs must not keep others from
	 * their timeout.
	 */
	@Test
	void aListenerThatHangsDoesNotHoldUpTheTimeoutsOfOthers() {
		try (TestServer server = TestServer.running(Hanging.class, NoOtherTimeout.class, HangingListener.class)) {
			assertThatExceptionOfType(InterruptedException.class).isThrownBy(server.bean(Hanging.class)::runByHand);
			assertThatExceptionOfType(InterruptedException.class).isThrownBy(server.bean(NoOtherTimeout.class)::run);
			server.bean(HangingListener.class).release.countDown();
		}
	}

	static class NoOtherTimeout {

		@DistributedScheduled(timeout = "1s")
		void run() throws InterruptedException {
			assertThat(new CountDownLatch(1).await(30, TimeUnit.SECONDS)).isTrue();
		}

	}

	static class HangingListener {

		private final CountDownLatch release = new CountDownLatch(1);

		@EventListener
		void on(JobTimedOut event) throws InterruptedException {
			if (event.job().equals("hanging.byHand")) {
				this.release.await();
			}
		}

	}

}
