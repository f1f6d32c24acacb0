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
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import org.jspecify.annotations.Nullable;

import org.springframework.scheduling.SchedulingAwareRunnable;
import org.springframework.scheduling.Trigger;
import org.springframework.scheduling.TriggerContext;

import io.github.lockstarter.internal.time.TimeSource;

/**
 * A scheduled task that knows which tick it is fired for. Looks like the task it wraps:
 * qualifier, long-lived hint and name are passed on.
 */
abstract class TickTask implements SchedulingAwareRunnable, TaskTarget.Wrapper {

	private final FiredTask task;

	private TickTask(FiredTask task) {
		this.task = task;
	}

	/**
	 * A task whose ticks have a nominal time each.
	 */
	static TickTask nominal(FiredTask task, NominalTimes times) {
		return new Nominal(task, times);
	}

	/**
	 * A task that is fired once.
	 */
	static TickTask once(FiredTask task, Instant time) {
		return new Once(task, time);
	}

	/**
	 * A task that is fired at an interval of this server's own.
	 */
	static TickTask interval(FiredTask task, Tick.Interval tick) {
		return new Interval(task, tick);
	}

	@Override
	public void run() {
		this.task.run(fire());
	}

	@Override
	public Runnable task() {
		return this.task.task();
	}

	/**
	 * Return what the task calls.
	 */
	TaskTarget target() {
		return this.task.target();
	}

	TimeSource time() {
		return this.task.time();
	}

	/**
	 * Return the fire that the schedule means now.
	 */
	abstract Fire fire();

	/**
	 * Tell whether the next tick has come.
	 */
	abstract boolean isOvertaken(Fire fire);

	/**
	 * A tick was asked for.
	 * @param won whether this server got it
	 */
	void settled(boolean won) {
	}

	Fire fire(Tick tick, Fire.Waiting waiting) {
		return new Fire(this, tick, 0, time().nanoTime(), waiting);
	}

	/**
	 * Put the task on the scheduler once more, for the same tick.
	 * @return false if the scheduler takes no more tasks
	 */
	boolean schedule(Fire fire, Duration delay, long planned) {
		return this.task.repetitions().schedule(new Again(this, fire, planned), new After(delay));
	}

	/**
	 * Return the repetition that waits for one job of this task.
	 * @param job what tells the job from others
	 */
	Fire.Waiting waiting(Object job) {
		return new Fire.Waiting();
	}

	/**
	 * Return a task that is what this one does for one job.
	 */
	TickTask part(TaskTarget.OfOneJob call) {
		return new Part(this, call);
	}

	@Override
	public boolean isLongLived() {
		return task() instanceof SchedulingAwareRunnable aware && aware.isLongLived();
	}

	@Override
	public @Nullable String getQualifier() {
		return (task() instanceof SchedulingAwareRunnable aware) ? aware.getQualifier() : null;
	}

	@Override
	public String toString() {
		return task().toString();
	}

	private static final class Nominal extends TickTask {

		private final NominalTimes times;

		Nominal(FiredTask task, NominalTimes times) {
			super(task);
			this.times = times;
		}

		@Override
		Fire fire() {
			Instant time = this.times.take();
			return fire(new Tick.Nominal(time, this.times.distance(time)), new Fire.Waiting());
		}

		@Override
		boolean isOvertaken(Fire fire) {
			return fire.tick() instanceof Tick.Nominal tick && this.times.isOvertaken(tick.at());
		}

		@Override
		void settled(boolean won) {
			this.times.settled(won);
		}

	}

	private static final class Once extends TickTask {

		private final Instant time;

		Once(FiredTask task, Instant time) {
			super(task);
			this.time = time;
		}

		@Override
		Fire fire() {
			return fire(new Tick.Nominal(this.time), new Fire.Waiting());
		}

		@Override
		boolean isOvertaken(Fire fire) {
			return false;
		}

	}

	private static final class Interval extends TickTask {

		private final Tick.Interval tick;

		/**
		 * Shared by all fires of the task, because they ask for the same thing.
		 */
		private final Fire.Waiting waiting = new Fire.Waiting();

		private final Map<Object, Fire.Waiting> waitingJobs = new ConcurrentHashMap<>();

		Interval(FiredTask task, Tick.Interval tick) {
			super(task);
			this.tick = tick;
		}

		@Override
		Fire fire() {
			return fire(this.tick, this.waiting);
		}

		@Override
		boolean isOvertaken(Fire fire) {
			return fire.age().compareTo(this.tick.interval()) >= 0;
		}

		@Override
		Fire.Waiting waiting(Object job) {
			return this.waitingJobs.computeIfAbsent(job, (key) -> new Fire.Waiting());
		}

	}

	/**
	 * What a task of code does for one job, for the ticks of the task and on its
	 * scheduler.
	 */
	private static final class Part extends TickTask {

		private final TickTask whole;

		Part(TickTask whole, TaskTarget.OfOneJob call) {
			super(whole.task.part(call));
			this.whole = whole;
		}

		@Override
		Fire fire() {
			throw new IllegalStateException("Fired with the whole task, or again");
		}

		@Override
		boolean isOvertaken(Fire fire) {
			return this.whole.isOvertaken(fire);
		}

		@Override
		void settled(boolean won) {
			this.whole.settled(won);
		}

		@Override
		public boolean isLongLived() {
			return this.whole.isLongLived();
		}

		@Override
		public @Nullable String getQualifier() {
			return this.whole.getQualifier();
		}

	}

	/**
	 * The same task for the same tick. Knows the same qualifier, so it ends up on the
	 * same scheduler.
	 */
	private static final class Again extends TickTask {

		private final TickTask origin;

		private final Fire fire;

		private final long planned;

		Again(TickTask origin, Fire fire, long planned) {
			super(origin.task);
			this.origin = origin;
			this.fire = fire;
			this.planned = planned;
		}

		@Override
		Fire fire() {
			return this.fire.again(this.planned);
		}

		@Override
		boolean isOvertaken(Fire fire) {
			return this.origin.isOvertaken(fire);
		}

		@Override
		void settled(boolean won) {
			this.origin.settled(won);
		}

		@Override
		Fire.Waiting waiting(Object job) {
			return this.origin.waiting(job);
		}

		@Override
		public boolean isLongLived() {
			return this.origin.isLongLived();
		}

		@Override
		public @Nullable String getQualifier() {
			return this.origin.getQualifier();
		}

	}

	/**
	 * Fires once, after a delay that is measured on the clock of whichever scheduler the
	 * task ends up on. A scheduler that only routes does not know that clock.
	 */
	private static final class After implements Trigger {

		private @Nullable Duration delay;

		After(Duration delay) {
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
