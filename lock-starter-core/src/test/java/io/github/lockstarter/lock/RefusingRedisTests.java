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
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.redisson.Redisson;
import org.redisson.api.RedissonClient;
import org.redisson.config.Config;

import io.github.lockstarter.RunOutcome;
import io.github.lockstarter.SkipReason;
import io.github.lockstarter.fixture.Attempts;
import io.github.lockstarter.fixture.OwnThread;
import io.github.lockstarter.fixture.RedisCluster;
import io.github.lockstarter.fixture.RedisReplication;
import io.github.lockstarter.fixture.RedisServer;
import io.github.lockstarter.internal.time.TimeSource;
import io.github.lockstarter.schedule.Tick;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * What becomes of a tick where Redis answers with an error that is about itself: the tick
 * is refused, the reason names the error, and when that is over the same tick runs.
 */
class RefusingRedisTests {

	private static final Duration PATIENCE = Duration.ofSeconds(10);

	/** Longer than any test. */
	private static final int NEVER = 600_000;

	private final Instant tick = Instant.ofEpochSecond(Instant.now().getEpochSecond() - 60);

	private final List<JobLocks> opened = new ArrayList<>();

	private String job = "refusing-" + UUID.randomUUID();

	@AfterEach
	void close() {
		this.opened.forEach(JobLocks::close);
	}

	private JobLocks locks(RedisServer redis) {
		return locks(TestRedisson.client(redis.address(), (int) PATIENCE.toMillis()));
	}

	private JobLocks locks(RedissonClient client) {
		LockSettings settings = new LockSettings("refusing", "test:", "one", PATIENCE, Duration.ofMinutes(1));
		JobLocks locks = new JobLocks(TestRedisson.store(client, settings), settings, TimeSource.system());
		this.opened.add(locks);
		Attempts.untilDone(locks::ready);
		return locks;
	}

	private LockRequest request(int later) {
		return new LockRequest(this.job, new Tick.Nominal(this.tick.plusSeconds(later)), false, Duration.ofMinutes(10),
				Duration.ZERO);
	}

	private LockKeys keys() {
		return LockKeys.of("test:", "refusing", null, this.job);
	}

	private static void isRefused(Claim claim, SkipReason reason, String detail) {
		assertThat(claim).isInstanceOfSatisfying(Claim.Refused.class, (refused) -> {
			assertThat(refused.reason()).isEqualTo(reason);
			assertThat(String.valueOf(refused.detail())).contains(detail);
		});
	}

	private static HeldLock granted(Claim claim) {
		assertThat(claim).isInstanceOf(Claim.Granted.class);
		return ((Claim.Granted) claim).lock();
	}

	private static void runs(JobLocks locks, LockRequest request) {
		HeldLock lock = granted(locks.claim(request).join());
		assertThat(lock.finish(RunOutcome.SUCCEEDED, null).join()).isEqualTo(RunOutcome.SUCCEEDED);
	}

	private void nothingIsLeft(RedisServer redis) {
		assertThat(redis.cli("EXISTS", keys().lock(), keys().runs())).isEqualTo("0");
		assertThat(redis.cli("HGET", keys().state(), "tick")).isIn("", "(nil)");
		assertThat(redis.cli("HGET", keys().state(), "owner")).isIn("", "(nil)");
	}

	/**
	 * The tick is refused for as long as it lasts, and runs when it is over.
	 */
	private void isRefusedUntilItIsOver(RedisServer redis, JobLocks locks, String error, Runnable end) {
		LockRequest request = request(0);
		isRefused(locks.claim(request).join(), SkipReason.REDIS_UNAVAILABLE, error);
		// What may be left of the first one cannot be given back yet
		isRefused(locks.claim(request).join(), SkipReason.REDIS_UNAVAILABLE, error);
		end.run();
		nothingIsLeft(redis);
		runs(locks, request);
		assertThat(redis.cli("EXISTS", keys().lock())).isEqualTo("0");
		assertThat(locks.record(this.job, null, 10).runs()).extracting(RunRecord::state)
			.containsExactly(RunRecord.State.SUCCEEDED);
		isRefused(locks.claim(request).join(), SkipReason.ALREADY_RAN, "");
	}

