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
import java.util.stream.IntStream;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.redisson.api.RLock;
import org.redisson.api.RedissonClient;
import org.redisson.client.RedisException;

import io.github.lockstarter.RunOutcome;
import io.github.lockstarter.fixture.RedisServer;
import io.github.lockstarter.schedule.Tick;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

/**
 * Somebody takes the lock or the state away from a run that goes on, or puts something
 * else in their place. And a start that is sent again, whatever has happened since.
 */
class LockTakenAwayTests extends TwoServers {

	private static final RedisServer redis = RedisServer.shared();

	/** The run from which something is taken away. */
	private static final long OWNER = -4711;

	private static final long OTHER = 4712;

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

	@ParameterizedTest
	@EnumSource
	void aRunWhoseLockIsTakenAwayHasLostItAndItsTickIsNotStartedAgain(Taking taking) throws Exception {
		start();
		taking.take(lockOf(clients.of("one")), lockOf(clients.of("two")));
		String state = state();
		assertThat(renew(this.one, request(), OWNER)).isEqualTo(Renewal.Verdict.LOST);
		assertThat(sent(3)).extracting(Answer::verdict).containsOnly(Verdict.LOST);
		assertThat(ask(this.two, request())).isEqualTo(Verdict.ALREADY_RAN);
		assertThat(acquire(this.two, request(), OTHER).verdict()).isEqualTo(Verdict.ALREADY_RAN);
		assertThat(exists(keys().lock())).isFalse();
		assertThat(state()).as("nothing is written").isEqualTo(state);
		for (int i = 0; i < 2; i++) {
			assertThat(finish(null)).isEqualTo(RunOutcome.LOCK_LOST);
			assertThat(field("outcome")).isEqualTo("LOCK_LOST");
			assertThat(outcomes()).containsExactly("LOCK_LOST");
		}
		assertThat(sent(2)).as("after its end").extracting(Answer::verdict).containsOnly(Verdict.LOST);
		assertThat(exists(keys().lock())).isFalse();
		run(this.two, next(), OTHER);
	}

	@ParameterizedTest
	@EnumSource
	void aRunWhoseLockIsTakenAwayTouchesNothingOfItsSuccessor(Taking taking) throws Exception {
		Answer started = start();
		taking.take(lockOf(clients.of("one")), lockOf(clients.of("two")));
		Answer successor = acquire(this.two, next(), OTHER);
		assertThat(successor.verdict()).isEqualTo(Verdict.STARTED);
		assertThat(successor.token()).isGreaterThan(started.token());
		String lock = lock();
		String state = state();
		assertThat(renew(this.one, request(), OWNER)).isEqualTo(Renewal.Verdict.LOST);
		assertThat(sent(3)).extracting(Answer::verdict).containsOnly(Verdict.SUPERSEDED);
		assertThat(finish(started)).isEqualTo(RunOutcome.LOCK_LOST);
		assertThat(sent(2)).as("after its end").extracting(Answer::verdict).containsOnly(Verdict.SUPERSEDED);
		assertThat(lock()).isEqualTo(lock).contains(":" + OTHER).doesNotContain(":" + OWNER);
		assertThat(state()).isEqualTo(state);
		assertThat(outcomes()).containsExactly("CRASHED");
		assertThat(renew(this.two, next(), OTHER)).isEqualTo(Renewal.Verdict.RENEWED);
		assertThat(get(this.two.finish(next(), OTHER, RunOutcome.SUCCEEDED, null, null)))
			.isEqualTo(RunOutcome.SUCCEEDED);
	}

	@Test
	void aRunWhoseLockSomebodyElseHasTakenLeavesItToThem() throws Exception {
		Answer started = start();
		redis.cli("DEL", keys().lock());
		RLock foreign = lockOf(clients.of("two"));
		assertThat(foreign.tryLock(0, 10, TimeUnit.MINUTES)).isTrue();
		String lock = lock();
		assertThat(renew(this.one, request(), OWNER)).isEqualTo(Renewal.Verdict.LOST);
		assertThat(sent(2)).extracting(Answer::verdict).containsOnly(Verdict.LOST);
		assertThat(acquire(this.two, next(), OTHER).verdict()).isEqualTo(Verdict.LOCKED);
		assertThat(finish(started)).isEqualTo(RunOutcome.LOCK_LOST);
		assertThat(lock()).isEqualTo(lock);
		foreign.unlock();
		run(this.two, next(), OTHER);
	}

