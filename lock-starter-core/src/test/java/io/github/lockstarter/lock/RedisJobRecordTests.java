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
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.redisson.api.RedissonClient;

import io.github.lockstarter.LockUnavailableException;
import io.github.lockstarter.RunOutcome;
import io.github.lockstarter.fixture.Attempts;
import io.github.lockstarter.fixture.RedisServer;
import io.github.lockstarter.internal.time.TimeSource;
import io.github.lockstarter.schedule.Tick;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/**
 * The contract, on Redis, and what only Redis has: leases that end, keys that others
 * write, time to live.
 */
class RedisJobRecordTests extends JobRecordContract {

	private static final RedisServer redis = RedisServer.shared();

	@RegisterExtension
	static final SharedClients clients = new SharedClients();

	private final List<LockStore> stores = new ArrayList<>();

	@Override
	LockStore store(LockSettings settings) {
		LockStore store = clients.store(settings);
		this.stores.add(store);
		return store;
	}

	@Override
	LockStore sameLocks(LockStore store, LockSettings settings) {
		return store(settings);
	}

	@AfterEach
	void close() {
		this.stores.forEach(LockStore::close);
	}

	private LockKeys keys() {
		return LockKeys.of("test:", "contract", null, this.job);
	}

	private JobLocks locks() {
		return new JobLocks(this.two, settings("operator"), TimeSource.system());
	}

	/**
	 * The server is dead: there is no end at all, only a lease that is over.
	 */
	@Test
	void aRunIsRunningUntilItsLeaseIsOverAndHasCrashedThen() {
		LockRequest request = new LockRequest(this.job, new Tick.Nominal(this.tick), false, Duration.ofSeconds(2),
				Duration.ZERO);
		long token = acquire(this.one, request, 1).token();
		assertThat(record().running()).isNotNull();
		redis.cli("PEXPIRE", keys().lock(), "200");
		await().pollInterval(Duration.ofMillis(20)).until(() -> {
			JobRecord record = record();
			boolean running = record.running() != null;
			assertThat(running).isEqualTo(record.holder() != null).isEqualTo(record.runs().isEmpty());
			return !running;
		});
		assertThat(record().runs()).singleElement().satisfies((run) -> {
			assertThat(run.token()).isEqualTo(token);
			assertThat(run.state()).isEqualTo(RunRecord.State.CRASHED);
		});
		assertThat(redis.cli("EXISTS", keys().runs())).isEqualTo("0");
		run(this.two, nominal(this.tick.plusSeconds(1)), 2);
		assertThat(redis.cli("XLEN", keys().runs())).isEqualTo("2");
	}

	@Test
	void aHolderSaysWhenItsLeaseEnds() {
		acquire(this.one, nominal(this.tick), 1);
		JobRecord record = record();
		assertThat(record.holder()).isNotNull();
		assertThat(record.holder().lease()).isEqualTo(LEASE);
		assertThat(record.holder().until()).isBetween(record.redisTime(), record.redisTime().plus(LEASE));
		redis.cli("DEL", keys().lock());
		redis.cli("HSET", keys().lock(), "somebody", "1");
		assertThat(record().holder()).isEqualTo(new JobRecord.Holder("somebody", null, null, null, null));
		assertThat(record().running()).isNull();
	}

	@Test
	void theHistoryLivesAsLongAsTheState() {
		run(this.one, nominal(this.tick), 1);
		assertThat(ttl(keys().runs())).isGreaterThan(Duration.ofDays(89).toMillis())
			.isCloseTo(ttl(keys().state()), Offset.offset(10_000L));
	}

	/**
	 * A job that runs once a year must not run because its pause is forgotten.
	 */
	@Test
	void aPauseDoesNotVanishWhileAnybodyAsks() {
		run(this.one, nominal(this.tick.minusSeconds(60)), 1);
		long aYear = Duration.ofDays(366).toMillis();
		get(this.one.pause(this.job, null, true));
		assertThat(ttl(keys().state())).isGreaterThan(aYear);
		for (String key : List.of(keys().state(), keys().runs())) {
			redis.cli("PEXPIRE", key, "60000");
		}
		assertThat(ask(this.two, nominal(this.tick))).isEqualTo(Verdict.PAUSED);
		assertThat(ttl(keys().state())).isGreaterThan(aYear);
		assertThat(ttl(keys().runs())).isGreaterThan(aYear);
		LockRequest byHand = request(new Tick.Manual(), Duration.ZERO);
		acquire(this.two, byHand, 2);
		assertThat(ttl(keys().state())).as("after a start").isGreaterThan(aYear);
		get(this.two.finish(byHand, 2, RunOutcome.SUCCEEDED, null, null));
		assertThat(ttl(keys().state())).as("after an end").isGreaterThan(aYear);
		get(this.one.pause(this.job, null, false));
		run(this.one, byHand, 3);
		assertThat(ttl(keys().state())).isBetween(Duration.ofDays(89).toMillis(), Duration.ofDays(90).toMillis());
		assertThat(ttl(keys().runs())).isBetween(Duration.ofDays(89).toMillis(), Duration.ofDays(90).toMillis());
	}

