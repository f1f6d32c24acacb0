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
 * Why a tick was not run on this server.
 *
 * @since 0.1.0
 * @see JobSkipped
 */
public enum SkipReason {

	/**
	 * This very tick has been started before, here or on another server. Of a job with
	 * {@link CrashPolicy#RERUN} it has also ended.
	 */
	ALREADY_RAN,

	/**
	 * A newer tick of this job has been started already; this one came too late.
	 */
	SUPERSEDED,

	/**
	 * The job runs at a fixed rate or with a fixed delay, and its next run is not due
	 * yet; or a trigger of the application's own named a time that is too near to the
	 * last tick, which another server had run.
	 */
	NOT_DUE,

	/**
	 * The previous run of this job has not ended.
	 */
	STILL_RUNNING,

	/**
	 * Another server won the race for the lock, or another job of the group ran until the
	 * next tick.
	 */
	LOCK_REFUSED,

	/**
	 * The last tick asked for {@link DistributedScheduled#lockAtLeastFor()} and that time
	 * is not over.
	 */
	HELD,

	/**
	 * An operator has paused the job, or had when this tick was due. It is not made up
	 * for when the job is resumed.
	 */
	PAUSED,

	/**
	 * Every server that ran this tick died or lost its lock, and it is not run any more:
	 * its attempts are used up, or a newer tick has been started. Only for jobs with
	 * {@link CrashPolicy#RERUN}.
	 */
	CRASHED,

	/**
	 * The clock of this server is ahead of the clock of Redis by more than is allowed.
	 * The tick is not due yet; a server whose clock is right will run it.
	 */
	CLOCK_AHEAD,

	/**
	 * Redis could not be asked within the time allowed, or answered with an error, or too
	 * few of its replicas acknowledged the start.
	 */
	REDIS_UNAVAILABLE,

	/**
	 * This application failed while it asked for the lock, and Redis is not to blame: an
	 * error of this library, or of its client. The log has it, with its stack trace.
	 */
	INTERNAL_ERROR,

	/**
	 * A transaction is open around the fire, in which the job would run. It would be
	 * committed after the lock is released, so the lock is not asked for. A mistake in
	 * the wiring of the application, which an ERROR explains.
	 */
	IN_TRANSACTION,

	/**
	 * This server was told to take no ticks, so that others run them.
	 */
	DRAINING,

	/**
	 * This server is shutting down, or somebody else interrupted the thread while it
	 * asked for the lock.
	 */
	CLOSING

}
