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
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import org.springframework.context.event.EventListener;
import org.springframework.scheduling.annotation.Scheduled;

import io.github.lockstarter.DistributedScheduled;
import io.github.lockstarter.JobFinished;
import io.github.lockstarter.JobRun;
import io.github.lockstarter.JobSkipped;
import io.github.lockstarter.JobStarted;
import io.github.lockstarter.JobTimedOut;
import io.github.lockstarter.LockLostException;
import io.github.lockstarter.RunOutcome;
import io.github.lockstarter.SkipReason;
import io.github.lockstarter.internal.time.VirtualMachine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatNoException;
import static org.assertj.core.api.Assertions.catchThrowable;

/**
 * A run that takes longer than its timeout.
 */
class JobTimeoutTests {

	private static final Duration TIMEOUT = Duration.ofMinutes(5);

	private final VirtualServers world = new VirtualServers();

	private final VirtualServers.Server machine = this.world.server("server-1");

	@AfterEach
	void close() {
		this.world.close();
	}

	@Test
	void isToldAndInterrupted() {
		try (TestServer server = virtual(Hanging.class)) {
			List<Throwable> failures = new ArrayList<>();
			this.machine.machine().execute(() -> failures.add(catchThrowable(server.bean(Hanging.class)::run)));
			this.world.until(JobStarted.class);
			Instant begun = this.world.now();
			JobRun run = server.target(Hanging.class).run;
			run.assertLockHeld();
			JobTimedOut told = this.world.until(JobTimedOut.class);
			assertThat(Duration.between(begun, this.world.now())).isBetween(TIMEOUT.minusSeconds(1),
					TIMEOUT.plusSeconds(1));
			assertThat(told).isEqualTo(new JobTimedOut("hanging", "server-1", run.tick(), run.token(), TIMEOUT));
			assertThat(run.isLockHeld()).isFalse();
			assertThatExceptionOfType(LockLostException.class).isThrownBy(run::assertLockHeld)
				.withMessageContaining("hanging")
				.withMessageContaining("longer than its timeout of 5m");
			JobFinished finished = this.world.until(JobFinished.class);
			assertThat(server.target(Hanging.class).heldAfterTheInterrupt).isFalse();
			assertThat(failures).hasOnlyElementsOfType(InterruptedException.class).hasSize(1);
			assertThat(finished.outcome()).isEqualTo(RunOutcome.TIMED_OUT);
			assertThat(finished.failure()).isInstanceOf(InterruptedException.class);
			assertThat(finished.duration()).isBetween(TIMEOUT.minusSeconds(1), TIMEOUT.plusSeconds(1));
		}
	}

	/**
	 * A tick of a schedule is told the same.
	 */
	@Test
	void keepsItsTick() {
		TestServer server = virtual(Hanging.class);
		assertThat(this.world.until(JobTimedOut.class).tick()).isEqualTo(VirtualServers.THREE);
		assertThat(this.world.until(JobFinished.class).tick()).isEqualTo(VirtualServers.THREE);
		server.close();
	}

	static class Hanging {

		private final VirtualMachine machine;

		private JobRun run;

		private boolean heldAfterTheInterrupt = true;

		Hanging(VirtualMachine machine) {
			this.machine = machine;
		}

		@Scheduled(cron = "0 0 3 * * *", zone = "UTC")
		@DistributedScheduled(name = "hanging", timeout = "5m")
		void run() throws InterruptedException {
			this.run = JobRun.current();
			try {
				this.machine.sleep(Duration.ofDays(1));
			}
			finally {
				this.heldAfterTheInterrupt = this.run.isLockHeld();
			}
		}

	}

	@Test
	void keepsItsLockUntilItReturns() {
		try (TestServer server = virtual(Stubborn.class)) {
			Stubborn job = server.bean(Stubborn.class);
			this.machine.machine().execute(job::run);
			this.world.until(JobTimedOut.class);
			this.world.pass(Duration.ofHours(1));
			job.run();
			assertThat(server.events(JobSkipped.class)).singleElement()
				.extracting(JobSkipped::reason)
				.isEqualTo(SkipReason.STILL_RUNNING);
			server.target(Stubborn.class).mayReturn.complete(true);
			JobFinished finished = this.world.until(JobFinished.class);
			assertThat(finished.failure()).isNull();
			assertThat(finished.outcome()).as("although it returned").isEqualTo(RunOutcome.TIMED_OUT);
			this.world.pass(Duration.ofMillis(100));
			job.run();
			assertThat(server.events(JobFinished.class)).hasSize(2);
		}
	}

	static class Stubborn {

		private final VirtualMachine machine;

		private final CompletableFuture<Boolean> mayReturn = new CompletableFuture<>();

