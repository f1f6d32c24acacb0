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
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.zone.ZoneOffsetTransition;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;

import org.springframework.scheduling.support.CronExpression;
import org.springframework.util.StringUtils;

/**
 * When the clocks are put back, the wall clock shows an hour twice, and Spring fires a
 * cron expression in both of them. For a job that names its hours, such as one at 02:30
 * each day, these are one and the same tick: the earlier one. A job that runs every hour
 * or every few minutes runs in both, because for it an hour is as good as another.
 *
 * @since 0.1.0
 */
public final class RepeatedHour {

	/** Of all jobs that have no cron expression, and of those that shall run twice. */
	public static final RepeatedHour RUNS_TWICE = new RepeatedHour(List.of());

	private final List<Schedule> schedules;

	private RepeatedHour(List<Schedule> schedules) {
		this.schedules = schedules;
	}

	/**
	 * For a job that runs once in the repeated hour if its expressions name hours.
	 * @param schedules all cron expressions of the job
	 * @return what names its ticks
	 */
	public static RepeatedHour runsOnce(List<Schedule> schedules) {
		return new RepeatedHour(List.copyOf(schedules));
	}

	/**
	 * Return the same rule for other cron expressions.
	 */
	RepeatedHour with(List<Schedule> schedules) {
		return this.schedules.isEmpty() ? this : runsOnce(schedules);
	}

	/**
	 * Return which tick a fire is for.
	 * @param tick the time that Spring named
	 * @return the same tick, or that of the first of both hours
	 */
	public Tick.Nominal name(Tick.Nominal tick) {
		Instant first = null;
		for (Schedule schedule : this.schedules) {
			if (schedule.fires(tick.at())) {
				Instant earlier = schedule.firstOfBoth(tick.at());
				if (earlier == null) {
					return tick;
				}
				first = earlier;
			}
		}
		return (first != null) ? new Tick.Nominal(first) : tick;
	}

	/**
	 * A cron expression and its time zone.
	 *
	 * @since 0.1.0
	 */
	public static final class Schedule {

		private static final int HOURS = 2;

		private final CronExpression expression;

		private final Supplier<ZoneId> zone;

		/** The night that was looked at last. */
		private volatile @Nullable Night night;

		/**
		 * Create a cron expression with a time zone of its own.
		 * @param expression the expression
		 * @param zone the time zone
		 */
		public Schedule(CronExpression expression, ZoneId zone) {
			this(expression, () -> zone);
		}

		/**
		 * Create a cron expression without a time zone of its own.
		 * @param expression the expression
		 * @param zone answers the time zone of the scheduler, once that is known
		 */
		public Schedule(CronExpression expression, Supplier<ZoneId> zone) {
			this.expression = expression;
			this.zone = zone;
		}

		/**
		 * Return the expression.
		 * @return the expression
		 */
		public CronExpression expression() {
			return this.expression;
		}

		/**
		 * Return another expression in the same time zone.
		 */
		Schedule with(CronExpression expression) {
			return new Schedule(expression, this.zone);
		}

		/**
		 * Return the time zone.
		 * @return the time zone
		 */
		public ZoneId zone() {
			return this.zone.get();
		}

		/**
		 * Return when the expression fires next on a server that is up all the time.
		 * Spring's answer depends on when it is asked in a night in which the clocks are
		 * put back, so there it is asked from before that night.
		 * @return a later time; {@code null} if there is none
		 */
		@Nullable Instant next(Instant time) {
			ZoneId zone = zone();
			Night night = night(time, zone);
			if (night != null) {
				return night.fires().higher(time);
			}
			Instant next = Onwards.next(this.expression, zone, time);
			Night coming = (next != null) ? night(next, zone) : null;
			return (coming != null) ? coming.fires().higher(time) : next;
		}

		private @Nullable Night night(Instant time, ZoneId zone) {
			Night night = this.night;
			if (night == null || !night.holds(time, zone)) {
				night = Night.of(time, zone, this.expression);
				this.night = (night != null) ? night : this.night;
			}
			return night;
		}

		private boolean fires(Instant time) {
			LocalDateTime local = LocalDateTime.ofInstant(time, zone());
			return local.equals(this.expression.next(local.minusNanos(1)));
		}

		/**
		 * Return when the wall clock showed this time first, if it shows it for the
		 * second time and the expression names hours.
		 */
		private @Nullable Instant firstOfBoth(Instant time) {
			ZonedDateTime zoned = time.atZone(zone());
			List<ZoneOffset> offsets = zoned.getZone().getRules().getValidOffsets(zoned.toLocalDateTime());
			return (offsets.size() > 1 && zoned.getOffset().equals(offsets.get(1)) && namesHours())
					? zoned.withEarlierOffsetAtOverlap().toInstant() : null;
		}

		/**
		 * As cron does: an hour field with a wildcard or a step means intervals.
		 */
		private boolean namesHours() {
			String hours = fields()[HOURS];
			return hours.indexOf('*') < 0 && hours.indexOf('/') < 0;
		}

		/**
		 * Determine whether it does not fire on each day.
		 */
		boolean namesDays() {
			return Arrays.stream(fields())
				.skip(HOURS + 1)
				.anyMatch((field) -> !field.equals("*") && !field.equals("?"));
		}

		/**
		 * Return the fields from seconds to days of the week, without macros.
		 */
		private String[] fields() {
			return StringUtils.tokenizeToStringArray(this.expression.toString(), " ");
		}

	}

	/**
	 * A night in which the clocks are put back, with an hour before it.
	 *
	 * @param zone the time zone
	 * @param start when it begins
	 * @param end when the repeated hour has been shown twice
	 * @param fires when an expression fires in it, and once after it
	 */
	private record Night(ZoneId zone, Instant start, Instant end, TreeSet<Instant> fires) {

		private static final Duration LONGEST = Duration.ofHours(26);

		private static final Duration BEFORE = Duration.ofHours(1);

		private static final Duration YEAR = Duration.ofDays(366);

		static @Nullable Night of(Instant time, ZoneId zone, CronExpression expression) {
			ZoneOffsetTransition change = zone.getRules().nextTransition(time.minus(LONGEST));
			if (change == null || !change.isOverlap()) {
				return null;
			}
			// Negative, because the clocks are put back
			Duration repeated = change.getDuration();
			Night night = new Night(zone, change.getInstant().plus(repeated).minus(BEFORE),
					change.getInstant().minus(repeated), new TreeSet<>());
			if (!night.holds(time, zone)) {
				return null;
			}
			// As a server that was up before: Spring counts from the fire before
			Instant before = PastTimes.latest((after) -> Onwards.next(expression, zone, after),
					night.start.minusNanos(1), YEAR);
			Instant next = Onwards.next(expression, zone, (before != null) ? before : night.start.minus(YEAR));
			while (next != null && next.isBefore(night.end)) {
				night.fires.add(next);
				next = Onwards.next(expression, zone, next);
			}
			if (next != null) {
				night.fires.add(next);
			}
			return night;
		}

		boolean holds(Instant time, ZoneId zone) {
			return zone.equals(this.zone) && !time.isBefore(this.start) && time.isBefore(this.end);
		}

	}

}
