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
import java.util.Comparator;
import java.util.List;
import java.util.Objects;

import org.jspecify.annotations.Nullable;

/**
 * When cron expressions fired last. They only know when they fire next.
 *
 * @since 0.1.0
 */
public final class PastTimes {

	private static final Duration FIRST_LOOK = Duration.ofMinutes(1);

	private static final int FURTHER = 16;

	private final List<RepeatedHour.Schedule> schedules;

	/**
	 * Create past times.
	 * @param schedules all cron expressions of a job
	 */
	public PastTimes(List<RepeatedHour.Schedule> schedules) {
		this.schedules = List.copyOf(schedules);
	}

	/**
	 * Return the latest time that one of the expressions names.
	 * @param now what time it is
	 * @param within how long ago it may be
	 * @return the time, not after now; {@code null} if there is none
	 */
	public @Nullable Instant latest(Instant now, Duration within) {
		return this.schedules.stream()
			.map((schedule) -> latest(schedule, now, now.minus(within)))
			.filter(Objects::nonNull)
			.max(Comparator.naturalOrder())
			.orElse(null);
	}

	/**
	 * Looks back further and further: an expression that names each second has many times
	 * in an hour, and one that names a night has none in most of them.
	 */
	private static @Nullable Instant latest(RepeatedHour.Schedule schedule, Instant now, Instant earliest) {
		Duration back = FIRST_LOOK;
		while (true) {
			Instant from = now.minus(back);
			boolean last = from.isBefore(earliest);
			Instant time = latestSince(schedule, last ? earliest : from, now);
			if (time != null || last) {
				return time;
			}
			back = back.multipliedBy(FURTHER);
		}
	}

	private static @Nullable Instant latestSince(RepeatedHour.Schedule schedule, Instant from, Instant now) {
		Instant latest = null;
		Instant next = schedule.next(from.minusNanos(1));
		while (next != null && !next.isAfter(now)) {
			latest = next;
			next = schedule.next(next);
		}
		return latest;
	}

}
