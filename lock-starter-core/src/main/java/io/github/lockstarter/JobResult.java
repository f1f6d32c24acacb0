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

import java.time.Instant;

import org.jspecify.annotations.Nullable;

/**
 * What came of the wish to run some work under the lock of a job.
 *
 * @param <T> what the work returns
 * @since 0.1.0
 * @see DistributedJobs
 */
public sealed interface JobResult<T extends @Nullable Object> {

	/**
	 * The work was done here.
	 *
	 * @param <T> what the work returns
	 * @param value what it returned; may be {@code null}
	 * @param outcome how the run ended: {@link RunOutcome#SUCCEEDED}, or
	 * {@link RunOutcome#LOCK_LOST} or {@link RunOutcome#TIMED_OUT} if that happened while
	 * the work was done
	 * @param token the fencing token of the run; zero if there was no lock, by
	 * {@link RedisUnavailablePolicy#RUN}
	 * @since 0.1.0
	 */
	record Ran<T extends @Nullable Object>(@Nullable T value, RunOutcome outcome, long token) implements JobResult<T> {

	}

	/**
	 * The work was not done here.
	 *
	 * @param <T> what the work returns
	 * @param reason why
	 * @param holder the server that runs or ran instead; {@code null} if that is not
	 * known
	 * @param since when that run started, on Redis's clock; {@code null} if that is not
	 * known
	 * @param detail more for a human; may be {@code null}
	 * @since 0.1.0
	 */
	record Skipped<T extends @Nullable Object>(SkipReason reason, @Nullable String holder, @Nullable Instant since,
			@Nullable String detail) implements JobResult<T> {

	}

	/**
	 * Nothing is decided yet. The scheduled task that asked is fired again for the same
	 * tick, and will ask again: this server's clock is a little ahead, or Redis cannot be
	 * asked just now, or it is not clear yet whether another server runs. Happens only
	 * inside a scheduled task.
	 *
	 * @param <T> what the work returns
	 * @since 0.1.0
	 */
	record Postponed<T extends @Nullable Object>() implements JobResult<T> {

	}

}
