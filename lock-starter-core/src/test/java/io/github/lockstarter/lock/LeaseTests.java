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

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import io.github.lockstarter.fixture.TestTime;
import io.github.lockstarter.internal.time.ServerThreads;
import io.github.lockstarter.internal.time.TimeSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * When trust ends. The answers to renewals are given by hand; that they are those of
 * Redis is tested elsewhere.
 */
class LeaseTests {

	/** Long enough for a machine that stands still for a second. */
	private static final Duration LENGTH = Duration.ofMillis(3600);

	private static final Instant REDIS_TIME = Instant.ofEpochSecond(1_785_632_400);

	private static final CompletableFuture<Renewal> RENEWED = CompletableFuture
		.completedFuture(new Renewal(Renewal.Verdict.RENEWED, REDIS_TIME));

	private static final CompletableFuture<Renewal> LOST = CompletableFuture
		.completedFuture(new Renewal(Renewal.Verdict.LOST, REDIS_TIME));

	private final LeaseKeeper keeper = new LeaseKeeper(new ServerThreads(TimeSource.system(), "test"));

	private final Queue<String> losses = new ConcurrentLinkedQueue<>();

	private final AtomicInteger renewals = new AtomicInteger();

	@AfterEach
	void close() {
		this.keeper.close();
	}

	private static LeaseKeeper keeper(AtomicLong wallClock) {
		return new LeaseKeeper(new ServerThreads(TestTime.with(new Clock() {

			@Override
			public Instant instant() {
				return Instant.EPOCH.plusNanos(wallClock.get());
			}

			@Override
			public ZoneId getZone() {
				return ZoneOffset.UTC;
			}

			@Override
			public Clock withZone(ZoneId zone) {
				return this;
			}

		}), "test"));
	}

	private Lease lease(Supplier<CompletableFuture<Renewal>> renewal) {
		return lease(LENGTH, renewal);
	}

	private Lease lease(Duration length, Supplier<CompletableFuture<Renewal>> renewal) {
		return new Lease("test", length, Lease.Moment.now(TimeSource.system()), REDIS_TIME, (giveUpAt) -> {
			this.renewals.incrementAndGet();
			return renewal.get();
		}, this.keeper);
	}

	@Test
	void aRenewedLeaseIsTrustedForLongerThanItsLength() {
		Lease lease = lease(() -> RENEWED);
		lease.keep(this.losses::add);
		await().until(() -> this.renewals.get() >= 5);
		assertThat(lease.isTrusted()).isTrue();
		assertThat(lease.end()).isTrue();
		assertThat(this.losses).isEmpty();
	}

	@Test
	void trustEndsBeforeTheLeaseWhenNothingAnswers() {
		AtomicLong lostAt = new AtomicLong();
		// The margin is what a busy machine may need to tell
		Duration length = Duration.ofSeconds(8);
		long start = System.nanoTime();
		Lease lease = lease(length, CompletableFuture::new);
		lease.keep((cause) -> {
			lostAt.set(System.nanoTime());
			this.losses.add(cause);
		});
		await().until(() -> !this.losses.isEmpty());
		// Told while the lock is still there: before another server could get it
		assertThat(Duration.ofNanos(lostAt.get() - start)).isLessThan(length)
			.isGreaterThanOrEqualTo(length.minus(Lease.margin(length)));
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
		Duration length = Duration.ofMinutes(10);
		Lease lease = new Lease("test", length,
				new Lease.Moment(System.nanoTime() - length.toNanos() * 2 / 3, Lease.Moment.wall(TimeSource.system())),
				REDIS_TIME, (giveUpAt) -> {
					this.renewals.incrementAndGet();
					return RENEWED;
				}, this.keeper);
		lease.keep(this.losses::add);
		await().until(() -> this.renewals.get() == 1);
		assertThat(lease.isTrusted()).isTrue();
		assertThat(lease.end()).isTrue();
		assertThat(this.losses).isEmpty();
	}