	@Test
	void aRedisThatHasForgottenTheScriptsIsSentThem() {
		try (RedisServer redis = RedisServer.start()) {
			JobLocks locks = locks(redis);
			redis.cli("SCRIPT", "FLUSH");
			HeldLock lock = granted(locks.claim(request(0)).join());
			redis.cli("SCRIPT", "FLUSH");
			isRefused(locks.claim(request(0)).join(), SkipReason.ALREADY_RAN, "");
			redis.cli("SCRIPT", "FLUSH");
			assertThat(lock.finish(RunOutcome.SUCCEEDED, null).join()).isEqualTo(RunOutcome.SUCCEEDED);
			HeldLock next = granted(locks.claim(request(1)).join());
			redis.cli("SCRIPT", "FLUSH");
			next.abandon();
			runs(locks, request(1));
			assertThat(locks.record(this.job, null, 10).runs()).extracting(RunRecord::state)
				.containsExactly(RunRecord.State.SUCCEEDED, RunRecord.State.SUCCEEDED);
		}
	}

	@Test
	void aReplicaRefusesUntilItIsPromoted() {
		try (RedisReplication replication = RedisReplication.start(1)) {
			RedisServer master = replication.master();
			RedisServer replica = replication.replicas().get(0);
			isRefusedUntilItIsOver(replica, locks(replica), "READONLY", () -> {
				nothingIsLeft(master);
				replica.cli("REPLICAOF", "NO", "ONE");
			});
			nothingIsLeft(master);
		}
	}

	@Test
	void aMasterThatBecomesAReplicaRefusesUntilItIsAMasterAgain() {
		try (RedisServer redis = RedisServer.start()) {
			JobLocks locks = locks(redis);
			redis.cli("REPLICAOF", "127.0.0.1", "1");
			isRefusedUntilItIsOver(redis, locks, "READONLY", () -> redis.cli("REPLICAOF", "NO", "ONE"));
		}
	}

	@Test
	void aMasterThatMissesReplicasRefuses() {
		try (RedisServer redis = RedisServer.start()) {
			JobLocks locks = locks(redis);
			redis.cli("CONFIG", "SET", "min-replicas-to-write", "1");
			isRefusedUntilItIsOver(redis, locks, "NOREPLICAS",
					() -> redis.cli("CONFIG", "SET", "min-replicas-to-write", "0"));
		}
	}

	@Test
	void aRedisThatIsBusyWithAScriptRefuses() {
		try (RedisServer redis = RedisServer.start()) {
			JobLocks locks = locks(redis);
			redis.cli("CONFIG", "SET", "lua-time-limit", "1");
			CompletableFuture<Void> script = OwnThread.run(() -> redis.cli("EVAL", "while true do end", "0"));
			await().until(() -> error(redis, "GET", "key").startsWith("BUSY"));
			isRefusedUntilItIsOver(redis, locks, "BUSY", () -> {
				redis.cli("SCRIPT", "KILL");
				await().until(() -> script.isDone() && error(redis, "GET", "key").isEmpty());
			});
		}
	}

	/**
	 * It would load for twelve seconds, and answers every 400 ms, because every key is
	 * larger than what it loads between two looks at its clients.
	 */
	@Test
	void aRedisThatLoadsItsDataRefuses() {
		boolean asked = Integer.parseInt(RedisServer.shared().version().split("\\.")[0]) >= 7;
		try (RedisServer redis = asked ? RedisServer.start("--enable-debug-command", "yes") : RedisServer.start()) {
			JobLocks locks = locks(redis);
			redis.cli("CONFIG", "SET", "rdbcompression", "no");
			redis.cli("EVAL", "for i = 1, 30 do redis.call('SET', 'large-' .. i, string.rep('.', 2200000)) end", "0");
			redis.cli("CONFIG", "SET", "key-load-delay", "400000");
			OwnThread.run(() -> redis.cli("DEBUG", "RELOAD"));
			await().until(() -> error(redis, "GET", "key").startsWith("LOADING"));
			isRefusedUntilItIsOver(redis, locks, "LOADING", () -> {
				redis.restart();
				await().until(() -> locks.status().failure() == null);
			});
		}
	}

