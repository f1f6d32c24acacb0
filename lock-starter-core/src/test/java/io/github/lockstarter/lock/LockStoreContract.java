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

import org.junit.jupiter.api.Test;

import io.github.lockstarter.RunOutcome;
import io.github.lockstarter.schedule.Tick;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * What every {@link LockStore} must do.
 */
abstract class LockStoreContract extends TwoServers {

	@Test
	void aTickIsStartedOnce() {
		LockRequest request = nominal(this.tick);
		assertThat(ask(this.one, request)).isEqualTo(Verdict.GO);
		run(this.one, request, 1);
		Answer answer = get(this.two.look(request));
		assertThat(answer.verdict()).isEqualTo(Verdict.ALREADY_RAN);
		assertThat(answer.holder()).isEqualTo("one");
		assertThat(answer.since()).isBetween(this.tick, Instant.now().plusSeconds(1));
		assertThat(ask(this.two, nominal(this.tick.minusSeconds(1)))).isEqualTo(Verdict.SUPERSEDED);
		assertThat(ask(this.two, nominal(this.tick.plusSeconds(1)))).isEqualTo(Verdict.GO);
	}

	@Test
	void theRulesHoldWhateverWasAnsweredBefore() {
		LockRequest request = nominal(this.tick);
		assertThat(ask(this.two, request)).isEqualTo(Verdict.GO);
		run(this.one, request, 1);
		assertThat(acquire(this.two, request, 2).verdict()).isEqualTo(Verdict.ALREADY_RAN);
		// And one that is refused has taken no lock
		assertThat(ask(this.one, nominal(this.tick.plusSeconds(1)))).isEqualTo(Verdict.GO);
	}

	@Test
	void runsDoNotOverlap() {
		assertThat(acquire(this.one, nominal(this.tick), 1).verdict()).isEqualTo(Verdict.STARTED);
		Answer answer = get(this.two.look(nominal(this.tick.plusSeconds(1))));
		assertThat(answer.verdict()).isEqualTo(Verdict.STILL_RUNNING);
		assertThat(answer.holder()).isEqualTo("one");
		assertThat(acquire(this.two, nominal(this.tick.plusSeconds(1)), 2).verdict()).isEqualTo(Verdict.STILL_RUNNING);
	}

	@Test
	void neverEarly() {
		Instant redisTime = get(this.one.look(nominal(this.tick))).redisTime();
		Instant soon = redisTime.plusSeconds(20);
		Answer early = get(this.one.look(nominal(soon)));
		assertThat(early.verdict()).isEqualTo(Verdict.EARLY);
		assertThat(early.askAgainAt()).isEqualTo(soon);
		assertThat(acquire(this.one, nominal(soon), 1).verdict()).isEqualTo(Verdict.EARLY);
		assertThat(ask(this.one, nominal(redisTime.plusSeconds(90)))).isEqualTo(Verdict.CLOCK_AHEAD);
		// A timer that is a little early is not a clock that is wrong
		assertThat(ask(this.one, nominal(redisTime.plusMillis(90)))).isEqualTo(Verdict.GO);
	}

	@Test
	void aStartThatIsSentTwiceIsOneStart() {
		LockRequest request = nominal(this.tick);
		Answer first = acquire(this.one, request, 1);
		Answer second = acquire(this.one, request, 1);
		assertThat(second.verdict()).isEqualTo(Verdict.STARTED);
		assertThat(second.token()).isEqualTo(first.token());
		assertThat(second.tick()).isEqualTo(first.tick()).isEqualTo(this.tick);
	}

	@Test
	void aStartSaysWhoRanBeforeAndWhichScheduleTheJobHadThere() {
		LockRequest daily = new LockRequest(this.job, null, "daily", new Tick.Nominal(this.tick), false, LEASE,
				Duration.ZERO);
		LockRequest hourly = new LockRequest(this.job, null, "hourly", new Tick.Nominal(this.tick.plusSeconds(1)),
				false, LEASE, Duration.ZERO);
		assertThat(get(this.one.acquire(daily, 1, null)).holder()).as("nobody").isNull();
		get(this.one.finish(daily, 1, RunOutcome.SUCCEEDED, null, null));
		assertThat(get(this.two.look(daily)).schedule()).as("the same").isNull();
		Answer started = get(this.two.acquire(hourly, 2, null));
		assertThat(started.holder()).isEqualTo("one");
		assertThat(started.schedule()).isEqualTo("daily");
		assertThat(started.since()).isEqualTo(started.redisTime());
		assertThat(get(this.one.look(daily)).schedule()).isEqualTo("hourly");
	}

