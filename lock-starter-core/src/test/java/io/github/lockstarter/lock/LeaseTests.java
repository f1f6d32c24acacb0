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
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.Supplier;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import io.github.lockstarter.internal.time.ServerThreads;
import io.github.lockstarter.internal.time.TimeSource;
import io.github.lockstarter.internal.time.VirtualMachine;
import io.github.lockstarter.internal.time.VirtualTime;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * When trust ends, in virtual time. The answers to renewals are given by hand; that they
 * are those of Redis is tested elsewhere.
 */
class LeaseTests {

	private static final Duration LENGTH = Duration.ofSeconds(30);

	/** Of such a lease, counted from when it was asked for. */
	private static final Duration TRUST = Duration.ofMillis(28_500);

	private static final Duration TICK = Duration.ofMillis(1);

	private static final Instant REDIS_TIME = Instant.ofEpochSecond(1_785_632_400);

	private static final CompletableFuture<Renewal> RENEWED = CompletableFuture
		.completedFuture(new Renewal(Renewal.Verdict.RENEWED, REDIS_TIME));

	private static final CompletableFuture<Renewal> LOST = CompletableFuture
		.completedFuture(new Renewal(Renewal.Verdict.LOST, REDIS_TIME));

	private final VirtualTime time = new VirtualTime(REDIS_TIME, 1);

	private final VirtualMachine machine = new VirtualMachine(this.time, "server");

	private final LeaseKeeper keeper = new LeaseKeeper(new ServerThreads(this.machine, "test"));

	private final List<String> losses = new ArrayList<>();

	/** When each renewal was sent, after the beginning. */
	private final List<Duration> renewals = new ArrayList<>();

	@AfterEach
	void close() {
		this.keeper.close();
		this.time.close();
	}

	private Duration passed() {
		return Duration.ofNanos(this.time.nanos());
	}

	private Lease lease(Supplier<CompletableFuture<Renewal>> renewal) {
		return lease(Lease.Moment.now(this.machine), (giveUpAt) -> renewal.get());
	}

	private Lease lease(Lease.Moment sent, Function<Instant, CompletableFuture<Renewal>> renewal) {
		return new Lease("test", LENGTH, sent, REDIS_TIME, (giveUpAt) -> {
			this.renewals.add(passed());
			return renewal.apply(giveUpAt);
		}, this.keeper);
	}

	/**
	 * What was sent this long ago.
	 */
	private Lease.Moment ago(Duration duration) {
		Lease.Moment now = Lease.Moment.now(this.machine);
		return new Lease.Moment(now.monotonic() - duration.toNanos(), now.wall() - duration.toNanos());
	}

	@Test
	void aRenewedLeaseIsTrustedForLongerThanItsLength() {
		Lease lease = lease(() -> RENEWED);
		lease.keep(this.losses::add);
		this.time.pass(LENGTH.multipliedBy(2).minus(TICK));
		assertThat(this.renewals).as("at each third of it")
			.containsExactly(Duration.ofSeconds(10), Duration.ofSeconds(20), Duration.ofSeconds(30),
					Duration.ofSeconds(40), Duration.ofSeconds(50));
		assertThat(lease.isTrusted()).isTrue();
		assertThat(lease.end()).isTrue();
		assertThat(this.losses).isEmpty();
	}

	/**
	 * The run is told while the lock is still there: before another server could get it.
	 */
	@Test
	void trustEndsBeforeTheLeaseWhenNothingAnswers() {
		Lease lease = lease(CompletableFuture::new);
		lease.keep((cause) -> this.losses.add(passed() + " " + cause));
		this.time.pass(TRUST.minus(TICK));
		assertThat(lease.isTrusted()).isTrue();
		assertThat(this.losses).isEmpty();
		this.time.pass(LENGTH);
		assertThat(this.losses).containsExactly(TRUST + " Redis did not confirm the lease in time");
		assertThat(lease.isTrusted()).isFalse();
		assertThat(lease.end()).isFalse();
		assertThat(this.losses).hasSize(1);
	}

	/**
	 * The start was answered after two thirds of the lease: what is left is less than the
	 * pause between two renewals.
	 */
	@Test
	void aLeaseWhoseStartWasAnsweredLateIsRenewedAtOnce() {
		Lease lease = lease(ago(LENGTH.multipliedBy(2).dividedBy(3)), (giveUpAt) -> RENEWED);
		lease.keep(this.losses::add);
		this.time.pass(TICK);
		assertThat(this.renewals).containsExactly(Duration.ZERO);
		assertThat(lease.isTrusted()).isTrue();
		assertThat(lease.end()).isTrue();
		assertThat(this.losses).isEmpty();
	}

