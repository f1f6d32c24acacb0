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

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

import io.github.lockstarter.RunOutcome;
import io.github.lockstarter.SkipReason;
import io.github.lockstarter.fixture.Attempts;
import io.github.lockstarter.fixture.RedisServer;
import io.github.lockstarter.internal.time.TimeSource;
import io.github.lockstarter.schedule.Tick;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * The contract, on Redis, and what only Redis has: expiry, lost data, readable keys.
 */
class RedisLockStoreTests extends LockStoreContract {

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

	@Test
	void everyKeyHasATimeToLive() {
		LockRequest request = nominal(this.tick);
		acquire(this.one, request, 1);
		assertThat(ttl(keys().lock())).isBetween(1L, LEASE.toMillis());
		assertThat(ttl(keys().state())).isGreaterThan(Duration.ofDays(89).toMillis());
		get(this.one.finish(request, 1, RunOutcome.SUCCEEDED, null, null));
		assertThat(ttl(keys().lock())).isEqualTo(-2);
		assertThat(ttl(keys().state())).isGreaterThan(Duration.ofDays(89).toMillis());
	}

	@Test
	void theStateIsKeptForLongerThanALongInterval() {
		run(this.one, request(new Tick.Rate(Duration.ofDays(100)), Duration.ZERO), 1);
		assertThat(ttl(keys().state())).isGreaterThan(Duration.ofDays(199).toMillis());
	}

	private long ttl(String key) {
		return Long.parseLong(redis.cli("PTTL", key));
	}

	@Test
	void theStateIsReadable() {
		LockRequest request = nominal(this.tick);
		Answer started = acquire(this.one, request, 1);
		get(this.one.finish(request, 1, RunOutcome.FAILED, null, null));
		assertThat(redis.cli("HGET", keys().state(), "tick")).isEqualTo(String.valueOf(this.tick.toEpochMilli()));
		assertThat(redis.cli("HGET", keys().state(), "server")).isEqualTo("one");
		assertThat(redis.cli("HGET", keys().state(), "token")).isEqualTo(String.valueOf(started.token()));
		assertThat(redis.cli("HGET", keys().state(), "outcome")).isEqualTo("FAILED");
	}

	/**
	 * Its server trusts the lock from the question on that was answered.
	 */
	@Test
	void aStartThatIsSentTwiceHasItsWholeLeaseAgain() {
		Tick tick = new Tick.Nominal(this.tick);
		acquire(this.one, new LockRequest(this.job, tick, false, LEASE.dividedBy(2), Duration.ZERO), 1);
		assertThat(acquire(this.one, nominal(this.tick), 1).verdict()).isEqualTo(Verdict.STARTED);
		JobRecord record = get(this.two.record(this.job, null, 0));
		assertThat(Duration.between(record.redisTime(), record.holder().until())).isBetween(LEASE.minusSeconds(5),
				LEASE);
	}

	@Test
	void aFinishThatIsSentTwiceKeepsItsOutcome() {
		LockRequest request = nominal(this.tick);
		acquire(this.one, request, 1);
		assertThat(get(this.one.finish(request, 1, RunOutcome.FAILED, null, null))).isEqualTo(RunOutcome.FAILED);
		assertThat(get(this.one.finish(request, 1, RunOutcome.FAILED, null, null))).isEqualTo(RunOutcome.FAILED);
	}

	@Test
	void aRunWhoseLockExpiredHasLostIt() {
		LockRequest request = nominal(this.tick);
		acquire(this.one, request, 1);
		redis.cli("DEL", keys().lock());
		assertThat(renew(this.one, request, 1)).isEqualTo(Renewal.Verdict.LOST);
		assertThat(get(this.one.finish(request, 1, RunOutcome.SUCCEEDED, null, null))).isEqualTo(RunOutcome.LOCK_LOST);
		assertThat(redis.cli("HGET", keys().state(), "outcome")).isEqualTo("LOCK_LOST");
	}

