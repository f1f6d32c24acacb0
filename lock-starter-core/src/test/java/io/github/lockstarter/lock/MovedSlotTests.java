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
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.redisson.Redisson;
import org.redisson.api.RedissonClient;
import org.redisson.client.RedisTryAgainException;
import org.redisson.config.Config;

import io.github.lockstarter.RunOutcome;
import io.github.lockstarter.SkipReason;
import io.github.lockstarter.fixture.Attempts;
import io.github.lockstarter.fixture.Monitor;
import io.github.lockstarter.fixture.RedisCluster;
import io.github.lockstarter.fixture.RedisServer;
import io.github.lockstarter.internal.time.TimeSource;
import io.github.lockstarter.schedule.Tick;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

/**
 * Which replicas count for a start whose slot moves from one master of a cluster to
 * another before the client knows.
 */
class MovedSlotTests {

	private static final Duration PATIENCE = Duration.ofSeconds(30);

	private static final Duration LEASE = Duration.ofMinutes(10);

	/**
	 * For replicas that do not acknowledge. Those that do have all the time they need.
	 */
	private static final Duration A_MOMENT = Duration.ofMillis(200);

	private static final long OWNER = -4711;

	/** Longer than any test. */
	private static final int NEVER = 600_000;

	private static final Set<Integer> used = new HashSet<>();

	private static RedisCluster cluster;

	private static RedisServer from;

	private static RedisServer to;

	private static RedisServer replicaOfFrom;

	private static RedisServer replicaOfTo;

	private final String job = jobOf(from);

	private final LockRequest request = request(this.job, 60);

	private @Nullable RedissonClient client;

	private final List<LockStore> stores = new ArrayList<>();

	@BeforeAll
	static void start() {
		cluster = RedisCluster.start(2);
		from = cluster.masters().get(0);
		to = cluster.masters().get(1);
		replicaOfFrom = cluster.addReplica(from);
		replicaOfTo = cluster.addReplica(to);
	}

	@AfterAll
	static void stop() {
		cluster.close();
	}

	@AfterEach
	void disconnect() {
		replicaOfTo.resume();
		this.stores.forEach(LockStore::close);
	}

	/** A job in a slot that no other test has moved. */
	private static String jobOf(RedisServer master) {
		return Stream.generate(() -> "moved-" + UUID.randomUUID()).filter((job) -> {
			String key = keys(job).lock();
			return cluster.masterOf(key) == master && used.add(cluster.slot(key));
		}).findFirst().orElseThrow();
	}

	private static LockKeys keys(String job) {
		return LockKeys.of("test:", "moved", null, job);
	}

	private static LockRequest request(String job, long secondsAgo) {
		Instant tick = Instant.ofEpochSecond(Instant.now().getEpochSecond() - secondsAgo);
		return new LockRequest(job, new Tick.Nominal(tick), false, LEASE, Duration.ZERO);
	}

	private static LockSettings settings(Duration acquireTimeout, Duration within) {
		return new LockSettings("moved", "test:", "one", acquireTimeout, Duration.ofMinutes(1), 1, within);
	}

	private LockStore store(int scanInterval, @Nullable String user) {
		Config config = new Config();
		config.setThreads(2);
		config.setNettyThreads(2);
		config.setCheckLockSyncedSlaves(false);
		config.setSlavesSyncTimeout(1);
		if (user != null) {
			config.setUsername(user);
			config.setPassword("s3cret");
		}
		config.useClusterServers()
			.addNodeAddress(from.address())
			.setScanInterval(scanInterval)
			.setMasterConnectionMinimumIdleSize(1)
			.setSlaveConnectionMinimumIdleSize(1)
			.setSubscriptionConnectionMinimumIdleSize(0)
			.setRetryAttempts(0);
		this.client = Redisson.create(config);
		return store(PATIENCE);
	}

	/** On the same client, which knows no more of the cluster. */
	private LockStore impatient() {
		return store(A_MOMENT);
	}

