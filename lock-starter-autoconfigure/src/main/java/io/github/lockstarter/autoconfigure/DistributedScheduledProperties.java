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

import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

import io.github.lockstarter.RedisUnavailablePolicy;
import io.github.lockstarter.lock.Durations;

/**
 * Settings of distributed scheduling. None of them has to be set. Immutable.
 *
 * @param mode where locks are kept
 * @param namespace what keeps the jobs of different applications apart on one Redis;
 * servers with the same namespace share their jobs. Default: spring.application.name
 * @param keyPrefix what every key in Redis starts with
 * @param serverId the name of this server in logs, events and Redis. Default: made of
 * host name, process id and four random characters, so that it is unique per start
 * @param lease how long the lock of a job outlives a server that died; at least 1s
 * @param lockAtLeastFor the shortest time from a tick to the next run of the same job
 * @param timeout the longest time a run may take before it is interrupted; 0 for no limit
 * @param acquireTimeout how long a scheduler thread waits for Redis at most, for all that
 * it takes to get a lock; shorter than the lease
 * @param maxClockSkew how far the clock of this server may be ahead of Redis's. A tick
 * that comes early by less than that waits until it is due; one that comes earlier is
 * skipped
 * @param onRedisUnavailable what happens to a tick when Redis cannot be asked: retry,
 * skip, run without the lock, or fail
 * @param retryWithin for how long such a tick is asked for again, and never past the next
 * tick
 * @param spread whether servers let each other go first, for less than 50 ms, so that
 * equal ones get equal shares of the ticks; otherwise the fastest gets them
 * @param historyRuns how many runs of each job are remembered, at most 10000; 0 for none
 * @param historyMessages whether the message of what a run threw is remembered in Redis
 * and shown to operators, and not only its class but the last
 * @param replicas what the replicas of Redis must know before a job runs
 * @param overdueAfter how long after a tick its job is overdue, if no server has begun to
 * run it; at least 30s, because servers learn of each other's runs only so fast
 * @param redissonConfig location of a configuration file of Redisson, such as
 * classpath:redisson.yml, for what spring.data.redis.* cannot say; it is used instead of
 * them
 * @param operations what operators may do
 * @since 0.1.0
 */