	@Test
	void tokensRise() {
		long last = 0;
		for (int i = 0; i < 5; i++) {
			LockRequest request = nominal(this.tick.minusSeconds(10).plusSeconds(i));
			Answer started = acquire((i % 2 == 0) ? this.one : this.two, request, i);
			assertThat(started.token()).isGreaterThan(last);
			last = started.token();
			get(((i % 2 == 0) ? this.one : this.two).finish(request, i, RunOutcome.FAILED, null, null));
		}
		long micros = Instant.now().toEpochMilli() * 1000;
		assertThat(last).isBetween(micros - 10_000_000, micros + 10_000_000);
	}

	@Test
	void anAbandonedStartGivesTheTickBack() {
		run(this.one, request(new Tick.Nominal(this.tick), Duration.ofMillis(1)), 1);
		LockRequest next = request(new Tick.Nominal(this.tick.plusSeconds(1)), Duration.ofSeconds(1));
		Answer abandoned = acquire(this.one, next, 2);
		get(this.one.abandon(next, 2));
		assertThat(ask(this.two, nominal(this.tick))).isEqualTo(Verdict.ALREADY_RAN);
		assertThat(ask(this.two, next)).isEqualTo(Verdict.GO);
		Answer started = acquire(this.two, next, 3);
		assertThat(started.verdict()).isEqualTo(Verdict.STARTED);
		assertThat(started.token()).isGreaterThan(abandoned.token());
		// And a late repetition does nothing to the successor
		get(this.one.abandon(next, 2));
		assertThat(renew(this.two, next, 3)).isEqualTo(Renewal.Verdict.RENEWED);
		assertThat(ask(this.one, next)).isEqualTo(Verdict.ALREADY_RAN);
	}

	/**
	 * Commands of two connections may be carried out in any order.
	 */
	@Test
	void aStartThatComesAfterItWasGivenBackClaimsNothing() {
		LockRequest request = nominal(this.tick);
		get(this.one.abandon(request, 1));
		get(this.one.abandon(request, 1));
		assertThat(acquire(this.one, request, 1).verdict()).isEqualTo(Verdict.TOO_LATE);
		assertThat(ask(this.two, request)).as("it has taken no lock").isEqualTo(Verdict.GO);
		run(this.one, request, 2);
		assertThat(ask(this.two, request)).isEqualTo(Verdict.ALREADY_RAN);
	}

	@Test
	void theLastEightThatGaveBackAreRemembered() {
		for (long owner = 1; owner <= 9; owner++) {
			get(this.one.abandon(nominal(this.tick), owner));
		}
		for (long owner = 2; owner <= 9; owner++) {
			assertThat(acquire(this.one, nominal(this.tick), owner).verdict()).isEqualTo(Verdict.TOO_LATE);
		}
		run(this.one, nominal(this.tick), 1);
	}

	/**
	 * The idiom for a task that shall run once.
	 */
	@Test
	void anIntervalWithoutAnEndIsRunOnceOverAllServers() {
		for (Tick kind : List.of(new Tick.Delay(Duration.ofMillis(Long.MAX_VALUE)),
				new Tick.Rate(Duration.ofMillis(Long.MAX_VALUE)))) {
			long owner = (kind instanceof Tick.Delay) ? 1 : 3;
			LockRequest request = own(kind);
			assertThat(ask(this.one, request)).isEqualTo(Verdict.GO);
			run(this.one, request, owner);
			Answer refused = get(this.two.look(request));
			assertThat(refused.verdict()).isEqualTo(Verdict.NOT_DUE);
			assertThat(refused.askAgainAt()).isAfter(refused.redisTime().plus(Duration.ofDays(36_000)));
			assertThat(acquire(this.two, request, 2).verdict()).isEqualTo(Verdict.NOT_DUE);
		}
	}

