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
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;

import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.redisson.Redisson;
import org.redisson.api.RScript;
import org.redisson.api.RedissonClient;
import org.redisson.client.RedisConnectionException;
import org.redisson.client.codec.StringCodec;
import org.redisson.config.Config;
import org.redisson.config.ReadMode;
import org.redisson.config.SubscriptionMode;

import io.github.lockstarter.fixture.RedisReplication;
import io.github.lockstarter.fixture.RedisSentinels;
import io.github.lockstarter.fixture.RedisServer;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What becomes of a client that could not connect.
 */
class RedissonConnectorTests {

	private final List<RedissonClient> made = new CopyOnWriteArrayList<>();

	/**
	 * The sentinels name a master that is dead, and later another one. A client that
	 * heard of the dead one would try that one for ever.
	 */
	@Test
	void aMasterThatWasDeadWhenItWasHeardOfIsForgotten() {
		Set<Thread> before = redissonThreads();
		try (RedisReplication replication = RedisReplication.start(1);
				RedisSentinels sentinels = RedisSentinels.start(replication, Duration.ofMinutes(5))) {
			RedisServer dead = sentinels.master();
			dead.kill();
			try (RedissonConnector connector = connector(sentinels.nodes(), true)) {
				connector.connect();
				await().until(() -> this.made.size() >= 3);
				sentinels.servers().get(0).cli("SENTINEL", "FAILOVER", RedisSentinels.MASTER);
				RedisServer master = sentinels.awaitOtherMaster(dead);
				await().until(() -> isConnected(connector));
				assertThat(runId(connector.client())).isEqualTo(master.info("server").get("run_id"));
				assertThat(this.made).last().isSameAs(connector.client());
				assertThat(this.made.subList(0, this.made.size() - 1)).allMatch(RedissonClient::isShutdown);
			}
			assertThat(this.made).allMatch(RedissonClient::isShutdown);
		}
		await().untilAsserted(() -> assertThat(redissonThreads()).isSubsetOf(before));
	}

	@Test
	void aClientOfTheApplicationIsNeverShutDown() {
		try (RedisServer nobody = RedisServer.reserved()) {
			try (RedissonConnector connector = connector(List.of(nobody.host() + ":" + nobody.port()), false)) {
				for (int attempt = 0; attempt < 3; attempt++) {
					assertThat(connector.connect()).failsWithin(Duration.ofSeconds(20));
				}
			}
			assertThat(this.made).singleElement().matches((client) -> !client.isShutdown());
		}
		finally {
			this.made.forEach(RedissonClient::shutdown);
		}
	}

	/**
	 * It has nothing to forget, and costs more to make than to keep.
	 */
	@Test
	void aClientOfASingleServerIsKept() {
		try (RedisServer redis = RedisServer.reserved();
				RedissonConnector connector = new RedissonConnector(() -> remember(TestRedisson.client(redis)), true,
						"test")) {
			for (int attempt = 0; attempt < 3; attempt++) {
				assertThat(connector.connect()).failsWithin(Duration.ofSeconds(20));
			}
			redis.startAgain();
			await().until(() -> isConnected(connector));
			assertThat(this.made).singleElement().isSameAs(connector.client());
		}
		assertThat(this.made).allMatch(RedissonClient::isShutdown);
	}

	/**
	 * Whoever asks in the very moment in which an attempt fails is told of that failure.
	 * Whoever asks later waits for the next attempt.
	 */
	@Test
	void theFailureOfAnAttemptIsNotThatOfTheNext() {
		CountDownLatch reachable = new CountDownLatch(1);
		AtomicReference<RedissonConnector> asked = new AtomicReference<>();
		AtomicInteger attempts = new AtomicInteger();
		try (RedissonConnector connector = new RedissonConnector(() -> {
			if (attempts.incrementAndGet() == 1) {
				throw new AskingException(asked);
			}
			awaitUninterruptibly(reachable);
			return remember(TestRedisson.client(RedisServer.shared()));
		}, true, "test")) {
			asked.set(connector);
			assertThat(connector.connect()).failsWithin(Duration.ofSeconds(20));
			await().until(() -> !connector.connect().isDone());
			CompletableFuture<RedissonClient> connection = connector.connect();
			reachable.countDown();
			assertThat(connection).succeedsWithin(Duration.ofSeconds(20)).isSameAs(this.made.get(0));
			assertThat(attempts).hasValue(2);
		}
	}

