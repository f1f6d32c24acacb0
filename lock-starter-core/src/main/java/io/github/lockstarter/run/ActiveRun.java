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

package io.github.lockstarter.run;

import java.time.Instant;

import org.jspecify.annotations.Nullable;

import io.github.lockstarter.JobRun;
import io.github.lockstarter.LockLostException;
import io.github.lockstarter.LockLostPolicy;
import io.github.lockstarter.RunOutcome;
import io.github.lockstarter.lock.NoLock;
import io.github.lockstarter.lock.RunLock;

/**
 * A run while its method runs.
 */
final class ActiveRun extends JobRun {

	private final Job job;

	private final RunLock lock;

	private final String server;

	private final Trigger trigger;

	/** The thread that runs the method, for as long as it does. */
	private @Nullable Thread thread;

	private boolean ended;

	private boolean interrupted;

	private @Nullable RunOutcome verdict;

	ActiveRun(Job job, RunLock lock, String server, Trigger trigger) {
		this.job = job;
		this.lock = lock;
		this.server = server;
		this.trigger = trigger;
	}

	/**
	 * Go on only if this thread is in no run, or in one whose lock can be trusted.
	 */
	static void assertLockHeldIfRunning() {
		if (find() instanceof ActiveRun run && run.isLocked()) {
			run.assertLockHeld();
		}
	}

	/**
	 * Run the method on this thread.
	 * @throws LockLostException if the lock was lost before the method could begin
	 */
	@Nullable Object call(Body body) throws Throwable {
		enter();
		JobRun outer = bind();
		try {
			return body.proceed();
		}
		finally {
			unbind(outer);
			leave(outer);
		}
	}

	private synchronized void enter() {
		if (this.verdict != null) {
			this.ended = true;
			throw lockLost();
		}
		this.thread = Thread.currentThread();
	}

	private synchronized void leave(@Nullable JobRun outer) {
		this.thread = null;
		this.ended = true;
		if (this.interrupted && !(outer instanceof ActiveRun run && run.interrupted)) {
			// Meant for the method, not for what this thread does next
			Thread.interrupted();
		}
	}

	/**
	 * The lock is lost.
	 */
	synchronized void lost() {
		this.verdict = RunOutcome.LOCK_LOST;
		if (this.job.onLockLost() == LockLostPolicy.INTERRUPT) {
			interrupt();
		}
	}

	/**
	 * The time for this run is over.
	 * @return false if it has ended, or its lock is lost already
	 */
	synchronized boolean timeOut() {
		if (this.ended || this.verdict != null) {
			return false;
		}
		this.verdict = RunOutcome.TIMED_OUT;
		interrupt();
		return true;
	}

	private void interrupt() {
		if (this.thread != null) {
			this.interrupted = true;
			this.thread.interrupt();
		}
	}

	/**
	 * Return the outcome that was decided while the method ran.
	 * @return the outcome, or {@code null} if how the method ended decides
	 */
	synchronized @Nullable RunOutcome verdict() {
		return this.verdict;
	}

	/**
	 * Tell whether this run began with a lock.
	 */
	private boolean isLocked() {
		return !(this.lock instanceof NoLock);
	}

	@Override
	public String name() {
		return this.job.name();
	}

	@Override
	public Instant tick() {
		return this.lock.tick();
	}

	@Override
	public long token() {
		return this.lock.token();
	}

	@Override
	public String server() {
		return this.server;
	}

	@Override
	public Trigger trigger() {
		return this.trigger;
	}

	@Override
	public boolean isLockHeld() {
		return this.lock.isHeld() && verdict() == null;
	}

	@Override
	public void assertLockHeld() {
		if (!isLockHeld()) {
			throw lockLost();
		}
	}

	private LockLostException lockLost() {
		if (!isLocked()) {
			return new LockLostException("Job '%s' at tick %s runs without a lock, because Redis could not be asked."
				.formatted(name(), tick()));
		}
		return new LockLostException((verdict() == RunOutcome.TIMED_OUT)
				? "Job '%s' at tick %s took longer than its timeout of %s. Stop, and write nothing more."
					.formatted(name(), tick(), this.job.timeout())
				: "Job '%s' at tick %s has lost its lock; another server may run it now. Stop, and write nothing more."
					.formatted(name(), tick()));
	}

	@Override
	public String toString() {
		return "Run of " + name() + " at tick " + tick() + " with token " + token() + " on " + this.server;
	}

	/**
	 * What a run calls.
	 */
	interface Body {

		@Nullable Object proceed() throws Throwable;

	}

}
