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
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.redisson.api.RedissonClient;

import io.github.lockstarter.RunOutcome;
import io.github.lockstarter.fixture.RedisServer;
import io.github.lockstarter.internal.time.TimeSource;
import io.github.lockstarter.internal.time.VirtualMachine;
import io.github.lockstarter.internal.time.VirtualTime;
import io.github.lockstarter.lock.FaultyStore.Fault;
import io.github.lockstarter.lock.FaultyStore.Step;
import io.github.lockstarter.schedule.Tick;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * Two servers and one tick. One of them fails at each step in each way while the other
 * goes on: no tick is run twice, no later run has a lower token, nothing is held for
 * longer than a lease, and the next tick runs. All of it is played in virtual time, and
 * lost replies on Redis; CI plays all on Redis as well, where each waits for leases.
 */
class InterleavingTests {

	private static final Duration LEASE = Duration.ofSeconds(4);

	private static final Duration PATIENCE = Duration.ofMillis(1500);

	private static final Duration LOOK = Duration.ofMillis(20);

	private static LockSettings settings(String server) {
		return new LockSettings("interleaving", "test:", server, PATIENCE, Duration.ofMinutes(1));
	}

	@TestFactory
	Stream<DynamicTest> everyFaultAtEveryStep() {
		return scenarios(1).map(InterleavingTests::inVirtualTime);
	}

	/**
	 * The same for a job whose crashed ticks are run again: both ticks succeed, once.
	 */
	@TestFactory
	Stream<DynamicTest> everyFaultAtEveryStepOfAJobThatIsRunAgain() {
		return scenarios(5).map(InterleavingTests::inVirtualTime);
	}

	@TestFactory
	Stream<DynamicTest> aLostReplyOnRedis() {
		return onRedis(Stream.of(new Scenario(Step.ACQUIRE, Fault.LOST_REPLY, true, 1),
				new Scenario(Step.FINISH, Fault.LOST_REPLY, true, 5)));
	}

	@TestFactory
	@Tag("slow")
	Stream<DynamicTest> everyFaultAtEveryStepOnRedis() {
		return onRedis(scenarios(1));
	}

	@TestFactory
	@Tag("slow")
	Stream<DynamicTest> everyFaultAtEveryStepOfAJobThatIsRunAgainOnRedis() {
		return onRedis(scenarios(5));
	}

	private static Stream<Scenario> scenarios(int maxAttempts) {
		return Stream.of(Step.values())
			.flatMap((step) -> Stream.of(Fault.values()).map((fault) -> new Scenario(step, fault, true, maxAttempts)));
	}

	private static DynamicTest inVirtualTime(Scenario scenario) {
		return DynamicTest.dynamicTest(scenario.toString(), () -> {
			try (VirtualWorld world = new VirtualWorld()) {
				new Play(scenario, world).play().check();
			}
		});
	}

	/**
	 * Most of the time is spent waiting for leases, so all of them are played at once.
	 */
	private static Stream<DynamicTest> onRedis(Stream<Scenario> scenarios) {
		ExecutorService pool = Executors.newFixedThreadPool(14);
		RealWorld world = new RealWorld();
		Map<Scenario, CompletableFuture<Verdict>> verdicts = new LinkedHashMap<>();
		scenarios.forEach((scenario) -> verdicts.put(scenario,
				CompletableFuture.supplyAsync(() -> new Play(scenario, world).play(), pool)));
		pool.shutdown();
		return verdicts.entrySet()
			.stream()
			.map((entry) -> DynamicTest.dynamicTest(entry.getKey().toString(), () -> entry.getValue().join().check()))
			.onClose(world::close);
	}

	/**
	 * The red control: the same, by a server that starts its method without a look at the
	 * clock. The other one has run the next tick by then.
	 */
	@Test
	void aServerThatTrustsItsLockForEverIsCaught() {
		try (VirtualWorld world = new VirtualWorld()) {
			Verdict verdict = new Play(new Scenario(Step.FINISH, Fault.LOST_REPLY, false, 1), world).play();
			assertThatThrownBy(verdict::check).isInstanceOf(AssertionError.class).hasMessageContaining("tokens rise");
		}
	}

	private record Scenario(Step step, Fault fault, boolean looksAtTheClock, int maxAttempts) {

		/**
		 * A server that dies after its start has claimed the tick and takes it to its
		 * grave.
		 */
		boolean claimedByTheDead() {
			return this.step == Step.ACQUIRE && this.fault == Fault.CRASH_AFTER && this.maxAttempts == 1;
		}

		@Override
		public String toString() {
			return this.step + " " + this.fault;
		}

	}

	/** A run as the outside world sees it. */
	private record Run(String server, Instant tick, long token, boolean succeeded) {

	}

