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

package io.github.lockstarter.autoconfigure;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import org.springframework.context.ConfigurableApplicationContext;

import io.github.lockstarter.JobFinished;
import io.github.lockstarter.RunOutcome;
import io.github.lockstarter.autoconfigure.LayoutApplication.Held;
import io.github.lockstarter.fixture.RecordedEvents;
import io.github.lockstarter.fixture.RedisCluster;
import io.github.lockstarter.fixture.RedisReplication;
import io.github.lockstarter.fixture.RedisSentinels;
import io.github.lockstarter.fixture.RedisServer;
import io.github.lockstarter.fixture.TcpProxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Connections that are dead and stay open: what is sent on them is lost, without an end
 * of the connection, and new ones would work. So it is behind a firewall that has
 * forgotten them, and it lasted until the operating system gave up, for a minute.
 */
class DeadConnectionTests {

	/**
	 * Two waits of a second would heal it. The rest is for a machine that is busy.
	 */
	private static final Duration LEASE = Duration.ofSeconds(20);

	private final List<TcpProxy> lines = new ArrayList<>();

	@AfterEach
	void close() {
		this.lines.forEach(TcpProxy::close);
	}

	@Test
	void aSingleServer() {
		try (RedisServer redis = RedisServer.start()) {
			TcpProxy line = line(redis);
			assertHeals("spring.data.redis.url=" + line.address());
		}
	}

	/**
	 * Slow: there are three times as many connections, and each takes its timeouts.
	 */
	@Test
	@Tag("slow")
	void aCluster() {
		try (RedisCluster cluster = RedisCluster.start(3)) {
			List<String> properties = new ArrayList<>();
			cluster.masters().forEach((master) -> properties.add(mapped(master, line(master))));
			properties.add("spring.data.redis.cluster.nodes=" + nodes());
			assertHeals(properties.toArray(String[]::new));
		}
	}

	/**
	 * Slow: the connections to the sentinels are dead as well, and each takes its
	 * timeouts.
	 */
	@Test
	@Tag("slow")
	void aMasterThatSentinelsKnow() {
		try (RedisReplication replication = RedisReplication.start(1);
				RedisSentinels sentinels = RedisSentinels.start(replication, Duration.ofMinutes(5))) {
			List<String> properties = new ArrayList<>();
			sentinels.servers().forEach((sentinel) -> properties.add(mapped(sentinel, line(sentinel))));
			properties.add("spring.data.redis.sentinel.nodes=" + nodes());
			properties.add("spring.data.redis.sentinel.master=" + RedisSentinels.MASTER);
			replication.servers().forEach((server) -> properties.add(mapped(server, line(server))));
			assertHeals(properties.toArray(String[]::new));
		}
	}

	private TcpProxy line(RedisServer redis) {
		TcpProxy line = TcpProxy.to(redis);
		this.lines.add(line);
		return line;
	}

	private String nodes() {
		return String.join(",", this.lines.stream().map((line) -> line.host() + ":" + line.port()).toList());
	}

	private static String mapped(RedisServer redis, TcpProxy line) {
		return "distributed-scheduled.redis.nat-mapper[%s:%d]=%s:%d".formatted(redis.host(), redis.port(), line.host(),
				line.port());
	}

	private void assertHeals(String... redis) {
		try (ConfigurableApplicationContext context = LayoutApplication.start(
				List.of(TroubledApplication.EverySecond.class, Held.class), redis,
				"distributed-scheduled.lease=" + LEASE.toMillis())) {
			RecordedEvents events = context.getBean(RecordedEvents.class);
			Held held = LayoutApplication.hold(context);
			await().atMost(Duration.ofMinutes(1)).until(() -> !ticks(events, Instant.EPOCH).toList().isEmpty());
			assertThat(this.lines).as("the connections go by these lines").anyMatch((line) -> line.connections() > 0);
			this.lines.forEach(TcpProxy::forget);
			Instant forgotten = Instant.now();
			await().atMost(LEASE).until(() -> ticks(events, forgotten).findAny().isPresent());
			assertThat(held.isLockHeld()).as("the run kept its lock").isTrue();
			assertThat(held.end()).isTrue();
			await().until(() -> events.finished().stream().anyMatch((run) -> run.job().equals(Held.NAME)));
			assertThat(events.finished()).filteredOn((run) -> run.job().equals(Held.NAME))
				.singleElement()
				.extracting(JobFinished::outcome)
				.isEqualTo(RunOutcome.SUCCEEDED);
		}
	}

	private static Stream<Instant> ticks(RecordedEvents events, Instant after) {
		return events.finished()
			.stream()
			.filter((run) -> !run.job().equals(Held.NAME))
			.map(JobFinished::tick)
			.filter((tick) -> tick.isAfter(after));
	}

}
