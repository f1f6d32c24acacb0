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

import java.net.InetAddress;
import java.net.UnknownHostException;

import org.jspecify.annotations.Nullable;

import io.github.lockstarter.internal.time.TimeSource;

/**
 * Names this server.
 */
final class ServerId {

	private ServerId() {
	}

	/**
	 * Return an id that is readable and unique per start of a process: containers often
	 * share their host name, and process ids come again.
	 */
	static String create() {
		return unique(hostName() + ":" + ProcessHandle.current().pid());
	}

	/**
	 * Return an id that begins like another one and is unique.
	 */
	static String unique(String id) {
		return id + ":" + String.format("%04x", TimeSource.system().random("server-id").nextInt(0x10000));
	}

	static String hostName() {
		// Set in containers and most shells, and needs no name server
		String name = environment("HOSTNAME");
		if (name == null) {
			name = environment("COMPUTERNAME");
		}
		if (name != null) {
			return name;
		}
		try {
			return InetAddress.getLocalHost().getHostName();
		}
		catch (UnknownHostException ex) {
			return "unknown-host";
		}
	}

	private static @Nullable String environment(String variable) {
		String value = System.getenv(variable);
		return (value != null && !value.isBlank()) ? value : null;
	}

}
