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

package io.github.lockstarter.lock;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicBoolean;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compares the clock of this server with Redis's, whenever Redis has answered. A server
 * that is behind comes late to every tick: harmless where another one is on time, and
 * worth a word. One that is ahead learns it from its ticks.
 */
final class ClockWatch {

	private static final Logger logger = LoggerFactory.getLogger(ClockWatch.class);

	/** Less is what the way to Redis and back may take. */
	private static final Duration SHORTEST = Duration.ofSeconds(1);

	private final Clock clock;

	private final Duration tolerance;

	private final AtomicBoolean behind = new AtomicBoolean();

	private volatile @Nullable Duration offset;

	ClockWatch(Clock clock, Duration tolerance) {
		this.clock = clock;
		this.tolerance = (tolerance.compareTo(SHORTEST) < 0) ? SHORTEST : tolerance;
	}

	Instant now() {
		return this.clock.instant();
	}

	/**
	 * Redis has answered.
	 * @param asked when it was asked, on the clock of this server
	 * @param redisTime what Redis's clock said in between
	 */
	void answered(Instant asked, Instant redisTime) {
		Duration roundTrip = Duration.between(asked, now());
		if (roundTrip.compareTo(SHORTEST) > 0) {
			// It had to connect first, or stood still: that says nothing
			return;
		}
		Duration offset = Duration.between(redisTime, asked.plusNanos(roundTrip.toNanos() / 2));
		this.offset = offset;
		if (offset.negated().compareTo(this.tolerance) > 0) {
			if (this.behind.compareAndSet(false, true)) {
				logger
					.warn("The clock of this server is {} behind Redis's. It comes late to its ticks, and other servers "
							+ "run them; where it is alone, they run late. Synchronize the clocks with NTP; if the clock of Redis "
							+ "is the wrong one, correct that.", Durations.rounded(offset.negated()));
			}
		}
		else if (this.behind.get() && this.behind.compareAndSet(true, false)) {
			logger.info("The clock of this server is no longer behind Redis's.");
		}
	}

	/**
	 * Return by how much the clock of this server is ahead of Redis's; negative if it is
	 * behind.
	 * @return the offset when Redis was asked last, or {@code null} before that
	 */
	@Nullable Duration offset() {
		return this.offset;
	}

}
