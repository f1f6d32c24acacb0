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
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.redisson.api.RedissonClient;

import io.github.lockstarter.RunOutcome;
import io.github.lockstarter.fixture.RedisServer;
import io.github.lockstarter.internal.time.TimeSource;
import io.github.lockstarter.lock.FaultyStore.Fault;
import io.github.lockstarter.lock.FaultyStore.Step;
import io.github.lockstarter.schedule.Tick;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

/**
 * Two servers and one tick. One of them fails at each step in each way while the other
 * goes on: no tick is run twice, no later run has a lower token, nothing is held for
 * longer than a lease, and the next tick runs.
 */
class InterleavingTests {

	private static final Duration LEASE = Duration.ofSeconds(4);

	private static final Duration PATIENCE = Duration.ofMillis(1500);

	private static final RedisServer redis = RedisServer.shared();

	private static RedissonClient one;

	private static RedissonClient two;

	@BeforeAll
	static void connect() {
		one = TestRedisson.client(redis);
		two = TestRedisson.client(redis);
	}

	@AfterAll
	static void disconnect() {
		one.shutdown();
		two.shutdown();
	}

	@TestFactory
	Stream<DynamicTest> everyFaultAtEveryStep() {
		return play(1);
	}

	/**
	 * The same for a job whose crashed ticks are run again: both ticks succeed, once.
	 */
	@TestFactory
	Stream<DynamicTest> everyFaultAtEveryStepOfAJobThatIsRunAgain() {
		return play(5);
	}

	private static Stream<DynamicTest> play(int maxAttempts) {
		// Most of the time is spent waiting for leases, so all of them are played at once
		ExecutorService pool = Executors.newFixedThreadPool(14);
		List<Scenario> scenarios = new ArrayList<>();
		for (Step step : Step.values()) {
			for (Fault fault : Fault.values()) {
				scenarios.add(new Scenario(step, fault, true, maxAttempts));
			}
		}
		List<CompletableFuture<Verdict>> verdicts = scenarios.stream()
			.map((scenario) -> CompletableFuture.supplyAsync(scenario::play, pool))
			.toList();
		pool.shutdown();
		List<DynamicTest> tests = new ArrayList<>();
		for (int i = 0; i < scenarios.size(); i++) {
			Scenario scenario = scenarios.get(i);
			CompletableFuture<Verdict> verdict = verdicts.get(i);
			tests.add(DynamicTest.dynamicTest(scenario.step + " " + scenario.fault, () -> verdict.join().check()));
		}
		return tests.stream();
	}

	/**
	 * The red control: the same, by a server that starts its method without a look at the
	 * clock. The other one has run the next tick by then.
	 */
	@Test
	void aServerThatTrustsItsLockForEverIsCaught() {
		Verdict verdict = new Scenario(Step.FINISH, Fault.LOST_REPLY, false, 1).play();
		assertThatThrownBy(verdict::check).isInstanceOf(AssertionError.class).hasMessageContaining("tokens rise");
	}

	/** A run as the outside world sees it. */
	private record Run(String server, Instant tick, long token, boolean succeeded) {

	}

	private record Verdict(Scenario scenario, List<Run> runs, boolean happened, boolean overlaps, long longestTtl,
			boolean lockIsGone, boolean nextTickRan) {

		void check() {
			assertThat(this.happened).as("the fault has happened").isTrue();
			if (this.scenario.maxAttempts > 1) {
				assertThat(this.runs.stream().filter(Run::succeeded).map(Run::tick)).as("each once: %s", this.runs)
					.containsExactly(this.scenario.tick, this.scenario.tick.plusSeconds(1));
			}
			else {
				assertThat(this.runs.stream().map(Run::tick)).as("no tick twice: %s", this.runs)
					.doesNotHaveDuplicates();
			}
			assertThat(this.runs.stream().map(Run::token)).as("tokens rise: %s", this.runs)
				.isSorted()
				.doesNotHaveDuplicates();
			assertThat(this.overlaps).as("no overlap").isFalse();
			assertThat(this.longestTtl).as("time to live of the lock").isLessThanOrEqualTo(LEASE.toMillis());
			assertThat(this.lockIsGone).as("nothing is held for longer than a lease").isTrue();
			assertThat(this.nextTickRan).as("the next tick runs").isTrue();
			if (!this.scenario.claimedByTheDead()) {
				assertThat(new HashSet<>(this.runs.stream().map(Run::tick).toList())).as("no tick is lost").hasSize(2);
			}
		}

	}

	private static final class Scenario {

		private final Step step;

		private final Fault fault;

		private final boolean looksAtTheClock;

		private final int maxAttempts;

		private final String job = "interleaving-" + UUID.randomUUID();

