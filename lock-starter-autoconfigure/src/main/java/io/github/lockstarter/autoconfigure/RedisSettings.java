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

import org.springframework.boot.ssl.SslBundle;

/**
 * Where Redis is and how to get in, whoever said so.
 *
 * @param layout how Redis is run
 * @param username for Redis, not for its sentinels
 * @param password for Redis, not for its sentinels
 * @param database the number of the database
 * @param timeout how long a reply may take
 * @param connectTimeout how long connecting may take
 * @param clientName what Redis calls this client
 * @param tls whether connections are encrypted
 * @param sslBundle whom to trust and how to present oneself; {@code null} for what the
 * JVM trusts
 */
record RedisSettings(Layout layout, @Nullable String username, @Nullable String password, int database,
		@Nullable Duration timeout, @Nullable Duration connectTimeout, @Nullable String clientName, boolean tls,
		@Nullable SslBundle sslBundle) {

	/**
	 * Return the address of a server as Redisson wants it.
	 */
	String address(Layout.Node node) {
		return (this.tls ? "rediss://" : "redis://") + node;
	}

	/**
	 * The addresses, for the log. Not a word of a password.
	 */
	@Override
	public String toString() {
		return this.layout.describe(this::address, this.database);
	}

}
