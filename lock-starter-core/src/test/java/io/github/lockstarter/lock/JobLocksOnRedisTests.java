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
import java.util.UUID;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import io.github.lockstarter.RunOutcome;
import io.github.lockstarter.SkipReason;
import io.github.lockstarter.fixture.Attempts;
import io.github.lockstarter.fixture.RedisServer;
import io.github.lockstarter.fixture.Shortest;
import io.github.lockstarter.fixture.TcpProxy;
import io.github.lockstarter.internal.time.TimeSource;
import io.github.lockstarter.schedule.Tick;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * What a server gets when Redis is away or hangs, on real connections: that its client
 * waits, connects again and ends is nothing that could be played. What follows from that
 * is tested by {@link JobLocksTests}.
 */
class JobLocksOnRedisTests {

	private static final Duration PATIENCE = Duration.ofMillis(250);

	/**
	 * Of the client, which waits as long when it is closed. What holds a thread for a
	 * shorter time was ended by us.
	 */
	private static final Duration CLIENT_PATIENCE = Duration.ofSeconds(1);

	private static final Duration BOUND = PATIENCE.plusMillis(100);

	/** How often the machine may spoil a measurement. */
	private static final int ATTEMPTS = 10;

	private static final Duration LEASE = Duration.ofSeconds(30);

	private final RedisServer redis = RedisServer.shared();

	private final String job = "locks-" + UUID.randomUUID();

	private final Instant tick = Instant.ofEpochSecond(Instant.now().getEpochSecond() - 60);

	private final List<JobLocks> opened = new ArrayList<>();

	@AfterEach
	void close() {
		this.opened.forEach(JobLocks::close);
	}

	private JobLocks locks(String address, String server) {
		JobLocks locks = JobLocks.onRedis(() -> TestRedisson.client(address, (int) CLIENT_PATIENCE.toMillis()), true,
				address, new LockSettings("locks", "test:", server, PATIENCE, Duration.ofMinutes(1)),
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
		Attempts.untilDone(locks::ready);
		return locks;
	}

	private LockRequest request(long plus) {
		return new LockRequest(this.job, new Tick.Nominal(this.tick.plusSeconds(plus)), false, LEASE, Duration.ZERO);
	}

	private void runs(JobLocks locks, LockRequest request) {
		await().untilAsserted(() -> granted(locks.claim(request).join()).finish(RunOutcome.SUCCEEDED, null).join());
	}

	private static HeldLock granted(Claim claim) {
		assertThat(claim).isInstanceOf(Claim.Granted.class);
		return ((Claim.Granted) claim).lock();
	}

	private static Claim.Refused refused(Claim claim) {
		assertThat(claim).isInstanceOf(Claim.Refused.class);
		return (Claim.Refused) claim;
	}

	private static void unavailable(JobLocks locks, LockRequest request) {
		assertThat(Shortest.of("claim of a lock", BOUND, ATTEMPTS, () -> {
			long start = System.nanoTime();
			Claim.Refused refused = refused(locks.claim(request).join());
			Duration held = Duration.ofNanos(System.nanoTime() - start);
			assertThat(refused.reason()).isEqualTo(SkipReason.REDIS_UNAVAILABLE);
			assertThat(refused.detail()).isNotBlank();
			return held;
		})).as("for how long the thread is held").isLessThan(BOUND);
	}

	@Test
	void aRedisThatIsNotThereYetIsWaitedForInTheBackground() {
		try (RedisServer late = RedisServer.reserved()) {
			JobLocks locks = locks(late.address(), "one");
			unavailable(locks, request(0));
			late.startAgain();
			runs(locks, request(1));
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
			runs(locks, request(1));
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
			runs(locks, request(1));
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
	void theEndOfTheLastRunAfterClosingLeavesNoThread() {
		JobLocks locks = connected(this.redis.address(), "ending");
		HeldLock lock = granted(locks.claim(request(0)).join());
		locks.close();
		assertThat(threads("ending")).isNotEmpty();
		lock.finish(RunOutcome.SUCCEEDED, null).join();
		await().atMost(LEASE.dividedBy(2)).untilAsserted(() -> assertThat(threads("ending")).isEmpty());
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

}
