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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.github.lockstarter.RunOutcome;

/**
 * The lock of one run, from its start to its end. Safe for use by several threads.
 *
 * @since 0.1.0
 */
public final class HeldLock implements RunLock {

	private static final Logger logger = LoggerFactory.getLogger(HeldLock.class);

	private static final Duration FOREVER = Duration.ofDays(365);

	private final LockStore store;

	private final LeaseKeeper keeper;

	private final Doubts doubts;

	private final LockRequest request;

	private final long owner;

	private final Answer started;

	private final Duration patience;

	private final boolean messages;

	private final Lease lease;

	/** Completed when nothing more is to be sent. */
	private final CompletableFuture<Void> over = new CompletableFuture<>();

	HeldLock(LockStore store, LeaseKeeper keeper, Doubts doubts, LockRequest request, long owner, Answer started,
			Lease.Moment sent, LockSettings settings) {
		this.store = store;
		this.keeper = keeper;
		this.doubts = doubts;
		this.request = request;
		this.owner = owner;
		this.started = started;
		this.patience = settings.acquireTimeout();
		this.messages = settings.historyMessages();
		this.lease = new Lease(request.job(), store.expires() ? request.lease() : FOREVER, sent, started.redisTime(),
				(giveUpAt) -> store.renew(request, owner, giveUpAt), keeper);
	}

	/**
	 * Call back once, on a thread that may block, when nothing more is to be sent.
	 */
	void whenOver(Runnable callback) {
		this.over.thenRun(() -> this.keeper.tell(callback));
	}

	/**
	 * Return how long Redis keeps the lock at most if it is not renewed any more.
	 */
	Duration left() {
		return this.lease.left();
	}

	@Override
	public Instant tick() {
		return this.started.tick();
	}

	@Override
	public long token() {
		return this.started.token();
	}

	/**
	 * Tell whether the tick was started before, by a run that crashed.
	 * @return true from the second attempt on
	 */
	public boolean isRerun() {
		return this.started.attempts() > 1;
	}

	@Override
	public void keep(Consumer<String> onLost, Consumer<String> onRenewalFailed) {
		this.lease.keep(onLost, onRenewalFailed);
	}

	@Override
	public boolean isHeld() {
		return this.lease.isTrusted();
	}

	@Override
	public CompletableFuture<RunOutcome> finish(RunOutcome outcome, @Nullable Throwable failure) {
		RunOutcome told = this.lease.end() ? outcome : RunOutcome.LOCK_LOST;
		String text = FailureText.of(failure, this.messages);
		CompletableFuture<RunOutcome> reply = this.keeper
			.keepTrying(() -> this.store.finish(this.request, this.owner, told, text, this.started), this.lease.left());
		reply.whenComplete((written, ex) -> this.over.complete(null));
		// Redis has no say in a loss any more
		return (told == RunOutcome.LOCK_LOST) ? CompletableFuture.completedFuture(told)
				: this.keeper.within(reply.copy(), this.patience)
					.handle((written, ex) -> (ex == null) ? confirmed(written) : unconfirmed(told, ex));
	}

	private RunOutcome confirmed(RunOutcome written) {
		if (written == RunOutcome.LOCK_LOST) {
			logger.warn(
					"Lock lost: {} at tick {}. Redis says so at the end of the run. Another server may have run "
							+ "this job meanwhile. Was Redis flushed or failed over, or the lock released by hand?",
					this.request.job(), tick());
		}
		return written;
	}

	private RunOutcome unconfirmed(RunOutcome told, Throwable failure) {
		if (failure instanceof TimeoutException) {
			logger.warn(
					"Redis has not confirmed the end of {} at tick {} within {} ms. Still trying; "
							+ "the lock expires in {} ms at the latest.",
					this.request.job(), tick(), this.patience.toMillis(), this.lease.left().toMillis());
		}
		else if (!NoReplyException.reportInternal(logger,
				"The end of %s at tick %s could not be written down".formatted(this.request.job(), tick()), failure)) {
			logger.warn("Redis did not take the end of {} at tick {}: {}. The lock is left to expire.",
					this.request.job(), tick(),
					NoReplyException.at(this.store.address(), NoReplyException.rootMessage(failure)));
		}
		return told;
	}

	@Override
	public void abandon() {
		this.lease.end();
		this.doubts.giveBack(this.request, this.owner).whenComplete((done, ex) -> this.over.complete(null));
	}

	@Override
	public String toString() {
		return "Lock of " + this.request.job() + " at tick " + tick() + " with token " + token();
	}

}
