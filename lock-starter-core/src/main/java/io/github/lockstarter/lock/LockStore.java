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
import java.util.concurrent.CompletableFuture;

import org.jspecify.annotations.Nullable;

import io.github.lockstarter.RunOutcome;

/**
 * Where locks are kept. No method blocks; a store that cannot answer fails the future.
 * The owner is a random number that is used for one run only.
 */
interface LockStore extends AutoCloseable {

	/**
	 * Would this tick be started now? Claims nothing.
	 */
	CompletableFuture<Answer> look(LockRequest request);

	/**
	 * Take the lock and claim the tick, in one step, or answer why not. The same request
	 * of the same owner is answered in the same way. Fails if the tick is claimed and too
	 * few replicas know of it; after any failure the caller may have it.
	 * @param giveUpAt the time on the store's clock after which the caller is gone: what
	 * comes later changes nothing, not even for a start that stands
	 */
	CompletableFuture<Answer> acquire(LockRequest request, long owner, @Nullable Instant giveUpAt);

	/**
	 * Let the lease start anew, if the lock is still the owner's.
	 * @param giveUpAt the time on the store's clock after which the owner does not trust
	 * the lock any more
	 */
	CompletableFuture<Renewal> renew(LockRequest request, long owner, Instant giveUpAt);

	/**
	 * Write down the outcome and release the lock. Answers what was written down:
	 * {@link RunOutcome#LOCK_LOST} if the lock was not the owner's any more.
	 * @param failure what the run threw, for a human; {@code null} if it threw nothing
	 * @param started the answer to its request, in case the store has forgotten the run;
	 * {@code null} to leave it at that
	 */
	CompletableFuture<RunOutcome> finish(LockRequest request, long owner, RunOutcome outcome, @Nullable String failure,
			@Nullable Answer started);

	/**
	 * Give back whatever the owner may hold; nothing has run.
	 */
	CompletableFuture<?> abandon(LockRequest request, long owner);

	/**
	 * What is known of a job.
	 * @param runs how many of the last runs to tell at most
	 */
	CompletableFuture<JobRecord> record(String job, @Nullable String group, int runs);

	/**
	 * Refuse all ticks of the schedule of a job from now on, or no more. Answers whether
	 * that is a change.
	 */
	CompletableFuture<Boolean> pause(String job, @Nullable String group, boolean paused);

	/**
	 * Take away whatever keeps the job from running: its hold, keys of another type, and
	 * the lock of this owner. Answers false, and does nothing, if somebody else has the
	 * lock.
	 * @param owner as the record of the job names it; {@code null} if nobody has the lock
	 * @param alive whether its run may be alive, so that it has lost its lock and not
	 * crashed
	 */
	CompletableFuture<Boolean> release(String job, @Nullable String group, @Nullable String owner, boolean alive);

	/**
	 * Take a lock that is nobody's, and release it. Answers the time on the store's
	 * clock.
	 * @param near where the store has several places: one that is kept where the lock of
	 * this request is; {@code null} for any
	 */
	CompletableFuture<Instant> probe(@Nullable LockRequest near);

	/**
	 * Tell what there is to tell of this server, and learn what all servers have told.
	 * @param clockOffset by how much the clock of this server is ahead of the store's;
	 * {@code null} if that is not known
	 */
	CompletableFuture<Pulse> beat(Beat beat, @Nullable Duration clockOffset);

	/**
	 * Answer what all servers have told of themselves.
	 */
	CompletableFuture<Servers> servers();

	/**
	 * Completed once the store has answered, failed if it could not be reached.
	 */
	CompletableFuture<?> ready();

	/**
	 * Return whether all jobs are kept by one server, so that there is one clock.
	 */
	default boolean isOneServer() {
		return true;
	}

	/**
	 * Tell whether a lock that is not renewed expires.
	 */
	default boolean expires() {
		return true;
	}

	/**
	 * Return what each part of the store that may evict locks says of itself.
	 */
	default List<String> evictions() {
		return List.of();
	}

	/**
	 * Return where commands are sent, for the reason of one that failed.
	 * @return a text without secrets; {@code null} if that says nothing
	 */
	default @Nullable String address() {
		return null;
	}

	/**
	 * Return what this store is, for the log.
	 */
	String describe();

	@Override
	void close();

}
