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

package io.github.lockstarter.sample.proof;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;

import io.github.lockstarter.proof.checker.Verdict;
import io.github.lockstarter.proof.checker.Verdict.Figures;
import io.github.lockstarter.sample.proof.nemesis.Layout;
import io.github.lockstarter.sample.proof.servers.Jobs;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Three servers with different clocks and jobs of every kind, and what goes wrong in an
 * order that {@code -Dproof.seed} gives again.
 */
class ProofIT {

	private static final Duration QUIET = Duration.ofMillis(2500);

	/**
	 * A server dies, and one is cut off. A machine that stands still again and again may
	 * leave no tick of so few that was due while nothing was wrong.
	 */
	@Test
	void guaranteesHoldInTwoFaults() throws Exception {
		Figures figures = play("brief", "two faults", Duration.ofSeconds(2), "kill", "cut");
		assertThat(figures.faults()).containsOnlyKeys("kill", "cut");
		assertThat(figures.run()).as("ticks that were run").isPositive();
	}

	/**
	 * Slow: each fault once, and between two of them some time in which nothing is wrong,
	 * are three minutes.
	 */
	@Test
	@Tag("slow")
	void guaranteesHoldWhateverGoesWrong() throws Exception {
		Figures figures = play("short", "every fault once", Duration.ofSeconds(8));
		assertThat(figures.quiet()).as("ticks that were due while nothing was wrong").isPositive();
	}

	private static Figures play(String name, String title, Duration skew, String... faults) throws Exception {
		long seed = Long.getLong("proof.seed", new Random().nextLong(1_000_000));
		System.out.println("proof: " + title + ", -Dproof.seed=" + seed);
		Map<String, Duration> skews = new LinkedHashMap<>();
		skews.put("one", Duration.ZERO);
		skews.put("two", skew);
		skews.put("three", skew.negated());
		try (Play play = new Play(name, new Layout.Single(), Jobs.rules(Play.LEASE, Play.ACQUIRE_TIMEOUT))) {
			play.start(skews);
			play.awaitAllTakePart();
			play.nemesis(seed).each(QUIET, faults);
			play.report();
			Verdict verdict = play.judge(title, seed);
			assertThat(verdict.violations()).as("violations, seed %d", seed).isEmpty();
			return verdict.figures();
		}
	}

}