	/**
	 * By an operator, or because Redis evicts keys.
	 */
	@Test
	void aRunWhoseStateIsDeletedKeepsItsLockAndWritesItsTickDownAtItsEnd() {
		Answer started = start();
		redis.cli("DEL", keys().state());
		String lock = lock();
		assertThat(renew(this.one, request(), OWNER)).isEqualTo(Renewal.Verdict.RENEWED);
		for (Answer refused : List.of(acquire(this.two, request(), OTHER), acquire(this.two, next(), OTHER),
				acquire(this.one, request(), OWNER))) {
			assertThat(refused.verdict()).isEqualTo(Verdict.LOCKED);
			assertThat(refused.lockHolder()).isEqualTo(clients.of("one").getId() + ":" + OWNER);
		}
		assertThat(lock()).isEqualTo(lock);
		assertThat(exists(keys().state())).isFalse();
		assertThat(finish(started)).isEqualTo(RunOutcome.SUCCEEDED);
		assertThat(exists(keys().lock())).isFalse();
		assertThat(finish(started)).as("sent again").isEqualTo(RunOutcome.SUCCEEDED);
		assertThat(outcomes()).containsExactly("SUCCEEDED");
		assertThat(sent(2)).extracting(Answer::verdict).containsOnly(Verdict.LOST);
		assertThat(acquire(this.two, request(), OTHER).verdict()).isEqualTo(Verdict.ALREADY_RAN);
		Answer successor = acquire(this.two, next(), OTHER);
		assertThat(successor.verdict()).isEqualTo(Verdict.STARTED);
		assertThat(successor.token()).isGreaterThan(started.token());
	}

	@Test
	void aRateWhoseStateIsDeletedDuringARunIsDueAnIntervalAfterIt() {
		LockRequest rate = request(new Tick.Rate(Duration.ofHours(1)), Duration.ZERO);
		Answer started = acquire(this.one, rate, OWNER);
		Instant due = Instant.ofEpochMilli(Long.parseLong(redis.cli("HGET", keys().state(), "due")));
		redis.cli("DEL", keys().state());
		assertThat(get(this.one.finish(rate, OWNER, RunOutcome.SUCCEEDED, null, started)))
			.isEqualTo(RunOutcome.SUCCEEDED);
		Answer refused = acquire(this.two, rate, OTHER);
		assertThat(refused.verdict()).isEqualTo(Verdict.NOT_DUE);
		assertThat(refused.askAgainAt()).isEqualTo(due);
	}

	@Test
	void aHoldWhoseStateIsDeletedDuringARunIsKept() {
		LockRequest held = request(new Tick.Nominal(this.tick), Duration.ofHours(1));
		Answer started = acquire(this.one, held, OWNER);
		redis.cli("DEL", keys().state());
		assertThat(get(this.one.finish(held, OWNER, RunOutcome.SUCCEEDED, null, started)))
			.isEqualTo(RunOutcome.SUCCEEDED);
		assertThat(acquire(this.two, request(new Tick.Nominal(this.tick.plusSeconds(1)), Duration.ofHours(1)), OTHER)
			.verdict()).isEqualTo(Verdict.HELD);
	}

	/**
	 * A trigger of the application's own may name any time.
	 */
	@Test
	void aStartThatIsGivenBackRestoresATickOfLongAgo() {
		LockRequest first = nominal(Instant.ofEpochSecond(-2));
		acquire(this.one, first, OWNER);
		get(this.one.finish(first, OWNER, RunOutcome.SUCCEEDED, null, null));
		LockRequest second = nominal(Instant.ofEpochSecond(-1));
		assertThat(acquire(this.one, second, OWNER + 1).verdict()).isEqualTo(Verdict.STARTED);
		get(this.one.abandon(second, OWNER + 1));
		assertThat(redis.cli("HGET", keys().state(), "tick")).isEqualTo("-2000");
		assertThat(acquire(this.two, first, OTHER).verdict()).isEqualTo(Verdict.ALREADY_RAN);
		assertThat(acquire(this.two, second, OTHER).verdict()).isEqualTo(Verdict.STARTED);
	}

	@Test
	void aRunWithoutLockAndStateHasLostItAndWritesNothing() {
		Answer started = start();
		redis.cli("DEL", keys().lock(), keys().state());
		assertThat(renew(this.one, request(), OWNER)).isEqualTo(Renewal.Verdict.LOST);
		assertThat(finish(started)).isEqualTo(RunOutcome.LOCK_LOST);
		assertThat(exists(keys().lock())).isFalse();
		assertThat(exists(keys().state())).isFalse();
		assertThat(outcomes()).isEmpty();
	}

