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
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.redisson.client.RedisException;
import org.redisson.client.RedisOutOfMemoryException;

import io.github.lockstarter.RunOutcome;
import io.github.lockstarter.fixture.Attempts;
import io.github.lockstarter.fixture.RedisServer;
import io.github.lockstarter.schedule.Tick;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

/**
 * A script that breaks off at one of its writes, whichever it is: Lua does not roll back.
 * A right for one command on one key is missing, or Redis has no memory.
 */
class FailedWriteTests {

	/** What a script writes to. */
	private enum Target {

		LOCK, STATE, RUNS, CHANNEL

	}

	private static final long ONE = -4711;

	private static final long TWO = 4712;

	private static final long THREE = 4713;

	private static final Duration LEASE = Duration.ofMinutes(10);

	private static RedisServer redis;

	private static LockStore store;

	private final String job = "write-" + UUID.randomUUID();

	private final LockKeys keys = LockKeys.of("test:", "write", null, this.job);

	private final Instant tick = Instant.ofEpochSecond(Instant.now().getEpochSecond() - 60);

	private final LockRequest request = request(new Tick.Nominal(this.tick));

	private final LockRequest next = request(new Tick.Nominal(this.tick.plusSeconds(1)));

	@BeforeAll
	static void start() {
		redis = RedisServer.start();
		redis.cli("ACL", "SETUSER", "writer", "reset", "on", ">s3cret", "~*", "&*", "+@all");
		store = TestRedisson.store(
				TestRedisson.client("redis://writer:s3cret@" + redis.host() + ":" + redis.port(), 10_000),
				new LockSettings("write", "test:", "one", Duration.ofSeconds(10), Duration.ofMinutes(1)));
		Attempts.untilDone(store::ready);
	}

	@AfterAll
	static void stop() {
		store.close();
		redis.close();
	}

	@AfterEach
	void restore() {
		memory("0");
		allow();
	}

	private LockRequest request(Tick tick) {
		return new LockRequest(this.job, tick, false, LEASE, Duration.ZERO);
	}

	private static void memory(String bytes) {
		redis.cli("CONFIG", "SET", "maxmemory", bytes);
	}

	private static void allow() {
		redis.cli("ACL", "SETUSER", "writer", "+@all");
	}

	/**
	 * Take away the right for a command on one target: it is left for all others.
	 */
	private void forbid(String command, Target target) {
		List<String> user = new ArrayList<>(List.of("ACL", "SETUSER", "writer", "-" + command));
		Arrays.stream(Target.values())
			.filter((other) -> other != target)
			.forEach((other) -> user.add("+" + command + "|" + name(other)));
		redis.cli(user.toArray(String[]::new));
	}

	private String name(Target target) {
		return switch (target) {
			case LOCK -> this.keys.lock();
			case STATE -> this.keys.state();
			case RUNS -> this.keys.runs();
			case CHANNEL -> "redisson_lock__channel:" + this.keys.lock();
		};
	}

	private static void isForbidden(CompletableFuture<?> reply) {
		assertThat(catchThrowable(reply::join)).cause()
			.isInstanceOf(RedisException.class)
			.satisfies((ex) -> assertThat(ex.getMessage()).containsAnyOf("NOPERM", "can't run this command",
					"ACL failure"));
	}

	/**
	 * A server that ends now would never mend it.
	 */
	@Test
	void aRecordOfAServerIsNotKeptWithoutATimeToLive() {
		ServerKeys keys = ServerKeys.of("test:", "write", "one");
		Beat beat = new Beat(Beat.Sender.of(this.tick, new Random(1)), new Beat.Facts("host", null, List.of()), false,
				false, List.of(), List.of(), List.of());
		redis.cli("ACL", "SETUSER", "writer", "-pexpire");
		isForbidden(store.beat(beat, null));
		assertThat(redis.cli("EXISTS", keys.record())).isEqualTo("0");
		allow();
		assertThat(store.beat(beat, null).join().known()).isTrue();
		assertThat(Long.parseLong(redis.cli("PTTL", keys.record()))).isPositive();
	}

	private Answer start(LockRequest request, long owner) {
		Answer answer = store.acquire(request, owner, null).join();
		assertThat(answer.verdict()).isEqualTo(Verdict.STARTED);
		return answer;
	}

	private Verdict acquire(LockRequest request, long owner) {
		return store.acquire(request, owner, null).join().verdict();
	}

