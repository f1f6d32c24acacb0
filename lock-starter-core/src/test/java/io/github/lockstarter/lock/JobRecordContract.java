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
import java.util.function.Predicate;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import io.github.lockstarter.JobRun.Trigger;
import io.github.lockstarter.LockUnavailableException;
import io.github.lockstarter.RunOutcome;
import io.github.lockstarter.internal.time.TimeSource;
import io.github.lockstarter.lock.JobRecord.Holder;
import io.github.lockstarter.schedule.Tick;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * What every {@link LockStore} must know of a job, and let operators do with it.
 */
abstract class JobRecordContract extends TwoServers {

	private static final Tick MANUAL = new Tick.Manual();

	JobRecord record() {
		return get(this.two.record(this.job, null, 100));
	}

	private void end(LockStore store, LockRequest request, long owner, RunOutcome outcome, @Nullable String failure) {
		assertThat(get(store.finish(request, owner, outcome, failure, null))).isEqualTo(outcome);
	}

	/**
	 * As if the lease were over, and nobody there any more to write down an end.
	 */
	private void die() {
		Holder holder = record().holder();
		assertThat(holder).isNotNull();
		assertThat(get(this.two.release(this.job, null, holder.owner(), false))).isTrue();
	}

	private LockRequest by(Tick tick) {
		return request(tick, Duration.ZERO);
	}

	private LockRequest second(long plus) {
		return nominal(this.tick.minusSeconds(100).plusSeconds(plus));
	}

	@Test
	void aJobThatNeverRanHasAnEmptyRecord() {
		JobRecord record = record();
		assertThat(record)
			.isEqualTo(new JobRecord(record.redisTime(), null, List.of(), null, 0, null, null, null, null, List.of()));
	}

	@Test
	void aRunIsSeenWhileItRunsAndRememberedWithAllThereIsToKnow() {
		Answer started = acquire(this.one, nominal(this.tick), 1);
		JobRecord during = record();
		assertThat(during.runs()).isEmpty();
		assertThat(during.running()).isEqualTo(new RunRecord(this.tick, started.token(), "one", Trigger.SCHEDULE,
				started.redisTime(), null, RunRecord.State.RUNNING, null));
		assertThat(during.holder()).isNotNull();
		assertThat(during.holder().server()).isEqualTo("one");
		assertThat(during.holder().since()).isEqualTo(started.redisTime());
		end(this.one, nominal(this.tick), 1, RunOutcome.FAILED, "java.io.IOException: disk full");
		JobRecord after = record();
		assertThat(after.running()).isNull();
		assertThat(after.holder()).isNull();
		assertThat(after.runs()).hasSize(1);
		Instant ended = after.runs().get(0).ended();
		assertThat(ended).isBetween(started.redisTime(), after.redisTime());
		assertThat(after.runs()).containsExactly(new RunRecord(this.tick, started.token(), "one", Trigger.SCHEDULE,
				started.redisTime(), ended, RunRecord.State.FAILED, "java.io.IOException: disk full"));
		// Also when it is not the last one any more
		run(this.two, nominal(this.tick.plusSeconds(1)), 2);
		assertThat(record().runs()).hasSize(2).endsWith(after.runs().get(0));
		assertThat(get(this.two.record(this.job, null, 1)).runs()).containsExactly(record().runs().get(0));
		assertThat(get(this.two.record(this.job, null, 0)).runs()).isEmpty();
	}

	@Test
	void everyWayToEndIsRemembered() {
		for (RunOutcome outcome : RunOutcome.values()) {
			acquire(this.one, second(outcome.ordinal()), outcome.ordinal());
			end(this.one, second(outcome.ordinal()), outcome.ordinal(), outcome, null);
		}
		assertThat(record().runs()).extracting(RunRecord::state)
			.containsExactly(RunRecord.State.TIMED_OUT, RunRecord.State.LOCK_LOST, RunRecord.State.FAILED,
					RunRecord.State.SUCCEEDED);
	}

	@Test
	void everyTriggerIsRemembered() {
		run(this.one, second(0), 1);
		run(this.one, by(MANUAL), 2);
		run(this.one, missed(this.tick.minusSeconds(50), Duration.ZERO), 3);
		LockRequest twice = new LockRequest(this.job, null, null, new Tick.Nominal(this.tick), false, LEASE,
				Duration.ZERO, 3);
		crash(this.one, twice, 4);
		run(this.two, twice, 5);
		assertThat(record().runs()).extracting(RunRecord::trigger)
			.containsExactly(Trigger.RERUN, Trigger.SCHEDULE, Trigger.CATCH_UP, Trigger.MANUAL, Trigger.SCHEDULE);
		acquire(this.two, by(MANUAL), 6);
		assertThat(record().running()).isNotNull();
		assertThat(record().running().trigger()).isEqualTo(Trigger.MANUAL);
	}

