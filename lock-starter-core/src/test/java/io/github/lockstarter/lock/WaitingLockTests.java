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
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.redisson.Redisson;
import org.redisson.api.RLock;
import org.redisson.api.RedissonClient;
import org.redisson.config.Config;
import org.redisson.config.NameMapper;

import io.github.lockstarter.RunOutcome;
import io.github.lockstarter.fixture.Attempts;
import io.github.lockstarter.fixture.Monitor;
import io.github.lockstarter.fixture.RedisCluster;
import io.github.lockstarter.fixture.RedisServer;
import io.github.lockstarter.schedule.Tick;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Somebody else waits for the {@link RLock} of a job. They have it as soon as we give it
 * away, and not when the lease that they were told of would be over.
 */
class WaitingLockTests {

	private static final Duration AT_ONCE = Duration.ofMillis(100);

	/** A machine may be busy for a moment. It is not busy every time. */
	private static final int ATTEMPTS = 5;

	private static final Duration PATIENCE = Duration.ofSeconds(20);

	/** Longer than any test waits. */
	private static final Duration LEASE = Duration.ofMinutes(10);

	private static final long OWNER = -4711;

	private static final long WAITING = 4712;

	private static final Map<Place, Clients> places = new EnumMap<>(Place.class);

	private static RedisCluster cluster;

	@BeforeAll
	static void connect() {
		cluster = RedisCluster.start(3);
		for (Place place : Place.values()) {
			places.put(place, new Clients(place));
		}
	}

	@AfterAll
	static void disconnect() {
		places.values().forEach(Clients::close);
		cluster.close();
	}

	static Stream<Arguments> everyWay() {
		return Stream.of(Place.values())
			.flatMap((place) -> Stream.of(End.values())
				.flatMap((end) -> Stream.of(Wait.values()).map((wait) -> Arguments.of(place, end, wait))));
	}

	@ParameterizedTest
	@MethodSource("everyWay")
	void aLockThatWaitsIsWokenAtOnce(Place place, End end, Wait wait) throws Exception {
		List<Duration> took = new ArrayList<>();
		do {
			took.add(wake(place, end, wait));
		}
		while (took.get(took.size() - 1).compareTo(AT_ONCE) >= 0 && took.size() < ATTEMPTS);
		assertThat(took).anyMatch((time) -> time.compareTo(AT_ONCE) < 0);
	}

	/**
	 * Let somebody wait for the lock of a job, and give it away.
	 * @return how long they waited after that
	 */
	private static Duration wake(Place place, End end, Wait wait) throws Exception {
		LockStore store = places.get(place).store;
		LockRequest request = new LockRequest("waiting-" + UUID.randomUUID(),
				new Tick.Nominal(Instant.now().minusSeconds(1)), false, LEASE, Duration.ZERO);
		LockKeys keys = LockKeys.of("test:", "waiting", null, request.job());
		assertThat(get(store.acquire(request, OWNER, null)).verdict()).isEqualTo(Verdict.STARTED);
		RLock lock = places.get(place).other.getLock(keys.lock());
		RedisServer server = place.server(keys.lock());
		CompletableFuture<Long> granted;
		try (Monitor monitor = server.monitor()) {
			granted = wait.begin(lock).thenApply((got) -> {
				assertThat(got).isTrue();
				return System.nanoTime();
			});
			await().atMost(PATIENCE).until(() -> place.isListenedTo(keys.lock()));
			// For the second time: it listens, and has no reason to ask again
			await().atMost(PATIENCE).until(() -> refusals(monitor, place.mapped(keys.lock())) >= 2);
		}
		assertThat(granted).isNotDone();
		Supplier<CompletableFuture<?>> call = end.prepare(store, request);
		get(call.get());
		long given = System.nanoTime();
		long at = granted.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
		assertThat(lock.isHeldByThread(WAITING)).isTrue();
		lock.unlockAsync(WAITING).toCompletableFuture().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
		return Duration.ofNanos(Math.max(0, at - given));
	}

	/**
	 * How often Redisson was told how long the lock would be held.
	 */
	private static long refusals(Monitor monitor, String lock) {
		return monitor.received()
			.stream()
			.filter((command) -> command.isFromScript() && command.name().equals("PTTL"))
			.filter((command) -> command.args().get(1).equals(lock))
			.count();
	}

