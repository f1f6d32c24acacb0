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
import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * When a job is to run, as far as its annotations say so.
 *
 * @since 0.1.0
 */
public final class Timetable {

	/** Of a job whose schedule is not known, or that is switched off. */
	public static final Timetable UNKNOWN = new Timetable(List.of(), RepeatedHour.RUNS_TWICE, List.of());

	private final List<RepeatedHour.Schedule> crons;

	private final RepeatedHour repeatedHour;

	private final List<Interval> intervals;

	/**
	 * Create a timetable.
	 * @param crons all cron expressions of a job
	 * @param repeatedHour what names its ticks when the clocks are put back
	 * @param intervals all its fixed rates and delays
	 */
	public Timetable(List<RepeatedHour.Schedule> crons, RepeatedHour repeatedHour, List<Interval> intervals) {
		this.crons = List.copyOf(crons);
		this.repeatedHour = repeatedHour;
		this.intervals = List.copyOf(intervals);
	}

	/**
	 * Return the next tick that a cron expression names.
	 * @param after the time after which it comes
	 * @return the tick; {@code null} if there is none
	 */
	public @Nullable Instant next(Instant after) {
		Instant next = null;
		for (RepeatedHour.Schedule cron : this.crons) {
			Instant time = next(cron, after);
			next = (next == null || (time != null && time.isBefore(next))) ? time : next;
		}
		return next;
	}

	/**
	 * The second of two fires in the night when the clocks are put back is no tick of its
	 * own.
	 */
	private @Nullable Instant next(RepeatedHour.Schedule cron, Instant after) {
		Instant time = cron.next(after);
		while (time != null && isSecondOfBoth(time)) {
			time = cron.next(time);
		}
		return time;
	}

	/**
	 * Where clocks are put back at midnight, Spring does not fire in the first hour, so
	 * the fire in the second one is the only one of its tick.
	 */
	private boolean isSecondOfBoth(Instant time) {
		Instant first = this.repeatedHour.name(new Tick.Nominal(time)).at();
		return first.isBefore(time)
				&& this.crons.stream().anyMatch((cron) -> first.equals(cron.next(first.minusNanos(1))));
	}

	/**
	 * Return the fixed rates and delays.
	 * @return all of them
	 */
	public List<Interval> intervals() {
		return this.intervals;
	}

	/**
	 * A fixed rate or delay.
	 *
	 * @param interval the time from start to start, or from end to start
	 * @param initialDelay how long after the start of a server it is fired first
	 * @param fixedRate whether it is a rate, and not a delay
	 * @since 0.1.0
	 */
	public record Interval(Duration interval, Duration initialDelay, boolean fixedRate) {

	}

}
