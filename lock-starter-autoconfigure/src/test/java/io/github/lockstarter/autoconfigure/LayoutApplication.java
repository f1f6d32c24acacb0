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
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.jspecify.annotations.Nullable;

import org.springframework.context.ConfigurableApplicationContext;

import io.github.lockstarter.DistributedScheduled;
import io.github.lockstarter.JobRun;
import io.github.lockstarter.fixture.OwnThread;
import io.github.lockstarter.fixture.RecordedEvents;
import io.github.lockstarter.fixture.RedisCluster;
import io.github.lockstarter.fixture.RedisReplication;
import io.github.lockstarter.fixture.RedisSentinels;
import io.github.lockstarter.fixture.RedisServer;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * An application on a Redis that is more than one server.
 */
final class LayoutApplication {

	private LayoutApplication() {
	}

	static ConditionFactory await() {
		return Awaitility.await().atMost(Duration.ofSeconds(60));
	}

	static String[] on(RedisSentinels sentinels) {
		return new String[] { "spring.data.redis.sentinel.master=" + RedisSentinels.MASTER,
				"spring.data.redis.sentinel.nodes=" + String.join(",", sentinels.nodes()) };
	}

	static String[] on(RedisCluster cluster) {
		return new String[] { "spring.data.redis.cluster.nodes=" + String.join(",", cluster.nodes()) };
	}

	static String[] on(RedisReplication replication) {
		List<String> nodes = replication.servers()
			.stream()
			.map((server) -> server.host() + ":" + server.port())
			.toList();
		return new String[] { "spring.data.redis.masterreplica.nodes=" + String.join(",", nodes) };
	}

	/**
	 * Start an application, in a namespace of its own unless one is among the properties.
	 */
	static ConfigurableApplicationContext start(List<Class<?>> jobs, String[] redis, String... properties) {
		List<Class<?>> beans = Stream.concat(Stream.of(TestApplication.App.class, RecordedEvents.class), jobs.stream())
			.toList();
		String[] defaults = { "spring.application.name=layout-" + UUID.randomUUID(),
				"distributed-scheduled.acquire-timeout=" + TroubledApplication.ACQUIRE_TIMEOUT.toMillis() };
		String[] all = Stream.of(defaults, redis, properties).flatMap(Stream::of).toArray(String[]::new);
		return TestApplication.start(beans, all);
	}

	static String lockKey(String namespace, String job) {
		return "distributed-scheduled:{" + namespace + "/" + job + "}:lock";
	}

	static String stateKey(String namespace, String job) {
		return "distributed-scheduled:{" + namespace + "/" + job + "}:" + job + ":state";
	}

	/**
	 * Begin a run that lasts until it is told to end. Tries until one has begun.
	 */
	static Held hold(ConfigurableApplicationContext context) {
		Held job = context.getBean(Held.class);
		await().until(() -> {
			CompletableFuture<Void> attempt = OwnThread.run(job::run);
			return CompletableFuture.anyOf(attempt, job.begun()).thenApply((any) -> job.begun().isDone()).join();
		});
		return job;
	}

	/**
	 * A lock is what {@code RLock} makes of it on a single server, and it is where the
	 * state of its job is.
	 */
	static void assertLockAndStateAreOn(RedisServer server, String namespace, String job) {
		String lock = lockKey(namespace, job);
		assertThat(server.cli("TYPE", lock)).isEqualTo("hash");
		assertThat(server.cli("HGETALL", lock).lines()).hasSize(2)
			.first()
			.asString()
			.matches("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}:-?\\d+");
		assertThat(server.cli("HVALS", lock)).isEqualTo("1");
		assertThat(Long.parseLong(server.cli("PTTL", lock))).isBetween(1L, 60_000L);
		assertThat(server.cli("HGET", stateKey(namespace, job), "started")).isNotEqualTo("(nil)");
	}

	/**
	 * A job that runs until it is told to end.
	 */
	static class Held {

		static final String NAME = "held";

		private final CompletableFuture<Boolean> begun = new CompletableFuture<>();

		private final CompletableFuture<Boolean> ended = new CompletableFuture<>();

		private final CountDownLatch end = new CountDownLatch(1);

		private volatile @Nullable JobRun run;

		@DistributedScheduled(NAME)
		void run() {
			this.run = JobRun.current();
			this.begun.complete(true);
			try {
				this.ended.complete(this.end.await(5, TimeUnit.MINUTES));
			}
			catch (InterruptedException ex) {
				this.ended.complete(false);
			}
		}

		CompletableFuture<Boolean> begun() {
			return this.begun;
		}

		boolean isLockHeld() {
			JobRun current = this.run;
			return current != null && current.isLockHeld();
		}

		/**
		 * Let it end, and tell whether nothing else has ended it.
		 */
		boolean end() {
			this.end.countDown();
			return this.ended.join();
		}

	}

}
