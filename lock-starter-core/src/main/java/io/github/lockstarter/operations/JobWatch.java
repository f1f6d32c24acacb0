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

import java.time.Instant;
import java.util.Collection;

import org.jspecify.annotations.Nullable;

/**
 * What this server knows of its jobs without asking anybody: what happened here, and what
 * all servers have told each other every ten seconds. The bean
 * {@code distributedScheduledWatch}; cheap, for metrics and health.
 *
 * @since 0.1.0
 */
public interface JobWatch {

	/**
	 * Return when a run of a job has last ended as a success, on any server.
	 * @param job the name of the job
	 * @return the time as the clock of this server would have shown it; {@code null} if
	 * that is not known
	 */
	@Nullable Instant lastSuccess(String job);

	/**
	 * Return since when a job is overdue: a tick was due longer ago than
	 * {@code distributed-scheduled.overdue-after}, and no run has begun since then on any
	 * server.
	 * @param job the name of the job
	 * @return the tick that nobody has run; {@code null} if the job is not overdue, is
	 * paused, or has no schedule that is known
	 */
	@Nullable Instant overdueSince(String job);

	/**
	 * Return the jobs of this server.
	 * @return the names, ordered
	 */
	Collection<String> jobs();

}
