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
import java.util.concurrent.CompletableFuture;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.redisson.client.RedisException;

import io.github.lockstarter.RunOutcome;
import io.github.lockstarter.schedule.Tick;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

/**
 * Leases in memory, by a clock that may be set, and what a simulation does to them.
 */
class MemoryTests {

	private static final Duration LEASE = Duration.ofSeconds(30);

	private Instant now = Instant.ofEpochMilli(1_785_632_400_123L);

	private final Instant tick = this.now.minusSeconds(1);

	private final Memory memory = new Memory(() -> this.now, true);

	private final MemoryFaults faults = new MemoryFaults(this.memory);

	private final LockStore one = store("one");

	private final LockStore two = store("two");

	private final LockKeys keys = LockKeys.of("test:", "memory", null, "job");

	private LockStore store(String server) {
		return new InMemoryLockStore(
				new LockSettings("memory", "test:", server, Duration.ofSeconds(2), Duration.ofMinutes(1)), this.memory);
	}

	private LockRequest request(Instant tick) {
		return new LockRequest("job", null, "daily", new Tick.Nominal(tick), false, LEASE, Duration.ZERO);
	}

	private LockRequest request() {
		return request(this.tick);
	}

	private LockRequest next() {
		return request(this.tick.plusSeconds(1));
	}

	private Answer start(LockStore store, LockRequest request, long owner) {
		Answer answer = store.acquire(request, owner, null).join();
		assertThat(answer.verdict()).isEqualTo(Verdict.STARTED);
		return answer;
	}

	@Test
	void aLeaseIsOverAfterItsLastMillisecond() {
		assertThat(this.one.expires()).isTrue();
		start(this.one, request(), 1);
		this.now = this.now.plus(LEASE);
		assertThat(this.two.look(next()).join().verdict()).isEqualTo(Verdict.STILL_RUNNING);
		assertThat(this.two.look(next()).join().askAgainAt()).isEqualTo(this.now);
		assertThat(this.one.renew(request(), 1, this.now).join().verdict()).isEqualTo(Renewal.Verdict.RENEWED);
		this.now = this.now.plus(LEASE).plusMillis(1);
		assertThat(this.one.renew(request(), 1, this.now).join().verdict()).isEqualTo(Renewal.Verdict.LOST);
		assertThat(this.two.record("job", null, 5).join().failures()).isEqualTo(1);
		start(this.two, next(), 2);
		assertThat(this.one.finish(request(), 1, RunOutcome.SUCCEEDED, null, null).join())
			.isEqualTo(RunOutcome.LOCK_LOST);
	}

	@Test
	void aClockThatIsSetBackGivesALockNoMoreThanItsLease() {
		start(this.one, request(), 1);
		this.now = this.now.minusSeconds(3600);
		LockRequest byHand = new LockRequest("job", new Tick.Manual(), false, LEASE, Duration.ZERO);
		assertThat(this.two.look(byHand).join().askAgainAt()).isEqualTo(this.now.plus(LEASE));
		this.now = this.now.plus(LEASE).plusMillis(1);
		assertThat(this.two.record("job", null, 0).join().holder()).isNull();
	}

	@Test
	void aKeyIsBackWithTheClockUnlessItWasSwept() {
		start(this.one, request(), 1);
		Instant began = this.now;
		this.now = began.plusSeconds(60);
		this.now = began;
		assertThat(this.two.record("job", null, 0).join().running()).isNotNull();
		this.now = began.plusSeconds(60);
		this.faults.sweep();
		this.now = began;
		assertThat(this.two.record("job", null, 0).join().running()).isNull();
	}

	@Test
	void whatIsKeptIsForgottenCopiedAndPutBack() {
		start(this.one, request(), 1);
		MemoryContent replica = this.faults.copy();
		this.one.finish(request(), 1, RunOutcome.SUCCEEDED, null, null).join();
		start(this.two, next(), 2);
		MemoryContent master = this.faults.copy();
		this.faults.restore(replica);
		assertThat(this.one.record("job", null, 5).join().running()).isNotNull();
		assertThat(this.two.renew(next(), 2, this.now).join().verdict()).isEqualTo(Renewal.Verdict.LOST);
		this.one.abandon(request(), 1).join();
		this.faults.restore(replica);
		assertThat(this.one.record("job", null, 5).join().running()).as("a copy of its own").isNotNull();
		this.faults.forget(this.keys);
		assertThat(this.one.record("job", null, 5).join().runs()).isEmpty();
		this.faults.restore(master);
		assertThat(this.one.record("job", null, 5).join().runs()).hasSize(1);
		this.faults.forgetEverything();
		assertThat(this.faults.copy().keys).isEmpty();
	}

