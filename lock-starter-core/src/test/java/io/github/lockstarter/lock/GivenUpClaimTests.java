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
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.random.RandomGenerator;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import io.github.lockstarter.SkipReason;
import io.github.lockstarter.fixture.Monitor;
import io.github.lockstarter.fixture.RedisServer;
import io.github.lockstarter.fixture.TestTime;
import io.github.lockstarter.internal.time.TimeSource;
import io.github.lockstarter.internal.time.Timer;
import io.github.lockstarter.schedule.Tick;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Nothing is held for a caller that has given up, whenever it does.
 */
class GivenUpClaimTests {

	private static final LockSettings SETTINGS = new LockSettings("given-up", "test:", "one", Duration.ofMillis(500),
			Duration.ofMinutes(1));

	private final LockRequest request = new LockRequest("given-up-" + System.nanoTime(), new Tick.Manual(), false,
			Duration.ofMinutes(1), Duration.ZERO);

	/**
	 * An interrupt, a cancel or the end of the acquire timeout comes while the second
	 * sending is being prepared, on the thread that has brought the first answer.
	 */
	@Test
	void oneThatGivesUpWhileItIsSentOnceMoreHoldsNothing() {
		AtomicReference<CompletableFuture<Claim>> claim = new AtomicReference<>();
		CompletableFuture<Answer> first = new CompletableFuture<>();
		LateOnce store = new LateOnce(first);
		TestTime time = new TestTime() {

			@Override
			public RandomGenerator random(String use) {
				RandomGenerator random = super.random(use);
				return () -> {
					if (use.equals("owners") && claim.get() != null) {
						claim.get().cancel(false);
					}
					return random.nextLong();
				};
			}

		};
		try (JobLocks locks = new JobLocks(store, SETTINGS, time)) {
			claim.set(locks.claim(this.request));
			first.complete(LateOnce.tooLate());
			assertThat(claim.get()).isCancelled();
			await().untilAsserted(() -> assertThat(store.given).as("owners that may hold the lock")
				.allSatisfy((owner, held) -> assertThat(held).isFalse()));
		}
	}

	/**
	 * The first connection takes longer than a tick waits for it.
	 */
	@Test
	void oneThatGivesUpBeforeThereIsAConnectionIsNotSentAfterIt() throws Exception {
		RedisServer redis = RedisServer.shared();
		CountDownLatch connect = new CountDownLatch(1);
		try (Monitor monitor = redis.monitor(); JobLocks locks = JobLocks.onRedis(() -> {
			until(connect);
			return TestRedisson.client(redis);
		}, true, "redis", SETTINGS, TimeSource.system())) {
			Claim claim = locks.claim(this.request).get(10, TimeUnit.SECONDS);
			assertThat(claim).isInstanceOfSatisfying(Claim.Refused.class,
					(refused) -> assertThat(refused.reason()).isEqualTo(SkipReason.REDIS_UNAVAILABLE));
			connect.countDown();
			locks.ready().get(20, TimeUnit.SECONDS);
			locks.status();
			assertThat(monitor.received()).as("claims of nobody")
				.noneMatch((command) -> command.args().contains("ACQUIRE"));
		}
	}

	/**
	 * One answer of Redis tells what time it is for all jobs, unless they may be on
	 * servers with other clocks.
	 */
	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void aJobThatWasNeverAskedForIsGivenUpOnRedisToo(boolean isOneServer) {
		AtomicReference<@Nullable Instant> giveUpAt = new AtomicReference<>();
		InMemoryLockStore store = new InMemoryLockStore(SETTINGS, TimeSource.system()) {

			@Override
			public boolean isOneServer() {
				return isOneServer;
			}

			@Override
			public CompletableFuture<Answer> acquire(LockRequest request, long owner, @Nullable Instant limit) {
				giveUpAt.set(limit);
				return super.acquire(request, owner, limit);
			}

		};
		try (JobLocks locks = new JobLocks(store, SETTINGS, TimeSource.system())) {
			Instant before = Instant.now();
			assertThat(locks.status().failure()).isNull();
			locks.claim(this.request).join();
			if (isOneServer) {
				assertThat(giveUpAt.get()).isBetween(before, Instant.now().plus(SETTINGS.acquireTimeout()));
			}
			else {
				assertThat(giveUpAt.get()).isNull();
			}
		}
	}

