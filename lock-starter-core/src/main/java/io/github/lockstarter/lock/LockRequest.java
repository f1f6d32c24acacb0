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

package io.github.lockstarter.lock;

import java.time.Duration;

import org.jspecify.annotations.Nullable;

import io.github.lockstarter.JobRun.Trigger;
import io.github.lockstarter.schedule.Tick;

/**
 * What a server wants to run.
 *
 * @param job the name of the job
 * @param group the name of the group whose jobs share a lock; {@code null} if the job has
 * a lock of its own
 * @param schedule what the schedule of the job is on this server, for a human;
 * {@code null} if it is not known
 * @param tick which tick
 * @param ownDueTime whether the interval of this tick has a due time of its own, because
 * the job has several schedules with an interval
 * @param lease how long the lock outlives a server that died
 * @param lockAtLeastFor the shortest time from this tick to the next run
 * @param maxAttempts how often a nominal tick is started at most, should its runs crash;
 * one if it is not started again
 * @param purpose why the tick is asked for
 * @param longestGap the longest time between two ticks of the schedule that follow each
 * other; zero if it is not known
 * @since 0.1.0
 */
public record LockRequest(String job, @Nullable String group, @Nullable String schedule, Tick tick, boolean ownDueTime,
		Duration lease, Duration lockAtLeastFor, int maxAttempts, Purpose purpose, Duration longestGap) {

	/**
	 * What is longer is as good as for ever. A number of milliseconds that has room in a
	 * {@code long}, such as the delay of a task that shall run once, is no time that
	 * Redis could keep.
	 */
	private static final Duration LONGEST = Duration.ofDays(100 * 365);

	/**
	 * Cap the times.
	 * @param job the name of the job
	 * @param group the name of the group
	 * @param schedule what the schedule of the job is on this server
	 * @param tick which tick
	 * @param ownDueTime whether the interval of this tick has a due time of its own
	 * @param lease how long the lock outlives a server that died
	 * @param lockAtLeastFor the shortest time from this tick to the next run
	 * @param maxAttempts how often a nominal tick is started at most
	 * @param purpose why the tick is asked for
	 * @param longestGap the longest time between two ticks of the schedule
	 */
	public LockRequest {
		if (tick instanceof Tick.Rate rate) {
			tick = new Tick.Rate(capped(rate.interval()));
		}
		else if (tick instanceof Tick.Delay delay) {
			tick = new Tick.Delay(capped(delay.interval()));
		}
		lease = capped(lease);
		lockAtLeastFor = capped(lockAtLeastFor);
		longestGap = capped(longestGap);
	}

	private static Duration capped(Duration time) {
		return (time.compareTo(LONGEST) > 0) ? LONGEST : time;
	}

	/**
	 * Create a request where the gaps of the schedule are not known.
	 * @param job the name of the job
	 * @param group the name of the group whose jobs share a lock; {@code null} if the job
	 * has a lock of its own
	 * @param schedule what the schedule of the job is on this server; may be {@code null}
	 * @param tick which tick
	 * @param ownDueTime whether the interval of this tick has a due time of its own
	 * @param lease how long the lock outlives a server that died
	 * @param lockAtLeastFor the shortest time from this tick to the next run
	 * @param maxAttempts how often a nominal tick is started at most
	 * @param purpose why the tick is asked for
	 */
	public LockRequest(String job, @Nullable String group, @Nullable String schedule, Tick tick, boolean ownDueTime,
			Duration lease, Duration lockAtLeastFor, int maxAttempts, Purpose purpose) {
		this(job, group, schedule, tick, ownDueTime, lease, lockAtLeastFor, maxAttempts, purpose, Duration.ZERO);
	}

	/**
	 * Create a request for a tick that the schedule has fired.
	 * @param job the name of the job
	 * @param group the name of the group whose jobs share a lock; {@code null} if the job
	 * has a lock of its own
	 * @param schedule what the schedule of the job is on this server; may be {@code null}
	 * @param tick which tick
	 * @param ownDueTime whether the interval of this tick has a due time of its own
	 * @param lease how long the lock outlives a server that died
	 * @param lockAtLeastFor the shortest time from this tick to the next run
	 * @param maxAttempts how often a nominal tick is started at most
	 */
	public LockRequest(String job, @Nullable String group, @Nullable String schedule, Tick tick, boolean ownDueTime,
			Duration lease, Duration lockAtLeastFor, int maxAttempts) {
		this(job, group, schedule, tick, ownDueTime, lease, lockAtLeastFor, maxAttempts, Purpose.FIRE);
	}

	/**
	 * Create a request for a tick that is started once.
	 * @param job the name of the job
	 * @param group the name of the group whose jobs share a lock; {@code null} if the job
	 * has a lock of its own
	 * @param schedule what the schedule of the job is on this server; may be {@code null}
	 * @param tick which tick
	 * @param ownDueTime whether the interval of this tick has a due time of its own
	 * @param lease how long the lock outlives a server that died
	 * @param lockAtLeastFor the shortest time from this tick to the next run
	 */
	public LockRequest(String job, @Nullable String group, @Nullable String schedule, Tick tick, boolean ownDueTime,
			Duration lease, Duration lockAtLeastFor) {
		this(job, group, schedule, tick, ownDueTime, lease, lockAtLeastFor, 1);
	}

	/**
	 * Create a request for a job with a lock of its own, no known schedule, and a tick
	 * that is started once.
	 * @param job the name of the job
	 * @param tick which tick
	 * @param ownDueTime whether the interval of this tick has a due time of its own
	 * @param lease how long the lock outlives a server that died
	 * @param lockAtLeastFor the shortest time from this tick to the next run
	 */
	public LockRequest(String job, Tick tick, boolean ownDueTime, Duration lease, Duration lockAtLeastFor) {
		this(job, null, null, tick, ownDueTime, lease, lockAtLeastFor);
	}

	/**
	 * What starts the run, if the tick is not run once more.
	 */
	Trigger trigger() {
		if (this.tick instanceof Tick.Manual) {
			return Trigger.MANUAL;
		}
		return (this.purpose == Purpose.CATCH_UP) ? Trigger.CATCH_UP : Trigger.SCHEDULE;
	}

	/**
	 * Why a tick is asked for.
	 */
	public enum Purpose {

		/** The schedule has fired it, or somebody calls the job. */
		FIRE,

		/**
		 * A run of it was seen. It is started again if Redis knows that run and it has
		 * crashed, or was given back before it did anything; a Redis that has forgotten
		 * it does not know how it ended.
		 */
		WATCH,

		/**
		 * Nobody seems to have been there when it came. It is started if the job ran
		 * before, and was not running at that time.
		 */
		CATCH_UP

	}

}