		private final Instant tick = Instant.ofEpochSecond(Instant.now().getEpochSecond() - 60);

		private final List<Run> runs = Collections.synchronizedList(new ArrayList<>());

		private final JobLocks locksOfTwo = new JobLocks(store(two, "two"), settings("two"), TimeSource.system());

		private boolean overlaps;

		private @Nullable HeldLock heldByOne;

		private long longestTtl;

		Scenario(Step step, Fault fault, boolean looksAtTheClock, int maxAttempts) {
			this.step = step;
			this.fault = fault;
			this.looksAtTheClock = looksAtTheClock;
			this.maxAttempts = maxAttempts;
		}

		/**
		 * A server that dies after its start has claimed the tick and takes it to its
		 * grave.
		 */
		boolean claimedByTheDead() {
			return this.step == Step.ACQUIRE && this.fault == Fault.CRASH_AFTER && this.maxAttempts == 1;
		}

		Verdict play() {
			JobLocks locksOfTwo = this.locksOfTwo;
			FaultyStore faulty = new FaultyStore(store(one, "one"), this.step, this.fault, PATIENCE.plusMillis(150),
					LEASE.plusMillis(150),
					() -> claim("two", locksOfTwo, this.looksAtTheClock ? this.tick : this.tick.plusSeconds(1)));
			JobLocks locksOfOne = new JobLocks(faulty, settings("one"), TimeSource.system());
			try {
				claim("one", locksOfOne, this.tick);
				// The same tick again, from both: a retry must be harmless
				claim("one", locksOfOne, this.tick);
				claim("two", locksOfTwo, this.tick);
				boolean gone = awaitNoLock();
				claim("two", locksOfTwo, this.tick);
				claim("one", locksOfOne, this.tick);
				Instant next = this.tick.plusSeconds(1);
				boolean nextTickRan = claim("two", locksOfTwo, next);
				claim("one", locksOfOne, next);
				return new Verdict(this, List.copyOf(this.runs), faulty.hasHappened(), this.overlaps, this.longestTtl,
						gone, nextTickRan);
			}
			finally {
				locksOfOne.close();
				locksOfTwo.close();
			}
		}

		/**
		 * What a server does at a tick.
		 * @return whether it ran
		 */
		private boolean claim(String server, JobLocks locks, Instant tick) {
			Claim claim = locks
				.claim(new LockRequest(this.job, null, null, new Tick.Nominal(tick), false, LEASE, Duration.ZERO,
						this.maxAttempts))
				.join();
			look();
			if (!(claim instanceof Claim.Granted granted)) {
				return false;
			}
			HeldLock lock = granted.lock();
			if (this.looksAtTheClock) {
				lock.keep((cause) -> {
				});
			}
			if (!this.looksAtTheClock && server.equals("one") && this.runs.isEmpty()) {
				awaitNoLock();
				claim("two", this.locksOfTwo, tick.plusSeconds(1));
			}
			if (!lock.isHeld() && this.looksAtTheClock) {
				lock.abandon();
				return false;
			}
			int index = begin(new Run(server, tick, lock.token(), false));
			if (this.heldByOne != null && this.heldByOne.isHeld()) {
				this.overlaps = true;
			}
			if (server.equals("one")) {
				this.heldByOne = lock;
				// While the method runs
				claim("two", this.locksOfTwo, tick.plusSeconds(1));
				this.heldByOne = null;
			}
			RunOutcome outcome = lock.finish(RunOutcome.SUCCEEDED, null).join();
			boolean dead = server.equals("one") && this.step == Step.FINISH && this.fault == Fault.CRASH_BEFORE;
			this.runs.set(index, new Run(server, tick, lock.token(), outcome == RunOutcome.SUCCEEDED && !dead));
			return true;
		}

		private int begin(Run run) {
			synchronized (this.runs) {
				this.runs.add(run);
				return this.runs.size() - 1;
			}
		}

		private void look() {
			this.longestTtl = Math.max(this.longestTtl, ttl());
		}

		private boolean awaitNoLock() {
			await().atMost(LEASE.plusSeconds(20)).pollInterval(Duration.ofMillis(20)).until(() -> ttl() == -2);
			return true;
		}

		private long ttl() {
			return Long.parseLong(redis.cli("PTTL", LockKeys.of("test:", "interleaving", null, this.job).lock()));
		}

		private static LockSettings settings(String server) {
			return new LockSettings("interleaving", "test:", server, PATIENCE, Duration.ofMinutes(1));
		}

		private static LockStore store(RedissonClient client, String server) {
			RedissonConnector connector = new RedissonConnector(() -> client, false, server, TimeSource.system());
			connector.connect().join();
			return new RedisLockStore(connector, "test", settings(server), TimeSource.system());
		}

	}

}