	@Test
	void timesThatHaveNoEndAreTakenAsVeryLong() {
		Duration endless = Duration.ofMillis(Long.MAX_VALUE);
		run(this.one, new LockRequest(this.job, null, null, new Tick.Nominal(this.tick), false, LEASE, endless, 1,
				LockRequest.Purpose.FIRE, endless), 1);
		assertThat(ask(this.two, request(new Tick.Nominal(this.tick.plusSeconds(1)), endless))).isEqualTo(Verdict.HELD);
	}

	@Test
	void onlyTheOwnerRenewsAndFinishes() {
		LockRequest request = nominal(this.tick);
		acquire(this.one, request, 1);
		assertThat(renew(this.two, request, 2)).isEqualTo(Renewal.Verdict.LOST);
		assertThat(get(this.two.finish(request, 2, RunOutcome.SUCCEEDED, null, null))).isEqualTo(RunOutcome.LOCK_LOST);
		assertThat(get(this.two.abandon(request, 2))).isIn(0L, false);
		assertThat(renew(this.one, request, 1)).isEqualTo(Renewal.Verdict.RENEWED);
		assertThat(get(this.one.finish(request, 1, RunOutcome.SUCCEEDED, null, null))).isEqualTo(RunOutcome.SUCCEEDED);
	}

	@Test
	void aStartThatComesTooLateClaimsNothing() {
		LockRequest request = nominal(this.tick);
		assertThat(get(this.one.acquire(request, 1, this.tick)).verdict()).isEqualTo(Verdict.TOO_LATE);
		assertThat(ask(this.two, request)).isEqualTo(Verdict.GO);
	}

	/**
	 * The run may have ended, and its end may have been lost: then the lock expires with
	 * its lease, and not with one more.
	 */
	@Test
	void aCopyOfAStartThatComesTooLateDoesNotTouchTheLock() {
		LockRequest next = nominal(this.tick.plusSeconds(1));
		LockRequest longer = new LockRequest(this.job, new Tick.Nominal(this.tick), false, LEASE.multipliedBy(2),
				Duration.ZERO);
		Answer started = acquire(this.one, longer, 1);
		Instant soon = started.redisTime().plus(LEASE).plusSeconds(1);
		assertThat(get(this.one.acquire(nominal(this.tick), 1, this.tick)).verdict()).isEqualTo(Verdict.TOO_LATE);
		assertThat(get(this.two.look(next)).askAgainAt()).isAfter(soon);
		// In time, it is the answer to the caller, which counts its lease from now on
		assertThat(acquire(this.one, nominal(this.tick), 1).verdict()).isEqualTo(Verdict.STARTED);
		assertThat(get(this.two.look(next)).askAgainAt()).isBefore(soon);
	}

	@Test
	void aRenewalThatComesTooLateIsRefusedAndSaysWhatTimeItIs() {
		LockRequest request = nominal(this.tick);
		Answer started = acquire(this.one, request, 1);
		Renewal refused = get(this.one.renew(request, 1, started.redisTime().minusMillis(1)));
		assertThat(refused.verdict()).isEqualTo(Renewal.Verdict.TOO_LATE);
		assertThat(refused.redisTime()).isAfterOrEqualTo(started.redisTime());
		// The lock is as it was
		assertThat(ask(this.two, nominal(this.tick.plusSeconds(1)))).isEqualTo(Verdict.STILL_RUNNING);
		assertThat(get(this.one.renew(request, 1, refused.redisTime().plusSeconds(60))).verdict())
			.isEqualTo(Renewal.Verdict.RENEWED);
		assertThat(get(this.one.finish(request, 1, RunOutcome.SUCCEEDED, null, null))).isEqualTo(RunOutcome.SUCCEEDED);
	}

	/**
	 * The run was told that its lock is lost, while the store still kept it.
	 */
	@Test
	void aRunThatWasGivenUpIsNeverWrittenDownAsASuccess() {
		LockRequest request = nominal(this.tick);
		acquire(this.one, request, 1);
		assertThat(get(this.one.finish(request, 1, RunOutcome.LOCK_LOST, null, null))).isEqualTo(RunOutcome.LOCK_LOST);
		assertThat(get(this.one.finish(request, 1, RunOutcome.SUCCEEDED, null, null))).isEqualTo(RunOutcome.LOCK_LOST);
		assertThat(ask(this.two, nominal(this.tick.plusSeconds(1)))).isEqualTo(Verdict.GO);
	}

