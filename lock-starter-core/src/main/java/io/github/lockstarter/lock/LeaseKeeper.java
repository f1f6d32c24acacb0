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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.github.lockstarter.internal.time.ServerThreads;
import io.github.lockstarter.internal.time.TimeSource;

/**
 * Looks after leases, on the threads of the server: what looks at the clock, what sends
 * to Redis and who is told of a loss cannot delay each other.
 */
class LeaseKeeper implements AutoCloseable {

	private static final Logger logger = LoggerFactory.getLogger(LeaseKeeper.class);

	/** Doubled from attempt to attempt. */
	private static final Duration FIRST_RETRY = Duration.ofMillis(125);

	private static final Duration LAST_RETRY = Duration.ofSeconds(1);

	private final ServerThreads threads;

	LeaseKeeper(ServerThreads threads) {
		this.threads = threads;
	}

	ServerThreads threads() {
		return this.threads;
	}

	TimeSource time() {
		return this.threads.time();
	}

	/**
	 * Fail a reply that does not come in time.
	 */
	<T> CompletableFuture<T> within(CompletableFuture<T> reply, Duration limit) {
		return this.threads.clock().within(reply, limit);
	}

	/**
	 * Look at the clock later.
	 * @return the task, or {@code null} if this keeper is closed
	 */
	@Nullable Future<?> watch(Runnable task, long delayNanos) {
		return this.threads.clock().schedule(task, Duration.ofNanos(delayNanos));
	}

	/**
	 * Talk to Redis later.
	 * @return the task, or {@code null} if this keeper is closed
	 */
	@Nullable Future<?> renew(Runnable task, long delayNanos) {
		return this.threads.sender().schedule(task, Duration.ofNanos(delayNanos));
	}

	/**
	 * Tell somebody, whose code may block or throw.
	 */
	void tell(Runnable callback) {
		this.threads.workers().execute(() -> {
			try {
				callback.run();
			}
			catch (Throwable ex) {
				logger.warn("A callback failed", ex);
			}
		});
	}

	/**
	 * Tell somebody, once something else is done.
	 * @return completed when the callback has returned, however it did
	 */
	CompletableFuture<?> tellAfter(CompletableFuture<?> before, Runnable callback) {
		CompletableFuture<Void> told = new CompletableFuture<>();
		before.whenComplete((done, ex) -> tell(() -> {
			try {
				callback.run();
			}
			finally {
				told.complete(null);
			}
		}));
		return told;
	}

	/**
	 * Send a command until it is answered.
	 * @param command sends it
	 * @param limit for how long
	 * @return the answer; fails when time is over
	 */
	<T> CompletableFuture<T> keepTrying(Supplier<CompletableFuture<T>> command, Duration limit) {
		return keepTrying(command, limit, () -> true);
	}

	/**
	 * Send a command until it is answered, or nobody wants to know any more.
	 * @param command sends it
	 * @param limit for how long
	 * @param wanted asked before it is sent again
	 * @return the answer; fails when time is over
	 */
	<T> CompletableFuture<T> keepTrying(Supplier<CompletableFuture<T>> command, Duration limit,
			BooleanSupplier wanted) {
		CompletableFuture<T> result = new CompletableFuture<>();
		attempt(command, time().nanoTime() + limit.toNanos(), FIRST_RETRY, wanted, result);
		return result;
	}

	/**
	 * The same, for those who are on a thread that sends nothing.
	 */
	<T> CompletableFuture<T> keepTryingElsewhere(Supplier<CompletableFuture<T>> command, Duration limit,
			BooleanSupplier wanted) {
		CompletableFuture<T> result = new CompletableFuture<>();
		Runnable begin = () -> attempt(command, time().nanoTime() + limit.toNanos(), FIRST_RETRY, wanted, result);
		if (renew(begin, 0) == null) {
			begin.run();
		}
		return result;
	}

	private <T> void attempt(Supplier<CompletableFuture<T>> command, long end, Duration pause, BooleanSupplier wanted,
			CompletableFuture<T> result) {
		send(command).whenComplete((answer, ex) -> {
			if (ex == null) {
				result.complete(answer);
				return;
			}
			long left = end - time().nanoTime();
			Duration next = (pause.compareTo(LAST_RETRY) < 0) ? pause.multipliedBy(2) : pause;
			if (left <= 0 || renew(() -> {
				if (wanted.getAsBoolean()) {
					attempt(command, end, next, wanted, result);
				}
				else {
					result.completeExceptionally(ex);
				}
			}, Math.min(left, pause.toNanos())) == null) {
				result.completeExceptionally(ex);
			}
		});
	}

	/**
	 * Send a command, such that every failure is a failed future.
	 */
	static <T> CompletableFuture<T> send(Supplier<CompletableFuture<T>> command) {
		try {
			return command.get();
		}
		catch (Throwable ex) {
			return CompletableFuture.failedFuture(ex);
		}
	}

	/**
	 * Renew no more. A run that still has a lock is told when its trust ends; the threads
	 * end after that.
	 */
	@Override
	public void close() {
		this.threads.close();
	}

}
