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
import java.util.concurrent.atomic.AtomicInteger;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.scheduling.support.CronExpression;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What is known of a job from its schedules.
 */
class TimetableTests {

	/**
	 * The tick before a look may have come a month before it, and 8 years are between two
	 * leap days around a century only.
	 */
	@ParameterizedTest
	@CsvSource(delimiter = '|', textBlock = """
			0 0 3 1 1 *       |   366
			@yearly           |   366
			* * * 1 1 *       |   365
			0 0 3 1 1,4,7,10 *|    92
			0 0 3 29 2 *      |  1461
			0 0 3 L 2 *       |   366
			0 0 3 ? 6 MON#1   |   371
			0 0 3 31 1,12 *   |   334
			""")
	void theLongestGapCoversWhatIsBetweenTwoTicks(String cron, int days) {
		Duration gap = timetable(cron).longestGap(Instant.now());
		assertThat(gap).isBetween(Duration.ofDays(days), Duration.ofDays(days + 33));
	}

	@ParameterizedTest
	@ValueSource(strings = { "* * * * * *", "0 0 3 * * *", "0 0 3 1 * *", "0 0 3 30 2 *", "0 0 3 31 4 *" })
	void thereIsNoLongGapWhereTicksComeEachMonthOrNever(String cron) {
		assertThat(timetable(cron).longestGap(Instant.now())).isZero();
	}

	/**
	 * A call by hand keeps what is remembered, too, and has no interval of its own.
	 */
	@Test
	void aLongIntervalIsAGap() {
		assertThat(every(Duration.ofDays(200)).longestGap(Instant.now())).isEqualTo(Duration.ofDays(200));
		assertThat(every(Duration.ofSeconds(Long.MAX_VALUE)).longestGap(Instant.now())).isEqualTo(Tick.LONGEST);
		assertThat(every(Duration.ofDays(1)).longestGap(Instant.now())).isZero();
	}

	private static Timetable every(Duration interval) {
		return new Timetable(List.of(), RepeatedHour.RUNS_TWICE,
				List.of(new Timetable.Interval(interval, Duration.ZERO, true)));
	}

	@Test
	void theLongestGapIsFoundInFewSteps() {
		assertThat(stepsToTheLongestGap("* * * * * MON")).isBetween(1, 1000);
	}

	@ParameterizedTest
	@ValueSource(strings = { "* * * * * *", "0 0 3 * * ?", "0 0 3 ? * *", "@daily", "@hourly" })
	void thereIsNothingToFindWhereTicksComeEachDay(String cron) {
		assertThat(stepsToTheLongestGap(cron)).isZero();
	}

	private static int stepsToTheLongestGap(String cron) {
		AtomicInteger asked = new AtomicInteger();
		new Timetable(List.of(new RepeatedHour.Schedule(CronExpression.parse(cron), () -> {
			asked.incrementAndGet();
			return ZoneId.of("Europe/Berlin");
		})), RepeatedHour.RUNS_TWICE, List.of()).longestGap(Instant.now());
		return asked.get();
	}

	@Test
	void anExpressionThatNeverFiresAgainHasNoNextTick() {
		assertThat(timetable("0 0 3 30 2 *").next(Instant.now())).isNull();
		assertThat(new PastTimes(List.of(schedule("0 0 3 30 2 *"))).latest(Instant.now(), Duration.ofDays(366)))
			.isNull();
	}

	@Test
	void anIntervalWithoutAnEndIsAHundredYears() {
		Timetable.Interval interval = new Timetable.Interval(Duration.ofSeconds(Long.MAX_VALUE),
				Duration.ofSeconds(Long.MAX_VALUE), true);
		assertThat(interval.interval()).isEqualTo(Tick.LONGEST);
		assertThat(interval.initialDelay()).isEqualTo(Tick.LONGEST);
	}

	private static Timetable timetable(String cron) {
		return new Timetable(List.of(schedule(cron)), RepeatedHour.RUNS_TWICE, List.of());
	}

	private static RepeatedHour.Schedule schedule(String cron) {
		return new RepeatedHour.Schedule(CronExpression.parse(cron), ZoneId.of("Europe/Berlin"));
	}

}