	@Test
	void heldForAtLeast() {
		run(this.one, request(new Tick.Nominal(this.tick), Duration.ofSeconds(3)), 1);
		assertThat(ask(this.two, nominal(this.tick.plusSeconds(2)))).isEqualTo(Verdict.HELD);
		assertThat(ask(this.two, nominal(this.tick.plusSeconds(3)))).isEqualTo(Verdict.GO);
		assertThat(ask(this.two, request(new Tick.Manual(), Duration.ZERO))).isEqualTo(Verdict.GO);
	}

	@Test
	void heldForAtLeastHoldsForCallsByHand() {
		run(this.one, request(new Tick.Nominal(this.tick), Duration.ofSeconds(60)), 1);
		Answer answer = get(this.two.look(request(new Tick.Manual(), Duration.ofSeconds(60))));
		assertThat(answer.verdict()).isEqualTo(Verdict.HELD);
		assertThat(answer.askAgainAt()).isEqualTo(this.tick.plusSeconds(60));
	}

	@Test
	void aCallByHandIsNotTiedToATick() {
		run(this.one, request(new Tick.Manual(), Duration.ZERO), 1);
		run(this.two, request(new Tick.Manual(), Duration.ZERO), 2);
		assertThat(ask(this.two, nominal(this.tick))).isEqualTo(Verdict.GO);
	}

	@Test
	void aRateIsSharedByAllServers() {
		Tick.Rate rate = new Tick.Rate(Duration.ofMinutes(1));
		Answer first = acquire(this.one, request(rate, Duration.ZERO), 1);
		get(this.one.finish(request(rate, Duration.ZERO), 1, RunOutcome.SUCCEEDED, null, null));
		Answer second = get(this.two.look(request(rate, Duration.ZERO)));
		assertThat(second.verdict()).isEqualTo(Verdict.NOT_DUE);
		assertThat(second.askAgainAt()).isEqualTo(first.tick().plus(Duration.ofMinutes(1)));
		assertThat(second.holder()).isEqualTo("one");
	}

	@Test
	void aDelayCountsFromTheEnd() {
		Tick.Delay delay = new Tick.Delay(Duration.ofMinutes(1));
		Answer started = acquire(this.one, request(delay, Duration.ZERO), 1);
		Answer provisional = get(this.two.look(request(delay, Duration.ZERO)));
		assertThat(provisional.verdict()).isEqualTo(Verdict.NOT_DUE);
		assertThat(provisional.askAgainAt()).isEqualTo(started.tick().plus(Duration.ofMinutes(1)));
		awaitAnotherMillisecond(started.tick());
		get(this.one.finish(request(delay, Duration.ZERO), 1, RunOutcome.SUCCEEDED, null, null));
		assertThat(get(this.two.look(request(delay, Duration.ZERO))).askAgainAt())
			.isAfter(started.tick().plus(Duration.ofMinutes(1)));
	}

	/**
	 * Also what becomes of a hold that a clock has written which was ahead of this one.
	 */
	@Test
	void aShorterHoldPullsTheHoldIn() {
		run(this.one, request(new Tick.Manual(), Duration.ofHours(1)), 1);
		LockRequest shorter = request(new Tick.Manual(), Duration.ofMinutes(1));
		Answer first = get(this.two.look(shorter));
		assertThat(first.verdict()).isEqualTo(Verdict.HELD);
		assertThat(first.askAgainAt()).isEqualTo(first.redisTime().plusSeconds(60));
		await().until(() -> get(this.two.look(shorter)).redisTime().isAfter(first.redisTime()));
		// Counted once, and not from each question anew
		assertThat(get(this.two.look(shorter)).askAgainAt()).isEqualTo(first.askAgainAt());
		// A tick is compared with it by its own time, as ever
		Instant held = Instant.ofEpochSecond(first.redisTime().getEpochSecond());
		assertThat(ask(this.two, request(new Tick.Nominal(held), Duration.ofMinutes(1)))).isEqualTo(Verdict.HELD);
		assertThat(ask(this.two, request(new Tick.Nominal(held), Duration.ZERO))).isEqualTo(Verdict.HELD);
		assertThat(acquire(this.two, request(new Tick.Manual(), Duration.ZERO), 2).verdict())
			.isEqualTo(Verdict.STARTED);
	}

