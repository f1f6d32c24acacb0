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
import java.time.temporal.ChronoUnit;

import org.springframework.format.annotation.DurationFormat.Style;
import org.springframework.format.datetime.standard.DurationFormatterUtils;

/**
 * Writes durations into messages as users write them into properties: {@code 1m30s}.
 *
 * @since 0.1.0
 */
public final class Durations {

	private static final Duration SHORT = Duration.ofSeconds(10);

	private Durations() {
	}

	/**
	 * Return a duration that somebody has set, to the last digit.
	 * @param duration the duration
	 * @return such as {@code 1m30s}
	 */
	public static String text(Duration duration) {
		return DurationFormatterUtils.print(duration, Style.COMPOSITE);
	}

	/**
	 * Return a duration that was measured: to the second, or to the millisecond where it
	 * is shorter than ten seconds.
	 * @param duration the duration
	 * @return such as {@code 3m20s}
	 */
	public static String rounded(Duration duration) {
		Duration length = duration.abs();
		ChronoUnit unit = (length.compareTo(SHORT) < 0) ? ChronoUnit.MILLIS : ChronoUnit.SECONDS;
		Duration rounded = length.plus(unit.getDuration().dividedBy(2)).truncatedTo(unit);
		return text(duration.isNegative() ? rounded.negated() : rounded);
	}

}
