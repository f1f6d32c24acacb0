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

import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * An entry as a line: its type, and its components in their order.
 */
final class Codec {

	static final String SEPARATOR = "\t";

	private static final Map<String, Class<?>> TYPES = Arrays.stream(Entry.class.getPermittedSubclasses())
		.collect(Collectors.toMap(Class::getSimpleName, Function.identity()));

	private Codec() {
	}

	static String format(Entry entry) {
		return entry.getClass().getSimpleName() + SEPARATOR
				+ Arrays.stream(entry.getClass().getRecordComponents())
					.map((component) -> value(entry, component))
					.collect(Collectors.joining(SEPARATOR));
	}

	private static String value(Entry entry, RecordComponent component) {
		try {
			return String.valueOf(component.getAccessor().invoke(entry));
		}
		catch (ReflectiveOperationException ex) {
			throw new IllegalStateException(ex);
		}
	}

	static Entry parse(String line) {
		String[] words = line.split(SEPARATOR, -1);
		Class<?> type = TYPES.get(words[0]);
		RecordComponent[] components = (type != null) ? type.getRecordComponents() : new RecordComponent[0];
		if (type == null || components.length != words.length - 1) {
			throw new IllegalArgumentException("Not an entry: " + line);
		}
		Object[] values = new Object[components.length];
		for (int i = 0; i < values.length; i++) {
			values[i] = parse(components[i].getType(), words[i + 1]);
		}
		Class<?>[] signature = Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
		try {
			return (Entry) type.getDeclaredConstructor(signature).newInstance(values);
		}
		catch (ReflectiveOperationException ex) {
			throw new IllegalArgumentException("Not an entry: " + line, ex);
		}
	}

	private static Object parse(Class<?> type, String text) {
		if (type == long.class) {
			return Long.valueOf(text);
		}
		if (type == int.class) {
			return Integer.valueOf(text);
		}
		if (type == boolean.class) {
			return Boolean.valueOf(text);
		}
		return text;
	}

}
