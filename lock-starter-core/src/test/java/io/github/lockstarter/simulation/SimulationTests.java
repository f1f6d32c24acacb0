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
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.LoggerFactory;

import io.github.lockstarter.lock.Flaw;
import io.github.lockstarter.simulation.Simulation.Played;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A sample of what {@link Simulate} plays: the same seeds each time, and new ones.
 */
class SimulationTests {

	/** What {@code mvn verify} has time for. */
	private static final int SEEDS = 16;

	/** So few plays come to everything often enough from here on, as one in two do. */
	private static final long FIRST_SEED = 305;

	private static final Duration NEW_SEEDS = Duration.ofSeconds(6);

	/** A broken lock is found within as many plays. */
	private static final int FOUND_WITHIN = 60;

	private static Level level;

	/**
	 * Virtual years of log lines tell nothing.
	 */
	@BeforeAll
	static void logNothing() {
		Logger logger = logger();
		level = logger.getLevel();
		logger.setLevel(Level.OFF);
	}

	@AfterAll
	static void logAgain() {
		logger().setLevel(level);
	}

	private static Logger logger() {
		return (Logger) LoggerFactory.getLogger("io.github.lockstarter");
	}

	@Test
	void seedsShowNoViolationAndComeToEverything() throws Exception {
		Plays plays = Plays.of(FIRST_SEED, Flaw.NONE, times(SEEDS));
		assertThat(plays.violatedSeeds()).as(plays.report()).isEmpty();
		assertThat(plays.rare()).as("too seldom: %s", plays.coverage().counts()).isEmpty();
	}

	@Test
	void newSeedsShowNoViolation() throws Exception {
		long first = System.nanoTime();
		Plays plays = Plays.of(first, Flaw.NONE, () -> System.nanoTime() - first < NEW_SEEDS.toNanos());
		System.out.printf("Simulation: %d ticks and %d faults from seed %d on%n", plays.ticks(), plays.faults(), first);
		assertThat(plays.violatedSeeds()).as(plays.report()).isEmpty();
	}

	@Test
	void aSeedIsTheSameHistoryEveryTime() {
		Scenario scenario = Scenario.of(7);
		String history = text(scenario);
		assertThat(text(scenario)).isEqualTo(history);
		// To be compared with that of another version of Java
		System.out.printf("Simulation: seed %d is history %08x%n", scenario.seed(), history.hashCode());
	}

	private static String text(Scenario scenario) {
		return Simulation.play(scenario, Flaw.NONE, new Coverage())
			.history()
			.entries()
			.stream()
			.map(Object::toString)
			.collect(Collectors.joining("\n"));
	}

	@ParameterizedTest
	@EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
	void aBrokenLockIsFound(Flaw flaw) {
		Plays plays = Plays.untilViolated(flaw, FOUND_WITHIN);
		assertThat(plays.violated()).isNotEmpty();
		System.out.printf("Simulation: %s is found with seed %d%n", flaw, plays.plays());
	}

	@Test
	void aViolationIsShownBySmallPlay() {
		Played played = Plays.untilViolated(Flaw.NO_EXPIRY, FOUND_WITHIN).violated().get(0);
		Scenario small = Shrinking.shrink(played, Flaw.NO_EXPIRY).scenario();
		assertThat(small.faults()).hasSizeLessThanOrEqualTo(2);
		assertThat(small.duration()).isLessThanOrEqualTo(played.scenario().duration());
		assertThat(small.command()).contains("-Dsimulate.seed=" + played.scenario().seed(), "-Dsimulate.faults=");
		assertThat(Simulation.play(small, Flaw.NO_EXPIRY, new Coverage()).isFine()).isFalse();
	}

	private static BooleanSupplier times(int times) {
		AtomicInteger left = new AtomicInteger(times);
		return () -> left.getAndDecrement() > 0;
	}

}
