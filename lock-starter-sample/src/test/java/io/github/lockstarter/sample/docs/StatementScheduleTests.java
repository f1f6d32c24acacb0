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
package io.github.lockstarter.sample.docs;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.Period;
import java.util.Set;

import org.junit.jupiter.api.Test;

import io.github.lockstarter.SkipReason;
import io.github.lockstarter.test.JobSimulation;
import io.github.lockstarter.test.SimulationResult;
import io.github.lockstarter.test.SimulationResult.ClockChange;
import io.github.lockstarter.test.SimulationResult.Effect;
import io.github.lockstarter.test.SimulationResult.Missed;
import io.github.lockstarter.test.SimulationResult.Run;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Examples of docs/testing.md: a year of a schedule.
 */
class StatementScheduleTests {

	@Test
	void eachNightOfAYearHasItsStatements() {
		SimulationResult year = JobSimulation.of(StatementJob.class, "statements.zone=Europe/Berlin")
			.servers(3)
			.from(LocalDate.of(2026, 1, 1))
			.lasting(Period.ofYears(1))
			.takingBetween(Duration.ofMinutes(2), Duration.ofMinutes(20))
			.clocksOffBy(Duration.ofMillis(500))
			.deploying("0 0 22 * * SUN", Duration.ofMinutes(3))
			.seed(42)
			.run();
		assertThat(year.missed()).isEmpty();
		assertThat(year.overlaps()).isEmpty();
		assertThat(year.runs()).hasSize(364);

		assertThat(year.clockChanges()).extracting(ClockChange::effect)
			.containsExactly(Effect.SKIPPED, Effect.REPEATED);
		assertThat(year.clockChanges().get(1).runs()).extracting(Run::tick)
			.containsExactly(Instant.parse("2026-10-25T00:30:00Z"));
	}

	@Test
	void anOutageAtTheWrongTimeCostsANight() {
		SimulationResult week = JobSimulation.of(StatementJob.class, "statements.zone=UTC")
			.from(LocalDate.of(2026, 6, 1))
			.lasting(Period.ofWeeks(1))
			.redisDown(Instant.parse("2026-06-03T02:29:00Z"), Instant.parse("2026-06-03T02:30:40Z"))
			.redisDown(Instant.parse("2026-06-04T02:29:00Z"), Instant.parse("2026-06-04T02:40:00Z"))
			.run();
		assertThat(week.missed()).containsExactly(
				new Missed("statements", Instant.parse("2026-06-04T02:30:00Z"), Set.of(SkipReason.REDIS_UNAVAILABLE)));
	}

}