	private RunOutcome finish(LockRequest request, long owner) {
		return store.finish(request, owner, RunOutcome.SUCCEEDED, null, null).join();
	}

	private String state(String field) {
		String value = redis.cli("HGET", this.keys.state(), field);
		return value.equals("(nil)") ? "" : value;
	}

	private long token() {
		return state("token").isEmpty() ? 0 : Long.parseLong(state("token"));
	}

	private boolean isLocked() {
		return redis.cli("EXISTS", this.keys.lock()).equals("1");
	}

	private long ttl(String key) {
		return Long.parseLong(redis.cli("PTTL", key));
	}

	/**
	 * The tick is free for another owner, and the one that gave it back gets it no more.
	 */
	private void isGivenBack(long token) {
		assertThat(isLocked()).as("locked").isFalse();
		assertThat(state("owner")).isEmpty();
		assertThat(ttl(this.keys.state())).as("time to live").isPositive();
		assertThat(acquire(this.request, ONE)).isEqualTo(Verdict.TOO_LATE);
		assertThat(start(this.request, TWO).token()).isGreaterThan(token);
		store.abandon(this.request, ONE).join();
		assertThat(finish(this.request, TWO)).isEqualTo(RunOutcome.SUCCEEDED);
		assertThat(store.record(this.job, null, 10).join().runs()).extracting(RunRecord::state)
			.containsExactly(RunRecord.State.SUCCEEDED);
	}

	@ParameterizedTest
	@CsvSource({ "hset, LOCK", "pexpire, LOCK", "hset, STATE", "pexpire, STATE" })
	void aStartThatBreaksOffIsGivenBack(String command, Target target) {
		forbid(command, target);
		isForbidden(store.acquire(this.request, ONE, null));
		allow();
		long token = token();
		store.abandon(this.request, ONE).join();
		isGivenBack(token);
	}

	/**
	 * Whatever becomes of the first attempt.
	 */
	@ParameterizedTest
	@CsvSource({ "hset, LOCK", "pexpire, LOCK", "hset, STATE", "pexpire, STATE" })
	void aStartThatBreaksOffIsGivenBackAlsoIfThatIsTriedBeforeTheRightIsThere(String command, Target target) {
		forbid(command, target);
		isForbidden(store.acquire(this.request, ONE, null));
		long token = token();
		store.abandon(this.request, ONE).handle((done, ex) -> ex).join();
		assertThat(isLocked()).as("freed first").isFalse();
		allow();
		store.abandon(this.request, ONE).join();
		isGivenBack(token);
	}

	/**
	 * A start that stands is one, and what is left of another one is in its own way.
	 */
	@ParameterizedTest
	@CsvSource({ "hset, LOCK, STARTED", "pexpire, LOCK, STARTED", "hset, STATE, LOCKED", "pexpire, STATE, STARTED" })
	void aStartThatBreaksOffIsGivenBackAlsoIfItIsSentAgain(String command, Target target, Verdict again) {
		forbid(command, target);
		isForbidden(store.acquire(this.request, ONE, null));
		allow();
		assertThat(acquire(this.request, ONE)).isEqualTo(again);
		assertThat(acquire(this.next, TWO)).isNotEqualTo(Verdict.STARTED);
		long token = token();
		store.abandon(this.request, ONE).join();
		isGivenBack(token);
	}

	@ParameterizedTest
	@CsvSource({ "xadd, 0", "pexpire, 2" })
	void aHistoryThatCannotBeWrittenKeepsNoRunFromItsStartAndItsEnd(String command, String entries) {
		start(this.request, ONE);
		redis.cli("DEL", this.keys.lock());
		forbid(command, Target.RUNS);
		start(this.next, TWO);
		assertThat(finish(this.next, TWO)).isEqualTo(RunOutcome.SUCCEEDED);
		assertThat(redis.cli("XLEN", this.keys.runs())).isEqualTo(entries);
		allow();
		LockRequest last = request(new Tick.Nominal(this.tick.plusSeconds(2)));
		start(last, THREE);
		assertThat(finish(last, THREE)).isEqualTo(RunOutcome.SUCCEEDED);
		assertThat(ttl(this.keys.runs())).as("time to live").isPositive();
	}