	@Test
	void aFailedRenewalIsTriedAgain() {
		Lease lease = lease(() -> (this.renewals.size() < 3)
				? CompletableFuture.failedFuture(new IllegalStateException()) : RENEWED);
		lease.keep(this.losses::add);
		this.time.pass(LENGTH);
		assertThat(this.renewals).as("after a second, and from then on as before")
			.containsExactly(Duration.ofSeconds(10), Duration.ofSeconds(11), Duration.ofSeconds(12),
					Duration.ofSeconds(22));
		assertThat(lease.isTrusted()).isTrue();
		assertThat(this.losses).isEmpty();
		lease.end();
	}

	@Test
	void eachFailedRenewalIsTold() {
		List<String> failures = new ArrayList<>();
		Lease lease = lease(() -> (this.renewals.size() < 3)
				? CompletableFuture.failedFuture(new IllegalStateException("no answer")) : RENEWED);
		lease.keep(this.losses::add, failures::add);
		this.time.pass(LENGTH);
		assertThat(this.renewals).hasSizeGreaterThan(3);
		assertThat(failures).containsExactly("IllegalStateException: no answer", "IllegalStateException: no answer");
		assertThat(this.losses).isEmpty();
		lease.end();
	}

	/**
	 * It has one thread, however many renewals fail, and delays nothing.
	 */
	@Test
	void aListenerThatHangsDelaysNeitherTheNextRenewalNorTheLoss() {
		CompletableFuture<Void> release = new CompletableFuture<>();
		List<Duration> told = new ArrayList<>();
		Lease lease = lease(() -> CompletableFuture.failedFuture(new IllegalStateException("no answer")));
		lease.keep((cause) -> this.losses.add(passed() + " " + cause), (cause) -> {
			told.add(passed());
			hang(release);
			throw new IllegalStateException("a callback that fails");
		});
		this.time.pass(LENGTH);
		assertThat(this.losses).containsExactly(TRUST + " Redis did not confirm the lease in time");
		assertThat(this.renewals).hasSize(19);
		assertThat(told).as("told one after the other").hasSize(1);
		release.complete(null);
		this.time.pass(TICK);
		assertThat(told).hasSize(19);
	}

	private void hang(CompletableFuture<?> release) {
		try {
			this.machine.await(release, TimeSource.FOREVER);
		}
		catch (InterruptedException | ExecutionException | TimeoutException ex) {
			throw new IllegalStateException(ex);
		}
	}

	@Test
	void aRenewalThatThrowsIsTriedAgain() {
		Lease lease = lease(() -> {
			if (this.renewals.size() < 3) {
				throw new IllegalStateException("shut down");
			}
			return RENEWED;
		});
		lease.keep(this.losses::add);
		this.time.pass(LENGTH);
		assertThat(this.renewals).hasSize(4);
		assertThat(lease.isTrusted()).isTrue();
		assertThat(this.losses).isEmpty();
		lease.end();
	}

	@Test
	void aLockThatIsNotOursIsLostAtOnce() {
		Lease lease = lease(() -> LOST);
		lease.keep((cause) -> this.losses.add(passed() + " " + cause));
		this.time.pass(LENGTH);
		assertThat(this.losses).containsExactly("PT10S Redis says that the lock is not held any more");
		assertThat(this.renewals).hasSize(1);
		assertThat(lease.isTrusted()).isFalse();
	}

	@Test
	void anAnswerThatComesAfterTrustHasEndedChangesNothing() {
		CompletableFuture<Renewal> late = new CompletableFuture<>();
		Lease lease = lease(() -> late.copy());
		lease.keep(this.losses::add);
		this.time.pass(TRUST.plus(TICK));
		assertThat(this.losses).hasSize(1);
		late.complete(RENEWED.join());
		this.time.pass(TICK);
		assertThat(lease.isTrusted()).isFalse();
		assertThat(this.losses).hasSize(1);
	}

	/**
	 * A process that was frozen: the lease began long ago, and no timer has run since.
	 */
	@Test
	void trustIsComputedFromTheClockAndNotFromATimer() {
		Lease lease = lease(ago(TRUST), (giveUpAt) -> RENEWED);
		assertThat(lease.isTrusted()).isFalse();
		assertThat(lease.end()).isFalse();
	}

	/**
	 * Its timers do not run while it is frozen, and its clocks do.
	 */
	@Test
	void aFrozenMachineTrustsNothingWhenItGoesOn() {
		Lease lease = lease(() -> RENEWED);
		lease.keep((cause) -> this.losses.add(passed() + " " + cause));
		this.time.pass(Duration.ofSeconds(15));
		this.machine.standStill(LENGTH);
		this.time.pass(LENGTH.minus(TICK));
		assertThat(this.losses).isEmpty();
		assertThat(lease.isTrusted()).as("looked at before any timer has run").isFalse();
		this.time.pass(TICK.multipliedBy(2));
		assertThat(this.losses).containsExactly("PT45S Redis did not confirm the lease in time");
		assertThat(this.renewals).hasSize(1);
	}

