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
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import io.github.lockstarter.RunOutcome;
import io.github.lockstarter.SkipReason;
import io.github.lockstarter.fixture.RedisServer;
import io.github.lockstarter.fixture.Shortest;
import io.github.lockstarter.fixture.TcpProxy;
import io.github.lockstarter.internal.time.TimeSource;
import io.github.lockstarter.run.LogCapture;
import io.github.lockstarter.schedule.Tick;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * What a server gets when Redis is away, slow or hangs, and when a server dies.
 */
class JobLocksTests {

	private static final Duration PATIENCE = Duration.ofSeconds(1);

	/**
	 * Of the client, which waits as long when it is closed. What holds a thread for a
	 * shorter time was ended by us.
	 */
	private static final Duration CLIENT_PATIENCE = Duration.ofSeconds(8);

	private static final Duration BOUND = PATIENCE.plusMillis(100);

	/** How often the machine may spoil a measurement. */
	private static final int ATTEMPTS = 10;

	private static final Duration LEASE = Duration.ofSeconds(3);

	private final RedisServer redis = RedisServer.shared();

	private final String job = "locks-" + UUID.randomUUID();

	private final Instant tick = Instant.ofEpochSecond(Instant.now().getEpochSecond() - 60);

	private final List<JobLocks> opened = new ArrayList<>();

	private JobLocks locks(String address, String server) {
		return locks(address, server, PATIENCE);
	}

	private JobLocks locks(String address, String server, Duration patience) {
		JobLocks locks = JobLocks.onRedis(() -> TestRedisson.client(address, (int) CLIENT_PATIENCE.toMillis()), true,
				address, new LockSettings("locks", "test:", server, patience, Duration.ofMinutes(1)),
				TimeSource.system());
		this.opened.add(locks);
		return locks;
	}

	/**
	 * Return the locks of a server that has a connection: the first one takes longer than
	 * a tick may wait for it.
	 */
	private JobLocks connected(String address, String server) {
		JobLocks locks = locks(address, server);
		await().until(() -> {
			CompletableFuture<?> ready = locks.ready();
			return ready.isDone() && !ready.isCompletedExceptionally();
		});
		return locks;
	}

	private LockRequest request(long plus) {
		return new LockRequest(this.job, new Tick.Nominal(this.tick.plusSeconds(plus)), false, LEASE, Duration.ZERO);
	}

	@AfterEach
	void close() {
		this.opened.forEach(JobLocks::close);
	}

	private static HeldLock granted(Claim claim) {
		assertThat(claim).isInstanceOf(Claim.Granted.class);
		return ((Claim.Granted) claim).lock();
	}

	private static Claim.Refused refused(Claim claim) {
		assertThat(claim).isInstanceOf(Claim.Refused.class);
		return (Claim.Refused) claim;
	}

	private static Claim.Refused unavailable(JobLocks locks, LockRequest request) {
		AtomicReference<Claim.Refused> last = new AtomicReference<>();
		assertThat(Shortest.of("claim of a lock", BOUND, ATTEMPTS, () -> {
			long start = System.nanoTime();
			Claim.Refused refused = refused(locks.claim(request).join());
			Duration held = Duration.ofNanos(System.nanoTime() - start);
			assertThat(refused.reason()).isEqualTo(SkipReason.REDIS_UNAVAILABLE);
			assertThat(refused.detail()).isNotBlank();
			last.set(refused);
			return held;
		})).as("for how long the thread is held").isLessThan(BOUND);
		return Objects.requireNonNull(last.get());
	}

	@Test
	void aRedisThatIsNotThereYetIsWaitedForInTheBackground() {
		try (RedisServer late = RedisServer.reserved()) {
			JobLocks locks = locks(late.address(), "one");
			unavailable(locks, request(0));
			late.startAgain();
			await()
				.untilAsserted(() -> granted(locks.claim(request(1)).join()).finish(RunOutcome.SUCCEEDED, null).join());
		}
	}

