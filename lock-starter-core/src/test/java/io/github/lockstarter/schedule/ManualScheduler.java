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
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Delayed;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

import org.springframework.scheduling.TaskScheduler;
import org.springframework.scheduling.Trigger;
import org.springframework.scheduling.support.SimpleTriggerContext;

/**
 * A scheduler that fires when it is told to, on the thread of whoever tells it. Its clock
 * stands at the beginning of 2020, so that no tick is early, and moves with each fire of
 * a trigger.
 */
public final class ManualScheduler implements TaskScheduler {

	/** When the clock starts. */
	public static final Instant START = Instant.parse("2020-01-01T00:00:00Z");

	private final List<ManualTask> tasks = new ArrayList<>();

	private final boolean goesOn;

	private Instant now = START;

	/**
	 * Create a scheduler whose tasks look at the clock once, when they are scheduled.
	 */
	public ManualScheduler() {
		this(false);
	}

	private ManualScheduler(boolean goesOn) {
		this.goesOn = goesOn;
	}

	/**
	 * Create a scheduler for whose triggers the clock goes on.
	 * @return the scheduler
	 */
	public static ManualScheduler withClockThatGoesOn() {
		return new ManualScheduler(true);
	}

	@Override
	public Clock getClock() {
		return this.goesOn ? new ManualClock(ZoneOffset.UTC) : Clock.fixed(this.now, ZoneOffset.UTC);
	}

	/**
	 * Fire a task that a method is scheduled as.
	 * @param method the name of the method
	 */
	public void fire(String method) {
		task(method).fire();
	}

	/**
	 * Fire the one task there is.
	 */
	public void fire() {
		if (this.tasks.size() != 1) {
			throw new IllegalStateException("Not one task: " + this.tasks);
		}
		this.tasks.get(0).fire();
	}

	/**
	 * Return a task.
	 * @param method the name of the method
	 * @return the first task that this method is scheduled as
	 */
	public ManualTask task(String method) {
		return this.tasks.stream()
			.filter((task) -> task.toString().endsWith("." + method))
			.findFirst()
			.orElseThrow(() -> new IllegalStateException("No task " + method + " in " + this.tasks));
	}

	/**
	 * Return all tasks, in the order in which they were scheduled.
	 * @return the tasks
	 */
	public List<ManualTask> tasks() {
		return List.copyOf(this.tasks);
	}

	private ScheduledFuture<?> add(Runnable task, Trigger trigger) {
		ManualTask added = new ManualTask(task, trigger);
		this.tasks.add(added);
		return added.future;
	}

	@Override
	public ScheduledFuture<?> schedule(Runnable task, Trigger trigger) {
		return add(task, trigger);
	}

	@Override
	public ScheduledFuture<?> schedule(Runnable task, Instant startTime) {
		return add(task, (context) -> startTime);
	}

	@Override
	public ScheduledFuture<?> scheduleAtFixedRate(Runnable task, Instant startTime, Duration period) {
		return add(task, (context) -> startTime);
	}

	@Override
	public ScheduledFuture<?> scheduleAtFixedRate(Runnable task, Duration period) {
		return add(task, (context) -> this.now);
	}

	@Override
	public ScheduledFuture<?> scheduleWithFixedDelay(Runnable task, Instant startTime, Duration delay) {
		return add(task, (context) -> startTime);
	}

	@Override
	public ScheduledFuture<?> scheduleWithFixedDelay(Runnable task, Duration delay) {
		return add(task, (context) -> this.now);
	}

	/**
	 * A task that was scheduled.
	 */
	public final class ManualTask {

		private final Runnable runnable;

		private final Trigger trigger;

		private final NeverDone future = new NeverDone();

		private final SimpleTriggerContext context = new SimpleTriggerContext(getClock());

		ManualTask(Runnable runnable, Trigger trigger) {
			this.runnable = runnable;
			this.trigger = trigger;
		}

		/**
		 * Return the task itself.
		 * @return the task
		 */
		public Runnable runnable() {
			return this.runnable;
		}

		/**
		 * Determine whether the application has cancelled the task.
		 * @return whether it is to be fired no more
		 */
		public boolean isCancelled() {
			return this.future.isCancelled();
		}

		/**
		 * Fire at the next time after one that is given.
		 * @param time when the task is said to have been fired last
		 */
		public void fireAfter(Instant time) {
			this.context.update(time, time, time);
			fire();
		}

		/**
		 * Return how long after now the trigger wants to be fired next, and don't fire.
		 * @return the time
		 */
		public Duration delay() {
			Instant next = this.trigger.nextExecution(this.context);
			if (next == null) {
				throw new IllegalStateException(this + " is not to be fired again");
			}
			return Duration.between(this.context.getClock().instant(), next);
		}

		/**
		 * Ask the trigger for the next time and fire.
		 */
		public void fire() {
			Instant next = this.trigger.nextExecution(this.context);
			if (next == null) {
				throw new IllegalStateException(this + " is not to be fired again");
			}
			ManualScheduler.this.now = next;
			this.context.update(next, next, next);
			this.runnable.run();
		}

		@Override
		public String toString() {
			return this.runnable.toString();
		}

	}

	/**
	 * Stands until the next fire of a trigger.
	 */
	private final class ManualClock extends Clock {

		private final ZoneId zone;

		ManualClock(ZoneId zone) {
			this.zone = zone;
		}

		@Override
		public ZoneId getZone() {
			return this.zone;
		}

		@Override
		public Clock withZone(ZoneId zone) {
			return new ManualClock(zone);
		}

		@Override
		public Instant instant() {
			return ManualScheduler.this.now;
		}

	}

	/**
	 * What cannot be waited for.
	 */
	private static final class NeverDone extends CompletableFuture<Object> implements ScheduledFuture<Object> {

		@Override
		public long getDelay(TimeUnit unit) {
			return 0;
		}

		@Override
		public int compareTo(Delayed other) {
			return 0;
		}

	}

}
