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
import org.slf4j.Logger;

import org.springframework.core.NestedExceptionUtils;
import org.springframework.util.ClassUtils;

/**
 * The store did not answer, or answered with an error.
 */
final class NoReplyException extends Exception {

	private static final long serialVersionUID = 1L;

	private final Trouble trouble;

	NoReplyException(String message) {
		this(message, Trouble.AWAY);
	}

	NoReplyException(String message, Trouble trouble) {
		super(message);
		this.trouble = trouble;
	}

	/**
	 * Create the exception for a command that failed.
	 * @param place where it was sent; {@code null} if that says nothing
	 * @param failure why it failed
	 */
	NoReplyException(@Nullable String place, Throwable failure) {
		this(place, failure, Trouble.of(failure));
	}

	private NoReplyException(@Nullable String place, Throwable failure, Trouble trouble) {
		super(at((trouble != Trouble.INTERNAL) ? place : null, rootMessage(failure)), failure);
		this.trouble = trouble;
	}

	/**
	 * Return what is wrong with Redis.
	 */
	Trouble trouble() {
		return this.trouble;
	}

	/**
	 * Return a reason with the place that it is about in front of it.
	 */
	static String at(@Nullable String place, String reason) {
		return (place != null) ? place + ": " + reason : reason;
	}

	/**
	 * Return what went wrong in the first place, for a human.
	 */
	static String rootMessage(Throwable failure) {
		if (Trouble.of(failure) != Trouble.INTERNAL) {
			return RedisReason.of(failure);
		}
		Throwable root = NestedExceptionUtils.getMostSpecificCause(failure);
		return ClassUtils.getShortName(root.getClass()) + ": " + root.getMessage();
	}

	/**
	 * Log a failure that is none of Redis, with all there is to find it by.
	 * @param what could not be done
	 * @return whether it is such a one
	 */
	static boolean reportInternal(Logger logger, String what, Throwable failure) {
		if (Trouble.of(failure) != Trouble.INTERNAL) {
			return false;
		}
		logger.error("{}, because of an error in this application. Redis is not to blame.", what, failure);
		return true;
	}

}
