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

import org.junit.jupiter.api.Test;

import org.springframework.scheduling.support.CronExpression;

import static org.assertj.core.api.Assertions.assertThat;

class PastTimesTests {

	private static final Instant NOW = Instant.parse("2026-11-24T12:34:56.789Z");

	@Test
	void theLatestOfASecond() {
		assertThat(times("* * * * * *").latest(NOW, Duration.ofHours(1))).isEqualTo("2026-11-24T12:34:56Z");
	}

	@Test
	void theLatestOfANightInItsZone() {
		PastTimes times = new PastTimes(List.of(cron("0 0 3 * * *", "Asia/Seoul")));
		assertThat(times.latest(NOW, Duration.ofDays(1))).isEqualTo("2026-11-23T18:00:00Z");
	}

	@Test
	void aMacro() {
		assertThat(times("@hourly").latest(NOW, Duration.ofHours(1))).isEqualTo("2026-11-24T12:00:00Z");
	}

	@Test
	void noneWithinTheTime() {
		assertThat(times("0 0 12 * * *").latest(NOW, Duration.ofMinutes(34))).isNull();
		assertThat(times("0 0 12 * * *").latest(NOW, Duration.ofMinutes(35))).isEqualTo("2026-11-24T12:00:00Z");
		assertThat(times("0 0 3 29 2 *").latest(NOW, Duration.ofDays(300))).isNull();
		assertThat(times("0 0 3 1 1 *").latest(NOW, Duration.ofDays(365))).isEqualTo("2026-01-01T03:00:00Z");
	}

	@Test
	void nowCountsAndSoDoesTheEarliest() {
		Instant noon = Instant.parse("2026-11-24T12:00:00Z");
		assertThat(times("0 0 12 * * *").latest(noon, Duration.ofMinutes(1))).isEqualTo(noon);
		assertThat(times("0 0 12 * * *").latest(noon.plusSeconds(60), Duration.ofMinutes(1))).isEqualTo(noon);
	}

	@Test
	void theLatestOfSeveral() {
		PastTimes times = new PastTimes(List.of(cron("0 0 3 * * *", "UTC"), cron("0 30 11 * * *", "UTC")));
		assertThat(times.latest(NOW, Duration.ofDays(1))).isEqualTo("2026-11-24T11:30:00Z");
	}

	@Test
	void noneWithoutAnExpression() {
		assertThat(new PastTimes(List.of()).latest(NOW, Duration.ofDays(1))).isNull();
	}

	/**
	 * The hour from two to three is there twice, as Spring fires it.
	 */
	@Test
	void bothFiresOfTheRepeatedHour() {
		PastTimes times = new PastTimes(List.of(cron("0 30 2 * * *", "Europe/Berlin")));
		assertThat(times.latest(Instant.parse("2026-10-25T00:40:00Z"), Duration.ofHours(2)))
			.isEqualTo("2026-10-25T00:30:00Z");
		assertThat(times.latest(Instant.parse("2026-10-25T01:40:00Z"), Duration.ofHours(2)))
			.isEqualTo("2026-10-25T01:30:00Z");
	}

	@Test
	void noneInTheHourThatIsMissing() {
		PastTimes times = new PastTimes(List.of(cron("0 30 2 * * *", "Europe/Berlin")));
		assertThat(times.latest(Instant.parse("2026-03-29T02:00:00Z"), Duration.ofHours(5))).isNull();
	}

	private static PastTimes times(String expression) {
		return new PastTimes(List.of(cron(expression, "UTC")));
	}

	private static RepeatedHour.Schedule cron(String expression, String zone) {
		return new RepeatedHour.Schedule(CronExpression.parse(expression), ZoneId.of(zone));
	}

}
