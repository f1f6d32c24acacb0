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

import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;
import org.redisson.Redisson;
import org.redisson.api.RedissonClient;
import org.redisson.config.Config;

import org.springframework.boot.logging.LogLevel;
import org.springframework.boot.logging.LoggerConfiguration;
import org.springframework.boot.logging.LoggingSystem;

/**
 * Makes the clients of the locks. Each attempt to connect to sentinels or to a cluster
 * takes a new one, and each of them would say once more which version of Redisson it is.
 */
final class LockClients implements Supplier<RedissonClient> {

	private static final String VERSION = "org.redisson.Version";

	private final Config config;

	private boolean told;

	LockClients(Config config) {
		this.config = config;
	}

	@Override
	public synchronized RedissonClient get() {
		if (!this.told) {
			this.told = true;
			return Redisson.create(this.config);
		}
		LoggingSystem logging = LoggingSystem.get(LockClients.class.getClassLoader());
		LoggerConfiguration before = logging.getLoggerConfiguration(VERSION);
		logging.setLogLevel(VERSION, LogLevel.OFF);
		try {
			return Redisson.create(this.config);
		}
		finally {
			logging.setLogLevel(VERSION, level(before));
		}
	}

	private static @Nullable LogLevel level(@Nullable LoggerConfiguration before) {
		return (before != null) ? before.getConfiguredLevel() : null;
	}

}
