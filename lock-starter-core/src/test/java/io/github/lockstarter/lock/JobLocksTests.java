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
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import io.github.lockstarter.RunOutcome;
import io.github.lockstarter.SkipReason;
import io.github.lockstarter.internal.time.TimeSource;
import io.github.lockstarter.internal.time.VirtualMachine;
import io.github.lockstarter.internal.time.VirtualTime;
import io.github.lockstarter.lock.SimulatedRedis.Weather;
import io.github.lockstarter.run.LogCapture;
import io.github.lockstarter.schedule.Tick;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * What a server gets when Redis is away, slow or hangs, and when a server dies, in
 * virtual time. The connections are real in {@link JobLocksOnRedisTests}.
 */
class JobLocksTests {

	private static final Duration PATIENCE = Duration.ofSeconds(1);

	private static final Duration LEASE = Duration.ofSeconds(10);

	/** Longer than anything takes on a line on which nothing is lost. */
	private static final Duration ROUND_TRIP = Weather.FINE.longest().multipliedBy(2);

	/** Redis is not reached. */
	private static final Weather AWAY = new Weather(1000, 0, 0, Weather.FINE.longest());

	/** Redis executes what it is asked, and nobody hears of it. */
	private static final Weather UNHEARD = new Weather(0, 1000, 0, Weather.FINE.longest());

	/** Redis executes everything twice. */
	private static final Weather TWICE = new Weather(0, 0, 1000, Weather.FINE.longest());

	private static final String JOB = "job";

	private static final Instant TICK = Instant.parse("2026-08-02T01:00:00Z");

	private final VirtualTime time = new VirtualTime(TICK.plusSeconds(60), 1);

	private final SimulatedRedis redis = new SimulatedRedis(this.time, PATIENCE, Flaw.NONE, (what, said) -> {
	});

	private final VirtualMachine machine = new VirtualMachine(this.time, "one");

	private final JobLocks one = this.redis.locks(this.machine, "one");

	private final JobLocks two = this.redis.locks(new VirtualMachine(this.time, "two"), "two");

	@AfterEach
	void close() {
		this.time.close();
	}

	private static LockRequest request(long plus) {
		return request(plus, LEASE);
	}

	private static LockRequest request(long plus, Duration lease) {
		return new LockRequest(JOB, new Tick.Nominal(TICK.plusSeconds(plus)), false, lease, Duration.ZERO);
	}

	/**
	 * Let time pass until there is a reply.
	 */
	private <T> T get(CompletableFuture<T> reply) {
		try {
			return new VirtualMachine(this.time, "test").await(reply, TimeSource.FOREVER);
		}
		catch (InterruptedException | ExecutionException | TimeoutException ex) {
			throw new AssertionError("No reply", ex);
		}
	}

	private HeldLock granted(JobLocks locks, LockRequest request) {
		Claim claim = get(locks.claim(request));
		assertThat(claim).isInstanceOf(Claim.Granted.class);
		return ((Claim.Granted) claim).lock();
	}

	private void runs(JobLocks locks, LockRequest request) {
		assertThat(get(granted(locks, request).finish(RunOutcome.SUCCEEDED, null))).isEqualTo(RunOutcome.SUCCEEDED);
	}

	private Claim.Refused refused(JobLocks locks, LockRequest request) {
		Claim claim = get(locks.claim(request));
		assertThat(claim).isInstanceOf(Claim.Refused.class);
		return (Claim.Refused) claim;
	}

	/**
	 * Ask in vain, for as long as a thread may wait.
	 */
	private void unavailable(JobLocks locks, LockRequest request) {
		long start = this.time.nanos();
		Claim.Refused refused = refused(locks, request);
		assertThat(Duration.ofNanos(this.time.nanos() - start)).as("for how long the thread is held")
			.isEqualTo(PATIENCE);
		assertThat(refused.reason()).isEqualTo(SkipReason.REDIS_UNAVAILABLE);
		assertThat(refused.detail()).contains("no answer within 1000 ms");
	}

