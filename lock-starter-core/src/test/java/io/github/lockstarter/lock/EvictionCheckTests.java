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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

import io.github.lockstarter.fixture.Monitor;
import io.github.lockstarter.fixture.Attempts;
import io.github.lockstarter.fixture.RedisServer;
import io.github.lockstarter.fixture.TcpProxy;
import io.github.lockstarter.internal.time.TimeSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * A Redis that may evict locks is not used in silence.
 */
class EvictionCheckTests {

	private final Logger logger = (Logger) LoggerFactory.getLogger(EvictionCheck.class);

	private final Log log = new Log();

	private final Level level = this.logger.getLevel();

	@BeforeEach
	void listen() {
		this.log.start();
		this.logger.setLevel(Level.DEBUG);
		this.logger.addAppender(this.log);
	}

	@AfterEach
	void stop() {
		this.logger.detachAppender(this.log);
		this.logger.setLevel(this.level);
	}

	/**
	 * All keys have a time to live, so the policies that look at those only are no
	 * better. There is no limit of the memory here, but one can be set at any time.
	 */
	@ParameterizedTest
	@ValueSource(strings = { "allkeys-lru", "volatile-ttl" })
	void aRedisThatMayEvictLocksIsOneWarning(String policy) {
		try (RedisServer redis = RedisServer.start("--maxmemory-policy", policy);
				JobLocks locks = locks(redis.address())) {
			Attempts.untilDone(locks::ready);
			awaitLog();
			assertThat(this.log.events()).singleElement().satisfies((event) -> {
				assertThat(event.getLevel()).isEqualTo(Level.WARN);
				assertThat(event.getThreadName()).startsWith("redis-connect-");
				assertThat(event.getFormattedMessage())
					.contains("maxmemory-policy is '" + policy + "' on " + redis.host() + ":" + redis.port())
					.contains("Set maxmemory-policy to noeviction");
			});
		}
	}

	@Test
	void aRedisThatKeepsWhatItHasIsAskedOnceAndIsNoWarning() {
		try (RedisServer redis = RedisServer.start("--maxmemory", "100mb"); Monitor monitor = redis.monitor()) {
			JobLocks locks = locks(redis.address());
			Attempts.untilDone(locks::ready);
			// On the same thread as the question, and after it
			locks.close();
			assertThat(monitor.received()).filteredOn((command) -> command.args().get(0).equalsIgnoreCase("INFO"))
				.singleElement()
				.satisfies(
						(command) -> assertThat(command.args()).element(1).asString().isEqualToIgnoringCase("memory"));
			assertThat(this.log.events()).isEmpty();
		}
	}

	@Test
	void aUserWhoMayNotAskIsNoWarning() {
		try (RedisServer redis = RedisServer.start("--maxmemory-policy", "allkeys-lru")) {
			redis.cli("ACL", "SETUSER", "default", "-info");
			try (JobLocks locks = locks(redis.address())) {
				Attempts.untilDone(locks::ready);
				awaitLog();
				assertThat(this.log.events()).singleElement().satisfies((event) -> {
					assertThat(event.getLevel()).isEqualTo(Level.DEBUG);
					assertThat(event.getThrowableProxy().getMessage()).contains("NOPERM");
				});
			}
		}
	}

	/**
	 * The question costs nobody any time: the connection is there before it is answered.
	 */
	@Test
	void nobodyWaitsForTheAnswer() {
		CountDownLatch listening = new CountDownLatch(1);
		try (TcpProxy proxy = TcpProxy.to(RedisServer.shared());
				RedissonConnector connector = new RedissonConnector(() -> {
					pass(listening);
					return TestRedisson.client(proxy.address(), 2000);
				}, true, "one", TimeSource.system())) {
			CompletableFuture<?> connected = connector.connect()
				.thenRun(() -> proxy.hold(TcpProxy.Direction.TO_CLIENT));
			listening.countDown();
			connected.join();
			awaitLog();
			assertThat(this.log.events()).extracting(ILoggingEvent::getLevel).containsExactly(Level.DEBUG);
			assertThat(connector.connect()).isCompleted();
		}
	}

	private static void pass(CountDownLatch latch) {
		try {
			latch.await();
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private void awaitLog() {
		await().atMost(Duration.ofSeconds(30)).until(() -> !this.log.events().isEmpty());
	}

	private static JobLocks locks(String address) {
		return JobLocks.onRedis(() -> TestRedisson.client(address, 2000), true, address,
				new LockSettings("eviction", "test:", "one", Duration.ofSeconds(2), Duration.ofMinutes(1)),
				TimeSource.system());
	}

	private static final class Log extends AppenderBase<ILoggingEvent> {

		private final List<ILoggingEvent> events = new CopyOnWriteArrayList<>();

		@Override
		protected void append(ILoggingEvent event) {
			this.events.add(event);
		}

		List<ILoggingEvent> events() {
			return this.events;
		}

	}

}
