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

import java.time.Duration;
import java.time.Instant;
import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * What the store knows of a job at one moment. All times are those of the store's clock.
 *
 * @param redisTime what time it is
 * @param running the run that is going on; {@code null} if there is none
 * @param runs the last runs that are not going on, the newest first
 * @param pausedSince since when the job is paused; {@code null} if it is not
 * @param failures how many runs have ended without a success since the last success
 * @param succeeded when the last run that succeeded ended; {@code null} if that is not
 * known
 * @param heldUntil until when {@code lockAtLeastFor} holds the job up; {@code null} if it
 * does not
 * @param due when a job with one fixed rate or delay runs next, which is now if that time
 * has passed; {@code null} if it is not such a one, or has not run yet
 * @param holder who has the lock, whether or not it is running; {@code null} if nobody
 * has
 * @param wrongKeys what is in the way of the job because it is of another type than its
 * keys are, for a human
 * @since 0.1.0
 */
public record JobRecord(Instant redisTime, @Nullable RunRecord running, List<RunRecord> runs,
		@Nullable Instant pausedSince, long failures, @Nullable Instant succeeded, @Nullable Instant heldUntil,
		@Nullable Instant due, @Nullable Holder holder, List<String> wrongKeys) {

	/**
	 * Make the lists immutable.
	 * @param redisTime as above
	 * @param running as above
	 * @param runs as above
	 * @param pausedSince as above
	 * @param failures as above
	 * @param succeeded as above
	 * @param heldUntil as above
	 * @param due as above
	 * @param holder as above
	 * @param wrongKeys as above
	 */
	public JobRecord {
		runs = List.copyOf(runs);
		wrongKeys = List.copyOf(wrongKeys);
	}

	static @Nullable Instant notPast(@Nullable Instant due, Instant now) {
		return (due != null && due.isBefore(now)) ? now : due;
	}

	/**
	 * Who has a lock.
	 *
	 * @param owner what tells this holder from all others
	 * @param server the id of the server; {@code null} if it is not known: it has not
	 * started yet, it runs another job of the group, or it is none of this library
	 * @param since since when it runs; {@code null} if that is not known
	 * @param lease the lease that it took and renews; {@code null} if it is not known
	 * @param until when its lease ends, if it is not renewed; {@code null} if never
	 */
	public record Holder(String owner, @Nullable String server, @Nullable Instant since, @Nullable Duration lease,
			@Nullable Instant until) {

	}

}