	/**
	 * The server is dead: there is no end at all, only a lease that is over.
	 */
	@Test
	void aRunThatHasNoEndIsStartedAgain() {
		Answer first = acquire(this.one, rerun(this.tick), 1);
		redis.cli("DEL", keys().lock());
		assertThat(ask(this.two, nominal(this.tick))).as("without the policy").isEqualTo(Verdict.ALREADY_RAN);
		assertThat(ask(this.two, rerun(this.tick))).isEqualTo(Verdict.GO);
		Answer second = acquire(this.two, rerun(this.tick), 2);
		assertThat(second.attempts()).isEqualTo(2);
		assertThat(second.token()).isGreaterThan(first.token());
		String before = redis.cli("HGETALL", keys().state());
		assertThat(get(this.one.finish(rerun(this.tick), 1, RunOutcome.SUCCEEDED, null, null)))
			.isEqualTo(RunOutcome.LOCK_LOST);
		assertThat(redis.cli("HGETALL", keys().state())).isEqualTo(before);
		assertThat(get(this.two.finish(rerun(this.tick), 2, RunOutcome.SUCCEEDED, null, null)))
			.isEqualTo(RunOutcome.SUCCEEDED);
		assertThat(redis.cli("HGET", keys().state(), "open")).isEmpty();
	}

	/**
	 * It ends before anybody has started its tick again.
	 */
	@Test
	void aLateEndIsNoSuccess() {
		acquire(this.one, rerun(this.tick), 1);
		redis.cli("DEL", keys().lock());
		assertThat(get(this.one.finish(rerun(this.tick), 1, RunOutcome.SUCCEEDED, null, null)))
			.isEqualTo(RunOutcome.LOCK_LOST);
		assertThat(acquire(this.two, rerun(this.tick), 2).attempts()).isEqualTo(2);
	}

	@Test
	void theStateSaysWhichTickWasClosedAsCrashed() {
		acquire(this.one, rerun(this.tick.minusSeconds(60)), 1);
		redis.cli("DEL", keys().lock());
		acquire(this.two, rerun(this.tick), 2);
		assertThat(redis.cli("HGET", keys().state(), "crashed"))
			.isEqualTo(String.valueOf(this.tick.minusSeconds(60).toEpochMilli()));
		assertThat(redis.cli("HGET", keys().state(), "attempts")).isEqualTo("1");
	}

	/**
	 * A foreign lock that never expires, too, must not be asked for all the time.
	 */
	@Test
	void aLockThatIsNotThatOfTheRunIsLookedAtSoon() {
		acquire(this.one, rerun(this.tick), 1);
		redis.cli("DEL", keys().lock());
		redis.cli("HSET", keys().lock(), "somebody", "1");
		Answer answer = get(this.two.look(rerun(this.tick)));
		assertThat(answer.verdict()).isEqualTo(Verdict.ALREADY_RAN);
		assertThat(answer.askAgainAt()).isEqualTo(answer.redisTime().plusMillis(2020));
	}

	@Test
	void aLateFinishTouchesNothingOfTheSuccessor() {
		LockRequest request = nominal(this.tick);
		acquire(this.one, request, 1);
		redis.cli("DEL", keys().lock());
		LockRequest next = nominal(this.tick.plusSeconds(1));
		acquire(this.two, next, 2);
		String before = redis.cli("HGETALL", keys().state());
		assertThat(get(this.one.finish(request, 1, RunOutcome.SUCCEEDED, null, null))).isEqualTo(RunOutcome.LOCK_LOST);
		get(this.one.abandon(request, 1));
		redis.cli("HDEL", keys().state(), "abandoned");
		assertThat(redis.cli("HGETALL", keys().state())).isEqualTo(before);
		assertThat(renew(this.two, next, 2)).isEqualTo(Renewal.Verdict.RENEWED);
	}

	@Test
	void tokensRiseAlsoAfterRedisLostItsData() {
		long before = acquire(this.one, nominal(this.tick), 1).token();
		redis.cli("DEL", keys().lock(), keys().state());
		assertThat(acquire(this.two, nominal(this.tick), 2).token()).isGreaterThan(before);
	}

	/**
	 * Redis stands still, and carries out afterwards what waits in its sockets.
	 */
	@Test
	void aRenewalThatWaitedOutAnOutageExtendsNothing() {
		LockRequest request = nominal(this.tick);
		try (RedisServer frozen = RedisServer.start();
				LockStore store = TestRedisson.store(TestRedisson.client(frozen), settings("one"))) {
			Attempts.untilDone(store::ready);
			Answer started = acquire(store, request, 1);
			// So that a lease that starts anew is told from one that does not
			frozen.cli("PEXPIRE", keys().lock(), "20000");
			frozen.pause();
			CompletableFuture<Renewal> late;
			try {
				Instant giveUpAt = started.redisTime().plusMillis(100);
				late = store.renew(request, 1, giveUpAt);
				await().until(() -> Instant.now().isAfter(giveUpAt));
			}
			finally {
				frozen.resume();
			}
			assertThat(get(late).verdict()).isEqualTo(Renewal.Verdict.TOO_LATE);
			assertThat(Long.parseLong(frozen.cli("PTTL", keys().lock()))).isBetween(1L, 20_000L);
		}
	}

