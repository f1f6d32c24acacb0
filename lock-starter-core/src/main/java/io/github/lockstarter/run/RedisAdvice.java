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

import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

import io.github.lockstarter.lock.Trouble;

/**
 * What an operator can do about a Redis that gives no locks.
 */
enum RedisAdvice {

	CREDENTIALS("\\b(NOAUTH|WRONGPASS)\\b|\\bAUTH\\b",
			"Check the user name and the password with which this application connects."),

	PASSING("\\b(LOADING|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|BUSY)\\b",
			"This ends by itself when Redis has loaded its data, has a master again, has moved the slot, or has ended a "
					+ "script that takes long. If it lasts, look at the state of Redis."),

	DATABASE("DB index is out of range", "Check the number of the database."),

	CONNECTIONS("max number of clients", "Raise maxclients of Redis, or close connections that nobody needs."),

	PROTECTED("\\bDENIED\\b",
			"Give Redis a password, or set protected-mode so that it takes connections from other hosts."),

	CLIENT("client of Redis is shut down",
			"Find the code that shuts the RedissonClient down: locks need it until the application ends."),

	NO_REDIS("answers is no Redis", "Check address and port: something else listens there."),

	MASTER_NAME("no master of that name",
			"Check what the sentinels call the master, as in spring.data.redis.sentinel.master."),

	CLUSTER("\\bMOVED\\b", "That server is one of a cluster. Configure it as a cluster, and not as a single server."),

	HOST("unknown host", "Check the name of the host, and that this server can look it up."),

	TLS("TLS with Redis failed", "Check the certificate of Redis, and whom this application trusts."),

	NO_SENTINEL("unknown command .SENTINEL", "That is a server of Redis. Give the addresses of its sentinels."),

	NO_CLUSTER("cluster support disabled",
			"That server is in no cluster. Give its address as that of a single server."),

	COMMANDS("(?i)unknown (redis )?command|by its digest",
			"Locks need commands that this server has not: they were renamed or taken away, or it is a sentinel. The page "
					+ "of the configuration lists them."),

	MASTER("\\bREADONLY\\b", "Check that this application talks to the master."),

	RIGHTS("\\bNOPERM\\b|\\bACL failure\\b|can't run this command",
			"Give the user of this application the rights that locks need. The page of the configuration lists them."),

	MEMORY("\\bOOM\\b", "Give Redis more memory, or the locks a Redis of their own."),

	DISK("\\bMISCONF\\b", "Redis cannot write to its disk. Its log says why."),

	REPLICAS("\\bNOREPLICAS\\b|replicas acknowledged",
			"Check the replicas, and what distributed-scheduled.replicas or min-replicas-to-write ask of them.");

	private final Pattern cause;

	private final String text;

	RedisAdvice(String cause, String text) {
		this.cause = Pattern.compile(cause);
		this.text = text;
	}

	/**
	 * Return what fits the cause.
	 */
	static String of(Trouble trouble, @Nullable String cause) {
		for (RedisAdvice advice : values()) {
			if (cause != null && advice.cause.matcher(cause).find()) {
				return advice.text;
			}
		}
		return switch (trouble) {
			case AWAY -> "Check that Redis runs, that this application has the right address of it, and that nothing "
					+ "between them swallows connections.";
			case REFUSING, ERROR, INTERNAL -> "See to what Redis says.";
		};
	}

}
