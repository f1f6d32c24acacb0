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
import java.time.ZoneId;
import java.util.List;
import java.util.stream.IntStream;

import org.jspecify.annotations.Nullable;

import org.springframework.scheduling.support.CronExpression;

/**
 * When a job is to run, as far as its annotations say so.
 *
 * @since 0.1.0
 */
public final class Timetable {

	/** Of a job whose schedule is not known, or that is switched off. */
	public static final Timetable UNKNOWN = new Timetable(List.of(), RepeatedHour.RUNS_TWICE, List.of());

	private static final int LONGEST_TEXT = 200;

	private static final Duration MONTH = Duration.ofDays(32);

	private static final Duration FORTY_YEARS = Duration.ofDays(40 * 366);

	private final List<RepeatedHour.Schedule> crons;

	private final RepeatedHour repeatedHour;

	private final List<Interval> intervals;

	private final boolean once;

	private volatile @Nullable Duration longestGap;

	private volatile @Nullable Text text;

	/**
	 * Create a timetable.
	 * @param crons all cron expressions of a job
	 * @param repeatedHour what names its ticks when the clocks are put back
	 * @param intervals all its fixed rates and delays
	 */
	public Timetable(List<RepeatedHour.Schedule> crons, RepeatedHour repeatedHour, List<Interval> intervals) {
		this(crons, repeatedHour, intervals, false);
	}

	/**
	 * Create a timetable.
	 * @param crons all cron expressions of a job
	 * @param repeatedHour what names its ticks when the clocks are put back
	 * @param intervals all its fixed rates and delays
	 * @param once whether it is fired once after the start of each server, too
	 */
	public Timetable(List<RepeatedHour.Schedule> crons, RepeatedHour repeatedHour, List<Interval> intervals,
			boolean once) {
		this.crons = List.copyOf(crons);
		this.repeatedHour = repeatedHour;
		this.intervals = List.copyOf(intervals);
		this.once = once;
	}

	/**
	 * Return the schedule for a human, and for servers that compare theirs.
	 * @return the text, see {@link ScheduleText}; {@code null} if there is no schedule
	 */
	public @Nullable String text() {
		Text text = this.text;
		if (text == null || !text.isOf(this.crons)) {
			// The zone of a scheduler is known when it is asked for a time
			List<ZoneId> zones = this.crons.stream().map(RepeatedHour.Schedule::zone).toList();
			text = new Text(zones, shortened(ScheduleText.of(this.crons, this.intervals, this.once)));
			this.text = text;
		}
		return text.text;
	}

	private static @Nullable String shortened(@Nullable String text) {
		return (text != null) ? text.substring(0, Math.min(text.length(), LONGEST_TEXT)) : null;
	}

	/**
	 * Return how far apart two ticks are at the most, as far as that is more than two
	 * months: nothing that is remembered of the job may be forgotten before that.
	 * @param now what time it is, when this is asked first
	 * @return a time that is not shorter than the gap; zero if there is no such gap
	 */
	public Duration longestGap(Instant now) {
		Duration gap = this.longestGap;
		if (gap == null) {
			gap = findLongestGap(now);
			this.longestGap = gap;
		}
		return gap;
	}

	private Duration findLongestGap(Instant now) {
		Duration longest = Duration.ZERO;
		for (RepeatedHour.Schedule cron : this.crons) {
			Duration gap = cron.namesDays() ? longestGap(cron, now) : Duration.ZERO;
			longest = (gap.compareTo(longest) > 0) ? gap : longest;
		}
		for (Interval interval : this.intervals) {
			Duration gap = interval.interval();
			longest = (gap.compareTo(MONTH) > 0 && gap.compareTo(longest) > 0) ? gap : longest;
		}
		return longest;
	}

	/**
	 * Looks once a month for forty years, which have each day of the year on each day of
	 * the week: a gap of two months cannot hide between two looks.
	 */
	private static Duration longestGap(RepeatedHour.Schedule cron, Instant now) {
		Instant end = now.plus(FORTY_YEARS);
		Duration longest = Duration.ZERO;
		Instant time = now;
		while (time.isBefore(end)) {
			Instant next = cron.next(time);
			if (next == null) {
				return longest;
			}
			Duration gap = Duration.between(time, next);
			if (gap.compareTo(MONTH) > 0) {
				// The tick before it came less than a month before this look
				longest = (gap.plus(MONTH).compareTo(longest) > 0) ? gap.plus(MONTH) : longest;
				time = next;
			}
			else {
				time = time.plus(MONTH);
			}
		}
		return longest;
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
	 * Return the same with what was scheduled. Where the number of cron expressions, or
	 * of intervals, is another one, that is not the whole of it, and these stay.
	 * @param crons the cron expressions, in the order in which they are declared
	 * @param intervals the intervals
	 * @return a timetable; this one if nothing differs
	 */
	public Timetable scheduled(List<CronExpression> crons, List<Interval> intervals) {
		List<CronExpression> declared = this.crons.stream().map(RepeatedHour.Schedule::expression).toList();
		boolean otherCrons = crons.size() == declared.size() && !crons.equals(declared);
		boolean otherIntervals = intervals.size() == this.intervals.size() && !intervals.equals(this.intervals);
		if (!otherCrons && !otherIntervals) {
			return this;
		}
		List<RepeatedHour.Schedule> schedules = otherCrons
				? IntStream.range(0, crons.size()).mapToObj((i) -> this.crons.get(i).with(crons.get(i))).toList()
				: this.crons;
		return new Timetable(schedules, this.repeatedHour.with(schedules), otherIntervals ? intervals : this.intervals,
				this.once);
	}

	/**
	 * Return the cron expressions.
	 * @return all of them
	 */
	public List<RepeatedHour.Schedule> crons() {
		return this.crons;
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

		/**
		 * Create a fixed rate or delay.
		 * @param interval the time from start to start, or from end to start
		 * @param initialDelay how long after the start of a server it is fired first
		 * @param fixedRate whether it is a rate, and not a delay
		 */
		public Interval {
			interval = Tick.limit(interval);
			initialDelay = Tick.limit(initialDelay);
		}

	}

	/**
	 * The text, as long as the zones are these.
	 *
	 * @param zones the zones of the cron expressions
	 * @param text the text
	 */
	private record Text(List<ZoneId> zones, @Nullable String text) {

		boolean isOf(List<RepeatedHour.Schedule> crons) {
			for (int i = 0; i < crons.size(); i++) {
				if (!this.zones.get(i).equals(crons.get(i).zone())) {
					return false;
				}
			}
			return true;
		}

	}

}
