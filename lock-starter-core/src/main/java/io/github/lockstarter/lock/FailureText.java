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
package io.github.lockstarter.lock;

import org.jspecify.annotations.Nullable;

/**
 * What a run threw, in as few words as the history keeps.
 */
final class FailureText {

	private static final int LONGEST = 300;

	private FailureText() {
	}

	/**
	 * Return the class and the message, shortened.
	 * @param withMessage whether the message is kept, in which there may be a secret
	 * @return {@code null} if nothing was thrown
	 */
	static @Nullable String of(@Nullable Throwable failure, boolean withMessage) {
		if (failure == null) {
			return null;
		}
		String message = withMessage ? message(failure) : null;
		String text = failure.getClass().getName() + ((message != null) ? ": " + message : "");
		if (text.length() <= LONGEST) {
			return text;
		}
		// Not in the middle of a character that is made of two
		int end = Character.isHighSurrogate(text.charAt(LONGEST - 2)) ? LONGEST - 2 : LONGEST - 1;
		return text.substring(0, end) + "\u2026";
	}

	/**
	 * An exception is code of the application, and that may throw another one.
	 */
	private static @Nullable String message(Throwable failure) {
		try {
			return failure.getMessage();
		}
		catch (RuntimeException | Error ex) {
			return null;
		}
	}

}