	private LockStore store(Duration within) {
		LockStore store = TestRedisson.store(this.client, settings(PATIENCE, within));
		this.stores.add(store);
		Attempts.untilDone(store::ready);
		return store;
	}

	private static CompletableFuture<Answer> start(LockStore store, LockRequest request, Duration patience) {
		return store.acquire(request, OWNER, Instant.now().plus(patience));
	}

	private static void run(LockStore store, LockRequest request) {
		long owner = OWNER + 1;
		assertThat(store.acquire(request, owner, null).join().verdict()).isEqualTo(Verdict.STARTED);
		assertThat(store.finish(request, owner, RunOutcome.SUCCEEDED, null, null).join())
			.isEqualTo(RunOutcome.SUCCEEDED);
	}

	/** Both masters know the scripts. */
	private static void warmUp(LockStore store) {
		run(store, request(jobOf(to), 60));
	}

	private static void isNotAcknowledged(CompletableFuture<Answer> start) {
		assertThat(catchThrowable(start::join)).isInstanceOf(CompletionException.class)
			.hasCauseInstanceOf(TooFewReplicasException.class);
	}

	@Test
	void replicasOfTheOldMasterDoNotAcknowledgeAStartThatIsSentOn() {
		LockStore store = store(NEVER, user("+cluster|nodes", "+cluster|myid"));
		warmUp(store);
		cluster.move(to, keys(this.job).lock());
		replicaOfTo.pause();
		isNotAcknowledged(start(impatient(), this.request, Duration.ofSeconds(2)));
		assertThat(to.cli("HGET", keys(this.job).state(), "server")).as("carried out").isEqualTo("one");
	}

	@Test
	void replicasOfTheOldMasterDoNotAcknowledgeAStartWhileItsSlotMigrates() {
		LockStore store = store(NEVER, null);
		warmUp(store);
		run(store, request(this.job, 120));
		LockKeys keys = keys(this.job);
		cluster.migrate(to, keys.lock(), keys.state(), keys.runs());
		replicaOfTo.pause();
		assertThat(catchThrowable(start(store, this.request, Duration.ofSeconds(2))::join))
			.as("the lock is on neither master yet")
			.hasCauseInstanceOf(RedisTryAgainException.class);
		cluster.move(to, keys.lock());
		assertThat(to.cli("HGET", keys.state(), "outcome")).as("not carried out").isEqualTo("SUCCEEDED");
	}

	@Test
	void aStartWhoseSlotHasMovedIsSentAgainOnceTheClientKnowsItsNewMaster() {
		LockStore store = store(500, null);
		warmUp(store);
		startsOnceTheNewMasterIsKnown(store);
	}

	/**
	 * As that of a job that runs seldom.
	 */
	@Test
	void aStartWhoseCallerDoesNotKnowTheTimeOfRedisIsSentAgainToo() {
		LockStore store = store(500, null);
		warmUp(store);
		cluster.move(to, keys(this.job).lock());
		run(store, this.request);
	}

	@Test
	void aStartIsSentOnToAMasterThatDoesNotKnowTheScripts() {
		LockStore store = store(500, null);
		to.cli("SCRIPT", "FLUSH");
		startsOnceTheNewMasterIsKnown(store);
	}

	private void startsOnceTheNewMasterIsKnown(LockStore store) {
		cluster.move(to, keys(this.job).lock());
		try (Monitor monitor = to.monitor()) {
			Answer answer = start(store, this.request, PATIENCE).join();
			assertThat(answer.verdict()).isEqualTo(Verdict.STARTED);
			assertThat(to.cli("HGET", keys(this.job).state(), "token")).isEqualTo(String.valueOf(answer.token()));
			isOneBatch(monitor);
		}
		assertThat(store.finish(this.request, OWNER, RunOutcome.SUCCEEDED, null, null).join())
			.isEqualTo(RunOutcome.SUCCEEDED);
	}