	@Test
	void aLockWithoutATimeToLiveIsStillThatOfTheRun() {
		Answer started = start();
		redis.cli("PERSIST", keys().lock());
		assertThat(renew(this.one, request(), OWNER)).isEqualTo(Renewal.Verdict.RENEWED);
		assertThat(ttl()).isBetween(1L, LEASE.toMillis());
		redis.cli("PERSIST", keys().lock());
		assertThat(sent(2)).allSatisfy((answer) -> {
			assertThat(answer.verdict()).isEqualTo(Verdict.STARTED);
			assertThat(answer.token()).isEqualTo(started.token());
		});
		assertThat(ttl()).as("of a start that is sent again").isBetween(1L, LEASE.toMillis());
		redis.cli("PERSIST", keys().lock());
		assertThat(acquire(this.two, request(), OTHER).verdict()).isEqualTo(Verdict.ALREADY_RAN);
		Answer refused = acquire(this.two, next(), OTHER);
		assertThat(refused.verdict()).isEqualTo(Verdict.STILL_RUNNING);
		assertThat(refused.askAgainAt()).isEqualTo(refused.redisTime().plus(LEASE));
		assertThat(ttl()).isBetween(1L, LEASE.toMillis());
		redis.cli("PERSIST", keys().lock());
		assertThat(finish(started)).isEqualTo(RunOutcome.SUCCEEDED);
		assertThat(exists(keys().lock())).isFalse();
		run(this.two, next(), OTHER);
	}

	/**
	 * Redis's error, and nothing else: nothing is started, nothing is written down, and
	 * the foreign key stays. What was known without the lock is known still.
	 */
	@Test
	void aLockThatIsReplacedByAKeyOfAnotherTypeIsAnError() {
		Answer started = start();
		String state = state();
		redis.cli("SET", keys().lock(), "foreign", "PX", "600000");
		isWrongType(this.one.renew(request(), OWNER, Instant.now().plusSeconds(60)));
		isWrongType(this.one.acquire(request(), OWNER, null));
		isWrongType(this.two.acquire(next(), OTHER, null));
		isWrongType(this.two.look(next()));
		isWrongType(this.one.finish(request(), OWNER, RunOutcome.SUCCEEDED, null, started));
		isWrongType(this.one.abandon(request(), OWNER));
		assertThat(acquire(this.two, request(), OTHER).verdict()).isEqualTo(Verdict.ALREADY_RAN);
		assertThat(redis.cli("GET", keys().lock())).isEqualTo("foreign");
		assertThat(state()).isEqualTo(state);
		assertThat(outcomes()).isEmpty();
		redis.cli("DEL", keys().lock());
		assertThat(renew(this.one, request(), OWNER)).isEqualTo(Renewal.Verdict.LOST);
		assertThat(finish(started)).isEqualTo(RunOutcome.LOCK_LOST);
		run(this.two, next(), OTHER);
	}

	/**
	 * The run keeps its lock, and its end releases it whatever the state is.
	 */
	@Test
	void aStateThatIsReplacedByAKeyOfAnotherTypeIsAnErrorAndTheLockIsReleased() {
		Answer started = start();
		String lock = lock();
		redis.cli("SET", keys().state(), "foreign");
		assertThat(renew(this.one, request(), OWNER)).isEqualTo(Renewal.Verdict.RENEWED);
		isWrongType(this.one.acquire(request(), OWNER, null));
		isWrongType(this.two.acquire(request(), OTHER, null));
		isWrongType(this.two.acquire(next(), OTHER, null));
		isWrongType(this.two.look(next()));
		assertThat(lock()).isEqualTo(lock);
		isWrongType(this.one.finish(request(), OWNER, RunOutcome.SUCCEEDED, null, started));
		assertThat(exists(keys().lock())).isFalse();
		assertThat(renew(this.one, request(), OWNER)).isEqualTo(Renewal.Verdict.LOST);
		isWrongType(this.two.acquire(next(), OTHER, null));
		assertThat(exists(keys().lock())).as("taken by nobody").isFalse();
		assertThat(redis.cli("GET", keys().state())).isEqualTo("foreign");
		assertThat(outcomes()).isEmpty();
		redis.cli("DEL", keys().state());
		run(this.two, next(), OTHER);
	}

