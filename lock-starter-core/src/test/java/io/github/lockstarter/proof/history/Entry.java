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

package io.github.lockstarter.proof.history;

import java.util.Set;

/**
 * One thing that happened. All processes run on one machine, so {@link #at()} is read off
 * the machine's monotonic clock ({@code System.nanoTime()}), which is the same for all of
 * them and which nobody sets.
 */
public sealed interface Entry {

	/** What the test itself is called as the source of an entry. */
	String TEST = "test";

	/** What Redis is called as the source of an entry. */
	String REDIS = "redis";

	/**
	 * Returns the process: a name and how often it was started, as {@code one.2}.
	 */
	String server();

	/**
	 * Returns when, in nanoseconds.
	 */
	long at();

	/**
	 * The process has begun to schedule.
	 *
	 * @param skew how far its clock is ahead, in milliseconds
	 */
	record Up(String server, long at, long skew) implements Entry {

	}

	/**
	 * The process has a version of the schedules of jobs.
	 *
	 * @param number 0 for the one that there is without this
	 */
	record Version(String server, long at, int number) implements Entry {

	}

	/**
	 * What the library calls the process, which has chosen that itself.
	 *
	 * @param id its name on Redis
	 */
	record Named(String server, long at, String id) implements Entry {

	}

	/**
	 * The test ended the process.
	 *
	 * @param killed whether it had no chance to end what it did
	 */
	record Down(String server, long at, boolean killed) implements Entry {

	}

	/**
	 * The first thing that a job did in a run.
	 *
	 * @param tick milliseconds since the epoch
	 * @param held whether the run believed in its lock, asked after {@code at}
	 */
	record Started(String server, long at, String job, long tick, long token, boolean held) implements Entry {

	}

	/**
	 * In the middle of a run.
	 *
	 * @param held whether the run believed in its lock, asked after {@code at}
	 */
	record Checkpoint(String server, long at, String job, long token, boolean held) implements Entry {

	}

	/**
	 * The last thing that a job did in a run that came to its end.
	 *
	 * @param held whether the run believed in its lock, asked after {@code at}
	 */
	record Ended(String server, long at, String job, long token, boolean held) implements Entry {

	}

	/**
	 * The library says how a run ended.
	 */
	record Finished(String server, long at, String job, long token, String outcome) implements Entry {

	}

	/**
	 * The library says that a run has lost its lock.
	 */
	record Lost(String server, long at, String job, long token) implements Entry {

	}

	/**
	 * The library says that a tick is not run here.
	 *
	 * @param tick milliseconds since the epoch; 0 if it has none
	 */
	record Skipped(String server, long at, String job, long tick, String reason) implements Entry {

		/**
		 * Tells whether the server gave the tick up without a word of Redis.
		 */
		public boolean isGivenUp() {
			return this.reason.equals("REDIS_UNAVAILABLE") || this.reason.equals("CLOSING");
		}

	}

	/**
	 * The process, or Redis, stood still.
	 *
	 * @param at when it went on
	 * @param nanos for how long
	 */
	record Hiccup(String server, long at, long nanos) implements Entry {

	}

	/**
	 * What the process has.
	 *
	 * @param descriptors open files and connections; 0 where the system does not tell
	 */
	record Vitals(String server, long at, int threads, int descriptors) implements Entry {

	}

	/**
	 * The register was asked to take a value from a run.
	 *
	 * @param accepted whether it took it
	 */
	record Written(String server, long at, String job, long token, boolean accepted) implements Entry {

	}

	/**
	 * Redis said what time it is.
	 *
	 * @param at when it was asked
	 * @param answered when the answer was there
	 * @param micros microseconds since the epoch
	 */
	record RedisTime(String server, long at, long answered, long micros) implements Entry {

	}

	/**
	 * What was left on Redis.
	 *
	 * @param keys how many keys
	 * @param withoutEnd how many of them never expire
	 */
	record Keys(String server, long at, int keys, int withoutEnd) implements Entry {

	}

	/**
	 * What Redis remembers of a run at the end.
	 *
	 * @param tick milliseconds since the epoch
	 * @param ran the id of the process that ran it
	 * @param result what became of it
	 */
	record Remembered(String server, long at, String job, long tick, long token, String ran,
			String result) implements Entry {

	}

	/**
	 * What an operator is shown of a process at the end.
	 *
	 * @param ended whether it has said that it ends
	 */
	record Listed(String server, long at, boolean ended) implements Entry {

	}

	/**
	 * What a counter of the process shows at its end.
	 *
	 * @param meter what is counted: {@link #RUNS} or {@link #SKIPS}
	 * @param label which of them: the outcome, or the reason
	 */
	record Counted(String server, long at, String job, String meter, String label, long count) implements Entry {

		/** Runs that have ended. */
		public static final String RUNS = "runs";

		/** Ticks that were not run. */
		public static final String SKIPS = "skips";

	}

	/**
	 * A fault.
	 *
	 * @param at when the test was about to cause it
	 * @param applied when it was in effect
	 * @param healing when the test was about to undo it
	 * @param end when nothing was wrong any more, as far as the test can tell
	 * @param kind what it was
	 * @param target the process that it befell; empty for Redis
	 * @param successor the process that replaced the target; empty if none did
	 * @param silences whom Redis does not answer from {@code applied} to {@code healing}:
	 * a process, {@code *}, {@link #SOME}, or nobody
	 * @param stops whether the target stands still from {@code at} to {@code end}
	 * @param forgets whether Redis may have lost what it knew
	 */
	record Fault(String server, long at, long applied, long healing, long end, String kind, String target,
			String successor, String silences, boolean stops, boolean forgets) implements Entry {

		/** Those who ask for some of the jobs, nobody knows which. */
		public static final String SOME = "?";

		private static final Set<String> DOUBLING = Set.of("doubling", "lossy");

		/**
		 * Tells whether commands may have come to Redis twice.
		 */
		public boolean mayDouble() {
			return DOUBLING.contains(this.kind);
		}

	}

}