	/**
	 * Redis executes the start and its reply is lost, and so is whatever is sent from
	 * then on.
	 */
	private void doubt(LockRequest request) {
		this.redis.begin(this.machine, UNHEARD);
		CompletableFuture<Claim> claim = this.one.claim(request);
		this.time.pass(ROUND_TRIP);
		assertThat(holder()).as("of the lock").isNotNull();
		this.redis.begin(this.machine, AWAY);
		this.redis.end(this.machine, UNHEARD);
		assertThat(get(claim)).isInstanceOfSatisfying(Claim.Refused.class,
				(refused) -> assertThat(refused.reason()).isEqualTo(SkipReason.REDIS_UNAVAILABLE));
	}

	private JobRecord.@Nullable Holder holder() {
		return this.two.record(JOB, null, 0).holder();
	}

	/**
	 * Return how long Redis keeps the lock at most.
	 */
	private Duration left() {
		JobRecord record = this.two.record(JOB, null, 0);
		JobRecord.Holder holder = record.holder();
		return (holder != null) ? Duration.between(record.redisTime(), holder.until()) : Duration.ZERO;
	}

	/**
	 * What is refused, and comes to Redis once more when the lock is free, starts the
	 * tick although nobody waits for it. So who asks again is the same owner, and is told
	 * of that start.
	 */
	@Test
	void aCopyOfARefusedQuestionDoesNotRunTheTickForNobody() {
		int copies = 0;
		for (int tick = 0; tick < 20; tick++) {
			BooleanSupplier foreign = this.redis.lock(JOB, null, LEASE);
			this.redis.begin(this.machine, TWICE);
			assertThat(refused(this.one, request(tick)).reason()).isEqualTo(SkipReason.LOCK_REFUSED);
			this.redis.end(this.machine, TWICE);
			assertThat(refused(this.one, request(tick + 1)).reason()).as("the next tick, meanwhile")
				.isEqualTo(SkipReason.LOCK_REFUSED);
			assertThat(foreign.getAsBoolean()).isFalse();
			this.time.pass(PATIENCE);
			copies += (holder() != null) ? 1 : 0;
			HeldLock lock = granted(this.one, request(tick));
			assertThat(left()).isBetween(LEASE.minus(ROUND_TRIP), LEASE);
			assertThat(get(lock.finish(RunOutcome.SUCCEEDED, null))).isEqualTo(RunOutcome.SUCCEEDED);
			this.time.pass(PATIENCE.multipliedBy(3));
		}
		assertThat(copies).as("started by a copy").isPositive();
	}

	@Test
	void aRedisThatNeverAnswersHoldsTheThreadNoLongerThanAllowed() {
		this.redis.begin(this.machine, AWAY);
		unavailable(this.one, request(0));
		unavailable(this.one, request(0));
		this.redis.end(this.machine, AWAY);
		runs(this.one, request(0));
	}

	@Test
	void aRedisThatIsTooSlowHoldsTheThreadNoLongerThanAllowed() {
		Weather slow = new Weather(0, 0, 0, Duration.ofMinutes(1));
		this.redis.begin(this.machine, slow);
		unavailable(this.one, request(0));
		this.redis.end(this.machine, slow);
		this.time.pass(Duration.ofMinutes(5));
		runs(this.one, request(0));
	}

	@Test
	void aLostReplyLeavesNothingBehindForLongerThanALease() {
		this.redis.begin(this.machine, UNHEARD);
		CompletableFuture<Claim> claim = this.one.claim(request(0));
		this.time.pass(ROUND_TRIP);
		assertThat(left()).isBetween(LEASE.minusSeconds(1), LEASE);
		// Nobody is there who could give it back
		this.machine.die();
		this.time.pass(LEASE.minusSeconds(1));
		assertThat(claim).isNotDone();
		assertThat(refused(this.two, request(1)).reason()).isEqualTo(SkipReason.STILL_RUNNING);
		this.time.pass(Duration.ofSeconds(1));
		runs(this.two, request(1));
	}

	/**
	 * Redis executed the start and its reply is lost, and so are the first attempts to
	 * give the tick back. Whoever wants to ask for the same tick again must not be
	 * refused by the ghost of this very server.
	 */
	@Test
	void aRetryWaitsUntilWhatThisServerMayHaveGotIsGivenBack() {
		LockRequest request = request(0, Duration.ofMinutes(1));
		doubt(request);
		CompletableFuture<Optional<Claim.Refused>> answered = this.one.answered(request, Duration.ofSeconds(20),
				() -> true);
		this.time.pass(Duration.ofSeconds(10));
		assertThat(answered).isNotDone();
		this.redis.end(this.machine, AWAY);
		assertThat(get(answered)).isEmpty();
		assertThat(holder()).isNull();
		runs(this.one, request);
	}

