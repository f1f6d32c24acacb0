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
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.scheduling.support.CronExpression;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Schedules that mean the same are written in one way, and are the same in any other.
 */
class ScheduleTextTests {

	private static final Instant NOW = Instant.parse("2026-11-30T00:00:00Z");

	@ParameterizedTest
	@CsvSource(delimiter = '|', textBlock = """
			0 0 3 * * *               | 0 0 3 * * *
			00 00 03 ? * *            | 0 0 3 * * *
			0   0  3 *  * *           | 0 0 3 * * *
			@daily                    | 0 0 0 * * *
			@midnight                 | 0 0 0 * * *
			@HOURLY                   | 0 0 * * * *
			@weekly                   | 0 0 0 * * SUN
			0 0 0 ? * 0               | 0 0 0 * * SUN
			0 0 0 ? * 7               | 0 0 0 * * SUN
			0 0 0 1 1 *               | 0 0 0 1 1 *
			0 0 0 1 jan *             | 0 0 0 1 1 *
			0 0 0 1 JUL *             | 0 0 0 1 7 *
			0 0 0 1 apr-jul *         | 0 0 0 1 4-7 *
			0 0 0 1 JUL,JAN *         | 0 0 0 1 1,7 *
			0 0 9-17 * * mon-fri      | 0 0 9-17 * * MON-FRI
			0 0 9,10,11,12-17 * * 1-5 | 0 0 9-17 * * MON-FRI
			0 0 9 * * 5,mon           | 0 0 9 * * MON,FRI
			0 */10 * * * *            | 0 0/10 * * * *
			0 0,10,20,30,40,50 * * * *| 0 0/10 * * * *
			0/1 * * * * *             | * * * * * *
			0 5/20 * * * *            | 0 5/20 * * * *
			0 10-30/10 * * * *        | 0 10,20,30 * * * *
			0 0 1,13 * * *            | 0 0 1,13 * * *
			0 0 0 L * *               | 0 0 0 L * *
			0 0 0 L-03 * *            | 0 0 0 L-3 * *
			0 0 0 15W * *             | 0 0 0 15W * *
			0 0 0 LW * *              | 0 0 0 LW * *
			0 0 0 * * 1#1             | 0 0 0 * * MON#1
			0 0 0 ? * mon#1           | 0 0 0 * * MON#1
			0 0 0 ? * 0L              | 0 0 0 * * SUNL
			0 0 0 ? * 7L              | 0 0 0 * * SUNL
			0 0 0 ? * FRI#2,MON#1     | 0 0 0 * * FRI#2,MON#1
			0 0 0 1-31 1-12 0-7       | 0 0 0 * * *
			""")
	void aCronExpressionIsWrittenInOneWay(String written, String expected) {
		CronExpression expression = CronExpression.parse(written);
		String text = cron(written, "UTC");
		assertThat(text).isEqualTo(expected + " UTC");
		assertThat(CronExpression.parse(expected).next(LocalDateTime.of(2026, 5, 3, 4, 5))).as("and means the same")
			.isEqualTo(expression.next(LocalDateTime.of(2026, 5, 3, 4, 5)));
		assertThat(ScheduleText.isSame(written + " UTC", text, NOW)).as("as earlier versions wrote it").isTrue();
	}

	@ParameterizedTest
	@CsvSource({ "Etc/UTC, UTC", "GMT, UTC", "Z, UTC", "Etc/GMT, UTC", "Zulu, UTC", "GMT+2, +02:00",
			"Etc/GMT-2, +02:00", "Europe/Berlin, Europe/Berlin", "Asia/Kolkata, Asia/Kolkata" })
	void aZoneThatKeepsItsTimeIsWrittenInOneWay(String zone, String expected) {
		assertThat(cron("0 0 3 * * *", zone)).isEqualTo("0 0 3 * * * " + expected);
		assertThat(ScheduleText.isSame("0 0 3 * * * " + zone, "0 0 3 * * * " + expected, NOW)).isTrue();
	}

	@ParameterizedTest
	@CsvSource({ "Asia/Calcutta, Asia/Kolkata", "US/Eastern, America/New_York", "UTC, GMT", "Etc/UTC, Z" })
	void zonesOfEqualRulesAreTheSame(String one, String other) {
		assertThat(ScheduleText.isSame("@daily " + one, "0 0 0 * * * " + other, NOW)).isTrue();
	}

	/**
	 * As EST, HST and MST, which are offsets to one version of Java and such zones to
	 * another.
	 */
	@ParameterizedTest
	@CsvSource({ "America/Panama, -05:00", "Pacific/Honolulu, -10:00", "America/Phoenix, -07:00",
			"Asia/Calcutta, +05:30", "Asia/Seoul, Asia/Tokyo", "Africa/Abidjan, UTC", "Europe/Berlin, Europe/Paris",
			"EST5EDT, America/New_York" })
	void zonesThatKeepTheSameTimeFromNowOnAreTheSame(String one, String other) {
		assertThat(ScheduleText.isSame("@daily " + one, "0 0 0 * * * " + other, NOW)).isTrue();
		assertThat(ScheduleText.isSame("0 0 0 * * * " + other, "@daily " + one, NOW)).isTrue();
	}

