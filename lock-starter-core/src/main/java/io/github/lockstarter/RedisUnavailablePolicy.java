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

/**
 * What happens to a tick when Redis cannot be asked for its lock.
 *
 * @since 0.1.0
 * @see DistributedScheduled#onRedisUnavailable()
 */
public enum RedisUnavailablePolicy {

	/**
	 * What the property {@code distributed-scheduled.on-redis-unavailable} says. Only for
	 * the annotation.
	 */
	INHERIT,

	/**
	 * The same tick is asked for again as soon as Redis answers, for up to
	 * {@code distributed-scheduled.retry-within}, and never past the next tick. No thread
	 * of the scheduler waits meanwhile. A call by hand is skipped, because its caller
	 * would have to wait.
	 */
	RETRY,

	/**
	 * The tick is skipped.
	 */
	SKIP,

	/**
	 * The job runs without its lock, and so perhaps on every server. For jobs that may
	 * run twice and must never be missed. There is no token then,
	 * {@link JobRun#isLockHeld()} is false, and nothing is interrupted or rolled back.
	 */
	RUN,

	/**
	 * A {@link LockUnavailableException} goes to the error handler of the scheduler, or
	 * to the caller.
	 */
	FAIL

}