	@Test
	void aRedisThatAcceptsAndNeverAnswersHoldsTheThreadNoLongerThanAllowed() {
		try (TcpProxy proxy = TcpProxy.to(this.redis)) {
			proxy.hang();
			JobLocks locks = locks(proxy.address(), "one");
			unavailable(locks, request(0));
			unavailable(locks, request(0));
			proxy.heal();
			await()
				.untilAsserted(() -> granted(locks.claim(request(1)).join()).finish(RunOutcome.SUCCEEDED, null).join());
		}
	}

	@Test
	void aRedisThatHangsLaterHoldsTheThreadNoLongerThanAllowed() {
		try (TcpProxy proxy = TcpProxy.to(this.redis)) {
			JobLocks locks = connected(proxy.address(), "one");
			granted(locks.claim(request(0)).join()).finish(RunOutcome.SUCCEEDED, null).join();
			proxy.hang();
			unavailable(locks, request(1));
			proxy.cut();
			unavailable(locks, request(1));
			proxy.heal();
			await()
				.untilAsserted(() -> granted(locks.claim(request(1)).join()).finish(RunOutcome.SUCCEEDED, null).join());
		}
	}

	@Test
	void aLostReplyLeavesNothingBehindForLongerThanALease() {
		try (TcpProxy proxy = TcpProxy.to(this.redis)) {
			JobLocks locks = connected(proxy.address(), "one");
			granted(locks.claim(request(0)).join()).finish(RunOutcome.SUCCEEDED, null).join();
			// Redis executes what it is asked, and nobody hears of it
			proxy.hang(TcpProxy.Direction.TO_CLIENT);
			unavailable(locks, request(1));
			proxy.cut();
			proxy.heal();
			assertThat(Long.parseLong(this.redis.cli("PTTL", LockKeys.of("test:", "locks", null, this.job).lock())))
				.isLessThanOrEqualTo(LEASE.toMillis());
			JobLocks other = connected(this.redis.address(), "two");
			await()
				.untilAsserted(() -> granted(other.claim(request(1)).join()).finish(RunOutcome.SUCCEEDED, null).join());
		}
	}

	/**
	 * Redis executed the start and its reply is lost, and so are the first attempts to
	 * give the tick back. Whoever wants to ask for the same tick again must not be
	 * refused by the ghost of this very server.
	 */
	@Test
	void aRetryWaitsUntilWhatThisServerMayHaveGotIsGivenBack() throws Exception {
		JobLocks locks = connected(this.redis.address(), "one").with((store) -> new FaultyStore(store,
				FaultyStore.Step.ACQUIRE, FaultyStore.Fault.LOST_REPLY, Duration.ZERO, Duration.ZERO, () -> {
				})
			.failingAbandons(2));
		this.opened.add(locks);
		LockRequest request = new LockRequest(this.job, new Tick.Nominal(this.tick), false, Duration.ofMinutes(1),
				Duration.ZERO);
		unavailable(locks, request);
		locks.answered(request, Duration.ofSeconds(20), () -> true).get(20, TimeUnit.SECONDS);
		granted(locks.claim(request).join()).finish(RunOutcome.SUCCEEDED, null).join();
	}

	/**
	 * Redis did not answer this server in time, and has answered another one. That tick
	 * was not given up because of Redis.
	 */
	@Test
	void whoAsksAgainTooLateLearnsThatTheTickHasRun() throws Exception {
		JobLocks locks = connected(this.redis.address(), "one");
		this.opened.add(locks);
		LockRequest request = new LockRequest(this.job, new Tick.Nominal(this.tick), false, Duration.ofMinutes(1),
				Duration.ZERO);
		assertThat(locks.answered(request, Duration.ofSeconds(20), () -> true).get(20, TimeUnit.SECONDS)).isEmpty();
		JobLocks other = connected(this.redis.address(), "two");
		this.opened.add(other);
		granted(other.claim(request).join()).finish(RunOutcome.SUCCEEDED, null).join();
		assertThat(locks.answered(request, Duration.ofSeconds(20), () -> true).get(20, TimeUnit.SECONDS)).get()
			.satisfies((refused) -> {
				assertThat(refused.reason()).isEqualTo(SkipReason.ALREADY_RAN);
				assertThat(refused.holder()).isEqualTo("two");
			});
	}

