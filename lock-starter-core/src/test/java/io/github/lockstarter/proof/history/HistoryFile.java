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

package io.github.lockstarter.proof.history;

import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;

/**
 * The file of one process. Every entry is given to the operating system before
 * {@link #add} returns, so that it outlives a process that is killed. Before it stands
 * what time it was on the machine's clock, for those who read it beside a log.
 */
public final class HistoryFile implements AutoCloseable {

	/** How the names of such files end. */
	public static final String SUFFIX = ".history";

	private final OutputStream out;

	/**
	 * Creates the file.
	 * @param path where
	 */
	public HistoryFile(Path path) {
		try {
			this.out = new FileOutputStream(path.toFile(), true);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * Appends an entry.
	 * @param entry what happened
	 */
	public synchronized void add(Entry entry) {
		try {
			String line = Instant.now() + Codec.SEPARATOR + Codec.format(entry) + "\n";
			this.out.write(line.getBytes(StandardCharsets.UTF_8));
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	@Override
	public synchronized void close() {
		try {
			this.out.close();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

}