	@Test
	void aMachineThatWasSuspendedAsksRedis() {
		List<CompletableFuture<Renewal>> answer = new ArrayList<>(List.of(RENEWED));
		Lease lease = lease(() -> answer.get(0));
		lease.keep(this.losses::add);
		assertThat(lease.isTrusted()).isTrue();
		assertThat(this.renewals).as("nothing has jumped").isEmpty();
		// A clock that was set, or a suspended machine whose lock is still there
		this.machine.setClock(Duration.ofMinutes(2));
		assertThat(lease.isTrusted()).isTrue();
		assertThat(lease.isTrusted()).isTrue();
		assertThat(this.renewals).as("asked once, and that settled it").hasSize(1);
		// Set back: no lease is longer for that
		this.machine.setClock(Duration.ofHours(-1));
		assertThat(lease.isTrusted()).isTrue();
		this.machine.setClock(Duration.ofHours(1));
		answer.set(0, CompletableFuture.failedFuture(new IllegalStateException("no answer")));
		assertThat(lease.isTrusted()).as("in doubt it is not trusted").isFalse();
		assertThat(this.losses).as("and not lost either").isEmpty();
		answer.set(0, LOST);
		assertThat(lease.isTrusted()).isFalse();
		this.time.pass(TICK);
		assertThat(this.losses).hasSize(1);
	}

	/**
	 * The machine is closed like a laptop: both its threads and its monotonic clock stand
	 * still, and Redis's clock does not.
	 */
	@Test
	void aMachineThatIsSuspendedForANightAsksRedisBeforeItTrusts() {
		Lease lease = lease(() -> LOST);
		lease.keep(this.losses::add);
		this.machine.suspend(Duration.ofHours(8));
		this.time.pass(Duration.ofHours(8));
		assertThat(lease.isTrusted()).isFalse();
		assertThat(this.renewals).as("asked").containsExactly(Duration.ofHours(8));
		this.time.pass(TICK);
		assertThat(this.losses).containsExactly("Redis says that the lock is not held any more");
	}

	/**
	 * A machine is suspended for longer than the lease, and its clock is set back.
	 */
	@Test
	void aClockThatIsSetBackHidesNoSuspension() {
		Lease lease = lease(() -> LOST);
		this.machine.setClock(Duration.ofHours(-1));
		assertThat(lease.isTrusted()).isFalse();
		assertThat(this.renewals).as("asked").hasSize(1);
	}

	/**
	 * A suspension that was seen is not forgotten when the clock is set back by as much
	 * before Redis has answered.
	 */
	@ParameterizedTest
	@EnumSource
	void aSuspensionThatWasSeenIsForgottenOnlyWhenRedisConfirmsTheLock(Sees sees) {
		AtomicReference<CompletableFuture<Renewal>> answer = new AtomicReference<>(new CompletableFuture<>());
		Lease lease = lease(answer::get);
		lease.keep(this.losses::add);
		this.time.pass(Duration.ofSeconds(5));
		this.machine.suspend(LENGTH);
		this.time.pass(LENGTH);
		if (sees == Sees.RUN) {
			this.machine.execute(() -> assertThat(lease.isTrusted()).isFalse());
		}
		// The run waits for Redis for two seconds, and the renewal is due in five
		this.time.pass(Duration.ofSeconds(6));
		this.machine.setClock(LENGTH.negated());
		assertThat(this.renewals).isNotEmpty();
		this.machine.execute(() -> assertThat(lease.isTrusted()).isFalse());
		this.time.pass(Duration.ofSeconds(3));
		answer.set(RENEWED);
		assertThat(lease.isTrusted()).isTrue();
		assertThat(this.losses).isEmpty();
	}

	/** What sees a suspension. */
	private enum Sees {

		RUN, RENEWAL

	}

	/**
	 * The reply was in the buffer when the machine was suspended.
	 */
	@Test
	void aSuspensionBetweenACommandAndItsReplyIsNoticed() {
		CompletableFuture<Renewal> first = new CompletableFuture<>();
		Lease lease = lease(() -> (this.renewals.size() == 1) ? first : LOST);
		lease.keep(this.losses::add);
		this.time.pass(Duration.ofSeconds(11));
		assertThat(this.renewals).hasSize(1);
		this.machine.suspend(Duration.ofHours(1));
		this.time.pass(Duration.ofHours(1));
		first.complete(RENEWED.join());
		assertThat(lease.isTrusted()).isFalse();
		assertThat(this.renewals).hasSize(2);
	}

