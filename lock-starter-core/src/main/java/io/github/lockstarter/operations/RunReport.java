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

import org.jspecify.annotations.Nullable;

import io.github.lockstarter.JobRun.Trigger;

/**
 * A run of a job, as Redis remembers it. All times are those of Redis's clock.
 *
 * @param tick which tick
 * @param token the fencing token
 * @param server the id of the server
 * @param trigger what started it
 * @param started when it started
 * @param ended when it ended; {@code null} while it runs, and when nobody ended it
 * @param result what became of it
 * @param failure what the method threw, shortened; {@code null} if it threw nothing
 * @since 0.1.0
 */
public record RunReport(Instant tick, long token, String server, Trigger trigger, Instant started,
		@Nullable Instant ended, Result result, @Nullable String failure) {

	/**
	 * What became of a run.
	 */
	public enum Result {

		/** It is going on: its lock is held. */
		RUNNING,

		/** The method returned, under its lock. */
		SUCCEEDED,

		/** The method threw an exception. */
		FAILED,

		/** The lock was lost meanwhile. */
		LOCK_LOST,

		/** It took longer than its timeout. */
		TIMED_OUT,

		/** Nobody ended it, and its lock is gone: its server died, or lost the lock. */
		CRASHED

	}

}
