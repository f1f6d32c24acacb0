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

import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;
import org.redisson.api.RedissonClient;
import org.redisson.config.Config;

import org.springframework.core.io.ResourceLoader;

import io.github.lockstarter.InvalidJobException;

/**
 * A configuration file of Redisson, for what the properties cannot say.
 */
final class RedissonYaml {

	private static final String PROPERTY = "distributed-scheduled.redisson-config";

	private RedissonYaml() {
	}

	/**
	 * Read the file and return what makes clients of it. They connect with their first
	 * command, whatever the file says. The first one is made at once, so that a file that
	 * Redisson does not accept stops the application.
	 */
	static Client client(String location, ResourceLoader loader) {
		Config config = read(location, loader);
		config.setLazyInitialization(true);
		LockClients clients = new LockClients(config);
		try {
			// Redisson would miss it when it connects, and then again and again
			if (config.isSingleConfig() && config.useSingleServer().getAddress() == null) {
				throw new IllegalArgumentException("singleServerConfig has no address");
			}
			AtomicReference<@Nullable RedissonClient> first = new AtomicReference<>(clients.get());
			return new Client(() -> {
				RedissonClient client = first.getAndSet(null);
				return (client != null) ? client : clients.get();
			}, RedissonAddress.of(location, config));
		}
		catch (RuntimeException ex) {
			throw wrong(location, ex);
		}
	}

	private static Config read(String location, ResourceLoader loader) {
		try (InputStream file = loader.getResource(location).getInputStream()) {
			return Config.fromYAML(file);
		}
		catch (IOException ex) {
			throw new InvalidJobException("%s is '%s', which cannot be read: %s.".formatted(PROPERTY, location, ex),
					"Write classpath:redisson.yml or file:/etc/app/redisson.yml, and see that the application may read it.");
		}
		catch (RuntimeException ex) {
			throw wrong(location, ex);
		}
	}

	private static InvalidJobException wrong(String location, RuntimeException ex) {
		return new InvalidJobException(
				"%s is '%s', which is no configuration of Redisson: %s".formatted(PROPERTY, location,
						withoutSecrets(ex)),
				"Write the file as Redisson's documentation describes it, with one of singleServerConfig, sentinelServersConfig, "
						+ "clusterServersConfig, masterSlaveServersConfig or replicatedServersConfig.");
	}

	/**
	 * Whoever reads YAML shows the lines that it stumbles over.
	 */
	private static String withoutSecrets(RuntimeException ex) {
		return String.valueOf(ex.getMessage())
			.replaceAll("(?i)(password\\w*\"?\\s*[:=]\\s*)\\S.*", "$1***")
			.replaceAll("//[^/\\s]*@", "//***@");
	}

	static InvalidJobException ambiguous(String location, String bean) {
		return new InvalidJobException(
				"%s is '%s', but there is a RedissonClient bean '%s' as well, so it is not clear which Redis keeps the locks."
					.formatted(PROPERTY, location, bean),
				"Remove the property, or the bean.");
	}

	/**
	 * What the file comes down to.
	 *
	 * @param clients makes clients
	 * @param address where they find Redis, for the log
	 */
	record Client(Supplier<RedissonClient> clients, String address) {

	}

}
