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

	/** No expression names two times that are nearer to each other than a second. */
	private static final Duration SHORTEST = Duration.ofMillis(500);

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
			.map((schedule) -> latest(schedule::next, now, within))
			.filter(Objects::nonNull)
			.max(Comparator.naturalOrder())
			.orElse(null);
	}

	/**
	 * Halves the time in which it must be: an expression that names each second has too
	 * many times to look at each.
	 */
	static @Nullable Instant latest(NextTime times, Instant now, Duration within) {
		Instant from = now.minus(within).minusNanos(1);
		if (!isNamed(times, from, now)) {
			return null;
		}
		Instant to = now;
		while (Duration.between(from, to).compareTo(SHORTEST) > 0) {
			Instant middle = from.plus(Duration.between(from, to).dividedBy(2));
			if (isNamed(times, middle, now)) {
				from = middle;
			}
			else {
				to = middle;
			}
		}
		return times.after(from);
	}

	private static boolean isNamed(NextTime times, Instant after, Instant now) {
		Instant next = times.after(after);
		return next != null && !next.isAfter(now);
	}

	/**
	 * Names the next time after one that is given.
	 */
	interface NextTime {

		@Nullable Instant after(Instant time);

	}

}
