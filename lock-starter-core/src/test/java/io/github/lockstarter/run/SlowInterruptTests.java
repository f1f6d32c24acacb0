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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import io.micrometer.observation.ObservationRegistry;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import org.springframework.util.function.SingletonSupplier;

import io.github.lockstarter.JobTimedOut;
import io.github.lockstarter.LockLostPolicy;
import io.github.lockstarter.RedisUnavailablePolicy;
import io.github.lockstarter.fixture.OwnThread;
import io.github.lockstarter.fixture.TestTime;
import io.github.lockstarter.lock.JobLocks;
import io.github.lockstarter.lock.SharedMemory;
import io.github.lockstarter.schedule.RepeatedHour;
import io.github.lockstarter.schedule.Timetable;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What looks at the clock for all runs waits for none of them.
 */
class SlowInterruptTests {

	private static final Job JOB = new Job("job", null, "here", Duration.ofSeconds(30), Duration.ZERO,
			Duration.ofMillis(50), LockLostPolicy.INTERRUPT, RedisUnavailablePolicy.RETRY, 1, null, false,
			RepeatedHour.RUNS_TWICE, Timetable.UNKNOWN, false);

	private final CountDownLatch interrupted = new CountDownLatch(1);

	private final CountDownLatch mayReturn = new CountDownLatch(1);

	private final CountDownLatch timedOut = new CountDownLatch(1);

	private final TestTime time = new TestTime() {

		@Override
		public void interrupt(Thread thread) {
			super.interrupt(thread);
			SlowInterruptTests.this.interrupted.countDown();
			until(SlowInterruptTests.this.mayReturn);
		}

	};

	private final JobLocks locks = new SharedMemory(this.time).locks("one");

	private final JobRunner runner = new JobRunner(SingletonSupplier.of(this.locks),
			new RunSettings("shared", "one", Duration.ofSeconds(30), Duration.ZERO, Duration.ZERO),
			new RunEvents((event) -> {
				if (event instanceof JobTimedOut) {
					this.timedOut.countDown();
				}
			}), new RunObservations(ObservationRegistry.NOOP, null), new SkipLog(this.time::nanoTime),
			new RunGate(this.time), (job) -> {
			}, this.time);

	@AfterEach
	void close() {
		this.mayReturn.countDown();
		this.locks.close();
	}

	/**
	 * As a thread in a channel, which is closed by whoever interrupts it, or a thread of
	 * the application's own kind.
	 */
	@Test
	void anInterruptThatTakesLongDelaysNoOther() throws Exception {
		CompletableFuture<Void> run = OwnThread.run(this::run);
		assertThat(this.interrupted.await(30, TimeUnit.SECONDS)).isTrue();
		CountDownLatch other = new CountDownLatch(1);
		this.locks.threads().clock().schedule(other::countDown, Duration.ZERO);
		assertThat(other.await(10, TimeUnit.SECONDS)).as("looks at the clock").isTrue();
		this.mayReturn.countDown();
		run.get(30, TimeUnit.SECONDS);
		assertThat(this.timedOut.await(30, TimeUnit.SECONDS)).isTrue();
	}

	private void run() {
		try {
			new BlockingCall(this.runner).call(JOB, new JobCall(null, false), (run) -> {
				until(new CountDownLatch(1));
				return null;
			});
		}
		catch (Throwable ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static void until(CountDownLatch latch) {
		try {
			latch.await();
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

}