	private void awaitAnotherMillisecond(Instant since) {
		while (!get(this.one.look(nominal(this.tick))).redisTime().isAfter(since)) {
			Thread.onSpinWait();
		}
	}

	@Test
	void aShorterIntervalPullsTheDueTimeIn() {
		run(this.one, request(new Tick.Rate(Duration.ofHours(1)), Duration.ZERO), 1);
		Tick.Rate shorter = new Tick.Rate(Duration.ofMinutes(1));
		Answer first = get(this.two.look(request(shorter, Duration.ZERO)));
		assertThat(first.verdict()).isEqualTo(Verdict.NOT_DUE);
		assertThat(first.askAgainAt()).isEqualTo(first.redisTime().plusSeconds(60));
		awaitAnotherMillisecond(first.redisTime());
		// Counted once, and not from each question anew
		assertThat(get(this.two.look(request(shorter, Duration.ZERO))).askAgainAt()).isEqualTo(first.askAgainAt());
	}

	@Test
	void severalIntervalsOfOneJobHaveDueTimesOfTheirOwn() {
		LockRequest often = own(new Tick.Rate(Duration.ofMinutes(1)));
		LockRequest seldom = own(new Tick.Rate(Duration.ofHours(1)));
		LockRequest delayed = own(new Tick.Delay(Duration.ofHours(1)));
		run(this.one, seldom, 1);
		assertThat(ask(this.two, seldom)).isEqualTo(Verdict.NOT_DUE);
		assertThat(ask(this.two, often)).isEqualTo(Verdict.GO);
		assertThat(ask(this.two, delayed)).isEqualTo(Verdict.GO);
	}

	/**
	 * As for a trigger that counts from the last run on its own server.
	 */
	@Test
	void aTickIsNotDueIfItIsNearerToTheOneBeforeThanItsTriggerWaits() {
		Duration distance = Duration.ofMillis(1500);
		run(this.one, request(new Tick.Nominal(this.tick, distance), Duration.ZERO), 1);
		LockRequest near = request(new Tick.Nominal(this.tick.plusMillis(1499), distance), Duration.ZERO);
		Answer answer = get(this.two.look(near));
		assertThat(answer.verdict()).isEqualTo(Verdict.NOT_DUE);
		assertThat(answer.askAgainAt()).isNull();
		assertThat(acquire(this.two, near, 2).verdict()).as("under the lock").isEqualTo(Verdict.NOT_DUE);
		run(this.two, request(new Tick.Nominal(this.tick.plusMillis(1500), distance), Duration.ZERO), 3);
	}

	private LockRequest own(Tick tick) {
		return new LockRequest(this.job, tick, true, LEASE, Duration.ZERO);
	}

	@Test
	void jobsOfAGroupExcludeEachOtherAndKeepTheirTicks() {
		LockRequest first = inGroup("first");
		LockRequest second = inGroup("second");
		assertThat(acquire(this.one, first, 1).verdict()).isEqualTo(Verdict.STARTED);
		assertThat(ask(this.two, first)).as("its own tick").isEqualTo(Verdict.ALREADY_RAN);
		assertThat(ask(this.two, second)).as("held by another job").isEqualTo(Verdict.LOCKED);
		assertThat(acquire(this.two, second, 2).verdict()).isNotEqualTo(Verdict.STARTED);
		// Like the group, and not of it
		assertThat(ask(this.two, nominal(this.tick))).isEqualTo(Verdict.GO);
		assertThat(get(this.one.finish(first, 1, RunOutcome.SUCCEEDED, null, null))).isEqualTo(RunOutcome.SUCCEEDED);
		run(this.two, second, 2);
		assertThat(ask(this.one, first)).isEqualTo(Verdict.ALREADY_RAN);
		assertThat(ask(this.one, second)).isEqualTo(Verdict.ALREADY_RAN);
	}

	private LockRequest inGroup(String name) {
		return new LockRequest(this.job + name, this.job, null, new Tick.Nominal(this.tick), false, LEASE,
				Duration.ZERO);
	}

