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

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import org.springframework.scheduling.support.CronExpression;
import org.springframework.scheduling.support.CronTrigger;
import org.springframework.scheduling.support.SimpleTriggerContext;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Days on which the clocks are changed, as Spring's own trigger fires on them.
 */
class RepeatedHourTests {

	@ParameterizedTest
	@CsvSource({
			// 02:30 comes twice in Berlin, 01:30 in New York; Seoul keeps its time
			"0 30 2 * * *, Europe/Berlin, 2026-10-24T12:00:00Z, 2026-10-25T00:30:00Z, 2026-10-26T01:30:00Z",
			"0 30 1 * * *, America/New_York, 2026-10-31T12:00:00Z, 2026-11-01T05:30:00Z, 2026-11-02T06:30:00Z",
			"0 30 2 * * *, Asia/Seoul, 2026-10-24T12:00:00Z, 2026-10-24T17:30:00Z, 2026-10-25T17:30:00Z",
			// And one whose clocks go back by half an hour
			"0 45 1 * * *, Australia/Lord_Howe, 2026-04-04T00:00:00Z, 2026-04-04T14:45:00Z, 2026-04-05T15:15:00Z" })
	void aDailyJobHasOneTickADay(String cron, String zone, Instant from, Instant first, Instant second) {
		List<Instant> fires = fires(cron, zone, from, 3);
		assertThat(names(cron, zone, fires)).contains(first, second);
		assertThat(names(cron, zone, fires).stream().distinct().limit(2)).containsExactly(first, second);
	}

	@Test
	void springFiresADailyJobTwice() {
		// The control: without a name for both there would be two ticks
		List<Instant> fires = fires("0 30 2 * * *", "Europe/Berlin", Instant.parse("2026-10-24T12:00:00Z"), 2);
		assertThat(fires).containsExactly(Instant.parse("2026-10-25T00:30:00Z"), Instant.parse("2026-10-25T01:30:00Z"));
		assertThat(fires.stream().map((fire) -> RepeatedHour.RUNS_TWICE.name(new Tick.Nominal(fire)).at()))
			.isEqualTo(fires);
	}

	@ParameterizedTest
	@CsvSource({ "0 30 * * * *, Europe/Berlin", "0 0/10 * * * *, Europe/Berlin", "0 0 0/2 * * *, Europe/Berlin",
			"@hourly, America/New_York", "0 0 */1 * * *, America/New_York" })
	void whatRunsAtIntervalsRunsInBothHours(String cron, String zone) {
		List<Instant> fires = fires(cron, zone, Instant.parse("2026-10-24T22:00:00Z"), 200);
		assertThat(names(cron, zone, fires)).isEqualTo(fires);
	}

	@ParameterizedTest
	@CsvSource({ "0 30 2 * * *, Europe/Berlin, 2026-03-28T12:00:00Z, 2026-03-30T00:30:00Z",
			"0 30 2 * * *, America/New_York, 2026-03-07T12:00:00Z, 2026-03-09T06:30:00Z" })
	void springSkipsTheHourThatIsMissing(String cron, String zone, Instant from, Instant next) {
		List<Instant> fires = fires(cron, zone, from, 1);
		assertThat(fires).containsExactly(next);
		assertThat(names(cron, zone, fires)).containsExactly(next);
	}

	@Test
	void aTimeThatAnotherExpressionNamesIsItsTick() {
		RepeatedHour hour = RepeatedHour.runsOnce(List.of(schedule("0 30 2 * * *", "Europe/Berlin"),
				schedule("0 30 10 * * *", "Asia/Seoul"), schedule("0 0 5 * * *", "Europe/Berlin")));
		Tick.Nominal both = new Tick.Nominal(Instant.parse("2026-10-25T01:30:00Z"));
		assertThat(hour.name(both)).isEqualTo(both);
		Tick.Nominal neither = new Tick.Nominal(Instant.parse("2026-10-25T01:31:00Z"));
		assertThat(hour.name(neither)).isEqualTo(neither);
	}

	private static List<Instant> names(String cron, String zone, List<Instant> fires) {
		RepeatedHour hour = RepeatedHour.runsOnce(List.of(schedule(cron, zone)));
		return fires.stream().map((fire) -> hour.name(new Tick.Nominal(fire)).at()).toList();
	}

	private static RepeatedHour.Schedule schedule(String cron, String zone) {
		return new RepeatedHour.Schedule(CronExpression.parse(cron), ZoneId.of(zone));
	}

	private static List<Instant> fires(String cron, String zone, Instant from, int count) {
		CronTrigger trigger = new CronTrigger(cron, ZoneId.of(zone));
		SimpleTriggerContext context = new SimpleTriggerContext(Clock.fixed(from, ZoneOffset.UTC));
		List<Instant> fires = new ArrayList<>();
		for (int i = 0; i < count; i++) {
			Instant next = trigger.nextExecution(context);
			context.update(next, next, next);
			fires.add(next);
		}
		return fires;
	}

}