	@Test
	void onlyTheLastRunsAreRemembered() {
		LockStore few = sameLocks(this.one, settings("few", 3));
		for (int i = 0; i < 5; i++) {
			run(few, second(i), i);
		}
		assertThat(record().runs()).extracting((run) -> run.tick().getEpochSecond() - second0())
			.containsExactly(4L, 3L, 2L);
		// A setting that is lower now
		run(sameLocks(this.one, settings("fewer", 1)), second(5), 5);
		assertThat(record().runs()).extracting((run) -> run.tick().getEpochSecond() - second0()).containsExactly(5L);
	}

	private long second0() {
		return this.tick.minusSeconds(100).getEpochSecond();
	}

	@Test
	void withoutAHistoryTheLastRunIsKnown() {
		LockStore none = sameLocks(this.one, settings("none", 0));
		run(none, second(0), 1);
		acquire(none, second(1), 2);
		end(none, second(1), 2, RunOutcome.FAILED, "why");
		assertThat(record().runs()).singleElement().satisfies((run) -> {
			assertThat(run.state()).isEqualTo(RunRecord.State.FAILED);
			assertThat(run.failure()).isEqualTo("why");
		});
	}

	static LockSettings settings(String server, int historyRuns) {
		return new LockSettings("contract", "test:", server, Duration.ofSeconds(2), Duration.ofMinutes(1), 0,
				Duration.ZERO, historyRuns);
	}

	@Test
	void aRunThatNobodyEndedHasCrashedOnceItsLockIsGone() {
		Answer started = acquire(this.one, second(0), 1);
		assertThat(record().running()).isNotNull();
		assertThat(record().failures()).isZero();
		die();
		RunRecord crashed = new RunRecord(started.tick(), started.token(), "one", Trigger.SCHEDULE, started.redisTime(),
				null, RunRecord.State.CRASHED, null);
		assertThat(record().running()).isNull();
		assertThat(record().runs()).containsExactly(crashed);
		assertThat(record().failures()).isEqualTo(1);
		acquire(this.two, second(1), 2);
		assertThat(record().running()).isNotNull();
		assertThat(record().running().server()).isEqualTo("two");
		assertThat(record().runs()).containsExactly(crashed);
		assertThat(record().failures()).isEqualTo(1);
	}

	@Test
	void aRunWhoseLockWasTakenAwayIsNotCalledCrashed() {
		acquire(this.one, second(0), 1);
		Holder holder = record().holder();
		assertThat(holder).isNotNull();
		assertThat(get(this.two.release(this.job, null, holder.owner(), true))).isTrue();
		assertThat(record().running()).isNull();
		assertThat(record().runs()).extracting(RunRecord::state).containsExactly(RunRecord.State.LOCK_LOST);
		acquire(this.two, second(1), 2);
		assertThat(record().runs()).extracting(RunRecord::state).containsExactly(RunRecord.State.LOCK_LOST);
		assertThat(record().failures()).isEqualTo(1);
		die();
		assertThat(record().runs()).extracting(RunRecord::state)
			.containsExactly(RunRecord.State.CRASHED, RunRecord.State.LOCK_LOST);
	}

	@Test
	void anEndThatIsSentTwiceIsOneRun() {
		acquire(this.one, second(0), 1);
		end(this.one, second(0), 1, RunOutcome.FAILED, "first");
		JobRecord before = record();
		end(this.one, second(0), 1, RunOutcome.FAILED, "second");
		assertThat(record().runs()).isEqualTo(before.runs()).hasSize(1);
		assertThat(record().failures()).isEqualTo(1);
	}

	@Test
	void aStartThatIsSentTwiceEndsNobody() {
		acquire(this.one, second(0), 1);
		die();
		acquire(this.two, second(1), 2);
		assertThat(get(this.two.acquire(second(1), 2, null)).verdict()).isEqualTo(Verdict.STARTED);
		assertThat(record().runs()).hasSize(1);
		assertThat(record().failures()).isEqualTo(1);
		assertThat(record().running()).isNotNull();
	}