	private static <T> T get(CompletableFuture<T> reply) {
		return TwoServers.get(reply);
	}

	/**
	 * Where the lock is.
	 */
	enum Place {

		SINGLE_SERVER(UnaryOperator.identity()),

		NAME_MAPPER((name) -> "app:" + name + ":mapped"),

		/** Redisson makes a hash tag of the whole name for the channel. */
		NAME_MAPPER_WITHOUT_HASH_TAG((name) -> name.replace('{', '<').replace('}', '>')),

		SHARDED_CLUSTER(UnaryOperator.identity()),

		SHARDED_CLUSTER_NAME_MAPPER((name) -> "app:" + name + ":mapped");

		private final UnaryOperator<String> mapper;

		Place(UnaryOperator<String> mapper) {
			this.mapper = mapper;
		}

		String mapped(String name) {
			return this.mapper.apply(name);
		}

		private boolean isSharded() {
			return this == SHARDED_CLUSTER || this == SHARDED_CLUSTER_NAME_MAPPER;
		}

		RedisServer server(String lock) {
			return isSharded() ? cluster.masterOf(mapped(lock)) : RedisServer.shared();
		}

		RedissonClient client() {
			Config config = isSharded() ? TestRedisson.config(cluster)
					: TestRedisson.config(RedisServer.shared().address(), 2000);
			Function<String, String> mapper = this.mapper;
			config.setNameMapper(new NameMapper() {
				@Override
				public String map(String name) {
					return (name != null) ? mapper.apply(name) : name;
				}

				@Override
				public String unmap(String name) {
					throw new UnsupportedOperationException("Nobody asks for names");
				}
			});
			return Redisson.create(config);
		}

		/**
		 * On a cluster, from Redis 7 on, on the shard of the lock only.
		 */
		boolean isListenedTo(String lock) {
			RedisServer server = server(lock);
			boolean shard = isSharded() && !server.version().startsWith("6");
			String name = mapped(lock);
			String reply = server.cli("PUBSUB", shard ? "SHARDNUMSUB" : "NUMSUB",
					"redisson_lock__channel:" + (name.contains("{") ? name : "{" + name + "}"));
			return reply.strip().endsWith("1");
		}

	}

	/**
	 * How we give a lock away.
	 */
	enum End {

		FINISH {
			@Override
			Supplier<CompletableFuture<?>> prepare(LockStore store, LockRequest request) {
				return () -> store.finish(request, OWNER, RunOutcome.SUCCEEDED, null, null);
			}
		},

		ABANDON {
			@Override
			Supplier<CompletableFuture<?>> prepare(LockStore store, LockRequest request) {
				return () -> store.abandon(request, OWNER);
			}
		},

		RELEASE {
			@Override
			Supplier<CompletableFuture<?>> prepare(LockStore store, LockRequest request) {
				JobRecord record = get(store.record(request.job(), null, 0));
				String owner = Objects.requireNonNull(record.holder()).owner();
				return () -> store.release(request.job(), null, owner, false);
			}
		};

		abstract Supplier<CompletableFuture<?>> prepare(LockStore store, LockRequest request);

	}

	/**
	 * How somebody waits.
	 */
	enum Wait {

		TRY_LOCK {
			@Override
			CompletableFuture<Boolean> begin(RLock lock) {
				return lock.tryLockAsync(LEASE.toMillis(), LEASE.toMillis(), TimeUnit.MILLISECONDS, WAITING)
					.toCompletableFuture();
			}
		},

		LOCK {
			@Override
			CompletableFuture<Boolean> begin(RLock lock) {
				return lock.lockAsync(LEASE.toMillis(), TimeUnit.MILLISECONDS, WAITING)
					.toCompletableFuture()
					.thenApply((nothing) -> true);
			}
		};

		abstract CompletableFuture<Boolean> begin(RLock lock);

	}

	/**
	 * Ours, and that of somebody else.
	 */
	private static final class Clients {

		final LockStore store;

		final RedissonClient other;

		Clients(Place place) {
			this.store = TestRedisson.store(place.client(),
					new LockSettings("waiting", "test:", "one", Duration.ofSeconds(2), Duration.ofMinutes(1)));
			this.other = place.client();
			Attempts.untilDone(this.store::ready);
		}

		void close() {
			this.store.close();
			this.other.shutdown();
		}

	}

}