@ConfigurationProperties("distributed-scheduled")
public record DistributedScheduledProperties(@DefaultValue("redis") Mode mode, @Nullable String namespace,
		@DefaultValue("distributed-scheduled:") String keyPrefix, @Nullable String serverId,
		@DefaultValue("60s") Duration lease, @DefaultValue("0s") Duration lockAtLeastFor,
		@DefaultValue("0s") Duration timeout, @DefaultValue("2s") Duration acquireTimeout,
		@DefaultValue("1m") Duration maxClockSkew, @DefaultValue("retry") OnRedisUnavailable onRedisUnavailable,
		@DefaultValue("1m") Duration retryWithin, @DefaultValue("true") boolean spread,
		@DefaultValue("100") int historyRuns, @DefaultValue("true") boolean historyMessages,
		@DefaultValue Replicas replicas, @DefaultValue("5m") Duration overdueAfter, @Nullable String redissonConfig,
		@DefaultValue Operations operations) {

	private static final int LONGEST_HISTORY = 10_000;

	/**
	 * Check the values.
	 * @param mode as above
	 * @param namespace as above
	 * @param keyPrefix as above
	 * @param serverId as above
	 * @param lease as above
	 * @param lockAtLeastFor as above
	 * @param timeout as above
	 * @param acquireTimeout as above
	 * @param maxClockSkew as above
	 * @param onRedisUnavailable as above
	 * @param retryWithin as above
	 * @param spread as above
	 * @param historyRuns as above
	 * @param historyMessages as above
	 * @param replicas as above
	 * @param overdueAfter as above
	 * @param redissonConfig as above
	 * @param operations as above
	 * @throws IllegalArgumentException if one of them cannot work
	 */
	public DistributedScheduledProperties {
		require(lease.compareTo(Duration.ofSeconds(1)) >= 0, "lease", lease, "must be at least 1s");
		require(!lockAtLeastFor.isNegative(), "lock-at-least-for", lockAtLeastFor, "must not be negative");
		require(!timeout.isNegative(), "timeout", timeout, "must not be negative");
		require(acquireTimeout.toMillis() > 0, "acquire-timeout", acquireTimeout, "must be at least 1ms");
		require(acquireTimeout.compareTo(lease) < 0, "acquire-timeout", acquireTimeout,
				"must be shorter than the lease of " + Durations.text(lease));
		require(!maxClockSkew.isNegative(), "max-clock-skew", maxClockSkew, "must not be negative");
		require(!retryWithin.isNegative(), "retry-within", retryWithin, "must not be negative");
		require(historyRuns >= 0 && historyRuns <= LONGEST_HISTORY, "history-runs", historyRuns,
				"must be a number from 0 to " + LONGEST_HISTORY);
		require(replicas.acknowledge() >= 0, "replicas.acknowledge", replicas.acknowledge(), "must not be negative");
		require(replicas.within().toMillis() > 0, "replicas.within", replicas.within(), "must be at least 1ms");
		require(replicas.acknowledge() == 0 || replicas.within().compareTo(acquireTimeout) < 0, "replicas.within",
				replicas.within(), "must be shorter than the acquire-timeout of " + Durations.text(acquireTimeout));
		require(overdueAfter.compareTo(Duration.ofSeconds(30)) >= 0, "overdue-after", overdueAfter,
				"must be at least 30s");
		require(keyPrefix.indexOf('{') < 0 && keyPrefix.indexOf('}') < 0, "key-prefix", keyPrefix,
				"must not contain { or }, because they mark the part of a key that decides on its place in a cluster");
	}

	private static void require(boolean fine, String property, Object value, String rule) {
		if (!fine) {
			throw new IllegalArgumentException("distributed-scheduled." + property + " is "
					+ ((value instanceof Duration duration) ? Durations.text(duration) : value) + ", but it " + rule);
		}
	}

	/**
	 * What the replicas of Redis must know before a job runs, so that a failover does not
	 * forget it.
	 *
	 * @param acknowledge how many replicas must have acknowledged the start of a run
	 * before the job runs; 0 for none. If fewer do, the tick is treated as if Redis could
	 * not be asked
	 * @param within how long to wait for them at most; shorter than the acquire timeout
	 * @since 0.1.0
	 */
	public record Replicas(@DefaultValue("0") int acknowledge, @DefaultValue("500ms") Duration within) {

	}

	/**
	 * What operators may do over the web.
	 *
	 * @param writesEnabled whether the actuator endpoint can run, pause and resume jobs,
	 * release locks and drain servers
	 * @since 0.1.0
	 */
	public record Operations(@DefaultValue("false") boolean writesEnabled) {

	}

	/**
	 * What happens to a tick when Redis cannot be asked: the policies that a property can
	 * name, which has nothing to inherit from.
	 */
	public enum OnRedisUnavailable {

		/**
		 * As {@link RedisUnavailablePolicy#RETRY}.
		 */
		RETRY,

		/**
		 * As {@link RedisUnavailablePolicy#SKIP}.
		 */
		SKIP,

		/**
		 * As {@link RedisUnavailablePolicy#RUN}.
		 */
		RUN,

		/**
		 * As {@link RedisUnavailablePolicy#FAIL}.
		 */
		FAIL;

		RedisUnavailablePolicy policy() {
			return RedisUnavailablePolicy.valueOf(name());
		}

	}

	/**
	 * Where locks are kept.
	 */
	public enum Mode {

		/**
		 * On Redis, shared by all servers.
		 */
		REDIS,

		/**
		 * In the memory of this application. For laptops and tests: other servers are not
		 * locked out.
		 */
		LOCAL

	}

}
