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

import java.io.IOException;
import java.util.concurrent.CancellationException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;

import org.redisson.RedissonShutdownException;
import org.redisson.client.RedisAuthRequiredException;
import org.redisson.client.RedisConnectionException;
import org.redisson.client.RedisException;
import org.redisson.client.RedisNodeNotFoundException;
import org.redisson.client.RedisReconnectedException;
import org.redisson.client.RedisRedirectException;
import org.redisson.client.RedisRetryException;
import org.redisson.client.RedisTimeoutException;
import org.redisson.client.RedisWrongPasswordException;

import org.springframework.core.NestedExceptionUtils;

import io.github.lockstarter.lock.RedissonConnector.NotConnectedException;

/**
 * What is wrong where Redis could not be asked for a lock.
 *
 * @since 0.1.0
 */
public enum Trouble {

	/**
	 * Redis does not answer anybody, or answers everybody that it cannot: it is loading,
	 * or it wants a password. Any other answer shows that this is over.
	 */
	AWAY,

	/**
	 * Redis answers, and takes no lock of this application: it is a replica, it may not
	 * write, it lacks a command, or this application has not the rights. That a lock was
	 * taken shows that this is over.
	 */
	REFUSING,

	/**
	 * Redis answers with an error that concerns this job, and perhaps no other.
	 */
	ERROR,

	/**
	 * Nothing says that anything is wrong with Redis: code of this application failed,
	 * most likely this library's own or that of its client.
	 */
	INTERNAL;

	/**
	 * How Redis says that something is wrong with the keys of one job. Whatever else it
	 * says would be said to every job, and so is worth one line and not one for each.
	 */
	private static final Pattern OF_ONE_JOB = Pattern
		.compile("\\bWRONGTYPE\\b|\\bNOPERM\\b.*\\bkeys?\\b|access at least one of the keys"
				+ "|: attempt to |bad argument|is not an? |invalid expire|specified in XADD");

	/**
	 * Return what a failed command shows to be wrong.
	 */
	static Trouble of(Throwable failure) {
		Throwable root = NestedExceptionUtils.getMostSpecificCause(failure);
		if (root instanceof TooFewReplicasException) {
			return REFUSING;
		}
		if (!isOfRedis(failure)) {
			return INTERNAL;
		}
		if (root instanceof NotConnectedException || !(root instanceof RedisException) || isAway(root)) {
			return AWAY;
		}
		return OF_ONE_JOB.matcher(String.valueOf(root.getMessage())).find() ? ERROR : REFUSING;
	}

	/**
	 * Determine whether the failure is one of Redis, or of the connection with it. No
	 * other one says that Redis is away.
	 */
	private static boolean isOfRedis(Throwable failure) {
		for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
			String name = cause.getClass().getName();
			if (cause instanceof NoReplyException reply) {
				return reply.trouble() != INTERNAL;
			}
			if (cause instanceof NotConnectedException || cause instanceof RedisException
					|| cause instanceof RedissonShutdownException || cause instanceof IOException
					|| cause instanceof TimeoutException || cause instanceof CancellationException
					|| cause instanceof RejectedExecutionException || name.startsWith("io.netty.")
					|| name.startsWith("java.nio.channels.")) {
				return true;
			}
		}
		return false;
	}

	/**
	 * Determine whether there was no answer, or one that every command is given: it is
	 * loading, its master is down, a script runs, it wants a password, it takes no more
	 * connections.
	 */
	private static boolean isAway(Throwable root) {
		return root instanceof RedisTimeoutException || root instanceof RedisConnectionException
				|| root instanceof RedisRetryException || root instanceof RedisAuthRequiredException
				|| root instanceof RedisWrongPasswordException || root instanceof RedisNodeNotFoundException
				|| root instanceof RedisReconnectedException || root instanceof RedisRedirectException
				|| root instanceof RedissonShutdownException
				|| String.valueOf(root.getMessage()).contains("max number of clients");
	}

}
