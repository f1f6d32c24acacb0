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

import org.junit.jupiter.api.Test;
import org.redisson.config.Config;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What is said of a client that somebody else has configured.
 */
class RedissonAddressTests {

	@Test
	void everyLayoutNamesItsServersWithoutTheirPasswords() {
		Config single = new Config();
		single.useSingleServer().setAddress("redis://:s3cret@a:1");
		assertThat(RedissonAddress.of("mine", single)).isEqualTo("Redis of mine (redis://a:1)");
		Config cluster = new Config();
		cluster.useClusterServers().addNodeAddress("redis://a:1", "redis://b:2");
		assertThat(RedissonAddress.of("mine", cluster)).isEqualTo("Redis of mine (redis://a:1, redis://b:2)");
		Config sentinels = new Config();
		sentinels.useSentinelServers().addSentinelAddress("redis://a:1");
		assertThat(RedissonAddress.of("mine", sentinels)).isEqualTo("Redis of mine (redis://a:1)");
		Config replicated = new Config();
		replicated.useReplicatedServers().addNodeAddress("redis://user:s3cret@a:1", "redis://b:2");
		assertThat(RedissonAddress.of("mine", replicated)).isEqualTo("Redis of mine (redis://a:1, redis://b:2)");
		Config masterAndSlaves = new Config();
		masterAndSlaves.useMasterSlaveServers().setMasterAddress("redis://a:1").addSlaveAddress("redis://b:2");
		assertThat(RedissonAddress.of("mine", masterAndSlaves)).isEqualTo("Redis of mine (redis://a:1, redis://b:2)");
	}

	@Test
	void aClientThatIsNotConfiguredIsNamedAndLeftAlone() {
		Config config = new Config();
		assertThat(RedissonAddress.of("mine", config)).isEqualTo("Redis of mine");
		assertThat(config.isClusterConfig() || config.isSentinelConfig() || config.isSingleConfig()).isFalse();
		config.useMasterSlaveServers();
		assertThat(RedissonAddress.of("mine", null)).isEqualTo("Redis of mine");
	}

}
