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

package io.github.lockstarter.operations;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;

import org.jspecify.annotations.Nullable;

/**
 * What operators see of a server, and when they are told of a job.
 *
 * @param host the name of the host
 * @param version the version of the application; {@code null} if it is not known
 * @param overdueAfter how long after a tick its job is overdue, if nobody has run it
 * @since 0.1.0
 */
public record OperationsSettings(String host, @Nullable String version, Duration overdueAfter) {

	/**
	 * Create settings for this host, with the default of five minutes.
	 * @return the settings
	 */
	public static OperationsSettings defaults() {
		String host = "unknown-host";
		try {
			host = InetAddress.getLocalHost().getHostName();
		}
		catch (UnknownHostException ex) {
			// As said
		}
		return new OperationsSettings(host, null, Duration.ofMinutes(5));
	}

}