	@Test
	void aCrashIsRememberedOnceThoughTheNextStartIsAbandoned() {
		Answer crashed = acquire(this.one, second(0), 1);
		die();
		acquire(this.two, second(1), 2);
		get(this.two.abandon(second(1), 2));
		assertThat(record().running()).isNull();
		assertThat(record().runs()).extracting(RunRecord::token).containsExactly(crashed.token());
		assertThat(record().failures()).as("counted by the start").isEqualTo(1);
		run(this.two, second(1), 3);
		assertThat(record().runs()).extracting(RunRecord::state)
			.containsExactly(RunRecord.State.SUCCEEDED, RunRecord.State.CRASHED);
		acquire(this.one, second(2), 4);
		end(this.one, second(2), 4, RunOutcome.FAILED, null);
		assertThat(record().failures()).isEqualTo(1);
	}

	@Test
	void aLateEndOfARunWithASuccessorIsNotRemembered() {
		Answer first = acquire(this.one, second(0), 1);
		die();
		acquire(this.two, second(1), 2);
		JobRecord before = record();
		assertThat(get(this.one.finish(second(0), 1, RunOutcome.SUCCEEDED, "late", null)))
			.isEqualTo(RunOutcome.LOCK_LOST);
		assertThat(record().runs()).isEqualTo(before.runs());
		assertThat(record().running()).isEqualTo(before.running());
		end(this.two, second(1), 2, RunOutcome.SUCCEEDED, null);
		assertThat(get(this.one.finish(second(0), 1, RunOutcome.SUCCEEDED, "late", null)))
			.isEqualTo(RunOutcome.LOCK_LOST);
		assertThat(record().runs()).extracting(RunRecord::state)
			.containsExactly(RunRecord.State.SUCCEEDED, RunRecord.State.CRASHED);
		assertThat(record().runs().get(1).token()).isEqualTo(first.token());
	}

	@Test
	void aRunThatLostItsLockIsRememberedAsThat() {
		acquire(this.one, second(0), 1);
		die();
		assertThat(get(this.one.finish(second(0), 1, RunOutcome.SUCCEEDED, null, null)))
			.isEqualTo(RunOutcome.LOCK_LOST);
		assertThat(record().runs()).singleElement()
			.satisfies((run) -> assertThat(run.state()).isEqualTo(RunRecord.State.LOCK_LOST));
		assertThat(record().failures()).isEqualTo(1);
		run(this.two, second(1), 2);
		assertThat(record().runs()).extracting(RunRecord::state)
			.containsExactly(RunRecord.State.SUCCEEDED, RunRecord.State.LOCK_LOST);
	}

	@Test
	void failuresAreCountedUntilTheNextSuccess() {
		run(this.one, second(0), 1);
		Instant succeeded = record().runs().get(0).ended();
		assertThat(record().succeeded()).isEqualTo(succeeded).isNotNull();
		for (int i = 1; i <= 3; i++) {
			acquire(this.two, second(i), 10 + i);
			end(this.two, second(i), 10 + i, (i == 2) ? RunOutcome.TIMED_OUT : RunOutcome.FAILED, null);
			assertThat(record().failures()).isEqualTo(i);
		}
		assertThat(record().succeeded()).isEqualTo(succeeded);
		run(this.one, second(4), 4);
		assertThat(record().failures()).isZero();
		assertThat(record().succeeded()).isEqualTo(record().runs().get(0).ended());
	}

	@Test
	void jobsOfAGroupHaveRecordsOfTheirOwn() {
		LockRequest first = new LockRequest(this.job + "-1", this.job, null, new Tick.Nominal(this.tick), false, LEASE,
				Duration.ZERO);
		Answer started = acquire(this.one, first, 1);
		JobRecord other = get(this.two.record(this.job + "-2", this.job, 10));
		assertThat(other.running()).isNull();
		assertThat(other.runs()).isEmpty();
		assertThat(other.holder()).isNotNull();
		assertThat(other.holder().server()).isNull();
		end(this.one, first, 1, RunOutcome.SUCCEEDED, null);
		assertThat(get(this.two.record(this.job + "-1", this.job, 10)).runs()).extracting(RunRecord::token)
			.containsExactly(started.token());
		assertThat(get(this.two.record(this.job + "-2", this.job, 10)).runs()).isEmpty();
		assertThat(record().runs()).isEmpty();
	}