	private long ttl(String key) {
		return Long.parseLong(redis.cli("PTTL", key));
	}

	/**
	 * Written by a Redis whose clock was ahead; then a replica with another clock was
	 * promoted.
	 */
	@Test
	void aResumptionOfAnotherClockSilencesNobody() {
		String ahead = String.valueOf(Instant.now().plusSeconds(3600).toEpochMilli());
		redis.cli("HSET", keys().state(), "resumed", ahead, "passed", ahead);
		run(this.one, nominal(this.tick), 1);
	}

	@Test
	void somebodyWhoWaitsForTheLockGetsItAtOnce() throws Exception {
		Duration lease = Duration.ofMinutes(10);
		LockRequest request = new LockRequest(this.job, new Tick.Nominal(this.tick), false, lease, Duration.ZERO);
		acquire(this.one, request, 1);
		RedissonClient waiting = TestRedisson.client(redis);
		try {
			CompletableFuture<Boolean> locked = waiting.getLock(keys().lock())
				.tryLockAsync(60, 60, TimeUnit.SECONDS, 4711)
				.toCompletableFuture();
			// It waits once it has subscribed
			await().until(() -> redis.cli("PUBSUB", "CHANNELS", "redisson_lock__channel:*")
				.contains("redisson_lock__channel:" + keys().lock()));
			assertThat(locks().release(this.job, null, true, (holder) -> true))
				.isInstanceOf(LockRelease.Released.class);
			assertThat(locked.get(30, TimeUnit.SECONDS)).isTrue();
		}
		finally {
			waiting.shutdown();
		}
	}

	@Test
	void aKeyOfAnotherTypeIsSeenAndReleased() {
		for (String key : keys().all().stream().map(Object::toString).toList()) {
			redis.cli("SET", key, "foreign");
			String found = key + " is a string and no " + (key.endsWith(":runs") ? "stream" : "hash");
			assertThat(record().wrongKeys()).containsExactly(found);
			// Also if its owner is nobody that could be asked
			assertThat(locks().release(this.job, null, false, (holder) -> true))
				.isEqualTo(new LockRelease.Released(null, List.of(found)));
			assertThat(redis.cli("EXISTS", key)).isEqualTo("0");
			assertThat(record().wrongKeys()).isEmpty();
		}
		run(this.one, nominal(this.tick), 1);
	}

	@Test
	void aHistoryThatCannotBeWrittenKeepsNoJobFromRunning() {
		redis.cli("SET", keys().runs(), "foreign");
		run(this.one, nominal(this.tick), 1);
		acquire(this.one, nominal(this.tick.plusSeconds(1)), 2);
		redis.cli("DEL", keys().lock());
		run(this.two, nominal(this.tick.plusSeconds(2)), 3);
		assertThat(redis.cli("GET", keys().runs())).isEqualTo("foreign");
		assertThat(record().runs()).as("from the state").hasSize(1);
	}

	@Test
	void whatMakesNoSenseInTheHistoryIsLeftOut() {
		run(this.one, nominal(this.tick), 1);
		redis.cli("XADD", keys().runs(), "*", "tick", "soon", "token", "many", "outcome", "SPLENDID");
		redis.cli("XADD", keys().runs(), "*", "foreign", "1");
		redis.cli("HSET", keys().state(), "failures", "x", "succeeded", "y", "held-until", "z");
		JobRecord record = record();
		assertThat(record.runs()).hasSize(1);
		assertThat(record.failures()).isZero();
		assertThat(record.succeeded()).isNull();
	}

	@Test
	void aPauseOfAStateOfAnotherTypeFailsWithAReason() {
		redis.cli("SET", keys().state(), "foreign");
		assertThatExceptionOfType(LockUnavailableException.class).isThrownBy(() -> locks().pause(this.job, null))
			.withMessageStartingWith("It is not known whether " + this.job + " is paused: ")
			.withMessageContaining("WRONGTYPE");
	}

	@Test
	void aRedisThatDoesNotAnswerIsToldToWhoeverAsks() {
		try (RedisServer silent = RedisServer.start();
				LockStore store = TestRedisson.store(TestRedisson.client(silent), settings("one"))) {
			Attempts.untilDone(store::ready);
			JobLocks locks = new JobLocks(store,
					new LockSettings("contract", "test:", "one", Duration.ofMillis(200), Duration.ofMinutes(1)),
					TimeSource.system());
			silent.pause();
			try {
				assertThatExceptionOfType(LockUnavailableException.class)
					.isThrownBy(() -> locks.record(this.job, null, 10))
					.withMessage("It is not known how %s is doing: test: no answer within 200 ms", this.job);
				assertThatExceptionOfType(LockUnavailableException.class)
					.isThrownBy(() -> locks.release(this.job, null, true, (holder) -> true));
			}
			finally {
				silent.resume();
			}
		}
	}

}