	@Test
	void aStartThatIsGivenBackReleasesItsLockWhateverTheStateIs() {
		start();
		redis.cli("SET", keys().state(), "foreign");
		isWrongType(this.one.abandon(request(), OWNER));
		assertThat(exists(keys().lock())).isFalse();
		assertThat(redis.cli("GET", keys().state())).isEqualTo("foreign");
	}

	@ParameterizedTest
	@ValueSource(ints = { 2, 3 })
	void aStartThatIsSentAgainIsOneStart(int times) {
		List<Answer> answers = sent(times);
		Answer first = answers.get(0);
		assertThat(answers).allSatisfy((answer) -> {
			assertThat(answer.verdict()).isEqualTo(Verdict.STARTED);
			assertThat(answer.token()).isEqualTo(first.token());
			assertThat(answer.tick()).isEqualTo(this.tick);
			assertThat(answer.since()).isEqualTo(first.since());
		});
		assertThat(redis.cli("HKEYS", keys().lock())).isEqualTo(clients.of("one").getId() + ":" + OWNER);
		assertThat(redis.cli("HVALS", keys().lock())).as("hold count").isEqualTo("1");
		assertThat(field("token")).isEqualTo(String.valueOf(first.token()));
		assertThat(outcomes()).isEmpty();
		for (int i = 0; i < times; i++) {
			assertThat(finish(first)).isEqualTo(RunOutcome.SUCCEEDED);
		}
		assertThat(exists(keys().lock())).isFalse();
		assertThat(outcomes()).containsExactly("SUCCEEDED");
	}

	@ParameterizedTest
	@EnumSource(names = { "SUCCEEDED", "FAILED", "TIMED_OUT" })
	void aStartThatIsSentAgainAfterItsEndIsNoStart(RunOutcome outcome) {
		start();
		assertThat(get(this.one.finish(request(), OWNER, outcome, null, null))).isEqualTo(outcome);
		String state = state();
		assertThat(sent(2)).extracting(Answer::verdict).containsOnly(Verdict.LOST);
		assertThat(exists(keys().lock())).isFalse();
		assertThat(state()).isEqualTo(state);
		assertThat(outcomes()).containsExactly(outcome.name());
	}

	@Test
	void aStartThatIsSentAgainAfterItWasGivenBackIsNoStart() {
		start();
		get(this.one.abandon(request(), OWNER));
		String state = state();
		assertThat(sent(3)).extracting(Answer::verdict).containsOnly(Verdict.TOO_LATE);
		assertThat(exists(keys().lock())).isFalse();
		assertThat(state()).isEqualTo(state);
		assertThat(acquire(this.two, request(), OTHER).verdict()).isEqualTo(Verdict.STARTED);
		String lock = lock();
		assertThat(sent(3)).as("beside a successor").extracting(Answer::verdict).containsOnly(Verdict.TOO_LATE);
		assertThat(lock()).isEqualTo(lock);
		assertThat(get(this.two.finish(request(), OTHER, RunOutcome.SUCCEEDED, null, null)))
			.isEqualTo(RunOutcome.SUCCEEDED);
		assertThat(sent(3)).as("after a successor").extracting(Answer::verdict).containsOnly(Verdict.TOO_LATE);
		assertThat(exists(keys().lock())).isFalse();
		assertThat(outcomes()).containsExactly("SUCCEEDED");
	}

	@ParameterizedTest
	@EnumSource
	void aStartThatIsSentAgainAfterASuccessorIsNoStart(Kind kind) {
		LockRequest request = kind.request(this);
		assertThat(acquire(this.one, request, OWNER).verdict()).isEqualTo(Verdict.STARTED);
		redis.cli("DEL", keys().lock());
		LockRequest successor = kind.successor(this);
		assertThat(acquire(this.two, successor, OTHER).verdict()).isEqualTo(Verdict.STARTED);
		String lock = lock();
		String state = state();
		for (int i = 0; i < 3; i++) {
			assertThat(acquire(this.one, request, OWNER).verdict()).isEqualTo(kind.verdict);
		}
		assertThat(lock()).isEqualTo(lock).contains(":" + OTHER).doesNotContain(":" + OWNER);
		assertThat(state()).isEqualTo(state);
		assertThat(get(this.two.finish(successor, OTHER, RunOutcome.SUCCEEDED, null, null)))
			.isEqualTo(RunOutcome.SUCCEEDED);
	}

	private LockRequest request() {
		return nominal(this.tick);
	}

	private LockRequest next() {
		return nominal(this.tick.plusSeconds(1));
	}

