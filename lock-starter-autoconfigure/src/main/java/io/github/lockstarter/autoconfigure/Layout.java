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

import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;

import org.jspecify.annotations.Nullable;

/**
 * How Redis is run.
 */
sealed interface Layout {

	/**
	 * Tell where Redis is.
	 * @param address makes the address of a node
	 * @param database the number of the database
	 * @return a text without secrets
	 */
	String describe(Function<Node, String> address, int database);

	/**
	 * One server, or a proxy or a name that stands for one.
	 */
	record Single(Node node) implements Layout {

		@Override
		public String describe(Function<Node, String> address, int database) {
			return address.apply(this.node) + "/" + database;
		}

	}

	/**
	 * A master that sentinels know.
	 *
	 * @param master what the sentinels call it
	 * @param nodes the sentinels
	 * @param username for the sentinels
	 * @param password for the sentinels
	 */
	record Sentinel(String master, List<Node> nodes, @Nullable String username,
			@Nullable String password) implements Layout {

		@Override
		public String describe(Function<Node, String> address, int database) {
			return "master '" + this.master + "', database " + database + ", of the sentinels "
					+ all(address, this.nodes);
		}

		/**
		 * Not a word of the password.
		 */
		@Override
		public String toString() {
			return "Sentinel[master=" + this.master + ", nodes=" + this.nodes + "]";
		}

	}

	/**
	 * A Redis Cluster.
	 *
	 * @param nodes some of its servers; the others are found through them
	 */
	record Cluster(List<Node> nodes) implements Layout {

		@Override
		public String describe(Function<Node, String> address, int database) {
			return "cluster " + all(address, this.nodes);
		}

	}

	/**
	 * A master and its replicas, without sentinels.
	 *
	 * @param nodes all servers; which of them is the master is found out
	 */
	record MasterReplica(List<Node> nodes) implements Layout {

		@Override
		public String describe(Function<Node, String> address, int database) {
			return "the master, database " + database + ", among " + all(address, this.nodes);
		}

	}

	private static String all(Function<Node, String> address, List<Node> nodes) {
		return nodes.stream().map(address).collect(Collectors.joining(", "));
	}

	/**
	 * The address of a server.
	 */
	record Node(String host, int port) {

		/**
		 * As in a URL.
		 */
		@Override
		public String toString() {
			boolean bare = this.host.indexOf(':') >= 0 && !this.host.startsWith("[");
			return (bare ? "[" + this.host + "]" : this.host) + ":" + this.port;
		}

	}

}
