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
import org.redisson.config.BaseConfig;
import org.redisson.config.Config;
import org.redisson.config.ConstantDelay;
import org.redisson.config.SingleServerConfig;

import org.springframework.boot.ssl.SslBundle;

import io.github.lockstarter.InvalidJobException;

/**
 * Configures the private client of the locks: few threads, few connections, short waits.
 */
final class RedissonClients {

	private static final Duration RECONNECT = Duration.ofMillis(200);

	private static final int IDLE_CONNECTIONS = 1;

	private static final int MOST_CONNECTIONS = 8;

	private RedissonClients() {
	}

	/**
	 * Return the configuration of a client that connects with its first command.
	 */
	static Config config(RedisSettings redis, Duration acquireTimeout) {
		Config config = new Config();
		config.setLazyInitialization(true);
		config.setThreads(2);
		config.setNettyThreads(2);
		config.setCodec(StringCodec.INSTANCE);
		config.setUsername(redis.username());
		config.setPassword(redis.password());
		common(layout(config, redis), redis, acquireTimeout);
		if (redis.sslBundle() != null) {
			apply(redis.sslBundle(), config);
		}
		return config;
	}

	private static BaseConfig<?> layout(Config config, RedisSettings redis) {
		if (redis.layout() instanceof Layout.Single single) {
			SingleServerConfig server = config.useSingleServer();
			server.setAddress(redis.address(single.node()));
			server.setDatabase(redis.database());
			server.setConnectionMinimumIdleSize(IDLE_CONNECTIONS);
			server.setConnectionPoolSize(MOST_CONNECTIONS);
			server.setSubscriptionConnectionMinimumIdleSize(0);
			return server;
		}
		throw new InvalidJobException(
				"The starter makes a client for a single Redis only, not for %s.".formatted(redis),
				"Define a RedissonClient bean for your layout; the locks will use it.");
	}

	private static void common(BaseConfig<?> server, RedisSettings redis, Duration acquireTimeout) {
		server.setClientName(redis.clientName());
		// A command that nobody waits for any more must not be sent later, nor twice
		server.setTimeout(millis(shorter(redis.timeout(), acquireTimeout)));
		server.setConnectTimeout(millis((redis.connectTimeout() != null) ? redis.connectTimeout() : acquireTimeout));
		server.setRetryAttempts(0);
		server.setReconnectionDelay(new ConstantDelay(RECONNECT));
	}

	private static Duration shorter(@Nullable Duration one, Duration other) {
		return (one != null && one.compareTo(other) < 0) ? one : other;
	}

	private static int millis(Duration duration) {
		return (int) Math.min(Integer.MAX_VALUE, Math.max(1, duration.toMillis()));
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
