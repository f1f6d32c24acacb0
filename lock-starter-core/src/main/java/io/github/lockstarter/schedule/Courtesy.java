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
import java.util.random.RandomGenerator;

import org.jspecify.annotations.Nullable;

/**
 * How long one scheduled task lets other servers go first. All servers fire at the same
 * moment, so without it the one that is a millisecond faster would run everything. Who
 * ran last comes last, and chance decides among the others.
 * <p>
 * Costs no command and no thread: the task is fired that much later, for the same tick.
 */
final class Courtesy {

	/** Whoever lost waits for less than this. */
	private static final int LOSER_MILLIS = 20;

	/**
	 * Whoever won waits for at least this, so that a small difference of clocks is made
	 * up for.
	 */
	private static final int WINNER_MILLIS = 25;

	/** A task that is no job of ours is never told, and never waits. */
	private volatile @Nullable Boolean won;

	private final RandomGenerator random;

	Courtesy(RandomGenerator random) {
		this.random = random;
	}

	/**
	 * A tick was asked for.
	 * @param won whether this server got it
	 */
	void settled(boolean won) {
		this.won = won;
	}

	/**
	 * Return how much later the next tick is fired here.
	 * @return less than 45 ms
	 */
	Duration next() {
		Boolean won = this.won;
		if (won == null) {
			return Duration.ZERO;
		}
		int chance = this.random.nextInt(LOSER_MILLIS);
		return Duration.ofMillis(won ? WINNER_MILLIS + chance : chance);
	}

}
