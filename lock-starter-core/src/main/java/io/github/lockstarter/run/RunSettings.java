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

import java.time.Duration;

import org.springframework.util.Assert;

import io.github.lockstarter.InvalidJobException;
import io.github.lockstarter.RedisUnavailablePolicy;

/**
 * What holds for all runs of a server unless an annotation says otherwise.
 *
 * @param namespace what keeps the jobs of different applications apart
 * @param server the id of this server
 * @param lease how long a lock outlives a server that died
 * @param lockAtLeastFor the shortest time from a tick to the next run; zero for none
 * @param timeout the longest time a run may take; zero for no limit
 * @param onRedisUnavailable what happens to a tick when Redis cannot be asked
 * @param retryWithin for how long such a tick is asked for again
 * @param spread whether servers let each other go first, so that equal ones get equal
 * shares of the ticks; otherwise the fastest gets them
 * @since 0.1.0
 */
public record RunSettings(String namespace, String server, Duration lease, Duration lockAtLeastFor, Duration timeout,
		RedisUnavailablePolicy onRedisUnavailable, Duration retryWithin, boolean spread) {

	/**
	 * Check the names and the policy.
	 * @param namespace as above
	 * @param server as above
	 * @param lease as above
	 * @param lockAtLeastFor as above
	 * @param timeout as above
	 * @param onRedisUnavailable as above
	 * @param retryWithin as above
	 * @param spread as above
	 */
	public RunSettings {
		readable("namespace", namespace);
		readable("id of this server", server);
		Assert.isTrue(onRedisUnavailable != RedisUnavailablePolicy.INHERIT, "There is nothing to inherit from");
	}

	private static void readable(String what, String name) {
		if (Names.hasControlCharacters(name)) {
			throw new InvalidJobException(
					"The %s of distributed scheduling contains a line break or another control character: \"%s\"."
						.formatted(what, Names.readable(name)),
					"Set one that fits into a log line.");
		}
	}

	/**
	 * Create settings with the defaults of the rest: to try again for a minute, and to
	 * spread the ticks.
	 * @param namespace what keeps the jobs of different applications apart
	 * @param server the id of this server
	 * @param lease how long a lock outlives a server that died
	 * @param lockAtLeastFor the shortest time from a tick to the next run; zero for none
	 * @param timeout the longest time a run may take; zero for no limit
	 */
	public RunSettings(String namespace, String server, Duration lease, Duration lockAtLeastFor, Duration timeout) {
		this(namespace, server, lease, lockAtLeastFor, timeout, RedisUnavailablePolicy.RETRY, Duration.ofMinutes(1),
				true);
	}

}
