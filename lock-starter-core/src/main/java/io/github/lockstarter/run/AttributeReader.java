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

import java.util.regex.MatchResult;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

import org.springframework.util.StringUtils;
import org.springframework.util.StringValueResolver;

import io.github.lockstarter.InvalidJobException;

/**
 * Resolves placeholders and expressions in the attributes of annotations, and says where
 * one stands that cannot be resolved.
 */
final class AttributeReader {

	private static final String PLACEHOLDER = "${";

	private static final String EXPRESSION = "#{";

	/** Text within an expression, which may look like a variable. */
	private static final Pattern LITERAL = Pattern.compile("'[^']*'|\"[^\"]*\"");

	/** A variable of an expression, and no function. */
	private static final Pattern VARIABLE = Pattern.compile("#[A-Za-z_$][\\w$]*+(?!\\s*\\()");

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
	 * Return a placeholder, an expression or a variable in a text that has no value, so
	 * that it says the same whatever it was meant to stand for.
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
			String empty = isEmpty(part) ? part : findEmptyVariable(part);
			if (empty != null) {
				return empty;
			}
			start = next(declared, end);
		}
		return null;
	}

	private static int next(String text, int from) {
		int placeholder = text.indexOf(PLACEHOLDER, from);
		int expression = text.indexOf(EXPRESSION, from);
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

	/**
	 * Added to a text, a variable without a value is "null".
	 */
	private @Nullable String findEmptyVariable(String part) {
		if (!part.startsWith(EXPRESSION)) {
			return null;
		}
		return VARIABLE.matcher(LITERAL.matcher(part).replaceAll("''"))
			.results()
			.map(MatchResult::group)
			.filter((variable) -> isEmpty(EXPRESSION + variable + "}"))
			.findFirst()
			.orElse(null);
	}

	/**
	 * Where Spring lets placeholders be that are not set, such a one stays as it is.
	 */
	private boolean isEmpty(String part) {
		try {
			String value = this.resolver.resolveStringValue(part);
			return !StringUtils.hasText(value) || (part.startsWith(PLACEHOLDER) && part.equals(value));
		}
		catch (RuntimeException ex) {
			// Not a part for itself, such as one with a brace in a string
			return false;
		}
	}

}
