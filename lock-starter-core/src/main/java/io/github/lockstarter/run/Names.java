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

package io.github.lockstarter.run;

/**
 * Which names may be logged as they are. One with a line break could make up log lines.
 */
final class Names {

	private Names() {
	}

	/**
	 * Tell whether a name has characters that are not for reading: control characters and
	 * line breaks of any kind.
	 */
	static boolean hasControlCharacters(String name) {
		return name.codePoints().anyMatch(Names::isControl);
	}

	private static boolean isControl(int character) {
		return switch (Character.getType(character)) {
			case Character.CONTROL, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR -> true;
			default -> false;
		};
	}

	/**
	 * Return a name that may be logged, with a mark for what may not.
	 */
	static String readable(String name) {
		StringBuilder readable = new StringBuilder(name.length());
		name.codePoints()
			.map((character) -> isControl(character) ? '\uFFFD' : character)
			.forEach(readable::appendCodePoint);
		return readable.toString();
	}

}
