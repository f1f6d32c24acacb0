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
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

import org.jspecify.annotations.Nullable;

/**
 * What is played: the same one is the same play every time.
 *
 * @param seed what all chance comes from
 * @param servers how many servers there are
 * @param duration for how long faults happen
 * @param faults which of them happen, by their number; {@code null} for all
 */
record Scenario(long seed, int servers, Duration duration, @Nullable Set<Integer> faults) {

	private static final String PREFIX = "simulate.";

	/**
	 * Return a play for a seed. Two servers or three, and two minutes.
	 */
	static Scenario of(long seed) {
		return new Scenario(seed, 2 + (int) Math.floorMod(seed, 2L), Duration.ofMinutes(2), null);
	}

	/**
	 * Determine whether there is no end of faults, which says much of safety and little
	 * of recovery.
	 */
	boolean isStorm() {
		return Math.floorMod(this.seed, 4L) >= 2;
	}

	/**
	 * Return the play that the system properties name.
	 * @return {@code null} if they name none
	 */
	static @Nullable Scenario named() {
		Long seed = Long.getLong(PREFIX + "seed");
		if (seed == null) {
			return null;
		}
		Scenario all = of(seed);
		String faults = System.getProperty(PREFIX + "faults");
		return new Scenario(seed, Integer.getInteger(PREFIX + "servers", all.servers()),
				Duration.ofSeconds(Long.getLong(PREFIX + "seconds", all.duration().toSeconds())),
				(faults != null) ? Arrays.stream(faults.split(","))
					.filter((number) -> !number.isEmpty())
					.map(Integer::valueOf)
					.collect(Collectors.toCollection(TreeSet::new)) : null);
	}

	boolean happens(int fault) {
		return this.faults == null || this.faults.contains(fault);
	}

	/**
	 * Return how to play it again.
	 */
	String command() {
		String command = "mvn -Psimulate -Dsimulate.seed=%d -Dsimulate.servers=%d -Dsimulate.seconds=%d"
			.formatted(this.seed, this.servers, this.duration.toSeconds());
		return (this.faults != null) ? command + " -Dsimulate.faults="
				+ this.faults.stream().map(String::valueOf).collect(Collectors.joining(",")) : command;
	}

}