	@Test
	void aStartAndItsWaitAreOneBatchOnACluster() {
		LockStore store = store(NEVER, null);
		run(store, request(this.job, 120));
		try (Monitor monitor = from.monitor()) {
			assertThat(start(store, this.request, PATIENCE).join().verdict()).isEqualTo(Verdict.STARTED);
			isOneBatch(monitor);
			assertThat(starts(monitor)).as("sent once").hasSize(1);
		}
	}

	@Test
	void aProbeIsAcknowledgedOnAClusterAsAStartIs() {
		LockStore store = store(NEVER, null);
		LockRequest onTo = request(jobOf(to), 60);
		assertThat(store.probe(onTo).join()).isNotNull();
		replicaOfTo.pause();
		assertThat(catchThrowable(() -> impatient().probe(onTo).join()))
			.hasCauseInstanceOf(TooFewReplicasException.class);
	}

	/**
	 * The last renewal came with the question on which node it is, and its {@code WAIT}.
	 */
	private void isOneBatch(Monitor monitor) {
		List<Monitor.Command> starts = starts(monitor);
		Monitor.Command last = starts.get(starts.size() - 1);
		List<Monitor.Command> sameConnection = monitor.received()
			.stream()
			.filter((command) -> command.client().equals(last.client()))
			.toList();
		int place = sameConnection.lastIndexOf(last);
		assertThat(sameConnection.get(place - 1).args()).hasSize(3).startsWith("EVALSHA").endsWith("0");
		assertThat(sameConnection.get(place + 1).args()).containsExactly("WAIT", "1",
				String.valueOf(PATIENCE.toMillis()));
	}

	private List<Monitor.Command> starts(Monitor monitor) {
		return monitor.received()
			.stream()
			.filter((command) -> !command.isFromScript() && command.name().equals("EVALSHA"))
			.filter((command) -> command.args().contains(keys(this.job).state()))
			.filter((command) -> !command.args().contains("one"))
			.toList();
	}

	@Test
	void withoutTheRightToAskForItsNodeAStartIsAcknowledged() {
		run(store(NEVER, user("+cluster|nodes")), this.request);
	}

	/** A user who may do everything, but of what concerns the cluster only this. */
	private static String user(String... rights) {
		String[] command = Stream
			.concat(Stream.of("ACL", "SETUSER", "moved", "reset", "on", ">s3cret", "~*", "&*", "+@all", "-cluster"),
					Stream.of(rights))
			.toArray(String[]::new);
		for (RedisServer server : List.of(from, to, replicaOfFrom, replicaOfTo)) {
			server.cli(command);
		}
		return "moved";
	}

	@Test
	void aTickWhoseStartIsNotAcknowledgedIsRefusedAndNothingIsLeftBehind() {
		LockStore store = store(NEVER, null);
		warmUp(store);
		replicaOfTo.pause();
		LockStore moving = new FaultyStore(impatient(), FaultyStore.Step.ACQUIRE, FaultyStore.Fault.PAUSE_BEFORE,
				Duration.ZERO, Duration.ZERO, (pause) -> {
				}, () -> {
					// Before and after the pause
					if (cluster.masterOf(keys(this.job).lock()) != to) {
						cluster.move(to, keys(this.job).lock());
					}
				});
		try (JobLocks locks = new JobLocks(moving, settings(Duration.ofSeconds(3), A_MOMENT), TimeSource.system())) {
			assertThat(locks.claim(this.request).join()).isInstanceOfSatisfying(Claim.Refused.class,
					(refused) -> assertThat(refused.reason()).isEqualTo(SkipReason.REDIS_UNAVAILABLE));
			await().atMost(PATIENCE.toSeconds(), TimeUnit.SECONDS).untilAsserted(() -> {
				assertThat(to.cli("EXISTS", keys(this.job).lock())).isEqualTo("0");
				assertThat(to.cli("HGET", keys(this.job).state(), "owner")).isIn("", "(nil)");
			});
		}
	}

}