	@Test
	void aFailedRenewalIsTriedAgain() {
		Lease lease = lease(() -> (this.renewals.get() < 3)
				? CompletableFuture.failedFuture(new IllegalStateException()) : RENEWED);
		lease.keep(this.losses::add);
		await().until(() -> this.renewals.get() >= 6);
		assertThat(lease.isTrusted()).isTrue();
		assertThat(this.losses).isEmpty();
		lease.end();
	}

	@Test
	void eachFailedRenewalIsTold() {
		Queue<String> failures = new ConcurrentLinkedQueue<>();
		Lease lease = lease(() -> (this.renewals.get() < 3)
				? CompletableFuture.failedFuture(new IllegalStateException("no answer")) : RENEWED);
		lease.keep(this.losses::add, failures::add);
		await().until(() -> this.renewals.get() >= 5);
		await().until(() -> failures.size() >= 2);
		assertThat(failures).containsExactly("IllegalStateException: no answer", "IllegalStateException: no answer");
		assertThat(this.losses).isEmpty();
		lease.end();
	}

	/**
	 * It has one thread, however many renewals fail, and delays nothing.
	 */
	@Test
	void whoeverHangsWhenToldOfAFailedRenewalDelaysNeitherTheNextNorTheLoss() throws InterruptedException {
		CountDownLatch release = new CountDownLatch(1);
		Queue<String> threads = new ConcurrentLinkedQueue<>();
		Lease lease = lease(() -> CompletableFuture.failedFuture(new IllegalStateException("no answer")));
		lease.keep(this.losses::add, (cause) -> {
			threads.add(Thread.currentThread().getName());
			try {
				release.await();
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
			}
			throw new IllegalStateException("a callback that fails");
		});
		await().until(() -> !this.losses.isEmpty());
		assertThat(this.renewals).hasValueGreaterThan(2);
		assertThat(threads).as("told one after the other").hasSize(1);
		release.countDown();
		await().untilAsserted(() -> assertThat(threads).hasSizeGreaterThan(2));
	}

	@Test
	void aRenewalThatThrowsIsTriedAgain() {
		Lease lease = lease(() -> {
			if (this.renewals.get() < 3) {
				throw new IllegalStateException("shut down");
			}
			return RENEWED;
		});
		lease.keep(this.losses::add);
		await().until(() -> this.renewals.get() >= 5);
		assertThat(lease.isTrusted()).isTrue();
		lease.end();
	}

	@Test
	void aLockThatIsNotOursIsLostAtOnce() {
		Lease lease = lease(() -> LOST);
		lease.keep(this.losses::add);
		await().until(() -> !this.losses.isEmpty());
		assertThat(this.losses).first().asString().contains("not held any more");
		assertThat(this.renewals).hasValue(1);
		assertThat(lease.isTrusted()).isFalse();
	}

	@Test
	void anAnswerThatComesAfterTrustHasEndedChangesNothing() {
		CompletableFuture<Renewal> late = new CompletableFuture<>();
		Lease lease = lease(() -> late.copy());
		lease.keep(this.losses::add);
		await().until(() -> !this.losses.isEmpty());
		late.complete(RENEWED.join());
		assertThat(lease.isTrusted()).isFalse();
	}

	@Test
	void trustIsComputedFromTheClockAndNotFromATimer() {
		// A process that was frozen: the lease began long ago, and no timer has run since
		Lease lease = new Lease("test", LENGTH,
				new Lease.Moment(System.nanoTime() - LENGTH.toNanos(), Lease.Moment.wall(TimeSource.system())),
				REDIS_TIME, (giveUpAt) -> RENEWED, this.keeper);
		assertThat(lease.isTrusted()).isFalse();
		assertThat(lease.end()).isFalse();
	}

