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
import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import org.springframework.context.ConfigurableApplicationContext;

import io.github.lockstarter.autoconfigure.LayoutApplication.Held;
import io.github.lockstarter.autoconfigure.TroubledApplication.EverySecond;
import io.github.lockstarter.fixture.RecordedEvents;
import io.github.lockstarter.fixture.RedisCluster;
import io.github.lockstarter.fixture.RedisReplication;
import io.github.lockstarter.fixture.RedisSentinels;
import io.github.lockstarter.fixture.RedisServer;
import io.github.lockstarter.lock.JobLocks;

import static io.github.lockstarter.autoconfigure.LayoutApplication.await;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * Every layout of Redis, from the standard properties alone.
 */
class RedisLayoutTests {

	@Test
	void sentinels() {
		try (RedisReplication replication = RedisReplication.start(1);
				RedisSentinels sentinels = RedisSentinels.start(replication, Duration.ofSeconds(30));
				ConfigurableApplicationContext context = start(LayoutApplication.on(sentinels))) {
			assertJobsRunOn(sentinels.master(), context);
			assertThat(context.getBean(JobLocks.class).describe()).startsWith("master 'mymaster', database 0, of the");
		}
	}

	/**
	 * Redis has none.
	 */
	@Test
	void sentinelsWithAPassword() {
		try (RedisServer redis = RedisServer.peer();
				RedisServer sentinel = RedisServer.peer(Map.of("sentinel.conf",
						"sentinel monitor %s %s %d 1\n".formatted(RedisSentinels.MASTER, redis.host(), redis.port())),
						"sentinel.conf", "--sentinel", "--requirepass", "s3cret");
				ConfigurableApplicationContext context = start(
						new String[] { "spring.data.redis.sentinel.master=" + RedisSentinels.MASTER,
								"spring.data.redis.sentinel.nodes=" + sentinel.host() + ":" + sentinel.port(),
								"spring.data.redis.sentinel.password=s3cret" })) {
			assertJobsRunOn(redis, context);
		}
	}

	@Test
	void aCluster() {
		try (RedisCluster cluster = RedisCluster.start(3);
				ConfigurableApplicationContext context = start(LayoutApplication.on(cluster))) {
			assertJobsRunOn(cluster.masterOf(LayoutApplication.lockKey(namespace(context), Held.NAME)), context);
		}
	}

	@Test
	void aMasterAndReplicas() {
		try (RedisReplication replication = RedisReplication.start(2);
				ConfigurableApplicationContext context = start(LayoutApplication.on(replication))) {
			assertJobsRunOn(replication.master(), context);
		}
	}

	/**
	 * Who the master is, nobody says: it is found out, and found out again. Slow: the
	 * client looks only every few seconds.
	 */
	@Test
	@Tag("slow")
	void aReplicaIsMadeTheMaster() {
		try (RedisReplication replication = RedisReplication.start(1);
				ConfigurableApplicationContext context = start(LayoutApplication.on(replication))) {
			RecordedEvents events = context.getBean(RecordedEvents.class);
			await().until(() -> !events.finished().isEmpty());
			replication.master().kill();
			replication.replicas().get(0).cli("REPLICAOF", "NO", "ONE");
			Instant promoted = Instant.now();
			await().until(() -> events.started().stream().anyMatch((run) -> run.tick().isAfter(promoted)));
			assertJobsRunOn(replication.master(), context);
		}
	}

	private static ConfigurableApplicationContext start(String[] redis) {
		return LayoutApplication.start(List.of(EverySecond.class, Held.class), redis);
	}

	private static String namespace(ConfigurableApplicationContext context) {
		return context.getEnvironment().getRequiredProperty("spring.application.name");
	}

	private static void assertJobsRunOn(RedisServer server, ConfigurableApplicationContext context) {
		RecordedEvents events = context.getBean(RecordedEvents.class);
		await().until(() -> events.finished().size() >= 2);
		Held job = LayoutApplication.hold(context);
		LayoutApplication.assertLockAndStateAreOn(server, namespace(context), Held.NAME);
		assertThat(job.end()).isTrue();
		await().until(() -> server.cli("EXISTS", LayoutApplication.lockKey(namespace(context), Held.NAME)).equals("0"));
		assertThat(server.cli("HGET", LayoutApplication.stateKey(namespace(context), Held.NAME), "outcome"))
			.isEqualTo("SUCCEEDED");
	}

}
