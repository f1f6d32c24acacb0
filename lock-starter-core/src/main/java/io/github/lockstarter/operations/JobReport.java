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

package io.github.lockstarter.operations;

import java.time.Instant;
import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * A job: what its schedule is, how it is doing, and what happened last.
 *
 * @param name the name
 * @param group the group whose jobs share a lock; {@code null} if it is in none
 * @param schedule the schedule with its zone, as the servers say it; {@code null} if it
 * has none or none is known
 * @param method the class and the name of its method; {@code null} if it is work of code
 * @param runnableHere whether the server that answers has that method, so that the job
 * can be run there by hand
 * @param state how it is doing
 * @param running the run that is going on; {@code null} if there is none
 * @param lockedUntil when the lock of that run ends if it is not renewed; {@code null} if
 * no run is going on, or if that is not known
 * @param last the last run that is not going on; {@code null} if there is none
 * @param lastSuccess when the last run that succeeded ended; {@code null} if that is not
 * known
 * @param next when the schedule fires next; {@code null} if that is not known
 * @param overdueSince which tick nobody has run; {@code null} if the job is not overdue
 * @param paused whether it is paused
 * @param consecutiveFailures how many runs have ended without a success since the last
 * success
 * @param runs the last runs, the newest first
 * @param skips the ticks that were not run, by server and reason
 * @since 0.1.0
 */
public record JobReport(String name, @Nullable String group, @Nullable String schedule, @Nullable String method,
		boolean runnableHere, State state, @Nullable RunReport running, @Nullable Instant lockedUntil,
		@Nullable RunReport last, @Nullable Instant lastSuccess, @Nullable Instant next, @Nullable Instant overdueSince,
		boolean paused, long consecutiveFailures, List<RunReport> runs, List<SkipReport> skips) {

	/**
	 * How a job is doing. Where several are true, the first one counts.
	 */
	public enum State {

		/**
		 * A run has not ended, but its server is gone: it has said that it ends, or has
		 * not been heard of for 30 seconds, and does not renew the lock. Nobody else runs
		 * the job until the lock ends.
		 */
		SERVER_GONE,

		/** A run is going on. */
		RUNNING,

		/** It is paused: no tick is run. */
		PAUSED,

		/** A tick was due, and nobody has run it. */
		OVERDUE,

		/** The last run crashed or lost its lock. */
		LOST,

		/** The last run failed or took longer than its timeout. */
		FAILING,

		/** It waits for its next tick, and nothing is wrong. */
		IDLE

	}

}
