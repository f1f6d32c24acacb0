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

import java.util.concurrent.Callable;

import org.jspecify.annotations.Nullable;

/**
 * Runs work under the lock of a job, where an annotation cannot say so. A bean of this
 * type is there to be injected. Safe for use by several threads.
 *
 * <pre class="code">
 * JobResult&lt;Report&gt; result = jobs.run("report", this::makeReport);
 * if (result instanceof JobResult.Ran&lt;Report&gt; ran) {
 *     send(ran.value());
 * }
 * </pre>
 *
 * <p>
 * On the thread on which a scheduled task is fired the work belongs to the tick of that
 * task, and so is done once per tick over all servers, each job of it by itself.
 * Elsewhere it is a call by hand, as {@link JobRun.Trigger#MANUAL}: also behind
 * {@code @Async}, on another thread of the task, and inside another job. The work finds
 * its run by {@link JobRun#current()}, and is done when the call returns: a future that
 * it returns is waited for, under the lock, and a publisher is an error, because nobody
 * subscribes to it there. It has a lock, events and outcomes like an annotated method:
 * two calls with one name exclude each other, regardless of the caller. The name is not
 * that of an annotated job; to exclude one, put both into one group.
 *
 * <p>
 * A task whose job is {@link JobResult.Postponed} is fired again as a whole, so what
 * stands beside the job in that task is done again, too.
 *
 * @since 0.1.0
 */
public interface DistributedJobs {

	/**
	 * Do the work if this server gets the lock. Waits for Redis at most for
	 * {@code distributed-scheduled.acquire-timeout}, and for no other server.
	 * @param <T> what the work returns
	 * @param job the name of the job, at most 200 characters
	 * @param work the work
	 * @return what came of it
	 * @throws Exception what the work threw, unchanged
	 * @throws IllegalArgumentException if the name cannot be used, or is that of an
	 * annotated job
	 * @throws LockUnavailableException if Redis cannot be asked, and the policy says so
	 */
	default <T extends @Nullable Object> JobResult<T> run(String job, Callable<T> work) throws Exception {
		return run(JobOptions.named(job), work);
	}

	/**
	 * Do the work if this server gets the lock.
	 * @param <T> what the work returns
	 * @param options the name of the job, and how it is run
	 * @param work the work
	 * @return what came of it
	 * @throws Exception what the work threw, unchanged
	 * @throws IllegalArgumentException if one of the options cannot be used, or the name
	 * is that of an annotated job
	 * @throws LockUnavailableException if Redis cannot be asked, and the policy says so
	 */
	<T extends @Nullable Object> JobResult<T> run(JobOptions options, Callable<T> work) throws Exception;

}