	@Test
	void anEndThatFindsNoStateWritesItAnew() {
		Answer started = start(this.one, request(), 1);
		this.faults.forget(this.keys.state());
		assertThat(this.one.finish(request(), 1, RunOutcome.SUCCEEDED, null, started).join())
			.isEqualTo(RunOutcome.SUCCEEDED);
		assertThat(this.two.look(request()).join().verdict()).isEqualTo(Verdict.ALREADY_RAN);
		assertThat(this.two.record("job", null, 5).join().runs()).singleElement()
			.extracting(RunRecord::token)
			.isEqualTo(started.token());
	}

	@Test
	void aForeignHolderIsInTheWayForAsLongAsItHasTheLock() {
		assertThat(this.faults.lock(this.keys, "foreign:1", Duration.ofSeconds(5))).isTrue();
		assertThat(this.faults.lock(this.keys, "foreign:2", null)).isFalse();
		Answer answer = this.one.acquire(request(), 1, null).join();
		assertThat(answer.verdict()).isEqualTo(Verdict.LOCKED);
		assertThat(answer.lockHolder()).isEqualTo("foreign:1");
		assertThat(answer.askAgainAt()).isEqualTo(this.now.plusSeconds(5));
		this.faults.persist(this.keys.lock());
		this.now = this.now.plusSeconds(60);
		assertThat(this.one.acquire(request(), 2, null).join().verdict()).isEqualTo(Verdict.ENDLESS);
		assertThat(this.one.release("job", null, "foreign:1", false).join()).isTrue();
		start(this.one, request(), 3);
	}

	@Test
	void aKeyOfAnotherTypeIsTheErrorThatRedisAnswers() {
		this.faults.anotherType(this.keys.state(), null);
		CompletableFuture<Answer> failed = this.one.acquire(request(), 1, null);
		assertThat(catchThrowable(failed::join)).cause()
			.isInstanceOf(RedisException.class)
			.satisfies((ex) -> assertThat(Trouble.of(ex)).isEqualTo(Trouble.ERROR));
		assertThat(this.one.record("job", null, 5).join().wrongKeys()).hasSize(1);
		assertThat(this.one.release("job", null, null, false).join()).isTrue();
		start(this.one, request(), 2);
	}

	/**
	 * A start takes four writes. What was written before the one that fails is kept, but
	 * for a lock that is given no end.
	 */
	@ParameterizedTest
	@ValueSource(ints = { 0, 1, 2, 3 })
	void aScriptBreaksOffAtAWriteAndWhatItWroteBeforeIsKept(int refused) {
		this.faults.writes((write) -> {
			if (write.number() == refused) {
				throw new RedisException("OOM command not allowed, at " + write.command());
			}
		});
		CompletableFuture<Answer> failed = this.one.acquire(request(), 1, null);
		assertThat(failed).isCompletedExceptionally();
		this.faults.writes(MemoryWrites.CARRIED_OUT);
		boolean locked = this.memory.alter(() -> this.memory.hexists(this.keys.lock(), "1"));
		assertThat(locked).isEqualTo(refused > 1);
		assertThat(this.two.look(next()).join().verdict())
			.isEqualTo(List.of(Verdict.GO, Verdict.GO, Verdict.LOCKED, Verdict.STILL_RUNNING).get(refused));
		this.one.abandon(request(), 1).join();
		assertThat(this.one.acquire(request(), 1, null).join().verdict()).isEqualTo(Verdict.TOO_LATE);
		start(this.two, request(), 2);
	}

	@Test
	void withoutExpiryALockStaysAndNobodyWaitsForTheEndOfAnother() {
		LockStore local = new InMemoryLockStore(
				new LockSettings("memory", "test:", "one", Duration.ofSeconds(2), Duration.ofMinutes(1)),
				new Memory(() -> this.now, false));
		assertThat(local.expires()).isFalse();
		LockRequest first = new LockRequest("first", "group", null, new Tick.Nominal(this.tick), false, LEASE,
				Duration.ZERO);
		LockRequest second = new LockRequest("second", "group", null, new Tick.Nominal(this.tick), false, LEASE,
				Duration.ZERO);
		start(local, first, 1);
		this.now = this.now.plus(Duration.ofDays(1000));
		Answer answer = local.acquire(second, 2, null).join();
		assertThat(answer.verdict()).as("it will be free").isEqualTo(Verdict.LOCKED);
		assertThat(answer.askAgainAt()).isEqualTo(this.now.plus(LEASE));
		JobRecord.Holder holder = local.record("first", "group", 0).join().holder();
		assertThat(holder).isNotNull();
		assertThat(holder.until()).as("no end").isNull();
		assertThat(local.finish(first, 1, RunOutcome.SUCCEEDED, null, null).join()).isEqualTo(RunOutcome.SUCCEEDED);
	}

}
