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

import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.List;

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
	 * @param expression the expression
	 * @param zone the time zone
	 * @since 0.1.0
	 */
	public record Schedule(CronExpression expression, ZoneId zone) {

		private static final int HOURS = 2;

		/**
		 * Return when the expression fires next, as Spring would.
		 */
		@Nullable Instant next(Instant time) {
			ZonedDateTime next = this.expression.next(time.atZone(this.zone));
			return (next != null) ? next.toInstant() : null;
		}

		private boolean fires(Instant time) {
			LocalDateTime local = LocalDateTime.ofInstant(time, this.zone);
			return local.equals(this.expression.next(local.minusNanos(1)));
		}

		/**
		 * Return when the wall clock showed this time first, if it shows it for the
		 * second time and the expression names hours.
		 */
		private @Nullable Instant firstOfBoth(Instant time) {
			ZonedDateTime zoned = time.atZone(this.zone);
			List<ZoneOffset> offsets = this.zone.getRules().getValidOffsets(zoned.toLocalDateTime());
			return (namesHours() && offsets.size() > 1 && zoned.getOffset().equals(offsets.get(1)))
					? zoned.withEarlierOffsetAtOverlap().toInstant() : null;
		}

		/**
		 * As cron does: an hour field with a wildcard or a step means intervals.
		 */
		private boolean namesHours() {
			String hours = StringUtils.tokenizeToStringArray(this.expression.toString(), " ")[HOURS];
			return hours.indexOf('*') < 0 && hours.indexOf('/') < 0;
		}

	}

}