	@Test
	void aTickThatCrashedIsStartedAgainWithAHigherToken() {
		Answer first = crash(this.one, rerun(this.tick), 1);
		assertThat(first.attempts()).isEqualTo(1);
		Answer go = get(this.two.look(rerun(this.tick)));
		assertThat(go.verdict()).isEqualTo(Verdict.GO);
		assertThat(go.open()).isEqualTo(this.tick);
		Answer second = acquire(this.two, rerun(this.tick), 2);
		assertThat(second.verdict()).isEqualTo(Verdict.STARTED);
		assertThat(second.attempts()).isEqualTo(2);
		assertThat(second.tick()).isEqualTo(this.tick);
		assertThat(second.token()).isGreaterThan(first.token());
		assertThat(get(this.two.acquire(rerun(this.tick), 2, null)).attempts()).as("sent twice").isEqualTo(2);
		// The first one comes to its end after all
		assertThat(get(this.one.finish(rerun(this.tick), 1, RunOutcome.SUCCEEDED, null, null)))
			.isEqualTo(RunOutcome.LOCK_LOST);
		assertThat(renew(this.two, rerun(this.tick), 2)).isEqualTo(Renewal.Verdict.RENEWED);
		assertThat(get(this.one.look(rerun(this.tick))).open()).isEqualTo(this.tick);
		assertThat(get(this.two.finish(rerun(this.tick), 2, RunOutcome.SUCCEEDED, null, null)))
			.isEqualTo(RunOutcome.SUCCEEDED);
		Answer over = get(this.one.look(rerun(this.tick)));
		assertThat(over.verdict()).isEqualTo(Verdict.ALREADY_RAN);
		assertThat(over.askAgainAt()).isNull();
		assertThat(over.open()).isNull();
	}

	@Test
	void aTickThatIsRunningIsLookedAtWhenItsLeaseWouldBeOver() {
		acquire(this.one, rerun(this.tick), 1);
		Answer answer = get(this.two.look(rerun(this.tick)));
		assertThat(answer.verdict()).isEqualTo(Verdict.ALREADY_RAN);
		assertThat(answer.holder()).isEqualTo("one");
		assertThat(answer.askAgainAt()).isBetween(answer.redisTime().plus(LEASE.dividedBy(2)),
				answer.redisTime().plus(LEASE).plusMillis(100));
		assertThat(acquire(this.two, rerun(this.tick), 2).verdict()).isNotEqualTo(Verdict.STARTED);
		assertThat(ask(this.two, rerun(this.tick.plusSeconds(90)))).isEqualTo(Verdict.CLOCK_AHEAD);
	}

	@Test
	void aTickThatEndedIsNotStartedAgainHoweverItEnded() {
		for (RunOutcome outcome : List.of(RunOutcome.SUCCEEDED, RunOutcome.FAILED, RunOutcome.TIMED_OUT)) {
			Instant at = this.tick.minusSeconds(1000 - 100 * outcome.ordinal());
			assertThat(acquire(this.one, rerun(at), outcome.ordinal()).verdict()).isEqualTo(Verdict.STARTED);
			assertThat(get(this.one.finish(rerun(at), outcome.ordinal(), outcome, null, null))).isEqualTo(outcome);
			assertThat(ask(this.two, rerun(at))).isEqualTo(Verdict.ALREADY_RAN);
			assertThat(acquire(this.two, rerun(at), 9).verdict()).isEqualTo(Verdict.ALREADY_RAN);
		}
	}

	@Test
	void aTickWhoseAttemptsAreUsedUpIsGivenUp() {
		for (int i = 1; i <= 3; i++) {
			assertThat(crash((i % 2 == 0) ? this.two : this.one, rerun(this.tick), i).attempts()).isEqualTo(i);
		}
		Answer answer = get(this.two.look(rerun(this.tick)));
		assertThat(answer.verdict()).isEqualTo(Verdict.CRASHED);
		assertThat(answer.attempts()).isEqualTo(3);
		assertThat(acquire(this.one, rerun(this.tick), 4).verdict()).isEqualTo(Verdict.CRASHED);
		// And that start has released the lock
		assertThat(ask(this.one, rerun(this.tick.plusSeconds(60)))).isNotEqualTo(Verdict.LOCKED);
	}