	@Test
	void theRateKeepsItsPhaseAndNeverBursts() {
		Duration period = Duration.ofMinutes(1);
		LockRequest rate = request(new Tick.Rate(period), Duration.ZERO);
		long start = acquire(this.one, rate, 1).redisTime().toEpochMilli();
		get(this.one.finish(rate, 1, RunOutcome.SUCCEEDED, null, null));
		// A run that is late by ten seconds: the next is due in phase
		setDue(start - 10_000);
		acquire(this.one, rate, 2);
		get(this.one.finish(rate, 2, RunOutcome.SUCCEEDED, null, null));
		assertThat(due()).isEqualTo(start + 50_000);
		// A run that is late by half a minute: the next comes no sooner than three
		// quarters of the period
		setDue(start - 30_000);
		Answer late = acquire(this.one, rate, 3);
		assertThat(late.tick()).as("late, and still the same").isEqualTo(Instant.ofEpochMilli(start - 30_000));
		assertThat(due()).isEqualTo(late.redisTime().toEpochMilli() + 45_000);
	}

	/**
	 * As after a night without a server. What nobody came for is not made up for, so
	 * nothing is late.
	 */
	@Test
	void aDueTimeThatOthersHaveFollowedIsNow() {
		Duration interval = Duration.ofMinutes(1);
		long owner = 1;
		for (Tick kind : List.of(new Tick.Rate(interval), new Tick.Delay(interval))) {
			for (Duration gap : List.of(interval, Duration.ofHours(8))) {
				LockRequest request = request(kind, Duration.ZERO);
				long now = get(this.one.look(request)).redisTime().toEpochMilli();
				setDue(now - gap.toMillis());
				assertThat(get(this.two.record(this.job, null, 0)).due()).as("what is said to come next")
					.isAfterOrEqualTo(Instant.ofEpochMilli(now));
				Answer started = acquire(this.one, request, ++owner);
				assertThat(started.tick()).isEqualTo(started.redisTime());
				assertThat(due()).isEqualTo(started.redisTime().plus(interval).toEpochMilli());
				get(this.one.finish(request, owner, RunOutcome.SUCCEEDED, null, null));
			}
		}
	}

	/**
	 * Also where the pause was shorter than the interval.
	 */
	@Test
	void aDueTimeThatCameDuringAPauseIsNow() {
		Duration interval = Duration.ofHours(1);
		long owner = 1;
		for (Tick kind : List.of(new Tick.Rate(interval), new Tick.Delay(interval))) {
			LockRequest request = request(kind, Duration.ZERO);
			setDue(get(this.one.record(this.job, null, 0)).redisTime().minus(Duration.ofMinutes(10)).toEpochMilli());
			get(this.one.pause(this.job, null, true));
			get(this.one.pause(this.job, null, false));
			assertThat(get(this.one.record(this.job, null, 0)).due()).isAfter(Instant.now().minusSeconds(300));
			Answer started = acquire(this.one, request, ++owner);
			assertThat(started.tick()).isEqualTo(started.redisTime());
			assertThat(due()).isEqualTo(started.redisTime().plus(interval).toEpochMilli());
			get(this.one.finish(request, owner, RunOutcome.SUCCEEDED, null, null));
		}
	}

	/**
	 * Redis's clock was set back by an hour, and the holder is dead.
	 */
	@Test
	void aLockThatLivesLongerThanItsLeaseIsPulledIn() {
		acquire(this.one, nominal(this.tick), 1);
		redis.cli("PEXPIRE", keys().lock(), String.valueOf(LEASE.plusHours(1).toMillis()));
		Answer answer = get(this.two.look(nominal(this.tick.plusSeconds(1))));
		assertThat(answer.verdict()).isEqualTo(Verdict.STILL_RUNNING);
		assertThat(answer.askAgainAt()).isEqualTo(answer.redisTime().plus(LEASE));
		assertThat(ttl(keys().lock())).isBetween(1L, LEASE.toMillis());
		redis.cli("PEXPIRE", keys().lock(), "10000");
		ask(this.two, nominal(this.tick.plusSeconds(1)));
		assertThat(ttl(keys().lock())).as("never lengthened").isLessThanOrEqualTo(10_000);
	}