	/**
	 * What clocks have left behind, and what a pause needs, is written before a start.
	 */
	@ParameterizedTest
	@CsvSource({ "due, 10000000, hset, STATE, NOT_DUE", "held-until, 10000000, hset, STATE, HELD",
			"tick, 100000000, hset, STATE, STARTED", "paused, 0, hset, STATE, PAUSED",
			"paused, 0, pexpire, STATE, PAUSED", "paused, 0, pexpire, RUNS, PAUSED" })
	void aQuestionThatCannotPutThingsRightClaimsNothing(String field, long ahead, String command, Target target,
			Verdict verdict) {
		LockRequest request = field.equals("due") ? request(new Tick.Rate(Duration.ofHours(1))) : this.request;
		redis.cli("HSET", this.keys.state(), field, String.valueOf(Instant.now().toEpochMilli() + ahead));
		String before = redis.cli("HGETALL", this.keys.state());
		forbid(command, target);
		isForbidden(store.acquire(request, ONE, null));
		assertThat(isLocked()).as("locked").isFalse();
		assertThat(redis.cli("HGETALL", this.keys.state())).startsWith(before).doesNotContain("owner");
		allow();
		store.abandon(request, ONE).join();
		assertThat(acquire(request, TWO)).isEqualTo(verdict);
	}

	@Test
	void aLockWhoseTimeToLiveCannotBePutRightIsLeftToItsRun() {
		start(this.request, ONE);
		redis.cli("PERSIST", this.keys.lock());
		forbid("pexpire", Target.LOCK);
		isForbidden(store.acquire(this.next, TWO, null));
		allow();
		store.abandon(this.next, TWO).join();
		assertThat(acquire(this.next, THREE)).isEqualTo(Verdict.STILL_RUNNING);
		assertThat(ttl(this.keys.lock())).isPositive();
		assertThat(finish(this.request, ONE)).isEqualTo(RunOutcome.SUCCEEDED);
	}

	@Test
	void aRenewalThatBreaksOffChangesNothing() {
		Answer started = start(this.request, ONE);
		forbid("pexpire", Target.LOCK);
		isForbidden(store.renew(this.request, ONE, Instant.now().plusSeconds(60)));
		assertThat(redis.cli("HVALS", this.keys.lock())).isEqualTo("1");
		assertThat(ttl(this.keys.lock())).isBetween(1L, LEASE.toMillis());
		allow();
		assertThat(store.renew(this.request, ONE, Instant.now().plusSeconds(60)).join().verdict())
			.isEqualTo(Renewal.Verdict.RENEWED);
		store.abandon(this.request, ONE).join();
		isGivenBack(started.token());
	}

	/**
	 * A lock that is free is not the run's any more, so nobody knows what happened
	 * between the two.
	 */
	@ParameterizedTest
	@CsvSource({ "hdel, LOCK, true, SUCCEEDED", "publish, CHANNEL, false, LOCK_LOST", "hset, STATE, false, LOCK_LOST" })
	void anEndThatBreaksOffIsWrittenWhenItIsSentAgain(String command, Target target, boolean locked,
			RunOutcome outcome) {
		Answer started = start(this.request, ONE);
		forbid(command, target);
		isForbidden(store.finish(this.request, ONE, RunOutcome.SUCCEEDED, null, started));
		assertThat(isLocked()).as("locked").isEqualTo(locked);
		assertThat(state("outcome")).isEmpty();
		allow();
		assertThat(acquire(this.request, TWO)).isEqualTo(Verdict.ALREADY_RAN);
		for (int i = 0; i < 2; i++) {
			assertThat(store.finish(this.request, ONE, RunOutcome.SUCCEEDED, null, started).join()).isEqualTo(outcome);
		}
		assertThat(state("outcome")).isEqualTo(outcome.name());
		assertThat(isLocked()).as("locked").isFalse();
		assertThat(acquire(this.request, TWO)).isEqualTo(Verdict.ALREADY_RAN);
		assertThat(start(this.next, THREE).token()).isGreaterThan(started.token());
		assertThat(store.record(this.job, null, 10).join().runs()).extracting(RunRecord::token)
			.containsExactly(started.token());
	}

