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

package io.github.lockstarter.run;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;

import io.github.lockstarter.RunOutcome;
import io.github.lockstarter.SkipReason;
import io.github.lockstarter.internal.time.TimeSource;
import io.github.lockstarter.lock.Claim;

/**
 * Where a thread waits for Redis before a run and after it: the thread that calls a
 * method whose work is done when it returns. Nothing else on the way of a run waits.
 */
final class BlockingEdge {

	/** By a scheduler that shuts down, most likely; a thread does not say by whom. */
	private static final Claim INTERRUPTED = new Claim.Refused(SkipReason.CLOSING, null, null, null,
			"the thread was interrupted while it asked for the lock, by a scheduler that shuts down or by other code");

	private final JobRunner runner;

	BlockingEdge(JobRunner runner) {
		this.runner = runner;
	}

	/**
	 * Ask Redis, unless this thread is interrupted, and wait until there is an answer or
	 * it is interrupted.
	 */
	Beginning ask(Beginning.Admitted admitted) {
		return this.runner.decide(admitted,
				Thread.currentThread().isInterrupted() ? INTERRUPTED : await(this.runner.ask(admitted)));
	}

	private Claim await(CompletableFuture<Claim> claim) {
		try {
			return this.runner.time().await(claim, TimeSource.FOREVER);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			if (!claim.cancel(false) && claim.getNow(INTERRUPTED) instanceof Claim.Granted granted) {
				granted.lock().abandon();
			}
			return INTERRUPTED;
		}
		catch (ExecutionException | TimeoutException ex) {
			throw new IllegalStateException("A claim is decided in time, and does not fail", ex);
		}
	}

	/**
	 * End the run, and wait until Redis knows, or for the acquire timeout. An interrupt
	 * is kept for later.
	 * @return the outcome that counts
	 */
	RunOutcome end(Ending ending) {
		try {
			RunOutcome outcome = this.runner.time().awaitUninterruptibly(ending.written(), TimeSource.FOREVER);
			this.runner.ended(ending, outcome);
			return outcome;
		}
		catch (ExecutionException | TimeoutException ex) {
			throw new IllegalStateException("An end is written down in time, or left alone", ex);
		}
	}

}
