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
import java.util.Locale;
import java.util.UUID;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.redisson.Redisson;
import org.redisson.api.RedissonClient;
import org.redisson.config.Config;

import io.github.lockstarter.RunOutcome;
import io.github.lockstarter.SkipReason;
import io.github.lockstarter.fixture.Monitor;
import io.github.lockstarter.fixture.Attempts;
import io.github.lockstarter.fixture.RedisReplication;
import io.github.lockstarter.fixture.RedisServer;
import io.github.lockstarter.fixture.TcpProxy;
import io.github.lockstarter.internal.time.TimeSource;
import io.github.lockstarter.schedule.Tick;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * What replicas must know before a job runs.
 */
class ReplicasTests {

	private static final Duration PATIENCE = Duration.ofSeconds(10);

	private static RedisReplication replication;

	private final String job = "replicas-" + UUID.randomUUID();

	private final LockRequest request = new LockRequest(this.job,
			new Tick.Nominal(Instant.ofEpochSecond(Instant.now().getEpochSecond() - 60)), false, Duration.ofMinutes(1),
			Duration.ZERO);

	private final List<JobLocks> opened = new ArrayList<>();

	@BeforeAll
	static void start() {
		replication = RedisReplication.start(1);
	}

	@AfterAll
	static void stop() {
		replication.close();
	}

	@AfterEach
	void close() {
		this.opened.forEach(JobLocks::close);
	}

	private JobLocks locks(RedissonClient client, int replicas, Duration within) {
		LockSettings settings = new LockSettings("replicas", "test:", "one", PATIENCE, Duration.ofMinutes(1), replicas,
				within);
		JobLocks locks = new JobLocks(TestRedisson.store(client, settings), settings, TimeSource.system());
		this.opened.add(locks);
		Attempts.untilDone(locks::ready);
		return locks;
	}

	private JobLocks locks(int replicas, Duration within) {
		return locks(TestRedisson.client(replication.master()), replicas, within);
	}

	/** A client that knows the master and its replica. */
	private static RedissonClient replicated() {
		Config config = new Config();
		config.setThreads(2);
		config.setNettyThreads(2);
		config.setCheckLockSyncedSlaves(false);
		config.setSlavesSyncTimeout(1);
		config.useReplicatedServers()
			.addNodeAddress(replication.servers().stream().map(RedisServer::address).toArray(String[]::new))
			.setMasterConnectionMinimumIdleSize(1)
			.setSlaveConnectionMinimumIdleSize(1)
			.setRetryAttempts(0);
		return Redisson.create(config);
	}

	private static HeldLock granted(Claim claim) {
		assertThat(claim).isInstanceOf(Claim.Granted.class);
		return ((Claim.Granted) claim).lock();
	}

	private void refused(Claim claim, String detail) {
		assertThat(claim).isInstanceOfSatisfying(Claim.Refused.class, (refused) -> {
			assertThat(refused.reason()).isEqualTo(SkipReason.REDIS_UNAVAILABLE);
			assertThat(refused.detail()).isEqualTo("test: " + detail);
			assertThat(refused.trouble()).isEqualTo(Trouble.REFUSING);
		});
	}

	private LockKeys keys() {
		return LockKeys.of("test:", "replicas", null, this.job);
	}

	private void awaitNothingLeft() {
		RedisServer master = replication.master();
		await().untilAsserted(() -> {
			assertThat(master.cli("EXISTS", keys().lock())).isEqualTo("0");
			assertThat(master.cli("HGET", keys().state(), "tick")).isEmpty();
			assertThat(master.cli("HGET", keys().state(), "owner")).isEmpty();
		});
	}

