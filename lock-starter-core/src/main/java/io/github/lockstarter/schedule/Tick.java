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

/**
 * What the schedule says about one fire.
 *
 * @since 0.1.0
 */
public sealed interface Tick {

	/**
	 * The longest time that is reckoned with. Whatever is longer, such as a delay of
	 * {@link Long#MAX_VALUE}, which means once, would not fit into the numbers of Redis
	 * and of timers, and nobody would see the difference.
	 */
	Duration LONGEST = Duration.ofDays(36_525);

	/**
	 * Return a time that can be reckoned with.
	 * @param time any time
	 * @return the same, or {@link #LONGEST} if that is shorter
	 */
	static Duration limit(Duration time) {
		return (time.compareTo(LONGEST) > 0) ? LONGEST : time;
	}

	/**
	 * A fire time that every server names alike, such as one of a cron expression.
	 *
	 * @param at the nominal fire time
	 * @param distance how far it is from the tick before at the least; zero where every
	 * server is known to name the same times. A trigger of the application's own may
	 * count from the last run on its server
	 */
	record Nominal(Instant at, Duration distance) implements Tick {

		/**
		 * Create a fire time that every server names alike.
		 * @param at the nominal fire time
		 */
		public Nominal(Instant at) {
			this(at, Duration.ZERO);
		}

		@Override
		public String toString() {
			return "Nominal[at=" + this.at + "]";
		}

	}

	/**
	 * A fire whose time the servers do not share: each of them counts from its own start.
	 * When the job is due is agreed upon in Redis.
	 */
	sealed interface Interval extends Tick {

		/**
		 * Return the period or the delay.
		 * @return the interval, positive
		 */
		Duration interval();

		/**
		 * Return how much before its due time the job may run, so that a timer that is a
		 * little early does not cost a whole interval: 100 ms or one percent of the
		 * interval, whichever is more, but not more than a fifth of the interval.
		 * @return the tolerance
		 */
		default Duration tolerance() {
			long millis = interval().toMillis();
			return Duration.ofMillis(Math.min(Math.max(100, millis / 100), millis / 5));
		}

	}

	/**
	 * A fire of a fixed rate.
	 *
	 * @param interval the time from start to start
	 */
	record Rate(Duration interval) implements Interval {

		/**
		 * Create a fire of a fixed rate.
		 * @param interval the time from start to start; {@link #LONGEST} at the most
		 */
		public Rate {
			interval = limit(interval);
		}

	}

	/**
	 * A fire of a fixed delay.
	 *
	 * @param interval the time from end to start
	 */
	record Delay(Duration interval) implements Interval {

		/**
		 * Create a fire of a fixed delay.
		 * @param interval the time from end to start; {@link #LONGEST} at the most
		 */
		public Delay {
			interval = limit(interval);
		}

	}

	/**
	 * No fire at all: the method was called by hand.
	 */
	record Manual() implements Tick {

	}

}