	@Test
	void aNewerTickClosesOneThatCrashed() {
		crash(this.one, rerun(this.tick.minusSeconds(120)), 1);
		LockRequest newer = rerun(this.tick.minusSeconds(60));
		assertThat(acquire(this.two, newer, 2).attempts()).isEqualTo(1);
		assertThat(ask(this.one, rerun(this.tick.minusSeconds(120)))).isEqualTo(Verdict.CRASHED);
		assertThat(get(this.two.finish(newer, 2, RunOutcome.SUCCEEDED, null, null))).isEqualTo(RunOutcome.SUCCEEDED);
		assertThat(acquire(this.one, rerun(this.tick.minusSeconds(120)), 3).verdict()).isEqualTo(Verdict.CRASHED);
		run(this.one, rerun(this.tick), 4);
		assertThat(ask(this.two, newer)).as("one that ended").isEqualTo(Verdict.SUPERSEDED);
	}

	@Test
	void anAbandonedRerunIsNoAttempt() {
		crash(this.one, rerun(this.tick), 1);
		assertThat(acquire(this.two, rerun(this.tick), 2).attempts()).isEqualTo(2);
		get(this.two.abandon(rerun(this.tick), 2));
		Answer go = get(this.one.look(rerun(this.tick)));
		assertThat(go.verdict()).isEqualTo(Verdict.GO);
		assertThat(go.attempts()).isEqualTo(1);
		assertThat(acquire(this.one, rerun(this.tick), 3).attempts()).isEqualTo(2);
	}

	@Test
	void anAbandonedStartLeavesTheOldTickOpen() {
		crash(this.one, rerun(this.tick.minusSeconds(60)), 1);
		acquire(this.two, rerun(this.tick), 2);
		get(this.two.abandon(rerun(this.tick), 2));
		assertThat(acquire(this.one, rerun(this.tick.minusSeconds(60)), 3).attempts()).isEqualTo(2);
	}

	@Test
	void aTickThatWasMissedIsStartedOnce() {
		run(this.one, nominal(this.tick.minusSeconds(120)), 1);
		LockRequest missed = missed(this.tick, Duration.ZERO);
		assertThat(ask(this.two, missed)).isEqualTo(Verdict.GO);
		Answer started = acquire(this.two, missed, 2);
		assertThat(started.verdict()).isEqualTo(Verdict.STARTED);
		assertThat(started.tick()).isEqualTo(this.tick);
		assertThat(get(this.two.finish(missed, 2, RunOutcome.SUCCEEDED, null, null))).isEqualTo(RunOutcome.SUCCEEDED);
		assertThat(ask(this.one, missed)).isEqualTo(Verdict.ALREADY_RAN);
		assertThat(ask(this.one, nominal(this.tick))).as("fired late").isEqualTo(Verdict.ALREADY_RAN);
		assertThat(ask(this.one, missed(this.tick.minusSeconds(60), Duration.ZERO))).isEqualTo(Verdict.SUPERSEDED);
	}

	@Test
	void aJobThatNeverRanHasMissedNothing() {
		assertThat(ask(this.one, missed(this.tick, Duration.ZERO))).isEqualTo(Verdict.ALREADY_RAN);
		assertThat(acquire(this.one, missed(this.tick, Duration.ZERO), 1).verdict()).isEqualTo(Verdict.ALREADY_RAN);
		run(this.one, request(new Tick.Manual(), Duration.ZERO), 2);
		assertThat(ask(this.one, missed(this.tick, Duration.ZERO))).as("by hand").isEqualTo(Verdict.ALREADY_RAN);
	}

	/**
	 * Somebody was there then, and passed the tick over.
	 */
	@Test
	void aTickThatCameDuringARunWasNotMissed() {
		LockRequest older = nominal(this.tick.minusSeconds(120));
		assertThat(acquire(this.one, older, 1).verdict()).isEqualTo(Verdict.STARTED);
		Instant began = get(this.two.look(older)).since();
		assertThat(began).isNotNull();
		LockRequest passedOver = missed(began, Duration.ZERO);
		assertThat(ask(this.two, passedOver)).as("while it runs").isEqualTo(Verdict.STILL_RUNNING);
		assertThat(get(this.one.finish(older, 1, RunOutcome.SUCCEEDED, null, null))).isEqualTo(RunOutcome.SUCCEEDED);
		assertThat(ask(this.two, passedOver)).as("after its end").isEqualTo(Verdict.STILL_RUNNING);
		assertThat(acquire(this.two, passedOver, 2).verdict()).isEqualTo(Verdict.STILL_RUNNING);
		assertThat(ask(this.two, missed(this.tick, Duration.ZERO))).as("it came before").isEqualTo(Verdict.GO);
	}

