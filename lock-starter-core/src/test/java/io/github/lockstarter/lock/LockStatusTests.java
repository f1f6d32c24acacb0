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
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.redisson.Redisson;
import org.redisson.api.RedissonClient;
import org.redisson.config.Config;

import io.github.lockstarter.SkipReason;
import io.github.lockstarter.fixture.Monitor;
import io.github.lockstarter.fixture.RedisCluster;
import io.github.lockstarter.fixture.RedisReplication;
import io.github.lockstarter.fixture.RedisServer;
import io.github.lockstarter.fixture.Shortest;
import io.github.lockstarter.fixture.TestTime;
import io.github.lockstarter.internal.time.TimeSource;
import io.github.lockstarter.schedule.Tick;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Whether the locks work is asked for, and told as it is.
 */
class LockStatusTests {

	private static final Duration TIMEOUT = Duration.ofSeconds(1);

	private static final Duration PATIENCE = Duration.ofSeconds(30);

	private final LockSettings settings = new LockSettings("status-" + UUID.randomUUID(), "test:", "one", TIMEOUT,
			Duration.ofMinutes(1));

	@Test
	void allIsWell() {
		RedisServer redis = RedisServer.shared();
		try (JobLocks locks = locks(redis)) {
			awaitUp(locks);
			LockStatus status = locks.status();
			assertThat(status.namespace()).isEqualTo(this.settings.namespace());
			assertThat(status.server()).isEqualTo("one");
			assertThat(status.place()).isEqualTo(redis.address());
			assertThat(status.evictions()).isEmpty();
			// One machine, one clock
			await().atMost(PATIENCE)
				.until(() -> locks.status().clockOffset(),
						(offset) -> offset != null && offset.abs().compareTo(Duration.ofSeconds(1)) < 0);
			assertThat(locks.clockOffset()).isNotNull();
			assertThat(status.isClockAhead()).isFalse();
		}
	}

	@Test
	void theQuestionLeavesNothingBehindAndTouchesNoJob() {
		try (RedisServer redis = RedisServer.start(); JobLocks locks = locks(redis)) {
			awaitUp(locks);
			try (Monitor monitor = redis.monitor()) {
				assertThat(locks.status().failure()).isNull();
				await().atMost(PATIENCE)
					.untilAsserted(() -> assertThat(monitor.received())
						.filteredOn((command) -> command.args().get(0).equalsIgnoreCase("EVALSHA"))
						.hasSize(1));
			}
			assertThat(redis.cli("DBSIZE")).isEqualTo("0");
		}
	}

	/**
	 * Whoever asks is let go, and hears so when it is over.
	 */
	@Test
	void aRedisThatDoesNotAnswer() {
		try (RedisServer redis = RedisServer.start(); JobLocks locks = locks(redis)) {
			awaitUp(locks);
			redis.pause();
			Duration bound = TIMEOUT.plusMillis(100);
			assertThat(Shortest.of("status of a silent Redis", bound, 10, () -> {
				long start = System.nanoTime();
				assertThat(locks.status().failure()).contains("no answer within " + TIMEOUT.toMillis() + " ms");
				return Duration.ofNanos(System.nanoTime() - start);
			})).isLessThan(bound);
			redis.resume();
			awaitUp(locks);
		}
	}

	@Test
	void aRedisThatIsDownFromTheStart() {
		try (RedisServer redis = RedisServer.reserved(); JobLocks locks = locks(redis)) {
			assertThat(locks.status()).satisfies((status) -> {
				assertThat(status.failure()).isNotNull();
				assertThat(status.clockOffset()).isNull();
				assertThat(status.isClockAhead()).isFalse();
			});
			redis.startAgain();
			awaitUp(locks);
		}
	}

	@Test
	void aReplicaTakesNoLocks() {
		refusing((redis) -> redis.cli("REPLICAOF", "127.0.0.1", "1"), "READONLY",
				(redis) -> redis.cli("REPLICAOF", "NO", "ONE"));
	}

	@Test
	void aRedisWithoutMemoryTakesNoLocks() {
		refusing((redis) -> redis.cli("CONFIG", "SET", "maxmemory", "1"), "OOM ",
				(redis) -> redis.cli("CONFIG", "SET", "maxmemory", "0"));
	}

	@ParameterizedTest
	@ValueSource(strings = { "hincrby", "pexpire", "publish" })
	void aUserWithoutTheRightsGetsNoLocks(String command) {
		refusing((redis) -> redis.cli("ACL", "SETUSER", "default", "-" + command), "",
				(redis) -> redis.cli("ACL", "SETUSER", "default", "+" + command));
	}

	private void refusing(Consumer<RedisServer> begin, String cause, Consumer<RedisServer> end) {
		try (RedisServer redis = RedisServer.start(); JobLocks locks = locks(redis)) {
			awaitUp(locks);
			begin.accept(redis);
			await().atMost(PATIENCE)
				.untilAsserted(() -> assertThat(locks.status().failure()).isNotNull().contains(cause));
			end.accept(redis);
			awaitUp(locks);
			assertThat(redis.cli("KEYS", "*probe*")).doesNotContain("status-");
		}
	}

