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

import org.springframework.boot.autoconfigure.service.connection.ConnectionDetails;
import org.springframework.boot.ssl.SslBundle;
import org.springframework.util.ClassUtils;

/**
 * A Redis in a container, for applications without the Redis module of Spring Boot 4.
 * Where Spring Boot has details of its own there are none of these, so that the locks and
 * the application never see two different places.
 */
interface LockRedisConnectionDetails extends ConnectionDetails {

	/** The port inside the container. */
	int PORT = 6379;

	/**
	 * Return where it is.
	 */
	Layout.Node node();

	/**
	 * Return whom to trust, or {@code null} if connections are not encrypted.
	 */
	@Nullable SslBundle sslBundle();

	static boolean areNeeded() {
		return !ClassUtils.isPresent(DataRedisDetailsConfiguration.DETAILS, null)
				&& !ClassUtils.isPresent(RedisDetailsConfiguration.DETAILS, null);
	}

}
