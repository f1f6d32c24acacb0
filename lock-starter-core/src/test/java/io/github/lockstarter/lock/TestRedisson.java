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

import org.redisson.Redisson;
import org.redisson.api.RedissonClient;
import org.redisson.config.Config;

import io.github.lockstarter.fixture.RedisCluster;
import io.github.lockstarter.fixture.RedisServer;
import io.github.lockstarter.internal.time.TimeSource;

/**
 * Makes Redisson clients for tests.
 */
final class TestRedisson {

	private TestRedisson() {
	}

	static RedissonClient client(RedisServer redis) {
		return client(redis.address(), 2000);
	}

	static RedissonClient client(String address, int timeout) {
		return Redisson.create(config(address, timeout));
	}

	static Config config(String address, int timeout) {
		Config config = new Config();
		config.setLazyInitialization(true);
		config.setThreads(2);
		config.setNettyThreads(2);
		config.useSingleServer()
			.setAddress(address)
			.setConnectionMinimumIdleSize(1)
			.setConnectionPoolSize(8)
			.setSubscriptionConnectionMinimumIdleSize(0)
			.setTimeout(timeout)
			.setConnectTimeout(timeout)
			.setRetryAttempts(0);
		return config;
	}

	static RedissonClient cluster(RedisCluster cluster) {
		return Redisson.create(config(cluster));
	}

	static Config config(RedisCluster cluster) {
		Config config = new Config();
		config.setThreads(2);
		config.setNettyThreads(2);
		config.useClusterServers()
			.addNodeAddress(cluster.masters().get(0).address())
			.setMasterConnectionMinimumIdleSize(1)
			.setSubscriptionConnectionMinimumIdleSize(0)
			.setRetryAttempts(0);
		return config;
	}

	/**
	 * A store that shuts its client down.
	 */
	static RedisLockStore store(RedissonClient client, LockSettings settings) {
		return new RedisLockStore(new RedissonConnector(() -> client, true, settings.server(), TimeSource.system()),
				"test", settings, TimeSource.system());
	}

}
