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
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

import org.jspecify.annotations.Nullable;
import org.redisson.api.RLock;
import org.redisson.api.RScript.ReturnType;
import org.redisson.api.RedissonClient;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.core.NestedExceptionUtils;

import io.github.lockstarter.internal.time.TimeSource;

/**
 * Looks whether the lock that our scripts take is the {@code RLock} of the Redisson that
 * is on the class path. Scripts know its layout, and a version that changed it would say
 * nothing: so each client is asked, on a key that is no job's, whether each of the two
 * sees a lock of the other.
 */
final class LayoutCheck {

	private static final Logger logger = LoggerFactory.getLogger(LayoutCheck.class);

	/** For a process that dies meanwhile. */
	private static final Duration LEASE = Duration.ofSeconds(10);

	/** Where Redis does not answer, or forbids what the look needs. */
	private static final Duration PAUSE = Duration.ofSeconds(10);

	private static final LuaScript LAYOUT = new LuaScript(ReturnType.LONG,
			EnumSet.of(ScriptArgument.OWNER, ScriptArgument.SHARDED, ScriptArgument.LEASE, ScriptArgument.MODE),
			"free.lua", "take.lua", "layout.lua");

	private final LockKeys keys;

	private final TimeSource time;

	private final RandomGenerator random;

	private volatile boolean seen;

	private volatile @Nullable LayoutMismatchException mismatch;

	private volatile long last;

	/**
	 * Create a check.
	 * @param keys keys that are no job's
	 */
	LayoutCheck(LockKeys keys, TimeSource time) {
		this.keys = keys;
		this.time = time;
		this.random = time.random("layout");
	}

	/**
	 * Look. Waits for nothing.
	 * @param client a client that has just connected
	 * @return failed with a {@link LayoutMismatchException} if the two are not the same,
	 * and with anything else if that is not known
	 */
	CompletableFuture<?> look(RedissonClient client) {
		this.last = this.time.nanoTime();
		return attempt(client)
			// Or Redis has forgotten the lock of the first one, as in a failover
			.exceptionallyCompose((ex) -> (mismatch(ex) != null) ? attempt(client) : CompletableFuture.failedFuture(ex))
			.whenComplete((done, ex) -> {
				LayoutMismatchException found = mismatch(ex);
				if (ex == null || found != null) {
					this.mismatch = found;
				}
				else {
					logger.debug("It is not known yet whether the RLock of this Redisson is ours", ex);
				}
				this.seen = ex == null;
			});
	}

	private CompletableFuture<Void> attempt(RedissonClient client) {
		return LeaseKeeper.send(() -> new Attempt(client, this.keys, this.random).run());
	}

	/**
	 * Look again until it is known that they are the same, and not too often.
	 * @throws LayoutMismatchException if they were not when that was known last
	 */
	void check(RedissonClient client) {
		if (!this.seen && this.time.since(this.last).compareTo(PAUSE) > 0) {
			look(client);
		}
		LayoutMismatchException mismatch = this.mismatch;
		if (mismatch != null) {
			throw mismatch;
		}
	}

	/**
	 * Return the mismatch that is why something failed.
	 * @return {@code null} if it is none
	 */
	static @Nullable LayoutMismatchException mismatch(@Nullable Throwable failure) {
		return (failure != null
				&& NestedExceptionUtils.getMostSpecificCause(failure) instanceof LayoutMismatchException mismatch)
						? mismatch : null;
	}

	/**
	 * One look.
	 */
	private static final class Attempt {

		private final RedissonClient client;

		private final LockKeys keys;

		private final RLock lock;

		private final long owner;

		private final long other;

		Attempt(RedissonClient client, LockKeys keys, RandomGenerator random) {
			this.client = client;
			// Of this look alone: other servers look at the same time
			String unique = ":" + HexFormat.of().toHexDigits(random.nextLong());
			this.keys = new LockKeys(keys.lock() + unique, keys.state() + unique, keys.runs() + unique);
			this.lock = client.getLock(this.keys.lock());
			this.owner = random.nextLong();
			this.other = random.nextLong();
		}

		CompletableFuture<Void> run() {
			return isSo(true, "a lock that a script takes is not there", () -> script("TAKE"))
				.thenCompose((done) -> isSo(true, "a lock that a script takes is not its owner's",
						() -> this.lock.isHeldByThreadAsync(this.owner)))
				.thenCompose((done) -> isSo(false, "a lock that a script takes keeps nobody away",
						() -> tryLock(this.other)))
				.thenCompose((done) -> isSo(true, "a lock that a script takes is not released", () -> script("FREE")))
				.thenCompose((done) -> isSo(true, "a lock that a script has released is not free",
						() -> tryLock(this.owner)))
				.thenCompose((done) -> isSo(true, "a script does not see a lock that is held", () -> script("FREE")));
		}

		private static CompletableFuture<Void> isSo(boolean expected, String otherwise,
				Supplier<CompletionStage<Boolean>> question) {
			return LeaseKeeper.send(() -> question.get().toCompletableFuture()).thenAccept((answer) -> {
				if (answer != expected) {
					throw new LayoutMismatchException(otherwise);
				}
			});
		}

		private CompletionStage<Boolean> tryLock(long thread) {
			return this.lock.tryLockAsync(0, LEASE.toMillis(), TimeUnit.MILLISECONDS, thread);
		}

		private CompletionStage<Boolean> script(String mode) {
			Map<ScriptArgument, Object> arguments = new EnumMap<>(ScriptArgument.class);
			arguments.put(ScriptArgument.OWNER, this.client.getId() + ":" + this.owner);
			arguments.put(ScriptArgument.SHARDED, this.client.getConfig().isClusterConfig() ? "1" : "0");
			arguments.put(ScriptArgument.LEASE, LEASE.toMillis());
			arguments.put(ScriptArgument.MODE, mode);
			return LAYOUT.<Long>run(this.client, this.keys, LAYOUT.order(arguments)).thenApply((result) -> result == 1);
		}

	}

}