	@Test
	void aJobRunsOnceItsReplicaKnows() {
		HeldLock lock = granted(locks(1, Duration.ofSeconds(5)).claim(this.request).join());
		// Acknowledged before the claim was granted, so this needs no waiting
		RedisServer replica = replication.replicas().get(0);
		assertThat(replica.cli("HGET", keys().state(), "token")).isEqualTo(String.valueOf(lock.token()));
		assertThat(replica.cli("EXISTS", keys().lock())).isEqualTo("1");
		assertThat(lock.finish(RunOutcome.SUCCEEDED, null).join()).isEqualTo(RunOutcome.SUCCEEDED);
	}

	@Test
	void tooFewReplicasRefuseTheTickAndNothingIsLeftBehind() {
		Duration within = Duration.ofSeconds(2);
		refused(locks(2, within).claim(this.request).join(), "1 of 2 replicas acknowledged the start within 2000 ms");
		awaitNothingLeft();
		granted(locks(1, Duration.ofSeconds(5)).claim(this.request).join()).finish(RunOutcome.SUCCEEDED, null).join();
	}

	@Test
	void aReplicaThatStandsStillRefusesTheTickUntilItIsBack() {
		JobLocks locks = locks(1, Duration.ofMillis(200));
		RedisServer replica = replication.replicas().get(0);
		replica.pause();
		try {
			refused(locks.claim(this.request).join(), "0 of 1 replicas acknowledged the start within 200 ms");
			awaitNothingLeft();
		}
		finally {
			replica.resume();
		}
		await().until(() -> locks.claim(this.request).join() instanceof Claim.Granted);
	}

	@Test
	void aRedisWithoutReplicasRefusesEveryTickAndSaysWhy() {
		JobLocks locks = locks(TestRedisson.client(RedisServer.shared()), 1, Duration.ofMillis(50));
		refused(locks.claim(this.request).join(), "0 of 1 replicas acknowledged the start within 50 ms");
	}

	@Test
	void aLoserWaitsForNoReplica() {
		granted(locks(0, Duration.ZERO).claim(this.request).join()).finish(RunOutcome.SUCCEEDED, null).join();
		JobLocks locks = locks(2, Duration.ofSeconds(5));
		assertThat(locks.claim(this.request).join()).isInstanceOfSatisfying(Claim.Refused.class,
				(refused) -> assertThat(refused.reason()).isEqualTo(SkipReason.ALREADY_RAN));
	}

	/**
	 * What is known of the time on Redis's clock is older by all that the last question
	 * took.
	 */
	@Test
	void aLongLineLeavesTheTimeToAskReplicas() {
		Duration timeout = Duration.ofSeconds(4);
		LockSettings settings = new LockSettings("replicas", "test:", "one", timeout, Duration.ofMinutes(1), 1,
				Duration.ofSeconds(1));
		try (TcpProxy line = TcpProxy.to(replication.master());
				JobLocks locks = new JobLocks(
						TestRedisson.store(TestRedisson.client(line.address(), (int) timeout.toMillis()), settings),
						settings, TimeSource.system())) {
			Attempts.untilDone(locks::ready);
			LockRequest request = new LockRequest(this.job, new Tick.Manual(), false, Duration.ofMinutes(1),
					Duration.ZERO);
			granted(locks.claim(request).join()).finish(RunOutcome.SUCCEEDED, null).join();
			line.delay(timeout.dividedBy(7));
			granted(locks.claim(request).join()).finish(RunOutcome.SUCCEEDED, null).join();
			granted(locks.claim(request).join()).finish(RunOutcome.SUCCEEDED, null).join();
		}
	}

	@Test
	void aRenewalAndItsWaitAreOneBatchOnOneConnection() {
		aRenewalAndItsWaitAreOneBatchOnOneConnection(TestRedisson.client(replication.master()));
	}

	@Test
	void aRenewalAndItsWaitAreOneBatchOnOneConnectionAlsoOfAClientThatKnowsTheReplica() {
		aRenewalAndItsWaitAreOneBatchOnOneConnection(replicated());
	}

