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

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;

import io.github.lockstarter.RunOutcome;
import io.github.lockstarter.internal.time.TimeSource;

/**
 * Locks in memory, the twin of those on Redis: whatever a script answers and keeps there,
 * this answers and keeps here. Everything is done when a method returns.
 * <p>
 * A process that is alone has no lease that could run out. With a {@link Memory} that
 * expires there are leases, by the clock of that memory.
 */
class InMemoryLockStore implements LockStore {

	/** The script releases what it takes; this is for one that breaks off. */
	private static final long PROBE_LEASE = 1000;

	private final LockSettings settings;

	private final Memory memory;

	InMemoryLockStore(LockSettings settings, TimeSource time) {
		this(settings, Clock.tick(time.clock(), Duration.ofMillis(1)));
	}

	InMemoryLockStore(LockSettings settings, InstantSource clock) {
		this(settings, new Memory(clock, false));
	}

	/**
	 * Create a store on a memory that others may share.
	 */
	InMemoryLockStore(LockSettings settings, Memory memory) {
		this.settings = settings;
		this.memory = memory;
	}

	/**
	 * Return the same locks, seen by another server.
	 */
	InMemoryLockStore as(LockSettings settings) {
		return new InMemoryLockStore(settings, this.memory);
	}

	@Override
	public CompletableFuture<Answer> look(LockRequest request) {
		return run(() -> new MemoryAcquire(this.memory, keys(request), request, this.settings).look());
	}

	@Override
	public CompletableFuture<Answer> acquire(LockRequest request, long owner, @Nullable Instant giveUpAt) {
		return run(() -> new MemoryAcquire(this.memory, keys(request), request, this.settings).acquire(field(owner),
				(giveUpAt != null) ? giveUpAt.toEpochMilli() : 0));
	}

	@Override
	public CompletableFuture<Renewal> renew(LockRequest request, long owner, Instant giveUpAt) {
		return run(() -> runs(request, owner).renew(giveUpAt));
	}

	@Override
	public CompletableFuture<RunOutcome> finish(LockRequest request, long owner, RunOutcome outcome,
			@Nullable String failure, @Nullable Answer started) {
		return run(
				() -> runs(request, owner).finish(outcome, (failure != null) ? failure : "", started, this.settings));
	}

	@Override
	public CompletableFuture<?> abandon(LockRequest request, long owner) {
		return run(() -> runs(request, owner).abandon());
	}

	private MemoryRuns runs(LockRequest request, long owner) {
		return new MemoryRuns(this.memory, keys(request), new RequestTerms(request), field(owner));
	}

	@Override
	public CompletableFuture<JobRecord> record(String job, @Nullable String group, int runs) {
		return run(() -> operations(job, group).record(runs));
	}

	@Override
	public CompletableFuture<Boolean> pause(String job, @Nullable String group, boolean paused) {
		return run(() -> operations(job, group).pause(paused));
	}

	@Override
	public CompletableFuture<Boolean> release(String job, @Nullable String group, @Nullable String owner,
			boolean alive) {
		return run(() -> operations(job, group).release(owner, alive));
	}

	private MemoryOperations operations(String job, @Nullable String group) {
		return new MemoryOperations(this.memory, keys(job, group));
	}

	@Override
	public CompletableFuture<Instant> probe(@Nullable LockRequest near) {
		return run(() -> {
			String lock = ((near != null) ? keys(near) : keys("", null)).probe().lock();
			this.memory.hset(lock, this.settings.server(), "1");
			this.memory.pexpire(lock, PROBE_LEASE);
			this.memory.del(lock);
			this.memory.publish(lock);
			return Instant.ofEpochMilli(this.memory.now());
		});
	}

	@Override
	public CompletableFuture<Pulse> beat(Beat beat, @Nullable Duration clockOffset) {
		return run(() -> new MemoryServers(this.memory, this.settings).beat(beat, clockOffset));
	}

	@Override
	public CompletableFuture<Servers> servers() {
		return run(() -> new MemoryServers(this.memory, this.settings).all());
	}

	/**
	 * Run a script. All that this store answers comes by here.
	 */
	<T> CompletableFuture<T> run(Supplier<T> script) {
		try {
			return CompletableFuture.completedFuture(this.memory.run(script));
		}
		catch (RuntimeException ex) {
			return CompletableFuture.failedFuture(ex);
		}
	}

	private LockKeys keys(LockRequest request) {
		return keys(request.job(), request.group());
	}

	private LockKeys keys(String job, @Nullable String group) {
		return LockKeys.of(this.settings.keyPrefix(), this.settings.namespace(), group, job);
	}

	/**
	 * Return what stands for an owner in a lock. There is one client, without a name.
	 */
	private static String field(long owner) {
		return String.valueOf(owner);
	}

	@Override
	public CompletableFuture<?> ready() {
		return CompletableFuture.completedFuture(null);
	}

	@Override
	public boolean expires() {
		return this.memory.expires();
	}

	@Override
	public String describe() {
		return "this JVM only";
	}

	/**
	 * What is kept is that of all servers, and goes with the last of them.
	 */
	@Override
	public void close() {
	}

}