	@Test
	void aJobThatIsPausedRunsNoTickOfItsSchedule() {
		run(this.one, second(0), 1);
		assertThat(get(this.one.pause(this.job, null, true))).isTrue();
		assertThat(get(this.two.pause(this.job, null, true))).isFalse();
		assertThat(record().pausedSince()).isBetween(record().runs().get(0).ended(), record().redisTime());
		LockRequest seen = new LockRequest(this.job, null, null, new Tick.Nominal(this.tick), false, LEASE,
				Duration.ZERO, 3, LockRequest.Purpose.WATCH);
		for (LockRequest refused : List.of(nominal(this.tick), missed(this.tick, Duration.ZERO), seen,
				by(new Tick.Rate(Duration.ofMinutes(1))), by(new Tick.Delay(Duration.ofMinutes(1))))) {
			Answer answer = get(this.two.look(refused));
			assertThat(answer.verdict()).as("%s", refused).isEqualTo(Verdict.PAUSED);
			assertThat(answer.askAgainAt()).isNull();
			assertThat(acquire(this.one, refused, 2).verdict()).as("%s", refused).isEqualTo(Verdict.PAUSED);
		}
		assertThat(ask(this.two, second(0))).as("it has run").isEqualTo(Verdict.ALREADY_RAN);
		// A start that is refused has released the lock
		assertThat(ask(this.two, by(MANUAL))).isEqualTo(Verdict.GO);
		run(this.two, by(MANUAL), 3);
		assertThat(ask(this.one, nominal(this.tick.plusSeconds(1)))).isEqualTo(Verdict.PAUSED);
		assertThat(record().pausedSince()).isNotNull();
	}

	@Test
	void aPauseEndsNoRun() {
		acquire(this.one, second(0), 1);
		get(this.two.pause(this.job, null, true));
		assertThat(renew(this.one, second(0), 1)).isEqualTo(Renewal.Verdict.RENEWED);
		end(this.one, second(0), 1, RunOutcome.SUCCEEDED, null);
		assertThat(record().pausedSince()).isNotNull();
	}

	@Test
	void aTickThatWasRefusedIsNotRunWhenTheJobIsResumed() {
		run(this.one, second(0), 1);
		get(this.one.pause(this.job, null, true));
		// A moment ahead, as by a timer that is early
		Instant refused = get(this.two.look(second(0))).redisTime().plusMillis(80);
		assertThat(ask(this.one, nominal(refused))).isEqualTo(Verdict.PAUSED);
		assertThat(get(this.two.pause(this.job, null, false))).isTrue();
		assertThat(get(this.two.pause(this.job, null, false))).isFalse();
		assertThat(record().pausedSince()).isNull();
		assertThat(ask(this.two, nominal(refused))).isEqualTo(Verdict.PAUSED);
		assertThat(acquire(this.two, nominal(refused), 2).verdict()).isEqualTo(Verdict.PAUSED);
		assertThat(ask(this.two, missed(refused, Duration.ZERO))).isEqualTo(Verdict.PAUSED);
		run(this.one, nominal(refused.plusMillis(1)), 3);
	}

	/**
	 * Nobody was there to ask for it. And what was missed is not run now instead.
	 */
	@Test
	void aTickThatCameDuringThePauseIsNotRunWhenTheJobIsResumed() {
		run(this.one, second(0), 1);
		get(this.one.pause(this.job, null, true));
		get(this.one.pause(this.job, null, false));
		assertThat(ask(this.two, nominal(this.tick))).isEqualTo(Verdict.PAUSED);
		assertThat(acquire(this.two, missed(this.tick, Duration.ZERO), 2).verdict()).isEqualTo(Verdict.PAUSED);
		run(this.two, nominal(get(this.two.look(second(0))).redisTime()), 3);
	}

	@Test
	void aRateAndADelayGoOnWhenTheJobIsResumed() {
		get(this.one.pause(this.job, null, true));
		get(this.one.pause(this.job, null, false));
		run(this.one, by(new Tick.Rate(Duration.ofMillis(1))), 1);
		run(this.two, by(MANUAL), 2);
	}

	@Test
	void aCrashedTickIsNotRunAgainWhileTheJobIsPausedNorAfterwards() {
		crash(this.one, rerun(this.tick), 1);
		get(this.one.pause(this.job, null, true));
		assertThat(ask(this.two, rerun(this.tick))).isEqualTo(Verdict.PAUSED);
		assertThat(acquire(this.two, rerun(this.tick), 2).verdict()).isEqualTo(Verdict.PAUSED);
		get(this.one.pause(this.job, null, false));
		assertThat(ask(this.two, rerun(this.tick))).isEqualTo(Verdict.PAUSED);
	}

