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
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.redisson.api.RLock;
import org.redisson.api.RedissonClient;

import io.github.lockstarter.RunOutcome;
import io.github.lockstarter.fixture.Attempts;
import io.github.lockstarter.fixture.RedisServer;
import io.github.lockstarter.fixture.TcpProxy;
import io.github.lockstarter.schedule.Tick;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

/**
 * The scripts rely on how Redisson lays out an {@link RLock}. Whatever they take or
 * leave, another client's {@code RLock} must see the same. Run for each supported version
 * of Redisson.
 */
class RLockLayoutTests {

	private static final Duration LEASE = Duration.ofSeconds(20);

	private static final long OWNER = -4711;

	private final RedisServer redis = RedisServer.shared();

	private final LockRequest request = new LockRequest("layout-" + UUID.randomUUID(),
			new Tick.Nominal(Instant.now().minusSeconds(1)), false, LEASE, Duration.ZERO);

	private final LockKeys keys = LockKeys.of("test:", "layout", null, this.request.job());

	private RedissonClient client;

	private RedissonClient otherClient;

	private LockStore store;

	private RLock lock;

	private RLock other;

	@BeforeEach
	void connect() {
		this.client = TestRedisson.client(this.redis);
		this.otherClient = TestRedisson.client(this.redis);
		this.store = TestRedisson.store(this.client,
				new LockSettings("layout", "test:", "one", Duration.ofSeconds(2), Duration.ofMinutes(1)));
		Attempts.untilDone(this.store::ready);
		this.lock = this.client.getLock(this.keys.lock());
		this.other = this.otherClient.getLock(this.keys.lock());
	}

	@AfterEach
	void disconnect() {
		this.store.close();
		this.otherClient.shutdown();
	}

	private void acquire() {
		assertThat(this.store.acquire(this.request, OWNER, null).join().verdict()).isEqualTo(Verdict.STARTED);
	}

	/**
	 * That the build really runs these tests on the version it says.
	 */
	@Test
	void theVersionIsTheOneThatIsMeant() {
		String expected = System.getProperty("redisson.version.expected", RedissonVersion.NEWEST);
		assertThat(RedissonClient.class.getProtectionDomain().getCodeSource().getLocation().getPath())
			.endsWith("redisson-" + expected + ".jar");
	}

	@Test
	void whatWeHoldIsHeldForRedissonToo() throws Exception {
		acquire();
		assertThat(this.other.isLocked()).isTrue();
		assertThat(this.lock.isHeldByThread(OWNER)).isTrue();
		assertThat(this.other.isHeldByThread(OWNER)).isFalse();
		assertThat(this.other.tryLock()).isFalse();
		assertThat(this.other.tryLockAsync(0, 1000, TimeUnit.MILLISECONDS, OWNER).get()).isFalse();
		assertThat(this.other.remainTimeToLive()).isBetween(LEASE.toMillis() - 5000, LEASE.toMillis());
		assertThatThrownBy(() -> this.other.unlockAsync(OWNER).get())
			.hasCauseInstanceOf(IllegalMonitorStateException.class);
		assertThat(this.redis.cli("HGET", this.keys.lock(), this.client.getId() + ":" + OWNER)).isEqualTo("1");
	}

	@Test
	void aRenewalIsSeenByRedisson() {
		acquire();
		this.redis.cli("PEXPIRE", this.keys.lock(), "3000");
		assertThat(this.other.remainTimeToLive()).isLessThanOrEqualTo(3000);
		assertThat(renew()).isEqualTo(Renewal.Verdict.RENEWED);
		assertThat(this.other.remainTimeToLive()).isGreaterThan(3000);
	}

	@Test
	void whatWeFinishIsFreeForRedisson() {
		acquire();
		this.store.finish(this.request, OWNER, RunOutcome.SUCCEEDED, null, null).join();
		assertThat(this.other.isLocked()).isFalse();
		assertThat(this.lock.isHeldByThread(OWNER)).isFalse();
		assertThat(this.other.tryLock()).isTrue();
		this.other.unlock();
	}

	@Test
	void aWaitingLockIsWokenByOurFinish() throws Exception {
		acquire();
		CompletableFuture<Boolean> waiting = this.other.tryLockAsync(15, 10, TimeUnit.SECONDS, 1).toCompletableFuture();
		// It has been refused and listens
		await().until(() -> !this.redis.cli("PUBSUB", "NUMSUB", "redisson_lock__channel:" + this.keys.lock())
			.replaceAll("\\s+", " ")
			.endsWith(" 0"));
		this.store.finish(this.request, OWNER, RunOutcome.SUCCEEDED, null, null).join();
		// Long before the lease that it was told of is over
		assertThat(waiting.get(30, TimeUnit.SECONDS)).isTrue();
		this.other.unlockAsync(1).get();
	}

	@Test
	void whatRedissonHoldsIsBusyForUs() throws Exception {
		assertThat(this.other.tryLock(0, 10, TimeUnit.SECONDS)).isTrue();
		assertThat(this.store.look(this.request).join().verdict()).isEqualTo(Verdict.LOCKED);
		assertThat(this.store.acquire(this.request, OWNER, null).join().verdict()).isEqualTo(Verdict.LOCKED);
		assertThat(renew()).isEqualTo(Renewal.Verdict.LOST);
		this.store.abandon(this.request, OWNER).join();
		this.store.finish(this.request, OWNER, RunOutcome.SUCCEEDED, null, null).join();
		assertThat(this.other.isHeldByCurrentThread()).isTrue();
		this.other.unlock();
		assertThat(this.store.look(this.request).join().verdict()).isEqualTo(Verdict.GO);
	}

	@Test
	void redissonCanReleaseWhatWeHold() throws Exception {
		acquire();
		this.lock.unlockAsync(OWNER).get();
		assertThat(renew()).isEqualTo(Renewal.Verdict.LOST);
	}

	/**
	 * A hold of Redisson's own that counts twice under this owner, too.
	 */
	@Test
	void aLockIsReleasedAtOnceWhateverItsHoldCount() throws Exception {
		acquire();
		assertThat(this.lock.tryLockAsync(0, LEASE.toMillis(), TimeUnit.MILLISECONDS, OWNER).get()).isTrue();
		assertThat(this.redis.cli("HGET", this.keys.lock(), this.client.getId() + ":" + OWNER)).isEqualTo("2");
		this.store.finish(this.request, OWNER, RunOutcome.SUCCEEDED, null, null).join();
		assertThat(this.other.isLocked()).isFalse();
	}

	@Test
	void aRequestThatIsSentAgainCountsOnce() {
		acquire();
		acquire();
		assertThat(this.redis.cli("HGET", this.keys.lock(), this.client.getId() + ":" + OWNER)).isEqualTo("1");
	}

	@Test
	void anAbandonedLockIsFreeForRedisson() {
		acquire();
		this.store.abandon(this.request, OWNER).join();
		assertThat(this.other.isLocked()).isFalse();
	}

	private Renewal.Verdict renew() {
		return this.store.renew(this.request, OWNER, Instant.now().plusSeconds(60)).join().verdict();
	}

}
