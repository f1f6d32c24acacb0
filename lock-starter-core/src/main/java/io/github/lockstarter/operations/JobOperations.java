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

package io.github.lockstarter.operations;

import java.util.Optional;

import org.jspecify.annotations.Nullable;

import io.github.lockstarter.LockUnavailableException;
import io.github.lockstarter.OperatorAction;

/**
 * What an operator sees and steers, on this server. The bean
 * {@code distributedScheduledOperations}. Every method but {@link #run},
 * {@link #isDraining}, {@link #drain} and {@link #undrain} asks Redis, and waits for the
 * acquire timeout at most. Every action is published as an {@link OperatorAction}.
 *
 * @since 0.1.0
 */
public interface JobOperations {

	/**
	 * Return all jobs and servers of the namespace, also jobs that only other servers
	 * know.
	 * @return the overview; without jobs and servers if this application has no jobs
	 * @throws LockUnavailableException if Redis cannot be asked
	 */
	Overview overview();

	/**
	 * Return one job, with its whole history.
	 * @param name the name of the job
	 * @return the job; empty if no server knows it
	 * @throws LockUnavailableException if Redis cannot be asked
	 */
	Optional<JobReport> job(String name);

	/**
	 * Let no server run a tick of a job until it is resumed. A run that is going on is
	 * not disturbed, and the job can still be run by hand. Does nothing to a job that is
	 * paused.
	 * @param job the name of the job
	 * @return false if it was paused before
	 * @throws IllegalArgumentException if no server knows the job
	 * @throws LockUnavailableException if Redis cannot be asked
	 */
	boolean pause(String job);

	/**
	 * Let servers run the ticks of a job again. Those that came meanwhile are not run.
	 * Does nothing to a job that is not paused.
	 * @param job the name of the job
	 * @return false if it was not paused
	 * @throws IllegalArgumentException if no server knows the job
	 * @throws LockUnavailableException if Redis cannot be asked
	 */
	boolean resume(String job);

	/**
	 * Run a job on this server now, under its lock, also if it is paused or this server
	 * takes no ticks. Returns at once; what comes of it is published, as of every call by
	 * hand.
	 * @param job the name of the job
	 * @throws IllegalArgumentException if this server has no method for the job
	 * @throws IllegalStateException if scheduling is not enabled on this server, or ends
	 */
	void run(String job);

	/**
	 * Release the lock of a job, and whatever else keeps it from running. Without force
	 * that is done only if its holder is gone.
	 * @param job the name of the job
	 * @param force whether to do it whoever has the lock: a run that is going on loses it
	 * @return what came of it
	 * @throws IllegalArgumentException if no server knows the job
	 * @throws LockUnavailableException if Redis cannot be asked
	 */
	ReleaseResult release(String job, boolean force);

	/**
	 * Take no more ticks on this server, so that others run them. Runs that are going on
	 * are not disturbed.
	 * @return false if it took none before
	 */
	boolean drain();

	/**
	 * Take ticks on this server again.
	 * @return false if it took them before
	 */
	boolean undrain();

	/**
	 * Determine whether this server takes no ticks.
	 * @return true after {@link #drain()}
	 */
	boolean isDraining();

	/**
	 * Return these operations for somebody, who is then named in the log and in every
	 * {@link OperatorAction}.
	 * @param operator the name of who asks; {@code null} if that is not known
	 * @return the operations
	 */
	JobOperations by(@Nullable String operator);

}
