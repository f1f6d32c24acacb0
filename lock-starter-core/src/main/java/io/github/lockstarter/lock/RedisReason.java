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

import java.net.ConnectException;
import java.net.UnknownHostException;
import java.nio.channels.ClosedChannelException;
import java.util.Locale;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import javax.net.ssl.SSLException;

import org.jspecify.annotations.Nullable;
import org.redisson.RedissonShutdownException;
import org.redisson.client.RedisNodeNotFoundException;
import org.redisson.client.RedisOutOfMemoryException;
import org.redisson.client.RedisReconnectedException;
import org.redisson.client.RedisTimeoutException;

import org.springframework.core.NestedExceptionUtils;

/**
 * What went wrong with Redis, in words for a human: one line, with the server that was
 * tried where that is known. The client's exceptions carry its insides and advice on
 * settings that are not the user's.
 */
final class RedisReason {

	/** A server as Netty writes it: its name, if it has one, and its address. */
	private static final Pattern SERVER = Pattern.compile("(?<!/)([^\\s/,\\[(]*)/\\[?([\\w.:%]+)\\]?:(\\d+)");

	private static final Pattern UNREACHABLE = Pattern.compile("Redis server: (\\S+)");

	private static final Pattern SLOT = Pattern.compile("\\bslot: (\\d+)");

	private static final Pattern MILLIS = Pattern.compile("\\((\\d+) ms\\)");

	/** Where what the client says of itself begins. */
	private static final Pattern INSIDES = Pattern
		.compile("[.,]* *(\\bchannel: |\\bcommand: |\\bdata: |\\bpromise: |Node source: |Increase |Try to "
				+ "|Set checkS|java\\.util\\.concurrent).*");

	private static final Pattern CLASS_NAMES = Pattern.compile("\\b(?:[a-z][\\w]*\\.){2,}[A-Z][\\w$]*(?:: )?");

	private static final String UNDECODABLE = "Can't decode replay: ";

	private RedisReason() {
	}

	/**
	 * Return what went wrong in the first place.
	 */
	static String of(Throwable failure) {
		String words = words(failure);
		String server = server(failure);
		return (server == null || words.contains(server)) ? words : words + ", from " + server;
	}

	private static String words(Throwable failure) {
		for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
			if (cause instanceof SSLException) {
				// The root, such as a path that cannot be built, does not say that it is
				// about TLS
				String text = plain(NestedExceptionUtils.getMostSpecificCause(cause));
				return text.startsWith("TLS ") ? text : "TLS with Redis failed: " + text;
			}
			if (cause instanceof UnknownHostException) {
				return "unknown host " + host(String.valueOf(cause.getMessage()));
			}
			if (cause instanceof ConnectException) {
				// Its cause does not say which server that was
				return plain(cause);
			}
		}
		return known(NestedExceptionUtils.getMostSpecificCause(failure));
	}

	private static String known(Throwable root) {
		String message = String.valueOf(root.getMessage());
		if (root instanceof RedisNodeNotFoundException) {
			Matcher slot = SLOT.matcher(message);
			return slot.find() ? "no server of the cluster that can be reached has slot " + slot.group(1)
					: "the server that has the keys is not known, or cannot be reached";
		}
		if (root instanceof RedisTimeoutException) {
			return late(message);
		}
		if (root instanceof RedisReconnectedException || root instanceof ClosedChannelException
				|| message.startsWith("Channel has been closed")) {
			return "the connection was lost before the answer";
		}
		if (root instanceof RedissonShutdownException) {
			return "the client of Redis is shut down";
		}
		if (message.startsWith("Master node is undefined")) {
			return "the sentinels know no master of that name";
		}
		if (message.startsWith(UNDECODABLE)) {
			return "what answers is no Redis: " + plain(root).substring(UNDECODABLE.length());
		}
		if (message.contains("no available Redis entries")) {
			return "there is no connection";
		}
		if (root instanceof RedisOutOfMemoryException && !message.startsWith("OOM")) {
			// Redisson takes the code out of the text
			return "OOM " + plain(root);
		}
		if (root instanceof TimeoutException && root.getMessage() == null) {
			return "no answer in time";
		}
		return plain(root);
	}

	private static String late(String message) {
		if (message.startsWith("Unable to acquire connection")) {
			return "there was no connection in time";
		}
		if (message.startsWith("Command still hasn't been written")) {
			return "the command could not be sent in time";
		}
		Matcher millis = MILLIS.matcher(message);
		return millis.find() ? "no answer within " + millis.group(1) + " ms" : "no answer in time";
	}

	/**
	 * The JDK gives the name, and sometimes its reason; Netty a sentence.
	 */
	private static String host(String message) {
		int quote = message.indexOf('\'');
		int end = message.indexOf('\'', quote + 1);
		return (quote >= 0 && end > quote) ? message.substring(quote + 1, end)
				: message.lines().findFirst().orElse("").replaceFirst(": .*", "");
	}

	/**
	 * Return the message without what the client adds of its insides.
	 */
	private static String plain(Throwable failure) {
		String line = (failure.getMessage() != null) ? failure.getMessage().lines().findFirst().orElse("") : "";
		String text = CLASS_NAMES.matcher(INSIDES.matcher(line).replaceFirst("")).replaceAll("");
		Matcher server = SERVER.matcher(text);
		String plain = server
			.replaceAll((found) -> Matcher.quoteReplacement(named(found.group(1), found.group(2), found.group(3))))
			.strip();
		return plain.isEmpty() ? inWords(failure) : plain;
	}

	/**
	 * There is nothing but the kind of the exception.
	 */
	private static String inWords(Throwable failure) {
		String name = failure.getClass().getSimpleName().replaceFirst("(Exception|Error)$", "");
		return name.replaceAll("(?<=[a-z])(?=[A-Z])", " ").toLowerCase(Locale.ROOT);
	}

	/**
	 * Return the server that an attempt to connect was made to.
	 */
	private static @Nullable String server(Throwable failure) {
		for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
			Matcher unreachable = UNREACHABLE.matcher(String.valueOf(cause.getMessage()));
			if (unreachable.find()) {
				Matcher server = SERVER.matcher(unreachable.group(1));
				return server.find() ? named(server.group(1), server.group(2), server.group(3)) : null;
			}
		}
		return null;
	}

	private static String named(String name, String address, String port) {
		String host = name.isEmpty() ? address : name;
		return ((host.indexOf(':') >= 0) ? "[" + host + "]" : host) + ":" + port;
	}

}
