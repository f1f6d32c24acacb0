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

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What is written down is read again.
 */
class HistoryTests {

	private static final Entry UP = new Entry.Up("one.1", 5, -8000);

	private static final Entry RUN = new Entry.Started("one.1", 20, "job", 1000, 17, true);

	private static final Entry FAULT = new Entry.Fault(Entry.TEST, 10, 11, 12, 13, "cut", "one.1", "", "one.1", false,
			true);

	@Test
	void entriesOfAllFilesInTheirOrder(@TempDir Path folder) {
		write(folder.resolve("one.1.history"), UP, RUN);
		write(folder.resolve("test.history"), FAULT);
		assertThat(History.read(folder).entries()).containsExactly(UP, FAULT, RUN);
	}

	@Test
	void halfALineOfAKilledProcessIsNoEntry(@TempDir Path folder) throws Exception {
		Path file = folder.resolve("one.1.history");
		write(file, UP);
		Files.writeString(file, "Started\tone.1\t2", StandardOpenOption.APPEND);
		assertThat(History.read(folder).entries()).containsExactly(UP);
	}

	@Test
	void theTimeOnTheWallStandsBeforeEachEntry(@TempDir Path folder) throws Exception {
		Path file = folder.resolve("one.1.history");
		Instant before = Instant.now();
		write(file, UP, RUN);
		assertThat(Files.readAllLines(file)).hasSize(2)
			.allSatisfy((line) -> assertThat(Instant.parse(line.split("\t")[0])).isBetween(before, Instant.now()));
	}

	private static void write(Path file, Entry... entries) {
		try (HistoryFile out = new HistoryFile(file)) {
			for (Entry entry : entries) {
				out.add(entry);
			}
		}
	}

}
