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

import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
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
import java.util.stream.IntStream;

import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.redisson.Redisson;
import org.redisson.api.RLock;
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
import io.github.lockstarter.internal.time.TimeSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What becomes of a client that could not connect.
 */
class RedissonConnectorTests {

	private final List<RedissonClient> made = new CopyOnWriteArrayList<>();

	private final Config renamed = TestRedisson.config("redis://127.0.0.1:1", 2000);

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
						"test", TimeSource.system())) {
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
	 * Nothing would bring it back.
	 */
	@Test
	void aClientOfItsOwnThatIsShutDownIsMadeAnew() {
		try (RedissonConnector connector = new RedissonConnector(() -> {
			RedissonClient client = remember(TestRedisson.client(RedisServer.shared()));
			if (this.made.size() == 1) {
				client.shutdown();
			}
			return client;
		}, true, "test", TimeSource.system())) {
			assertThat(connector.connect()).failsWithin(Duration.ofSeconds(20));
			await().until(() -> isConnected(connector));
			assertThat(this.made).hasSize(2).last().isSameAs(connector.client());
		}
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
		}, true, "test", TimeSource.system())) {
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
	 * A client costs threads, and each attempt a line of the log. So the jobs of a server
	 * that cannot connect wait for one attempt, and are told at once in between.
	 */
	@Test
	void oneAttemptIsMadeASecondHoweverManyAsk() {
		List<Long> attempts = new CopyOnWriteArrayList<>();
		try (RedissonConnector connector = new RedissonConnector(() -> {
			attempts.add(System.nanoTime());
			throw new IllegalStateException("not now");
		}, true, "test", TimeSource.system())) {
			await().pollInterval(Duration.ofMillis(1)).until(() -> {
				for (int job = 0; job < 500; job++) {
					connector.connect();
				}
				return attempts.size() >= 4;
			});
		}
		for (int i = 1; i < 4; i++) {
			assertThat(Duration.ofNanos(attempts.get(i) - attempts.get(i - 1))).as("between two attempts")
				.isGreaterThanOrEqualTo(Duration.ofSeconds(1));
		}
	}

	@Test
	void whoAsksBetweenTwoAttemptsIsToldAtOnceWhyTheLastOneFailed() {
		AtomicInteger attempts = new AtomicInteger();
		try (RedissonConnector connector = new RedissonConnector(() -> {
			throw new IllegalStateException("not now: " + attempts.incrementAndGet());
		}, true, "test", TimeSource.system())) {
			assertThat(connector.connect()).failsWithin(Duration.ofSeconds(20));
			await().until(() -> attempts.get() >= 2);
			await().until(() -> connector.connect().isDone());
			assertThat(connector.connect()).isCompletedExceptionally();
		}
	}

	@Test
	void anAttemptWithoutAnAnswerIsNamed() {
		try (RedissonConnector connector = new RedissonConnector(() -> {
			throw new RedisConnectionException(new TimeoutException());
		}, true, "test", TimeSource.system())) {
			assertThat(connector.connect()).failsWithin(Duration.ofSeconds(20))
				.withThrowableOfType(ExecutionException.class)
				.satisfies(
						(ex) -> assertThat(NoReplyException.rootMessage(ex)).isEqualTo("no answer while connecting"));
		}
	}

	@Test
	void aServerThatRefusesIsNamed() {
		try (RedisServer nobody = RedisServer.reserved()) {
			assertThat(reason(TestRedisson.client(nobody)))
				.isEqualTo("Connection refused: %s:%d".formatted(nobody.host(), nobody.port()));
		}
	}

	@Test
	void aHostThatIsUnknownIsNamed() {
		assertThat(reason(TestRedisson.client("redis://nobody.invalid:6379", 2000)))
			.isEqualTo("unknown host nobody.invalid");
	}

	/**
	 * They are the first lines that somebody sees who has configured something wrongly.
	 */
	@ParameterizedTest
	@CsvSource({ ",,,NOAUTH Authentication required",
			"s3cret,nobody,,WRONGPASS invalid username-password pair or user is disabled",
			"wrong,,,WRONGPASS invalid username-password pair or user is disabled",
			"s3cret,,99,ERR DB index is out of range" })
	void whatRedisRefusesIsOneCleanLineWithItsAddress(@Nullable String password, @Nullable String user,
			@Nullable Integer database, String expected) {
		try (RedisServer redis = RedisServer.start("--requirepass", "s3cret")) {
			Config config = TestRedisson.config("redis://%s:%d".formatted(redis.host(), redis.port()), 2000);
			config.setUsername(user).setPassword(password);
			config.useSingleServer().setDatabase((database != null) ? database : 0);
			assertThat(reason(Redisson.create(config)))
				.isEqualTo("%s, from %s:%d".formatted(expected, redis.host(), redis.port()));
		}
	}

	@Test
	void aRedisThatTakesNoMoreConnectionsSaysSo() throws IOException {
		try (RedisServer redis = RedisServer.start()) {
			try (Socket only = new Socket(redis.host(), redis.port())) {
				only.getOutputStream().write("CONFIG SET maxclients 1\r\n".getBytes(StandardCharsets.US_ASCII));
				assertThat(only.getInputStream().read()).isEqualTo('+');
				assertThat(reason(TestRedisson.client(redis)))
					.isEqualTo("ERR max number of clients reached, from %s:%d".formatted(redis.host(), redis.port()));
			}
		}
	}

	/**
	 * It is in a cluster of its own, as in many a test, and nobody has told it where it
	 * is.
	 */
	@Test
	void aClusterThatTellsNoAddressIsToldHowTo() {
		try (RedisServer redis = clusterOfOne()) {
			assertThat(reason(Redisson.create(cluster(redis.address())))).contains("cluster-announce-ip");
		}
	}

	@Test
	void anAddressThatOnlyTheClusterHasToldIsNamedWithTheMapperForIt() {
		try (RedisServer elsewhere = RedisServer.reserved();
				RedisServer redis = clusterOfOne("--cluster-announce-ip", "127.0.0.1", "--cluster-announce-port",
						String.valueOf(elsewhere.port()))) {
			assertThat(reason(Redisson.create(cluster(redis.address()))))
				.startsWith("Connection refused: 127.0.0.1:" + elsewhere.port())
				.contains("told by Redis", "distributed-scheduled.redis.nat-mapper");
		}
	}

	/**
	 * It was found, so it is not elsewhere.
	 */
	@Test
	void anAddressThatWasToldAndAnswersWithAnErrorNeedsNoMapper() {
		try (RedisReplication replication = RedisReplication.start(1);
				RedisSentinels sentinels = RedisSentinels.start(replication, Duration.ofMinutes(5));
				RedissonConnector connector = connector(sentinels.nodes(), true)) {
			sentinels.master().cli("CONFIG", "SET", "requirepass", "s3cret");
			assertThat(connector.connect()).failsWithin(Duration.ofSeconds(20))
				.withThrowableOfType(ExecutionException.class)
				.withMessageContaining("NOAUTH")
				.withMessageNotContaining("told by Redis");
		}
	}

	@Test
	void aClusterThatRefusesIsNamedWithoutAMapper() {
		try (RedisServer nobody = RedisServer.reserved()) {
			assertThat(reason(Redisson.create(cluster(nobody.address()))))
				.isEqualTo("Connection refused: %s:%d".formatted(nobody.host(), nobody.port()));
		}
	}

	/**
	 * A client of Redisson sends a digest that is not understood again and again, without
	 * a pause. One that is our own sends the text.
	 */
	@ParameterizedTest
	@CsvSource({ "EVALSHA, 1", "SCRIPT, 3" })
	void aRedisThatRunsNoScriptByItsDigestIsSentTheText(String command, String errors) {
		try (RedisServer redis = RedisServer.start("--rename-command", command, "");
				RedissonConnector connector = new RedissonConnector(() -> remember(Redisson.create(this.renamed)), true,
						"test", TimeSource.system())) {
			this.renamed.useSingleServer().setAddress(redis.address());
			assertThat(connector.connect()).succeedsWithin(Duration.ofSeconds(20));
			assertThat(this.made).hasSize(2).first().matches(RedissonClient::isShutdown);
			RLock lock = connector.client().getLock("lock");
			assertThat(lock.tryLockAsync(0, 60_000, TimeUnit.MILLISECONDS, 1).toCompletableFuture())
				.succeedsWithin(Duration.ofSeconds(20))
				.isEqualTo(true);
			assertThat(redis.info("stats").get("total_error_replies")).as("error replies").isEqualTo(errors);
		}
	}

	/**
	 * It is not ours to change, and any lock would send without a pause.
	 */
	@Test
	void aClientOfTheApplicationThatSendsDigestsInVainIsNotUsed() {
		try (RedisServer redis = RedisServer.start("--rename-command", "EVALSHA", "");
				RedissonConnector connector = new RedissonConnector(() -> remember(TestRedisson.client(redis)), false,
						"test", TimeSource.system())) {
			assertThat(connector.connect()).failsWithin(Duration.ofSeconds(20))
				.withThrowableOfType(ExecutionException.class)
				.withMessageContaining("useScriptCache = false");
			assertThat(redis.info("stats").get("total_error_replies")).as("error replies").isEqualTo("1");
		}
		finally {
			this.made.forEach(RedissonClient::shutdown);
		}
	}

	private String reason(RedissonClient client) {
		try (RedissonConnector connector = new RedissonConnector(() -> remember(client), true, "test",
				TimeSource.system())) {
			AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
			assertThat(connector.connect()).failsWithin(Duration.ofSeconds(20))
				.withThrowableOfType(ExecutionException.class)
				.satisfies(failure::set);
			return NoReplyException.rootMessage(Objects.requireNonNull(failure.get()));
		}
	}

	private static RedisServer clusterOfOne(String... announce) {
		List<String> args = new ArrayList<>(List.of("--cluster-enabled", "yes"));
		args.addAll(List.of(announce));
		RedisServer redis = RedisServer.start(args.toArray(String[]::new));
		List<String> slots = new ArrayList<>(List.of("CLUSTER", "ADDSLOTS"));
		IntStream.range(0, 16384).mapToObj(String::valueOf).forEach(slots::add);
		redis.cli(slots.toArray(String[]::new));
		return redis;
	}

	private static Config cluster(String address) {
		Config config = new Config();
		config.setLazyInitialization(true);
		config.setThreads(2);
		config.setNettyThreads(2);
		config.useClusterServers()
			.addNodeAddress(address)
			.setReadMode(ReadMode.MASTER)
			.setSubscriptionMode(SubscriptionMode.MASTER)
			.setMasterConnectionMinimumIdleSize(1)
			.setSubscriptionConnectionMinimumIdleSize(0)
			.setCheckSlotsCoverage(false)
			.setRetryAttempts(0)
			.setTimeout(2000)
			.setConnectTimeout(2000);
		return config;
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
		return new RedissonConnector(() -> remember(Redisson.create(config)), shutDown, "test", TimeSource.system());
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