	/**
	 * A renewal that waits somewhere on its way must not take effect after the lock was
	 * given up, so it says when that is.
	 */
	@Test
	void aRenewalSaysWhenItIsTooLate() {
		Instant later = REDIS_TIME.plusSeconds(3600);
		List<Instant> limits = new ArrayList<>();
		// The answer to the start was on its way for a second
		Lease lease = lease(ago(Duration.ofSeconds(1)), (giveUpAt) -> {
			limits.add(giveUpAt);
			return CompletableFuture.completedFuture(new Renewal(Renewal.Verdict.RENEWED, later));
		});
		lease.keep(this.losses::add);
		this.time.pass(LENGTH.multipliedBy(2).dividedBy(3));
		lease.end();
		assertThat(limits).containsExactly(REDIS_TIME.plus(TRUST).minusSeconds(1), later.plus(TRUST));
	}

	/**
	 * Redis's clock has jumped forwards: the holder is still there and learns the new
	 * time from the refusal.
	 */
	@Test
	void aClockOfRedisThatJumpsLosesNoLock() {
		List<Instant> redisTime = new ArrayList<>(List.of(REDIS_TIME.plusSeconds(3600)));
		List<Renewal.Verdict> verdicts = new ArrayList<>();
		Lease lease = lease(Lease.Moment.now(this.machine), (giveUpAt) -> {
			Instant now = redisTime.get(0);
			Renewal.Verdict verdict = now.isAfter(giveUpAt) ? Renewal.Verdict.TOO_LATE : Renewal.Verdict.RENEWED;
			verdicts.add(verdict);
			return CompletableFuture.completedFuture(new Renewal(verdict, now));
		});
		lease.keep(this.losses::add);
		this.time.pass(Duration.ofSeconds(25));
		redisTime.set(0, REDIS_TIME.plusSeconds(7200));
		this.time.pass(Duration.ofSeconds(20));
		assertThat(verdicts).containsExactly(Renewal.Verdict.TOO_LATE, Renewal.Verdict.RENEWED, Renewal.Verdict.RENEWED,
				Renewal.Verdict.TOO_LATE, Renewal.Verdict.RENEWED, Renewal.Verdict.RENEWED);
		assertThat(lease.isTrusted()).isTrue();
		assertThat(this.losses).isEmpty();
		lease.end();
	}

	@Test
	void oneLossThatBlocksDoesNotDelayAnother() {
		lease(CompletableFuture::new).keep((cause) -> hang(new CompletableFuture<>()));
		lease(CompletableFuture::new).keep((cause) -> {
			throw new IllegalStateException("a callback that fails");
		});
		lease(CompletableFuture::new).keep((cause) -> this.losses.add(passed() + " " + cause));
		this.time.pass(LENGTH);
		assertThat(this.losses).containsExactly(TRUST + " Redis did not confirm the lease in time");
	}

	@Test
	void anEndedLeaseIsNotRenewed() {
		Lease lease = lease(() -> RENEWED);
		lease.keep(this.losses::add);
		this.time.pass(Duration.ofSeconds(15));
		assertThat(this.renewals).hasSize(1);
		assertThat(lease.end()).isTrue();
		this.time.pass(LENGTH.multipliedBy(2));
		assertThat(this.renewals).hasSize(1);
		assertThat(this.losses).isEmpty();
	}

	@Test
	void theMarginGrowsWithTheLease() {
		assertThat(Lease.margin(Duration.ofSeconds(60))).isEqualTo(Duration.ofSeconds(3));
		assertThat(Lease.margin(Duration.ofSeconds(1))).isEqualTo(Duration.ofMillis(100));
	}

	/**
	 * What a thread may wait for Redis is compared with what is trusted.
	 */
	@Test
	void aLeaseThatIsLongEnoughIsTrustedForThatLong() {
		for (long millis : new long[] { 1, 100, 1000, 1899, 1900, 1901, 2000, 3000, 60_000, 86_400_000 }) {
			Duration wait = Duration.ofMillis(millis);
			Duration length = Lease.longEnough(wait);
			assertThat(length.minus(Lease.margin(length))).isGreaterThanOrEqualTo(wait);
			Duration shorter = length.minusMillis(1);
			assertThat(shorter.minus(Lease.margin(shorter))).isLessThan(wait);
		}
	}

	/**
	 * As when a server has closed its locks, and a method still runs.
	 */
	@Test
	void aRunIsToldAfterItsKeeperWasClosed() {
		Lease lease = lease(() -> RENEWED);
		lease.keep((cause) -> this.losses.add(passed() + " " + cause));
		this.time.pass(Duration.ofSeconds(15));
		assertThat(this.renewals).hasSize(1);
		this.keeper.close();
		this.time.pass(LENGTH);
		assertThat(this.renewals).hasSize(1);
		assertThat(this.losses).containsExactly("PT38.5S Redis did not confirm the lease in time");
		assertThat(lease.isTrusted()).isFalse();
	}

}