	/**
	 * As a failover of 30 seconds under a lease of 20. The lock has expired meanwhile;
	 * the tick has not.
	 */
	@Test
	void aTickInDoubtIsGivenBackHoweverLongRedisIsAway() throws Exception {
		JobLocks locks = connected(this.redis.address(), "one").with((store) -> new FaultyStore(store,
				FaultyStore.Step.ACQUIRE, FaultyStore.Fault.LOST_REPLY, Duration.ZERO, Duration.ZERO, () -> {
				})
			.failingAbandons(8));
		this.opened.add(locks);
		Duration lease = Duration.ofMillis(500);
		LockRequest request = new LockRequest(this.job, new Tick.Nominal(this.tick), false, lease, Duration.ZERO);
		unavailable(locks, request);
		String key = LockKeys.of("test:", "locks", null, this.job).lock();
		await().until(() -> "0".equals(this.redis.cli("EXISTS", key)));
		Claim.Refused refused = refused(locks.claim(request).join());
		assertThat(refused.reason()).as("not its own ghost").isEqualTo(SkipReason.REDIS_UNAVAILABLE);
		locks.answered(request, Duration.ofSeconds(60), () -> true).get(60, TimeUnit.SECONDS);
		granted(locks.claim(request).join()).finish(RunOutcome.SUCCEEDED, null).join();
	}

	/**
	 * A caller that asks again before the background does gives it back itself.
	 */
	@Test
	void aClaimGivesBackFirstWhatThisServerMayHave() {
		JobLocks locks = connected(this.redis.address(), "one").with((store) -> new FaultyStore(store,
				FaultyStore.Step.ACQUIRE, FaultyStore.Fault.LOST_REPLY, Duration.ZERO, Duration.ZERO, () -> {
				})
			.failingAbandons(1));
		this.opened.add(locks);
		LockRequest request = new LockRequest(this.job, new Tick.Nominal(this.tick), false, Duration.ofMinutes(1),
				Duration.ZERO);
		unavailable(locks, request);
		granted(locks.claim(request).join()).finish(RunOutcome.SUCCEEDED, null).join();
	}

	/**
	 * Nobody is kept waiting for the end of the outage by what is in doubt.
	 */
	@Test
	void whoAsksAgainIsToldInTimeThatTheDoubtIsNotOver() {
		JobLocks locks = connected(this.redis.address(), "one").with((store) -> new FaultyStore(store,
				FaultyStore.Step.ACQUIRE, FaultyStore.Fault.LOST_REPLY, Duration.ZERO, Duration.ZERO, () -> {
				})
			.failingAbandons(Integer.MAX_VALUE));
		this.opened.add(locks);
		LockRequest request = request(0);
		unavailable(locks, request);
		assertThat(locks.answered(request, Duration.ofMillis(300), () -> true)).failsWithin(Duration.ofSeconds(30));
		assertThat(locks.answered(request, Duration.ofMinutes(5), () -> false)).failsWithin(Duration.ofSeconds(30));
	}

	@Test
	void aServerThatDiesIsFollowedWhenItsLeaseIsOver() {
		JobLocks dying = connected(this.redis.address(), "one");
		JobLocks other = connected(this.redis.address(), "two");
		HeldLock lock = granted(dying.claim(request(0)).join());
		lock.keep((cause) -> {
		});
		Claim.Refused refused = refused(other.claim(request(1)).join());
		assertThat(refused.reason()).isEqualTo(SkipReason.STILL_RUNNING);
		assertThat(refused.holder()).isEqualTo("one");
		dying.close();
		HeldLock next = await().until(() -> other.claim(request(1)).join(),
				Claim.Granted.class::isInstance) instanceof Claim.Granted granted ? granted.lock() : null;
		assertThat(next).isNotNull();
		assertThat(next.token()).isGreaterThan(lock.token());
		next.finish(RunOutcome.SUCCEEDED, null).join();
	}