	@Test
	void aMachineThatWasSuspendedAsksRedis() {
		AtomicLong wallClock = new AtomicLong();
		LeaseKeeper keeper = keeper(wallClock);
		AtomicReference<CompletableFuture<Renewal>> answer = new AtomicReference<>(RENEWED);
		Lease lease = new Lease("test", Duration.ofMinutes(1), new Lease.Moment(System.nanoTime(), 0), REDIS_TIME,
				(giveUpAt) -> {
					this.renewals.incrementAndGet();
					return answer.get();
				}, keeper);
		lease.keep(this.losses::add);
		assertThat(lease.isTrusted()).isTrue();
		assertThat(this.renewals).as("nothing has jumped").hasValue(0);
		// A clock that was set, or a suspended machine whose lock is still there
		wallClock.addAndGet(Duration.ofMinutes(2).toNanos());
		assertThat(lease.isTrusted()).isTrue();
		assertThat(lease.isTrusted()).isTrue();
		assertThat(this.renewals).as("asked once, and that settled it").hasValue(1);
		// Set back: no lease is longer for that
		wallClock.addAndGet(-Duration.ofHours(1).toNanos());
		assertThat(lease.isTrusted()).isTrue();
		wallClock.addAndGet(Duration.ofHours(2).toNanos());
		answer.set(CompletableFuture.failedFuture(new IllegalStateException("no answer")));
		assertThat(lease.isTrusted()).as("in doubt it is not trusted").isFalse();
		assertThat(this.losses).as("and not lost either").isEmpty();
		answer.set(LOST);
		assertThat(lease.isTrusted()).isFalse();
		await().until(() -> this.losses.size() == 1);
	}

	/**
	 * A machine is suspended for longer than the lease, and its clock is set back.
	 */
	@Test
	void aClockThatIsSetBackHidesNoSuspension() {
		AtomicLong wallClock = new AtomicLong(Duration.ofHours(2).toNanos());
		LeaseKeeper keeper = keeper(wallClock);
		Lease lease = new Lease("test", LENGTH, new Lease.Moment(System.nanoTime(), wallClock.get()), REDIS_TIME,
				(giveUpAt) -> {
					this.renewals.incrementAndGet();
					return LOST;
				}, keeper);
		wallClock.addAndGet(-Duration.ofHours(1).toNanos());
		assertThat(lease.isTrusted()).isFalse();
		assertThat(this.renewals).as("asked").hasValue(1);
	}

	/**
	 * The reply was in the buffer when the machine was suspended.
	 */
	@Test
	void aSuspensionBetweenACommandAndItsReplyIsNoticed() {
		AtomicLong wallClock = new AtomicLong();
		LeaseKeeper keeper = keeper(wallClock);
		CompletableFuture<Renewal> first = new CompletableFuture<>();
		CompletableFuture<Renewal> second = new CompletableFuture<>();
		Lease lease = new Lease("test", LENGTH, new Lease.Moment(System.nanoTime(), 0), REDIS_TIME,
				(giveUpAt) -> (this.renewals.incrementAndGet() == 1) ? first : second, keeper);
		lease.keep(this.losses::add);
		await().until(() -> this.renewals.get() == 1);
		wallClock.addAndGet(Duration.ofHours(1).toNanos());
		first.complete(RENEWED.join());
		second.complete(LOST.join());
		assertThat(lease.isTrusted()).isFalse();
		assertThat(this.renewals).hasValue(2);
	}