	/** What Redis refuses with, or nothing. */
	private static String error(RedisServer redis, String... command) {
		try {
			redis.cli(command);
			return "";
		}
		catch (IllegalStateException ex) {
			return String.valueOf(ex.getMessage());
		}
	}

	/**
	 * The client hears of no slot that moves, but from the servers that refuse.
	 */
	private static RedissonClient client(RedisCluster cluster) {
		Config config = new Config();
		config.setThreads(2);
		config.setNettyThreads(2);
		config.useClusterServers()
			.addNodeAddress(cluster.masters().get(0).address())
			.setScanInterval(NEVER)
			.setMasterConnectionMinimumIdleSize(1)
			.setSubscriptionConnectionMinimumIdleSize(0)
			.setTimeout((int) PATIENCE.toMillis())
			.setRetryAttempts(0);
		return Redisson.create(config);
	}

	@Test
	void aSlotThatMovesRefusesNoTickOrOnlyWhileItDoes() {
		try (RedisCluster cluster = RedisCluster.start(2)) {
			RedisServer from = cluster.masters().get(0);
			RedisServer to = cluster.masters().get(1);
			JobLocks locks = locks(client(cluster));
			// MOVED
			newJobOf(cluster, from);
			cluster.move(to, keys().lock());
			HeldLock lock = granted(locks.claim(request(0)).join());
			assertThat(to.cli("HGET", keys().state(), "token")).isEqualTo(String.valueOf(lock.token()));
			assertThat(lock.finish(RunOutcome.SUCCEEDED, null).join()).isEqualTo(RunOutcome.SUCCEEDED);
			// TRYAGAIN: none of its keys is there, on either of them
			newJobOf(cluster, from);
			cluster.migrate(to, keys().lock());
			isRefusedUntilItIsOver(to, locks, "TRYAGAIN", () -> {
				assertThat(from.cli("CLUSTER", "COUNTKEYSINSLOT", String.valueOf(cluster.slot(keys().lock()))))
					.isEqualTo("0");
				cluster.move(to, keys().lock());
			});
			// ASK: all of its keys are there
			newJobOf(cluster, from);
			runs(locks, request(0));
			lock = granted(locks.claim(request(1)).join());
			cluster.migrate(to, keys().lock(), keys().state(), keys().runs());
			isRefused(locks.claim(request(1)).join(), SkipReason.ALREADY_RAN, "");
			isRefused(locks.claim(request(2)).join(), SkipReason.STILL_RUNNING, "");
			assertThat(lock.finish(RunOutcome.SUCCEEDED, null).join()).isEqualTo(RunOutcome.SUCCEEDED);
			// The lock is free, so one of them is missing
			isRefused(locks.claim(request(2)).join(), SkipReason.REDIS_UNAVAILABLE, "TRYAGAIN");
			cluster.move(to, keys().lock());
			runs(locks, request(2));
			assertThat(locks.record(this.job, null, 10).runs()).extracting(RunRecord::state)
				.hasSize(3)
				.containsOnly(RunRecord.State.SUCCEEDED);
		}
	}

	private void newJobOf(RedisCluster cluster, RedisServer master) {
		this.job = Stream.generate(() -> "refusing-" + UUID.randomUUID())
			.filter((name) -> cluster.masterOf(LockKeys.of("test:", "refusing", null, name).lock()) == master)
			.findFirst()
			.orElseThrow();
	}

}