	/**
	 * The lease that counts is that of the holder: servers may disagree, as in a rolling
	 * deploy.
	 */
	@Test
	void theLeaseOfTheHolderIsTheOneThatCounts() {
		LockRequest longer = new LockRequest(this.job, new Tick.Nominal(this.tick), false, LEASE.multipliedBy(4),
				Duration.ZERO);
		acquire(this.one, longer, 1);
		ask(this.two, nominal(this.tick.plusSeconds(1)));
		assertThat(ttl(keys().lock())).isGreaterThan(LEASE.multipliedBy(3).toMillis());
	}

	@Test
	void aLockOfARunThatLostItsTimeToLiveGetsItsLease() {
		acquire(this.one, nominal(this.tick), 1);
		redis.cli("PERSIST", keys().lock());
		for (LockRequest next : List.of(nominal(this.tick.plusSeconds(1)), nominal(this.tick),
				request(new Tick.Manual(), Duration.ZERO))) {
			Answer answer = get(this.two.look(next));
			assertThat(answer.verdict()).isIn(Verdict.STILL_RUNNING, Verdict.ALREADY_RAN);
			assertThat(ttl(keys().lock())).isBetween(1L, LEASE.toMillis());
		}
		assertThat(renew(this.one, nominal(this.tick), 1)).isEqualTo(Renewal.Verdict.RENEWED);
	}

	/**
	 * Earlier versions did not write down the lease of a run.
	 */
	@Test
	void aLockOfARunWithoutATimeToLiveWhoseLeaseIsNotKnownIsAskedForWithPauses() {
		acquire(this.one, nominal(this.tick), 1);
		redis.cli("PERSIST", keys().lock());
		redis.cli("HDEL", keys().state(), "lease");
		for (LockRequest next : List.of(nominal(this.tick.plusSeconds(1)), request(new Tick.Manual(), Duration.ZERO),
				request(new Tick.Rate(Duration.ofHours(1)), Duration.ZERO))) {
			Answer answer = get(this.two.look(next));
			assertThat(answer.verdict()).isEqualTo(Verdict.STILL_RUNNING);
			assertThat(answer.askAgainAt()).isAfter(answer.redisTime().plusSeconds(1));
		}
		assertThat(renew(this.one, nominal(this.tick), 1)).isEqualTo(Renewal.Verdict.RENEWED);
	}

	@Test
	void aForeignLockWithoutATimeToLiveIsLeftAloneAndSaidToBeEndless() {
		redis.cli("HSET", keys().lock(), "somebody:1", "1");
		for (LockRequest request : List.of(nominal(this.tick), request(new Tick.Manual(), Duration.ZERO),
				request(new Tick.Rate(Duration.ofHours(1)), Duration.ZERO))) {
			Answer answer = get(this.one.look(request));
			assertThat(answer.verdict()).isEqualTo(Verdict.ENDLESS);
			assertThat(answer.askAgainAt()).isNull();
		}
		assertThat(ttl(keys().lock())).isEqualTo(-1);
		JobLocks locks = new JobLocks(this.one, settings("one"), TimeSource.system());
		assertThat(locks.claim(nominal(this.tick)).join()).isInstanceOfSatisfying(Claim.Refused.class, (refused) -> {
			assertThat(refused.reason()).isEqualTo(SkipReason.LOCK_REFUSED);
			assertThat(refused.askAgainIn()).isNull();
			assertThat(refused.detail()).contains("never expires", "release it");
		});
	}

	/**
	 * Redis's clock was set forward by more than what was left of the lease: the lock is
	 * gone, and its holder does not know yet.
	 */
	@Test
	void aClockOfRedisThatJumpsPastALeaseLetsARunBeginBesideTheOldOneUntilThatRenews() {
		Answer first = acquire(this.one, nominal(this.tick), 1);
		redis.cli("PEXPIRE", keys().lock(), "1");
		await().until(() -> redis.cli("EXISTS", keys().lock()).equals("0"));
		Answer second = acquire(this.two, nominal(this.tick.plusSeconds(1)), 2);
		assertThat(second.verdict()).isEqualTo(Verdict.STARTED);
		assertThat(second.token()).isGreaterThan(first.token());
		assertThat(renew(this.one, nominal(this.tick), 1)).isEqualTo(Renewal.Verdict.LOST);
		assertThat(get(this.one.finish(nominal(this.tick), 1, RunOutcome.SUCCEEDED, null, null)))
			.isEqualTo(RunOutcome.LOCK_LOST);
	}

