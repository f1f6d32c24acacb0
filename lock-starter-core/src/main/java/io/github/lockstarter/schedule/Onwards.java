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
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoUnit;

import org.jspecify.annotations.Nullable;

import org.springframework.scheduling.support.CronExpression;

/**
 * Makes a cron expression go on. Where clocks are put back by a part of an hour, as in
 * Lord Howe, or to the middle of an hour, as in Chatham, Spring's answer may be the time
 * it was asked for, or one before that, again and again until that night is over.
 */
final class Onwards {

	/** One for each minute of a day and two hours. No clock is put back by more. */
	static final int MOST_STEPS = 26 * 60;

	private Onwards() {
	}

	/**
	 * Return the next time that an expression names.
	 * @param after the time after which it comes
	 * @return a later time; {@code null} if there is none
	 */
	static @Nullable Instant next(CronExpression expression, ZoneId zone, Instant after) {
		Instant next = ask(expression, zone, after);
		for (int step = 1; step <= MOST_STEPS && next != null && !next.isAfter(after); step++) {
			next = ask(expression, zone, later(after, step));
		}
		return (next != null && next.isAfter(after)) ? next : null;
	}

	private static @Nullable Instant ask(CronExpression expression, ZoneId zone, Instant after) {
		ZonedDateTime next = expression.next(after.atZone(zone));
		return (next != null) ? next.toInstant() : null;
	}

	/**
	 * Return the last moment before the beginning of a later minute, which so counts.
	 */
	static Instant later(Instant time, int minutes) {
		return time.truncatedTo(ChronoUnit.MINUTES).plus(minutes, ChronoUnit.MINUTES).minusNanos(1);
	}

}
