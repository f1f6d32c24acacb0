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
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.BeforeEach;

import io.github.lockstarter.RunOutcome;
import io.github.lockstarter.schedule.Tick;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Two servers are two stores on the same locks.
 */
abstract class TwoServers {

	static final Duration LEASE = Duration.ofSeconds(30);

	final String job = "job-" + UUID.randomUUID();

	/** Five seconds ago, in whole seconds, as a cron expression names it. */
	Instant tick;

	LockStore one;

	LockStore two;

	abstract LockStore store(LockSettings settings);

	abstract LockStore sameLocks(LockStore store, LockSettings settings);

	@BeforeEach
	void setUp() {
		this.one = store(settings("one"));
		this.two = sameLocks(this.one, settings("two"));
		this.tick = Instant.ofEpochSecond(Instant.now().getEpochSecond() - 5);
	}

	static LockSettings settings(String server) {
		return new LockSettings("contract", "test:", server, Duration.ofSeconds(2), Duration.ofMinutes(1));
	}

	LockRequest nominal(Instant at) {
		return request(new Tick.Nominal(at), Duration.ZERO);
	}

	LockRequest request(Tick tick, Duration atLeast) {
		return new LockRequest(this.job, tick, false, LEASE, atLeast);
	}

	static <T> T get(CompletableFuture<T> reply) {
		try {
			return reply.get(30, TimeUnit.SECONDS);
		}
		catch (Exception ex) {
			throw new AssertionError("No reply", ex);
		}
	}

	Verdict ask(LockStore store, LockRequest request) {
		return get(store.look(request)).verdict();
	}

	Answer acquire(LockStore store, LockRequest request, long owner) {
		return get(store.acquire(request, owner, null));
	}

	static Renewal.Verdict renew(LockStore store, LockRequest request, long owner) {
		return get(store.renew(request, owner, Instant.now().plusSeconds(60))).verdict();
	}

	void run(LockStore store, LockRequest request, long owner) {
		assertThat(acquire(store, request, owner).verdict()).isEqualTo(Verdict.STARTED);
		assertThat(get(store.finish(request, owner, RunOutcome.SUCCEEDED, null, null))).isEqualTo(RunOutcome.SUCCEEDED);
	}

	/**
	 * The same tick, of a job whose ticks may be run three times.
	 */
	LockRequest rerun(Instant at) {
		return new LockRequest(this.job, null, null, new Tick.Nominal(at), false, LEASE, Duration.ofSeconds(60), 3);
	}

	/**
	 * A run that lost its lock, which is a crash for the rules: nobody holds the lock,
	 * and no run has ended under it.
	 */
	Answer crash(LockStore store, LockRequest request, long owner) {
		Answer started = acquire(store, request, owner);
		assertThat(started.verdict()).isEqualTo(Verdict.STARTED);
		assertThat(get(store.finish(request, owner, RunOutcome.LOCK_LOST, null, null))).isEqualTo(RunOutcome.LOCK_LOST);
		return started;
	}

	LockRequest missed(Instant tick, Duration atLeast) {
		return new LockRequest(this.job, null, null, new Tick.Nominal(tick), false, LEASE, atLeast, 1,
				LockRequest.Purpose.CATCH_UP);
	}

}
