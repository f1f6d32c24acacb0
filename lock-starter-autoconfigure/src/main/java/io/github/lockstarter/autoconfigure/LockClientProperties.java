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

package io.github.lockstarter.autoconfigure;

import java.time.Duration;
import java.util.Map;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

import io.github.lockstarter.lock.Durations;

/**
 * What the client of the locks is told beside where Redis is. None of it has to be set.
 * Immutable.
 *
 * @param pingConnectionInterval how often each connection is tried, so that one that is
 * dead but open is replaced. Default: a little less than the timeout of a reply, at most
 * 5s; 0 for never
 * @param useScriptCache whether scripts are sent by their digest, and not by their text
 * each time
 * @param natMapper what this server calls the servers that a cluster or sentinels tell of
 * by another address: host:port to host:port, or host to host
 */
@ConfigurationProperties("distributed-scheduled.redis")
record LockClientProperties(@Nullable Duration pingConnectionInterval, @DefaultValue("true") boolean useScriptCache,
		@DefaultValue Map<String, String> natMapper) {

	LockClientProperties {
		if (pingConnectionInterval != null && !pingConnectionInterval.isZero()
				&& pingConnectionInterval.toMillis() < 1) {
			throw new IllegalArgumentException("distributed-scheduled.redis.ping-connection-interval is "
					+ Durations.text(pingConnectionInterval) + ", but it must be 0 or at least 1ms");
		}
		natMapper.forEach((told, seen) -> {
			if (NatMap.hasPort(told) != NatMap.hasPort(seen) || told.contains("/") || seen.contains("/")) {
				throw new IllegalArgumentException("distributed-scheduled.redis.nat-mapper maps " + told + " to " + seen
						+ ", but it must map host:port to host:port, or host to host, without redis://");
			}
		});
	}

}
