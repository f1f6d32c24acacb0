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

import org.jspecify.annotations.Nullable;

import org.springframework.boot.docker.compose.core.RunningService;
import org.springframework.boot.docker.compose.service.connection.DockerComposeConnectionDetailsFactory;
import org.springframework.boot.docker.compose.service.connection.DockerComposeConnectionSource;
import org.springframework.boot.ssl.SslBundle;

/**
 * Lets a service of Docker Compose say where the Redis of the locks is.
 */
class LockRedisComposeConnectionDetailsFactory
		extends DockerComposeConnectionDetailsFactory<LockRedisConnectionDetails> {

	private static final String[] NAMES = { "redis", "redis/redis-stack", "redis/redis-stack-server", "valkey",
			"valkey/valkey" };

	LockRedisComposeConnectionDetailsFactory() {
		super(NAMES);
	}

	@Override
	protected @Nullable LockRedisConnectionDetails getDockerComposeConnectionDetails(
			DockerComposeConnectionSource source) {
		return LockRedisConnectionDetails.areNeeded() ? new Details(source.getRunningService()) : null;
	}

	private static final class Details extends DockerComposeConnectionDetails implements LockRedisConnectionDetails {

		private final Layout.Node node;

		private final @Nullable SslBundle sslBundle;

		private Details(RunningService service) {
			super(service);
			this.node = new Layout.Node(service.host(), service.ports().get(PORT));
			this.sslBundle = getSslBundle(service);
		}

		@Override
		public Layout.Node node() {
			return this.node;
		}

		@Override
		public @Nullable SslBundle sslBundle() {
			return this.sslBundle;
		}

	}

}
