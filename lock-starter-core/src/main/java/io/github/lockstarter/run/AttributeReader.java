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

import org.jspecify.annotations.Nullable;

import org.springframework.util.StringUtils;
import org.springframework.util.StringValueResolver;

import io.github.lockstarter.InvalidJobException;

/**
 * Resolves placeholders and expressions in the attributes of annotations, and says where
 * one stands that cannot be resolved.
 */
final class AttributeReader {

	private final StringValueResolver resolver;

	AttributeReader(StringValueResolver resolver) {
		this.resolver = resolver;
	}

	/**
	 * Return what an attribute means.
	 * @param attribute the name of the attribute
	 * @param annotation the annotation
	 * @param declared its text
	 * @param where the method, for messages
	 * @return its value, which may be empty
	 */
	@Nullable String resolve(String attribute, String annotation, String declared, String where) {
		try {
			return this.resolver.resolveStringValue(declared);
		}
		catch (RuntimeException ex) {
			InvalidJobException invalid = new InvalidJobException(
					"The attribute '%s' of %s on %s cannot be read: \"%s\". %s".formatted(attribute, annotation, where,
							declared, sentence(ex)),
					"Set the property, or give the placeholder a value for where it is not set: ${name:value}.");
			invalid.initCause(ex);
			throw invalid;
		}
	}

	private static String sentence(RuntimeException ex) {
		String message = (ex.getMessage() != null) ? ex.getMessage() : ex.getClass().getSimpleName();
		return message.endsWith(".") ? message : message + ".";
	}

	/**
	 * Return a placeholder or an expression in a text that has no value, so that it
	 * vanishes from it.
	 * @return the first one; {@code null} if all have a value, or the text has none
	 */
	@Nullable String findEmpty(String declared) {
		int start = next(declared, 0);
		while (start >= 0) {
			int end = end(declared, start);
			if (end < 0) {
				return null;
			}
			String part = declared.substring(start, end);
			if (isEmpty(part)) {
				return part;
			}
			start = next(declared, end);
		}
		return null;
	}

	private static int next(String text, int from) {
		int placeholder = text.indexOf("${", from);
		int expression = text.indexOf("#{", from);
		return (placeholder < 0 || expression < 0) ? Math.max(placeholder, expression)
				: Math.min(placeholder, expression);
	}

	private static int end(String text, int start) {
		int open = 0;
		for (int i = start + 1; i < text.length(); i++) {
			open += (text.charAt(i) == '{') ? 1 : (text.charAt(i) == '}') ? -1 : 0;
			if (open == 0) {
				return i + 1;
			}
		}
		return -1;
	}

	private boolean isEmpty(String part) {
		try {
			return !StringUtils.hasText(this.resolver.resolveStringValue(part));
		}
		catch (RuntimeException ex) {
			// Not a part for itself, such as one with a brace in a string
			return false;
		}
	}

}