	/**
	 * What is not promised: the clock is all that is left to count by.
	 */
	@Test
	void aRedisThatHasForgottenTheStateAndWhoseClockIsBehindLowersTheToken() {
		Answer first = acquire(this.one, nominal(this.tick), 1);
		long ahead = first.token() + TimeUnit.HOURS.toMicros(1);
		get(this.one.finish(nominal(this.tick), 1, RunOutcome.SUCCEEDED, null, null));
		redis.cli("HSET", keys().state(), "token", String.valueOf(ahead));
		Answer remembered = acquire(this.one, nominal(this.tick.plusSeconds(1)), 2);
		assertThat(remembered.token()).as("while the state is kept").isGreaterThan(ahead);
		redis.cli("DEL", keys().lock(), keys().state());
		Answer forgotten = acquire(this.one, nominal(this.tick.plusSeconds(2)), 3);
		assertThat(forgotten.token()).isLessThan(ahead).isGreaterThan(first.token());
	}

	/**
	 * Or a job of a quarter would not know any more that it missed one.
	 */
	@Test
	void stateAndHistoryLiveAtLeastAsLongAsTheLongestGapOfTheSchedule() {
		Duration gap = Duration.ofDays(8 * 366);
		LockRequest request = new LockRequest(this.job, null, null, new Tick.Nominal(this.tick), false, LEASE,
				Duration.ZERO, 1, LockRequest.Purpose.FIRE, gap);
		run(this.one, request, 1);
		assertThat(ttl(keys().state())).isGreaterThan(gap.toMillis());
		assertThat(ttl(keys().runs())).isGreaterThan(gap.toMillis());
		get(this.one.pause(this.job, null, true));
		ask(this.one, new LockRequest(this.job, null, null, new Tick.Nominal(this.tick.plusSeconds(1)), false, LEASE,
				Duration.ZERO, 1, LockRequest.Purpose.FIRE, gap));
		assertThat(ttl(keys().state())).as("of a job that is paused").isGreaterThan(gap.toMillis());
		assertThat(ttl(keys().runs())).as("of a job that is paused").isGreaterThan(gap.toMillis());
	}

	/**
	 * It may be all there is of the job.
	 */
	@Test
	void whatIsRememberedOfAStartThatWasGivenBackHasATimeToLive() {
		get(this.one.abandon(nominal(this.tick), 1));
		assertThat(redis.cli("HGET", keys().state(), "abandoned")).endsWith(":1");
		assertThat(ttl(keys().state())).isGreaterThan(Duration.ofDays(89).toMillis());
	}

	/**
	 * Written by a Redis whose clock was ahead; then a replica with another clock was
	 * promoted.
	 */
	@Test
	void aHoldOfAnotherClockEndsAfterTheTimeOfTheJobItself() {
		Duration atLeast = Duration.ofMinutes(1);
		for (Tick kind : List.of(new Tick.Manual(), new Tick.Rate(Duration.ofSeconds(10)),
				new Tick.Delay(Duration.ofSeconds(10)))) {
			redis.cli("HSET", keys().state(), "held-until", inDays(1));
			Answer held = get(this.one.look(request(kind, atLeast)));
			assertThat(held.verdict()).isEqualTo(Verdict.HELD);
			assertThat(held.askAgainAt()).isEqualTo(held.redisTime().plus(atLeast));
		}
		redis.cli("HSET", keys().state(), "held-until", inDays(1));
		Answer held = get(this.one.look(request(new Tick.Nominal(this.tick), atLeast)));
		assertThat(held.verdict()).isEqualTo(Verdict.HELD);
		assertThat(redis.cli("HGET", keys().state(), "held-until"))
			.isEqualTo(String.valueOf(held.redisTime().plus(atLeast).toEpochMilli()));
	}

