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

package io.github.lockstarter.sample.proof.nemesis;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import io.github.lockstarter.fixture.RedisCluster;
import io.github.lockstarter.fixture.RedisReplication;
import io.github.lockstarter.fixture.RedisSentinels;
import io.github.lockstarter.fixture.RedisServer;
import io.github.lockstarter.fixture.TcpProxy;

/**
 * The Redis under test.
 */
public sealed interface Layout extends AutoCloseable {

	/**
	 * Returns what it is called.
	 */
	String name();

	/**
	 * Returns the properties that say a server where it is.
	 * @param server the name of the server
	 */
	List<String> properties(String server);

	/**
	 * Returns the servers that have data of their own.
	 */
	List<RedisServer> masters();

	@Override
	void close();

	/**
	 * One Redis, which keeps its data over a restart. Each server has a line of its own
	 * to it.
	 */
	final class Single implements Layout {

		private final RedisServer redis = RedisServer.start("--appendonly", "yes", "--appendfsync", "no");

		private final Map<String, TcpProxy> lines = new LinkedHashMap<>();

		RedisServer redis() {
			return this.redis;
		}

		TcpProxy line(String server) {
			return this.lines.computeIfAbsent(server, (name) -> TcpProxy.to(this.redis));
		}

		@Override
		public String name() {
			return "single";
		}

		@Override
		public List<String> properties(String server) {
			TcpProxy line = line(server);
			return List.of("spring.data.redis.host=" + line.host(), "spring.data.redis.port=" + line.port());
		}

		@Override
		public List<RedisServer> masters() {
			return List.of(this.redis);
		}

		@Override
		public void close() {
			this.lines.values().forEach(TcpProxy::close);
			this.redis.close();
		}

	}

	/**
	 * A master, two replicas and three sentinels.
	 */
	final class Sentinel implements Layout {

		private static final Duration DOWN_AFTER = Duration.ofSeconds(2);

		private final RedisReplication replication = RedisReplication.start(2);

		private final RedisSentinels sentinels = RedisSentinels.start(this.replication, DOWN_AFTER);

		/**
		 * Kills the master, waits for another one, and starts the old one again.
		 */
		void failOver() {
			RedisServer old = this.sentinels.master();
			old.kill();
			this.sentinels.awaitOtherMaster(old);
			old.startAgain();
			this.sentinels.awaitInSync();
		}

		@Override
		public String name() {
			return "sentinel";
		}

		@Override
		public List<String> properties(String server) {
			return List.of("spring.data.redis.sentinel.master=" + RedisSentinels.MASTER,
					"spring.data.redis.sentinel.nodes=" + String.join(",", this.sentinels.nodes()));
		}

		@Override
		public List<RedisServer> masters() {
			return List.of(this.sentinels.master());
		}

		@Override
		public void close() {
			this.sentinels.close();
			this.replication.close();
		}

	}

	/**
	 * Three masters.
	 */
	final class Cluster implements Layout {

		private final RedisCluster cluster = RedisCluster.start(3);

		@Override
		public String name() {
			return "cluster";
		}

		@Override
		public List<String> properties(String server) {
			return List.of("spring.data.redis.cluster.nodes=" + String.join(",", this.cluster.nodes()));
		}

		@Override
		public List<RedisServer> masters() {
			return new ArrayList<>(this.cluster.masters());
		}

		@Override
		public void close() {
			this.cluster.close();
		}

	}

}
