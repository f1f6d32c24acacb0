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
import java.util.Collection;
import java.util.List;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;
import org.redisson.api.RedissonClient;
import org.redisson.config.Config;

import org.springframework.core.NestedExceptionUtils;

/**
 * Why a client could not connect, and what helps, for a human. Of several servers
 * Redisson says little more than that none can be had.
 */
final class ConnectFailure {

	private static final String OF_SEVERAL = "Can't connect to servers!";

	private static final Pattern SERVER = Pattern.compile("[^\\s,]+:\\d+");

	private ConnectFailure() {
	}

	/**
	 * Return one line.
	 * @param failure why the attempt failed
	 * @param client which client made it; {@code null} if there is none
	 */
	static String text(Throwable failure, @Nullable RedissonClient client) {
		if (failure instanceof LuaScript.NoDigestsException) {
			return "it runs no script by its digest, because EVALSHA or SCRIPT was renamed or taken away. Give the "
					+ "RedissonClient a configuration with useScriptCache = false, so that it sends the text of each";
		}
		if (NestedExceptionUtils.getMostSpecificCause(failure) instanceof TimeoutException) {
			return "no answer while connecting";
		}
		String text = RedisReason.of(failure);
		Config config = (client != null) ? client.getConfig() : null;
		if (config == null) {
			return text;
		}
		return text.startsWith(OF_SEVERAL) ? none(text, config)
				: isOfTheNetwork(failure) ? text + natHint(text, config) : text;
	}

	/**
	 * Redisson has tried all and kept no failure.
	 */
	private static String none(String text, Config config) {
		if (!text.equals(OF_SEVERAL)) {
			return text.replace(OF_SEVERAL + " ", "");
		}
		if (config.isClusterConfig()) {
			return "no server tells the address of one that has slots. Set cluster-announce-ip on the servers of the "
					+ "cluster, and see that its slots are assigned";
		}
		return config.isSentinelConfig() ? "none of the sentinels can be reached"
				: "none of the servers can be reached and is the master";
	}

	/**
	 * Determine whether the server could not be reached. One that answers with an error
	 * is where it was told to be.
	 */
	private static boolean isOfTheNetwork(Throwable failure) {
		for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
			if (cause instanceof IOException) {
				return true;
			}
		}
		return false;
	}

	/**
	 * Servers of a cluster, and sentinels, tell clients where to go on, and may not know
	 * how they are seen from here.
	 */
	private static String natHint(String text, Config config) {
		Matcher server = SERVER.matcher(text);
		Collection<String> configured = configured(config);
		if (configured.isEmpty() || !server.find()
				|| configured.stream().anyMatch((address) -> address.endsWith(server.group()))) {
			return "";
		}
		return ". That address was told by Redis. If it is another one for this server, as behind NAT, map it: "
				+ "distributed-scheduled.redis.nat-mapper, or the natMapper of Redisson";
	}

	/**
	 * Return from where the client begins, if it is told there where to go on.
	 */
	private static Collection<String> configured(Config config) {
		if (config.isClusterConfig()) {
			return config.useClusterServers().getNodeAddresses();
		}
		return config.isSentinelConfig() ? config.useSentinelServers().getSentinelAddresses() : List.of();
	}

}
