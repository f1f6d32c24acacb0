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

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;

import org.springframework.core.task.TaskRejectedException;
import org.springframework.scheduling.SchedulingAwareRunnable;
import org.springframework.scheduling.TaskScheduler;
import org.springframework.scheduling.Trigger;
import org.springframework.scheduling.TriggerContext;

/**
 * A scheduled task that knows which tick it is fired for. Looks like the task it wraps:
 * qualifier, long-lived hint and name are passed on.
 */
final class TickTask implements SchedulingAwareRunnable {

	private final Runnable task;

	private final TaskScheduler scheduler;

	private final Supplier<Tick> ticks;

	/**
	 * Set while a repeated fire waits. A task without a nominal time of its own needs one
	 * of them at most, because all its fires ask for the same thing.
	 */
	private final @Nullable AtomicBoolean sharedWaiting;

	private final int repetition;

	private TickTask(Runnable task, TaskScheduler scheduler, Supplier<Tick> ticks,
			@Nullable AtomicBoolean sharedWaiting, int repetition) {
		this.task = task;
		this.scheduler = scheduler;
		this.ticks = ticks;
		this.sharedWaiting = sharedWaiting;
		this.repetition = repetition;
	}

	/**
	 * A task whose ticks have a nominal time each.
	 */
	static TickTask nominal(Runnable task, TaskScheduler scheduler, Supplier<Instant> times) {
		return new TickTask(task, scheduler, () -> new Tick.Nominal(times.get()), null, 0);
	}

	/**
	 * A task that is fired at an interval of this server's own.
	 */
	static TickTask interval(Runnable task, TaskScheduler scheduler, Tick.Interval tick) {
		return new TickTask(task, scheduler, () -> tick, new AtomicBoolean(), 0);
	}

	@Override
	public void run() {
		fire(this.ticks.get());
	}

	private void fire(Tick tick) {
		AtomicBoolean waiting = (this.sharedWaiting != null) ? this.sharedWaiting : new AtomicBoolean();
		new Fire(tick, this.repetition, (delay) -> fireAgain(tick, delay, waiting)).run(this.task);
	}

	private boolean fireAgain(Tick tick, Duration delay, AtomicBoolean waiting) {
		if (!waiting.compareAndSet(false, true)) {
			return true;
		}
		TickTask again = new TickTask(this.task, this.scheduler, () -> {
			waiting.set(false);
			return tick;
		}, this.sharedWaiting, this.repetition + 1);
		try {
			if (this.scheduler.schedule(again, new Once(delay)) != null) {
				return true;
			}
		}
		catch (TaskRejectedException ex) {
			// The scheduler is shutting down: this fire was its last.
		}
		waiting.set(false);
		return false;
	}

	@Override
	public boolean isLongLived() {
		return this.task instanceof SchedulingAwareRunnable aware && aware.isLongLived();
	}

	@Override
	public @Nullable String getQualifier() {
		return (this.task instanceof SchedulingAwareRunnable aware) ? aware.getQualifier() : null;
	}

	@Override
	public String toString() {
		return this.task.toString();
	}

	/**
	 * Fires once, after a delay that is measured on the clock of whichever scheduler the
	 * task ends up on. A {@link TaskScheduler} that only routes does not know that clock.
	 */
	private static final class Once implements Trigger {

		private @Nullable Duration delay;

		Once(Duration delay) {
			this.delay = delay;
		}

		@Override
		public synchronized @Nullable Instant nextExecution(TriggerContext context) {
			Duration wait = this.delay;
			this.delay = null;
			return (wait != null) ? context.getClock().instant().plus(wait) : null;
		}

	}

}
