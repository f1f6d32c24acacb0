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

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Everything that happened, in the order in which it happened.
 *
 * @param entries all entries
 */
public record History(List<Entry> entries) {

	/**
	 * Puts entries in their order.
	 * @param entries in any order
	 */
	public History {
		List<Entry> sorted = new ArrayList<>(entries);
		sorted.sort(Comparator.comparingLong(Entry::at));
		entries = List.copyOf(sorted);
	}

	/**
	 * Reads the files of all processes. The last line of one that was killed may be half
	 * a line, and is no entry then.
	 * @param folder where they are
	 * @return the history
	 */
	public static History read(Path folder) {
		List<Entry> entries = new ArrayList<>();
		try (Stream<Path> files = Files.list(folder)) {
			for (Path file : files.filter((path) -> path.toString().endsWith(HistoryFile.SUFFIX)).toList()) {
				String text = Files.readString(file);
				text.substring(0, text.lastIndexOf('\n') + 1)
					.lines()
					.map((line) -> Codec.parse(line.substring(line.indexOf(Codec.SEPARATOR) + 1)))
					.forEach(entries::add);
			}
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		return new History(entries);
	}

	/**
	 * Returns the entries of one type.
	 * @param type the type
	 * @return in their order
	 */
	public <T extends Entry> List<T> all(Class<T> type) {
		return this.entries.stream().filter(type::isInstance).map(type::cast).toList();
	}

	/**
	 * Returns the entries by their types.
	 * @return each in its order
	 */
	public ByType byType() {
		return new ByType(this.entries.stream().collect(Collectors.groupingBy(Object::getClass)));
	}

	/**
	 * The entries of each type, for those that want many types.
	 *
	 * @param entries the entries of each type
	 */
	public record ByType(Map<Class<?>, List<Entry>> entries) {

		/**
		 * Returns the entries of one type.
		 * @param type the type
		 * @return in their order
		 */
		public <T extends Entry> List<T> all(Class<T> type) {
			return this.entries.getOrDefault(type, List.of()).stream().map(type::cast).toList();
		}

	}

}