		Stubborn(VirtualMachine machine) {
			this.machine = machine;
		}

		@DistributedScheduled(timeout = "5m")
		void run() {
			while (!this.mayReturn.isDone()) {
				try {
					this.machine.await(this.mayReturn, Duration.ofDays(1));
				}
				catch (InterruptedException ex) {
					// It goes on
				}
				catch (ExecutionException | TimeoutException ex) {
					throw new IllegalStateException(ex);
				}
			}
		}

	}

	/**
	 * Whatever this thread does next is not the job that hung.
	 */
	@Test
	void doesNotLeaveItsInterruptOnTheThread() {
		try (TestServer server = TestServer.running(Deaf.class)) {
			Deaf job = server.bean(Deaf.class);
			job.run();
			assertThat(Thread.interrupted()).isFalse();
			assertThat(server.await(JobTimedOut.class).job()).isEqualTo("jobTimeoutTests.Deaf.run");
			assertThat(server.target(Deaf.class).wasInterrupted).isTrue();
		}
	}

	/**
	 * Sees the interrupt, and leaves it where it is.
	 */
	static class Deaf {

		private volatile boolean wasInterrupted;

		@DistributedScheduled(timeout = "100ms")
		void run() {
			while (!Thread.currentThread().isInterrupted()) {
				Thread.onSpinWait();
			}
			this.wasInterrupted = true;
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
	void doesNotHitTheNextRunOfTheThread() {
		try (TestServer server = virtual(QuickThenSlow.class)) {
			this.machine.machine().execute(() -> {
				server.bean(QuickThenSlow.class).quick();
				assertThatNoException().isThrownBy(server.bean(QuickThenSlow.class)::slow);
			});
			this.world.until(() -> server.events(JobFinished.class).size() == 2);
			assertThat(server.events(JobTimedOut.class)).isEmpty();
			assertThat(server.events(JobFinished.class)).extracting(JobFinished::outcome)
				.containsExactly(RunOutcome.SUCCEEDED, RunOutcome.SUCCEEDED);
		}
	}

	static class QuickThenSlow {

		private final VirtualMachine machine;

		QuickThenSlow(VirtualMachine machine) {
			this.machine = machine;
		}

		@DistributedScheduled(timeout = "5m")
		void quick() {
		}

		@DistributedScheduled
		void slow() throws InterruptedException {
			// What an interrupt would end
			this.machine.sleep(TIMEOUT.multipliedBy(2));
		}

	}

	@Test
	void theDefaultAppliesWhereTheAnnotationSaysNothing() {
		this.machine
			.settings((it) -> new RunSettings(it.namespace(), it.server(), it.lease(), it.lockAtLeastFor(), TIMEOUT));
		this.machine.start(NoTimeoutOfItsOwn.class, (machine) -> machine.sleep(Duration.ofDays(1)));
		assertThat(this.world.until(JobTimedOut.class).timeout()).isEqualTo(TIMEOUT);
		assertThat(this.world.until(JobFinished.class).failure()).isInstanceOf(InterruptedException.class);
	}

	static class NoTimeoutOfItsOwn {

		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled
		void run() {
		}

	}

	private TestServer virtual(Class<?> job) {
		return new TestServer("server-1").on(this.machine).with(job).start();
	}

	/**
	 * There is one thread for timeouts. A listener that hangs must not keep others from
	 * their timeout. Which thread hangs shows on real ones only.
	 */
	@Test
	void aListenerThatHangsDoesNotHoldUpTheTimeoutsOfOthers() {
		try (TestServer server = TestServer.running(Other.class, NoOtherTimeout.class, HangingListener.class)) {
			assertThatExceptionOfType(InterruptedException.class).isThrownBy(server.bean(Other.class)::run);
			assertThatExceptionOfType(InterruptedException.class).isThrownBy(server.bean(NoOtherTimeout.class)::run);
			server.bean(HangingListener.class).release.countDown();
		}
	}

	static class Other {

		@DistributedScheduled(name = "other", timeout = "100ms")
		void run() throws InterruptedException {
			assertThat(new CountDownLatch(1).await(30, TimeUnit.SECONDS)).isTrue();
		}

	}

	static class NoOtherTimeout {

		@DistributedScheduled(timeout = "100ms")
		void run() throws InterruptedException {
			assertThat(new CountDownLatch(1).await(30, TimeUnit.SECONDS)).isTrue();
		}

	}

	static class HangingListener {

		private final CountDownLatch release = new CountDownLatch(1);

		@EventListener
		void on(JobTimedOut event) throws InterruptedException {
			if (event.job().equals("other")) {
				this.release.await();
			}
		}

	}

}
