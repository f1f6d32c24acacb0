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

import java.util.Map;

import org.redisson.config.NatMapper;
import org.redisson.misc.RedisURI;

/**
 * Finds servers that Redis tells of by an address that is another one from here. A whole
 * address goes before a host alone.
 *
 * @param addresses by what Redis calls a server
 */
record NatMap(Map<String, String> addresses) implements NatMapper {

	@Override
	public RedisURI map(RedisURI told) {
		String seen = this.addresses.get(new Layout.Node(told.getHost(), told.getPort()).toString());
		if (seen != null) {
			int colon = seen.lastIndexOf(':');
			return new RedisURI(told.getScheme(), seen.substring(0, colon),
					Integer.parseInt(seen.substring(colon + 1)));
		}
		String host = this.addresses.get(told.getHost());
		return (host != null) ? new RedisURI(told.getScheme(), host, told.getPort()) : told;
	}

	/**
	 * Determine whether a port follows the host, which may be an address of IPv6.
	 */
	static boolean hasPort(String address) {
		return address.matches("(\\[.*]|[^:]*):\\d+");
	}

}
