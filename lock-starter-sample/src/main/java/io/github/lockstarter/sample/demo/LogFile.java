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

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What a process prints and nobody wants to read, unless something fails.
 */
final class LogFile implements AutoCloseable {

	private final PrintWriter writer;

	LogFile(Path file) throws IOException {
		this.writer = new PrintWriter(Files.newBufferedWriter(file, StandardCharsets.UTF_8), true);
	}

	void add(String line) {
		this.writer.println(line);
	}

	@Override
	public void close() {
		this.writer.close();
	}

}