	@Test
	void tooFewReplicas() {
		LockSettings wanted = new LockSettings(this.settings.namespace(), "test:", "one", Duration.ofSeconds(20),
				Duration.ofMinutes(1), 1, Duration.ofSeconds(10));
		LockSettings more = new LockSettings(this.settings.namespace(), "test:", "one", Duration.ofSeconds(20),
				Duration.ofMinutes(1), 2, Duration.ofMillis(100));
		try (RedisReplication replication = RedisReplication.start(1);
				JobLocks enough = locks(replication.master(), wanted, Clock.systemUTC());
				JobLocks tooMany = locks(replication.master(), more, Clock.systemUTC())) {
			awaitUp(enough);
			tooMany.ready().join();
			await().atMost(PATIENCE)
				.untilAsserted(() -> assertThat(tooMany.status().failure())
					.contains("1 of 2 replicas acknowledged the start within 100 ms"));
		}
	}

	/**
	 * Asked for on the shard of the job that could not be asked for.
	 */
	@Test
	void aShardThatIsAway() {
		LockRequest request = request("job");
		try (RedisCluster cluster = RedisCluster.start(3, "--cluster-require-full-coverage", "no");
				JobLocks locks = JobLocks.onRedis(() -> client(cluster), true, "cluster", this.settings,
						TimeSource.system())) {
			RedisServer shard = cluster
				.masterOf(LockKeys.of("test:", this.settings.namespace(), null, request.job()).lock());
			awaitUp(locks);
			shard.pause();
			assertThat(locks.claim(request).join()).isInstanceOfSatisfying(Claim.Refused.class,
					(refused) -> assertThat(refused.reason()).isEqualTo(SkipReason.REDIS_UNAVAILABLE));
			assertThat(locks.status().failure()).isNotNull();
			shard.resume();
			awaitUp(locks);
		}
	}

	private static RedissonClient client(RedisCluster cluster) {
		Config config = new Config();
		config.setThreads(2);
		config.setNettyThreads(2);
		config.useClusterServers()
			.addNodeAddress(cluster.masters().stream().map(RedisServer::address).toArray(String[]::new))
			.setCheckSlotsCoverage(false)
			.setTimeout((int) TIMEOUT.toMillis())
			.setRetryAttempts(0);
		return Redisson.create(config);
	}

	@Test
	void aClockThatIsAhead() {
		try (JobLocks locks = locks(RedisServer.shared(), this.settings, ahead(Duration.ofMinutes(10)))) {
			awaitUp(locks);
			await().atMost(PATIENCE).until(() -> locks.status().isClockAhead());
			assertThat(locks.status().clockOffset()).isBetween(Duration.ofMinutes(9), Duration.ofMinutes(11));
		}
	}

	@Test
	void aClockThatIsBehindSkipsNoTick() {
		try (JobLocks locks = locks(RedisServer.shared(), this.settings, ahead(Duration.ofMinutes(-10)))) {
			awaitUp(locks);
			await().atMost(PATIENCE).until(() -> locks.status().clockOffset() != null);
			assertThat(locks.status().clockOffset()).isNegative();
			assertThat(locks.status().isClockAhead()).isFalse();
		}
	}

	@Test
	void aRedisThatMayEvictLocks() {
		try (RedisServer redis = RedisServer.start("--maxmemory-policy", "allkeys-lru");
				JobLocks locks = locks(redis)) {
			awaitUp(locks);
			await().atMost(PATIENCE)
				.until(() -> locks.status().evictions(),
						List.of("maxmemory-policy is 'allkeys-lru' on " + redis.host() + ":" + redis.port())::equals);
			assertThat(locks.status().failure()).isNull();
		}
	}

	@Test
	void locksInMemoryCanAlwaysBeHad() {
		try (JobLocks locks = JobLocks.inMemory(this.settings, TimeSource.system())) {
			LockStatus status = locks.status();
			assertThat(status.failure()).isNull();
			assertThat(status.place()).isEqualTo("this JVM only");
			assertThat(status.evictions()).isEmpty();
		}
	}

	private static void awaitUp(JobLocks locks) {
		await().atMost(PATIENCE).until(() -> locks.status().failure() == null);
	}

	private static LockRequest request(String job) {
		return new LockRequest(job, new Tick.Manual(), false, Duration.ofSeconds(30), Duration.ZERO);
	}

	private static Clock ahead(Duration offset) {
		return Clock.offset(Clock.systemUTC(), offset);
	}

	private static JobLocks locks(RedisServer redis, LockSettings settings, Clock clock) {
		return new JobLocks(TestRedisson.store(TestRedisson.client(redis), settings), settings, TestTime.with(clock));
	}

	private JobLocks locks(RedisServer redis) {
		return JobLocks.onRedis(() -> TestRedisson.client(redis.address(), (int) TIMEOUT.multipliedBy(2).toMillis()),
				true, redis.address(), this.settings, TimeSource.system());
	}

}
