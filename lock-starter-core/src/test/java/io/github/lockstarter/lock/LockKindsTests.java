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
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.redisson.Redisson;
import org.redisson.api.RFencedLock;
import org.redisson.api.RLock;
import org.redisson.api.RedissonClient;
import org.redisson.config.Config;

import io.github.lockstarter.RunOutcome;
import io.github.lockstarter.fixture.Attempts;
import io.github.lockstarter.fixture.RedisServer;
import io.github.lockstarter.schedule.Tick;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Redisson has more kinds of locks than one. Whichever somebody else takes under the name
 * of a job's lock: it is busy for us, and we leave it alone.
 */
class LockKindsTests {

	private static final Duration LEASE = Duration.ofMinutes(10);

	private static final long OWNER = -4711;

	private static final RedisServer redis = RedisServer.shared();

	private static RedissonClient other;

	private static LockStore store;

	private final String job = "kinds-" + UUID.randomUUID();

	private final Instant tick = Instant.ofEpochSecond(Instant.now().getEpochSecond() - 60);

	private final LockRequest request = nominal(this.tick);

	private final LockKeys keys = LockKeys.of("test:", "kinds", null, this.job);

	@BeforeAll
	static void connect() {
		Config config = TestRedisson.config(redis.address(), 2000);
		// Nothing is renewed during a test
		config.setLockWatchdogTimeout(LEASE.toMillis());
		other = Redisson.create(config);
		store = TestRedisson.store(TestRedisson.client(redis),
				new LockSettings("kinds", "test:", "one", Duration.ofSeconds(2), Duration.ofMinutes(1)));
		Attempts.untilDone(store::ready);
	}

	@AfterAll
	static void disconnect() {
		store.close();
		other.shutdown();
	}

	@ParameterizedTest
	@EnumSource
	void whateverSomebodyElseHoldsIsBusyForUsAndLeftAlone(Kind kind) throws Exception {
		RLock foreign = take(kind);
		String field = onlyField();
		long lifetime = ttl();
		List<String> before = everything();
		for (Answer answer : List.of(get(store.look(this.request)), acquire(), acquire())) {
			assertThat(answer.verdict()).isEqualTo(Verdict.LOCKED);
			assertThat(answer.lockHolder()).isEqualTo(field);
			assertThat(answer.askAgainAt()).isAfter(answer.redisTime())
				.isBeforeOrEqualTo(answer.redisTime().plus(LEASE));
		}
		assertThat(everything()).as("nothing is written").isEqualTo(before);
		assertThat(ttl()).isLessThanOrEqualTo(lifetime);
		foreign.unlock();
		assertThat(acquire().verdict()).isEqualTo(Verdict.STARTED);
	}

	@ParameterizedTest
	@EnumSource
	void theStateOfAJobThatHasRunIsLeftAloneToo(Kind kind) throws Exception {
		run(nominal(this.tick.minusSeconds(60)), OWNER + 1);
		RLock foreign = take(kind);
		List<String> before = everything();
		assertThat(get(store.look(this.request)).verdict()).isEqualTo(Verdict.LOCKED);
		assertThat(acquire().verdict()).isEqualTo(Verdict.LOCKED);
		assertThat(everything()).isEqualTo(before);
		foreign.unlock();
		assertThat(acquire().verdict()).isEqualTo(Verdict.STARTED);
	}

	@ParameterizedTest
	@EnumSource
	void aLockWithoutATimeToLiveIsSaidToBeEndless(Kind kind) throws Exception {
		RLock foreign = take(kind);
		String field = onlyField();
		redis.cli("PERSIST", this.keys.lock());
		List<String> before = everything();
		for (Answer answer : List.of(get(store.look(this.request)), acquire())) {
			assertThat(answer.verdict()).isEqualTo(Verdict.ENDLESS);
			assertThat(answer.lockHolder()).isEqualTo(field);
			assertThat(answer.askAgainAt()).isNull();
		}
		assertThat(everything()).isEqualTo(before);
		assertThat(ttl()).isEqualTo(-1);
		foreign.unlock();
		assertThat(acquire().verdict()).isEqualTo(Verdict.STARTED);
	}

	/**
	 * As from a run that has lost its lock.
	 */
	@ParameterizedTest
	@EnumSource
	void whatComesLateFromARunTakesNothingAway(Kind kind) throws Exception {
		RLock foreign = take(kind);
		List<String> before = everything();
		long lifetime = ttl();
		assertThat(get(store.renew(this.request, OWNER, Instant.now().plusSeconds(60))).verdict())
			.isEqualTo(Renewal.Verdict.LOST);
		assertThat(get(store.finish(this.request, OWNER, RunOutcome.SUCCEEDED, null, null)))
			.isEqualTo(RunOutcome.LOCK_LOST);
		assertThat(everything()).isEqualTo(before);
		get(store.abandon(this.request, OWNER));
		assertThat(redis.cli("HGETALL", this.keys.lock())).isEqualTo(before.get(0));
		assertThat(ttl()).isLessThanOrEqualTo(lifetime);
		foreign.unlock();
	}