	/**
	 * Nobody has asked for it while the job was paused.
	 */
	@Test
	void aTickThatCrashesAfterThePauseIsRunAgain() {
		acquire(this.one, rerun(this.tick), 1);
		get(this.one.pause(this.job, null, true));
		assertThat(ask(this.two, rerun(this.tick))).as("it runs").isEqualTo(Verdict.ALREADY_RAN);
		get(this.one.pause(this.job, null, false));
		die();
		assertThat(acquire(this.two, rerun(this.tick), 2).attempts()).isEqualTo(2);
	}

	private JobLocks locks(LockStore store) {
		return new JobLocks(store, settings("operator"), TimeSource.system());
	}

	@Test
	void aLockWhoseHolderIsAliveIsNotReleased() {
		Answer started = acquire(this.one, nominal(this.tick), 1);
		LockRelease release = locks(this.two).release(this.job, null, false, (holder) -> "one".equals(holder.server()));
		assertThat(release).isInstanceOfSatisfying(LockRelease.Refused.class, (refused) -> {
			assertThat(refused.holder().server()).isEqualTo("one");
			assertThat(refused.holder().since()).isEqualTo(started.redisTime());
		});
		assertThat(renew(this.one, nominal(this.tick), 1)).isEqualTo(Renewal.Verdict.RENEWED);
	}

	@Test
	void aLockWhoseHolderIsGoneIsReleased() {
		acquire(this.one, nominal(this.tick), 1);
		LockRelease release = locks(this.two).release(this.job, null, false, (holder) -> false);
		assertThat(release).isInstanceOfSatisfying(LockRelease.Released.class, (released) -> {
			assertThat(released.holder()).isNotNull();
			assertThat(released.holder().server()).isEqualTo("one");
			assertThat(released.wrongKeys()).isEmpty();
		});
		run(this.two, nominal(this.tick.plusSeconds(1)), 2);
	}

	@Test
	void withForceTheLockOfALiveHolderIsReleasedAndItsRunIsLost() {
		acquire(this.one, nominal(this.tick), 1);
		LockRequest next = nominal(this.tick.plusSeconds(1));
		assertThat(acquire(this.two, next, 2).verdict()).isNotEqualTo(Verdict.STARTED);
		assertThat(locks(this.two).release(this.job, null, true, (holder) -> true))
			.isInstanceOf(LockRelease.Released.class);
		assertThat(renew(this.one, nominal(this.tick), 1)).isEqualTo(Renewal.Verdict.LOST);
		run(this.two, next, 3);
		assertThat(get(this.one.finish(nominal(this.tick), 1, RunOutcome.SUCCEEDED, null, null)))
			.isEqualTo(RunOutcome.LOCK_LOST);
	}

	@Test
	void withForceALockIsReleasedWhereNobodyKnowsOfTheServers() {
		acquire(this.one, nominal(this.tick), 1);
		Predicate<JobRecord.Holder> nobodyKnows = (holder) -> {
			throw new LockUnavailableException("no answer");
		};
		assertThatExceptionOfType(LockUnavailableException.class)
			.isThrownBy(() -> locks(this.two).release(this.job, null, false, nobodyKnows));
		assertThat(renew(this.one, nominal(this.tick), 1)).isEqualTo(Renewal.Verdict.RENEWED);
		assertThat(locks(this.two).release(this.job, null, true, nobodyKnows)).isInstanceOf(LockRelease.Released.class);
		assertThat(record().runs()).singleElement().extracting(RunRecord::state).isEqualTo(RunRecord.State.LOCK_LOST);
	}

	@Test
	void aLockThatHasChangedHandsMeanwhileIsNotReleased() {
		acquire(this.one, second(0), 1);
		// Between the look at the lock and its release
		LockRelease release = locks(this.two).release(this.job, null, false, (holder) -> {
			end(this.one, second(0), 1, RunOutcome.SUCCEEDED, null);
			acquire(this.one, second(1), 2);
			return false;
		});
		assertThat(release).isInstanceOf(LockRelease.Refused.class);
		assertThat(renew(this.one, second(1), 2)).isEqualTo(Renewal.Verdict.RENEWED);
	}

