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

package io.github.lockstarter.internal.time;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class VirtualTimeTests {

	private static final Instant START = Instant.parse("2026-03-01T00:00:00Z");

	private final VirtualTime time = new VirtualTime(START, 1);

	private final VirtualMachine machine = new VirtualMachine(this.time, "machine");

	private final List<String> done = new ArrayList<>();

	@AfterEach
	void close() {
		this.time.close();
	}

	@Test
	void stepsAreDoneInOrderOfTimeAndOfPlanning() {
		this.time.after(Duration.ofSeconds(2), () -> done("second"));
		this.time.after(Duration.ofSeconds(1), () -> done("first"));
		this.time.after(Duration.ofSeconds(2), () -> done("third"));
		this.time.pass(Duration.ofSeconds(1));
		assertThat(this.done).containsExactly("first at 1000");
		this.time.pass(Duration.ofHours(1));
		assertThat(this.done).containsExactly("first at 1000", "second at 2000", "third at 2000");
	}

	@Test
	void bothClocksGoOnWithTime() {
		this.time.pass(Duration.ofDays(365));
		assertThat(this.machine.now()).isEqualTo(START.plus(Duration.ofDays(365)));
		assertThat(this.machine.nanoTime()).isEqualTo(Duration.ofDays(365).toNanos());
	}

	@Test
	void aClockThatIsSetIsAheadAndTheMonotonicOneIsNot() {
		this.machine.setClock(Duration.ofMinutes(-3));
		this.time.pass(Duration.ofSeconds(1));
		assertThat(this.machine.now()).isEqualTo(START.plusSeconds(1).minusSeconds(180));
		assertThat(this.machine.nanoTime()).isEqualTo(1_000_000_000);
	}

	@Test
	void clocksThatAreTooFastMakeDelaysShorter() {
		this.machine.setDrift(100_000);
		this.machine.after(Duration.ofSeconds(11), () -> done("step"));
		this.time.pass(Duration.ofSeconds(20));
		assertThat(this.done).containsExactly("step at 10000");
		assertThat(this.machine.nanoTime()).isEqualTo(Duration.ofSeconds(22).toNanos());
	}

	@Test
	void aWaitEndsWithItsReply() {
		CompletableFuture<String> reply = new CompletableFuture<>();
		this.machine.execute(() -> await(reply, Duration.ofSeconds(5)));
		this.machine.after(Duration.ofSeconds(2), () -> reply.complete("reply"));
		this.time.pass(Duration.ofSeconds(10));
		assertThat(this.done).containsExactly("reply at 2000");
	}

	@Test
	void aWaitEndsInTimeAndWhatComesLaterEndsNoOther() {
		CompletableFuture<String> late = new CompletableFuture<>();
		CompletableFuture<String> other = new CompletableFuture<>();
		this.machine.execute(() -> {
			await(late, Duration.ofSeconds(1));
			await(other, TimeSource.FOREVER);
		});
		this.machine.after(Duration.ofSeconds(2), () -> late.complete("late"));
		this.machine.after(Duration.ofSeconds(3), () -> other.complete("other"));
		this.time.pass(Duration.ofSeconds(10));
		assertThat(this.done).containsExactly("TimeoutException at 1000", "other at 3000");
	}

	@Test
	void anInterruptEndsAWaitOrTheNextOne() {
		List<Thread> threads = new ArrayList<>();
		this.machine.execute(() -> {
			threads.add(Thread.currentThread());
			await(new CompletableFuture<>(), Duration.ofSeconds(5));
			this.machine.interrupt(Thread.currentThread());
			await(new CompletableFuture<>(), Duration.ofSeconds(5));
		});
		this.machine.after(Duration.ofSeconds(2), () -> this.machine.interrupt(threads.get(0)));
		this.time.pass(Duration.ofSeconds(10));
		assertThat(this.done).containsExactly("InterruptedException at 2000", "InterruptedException at 2000");
	}

	@Test
	void aMachineThatStandsStillGoesOnLaterAndItsClocksAreRight() {
		this.machine.after(Duration.ofSeconds(1), () -> done("step"));
		this.machine.standStill(Duration.ofSeconds(3));
		this.time.pass(Duration.ofSeconds(5));
		assertThat(this.done).containsExactly("step at 3000");
		assertThat(this.machine.nanoTime()).isEqualTo(Duration.ofSeconds(5).toNanos());
	}

	@Test
	void theMonotonicClockOfAMachineThatWasSuspendedHasNotCounted() {
		this.machine.suspend(Duration.ofSeconds(3));
		this.time.pass(Duration.ofSeconds(5));
		assertThat(this.machine.nanoTime()).isEqualTo(Duration.ofSeconds(2).toNanos());
		assertThat(this.machine.now()).isEqualTo(START.plusSeconds(5));
	}

	@Test
	void onAMachineThatIsDeadNothingIsDone() {
		this.machine.execute(() -> {
			await(new CompletableFuture<>(), Duration.ofSeconds(5));
			done("after the wait");
		});
		this.machine.after(Duration.ofSeconds(2), () -> done("step"));
		this.time.after(Duration.ofSeconds(1), this.machine::die);
		this.time.pass(Duration.ofSeconds(10));
		assertThat(this.done).isEmpty();
		assertThat(this.machine.isAlive()).isFalse();
	}

	@Test
	void whatFailsIsTold() {
		IllegalArgumentException failure = new IllegalArgumentException();
		this.time.after(Duration.ofSeconds(1), () -> {
			throw failure;
		});
		assertThatExceptionOfType(IllegalStateException.class).isThrownBy(() -> this.time.pass(Duration.ofSeconds(2)))
			.withCause(failure);
	}

	@Test
	void chanceComesFromTheSeedAndTheUse() {
		assertThat(this.time.random("a").nextLong()).isEqualTo(new VirtualTime(START, 1).random("a").nextLong())
			.isNotEqualTo(new VirtualTime(START, 2).random("a").nextLong())
			.isNotEqualTo(this.time.random("b").nextLong());
	}

	@Test
	void aTimerThatIsClosedDoesNothing() {
		Timer timer = this.machine.timer("timer");
		timer.schedule(() -> done("step"), Duration.ofSeconds(2));
		Future<?> cancelled = timer.schedule(() -> done("cancelled"), Duration.ofSeconds(1));
		assertThat(cancelled.cancel(false)).isTrue();
		this.time.pass(Duration.ofSeconds(1));
		timer.close();
		assertThat(timer.schedule(() -> done("late"), Duration.ZERO)).isNull();
		this.time.pass(Duration.ofSeconds(10));
		assertThat(this.done).isEmpty();
	}

	@Test
	void aPoolDoesNoMoreAtOnceThanItHasThreads() {
		VirtualExecutor pool = new VirtualExecutor(this.machine, 1);
		pool.execute(() -> await(new CompletableFuture<>(), Duration.ofSeconds(3)));
		pool.execute(() -> done("second"));
		this.time.pass(Duration.ofSeconds(10));
		assertThat(this.done).containsExactly("TimeoutException at 3000", "second at 3000");
	}

	@Test
	void ratesAndDelaysArePlannedAsTheJdkDoes() {
		VirtualExecutor pool = new VirtualExecutor(this.machine, 2);
		pool.scheduleAtFixedRate(() -> await(new CompletableFuture<>(), Duration.ofMillis(400)), 0, 1,
				TimeUnit.SECONDS);
		this.time.pass(Duration.ofMillis(1999));
		assertThat(this.done).containsExactly("TimeoutException at 400", "TimeoutException at 1400");
		this.done.clear();
		ScheduledFuture<?> delay = pool.scheduleWithFixedDelay(
				() -> await(new CompletableFuture<>(), Duration.ofMillis(500)), 1, 1, TimeUnit.MILLISECONDS);
		this.time.pass(Duration.ofMillis(1010));
		assertThat(this.done).containsExactly("TimeoutException at 2400", "TimeoutException at 2500",
				"TimeoutException at 3001");
		assertThat(delay.cancel(false)).isTrue();
	}

	@Test
	void whatIsPlannedForTheEndOfTimeDoesNotComeBefore() {
		VirtualExecutor pool = new VirtualExecutor(this.machine, 1);
		pool.scheduleWithFixedDelay(() -> done("once"), 1, Long.MAX_VALUE, TimeUnit.MILLISECONDS);
		this.time.pass(Duration.ofDays(365));
		assertThat(this.done).containsExactly("once at 1");
	}

	@Test
	void aPoolThatIsShutDownDropsWhatIsPlannedAndWaitsForWhatIsDone() {
		VirtualExecutor pool = new VirtualExecutor(this.machine, 2);
		pool.execute(() -> await(new CompletableFuture<>(), Duration.ofSeconds(3)));
		pool.schedule(() -> done("planned"), 1, TimeUnit.SECONDS);
		this.machine.execute(() -> {
			pool.shutdown();
			try {
				done("terminated: " + pool.awaitTermination(1, TimeUnit.SECONDS));
				done("terminated: " + pool.awaitTermination(5, TimeUnit.SECONDS));
			}
			catch (InterruptedException ex) {
				done("interrupted");
			}
		});
		this.time.pass(Duration.ofSeconds(10));
		assertThat(this.done).containsExactly("terminated: false at 1000", "TimeoutException at 3000",
				"terminated: true at 3000");
		assertThatExceptionOfType(RejectedExecutionException.class).isThrownBy(() -> pool.execute(() -> {
		}));
	}

	@Test
	void shuttingDownAtOnceInterruptsWhatIsDone() {
		VirtualExecutor pool = new VirtualExecutor(this.machine, 2);
		pool.execute(() -> await(new CompletableFuture<>(), Duration.ofSeconds(3)));
		this.machine.after(Duration.ofSeconds(1), pool::shutdownNow);
		this.time.pass(Duration.ofSeconds(10));
		assertThat(this.done).containsExactly("InterruptedException at 1000");
	}

	private void await(CompletableFuture<String> reply, Duration limit) {
		try {
			done(this.machine.await(reply, limit));
		}
		catch (InterruptedException | TimeoutException ex) {
			done(ex.getClass().getSimpleName());
		}
		catch (ExecutionException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private void done(String what) {
		this.done.add(what + " at " + TimeUnit.NANOSECONDS.toMillis(this.time.nanos()));
	}

}