	@ParameterizedTest
	@EnumSource
	void anOperatorSeesWhoHoldsItAndReleasesIt(Kind kind) throws Exception {
		take(kind);
		JobRecord.Holder holder = get(store.record(this.job, null, 0)).holder();
		assertThat(holder).isNotNull();
		assertThat(holder.owner()).isEqualTo(onlyField());
		assertThat(holder.server()).isNull();
		assertThat(get(store.release(this.job, null, "somebody:1", false))).as("somebody else's").isFalse();
		assertThat(redis.cli("EXISTS", this.keys.lock())).isEqualTo("1");
		assertThat(get(store.release(this.job, null, holder.owner(), false))).isTrue();
		assertThat(acquire().verdict()).isEqualTo(Verdict.STARTED);
	}

	/**
	 * Not so a read or a write lock: it looks for others of these two only, and not for
	 * any {@code RLock} of Redisson's own either.
	 */
	@ParameterizedTest
	@EnumSource(mode = EnumSource.Mode.EXCLUDE, names = { "READ", "WRITE" })
	void whatWeHoldIsBusyForEveryKind(Kind kind) throws Exception {
		assertThat(acquire().verdict()).isEqualTo(Verdict.STARTED);
		String before = redis.cli("HGETALL", this.keys.lock());
		RLock lock = kind.lock(other, this.keys.lock());
		assertThat(lock.isLocked()).isTrue();
		assertThat(lock.isHeldByThread(OWNER)).isFalse();
		assertThat(lock.tryLock(0, 1, TimeUnit.MINUTES)).isFalse();
		assertThat(redis.cli("HGETALL", this.keys.lock())).isEqualTo(before);
		assertThat(get(store.finish(this.request, OWNER, RunOutcome.SUCCEEDED, null, null)))
			.isEqualTo(RunOutcome.SUCCEEDED);
		assertThat(lock.tryLock(0, 1, TimeUnit.MINUTES)).isTrue();
		lock.unlock();
	}

	private RLock take(Kind kind) throws Exception {
		RLock lock = kind.lock(other, this.keys.lock());
		kind.take(lock);
		assertThat(lock.isLocked()).isTrue();
		return lock;
	}

	/**
	 * The one of the hash that is a holder.
	 */
	private String onlyField() {
		List<String> fields = redis.cli("HKEYS", this.keys.lock())
			.lines()
			.map(String::strip)
			.filter((field) -> !field.equals("mode"))
			.toList();
		assertThat(fields).hasSize(1);
		assertThat(fields.get(0)).startsWith(other.getId() + ":" + Thread.currentThread().getId());
		return fields.get(0);
	}

	private long ttl() {
		return Long.parseLong(redis.cli("PTTL", this.keys.lock()));
	}

	/**
	 * The lock, the state and the history, and whether there is a state and a history.
	 */
	private List<String> everything() {
		return List.of(redis.cli("HGETALL", this.keys.lock()), redis.cli("HGETALL", this.keys.state()),
				redis.cli("XRANGE", this.keys.runs(), "-", "+"),
				redis.cli("EXISTS", this.keys.state(), this.keys.runs()));
	}

	private Answer acquire() {
		return get(store.acquire(this.request, OWNER, null));
	}

	private static void run(LockRequest request, long owner) {
		assertThat(get(store.acquire(request, owner, null)).verdict()).isEqualTo(Verdict.STARTED);
		assertThat(get(store.finish(request, owner, RunOutcome.SUCCEEDED, null, null))).isEqualTo(RunOutcome.SUCCEEDED);
	}

	private LockRequest nominal(Instant at) {
		return new LockRequest(this.job, new Tick.Nominal(at), false, LEASE, Duration.ZERO);
	}

	private static <T> T get(CompletableFuture<T> reply) {
		return TwoServers.get(reply);
	}

	/**
	 * A kind of lock, and how it is taken.
	 */
	enum Kind {

		LEASED {
			@Override
			RLock lock(RedissonClient client, String name) {
				return client.getLock(name);
			}
		},

		WATCHED {
			@Override
			RLock lock(RedissonClient client, String name) {
				return client.getLock(name);
			}

			@Override
			void take(RLock lock) {
				lock.lock();
			}
		},

		FENCED {
			@Override
			RLock lock(RedissonClient client, String name) {
				return client.getFencedLock(name);
			}

			@Override
			void take(RLock lock) {
				assertThat(((RFencedLock) lock).tryLockAndGetToken(0, LEASE.toMillis(), TimeUnit.MILLISECONDS))
					.isNotNull();
			}
		},

		FAIR {
			@Override
			RLock lock(RedissonClient client, String name) {
				return client.getFairLock(name);
			}
		},

		SPIN {
			@Override
			RLock lock(RedissonClient client, String name) {
				return client.getSpinLock(name);
			}
		},

		READ {
			@Override
			RLock lock(RedissonClient client, String name) {
				return client.getReadWriteLock(name).readLock();
			}
		},

		WRITE {
			@Override
			RLock lock(RedissonClient client, String name) {
				return client.getReadWriteLock(name).writeLock();
			}
		};

		abstract RLock lock(RedissonClient client, String name);

		void take(RLock lock) throws Exception {
			assertThat(lock.tryLock(0, LEASE.toMillis(), TimeUnit.MILLISECONDS)).isTrue();
		}

	}

}