	private record Verdict(Scenario scenario, Instant tick, List<Run> runs, boolean happened, boolean overlaps,
			long longestTtl, boolean lockIsGone, boolean nextTickRan) {

		void check() {
			assertThat(this.happened).as("the fault has happened").isTrue();
			if (this.scenario.maxAttempts > 1) {
				assertThat(this.runs.stream().filter(Run::succeeded).map(Run::tick)).as("each once: %s", this.runs)
					.containsExactly(this.tick, this.tick.plusSeconds(1));
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

	/**
	 * Where it is played.
	 */
	private interface World extends AutoCloseable {

		TimeSource time(String server);

		LockStore store(String server);

		/**
		 * Wait for a reply.
		 */
		<T> T get(CompletableFuture<T> reply);

		void sleep(Duration duration);

		/**
		 * Return how long a lock lives, or -2 if there is none.
		 */
		long ttl(LockKeys keys);

		@Override
		void close();

	}

	private static final class VirtualWorld implements World {

		private final VirtualTime time = new VirtualTime(Instant.parse("2026-08-02T01:00:00Z"), 1);

		private final VirtualMachine test = new VirtualMachine(this.time, "test");

		private final Memory memory = new Memory(() -> this.test.now().truncatedTo(ChronoUnit.MILLIS), true);

		@Override
		public TimeSource time(String server) {
			return new VirtualMachine(this.time, server);
		}

		@Override
		public LockStore store(String server) {
			return new InMemoryLockStore(settings(server), this.memory);
		}

		@Override
		public <T> T get(CompletableFuture<T> reply) {
			try {
				return this.test.await(reply, TimeSource.FOREVER);
			}
			catch (InterruptedException | ExecutionException | TimeoutException ex) {
				throw new IllegalStateException(ex);
			}
		}

		@Override
		public void sleep(Duration duration) {
			this.time.pass(duration);
		}

		@Override
		public long ttl(LockKeys keys) {
			return this.memory.run(() -> this.memory.pttl(keys.lock()));
		}

		@Override
		public void close() {
			this.time.close();
		}

	}

	private static final class RealWorld implements World {

		private final RedisServer redis = RedisServer.shared();

		private final RedissonClient one = TestRedisson.client(this.redis);

		private final RedissonClient two = TestRedisson.client(this.redis);

		@Override
		public TimeSource time(String server) {
			return TimeSource.system();
		}

		@Override
		public LockStore store(String server) {
			RedissonConnector connector = new RedissonConnector(() -> server.equals("one") ? this.one : this.two, false,
					server, TimeSource.system());
			connector.connect().join();
			return new RedisLockStore(connector, "test", settings(server), TimeSource.system());
		}

		@Override
		public <T> T get(CompletableFuture<T> reply) {
			return reply.join();
		}

		@Override
		public void sleep(Duration duration) {
			long end = System.nanoTime() + duration.toNanos();
			while (System.nanoTime() - end < 0) {
				LockSupport.parkNanos(end - System.nanoTime());
			}
		}

		@Override
		public long ttl(LockKeys keys) {
			return Long.parseLong(this.redis.cli("PTTL", keys.lock()));
		}

		@Override
		public void close() {
			this.one.shutdown();
			this.two.shutdown();
		}

	}

	private static final class Play {

		private final Scenario scenario;

		private final World world;

		private final String job = "interleaving-" + UUID.randomUUID();

		private final Instant tick;

		private final List<Run> runs = Collections.synchronizedList(new ArrayList<>());

		private final JobLocks locksOfTwo;

		private boolean overlaps;

		private @Nullable HeldLock heldByOne;

		private long longestTtl;

		Play(Scenario scenario, World world) {
			this.scenario = scenario;
			this.world = world;
			this.tick = world.time("tick").now().truncatedTo(ChronoUnit.SECONDS).minusSeconds(60);
			this.locksOfTwo = new JobLocks(world.store("two"), settings("two"), world.time("two"));
		}

		Verdict play() {
			JobLocks locksOfTwo = this.locksOfTwo;
			Scenario its = this.scenario;
			FaultyStore faulty = new FaultyStore(this.world.store("one"), its.step, its.fault, PATIENCE.plusMillis(150),
					LEASE.plusMillis(150), this.world::sleep,
					() -> claim("two", locksOfTwo, its.looksAtTheClock ? this.tick : this.tick.plusSeconds(1)));
			JobLocks locksOfOne = new JobLocks(faulty, settings("one"), this.world.time("one"));
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
				return new Verdict(its, this.tick, List.copyOf(this.runs), faulty.hasHappened(), this.overlaps,
						this.longestTtl, gone, nextTickRan);
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
			Claim claim = this.world.get(locks.claim(new LockRequest(this.job, null, null, new Tick.Nominal(tick),
					false, LEASE, Duration.ZERO, this.scenario.maxAttempts)));
			look();
			if (!(claim instanceof Claim.Granted granted)) {
				return false;
			}
			HeldLock lock = granted.lock();
			if (this.scenario.looksAtTheClock) {
				lock.keep((cause) -> {
				});
			}
			if (!this.scenario.looksAtTheClock && server.equals("one") && this.runs.isEmpty()) {
				awaitNoLock();
				claim("two", this.locksOfTwo, tick.plusSeconds(1));
			}
			if (!lock.isHeld() && this.scenario.looksAtTheClock) {
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
			RunOutcome outcome = this.world.get(lock.finish(RunOutcome.SUCCEEDED, null));
			boolean dead = server.equals("one") && this.scenario.step == Step.FINISH
					&& this.scenario.fault == Fault.CRASH_BEFORE;
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
			for (Duration waited = Duration.ZERO; ttl() != -2; waited = waited.plus(LOOK)) {
				if (waited.compareTo(LEASE.plusSeconds(20)) > 0) {
					return false;
				}
				this.world.sleep(LOOK);
			}
			return true;
		}

		private long ttl() {
			return this.world.ttl(LockKeys.of("test:", "interleaving", null, this.job));
		}

	}

}
