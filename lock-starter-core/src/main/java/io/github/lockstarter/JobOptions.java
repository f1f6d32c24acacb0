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

package io.github.lockstarter;

import java.time.Duration;

import org.jspecify.annotations.Nullable;

/**
 * How some work is run under the lock of a job, where there is no annotation to say so.
 * Each attribute means what it means in {@link DistributedScheduled}. Immutable.
 *
 * @param name the name of the job
 * @param group the name of the group whose jobs share a lock; {@code null} for a lock of
 * its own
 * @param lease how long the lock outlives a server that died; {@code null} for the
 * default of the application
 * @param lockAtLeastFor the shortest time from this run to the next; {@code null} for the
 * default of the application
 * @param timeout the longest time the work may take, zero for no limit; {@code null} for
 * the default of the application
 * @param onLockLost what happens to the thread if the lock is lost
 * @param onRedisUnavailable what happens when Redis cannot be asked
 * @since 0.1.0
 * @see DistributedJobs
 */
public record JobOptions(String name, @Nullable String group, @Nullable Duration lease,
		@Nullable Duration lockAtLeastFor, @Nullable Duration timeout, LockLostPolicy onLockLost,
		RedisUnavailablePolicy onRedisUnavailable) {

	/**
	 * Create options with the defaults of the application.
	 * @param name the name of the job, at most 200 characters
	 * @return the options
	 */
	public static JobOptions named(String name) {
		return new JobOptions(name, null, null, null, null, LockLostPolicy.INTERRUPT, RedisUnavailablePolicy.INHERIT);
	}

	/**
	 * Return the same options with a group.
	 * @param group the name of the group, at most 200 characters
	 * @return the options
	 */
	public JobOptions withGroup(String group) {
		return new JobOptions(this.name, group, this.lease, this.lockAtLeastFor, this.timeout, this.onLockLost,
				this.onRedisUnavailable);
	}

	/**
	 * Return the same options with a lease.
	 * @param lease at least one second
	 * @return the options
	 */
	public JobOptions withLease(Duration lease) {
		return new JobOptions(this.name, this.group, lease, this.lockAtLeastFor, this.timeout, this.onLockLost,
				this.onRedisUnavailable);
	}

	/**
	 * Return the same options with a shortest time between two runs.
	 * @param lockAtLeastFor not negative
	 * @return the options
	 */
	public JobOptions withLockAtLeastFor(Duration lockAtLeastFor) {
		return new JobOptions(this.name, this.group, this.lease, lockAtLeastFor, this.timeout, this.onLockLost,
				this.onRedisUnavailable);
	}

	/**
	 * Return the same options with a timeout.
	 * @param timeout not negative; zero for no limit
	 * @return the options
	 */
	public JobOptions withTimeout(Duration timeout) {
		return new JobOptions(this.name, this.group, this.lease, this.lockAtLeastFor, timeout, this.onLockLost,
				this.onRedisUnavailable);
	}

	/**
	 * Return the same options with a policy for a lost lock.
	 * @param onLockLost the policy
	 * @return the options
	 */
	public JobOptions withOnLockLost(LockLostPolicy onLockLost) {
		return new JobOptions(this.name, this.group, this.lease, this.lockAtLeastFor, this.timeout, onLockLost,
				this.onRedisUnavailable);
	}

	/**
	 * Return the same options with a policy for an unavailable Redis.
	 * @param onRedisUnavailable the policy
	 * @return the options
	 */
	public JobOptions withOnRedisUnavailable(RedisUnavailablePolicy onRedisUnavailable) {
		return new JobOptions(this.name, this.group, this.lease, this.lockAtLeastFor, this.timeout, this.onLockLost,
				onRedisUnavailable);
	}

}