	private void aRenewalAndItsWaitAreOneBatchOnOneConnection(RedissonClient client) {
		JobLocks locks = locks(client, 1, Duration.ofMillis(4321));
		try (Monitor monitor = replication.master().monitor()) {
			HeldLock lock = granted(locks.claim(this.request).join());
			assertThat(lock.finish(RunOutcome.SUCCEEDED, null).join()).isEqualTo(RunOutcome.SUCCEEDED);
			await().until(() -> sent(monitor).stream().anyMatch((command) -> command.args().contains("SUCCEEDED")));
			List<Monitor.Command> commands = sent(monitor);
			Monitor.Command waits = commands.stream()
				.filter((command) -> command.args().get(0).equalsIgnoreCase("WAIT"))
				.findFirst()
				.orElseThrow();
			assertThat(waits.args()).containsExactly("WAIT", "1", "4321");
			List<Monitor.Command> sameConnection = commands.stream()
				.filter((command) -> command.client().equals(waits.client()))
				.toList();
			Monitor.Command renewal = sameConnection.get(sameConnection.indexOf(waits) - 1);
			assertThat(renewal.args()).contains(keys().lock()).doesNotContain("one");
			List<Monitor.Command> starts = commands.stream()
				.filter((command) -> command.args().contains(String.valueOf(lock.tick().toEpochMilli()))
						&& command.args().contains("ACQUIRE"))
				.toList();
			assertThat(starts).as("sent once").hasSize(1);
			assertThat(commands.indexOf(starts.get(0))).as("before").isLessThan(commands.indexOf(renewal));
		}
	}

	private static List<Monitor.Command> sent(Monitor monitor) {
		return monitor.received().stream().filter((command) -> !command.client().startsWith("lua")).toList();
	}

	/**
	 * Redisson reads from replicas unless it is told otherwise.
	 */
	@Test
	void aReplicaThatStandsStillKeepsNoServerFromConnecting() {
		RedissonClient client = replicated();
		RedisServer replica = replication.replicas().get(0);
		replica.pause();
		try {
			granted(locks(client, 0, Duration.ZERO).claim(this.request).join()).finish(RunOutcome.SUCCEEDED, null)
				.join();
		}
		finally {
			replica.resume();
		}
	}

	@Test
	void aScriptThatRedisHasForgottenIsSentAgain() {
		JobLocks locks = locks(1, Duration.ofSeconds(5));
		granted(locks.claim(this.request).join()).finish(RunOutcome.SUCCEEDED, null).join();
		replication.master().cli("SCRIPT", "FLUSH");
		LockRequest next = new LockRequest(this.job, new Tick.Manual(), false, Duration.ofMinutes(1), Duration.ZERO);
		granted(locks.claim(next).join()).finish(RunOutcome.SUCCEEDED, null).join();
	}

	@Test
	void aWinnerMakesOneTripMore() {
		JobLocks locks = locks(1, Duration.ofSeconds(5));
		LockRequest warmUp = new LockRequest("warm-up", new Tick.Manual(), false, Duration.ofMinutes(1), Duration.ZERO);
		granted(locks.claim(warmUp).join()).finish(RunOutcome.SUCCEEDED, null).join();
		try (Monitor monitor = replication.master().monitor()) {
			HeldLock lock = granted(locks.claim(this.request).join());
			// The last two come in one batch, whose answer the method waits for
			assertThat(names(monitor)).containsExactly("EVALSHA", "EVALSHA", "WAIT");
			monitor.forget();
			lock.finish(RunOutcome.SUCCEEDED, null).join();
			assertThat(names(monitor)).containsExactly("EVALSHA");
		}
	}

	private static List<String> names(Monitor monitor) {
		return sent(monitor).stream()
			.map((command) -> command.args().get(0).toUpperCase(Locale.ROOT))
			.filter((name) -> !List.of("PING", "REPLCONF", "INFO", "ROLE").contains(name))
			.toList();
	}

}