	/**
	 * Many ask in an outage, for days. Each may begin an attempt, and none begins a
	 * series of them.
	 */
	@Test
	void whoeverAsksBeginsNoRetriesOfItsOwn() {
		AtomicInteger attempts = new AtomicInteger();
		try (RedissonConnector connector = new RedissonConnector(() -> {
			attempts.incrementAndGet();
			throw new IllegalStateException("not now");
		}, true, "test")) {
			for (int i = 0; i < 100; i++) {
				assertThat(connector.connect()).failsWithin(Duration.ofSeconds(20));
			}
			int asked = attempts.get();
			long start = System.nanoTime();
			await().until(() -> attempts.get() >= asked + 4);
			long seconds = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - start);
			assertThat((long) attempts.get() - asked).as("one in a second").isLessThanOrEqualTo(seconds + 4);
			assertThat(seconds).as("how long four took").isGreaterThanOrEqualTo(2);
		}
	}

	@Test
	void anAttemptWithoutAnAnswerIsNamed() {
		try (RedissonConnector connector = new RedissonConnector(() -> {
			throw new RedisConnectionException(new TimeoutException());
		}, true, "test")) {
			assertThat(connector.connect()).failsWithin(Duration.ofSeconds(20))
				.withThrowableOfType(ExecutionException.class)
				.satisfies((ex) -> assertThat(NoReplyException.rootMessage(ex))
					.isEqualTo("TimeoutException: no answer while connecting"));
		}
	}

	private static void awaitUninterruptibly(CountDownLatch latch) {
		try {
			assertThat(latch.await(60, TimeUnit.SECONDS)).isTrue();
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private RedissonConnector connector(List<String> sentinels, boolean shutDown) {
		Config config = new Config();
		config.setLazyInitialization(true);
		config.setThreads(2);
		config.setNettyThreads(2);
		config.useSentinelServers()
			.setMasterName(RedisSentinels.MASTER)
			.setCheckSentinelsList(false)
			.addSentinelAddress(sentinels.stream().map((node) -> "redis://" + node).toArray(String[]::new))
			.setReadMode(ReadMode.MASTER)
			.setSubscriptionMode(SubscriptionMode.MASTER)
			.setMasterConnectionMinimumIdleSize(1)
			.setSubscriptionConnectionMinimumIdleSize(0)
			.setRetryAttempts(0)
			.setTimeout(2000)
			.setConnectTimeout(2000);
		return new RedissonConnector(() -> remember(Redisson.create(config)), shutDown, "test");
	}

	private static ConditionFactory await() {
		return Awaitility.await().atMost(Duration.ofSeconds(60));
	}

	private RedissonClient remember(RedissonClient client) {
		this.made.add(client);
		return client;
	}

	private static boolean isConnected(RedissonConnector connector) {
		return connector.connect().isDone() && !connector.connect().isCompletedExceptionally();
	}

	private static String runId(RedissonClient client) {
		String info = client.getScript(StringCodec.INSTANCE)
			.eval(RScript.Mode.READ_WRITE, "return redis.call('info', 'server')", RScript.ReturnType.VALUE);
		return info.lines().filter((line) -> line.startsWith("run_id:")).findFirst().orElseThrow().substring(7);
	}

	private static Set<Thread> redissonThreads() {
		return Thread.getAllStackTraces()
			.keySet()
			.stream()
			.filter((thread) -> thread.getName().startsWith("redisson") || thread.getName().startsWith("redis-connect"))
			.collect(Collectors.toSet());
	}

	/**
	 * Asks for a connection while it is looked at, after the attempt and before its end
	 * is told.
	 */
	private static final class AskingException extends RuntimeException {

		private static final long serialVersionUID = 1L;

		private final transient AtomicReference<RedissonConnector> connector;

		AskingException(AtomicReference<RedissonConnector> connector) {
			super("not now");
			this.connector = connector;
		}

		@Override
		public synchronized @Nullable Throwable getCause() {
			this.connector.get().connect();
			return null;
		}

	}

}
