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

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.redisson.Redisson;
import org.redisson.api.RLock;
import org.redisson.api.RedissonClient;
import org.redisson.config.Config;

import io.github.lockstarter.RunOutcome;
import io.github.lockstarter.fixture.Attempts;
import io.github.lockstarter.fixture.RedisCluster;
import io.github.lockstarter.fixture.RedisServer;
import io.github.lockstarter.schedule.Tick;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * What is different on a cluster. From Redis 7 on a client of Redisson that waits for an
 * {@link RLock} there listens to the shard of the lock.
 */
class ClusterLockTests {

	/** Far longer than any test waits for a lock. */
	private static final Duration LEASE = Duration.ofMinutes(10);

	private static final long OWNER = -4711;

	private static RedisCluster cluster;

	private static RedissonClient other;

	private final LockRequest request = new LockRequest("cluster-" + UUID.randomUUID(),
			new Tick.Nominal(Instant.now().minusSeconds(1)), false, LEASE, Duration.ZERO);

	private final LockKeys keys = LockKeys.of("test:", "cluster", null, this.request.job());

	private LockStore store;

	@BeforeAll
	static void start() {
		// A node that is alone does not know its own address
		cluster = RedisCluster.start(2);
		other = TestRedisson.cluster(cluster);
	}

	@AfterAll
	static void stop() {
		other.shutdown();
		cluster.close();
	}

	@BeforeEach
	void connect() {
		this.store = TestRedisson.store(TestRedisson.cluster(cluster),
				new LockSettings("cluster", "test:", "one", Duration.ofSeconds(2), Duration.ofMinutes(1)));
		Attempts.untilDone(this.store::ready);
	}

	@AfterEach
	void disconnect() {
		this.store.close();
	}

	private void acquire() {
		assertThat(this.store.acquire(this.request, OWNER, null).join().verdict()).isEqualTo(Verdict.STARTED);
	}

	@Test
	void aWaitingLockIsWokenByTheEndOfARun() throws Exception {
		acquire();
		isWokenBy(() -> this.store.finish(this.request, OWNER, RunOutcome.SUCCEEDED, null, null).join());
	}

	@Test
	void aWaitingLockIsWokenByAStartThatIsGivenBack() throws Exception {
		acquire();
		isWokenBy(() -> this.store.abandon(this.request, OWNER).join());
	}

	@Test
	void aWaitingLockIsWokenByAnOperatorWhoReleasesIt() throws Exception {
		acquire();
		String owner = this.store.record(this.request.job(), null, 0).join().holder().owner();
		isWokenBy(() -> this.store.release(this.request.job(), null, owner, false).join());
	}

	private void isWokenBy(Runnable release) throws Exception {
		RLock waiting = other.getLock(this.keys.lock());
		CompletableFuture<Boolean> woken = waiting.tryLockAsync(5, 10, TimeUnit.MINUTES, 1).toCompletableFuture();
		await().atMost(Duration.ofSeconds(30)).until(this::isListenedTo);
		release.run();
		assertThat(woken.get(60, TimeUnit.SECONDS)).isTrue();
		waiting.unlockAsync(1).toCompletableFuture().get(60, TimeUnit.SECONDS);
	}

	private boolean isListenedTo() {
		RedisServer master = cluster.masterOf(this.keys.lock());
		boolean shards = !master.version().startsWith("6");
		String reply = master.cli("PUBSUB", shards ? "SHARDNUMSUB" : "NUMSUB",
				"redisson_lock__channel:" + this.keys.lock());
		return !reply.strip().endsWith("0");
	}

}
