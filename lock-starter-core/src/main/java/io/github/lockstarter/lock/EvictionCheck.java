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

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

import org.redisson.api.RedissonClient;
import org.redisson.api.redisnode.RedisNode;
import org.redisson.api.redisnode.RedisNode.InfoSection;
import org.redisson.api.redisnode.RedisNodes;
import org.redisson.config.Config;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the masters what they do when their memory is full. A lock that Redis evicts is
 * noticed at the next renewal only, so a Redis that may do that is worth one WARN. The
 * policy counts also where there is no limit of the memory: a limit can be set while
 * Redis runs, and the question is not asked again.
 */
final class EvictionCheck {

	private static final Logger logger = LoggerFactory.getLogger(EvictionCheck.class);

	private EvictionCheck() {
	}

	/**
	 * Ask, wait for the answers, and say what is wrong. Never fails: a Redis that may not
	 * be asked is not known, and that is said at DEBUG.
	 * @return what is wrong, a text for each server
	 */
	static List<String> run(RedissonClient client) {
		List<String> evicting = new ArrayList<>();
		try {
			for (RedisNode master : masters(client)) {
				look(master, evicting);
			}
		}
		catch (RuntimeException ex) {
			logger.debug("The masters of Redis cannot be listed", ex);
		}
		if (!evicting.isEmpty()) {
			logger.warn(
					"Redis may evict locks when its memory is full: {}. Two servers could then run the same job. "
							+ "Set maxmemory-policy to noeviction, or keep the locks on a Redis of their own.",
					String.join(", ", evicting));
		}
		return evicting;
	}

	/**
	 * Each on its own: one master that does not answer does not hide the others.
	 */
	private static void look(RedisNode master, List<String> evicting) {
		String address = master.getAddr().getHostString() + ":" + master.getAddr().getPort();
		try {
			// INFO, because it needs fewer rights than CONFIG GET
			String policy = master.info(InfoSection.MEMORY).get("maxmemory_policy");
			if (policy != null && !policy.equals("noeviction")) {
				evicting.add("maxmemory-policy is '" + policy + "' on " + address);
			}
		}
		catch (RuntimeException ex) {
			logger.debug("Redis on {} does not tell its maxmemory-policy", address, ex);
		}
	}

	private static Collection<? extends RedisNode> masters(RedissonClient client) {
		Config config = client.getConfig();
		if (config.isClusterConfig()) {
			return client.getRedisNodes(RedisNodes.CLUSTER).getMasters();
		}
		if (config.isSentinelConfig()) {
			return List.of(client.getRedisNodes(RedisNodes.SENTINEL_MASTER_SLAVE).getMaster());
		}
		return List.of(client.getRedisNodes(RedisNodes.MASTER_SLAVE).getMaster());
	}

}
