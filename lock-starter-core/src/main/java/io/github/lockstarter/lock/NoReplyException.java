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

import java.util.regex.Pattern;

import org.redisson.client.RedisAuthRequiredException;
import org.redisson.client.RedisConnectionException;
import org.redisson.client.RedisException;
import org.redisson.client.RedisNoReplicasException;
import org.redisson.client.RedisOutOfMemoryException;
import org.redisson.client.RedisReadonlyException;
import org.redisson.client.RedisRetryException;
import org.redisson.client.RedisTimeoutException;
import org.redisson.client.RedisWrongPasswordException;

import org.springframework.core.NestedExceptionUtils;

import io.github.lockstarter.lock.RedissonConnector.NotConnectedException;

/**
 * The store did not answer, or answered with an error.
 */
final class NoReplyException extends Exception {

	private static final long serialVersionUID = 1L;

	/**
	 * How Redis says that it takes no locks of this application, whatever their keys. A
	 * script puts words of its own around that, so Redisson does not always know it.
	 */
	private static final Pattern REFUSING = Pattern
		.compile("\\b(READONLY|OOM|MISCONF|NOREPLICAS)\\b|\\bNOPERM\\b(?!.*\\bkeys?\\b)|can't run this command");

	private final Trouble trouble;

	NoReplyException(String message) {
		super(message);
		this.trouble = Trouble.AWAY;
	}

	NoReplyException(Throwable cause) {
		super(rootMessage(cause));
		this.trouble = (cause.getCause() instanceof NotConnectedException) ? Trouble.AWAY
				: trouble(NestedExceptionUtils.getMostSpecificCause(cause));
	}

	/**
	 * Return what is wrong with Redis.
	 */
	Trouble trouble() {
		return this.trouble;
	}

	private static Trouble trouble(Throwable cause) {
		if (cause instanceof TooFewReplicasException) {
			return Trouble.REFUSING;
		}
		if (!(cause instanceof RedisException) || isAway(cause)) {
			return Trouble.AWAY;
		}
		// Redisson takes the code out of the text where it has an exception for it
		boolean refusing = cause instanceof RedisOutOfMemoryException || cause instanceof RedisReadonlyException
				|| cause instanceof RedisNoReplicasException
				|| REFUSING.matcher(String.valueOf(cause.getMessage())).find();
		return refusing ? Trouble.REFUSING : Trouble.ERROR;
	}

	/**
	 * Tell whether there was no answer, or one that every command is given: it is
	 * loading, its master is down, a script runs, it wants a password.
	 */
	private static boolean isAway(Throwable cause) {
		return cause instanceof RedisTimeoutException || cause instanceof RedisConnectionException
				|| cause instanceof RedisRetryException || cause instanceof RedisAuthRequiredException
				|| cause instanceof RedisWrongPasswordException;
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