	@Test
	void aLockThatIsNobodysIsNotReleased() {
		assertThat(locks(this.two).release(this.job, null, true, (holder) -> true))
			.isEqualTo(new LockRelease.NotLocked());
		run(this.one, nominal(this.tick), 1);
		assertThat(locks(this.two).release(this.job, null, true, (holder) -> true))
			.isEqualTo(new LockRelease.NotLocked());
	}

	@Test
	void aReleaseEndsTheHold() {
		Duration held = Duration.ofHours(1);
		run(this.one, request(MANUAL, held), 1);
		assertThat(ask(this.two, request(MANUAL, held))).isEqualTo(Verdict.HELD);
		assertThat(record().heldUntil()).isAfter(record().redisTime());
		assertThat(locks(this.two).release(this.job, null, false, (holder) -> true))
			.isEqualTo(new LockRelease.Released(null, List.of()));
		assertThat(record().heldUntil()).isNull();
		run(this.two, request(MANUAL, held), 2);
	}

	@Test
	void pausesAndRecordsAreToldToOperators() {
		JobLocks locks = locks(this.one);
		assertThat(locks.pause(this.job, null)).isTrue();
		assertThat(locks.pause(this.job, null)).isFalse();
		assertThat(locks.record(this.job, null, 10).pausedSince()).isNotNull();
		assertThat(locks.resume(this.job, null)).isTrue();
		assertThat(locks.resume(this.job, null)).isFalse();
		assertThat(locks.record(this.job, null, 10).pausedSince()).isNull();
	}

	@Test
	void whatWasThrownIsKeptInAFewWords() {
		String message = "line one\nline two <script>alert('x')</script> " + "x".repeat(10_000);
		RunRecord run = failed(new IllegalStateException(message));
		assertThat(run.failure()).startsWith("java.lang.IllegalStateException: line one\nline two <script>alert('x')")
			.endsWith("x\u2026")
			.hasSize(300);
		assertThat(failed(new IllegalStateException((String) null)).failure())
			.isEqualTo("java.lang.IllegalStateException");
		// A character that is made of two is not cut in the middle
		for (int i = 0; i < 2; i++) {
			String cut = failed(new IllegalStateException("y".repeat(i) + "\ud83d\ude00".repeat(1000))).failure();
			assertThat(cut).endsWith("\ud83d\ude00\u2026").hasSizeBetween(299, 300);
		}
		assertThat(failed(new Unspeakable()).failure()).isEqualTo(Unspeakable.class.getName());
		assertThat(failed(new Unlinked()).failure()).isEqualTo(Unlinked.class.getName());
	}

	private RunRecord failed(Throwable failure) {
		Claim claim = locks(this.one).claim(by(MANUAL)).join();
		assertThat(claim).isInstanceOf(Claim.Granted.class);
		assertThat(((Claim.Granted) claim).lock().finish(RunOutcome.FAILED, failure).join())
			.isEqualTo(RunOutcome.FAILED);
		return record().runs().get(0);
	}

	@Test
	void aJobMayHaveAnyName() {
		String name = "<script>alert(1)</script>\"'{{x}} %\u00e4\u20ac\n" + UUID.randomUUID();
		LockRequest request = new LockRequest(name, name, null, new Tick.Nominal(this.tick), false, LEASE,
				Duration.ZERO);
		run(this.one, request, 1);
		assertThat(get(this.two.record(name, name, 10)).runs()).hasSize(1);
		assertThat(get(this.two.pause(name, name, true))).isTrue();
		assertThat(get(this.two.record(name, name, 10)).pausedSince()).isNotNull();
		assertThat(get(this.two.pause(name, name, false))).isTrue();
		acquire(this.one, new LockRequest(name, name, null, MANUAL, false, LEASE, Duration.ZERO), 2);
		assertThat(locks(this.two).release(name, name, true, (holder) -> true))
			.isInstanceOf(LockRelease.Released.class);
	}

	/**
	 * Its message cannot be had.
	 */
	private static final class Unspeakable extends RuntimeException {

		private static final long serialVersionUID = 1L;

		@Override
		public String getMessage() {
			throw new IllegalStateException("no message");
		}

	}

	/**
	 * An exception whose message needs a class that is not there.
	 */
	private static final class Unlinked extends RuntimeException {

		private static final long serialVersionUID = 1L;

		@Override
		public String getMessage() {
			throw new NoClassDefFoundError("of the message");
		}

	}

}