	/**
	 * Redis did not answer this server in time, and has answered another one. That tick
	 * was not given up because of Redis.
	 */
	@Test
	void whoAsksAgainTooLateLearnsThatTheTickHasRun() {
		LockRequest request = request(0);
		assertThat(get(this.one.answered(request, Duration.ofSeconds(20), () -> true))).isEmpty();
		runs(this.two, request);
		assertThat(get(this.one.answered(request, Duration.ofSeconds(20), () -> true))).get().satisfies((refused) -> {
			assertThat(refused.reason()).isEqualTo(SkipReason.ALREADY_RAN);
			assertThat(refused.holder()).isEqualTo("two");
		});
	}

	/**
	 * The lock has expired meanwhile; the tick has not.
	 */
	@Test
	void aTickInDoubtIsGivenBackHoweverLongRedisIsAway() {
		LockRequest request = request(0);
		doubt(request);
		this.time.pass(Duration.ofHours(1));
		assertThat(holder()).isNull();
		assertThat(refused(this.two, request).reason()).as("to others it has run").isEqualTo(SkipReason.ALREADY_RAN);
		assertThat(refused(this.one, request).reason()).as("not its own ghost").isEqualTo(SkipReason.REDIS_UNAVAILABLE);
		CompletableFuture<Optional<Claim.Refused>> answered = this.one.answered(request, Duration.ofSeconds(60),
				() -> true);
		this.redis.end(this.machine, AWAY);
		assertThat(get(answered)).isEmpty();
		runs(this.one, request);
	}

	/**
	 * A caller that asks again before the background does gives it back itself.
	 */
	@Test
	void aClaimGivesBackFirstWhatThisServerMayHave() {
		LockRequest request = request(0, Duration.ofMinutes(1));
		doubt(request);
		this.redis.end(this.machine, AWAY);
		long start = this.time.nanos();
		runs(this.one, request);
		assertThat(Duration.ofNanos(this.time.nanos() - start)).isLessThan(ROUND_TRIP.multipliedBy(4));
	}

	/**
	 * Nobody is kept waiting for the end of the outage by what is in doubt.
	 */
	@Test
	void whoAsksAgainIsToldInTimeThatTheDoubtIsNotOver() {
		LockRequest request = request(0);
		doubt(request);
		long start = this.time.nanos();
		assertThatThrownBy(() -> get(this.one.answered(request, Duration.ofMillis(300), () -> true)))
			.hasRootCauseMessage("what may be held is not given back yet");
		assertThat(Duration.ofNanos(this.time.nanos() - start)).isEqualTo(Duration.ofMillis(300));
		assertThatThrownBy(() -> get(this.one.answered(request, Duration.ofMinutes(5), () -> false)))
			.hasRootCauseMessage("the time to ask again is over");
	}

	@Test
	void aServerThatDiesIsFollowedWhenItsLeaseIsOver() {
		HeldLock lock = granted(this.one, request(0));
		lock.keep((cause) -> {
		});
		this.time.pass(LEASE.multipliedBy(2));
		Claim.Refused refused = refused(this.two, request(1));
		assertThat(refused.reason()).isEqualTo(SkipReason.STILL_RUNNING);
		assertThat(refused.holder()).isEqualTo("one");
		this.machine.die();
		Duration left = left();
		assertThat(left).isBetween(LEASE.dividedBy(2), LEASE);
		this.time.pass(left.minusMillis(100));
		assertThat(refused(this.two, request(1)).reason()).isEqualTo(SkipReason.STILL_RUNNING);
		this.time.pass(Duration.ofMillis(100));
		HeldLock next = granted(this.two, request(1));
		assertThat(next.token()).isGreaterThan(lock.token());
	}