	@ParameterizedTest
	@CsvSource({ "publish, CHANNEL", "hset, STATE" })
	void anEndThatBreaksOffAndIsSentAgainTouchesNothingOfASuccessor(String command, Target target) {
		Answer started = start(this.request, ONE);
		forbid(command, target);
		isForbidden(store.finish(this.request, ONE, RunOutcome.SUCCEEDED, null, started));
		allow();
		start(this.next, TWO);
		String before = redis.cli("HGETALL", this.keys.state());
		assertThat(store.finish(this.request, ONE, RunOutcome.SUCCEEDED, null, started).join())
			.isEqualTo(RunOutcome.LOCK_LOST);
		assertThat(redis.cli("HGETALL", this.keys.state())).isEqualTo(before);
		assertThat(finish(this.next, TWO)).isEqualTo(RunOutcome.SUCCEEDED);
		assertThat(store.record(this.job, null, 10).join().runs()).extracting(RunRecord::state)
			.containsExactly(RunRecord.State.SUCCEEDED, RunRecord.State.CRASHED);
	}

	/**
	 * Its state was deleted meanwhile.
	 */
	@ParameterizedTest
	@CsvSource({ "hset, LOCK_LOST, STARTED", "pexpire, SUCCEEDED, ALREADY_RAN" })
	void anEndOfAForgottenRunThatBreaksOffFreesTheLock(String command, RunOutcome again, Verdict another) {
		Answer started = start(this.request, ONE);
		redis.cli("DEL", this.keys.state());
		forbid(command, Target.STATE);
		isForbidden(store.finish(this.request, ONE, RunOutcome.SUCCEEDED, null, started));
		assertThat(isLocked()).as("locked").isFalse();
		allow();
		assertThat(store.finish(this.request, ONE, RunOutcome.SUCCEEDED, null, started).join()).isEqualTo(again);
		assertThat(acquire(this.request, TWO)).isEqualTo(another);
	}

	@ParameterizedTest
	@CsvSource({ "hdel, LOCK", "publish, CHANNEL", "hset, STATE" })
	void aStartIsGivenBackAlsoIfThatBreaksOffAtFirst(String command, Target target) {
		Answer started = start(this.request, ONE);
		forbid(command, target);
		isForbidden(store.abandon(this.request, ONE));
		allow();
		assertThat(acquire(this.request, TWO)).as("not given back yet").isEqualTo(Verdict.ALREADY_RAN);
		store.abandon(this.request, ONE).join();
		isGivenBack(started.token());
	}

	@Test
	void whatIsRememberedOfAStartThatWasGivenBackHasATimeToLiveAlsoIfThatBreaksOffAtFirst() {
		forbid("pexpire", Target.STATE);
		isForbidden(store.abandon(this.request, ONE));
		allow();
		store.abandon(this.request, ONE).join();
		isGivenBack(0);
	}

	@Test
	void aStartWithoutMemoryTakesNothing() {
		memory("1");
		CompletableFuture<Answer> start = store.acquire(this.request, ONE, null);
		assertThat(catchThrowable(start::join)).hasCauseInstanceOf(RedisOutOfMemoryException.class);
		assertThat(redis.cli("EXISTS", this.keys.lock(), this.keys.state(), this.keys.runs())).isEqualTo("0");
		store.abandon(this.request, ONE).join();
		memory("0");
		isGivenBack(0);
	}

	/**
	 * What comes first in each of these scripts needs no memory, and Redis breaks off no
	 * script that has written.
	 */
	@Test
	void aRunIsRenewedAndEndsWithoutMemory() {
		Answer started = start(this.request, ONE);
		memory("1");
		assertThat(store.renew(this.request, ONE, Instant.now().plusSeconds(60)).join().verdict())
			.isEqualTo(Renewal.Verdict.RENEWED);
		assertThat(acquire(this.request, TWO)).as("a loser").isEqualTo(Verdict.ALREADY_RAN);
		assertThat(finish(this.request, ONE)).isEqualTo(RunOutcome.SUCCEEDED);
		assertThat(isLocked()).as("locked").isFalse();
		memory("0");
		assertThat(finish(this.request, ONE)).isEqualTo(RunOutcome.SUCCEEDED);
		assertThat(store.record(this.job, null, 10).join().runs()).extracting(RunRecord::state)
			.containsExactly(RunRecord.State.SUCCEEDED);
		assertThat(start(this.next, TWO).token()).isGreaterThan(started.token());
	}

	@Test
	void aStartIsGivenBackWithoutMemory() {
		Answer started = start(this.request, ONE);
		memory("1");
		store.abandon(this.request, ONE).join();
		assertThat(isLocked()).as("locked").isFalse();
		memory("0");
		isGivenBack(started.token());
	}

}
