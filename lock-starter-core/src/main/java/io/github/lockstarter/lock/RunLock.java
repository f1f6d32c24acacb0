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

import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;

import io.github.lockstarter.RunOutcome;

/**
 * What a run holds from its start to its end. Safe for use by several threads.
 *
 * @since 0.1.0
 */
public sealed interface RunLock permits HeldLock, NoLock {

	/**
	 * Return which tick was claimed.
	 * @return the nominal fire time, the due time, or the time of the call
	 */
	Instant tick();

	/**
	 * Return the fencing token.
	 * @return the token, positive; zero if there is no lock
	 */
	long token();

	/**
	 * Tell whether the lock can still be trusted, by the clock.
	 * @return false once Redis might have granted it to another server
	 */
	boolean isHeld();

	/**
	 * Renew the lease from now on.
	 * @param onLost is told the cause once, on a thread of its own, if the lock is lost
	 * before it is finished
	 */
	default void keep(Consumer<String> onLost) {
		keep(onLost, (cause) -> {
		});
	}

	/**
	 * Renew the lease from now on.
	 * @param onLost is told the cause once, on a thread of its own, if the lock is lost
	 * before {@link #finish}
	 * @param onRenewalFailed is told the cause whenever Redis has not confirmed a renewal
	 * in time, on a thread of its own and one after the other; the renewal is tried again
	 */
	void keep(Consumer<String> onLost, Consumer<String> onRenewalFailed);

	/**
	 * Write down how the run ended and release the lock. Waits for nothing.
	 * @param outcome how the run ended
	 * @param failure what the run threw; {@code null} if it threw nothing
	 * @return the outcome that counts: {@link RunOutcome#LOCK_LOST} if the lock was lost
	 * before. Completed within the acquire timeout, with {@code outcome} if Redis has not
	 * answered by then; that goes on in the background until the lease is over.
	 */
	CompletableFuture<RunOutcome> finish(RunOutcome outcome, @Nullable Throwable failure);

	/**
	 * Give the tick and the lock back, because nothing has run. Does not wait, but goes
	 * on in the background until it is done.
	 */
	void abandon();

}
