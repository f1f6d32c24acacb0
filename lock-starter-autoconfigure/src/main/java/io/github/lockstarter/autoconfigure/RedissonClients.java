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

import org.jspecify.annotations.Nullable;
import org.redisson.client.codec.StringCodec;
import org.redisson.config.Config;
import org.redisson.config.ConstantDelay;
import org.redisson.config.SingleServerConfig;

import org.springframework.boot.ssl.NoSuchSslBundleException;
import org.springframework.boot.ssl.SslBundle;
import org.springframework.boot.ssl.SslBundles;

import io.github.lockstarter.InvalidJobException;

/**
 * Configures the private client of the locks: few threads, few connections, short waits.
 */
final class RedissonClients {

	private static final Duration RECONNECT = Duration.ofMillis(200);

	private RedissonClients() {
	}

	/**
	 * Return the configuration of a client that connects with its first command.
	 */
	static Config config(RedisSettings redis, Duration acquireTimeout, @Nullable SslBundles sslBundles) {
		Config config = new Config();
		config.setLazyInitialization(true);
		config.setThreads(2);
		config.setNettyThreads(2);
		config.setCodec(StringCodec.INSTANCE);
		config.setUsername(redis.username());
		config.setPassword(redis.password());
		SingleServerConfig server = config.useSingleServer();
		server.setAddress(redis.address());
		server.setDatabase(redis.database());
		server.setClientName(redis.clientName());
		server.setConnectionMinimumIdleSize(1);
		server.setConnectionPoolSize(8);
		server.setSubscriptionConnectionMinimumIdleSize(0);
		// A command that nobody waits for any more must not be sent later, nor twice
		server.setTimeout(millis(shorter(redis.timeout(), acquireTimeout)));
		server.setConnectTimeout(millis((redis.connectTimeout() != null) ? redis.connectTimeout() : acquireTimeout));
		server.setRetryAttempts(0);
		server.setReconnectionDelay(new ConstantDelay(RECONNECT));
		if (redis.ssl().bundle() != null) {
			apply(bundle(redis.ssl().bundle(), sslBundles), config);
		}
		return config;
	}

	private static Duration shorter(@Nullable Duration one, Duration other) {
		return (one != null && one.compareTo(other) < 0) ? one : other;
	}

	private static int millis(Duration duration) {
		return (int) Math.min(Integer.MAX_VALUE, Math.max(1, duration.toMillis()));
	}

	private static SslBundle bundle(String name, @Nullable SslBundles sslBundles) {
		if (sslBundles == null) {
			throw new InvalidJobException(
					"%s.ssl.bundle is '%s', but there are no SSL bundles.".formatted(RedisSettings.PREFIX, name),
					"Keep Spring Boot's SslAutoConfiguration, or define a RedissonClient bean.");
		}
		try {
			return sslBundles.getBundle(name);
		}
		catch (NoSuchSslBundleException ex) {
			throw new InvalidJobException(
					"%s.ssl.bundle is '%s', but there is no SSL bundle of this name.".formatted(RedisSettings.PREFIX,
							name),
					"Define it as spring.ssl.bundle.pem.%1$s or spring.ssl.bundle.jks.%1$s.".formatted(name));
		}
	}

	private static void apply(SslBundle bundle, Config config) {
		config.setSslTrustManagerFactory(bundle.getManagers().getTrustManagerFactory());
		config.setSslKeyManagerFactory(bundle.getManagers().getKeyManagerFactory());
		String[] protocols = bundle.getOptions().getEnabledProtocols();
		if (protocols != null) {
			config.setSslProtocols(protocols);
		}
		String[] ciphers = bundle.getOptions().getCiphers();
		if (ciphers != null) {
			config.setSslCiphers(ciphers);
		}
	}

}
