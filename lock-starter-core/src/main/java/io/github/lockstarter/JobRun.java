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
 * One run of a job, as the job itself sees it. Safe for use by several threads;
 * {@link #current()} answers on the thread that runs the method only.
 *
 * <pre class="code">
 * JobRun run = JobRun.current();
 * jdbc.update("update account set … , token = ? where token &lt; ?", run.token(), run.token());
 * </pre>
 *
 * <p>
 * Where a method returns a publisher, {@link #current()} answers on the thread that
 * subscribes, until it has. Reactor's context has the run for as long as it lasts:
 *
 * <pre class="code">
 * Mono.deferContextual((context) -&gt; write(context.get(JobRun.class).token()))
 * </pre>
 *
 * @since 0.1.0
 * @see DistributedScheduled
 */
public abstract class JobRun {

	private static final ThreadLocal<@Nullable JobRun> CURRENT = new ThreadLocal<>();

	/**
	 * For the library's own runs.
	 */
	protected JobRun() {
	}

	/**
	 * Return the run that this thread is in.
	 * @return the innermost run of this thread
	 * @throws IllegalStateException if this thread is not inside a job
	 */
	public static JobRun current() {
		JobRun run = find();
		if (run == null) {
			throw new IllegalStateException("No job is running on thread '" + Thread.currentThread().getName()
					+ "'. JobRun.current() answers inside a @DistributedScheduled method that was called through its "
					+ "Spring bean, on the thread of that call. In a publisher, look for JobRun.class in the context.");
		}
		return run;
	}

	/**
	 * Return the run that this thread is in, if it is in one.
	 * @return the innermost run of this thread, or {@code null}
	 */
	protected static @Nullable JobRun find() {
		return CURRENT.get();
	}

	/**
	 * Make this run the current one of this thread.
	 * @return what was current before, for {@link #unbind}
	 */
	protected final @Nullable JobRun bind() {
		JobRun outer = CURRENT.get();
		CURRENT.set(this);
		return outer;
	}

	/**
	 * Undo {@link #bind()}.
	 * @param outer what was current before
	 */
	protected final void unbind(@Nullable JobRun outer) {
		if (outer != null) {
			CURRENT.set(outer);
		}
		else {
			CURRENT.remove();
		}
	}

	/**
	 * Return the name of the job.
	 * @return the name, unique within the namespace
	 */
	public abstract String name();

	/**
	 * Return which tick this is: the fire time that the schedule names for a cron
	 * expression, the shared due time for a fixed rate or delay, the time of the call for
	 * {@link Trigger#MANUAL}.
	 * @return the tick
	 */
	public abstract Instant tick();

	/**
	 * Return the fencing token. It rises with every run of this job, over all servers,
	 * also after Redis lost its data. Let the database refuse a write whose token is
	 * lower than the last one it saw.
	 * @return the token, positive; zero if the job runs without a lock, by
	 * {@link RedisUnavailablePolicy#RUN}
	 */
	public abstract long token();

	/**
	 * Return the id of this server.
	 * @return the id, unique per start of a process unless it was configured
	 */
	public abstract String server();

	/**
	 * Return what started this run.
	 * @return the trigger
	 */
	public abstract Trigger trigger();

	/**
	 * Tell whether the lock can still be trusted. Computed from the clock at the moment
	 * of the call, so that a process that was frozen learns of the loss at once. Redis is
	 * not asked, but after the wall clock has jumped: then the machine may have been
	 * suspended, and the answer takes two seconds at most.
	 * @return false once Redis might have granted the lock to another server, and once
	 * the run took longer than {@link DistributedScheduled#timeout()}
	 */
	public abstract boolean isLockHeld();

	/**
	 * Go on only if the lock can still be trusted. Call it before a write that must not
	 * be done twice.
	 * @throws LockLostException if the lock is not held any more, or the time for the run
	 * is over
	 */
	public abstract void assertLockHeld();

	/**
	 * What starts a run.
	 */
	public enum Trigger {

		/**
		 * A tick of the schedule.
		 */
		SCHEDULE,

		/**
		 * A call by hand: some code called the method outside its schedule.
		 */
		MANUAL,

		/**
		 * A tick of the schedule once more, because the server that ran it died or lost
		 * its lock before the end.
		 * @see CrashPolicy#RERUN
		 */
		RERUN,

		/**
		 * A tick of the schedule that came when no server was up, or when none could ask
		 * Redis.
		 * @see MissedPolicy#RUN_ONCE
		 */
		CATCH_UP

	}

}
