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

import org.redisson.client.RedisConnectionException;
import org.redisson.client.RedisException;
import org.redisson.client.RedisTimeoutException;

import org.springframework.core.NestedExceptionUtils;

import io.github.lockstarter.lock.RedissonConnector.NotConnectedException;

/**
 * The store did not answer, or answered with an error.
 */
final class NoReplyException extends Exception {

	private static final long serialVersionUID = 1L;

	private final boolean answer;

	NoReplyException(String message) {
		super(message);
		this.answer = false;
	}

	NoReplyException(Throwable cause) {
		super(rootMessage(cause));
		this.answer = !(cause.getCause() instanceof NotConnectedException)
				&& isAnswer(NestedExceptionUtils.getMostSpecificCause(cause));
	}

	/**
	 * Tell whether Redis did answer, with an error.
	 */
	boolean isAnswer() {
		return this.answer;
	}

	private static boolean isAnswer(Throwable cause) {
		return cause instanceof TooFewReplicasException || (cause instanceof RedisException
				&& !(cause instanceof RedisTimeoutException) && !(cause instanceof RedisConnectionException));
	}

	/**
	 * Return what went wrong in the first place, for a human: one line, without what
	 * Redisson adds of its insides.
	 */
	static String rootMessage(Throwable ex) {
		Throwable root = NestedExceptionUtils.getMostSpecificCause(ex);
		if (root instanceof TooFewReplicasException) {
			return String.valueOf(root.getMessage());
		}
		String message = (root.getMessage() != null) ? root.getMessage().lines().findFirst().orElse("") : "";
		int insides = message.indexOf(". channel: ");
		return root.getClass().getSimpleName() + ": " + ((insides >= 0) ? message.substring(0, insides) : message);
	}

}
