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

import java.time.Duration;

/**
 * What all locks of a server have in common.
 *
 * @param namespace what keeps the jobs of different applications apart on one Redis
 * @param keyPrefix what every key in Redis starts with
 * @param server the id of this server
 * @param acquireTimeout how long a thread waits for Redis at most, for all that it takes
 * to get a lock
 * @param maxClockSkew how far the clock of this server may be ahead of Redis's
 * @param replicas how many replicas must have acknowledged a start before the job runs;
 * zero for none
 * @param replicasWithin how long to wait for them at most
 * @param historyRuns how many runs of each job are remembered; zero for none
 * @param historyMessages whether the message of what a run threw is remembered, and not
 * only its class
 * @since 0.1.0
 */
public record LockSettings(String namespace, String keyPrefix, String server, Duration acquireTimeout,
		Duration maxClockSkew, int replicas, Duration replicasWithin, int historyRuns, boolean historyMessages) {

	private static final int DEFAULT_HISTORY_RUNS = 100;

	/**
	 * Create settings that remember the last hundred runs of each job.
	 * @param namespace what keeps the jobs of different applications apart on one Redis
	 * @param keyPrefix what every key in Redis starts with
	 * @param server the id of this server
	 * @param acquireTimeout how long a thread waits for Redis at most
	 * @param maxClockSkew how far the clock of this server may be ahead of Redis's
	 * @param replicas how many replicas must have acknowledged a start
	 * @param replicasWithin how long to wait for them at most
	 */
	public LockSettings(String namespace, String keyPrefix, String server, Duration acquireTimeout,
			Duration maxClockSkew, int replicas, Duration replicasWithin) {
		this(namespace, keyPrefix, server, acquireTimeout, maxClockSkew, replicas, replicasWithin,
				DEFAULT_HISTORY_RUNS);
	}

	/**
	 * Create settings that remember the messages of what runs threw.
	 * @param namespace what keeps the jobs of different applications apart on one Redis
	 * @param keyPrefix what every key in Redis starts with
	 * @param server the id of this server
	 * @param acquireTimeout how long a thread waits for Redis at most
	 * @param maxClockSkew how far the clock of this server may be ahead of Redis's
	 * @param replicas how many replicas must have acknowledged a start
	 * @param replicasWithin how long to wait for them at most
	 * @param historyRuns how many runs of each job are remembered; zero for none
	 */
	public LockSettings(String namespace, String keyPrefix, String server, Duration acquireTimeout,
			Duration maxClockSkew, int replicas, Duration replicasWithin, int historyRuns) {
		this(namespace, keyPrefix, server, acquireTimeout, maxClockSkew, replicas, replicasWithin, historyRuns, true);
	}

	/**
	 * Create settings that wait for no replica, and remember the last hundred runs of
	 * each job.
	 * @param namespace what keeps the jobs of different applications apart on one Redis
	 * @param keyPrefix what every key in Redis starts with
	 * @param server the id of this server
	 * @param acquireTimeout how long a thread waits for Redis at most
	 * @param maxClockSkew how far the clock of this server may be ahead of Redis's
	 */
	public LockSettings(String namespace, String keyPrefix, String server, Duration acquireTimeout,
			Duration maxClockSkew) {
		this(namespace, keyPrefix, server, acquireTimeout, maxClockSkew, 0, Duration.ZERO);
	}

}
