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
import java.util.Iterator;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.scheduling.Trigger;
import org.springframework.scheduling.TriggerContext;
import org.springframework.scheduling.support.CronTrigger;

/**
 * Writes down what a trigger answers, first in, first out. A scheduler that hands its
 * tasks to new threads asks for the next time before the thread of the last one has
 * looked, so one slot is not enough.
 */
final class NominalTimes implements Trigger {

	private static final Logger logger = LoggerFactory.getLogger(NominalTimes.class);

	private static final Duration ABANDONED = Duration.ofSeconds(30);

	private static final Duration SOON = Duration.ofMillis(100);

	private final Trigger trigger;

	private final Consumer<Clock> clocks;

	private final Queue<Instant> pending = new ConcurrentLinkedQueue<>();

	/** For triggers of the application's own: of the times that may be fired yet. */
	private final Map<Instant, Duration> distances = new ConcurrentHashMap<>();

	private final Courtesy courtesy;

	private volatile @Nullable Named latest;

	private volatile Instant fired = Instant.MIN;

	/**
	 * Write down what a trigger answers.
	 * @param clocks is given the clock of the scheduler that asks
	 * @param random decides who comes first
	 */
	NominalTimes(Trigger trigger, Consumer<Clock> clocks, RandomGenerator random) {
		this.trigger = trigger;
		this.clocks = clocks;
		this.courtesy = new Courtesy(random);
	}

	@Override
	public @Nullable Instant nextExecution(TriggerContext context) {
		this.clocks.accept(context.getClock());
		Instant next = onwards(context);
		if (next != null) {
			if (!(this.trigger instanceof CronTrigger)) {
				this.distances.put(next, distance(context, next));
			}
			this.pending.add(next);
			this.latest = new Named(next, context.getClock());
		}
		// A cron expression names whole seconds, so it does not mind that it is told of a
		// last time with a fraction; any other trigger might
		return (next != null && this.trigger instanceof CronTrigger) ? next.plus(this.courtesy.next()) : next;
	}

	/**
	 * Nobody knows whether a trigger of the application's own names times that all
	 * servers share, or counts from the last run on its own server. Most of the time that
	 * it wants to wait here is not too much for the former, and keeps the latter from
	 * running once on each server.
	 */
	private static Duration distance(TriggerContext context, Instant next) {
		Instant completion = context.lastCompletion();
		Duration wait = Duration.between((completion != null) ? completion : context.getClock().instant(), next);
		return wait.isNegative() ? Duration.ZERO : Tick.limit(wait).multipliedBy(3).dividedBy(4);
	}

	/**
	 * Return how far a time is from the one before at the least, as far as that is not
	 * for the trigger alone to know.
	 * @param time a time that was taken
	 */
	Duration distance(Instant time) {
		return this.distances.getOrDefault(time, Duration.ZERO);
	}

	/**
	 * A cron expression that names the time it named last, or one before that, would be
	 * fired at once, again and again.
	 */
	private @Nullable Instant onwards(TriggerContext context) {
		Instant next = this.trigger.nextExecution(context);
		Instant last = (this.trigger instanceof CronTrigger) ? context.lastScheduledExecution() : null;
		for (int step = 1; step <= Onwards.MOST_STEPS && last != null && next != null && !next.isAfter(last); step++) {
			next = this.trigger.nextExecution(new Later(context, step));
		}
		return next;
	}

	/**
	 * A tick was asked for.
	 * @param won whether this server got it
	 */
	void settled(boolean won) {
		this.courtesy.settled(won);
	}

	/**
	 * Return the oldest time that nobody came for.
	 * <p>
	 * A fire that was rejected, or whose thread could not be started, leaves its time
	 * behind, and every later fire would take the time of the one before. So a time that
	 * is long over is dropped when its successor has come. Should its fire come after
	 * all, it gets a time that was fired before, and is refused for that.
	 */
	Instant take() {
		dropAbandoned();
		Instant time = this.pending.poll();
		if (time == null) {
			time = this.fired;
		}
		this.distances.keySet().removeIf((named) -> named.isBefore(this.fired));
		if (time.equals(Instant.MIN)) {
			throw new IllegalStateException("The scheduler fired a task for which " + this.trigger
					+ " named no time. Was its Runnable called by other code?");
		}
		this.fired = time;
		return time;
	}

	private void dropAbandoned() {
		Named latest = this.latest;
		if (latest == null) {
			return;
		}
		Instant now = latest.clock().instant();
		Instant abandoned = now.minus(ABANDONED);
		Iterator<Instant> times = this.pending.iterator();
		Instant head = times.hasNext() ? times.next() : null;
		while (head != null && times.hasNext()) {
			Instant successor = times.next();
			if (!head.isBefore(abandoned) || successor.isAfter(now.plus(SOON))) {
				return;
			}
			if (this.pending.remove(head)) {
				logger.warn(
						"The fire of {} at {} never began: the scheduler rejected it, or could not start a thread. "
								+ "That tick is lost on this server. Give the scheduler more room.",
						this.trigger, head);
			}
			head = successor;
		}
	}

	/**
	 * Tell whether a later time has been fired, or has come.
	 */
	boolean isOvertaken(Instant time) {
		Named latest = this.latest;
		return this.fired.isAfter(time)
				|| (latest != null && latest.time().isAfter(time) && !latest.clock().instant().isBefore(latest.time()));
	}

	@Override
	public String toString() {
		return this.trigger.toString();
	}

	private record Named(Instant time, Clock clock) {

	}

	/**
	 * The same context, some minutes later.
	 */
	private record Later(TriggerContext context, int minutes) implements TriggerContext {

		@Override
		public Clock getClock() {
			return this.context.getClock();
		}

		@Override
		public @Nullable Instant lastScheduledExecution() {
			return later(this.context.lastScheduledExecution());
		}

		@Override
		public @Nullable Instant lastActualExecution() {
			return later(this.context.lastActualExecution());
		}

		@Override
		public @Nullable Instant lastCompletion() {
			return later(this.context.lastCompletion());
		}

		private @Nullable Instant later(@Nullable Instant time) {
			return (time != null) ? Onwards.later(time, this.minutes) : null;
		}

	}

}
