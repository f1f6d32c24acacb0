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

import org.jspecify.annotations.Nullable;

import io.github.lockstarter.RunOutcome;
import io.github.lockstarter.schedule.Tick;

/**
 * A broken lock, as a red control: mutual exclusion without the rule of the tick. Made of
 * the real one, which is told that every call is made by hand.
 */
public final class MutexOnly implements LockStore {

	private final LockStore store;

	private MutexOnly(LockStore store) {
		this.store = store;
	}

	/**
	 * Return the same locks, without the rule.
	 * @param locks the locks
	 * @return the broken locks
	 */
	public static JobLocks locks(JobLocks locks) {
		return locks.with(MutexOnly::new);
	}

	static LockStore store(LockStore store) {
		return new MutexOnly(store);
	}

	private static LockRequest broken(LockRequest request) {
		return new LockRequest(request.job(), new Tick.Manual(), false, request.lease(), request.lockAtLeastFor());
	}

	@Override
	public CompletableFuture<Answer> look(LockRequest request) {
		return this.store.look(broken(request));
	}

	@Override
	public CompletableFuture<Answer> acquire(LockRequest request, long owner, @Nullable Instant giveUpAt) {
		return this.store.acquire(broken(request), owner, giveUpAt).thenApply((answer) -> withTick(answer, request));
	}

	private static Answer withTick(Answer answer, LockRequest request) {
		Instant tick = (request.tick() instanceof Tick.Nominal nominal) ? nominal.at() : answer.tick();
		return new Answer(answer.verdict(), answer.redisTime(), answer.askAgainAt(), answer.holder(), answer.since(),
				answer.token(), tick, answer.schedule(), answer.attempts(), answer.open(), answer.lockHolder());
	}

	@Override
	public CompletableFuture<Renewal> renew(LockRequest request, long owner, Instant giveUpAt) {
		return this.store.renew(broken(request), owner, giveUpAt);
	}

	@Override
	public CompletableFuture<RunOutcome> finish(LockRequest request, long owner, RunOutcome outcome,
			@Nullable String failure, @Nullable Answer started) {
		return this.store.finish(broken(request), owner, outcome, failure, started);
	}

	@Override
	public CompletableFuture<?> abandon(LockRequest request, long owner) {
		return this.store.abandon(broken(request), owner);
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
	public CompletableFuture<Instant> probe(@Nullable LockRequest near) {
		return this.store.probe(near);
	}

	@Override
	public CompletableFuture<?> ready() {
		return this.store.ready();
	}

	@Override
	public String describe() {
		return this.store.describe();
	}

	@Override
	public void close() {
		this.store.close();
	}

}
