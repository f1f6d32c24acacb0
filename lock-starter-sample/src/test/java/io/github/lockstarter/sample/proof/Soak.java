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
import java.util.function.Supplier;

import io.github.lockstarter.proof.checker.Rules;
import io.github.lockstarter.proof.checker.Verdict;
import io.github.lockstarter.sample.proof.nemesis.Layout;
import io.github.lockstarter.sample.proof.servers.Jobs;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The same as {@link ProofIT} for as long as one likes, on all layouts of Redis one after
 * the other, with a fourth server: {@code mvn -Psoak -Dsoak.minutes=60 -Dsoak.seed=1}.
 */
class Soak {

	private static final Duration QUIET = Duration.ofSeconds(3);

	private static final long SEED = Long.getLong("soak.seed", new Random().nextLong(1_000_000));

	private static final Duration TIME = Duration.ofMinutes(Long.getLong("soak.minutes", 6))
		.dividedBy(RedisLayout.values().length);

	@ParameterizedTest
	@EnumSource
	void guaranteesHold(RedisLayout layout) throws Exception {
		System.out.println("proof: -Dsoak.seed=" + SEED + ", " + layout + " for " + TIME);
		Map<String, Duration> skews = new LinkedHashMap<>();
		skews.put("one", Duration.ZERO);
		skews.put("two", Duration.ofMillis(700));
		skews.put("three", Duration.ofMinutes(10));
		skews.put("four", Duration.ofMinutes(-10));
		Layout redis = layout.start.get();
		Rules rules = Jobs.rules(Play.LEASE, Play.ACQUIRE_TIMEOUT);
		try (Play play = new Play("soak-" + redis.name(), redis, rules)) {
			play.start(skews);
			play.nemesis(SEED).all(TIME, QUIET);
			play.report();
			Verdict verdict = play.judge("soak, " + redis.name(), SEED);
			assertThat(verdict.violations()).as("violations, seed %d", SEED).isEmpty();
			assertThat(verdict.figures().quiet()).as("ticks that were due while nothing was wrong").isPositive();
		}
	}

	/**
	 * The layouts.
	 */
	enum RedisLayout {

		SINGLE(Layout.Single::new), SENTINEL(Layout.Sentinel::new), CLUSTER(Layout.Cluster::new);

		private final Supplier<Layout> start;

		RedisLayout(Supplier<Layout> start) {
			this.start = start;
		}

	}

}