	private Answer start() {
		Answer started = acquire(this.one, request(), OWNER);
		assertThat(started.verdict()).isEqualTo(Verdict.STARTED);
		return started;
	}

	/**
	 * The start of the run, sent several times without waiting for an answer.
	 */
	private List<Answer> sent(int times) {
		List<CompletableFuture<Answer>> sent = IntStream.range(0, times)
			.mapToObj((i) -> this.one.acquire(request(), OWNER, null))
			.toList();
		return sent.stream().map(TwoServers::get).toList();
	}

	private RunOutcome finish(Answer started) {
		return get(this.one.finish(request(), OWNER, RunOutcome.SUCCEEDED, null, started));
	}

	private static void isWrongType(CompletableFuture<?> reply) {
		assertThatThrownBy(() -> reply.get(30, TimeUnit.SECONDS)).rootCause()
			.isInstanceOf(RedisException.class)
			.hasMessageContaining("WRONGTYPE");
	}

	private LockKeys keys() {
		return LockKeys.of("test:", "contract", null, this.job);
	}

	private RLock lockOf(RedissonClient client) {
		return client.getLock(keys().lock());
	}

	private String lock() {
		return redis.cli("HGETALL", keys().lock());
	}

	private String state() {
		return redis.cli("HGETALL", keys().state());
	}

	private String field(String name) {
		return redis.cli("HGET", keys().state(), name);
	}

	private static boolean exists(String key) {
		return redis.cli("EXISTS", key).equals("1");
	}

	private long ttl() {
		return Long.parseLong(redis.cli("PTTL", keys().lock()));
	}

	/**
	 * Of the runs in the history, the oldest first.
	 */
	private List<String> outcomes() {
		List<String> lines = redis.cli("XRANGE", keys().runs(), "-", "+").lines().map(String::strip).toList();
		return IntStream.range(1, lines.size())
			.filter((i) -> lines.get(i - 1).equals("outcome"))
			.mapToObj(lines::get)
			.toList();
	}

	/**
	 * How a lock is taken away from the run that has it.
	 */
	enum Taking {

		FORCE_UNLOCK {
			@Override
			void take(RLock ours, RLock theirs) {
				assertThat(theirs.forceUnlock()).isTrue();
			}
		},

		UNLOCK_FOR_ITS_OWNER {
			@Override
			void take(RLock ours, RLock theirs) throws Exception {
				ours.unlockAsync(OWNER).get();
			}
		},

		DELETE {
			@Override
			void take(RLock ours, RLock theirs) {
				assertThat(redis.cli("DEL", theirs.getName())).isEqualTo("1");
			}
		},

		EXPIRE {
			@Override
			void take(RLock ours, RLock theirs) {
				assertThat(redis.cli("PEXPIRE", theirs.getName(), "1")).isEqualTo("1");
				await().until(() -> !exists(theirs.getName()));
			}
		};

		abstract void take(RLock ours, RLock theirs) throws Exception;

	}

	/**
	 * What was started, what was started after it, and what the first one is told then.
	 */
	enum Kind {

		NOMINAL(Verdict.SUPERSEDED) {
			@Override
			LockRequest request(TwoServers servers) {
				return servers.nominal(servers.tick);
			}

			@Override
			LockRequest successor(TwoServers servers) {
				return servers.nominal(servers.tick.plusSeconds(1));
			}
		},

		RERUN(Verdict.ALREADY_RAN) {
			@Override
			LockRequest request(TwoServers servers) {
				return servers.rerun(servers.tick);
			}

			@Override
			LockRequest successor(TwoServers servers) {
				return servers.rerun(servers.tick);
			}
		},

		RATE(Verdict.NOT_DUE) {
			@Override
			LockRequest request(TwoServers servers) {
				return servers.request(new Tick.Rate(Duration.ofMinutes(1)), Duration.ZERO);
			}
		},

		DELAY(Verdict.NOT_DUE) {
			@Override
			LockRequest request(TwoServers servers) {
				return servers.request(new Tick.Delay(Duration.ofMinutes(1)), Duration.ZERO);
			}
		},

		MANUAL(Verdict.STILL_RUNNING) {
			@Override
			LockRequest request(TwoServers servers) {
				return servers.request(new Tick.Manual(), Duration.ZERO);
			}
		};

		final Verdict verdict;

		Kind(Verdict verdict) {
			this.verdict = verdict;
		}

		abstract LockRequest request(TwoServers servers);

		LockRequest successor(TwoServers servers) {
			return servers.request(new Tick.Manual(), Duration.ZERO);
		}

	}

}
