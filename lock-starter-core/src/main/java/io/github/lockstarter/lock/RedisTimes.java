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
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;

import org.jspecify.annotations.Nullable;

import io.github.lockstarter.internal.time.TimeSource;

/**
 * What time it is on Redis's clock at the least, by its last answer. The answer is older
 * than the moment in which it arrived, and from then on monotonic time counts: so no
 * clock of this server, however it is set, makes it later than it is. On a cluster each
 * job may be on a server with a clock of its own.
 */
final class RedisTimes {

	/** What is older says nothing: clocks drift, and another master may answer. */
	private static final Duration LONGEST = Duration.ofSeconds(60);

	/** Work of code may have any number of names. Beyond these all are forgotten. */
	private static final int MOST_JOBS = 1000;

	private final TimeSource time;

	private final BooleanSupplier isOneServer;

	private final Map<String, Reading> byJob = new ConcurrentHashMap<>();

	private volatile @Nullable Reading latest;

	/**
	 * Create times that are not known yet.
	 * @param isOneServer tells whether all jobs are on one server
	 */
	RedisTimes(TimeSource time, BooleanSupplier isOneServer) {
		this.time = time;
		this.isOneServer = isOneServer;
	}

	/**
	 * Redis has answered something that is no job's, just now.
	 */
	void answered(Instant redisTime) {
		this.latest = new Reading(redisTime, this.time.nanoTime());
	}

	/**
	 * Redis has answered what is asked of a job, just now.
	 */
	void answered(String job, Instant redisTime) {
		answered(redisTime);
		if (this.byJob.size() >= MOST_JOBS && !this.byJob.containsKey(job)) {
			this.byJob.clear();
		}
		this.byJob.put(job, new Reading(redisTime, this.time.nanoTime()));
	}

	/**
	 * Return a time on Redis's clock that comes no later than one that is this far away.
	 * @return the time; {@code null} if it is not known
	 */
	@Nullable Instant in(String job, Duration left) {
		Reading last = this.isOneServer.getAsBoolean() ? this.latest : this.byJob.get(job);
		Duration age = (last != null) ? this.time.since(last.arrived()) : LONGEST;
		return (last != null && age.compareTo(LONGEST) < 0) ? last.redisTime().plus(age).plus(left) : null;
	}

	private record Reading(Instant redisTime, long arrived) {

	}

}