	@ParameterizedTest
	@CsvSource({ "America/New_York, -05:00", "America/New_York, -04:00", "America/Denver, America/Phoenix",
			"America/Panama, -04:00" })
	void zonesThatKeepAnotherTimeForPartOfTheYearAreNot(String one, String other) {
		assertThat(ScheduleText.isSame("@daily " + one, "0 0 0 * * * " + other, NOW)).isFalse();
		assertThat(ScheduleText.isSame("@daily " + other, "0 0 0 * * * " + one, NOW)).isFalse();
	}

	@ParameterizedTest
	@ValueSource(strings = { "0 0 3 * * * UTC", "0 0 0 * * MON UTC", "0 0 0 * * * Europe/London", "0 0 0 * * * +01:00",
			"every 1d", "1d after the last end", "once over all servers", "0 0 0 * * * Moon/Crater",
			"0 0 0 * * * UTC, 0 0 3 * * * UTC" })
	void anotherScheduleIsNotTheSame(String other) {
		assertThat(ScheduleText.isSame("0 0 0 * * * UTC", other, NOW)).isFalse();
		assertThat(ScheduleText.isSame(other, "0 0 0 * * * UTC", NOW)).isFalse();
		assertThat(ScheduleText.isSame(other, other, NOW)).isTrue();
	}

	@Test
	void aScheduleThatIsNotKnownIsTheSameAsNoOther() {
		assertThat(ScheduleText.isSame(null, "every 1d", NOW)).isFalse();
		assertThat(ScheduleText.isSame("every 1d", null, NOW)).isFalse();
		assertThat(ScheduleText.isSame(null, null, NOW)).isTrue();
	}

	@ParameterizedTest
	@CsvSource({ "PT20S, true, every 20s", "PT1M, true, every 1m", "PT90M, true, every 1h30m",
			"PT10S, false, 10s after the last end", "PT0.0005S, true, every 500us",
			"PT2562047788015H, false, once over all servers", "PT876600H, true, once over all servers" })
	void anIntervalIsWrittenForAHuman(Duration interval, boolean rate, String expected) {
		assertThat(text(new Timetable.Interval(interval, Duration.ZERO, rate))).isEqualTo(expected);
	}

	@ParameterizedTest
	@CsvSource({ "fixed rate of 60000 milliseconds, every 1m", "fixed rate of PT1M milliseconds, every 1m",
			"fixed rate of 1 minutes, every 1m", "fixed delay of 10s seconds, 10s after the last end",
			"fixed delay of PT2H milliseconds, 2h after the last end",
			"fixed delay of 9223372036854775807 milliseconds, once over all servers",
			"fixed delay of 9223372036854775807 seconds, once over all servers", "once, once after each start" })
	void whatEarlierVersionsWroteIsUnderstood(String earlier, String now) {
		assertThat(ScheduleText.isSame(earlier, now, NOW)).isTrue();
		assertThat(ScheduleText.isSame(now, earlier, NOW)).isTrue();
	}

	@Test
	void theOrderOfSeveralDoesNotMatter() {
		assertThat(ScheduleText.isSame("@daily UTC, fixed rate of 60 seconds", "every 1m, 0 0 0 * * * GMT", NOW))
			.isTrue();
		assertThat(ScheduleText.isSame("every 1m, every 1m", "every 1m, every 2m", NOW)).isFalse();
	}

	@Test
	void severalAreWrittenInTheirOrder() {
		List<RepeatedHour.Schedule> crons = List.of(schedule("0 0 9 * * *", "UTC"), schedule("0 0 3 * * *", "UTC"));
		Timetable timetable = new Timetable(crons, RepeatedHour.RUNS_TWICE,
				List.of(new Timetable.Interval(Duration.ofMinutes(1), Duration.ZERO, true)), true);
		assertThat(timetable.text()).isEqualTo("0 0 3 * * * UTC, 0 0 9 * * * UTC, every 1m, once after each start");
		assertThat(Timetable.UNKNOWN.text()).isNull();
	}

	private static String cron(String expression, String zone) {
		return new Timetable(List.of(schedule(expression, zone)), RepeatedHour.RUNS_TWICE, List.of()).text();
	}

	private static RepeatedHour.Schedule schedule(String expression, String zone) {
		return new RepeatedHour.Schedule(CronExpression.parse(expression), ZoneId.of(zone));
	}

	private static String text(Timetable.Interval interval) {
		return new Timetable(List.of(), RepeatedHour.RUNS_TWICE, List.of(interval)).text();
	}

}
