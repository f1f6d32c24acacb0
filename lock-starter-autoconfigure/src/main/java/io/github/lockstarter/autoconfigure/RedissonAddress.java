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

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;

import org.jspecify.annotations.Nullable;
import org.redisson.config.Config;
import org.redisson.config.MasterSlaveServersConfig;

/**
 * Where a client finds Redis that somebody else has configured.
 */
final class RedissonAddress {

	private RedissonAddress() {
	}

	/**
	 * Return whose client it is and where it finds Redis, without the passwords that may
	 * stand in addresses.
	 */
	static String of(String whose, @Nullable Config config) {
		Collection<String> addresses = (config != null) ? addresses(config) : List.of();
		return "Redis of " + whose
				+ (addresses.isEmpty() ? ""
						: addresses.stream()
							.map((address) -> address.replaceFirst("//.*@", "//"))
							.collect(Collectors.joining(", ", " (", ")")));
	}

	private static Collection<String> addresses(Config config) {
		if (config.isClusterConfig()) {
			return config.useClusterServers().getNodeAddresses();
		}
		if (config.isSentinelConfig()) {
			return config.useSentinelServers().getSentinelAddresses();
		}
		if (config.isSingleConfig()) {
			String address = config.useSingleServer().getAddress();
			return (address != null) ? List.of(address) : List.of();
		}
		return ofOthers(config);
	}

	/**
	 * Redisson does not say which of the others it is without making it that, or failing.
	 */
	private static Collection<String> ofOthers(Config config) {
		try {
			return new Config(config).useReplicatedServers().getNodeAddresses();
		}
		catch (IllegalStateException ex) {
			MasterSlaveServersConfig servers = new Config(config).useMasterSlaveServers();
			List<String> addresses = new ArrayList<>(servers.getSlaveAddresses());
			if (servers.getMasterAddress() != null) {
				addresses.add(0, servers.getMasterAddress());
			}
			return addresses;
		}
	}

}
