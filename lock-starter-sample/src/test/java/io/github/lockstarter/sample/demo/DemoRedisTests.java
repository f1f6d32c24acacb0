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

package io.github.lockstarter.sample.demo;

import java.io.File;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;

/**
 * The executables here are shell scripts that do what a Redis does when it starts, or
 * when it cannot.
 */
@DisabledOnOs(OS.WINDOWS)
class DemoRedisTests {

	private static final String READY = "echo 'Redis version=9.9.9, bits=64'\n"
			+ "echo '* Ready to accept connections'\nexec sleep 30\n";

	private static final String BROKEN = "echo 'libssl.so.3: cannot open shared object file'\nexit 127\n";

	@TempDir
	Path directory;

	@Test
	void startsAndStopsRealRedis() throws IOException {
		int port;
		try (DemoRedis redis = DemoRedis.start(this.directory)) {
			port = redis.port();
			new Socket(InetAddress.getLoopbackAddress(), port).close();
		}
		assertThatIOException().isThrownBy(() -> new Socket(InetAddress.getLoopbackAddress(), port).close());
	}

	@Test
	void takesTheFirstThatStarts() throws IOException {
		try (DemoRedis redis = DemoRedis.start(this.directory,
				List.of(candidate("embedded", BROKEN), candidate("installed", READY)))) {
			assertThat(redis).hasToString("an installed Redis 9.9.9 (port " + redis.port() + ")");
		}
	}

	@Test
	void saysInOneLineWhatToDo() throws IOException {
		List<DemoRedis.Candidate> candidates = List.of(candidate("embedded", BROKEN),
				new DemoRedis.Candidate("installed", () -> {
					throw new FileNotFoundException("there is no redis-server on the PATH");
				}));
		assertThatExceptionOfType(DemoException.class).isThrownBy(() -> DemoRedis.start(this.directory, candidates))
			.withMessage("No Redis could be started (embedded: libssl.so.3: cannot open shared object file; "
					+ "installed: there is no redis-server on the PATH). Install redis-server 6.2 or later, or say "
					+ "where yours is: -Dspring.data.redis.host=...");
	}

	private DemoRedis.Candidate candidate(String name, String script) throws IOException {
		File file = Files.writeString(this.directory.resolve(name), "#!/bin/sh\n" + script).toFile();
		assertThat(file.setExecutable(true)).isTrue();
		return new DemoRedis.Candidate(name, () -> file);
	}

}