	@Test
	void aTickOfAnotherClockIsRememberedIfItIsNotAheadByMoreThanADay() {
		redis.cli("HSET", keys().state(), "tick", inDays(0.9));
		assertThat(ask(this.one, nominal(this.tick))).isEqualTo(Verdict.SUPERSEDED);
		redis.cli("HSET", keys().state(), "tick", inDays(1.1));
		assertThat(ask(this.one, nominal(this.tick))).isEqualTo(Verdict.GO);
		run(this.one, nominal(this.tick), 1);
		assertThat(ask(this.two, nominal(this.tick))).isEqualTo(Verdict.ALREADY_RAN);
	}

	private String inDays(double days) {
		return String.valueOf(get(this.one.look(nominal(this.tick))).redisTime().toEpochMilli()
				+ (long) (days * Duration.ofDays(1).toMillis()));
	}

	/**
	 * As after the promotion of a replica whose clock is an hour behind: what is written
	 * is an hour ahead.
	 */
	@Test
	void aClockOfRedisThatJumpsBackFreezesNoDueTimeAndLowersNoToken() {
		Duration period = Duration.ofMinutes(10);
		LockRequest rate = request(new Tick.Rate(period), Duration.ZERO);
		Answer before = acquire(this.one, rate, 1);
		get(this.one.finish(rate, 1, RunOutcome.SUCCEEDED, null, null));
		long anHour = Duration.ofHours(1).toMillis();
		long token = before.token() + anHour * 1000;
		redis.cli("HSET", keys().state(), "token", String.valueOf(token));
		setDue(before.redisTime().toEpochMilli() + anHour);
		Answer refused = get(this.two.look(rate));
		assertThat(refused.verdict()).isEqualTo(Verdict.NOT_DUE);
		assertThat(due()).isEqualTo(refused.redisTime().plus(period).toEpochMilli());
		setDue(refused.redisTime().toEpochMilli());
		assertThat(acquire(this.two, rate, 2).token()).isGreaterThan(token);
		get(this.two.finish(rate, 2, RunOutcome.SUCCEEDED, null, null));
	}

	/**
	 * A poison job: its server dies in the middle of it, and the lease runs out. What the
	 * start has written down holds, so it does not kill one server per lease.
	 */
	@Test
	void aRateOrADelayThatKillsItsServerIsNotTriedBeforeItIsDue() {
		long owner = 1;
		for (Tick kind : List.of(new Tick.Rate(Duration.ofHours(1)), new Tick.Delay(Duration.ofHours(1)))) {
			LockRequest poison = own(kind);
			Answer started = acquire(this.one, poison, owner++);
			endLease();
			Answer answer = get(this.two.look(poison));
			assertThat(answer.verdict()).isEqualTo(Verdict.NOT_DUE);
			assertThat(answer.askAgainAt()).isEqualTo(started.redisTime().plus(Duration.ofHours(1)));
			assertThat(acquire(this.two, poison, owner++).verdict()).isEqualTo(Verdict.NOT_DUE);
		}
	}

	@Test
	void aTickThatKillsItsServerIsNotTriedOnceMore() {
		LockRequest poison = own(new Tick.Nominal(this.tick));
		acquire(this.one, poison, 1);
		endLease();
		assertThat(ask(this.two, poison)).isEqualTo(Verdict.ALREADY_RAN);
		assertThat(ask(this.two, own(new Tick.Nominal(this.tick.plusSeconds(1))))).isEqualTo(Verdict.GO);
	}

	/**
	 * With a due time of its own.
	 */
	private LockRequest own(Tick kind) {
		return new LockRequest(this.job, kind, true, LEASE, Duration.ZERO);
	}

	private void endLease() {
		redis.cli("PEXPIRE", keys().lock(), "0");
	}

	private void setDue(long millis) {
		redis.cli("HSET", keys().state(), "due", String.valueOf(millis));
	}

	private long due() {
		return Long.parseLong(redis.cli("HGET", keys().state(), "due"));
	}

	@Test
	void aForeignKeyOfAnotherTypeIsAnErrorAndNothingIsLost() {
		redis.cli("SET", keys().lock(), "foreign", "PX", "10000");
		JobLocks locks = new JobLocks(this.one, settings("one"), TimeSource.system());
		Claim claim = locks.claim(nominal(this.tick)).join();
		assertThat(claim).isInstanceOfSatisfying(Claim.Refused.class,
				(refused) -> assertThat(refused.detail()).contains("WRONGTYPE"));
		assertThat(redis.cli("GET", keys().lock())).isEqualTo("foreign");
	}

}