	/**
	 * A caller waits for as long as its claim is not decided.
	 */
	@Test
	void anAnswerThatNobodyUnderstandsIsNoReasonToWaitForEver() {
		InMemoryLockStore store = new InMemoryLockStore(SETTINGS, TimeSource.system()) {

			@Override
			public CompletableFuture<Answer> acquire(LockRequest request, long owner, @Nullable Instant giveUpAt) {
				return CompletableFuture.completedFuture(
						new Answer(Verdict.GO, Instant.now(), null, null, null, 0, Instant.EPOCH, null, 0, null, null));
			}

		};
		try (JobLocks locks = new JobLocks(store, SETTINGS, TimeSource.system())) {
			assertThat(locks.claim(this.request)).succeedsWithin(Duration.ofSeconds(10))
				.isInstanceOfSatisfying(Claim.Refused.class,
						(refused) -> assertThat(refused.reason()).isEqualTo(SkipReason.INTERNAL_ERROR));
		}
	}

	/**
	 * What is to be given back waits for the thread that sends, and that ends.
	 */
	@Test
	void oneThatIsGivenUpJustBeforeTheEndIsGivenBack() {
		LateOnce store = new LateOnce(new CompletableFuture<>());
		store.late.clear();
		TestTime time = new TestTime() {

			@Override
			public Timer timer(String name) {
				return name.startsWith("job-sender") ? new Standing() : super.timer(name);
			}

		};
		JobLocks locks = new JobLocks(store, SETTINGS, time);
		Claim claim = locks.claim(this.request).join();
		assertThat(claim).isInstanceOfSatisfying(Claim.Granted.class, (granted) -> granted.lock().abandon());
		assertThat(store.given).containsValue(true);
		locks.close();
		assertThat(store.given).hasSize(1).containsValue(false);
	}

	private static void until(CountDownLatch latch) {
		try {
			latch.await();
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	/**
	 * Does not come to anything any more.
	 */
	private static final class Standing implements Timer {

		@Override
		public Future<?> schedule(Runnable step, Duration delay) {
			return new CompletableFuture<>();
		}

		@Override
		public void retire() {
		}

		@Override
		public void close() {
		}

	}

	/**
	 * Answers the first sending that it comes too late, and knows what it has given.
	 */
	private static final class LateOnce extends InMemoryLockStore {

		private final Map<Long, Boolean> given = new ConcurrentHashMap<>();

		private final Queue<CompletableFuture<Answer>> late = new ConcurrentLinkedQueue<>();

		LateOnce(CompletableFuture<Answer> late) {
			super(SETTINGS, TimeSource.system());
			this.late.add(late);
		}

		static Answer tooLate() {
			return new Answer(Verdict.TOO_LATE, Instant.now(), null, null, null, 0, Instant.EPOCH, null, 0, null, null);
		}

		@Override
		public CompletableFuture<Answer> acquire(LockRequest request, long owner, @Nullable Instant giveUpAt) {
			CompletableFuture<Answer> late = this.late.poll();
			if (late != null) {
				return late;
			}
			return super.acquire(request, owner, giveUpAt).thenApply((answer) -> {
				if (answer.verdict() == Verdict.STARTED) {
					this.given.put(owner, true);
				}
				return answer;
			});
		}

		@Override
		public CompletableFuture<?> abandon(LockRequest request, long owner) {
			this.given.replace(owner, false);
			return super.abandon(request, owner);
		}

	}

}