	@Test
	void aRunIsToldBeforeRedisCouldGrantTheLockAgain() {
		HeldLock lock = granted(this.one, request(0));
		List<Duration> told = new ArrayList<>();
		lock.keep((cause) -> told.add(left()));
		this.redis.begin(this.machine, AWAY);
		this.time.pass(LEASE);
		assertThat(told).singleElement()
			.satisfies((left) -> assertThat(left).as("of the lock, when told")
				.isBetween(Lease.margin(LEASE).minus(ROUND_TRIP), Lease.margin(LEASE).plus(ROUND_TRIP)));
		assertThat(lock.isHeld()).isFalse();
		assertThat(get(lock.finish(RunOutcome.SUCCEEDED, null))).isEqualTo(RunOutcome.LOCK_LOST);
	}

	/**
	 * The run is shorter than a third of its lease, so no renewal could have told it.
	 */
	@Test
	void aLossThatComesToLightAtTheEndIsSaid() {
		try (LogCapture log = new LogCapture(HeldLock.class)) {
			HeldLock lock = granted(this.one, request(0));
			this.redis.forget();
			assertThat(get(lock.finish(RunOutcome.SUCCEEDED, null))).isEqualTo(RunOutcome.LOCK_LOST);
			assertThat(log.lines("WARN")).singleElement()
				.asString()
				.contains("Lock lost: " + JOB, "Another server may have run");
		}
	}

	/**
	 * Redis stands still while renewals wait in its sockets, and goes on between the end
	 * of the trust and the end of the lock.
	 */
	@Test
	void aRenewalThatWaitedOutAnOutageDoesNotLengthenALockThatWasGivenUp() {
		HeldLock lock = granted(this.one, request(0));
		List<String> told = new ArrayList<>();
		lock.keep(told::add);
		this.redis.standStill(LEASE.minusMillis(300));
		this.time.pass(LEASE.minusMillis(299));
		assertThat(told).hasSize(1);
		this.time.pass(ROUND_TRIP);
		assertThat(left()).as("whatever was in the sockets").isBetween(Duration.ofMillis(1), Duration.ofMillis(299));
		this.time.pass(Duration.ofMillis(300));
		assertThat(holder()).isNull();
		assertThat(get(lock.finish(RunOutcome.SUCCEEDED, null))).isEqualTo(RunOutcome.LOCK_LOST);
	}

	@Test
	void aFinishThatRedisDoesNotAnswerGoesOnInTheBackground() {
		HeldLock lock = granted(this.one, request(0, Duration.ofMinutes(1)));
		this.redis.begin(this.machine, AWAY);
		long start = this.time.nanos();
		assertThat(get(lock.finish(RunOutcome.SUCCEEDED, null))).isEqualTo(RunOutcome.SUCCEEDED);
		assertThat(Duration.ofNanos(this.time.nanos() - start)).as("for how long the thread is held")
			.isEqualTo(PATIENCE);
		assertThat(refused(this.two, request(1)).reason()).isEqualTo(SkipReason.STILL_RUNNING);
		this.redis.end(this.machine, AWAY);
		// The client says after three seconds that there was no answer
		this.time.pass(Duration.ofSeconds(3));
		runs(this.two, request(1));
	}

	/**
	 * As by an interrupt of the thread that waits.
	 */
	@Test
	void aClaimThatIsCancelledIsGivenBack() {
		this.redis.begin(this.machine, UNHEARD);
		CompletableFuture<Claim> claim = this.one.claim(request(0));
		this.time.pass(ROUND_TRIP);
		assertThat(holder()).isNotNull();
		assertThat(claim.cancel(false)).isTrue();
		this.redis.end(this.machine, UNHEARD);
		this.time.pass(ROUND_TRIP);
		assertThat(holder()).isNull();
		runs(this.two, request(0));
	}

	/**
	 * What this server may have got without knowing is given back first, and that may
	 * take as long as a lease.
	 */
	@Test
	void whatIsNotWantedAnyMoreIsNotAskedFor() {
		Duration limit = Duration.ofSeconds(30);
		String over = "the time to ask again is over";
		assertThatThrownBy(() -> get(this.one.answered(request(0), limit, () -> false))).hasRootCauseMessage(over);
		assertThatThrownBy(() -> get(this.one.answered(request(0), Duration.ofSeconds(-1), () -> true)))
			.hasRootCauseMessage(over);
		assertThat(get(this.one.answered(request(0), limit, () -> true))).isEmpty();
	}

}