	@Test
	void aRunIsToldBeforeRedisCouldGrantTheLockAgain() {
		try (TcpProxy proxy = TcpProxy.to(this.redis)) {
			JobLocks locks = connected(proxy.address(), "one");
			// Half a second of margin, in which a thread begins and Redis is asked
			Duration lease = Duration.ofSeconds(10);
			HeldLock lock = granted(
					locks.claim(new LockRequest(this.job, new Tick.Nominal(this.tick), false, lease, Duration.ZERO))
						.join());
			AtomicReference<Long> ttlWhenTold = new AtomicReference<>();
			String key = LockKeys.of("test:", "locks", null, this.job).lock();
			lock.keep((cause) -> ttlWhenTold.set(Long.parseLong(this.redis.cli("PTTL", key))));
			proxy.hang();
			await().until(() -> ttlWhenTold.get() != null);
			assertThat(ttlWhenTold.get()).isPositive();
			assertThat(lock.isHeld()).isFalse();
			assertThat(lock.finish(RunOutcome.SUCCEEDED, null).join()).isEqualTo(RunOutcome.LOCK_LOST);
		}
	}

	/**
	 * The run is shorter than a third of its lease, so no renewal could have told it.
	 */
	@Test
	void aLossThatComesToLightAtTheEndIsSaid() {
		try (LogCapture log = new LogCapture(HeldLock.class)) {
			HeldLock lock = granted(connected(this.redis.address(), "one").claim(request(0)).join());
			this.redis.cli("DEL", LockKeys.of("test:", "locks", null, this.job).lock());
			assertThat(lock.finish(RunOutcome.SUCCEEDED, null).join()).isEqualTo(RunOutcome.LOCK_LOST);
			assertThat(log.lines("WARN")).singleElement()
				.asString()
				.contains("Lock lost: " + this.job, "Another server may have run");
		}
	}

	/**
	 * Redis stands still while renewals wait in its sockets, and goes on between the end
	 * of the trust and the end of the lock.
	 */
	@Test
	void aRenewalThatWaitedOutAnOutageDoesNotLengthenALockThatWasGivenUp() {
		try (RedisServer frozen = RedisServer.start()) {
			JobLocks locks = locks(frozen.address(), "one", Duration.ofSeconds(5));
			Duration lease = Duration.ofSeconds(10);
			HeldLock lock = granted(
					locks.claim(new LockRequest(this.job, new Tick.Nominal(this.tick), false, lease, Duration.ZERO))
						.join());
			CompletableFuture<String> told = new CompletableFuture<>();
			lock.keep(told::complete);
			frozen.pause();
			try {
				await().atMost(Duration.ofSeconds(30)).until(told::isDone);
			}
			finally {
				frozen.resume();
			}
			String key = LockKeys.of("test:", "locks", null, this.job).lock();
			// A second is time enough for whatever was in the sockets, and for a script
			// that
			// is sent again in full
			await().during(Duration.ofSeconds(1))
				.untilAsserted(() -> assertThat(Long.parseLong(frozen.cli("PTTL", key)))
					.isLessThanOrEqualTo(Lease.margin(lease).toMillis()));
			assertThat(lock.finish(RunOutcome.SUCCEEDED, null).join()).isEqualTo(RunOutcome.LOCK_LOST);
		}
	}

	@Test
	void aFinishThatRedisDoesNotAnswerGoesOnInTheBackground() {
		try (TcpProxy proxy = TcpProxy.to(this.redis)) {
			JobLocks locks = connected(proxy.address(), "one");
			LockRequest request = new LockRequest(this.job, new Tick.Nominal(this.tick), false, Duration.ofMinutes(1),
					Duration.ZERO);
			HeldLock lock = granted(locks.claim(request).join());
			proxy.hang(TcpProxy.Direction.TO_SERVER);
			assertThat(lock.finish(RunOutcome.SUCCEEDED, null).join()).isEqualTo(RunOutcome.SUCCEEDED);
			proxy.cut();
			proxy.heal();
			// Long before the lease is over
			JobLocks other = connected(this.redis.address(), "two");
			await()
				.untilAsserted(() -> granted(other.claim(request(1)).join()).finish(RunOutcome.SUCCEEDED, null).join());
		}
	}

