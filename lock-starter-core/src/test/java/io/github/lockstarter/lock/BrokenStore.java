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
import java.util.Map;
import java.util.concurrent.CompletableFuture;

import org.jspecify.annotations.Nullable;
import org.redisson.api.RedissonClient;
import org.redisson.client.codec.StringCodec;

import io.github.lockstarter.RunOutcome;

/**
 * Broken locks, as red controls: for some jobs something is left out that the guarantees
 * stand on. All other jobs have the real locks.
 */
public final class BrokenStore implements LockStore {

	private final LockStore store;

	private final LockStore mutexOnly;

	private final Map<String, Flaw> flaws;

	private final LockSettings settings;

	private final RedissonClient redisson;

	private BrokenStore(LockStore store, Map<String, Flaw> flaws, LockSettings settings, RedissonClient redisson) {
		this.store = store;
		this.mutexOnly = MutexOnly.store(store);
		this.flaws = flaws;
		this.settings = settings;
		this.redisson = redisson;
	}

	/**
	 * Return the same locks, broken for some jobs.
	 * @param locks the locks
	 * @param flaws what is left out for which job
	 * @param settings the settings of the locks
	 * @param redisson a client of the same Redis
	 * @return the broken locks
	 */
	public static JobLocks locks(JobLocks locks, Map<String, Flaw> flaws, LockSettings settings,
			RedissonClient redisson) {
		return locks.with((store) -> new BrokenStore(store, flaws, settings, redisson));
	}

	private boolean has(LockRequest request, Flaw flaw) {
		return this.flaws.get(request.job()) == flaw;
	}

	private LockStore store(LockRequest request) {
		return has(request, Flaw.NO_TICK_RULE) ? this.mutexOnly : this.store;
	}

	@Override
	public CompletableFuture<Answer> look(LockRequest request) {
		return store(request).look(request);
	}

	@Override
	public CompletableFuture<Answer> acquire(LockRequest request, long owner, @Nullable Instant giveUpAt) {
		return store(request).acquire(request, owner, giveUpAt);
	}

	@Override
	public CompletableFuture<Renewal> renew(LockRequest request, long owner, Instant giveUpAt) {
		if (has(request, Flaw.NO_LEASE_KEEPER)) {
			return CompletableFuture.completedFuture(new Renewal(Renewal.Verdict.RENEWED, Instant.now()));
		}
		return store(request).renew(request, owner, giveUpAt);
	}

	@Override
	public CompletableFuture<RunOutcome> finish(LockRequest request, long owner, RunOutcome outcome,
			@Nullable String failure, @Nullable Answer started) {
		if (has(request, Flaw.NO_OWNER_CHECK)) {
			String key = LockKeys
				.of(this.settings.keyPrefix(), this.settings.namespace(), request.group(), request.job())
				.lock();
			return this.redisson.getBucket(key, StringCodec.INSTANCE)
				.deleteAsync()
				.toCompletableFuture()
				.thenCompose((deleted) -> store(request).finish(request, owner, outcome, failure, started));
		}
		return store(request).finish(request, owner, outcome, failure, started);
	}

	@Override
	public CompletableFuture<JobRecord> record(String job, @Nullable String group, int runs) {
		return this.store.record(job, group, runs);
	}

	@Override
	public CompletableFuture<Boolean> pause(String job, @Nullable String group, boolean paused) {
		return this.store.pause(job, group, paused);
	}

	@Override
	public CompletableFuture<Boolean> release(String job, @Nullable String group, @Nullable String owner,
			boolean alive) {
		return this.store.release(job, group, owner, alive);
	}

	@Override
	public CompletableFuture<Pulse> beat(Beat beat, @Nullable Duration clockOffset) {
		return this.store.beat(beat, clockOffset);
	}

	@Override
	public CompletableFuture<Servers> servers() {
		return this.store.servers();
	}

	@Override
	public CompletableFuture<Instant> probe(@Nullable LockRequest near) {
		return this.store.probe(near);
	}

	@Override
	public CompletableFuture<?> abandon(LockRequest request, long owner) {
		return store(request).abandon(request, owner);
	}

	@Override
	public CompletableFuture<?> ready() {
		return this.store.ready();
	}

	@Override
	public String describe() {
		return "broken " + this.store.describe();
	}

	@Override
	public void close() {
		this.store.close();
	}

	/**
	 * What is left out.
	 */
	public enum Flaw {

		/**
		 * Mutual exclusion without the rule of the tick.
		 */
		NO_TICK_RULE,

		/**
		 * Nobody renews the lease, nor looks whether it is over.
		 */
		NO_LEASE_KEEPER,

		/**
		 * The end of a run releases the lock, whoever holds it.
		 */
		NO_OWNER_CHECK

	}

}