	@Test
	void aTickThatIsHeldWasNotMissed() {
		Duration held = Duration.ofHours(1);
		run(this.one, request(new Tick.Nominal(this.tick.minusSeconds(120)), held), 1);
		assertThat(ask(this.two, missed(this.tick, held))).isEqualTo(Verdict.HELD);
	}

	/**
	 * Somebody has seen a run of it, and nothing is known of that.
	 */
	@Test
	void aTickThatWasSeenRunningAndIsNotKnownIsNotStartedAgain() {
		LockRequest seen = new LockRequest(this.job, null, null, new Tick.Nominal(this.tick), false, LEASE,
				Duration.ZERO, 3, LockRequest.Purpose.WATCH);
		assertThat(ask(this.one, seen)).isEqualTo(Verdict.ALREADY_RAN);
		assertThat(acquire(this.one, seen, 1).verdict()).isEqualTo(Verdict.ALREADY_RAN);
		crash(this.one, rerun(this.tick), 2);
		assertThat(ask(this.two, seen)).isEqualTo(Verdict.GO);
		assertThat(acquire(this.two, seen, 3).attempts()).isEqualTo(2);
	}

	/**
	 * Somebody has seen it start, and it is known that nothing of it was run.
	 */
	@Test
	void aTickThatWasSeenRunningAndIsGivenBackIsStarted() {
		acquire(this.one, rerun(this.tick), 1);
		LockRequest seen = new LockRequest(this.job, null, null, new Tick.Nominal(this.tick), false, LEASE,
				Duration.ZERO, 3, LockRequest.Purpose.WATCH);
		assertThat(ask(this.two, seen)).isEqualTo(Verdict.ALREADY_RAN);
		get(this.one.abandon(rerun(this.tick), 1));
		assertThat(ask(this.two, seen)).isEqualTo(Verdict.GO);
		Answer started = acquire(this.two, seen, 2);
		assertThat(started.verdict()).isEqualTo(Verdict.STARTED);
		assertThat(started.attempts()).as("the first").isEqualTo(1);
		assertThat(get(this.two.finish(seen, 2, RunOutcome.SUCCEEDED, null, null))).isEqualTo(RunOutcome.SUCCEEDED);
		assertThat(ask(this.one, seen)).isEqualTo(Verdict.ALREADY_RAN);
		assertThat(ask(this.one, rerun(this.tick))).isEqualTo(Verdict.ALREADY_RAN);
	}

	@Test
	void aRunByHandLeavesACrashedTickOpen() {
		LockRequest byHand = request(new Tick.Manual(), Duration.ZERO);
		LockRequest request = new LockRequest(this.job, null, null, new Tick.Nominal(this.tick), false, LEASE,
				Duration.ZERO, 3);
		crash(this.one, request, 1);
		acquire(this.two, byHand, 2);
		Answer inTheWay = get(this.one.look(request));
		assertThat(inTheWay.verdict()).isEqualTo(Verdict.ALREADY_RAN);
		assertThat(inTheWay.askAgainAt()).isAfter(inTheWay.redisTime());
		assertThat(get(this.two.finish(byHand, 2, RunOutcome.SUCCEEDED, null, null))).isEqualTo(RunOutcome.SUCCEEDED);
		assertThat(acquire(this.one, request, 3).attempts()).isEqualTo(2);
	}

	@Test
	void aServerWhoseJobIsNotRunAgainLeavesACrashedTickAlone() {
		crash(this.one, rerun(this.tick), 1);
		assertThat(ask(this.two, nominal(this.tick))).isEqualTo(Verdict.ALREADY_RAN);
		assertThat(acquire(this.two, nominal(this.tick), 2).verdict()).isEqualTo(Verdict.ALREADY_RAN);
		assertThat(ask(this.two, rerun(this.tick))).isEqualTo(Verdict.GO);
	}

}
