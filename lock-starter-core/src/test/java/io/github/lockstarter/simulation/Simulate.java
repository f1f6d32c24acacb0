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

package io.github.lockstarter.simulation;

import java.time.Duration;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

import io.github.lockstarter.lock.Flaw;
import io.github.lockstarter.simulation.Simulation.Played;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Plays for as long as one likes, or one play again:
 * {@code mvn -Psimulate -Dsimulate.minutes=…}, {@code mvn -Psimulate -Dsimulate.seed=…}.
 */
class Simulate {

	@Test
	void simulate() throws Exception {
		((Logger) LoggerFactory.getLogger("io.github.lockstarter")).setLevel(Level.OFF);
		Scenario named = Scenario.named();
		if (named != null) {
			again(named);
		}
		else {
			play(Duration.ofMinutes(Long.getLong("simulate.minutes", 1)),
					Long.getLong("simulate.first", System.nanoTime()));
		}
	}

	private static void again(Scenario scenario) {
		Played played = Simulation.play(scenario, Flaw.NONE, new Coverage());
		played.history().entries().forEach(System.out::println);
		assertThat(played.verdict().violations()).isEmpty();
	}

	private static void play(Duration time, long first) throws Exception {
		long begun = System.nanoTime();
		Plays plays = Plays.of(first, Flaw.NONE, () -> System.nanoTime() - begun < time.toNanos());
		System.out.printf("Simulation: %d plays from seed %d on, %d ticks and %d faults in %d s%n", plays.plays(),
				first, plays.ticks(), plays.faults(), Duration.ofNanos(System.nanoTime() - begun).toSeconds());
		plays.coverage().counts().forEach((what, count) -> System.out.printf("  %9d  %s%n", count, what));
		assertThat(plays.violatedSeeds()).as(plays.report()).isEmpty();
		assertThat(plays.rare()).as("too seldom").isEmpty();
	}

}
