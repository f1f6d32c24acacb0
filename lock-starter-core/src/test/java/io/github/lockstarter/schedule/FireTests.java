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
package io.github.lockstarter.schedule;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import org.springframework.core.task.TaskRejectedException;
import org.springframework.scheduling.TaskScheduler;
import org.springframework.scheduling.Trigger;
import org.springframework.scheduling.concurrent.ConcurrentTaskScheduler;
import org.springframework.scheduling.support.SimpleTriggerContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * A fire lies on the thread for as long as its task runs and nobody has taken it.
 */
class FireTests {

	@Test
	void isThereOnlyWhileItsTaskRuns() {
		List<@Nullable Fire> found = new ArrayList<>();
		Fire fire = fire(1);
		assertThat(Fire.take()).isNull();
		fire.run(() -> found.add(Fire.take()));
		assertThat(found).containsExactly(fire);
		assertThat(Fire.take()).isNull();
	}

	@Test
	void isTakenOnceAndFoundAgainWhenItWasPutBack() {
		List<@Nullable Fire> found = new ArrayList<>();
		Fire fire = fire(1);
		fire.run(() -> {
			found.add(Fire.take());
			found.add(Fire.take());
			fire.putBack();
			found.add(Fire.take());
		});
		assertThat(found).containsExactly(fire, null, fire);
	}

	@Test
	void doesNotStayOnTheThreadWhenItsTaskThrowsOrPutsItBack() {
		Fire fire = fire(1);
		assertThatIllegalStateException().isThrownBy(() -> fire.run(() -> {
			Fire.take();
			fire.putBack();
			throw new IllegalStateException("task");
		})).withMessage("task");
		assertThat(Fire.take()).isNull();
	}

	@Test
	void inTheMiddleOfAnotherFireHidesItUntilItEnds() {
		List<@Nullable Fire> found = new ArrayList<>();
		Fire outer = fire(1);
		Fire inner = fire(2);
		outer.run(() -> {
			inner.run(() -> found.add(Fire.take()));
			found.add(Fire.take());
		});
		assertThat(found).containsExactly(inner, outer);
	}

	/**
	 * As a job does that calls another one: the inner call finds no fire.
	 */
	@Test
	void takenByTheOuterCallIsNotFoundByTheInnerOne() {
		List<@Nullable Fire> found = new ArrayList<>();
		Fire fire = fire(1);
		fire.run(() -> {
			Fire outer = Fire.take();
			Fire inner = Fire.take();
			found.add(inner);
			assertThat(outer).isNotNull();
			outer.putBack();
			found.add(Fire.take());
		});
		assertThat(found).containsExactly(null, fire);
	}

	/**
	 * A scheduler that has no room says so in its own way, or its JVM does.
	 */
	@ParameterizedTest
	@MethodSource("refusals")
	void whatTheSchedulerDoesNotTakeIsNotWaitedFor(Throwable refusal) {
		FullScheduler scheduler = new FullScheduler(refusal);
		Fire fire = fire(1, scheduler);
		assertThat(fire.askAgainIn(Duration.ofMinutes(1))).isFalse();
		assertThat(fire.askAgainIn(Duration.ofMinutes(2))).as("the next attempt").isTrue();
		assertThat(scheduler.delays).containsExactly(Duration.ofMinutes(2));
	}

	/**
	 * The scheduler took it, and had no thread for it when its time had come.
	 */
	@Test
	void whatIsLongOverdueIsNotWaitedFor() {
		FullScheduler scheduler = new FullScheduler(null);
		Fire fire = fire(1, scheduler);
		assertThat(fire.askAgainIn(Duration.ofMinutes(-1))).isTrue();
		assertThat(fire.askAgainIn(Duration.ofMinutes(2))).as("the next attempt").isTrue();
		assertThat(fire.askAgainIn(Duration.ofMinutes(3))).as("one that is no sooner").isTrue();
		assertThat(scheduler.delays).containsExactly(Duration.ofMinutes(-1), Duration.ofMinutes(2));
	}

	static Stream<Throwable> refusals() {
		return Stream.of(new TaskRejectedException("over"), new RejectedExecutionException("full"),
				new IllegalStateException("a scheduler of one's own"),
				new OutOfMemoryError("unable to create native thread"));
	}

	@Test
	void isAskedForAgainAtSomeTimeEvenIfThatIsBeyondAllNumbers() {
		FullScheduler scheduler = new FullScheduler(null);
		assertThat(fire(1, scheduler).askAgainIn(Duration.ofSeconds(Long.MAX_VALUE))).isTrue();
		assertThat(scheduler.delays).containsExactly(Tick.LONGEST);
	}

	private static Fire fire(int second) {
		return fire(second, new ManualScheduler());
	}

	private static Fire fire(int second, TaskScheduler scheduler) {
		FiredTask fired = FiredTask.of(() -> {
		}, new Repetitions(scheduler), TickScheduling.unchecked());
		TickTask task = TickTask.once(fired, Instant.ofEpochSecond(second));
		return new Fire(task, new Tick.Nominal(Instant.ofEpochSecond(second)), 0, System.nanoTime(),
				new Fire.Waiting());
	}

	/**
	 * Has no room for the first task, and remembers for when it got the others.
	 */
	private static final class FullScheduler extends ConcurrentTaskScheduler {

		private final List<Duration> delays = new ArrayList<>();

		private @Nullable Throwable refusal;

		FullScheduler(@Nullable Throwable refusal) {
			super(null);
			this.refusal = refusal;
		}

		@Override
		public ScheduledFuture<?> schedule(Runnable task, Trigger trigger) {
			Throwable refusal = this.refusal;
			this.refusal = null;
			if (refusal instanceof Error error) {
				throw error;
			}
			if (refusal instanceof RuntimeException exception) {
				throw exception;
			}
			Clock clock = Clock.fixed(Instant.EPOCH, ZoneOffset.UTC);
			Instant next = trigger.nextExecution(new SimpleTriggerContext(clock));
			assertThat(next).isNotNull();
			this.delays.add(Duration.between(Instant.EPOCH, next));
			return new ManualScheduler().schedule(task, trigger);
		}

	}

}