	/**
	 * As by an interrupt of the thread that waits.
	 */
	@Test
	void aClaimThatIsCancelledIsGivenBack() {
		try (TcpProxy proxy = TcpProxy.to(this.redis)) {
			JobLocks locks = connected(proxy.address(), "one");
			granted(locks.claim(request(0)).join()).finish(RunOutcome.SUCCEEDED, null).join();
			String key = LockKeys.of("test:", "locks", null, this.job).lock();
			proxy.hold(TcpProxy.Direction.TO_CLIENT);
			CompletableFuture<Claim> claim = locks.claim(request(1));
			await().until(() -> "1".equals(this.redis.cli("EXISTS", key)));
			assertThat(claim.cancel(false)).isTrue();
			proxy.heal();
			await().until(() -> "0".equals(this.redis.cli("EXISTS", key)));
			granted(connected(this.redis.address(), "two").claim(request(1)).join()).finish(RunOutcome.SUCCEEDED, null)
				.join();
		}
	}

	@Test
	void anInterruptDoesNotStopAFinish() throws Exception {
		JobLocks locks = connected(this.redis.address(), "one");
		HeldLock lock = granted(locks.claim(request(0)).join());
		Thread.currentThread().interrupt();
		assertThat(lock.finish(RunOutcome.SUCCEEDED, null).join()).isEqualTo(RunOutcome.SUCCEEDED);
		assertThat(Thread.interrupted()).isTrue();
		assertThat(this.redis.cli("EXISTS", LockKeys.of("test:", "locks", null, this.job).lock())).isEqualTo("0");
	}

	@Test
	void closingLeavesNoThreadAndNoConnection() {
		try (TcpProxy proxy = TcpProxy.to(this.redis)) {
			JobLocks locks = connected(proxy.address(), "closing");
			granted(locks.claim(request(0)).join()).finish(RunOutcome.SUCCEEDED, null).join();
			assertThat(threads("closing")).isNotEmpty();
			assertThat(proxy.connections()).isPositive();
			locks.close();
			await().untilAsserted(() -> assertThat(threads("closing")).isEmpty());
			await().until(() -> proxy.connections() == 0);
		}
	}

	@Test
	void closingWhileRedisIsAwayIsQuick() {
		try (RedisServer never = RedisServer.reserved()) {
			JobLocks locks = locks(never.address(), "never");
			unavailable(locks, request(0));
			locks.close();
			await().untilAsserted(() -> assertThat(threads("never")).isEmpty());
			assertThat(refused(locks.claim(request(0)).join()).reason()).isEqualTo(SkipReason.REDIS_UNAVAILABLE);
		}
	}

	private static List<String> threads(String server) {
		return Thread.getAllStackTraces()
			.keySet()
			.stream()
			.filter(Thread::isAlive)
			.map(Thread::getName)
			.filter((name) -> name.contains("-" + server + "-"))
			.toList();
	}

	/**
	 * What this server may have got without knowing is given back first, and that may
	 * take as long as a lease.
	 */
	@Test
	void whatIsNotWantedAnyMoreIsNotAskedFor() {
		JobLocks locks = connected(this.redis.address(), "one");
		assertThat(locks.answered(request(0), Duration.ofSeconds(30), () -> false)).failsWithin(Duration.ofSeconds(30));
		assertThat(locks.answered(request(0), Duration.ofSeconds(-1), () -> true)).failsWithin(Duration.ofSeconds(30));
		assertThat(locks.answered(request(0), Duration.ofSeconds(30), () -> true))
			.succeedsWithin(Duration.ofSeconds(30));
	}

}