	/**
	 * A renewal that waits somewhere on its way must not take effect after the lock was
	 * given up, so it says when that is.
	 */
	@Test
	void aRenewalSaysWhenItIsTooLate() {
		Duration length = Duration.ofSeconds(3);
		Duration trust = length.minus(Lease.margin(length));
		Instant later = REDIS_TIME.plusSeconds(3600);
		Queue<Instant> limits = new ConcurrentLinkedQueue<>();
		// The answer to the start was on its way for a second
		long sent = System.nanoTime() - Duration.ofSeconds(1).toNanos();
		Lease lease = new Lease("test", length, new Lease.Moment(sent, Lease.Moment.wall(TimeSource.system())),
				REDIS_TIME, (giveUpAt) -> {
					limits.add(giveUpAt);
					return CompletableFuture.completedFuture(new Renewal(Renewal.Verdict.RENEWED, later));
				}, this.keeper);
		lease.keep(this.losses::add);
		await().until(() -> limits.size() >= 2);
		lease.end();
		assertThat(limits.poll()).isAfter(REDIS_TIME).isBeforeOrEqualTo(REDIS_TIME.plus(trust).minusSeconds(1));
		assertThat(limits.poll()).isAfter(later).isBeforeOrEqualTo(later.plus(trust));
	}

	/**
	 * Redis's clock has jumped forwards: the holder is still there and learns the new
	 * time from the refusal.
	 */
	@Test
	void aClockOfRedisThatJumpsLosesNoLock() {
		AtomicReference<Instant> redisTime = new AtomicReference<>(REDIS_TIME.plusSeconds(3600));
		Lease lease = new Lease("test", LENGTH, Lease.Moment.now(TimeSource.system()), REDIS_TIME, (giveUpAt) -> {
			boolean late = redisTime.get().isAfter(giveUpAt);
			if (!late) {
				this.renewals.incrementAndGet();
			}
			return CompletableFuture.completedFuture(
					new Renewal(late ? Renewal.Verdict.TOO_LATE : Renewal.Verdict.RENEWED, redisTime.get()));
		}, this.keeper);
		lease.keep(this.losses::add);
		await().until(() -> this.renewals.get() >= 2);
		redisTime.set(REDIS_TIME.plusSeconds(7200));
		await().until(() -> this.renewals.get() >= 4);
		assertThat(lease.isTrusted()).isTrue();
		assertThat(this.losses).isEmpty();
		lease.end();
	}

	@Test
	void oneLossThatBlocksDoesNotDelayAnother() throws InterruptedException {
		CountDownLatch release = new CountDownLatch(1);
		lease(CompletableFuture::new).keep((cause) -> {
			try {
				release.await();
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
			}
		});
		lease(CompletableFuture::new).keep((cause) -> {
			throw new IllegalStateException("a callback that fails");
		});
		CountDownLatch told = new CountDownLatch(1);
		lease(CompletableFuture::new).keep((cause) -> told.countDown());
		assertThat(told.await(30, TimeUnit.SECONDS)).isTrue();
		release.countDown();
	}

	@Test
	void anEndedLeaseIsNotRenewed() {
		Lease lease = lease(() -> RENEWED);
		lease.keep(this.losses::add);
		assertThat(lease.end()).isTrue();
		int before = this.renewals.get();
		AtomicInteger others = new AtomicInteger();
		Lease other = new Lease("other", LENGTH, Lease.Moment.now(TimeSource.system()), REDIS_TIME, (giveUpAt) -> {
			others.incrementAndGet();
			return RENEWED;
		}, this.keeper);
		other.keep(this.losses::add);
		// For as long as a whole lease of the first one
		await().until(() -> others.get() >= 3);
		other.end();
		assertThat(this.renewals).hasValue(before);
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
		lease.keep(this.losses::add);
		await().until(() -> this.renewals.get() >= 1);
		this.keeper.close();
		await().until(() -> !this.losses.isEmpty());
		assertThat(lease.isTrusted()).isFalse();
	}

	/**
	 * A reply that no timeout can be set for.
	 */
	private static final class NoTimeout extends CompletableFuture<Renewal> {

		@Override
		public <U> CompletableFuture<U> newIncompleteFuture() {
			return new CompletableFuture<>() {

				@Override
				public CompletableFuture<U> orTimeout(long timeout, TimeUnit unit) {
					throw new OutOfMemoryError("unable to create native thread");
				}

			};
		}

	}

}
