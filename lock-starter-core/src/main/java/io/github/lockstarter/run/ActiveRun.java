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

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeoutException;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.github.lockstarter.JobRun;
import io.github.lockstarter.LockLostException;
import io.github.lockstarter.LockLostPolicy;
import io.github.lockstarter.RunOutcome;
import io.github.lockstarter.internal.time.TimeSource;
import io.github.lockstarter.lock.Durations;
import io.github.lockstarter.lock.NoLock;
import io.github.lockstarter.lock.RunLock;

/**
 * A run, from the claim to the end of what it does.
 */
final class ActiveRun extends JobRun {

	private static final Logger logger = LoggerFactory.getLogger(ActiveRun.class);

	private final Job job;

	private final RunLock lock;

	private final String server;

	private final Trigger trigger;

	private final Duration acquireTime;

	private final TimeSource time;

	/** How to stop what this run does, for as long as it does. */
	private @Nullable Runnable stop;

	private boolean ended;

	/** How many threads are in the method. */
	private int inside;

	/** No thread gets into the method any more. */
	private boolean closed;

	/** Completed when those have left it that are in it then. */
	private @Nullable CompletableFuture<Void> left;

	private volatile long started;

	private volatile @Nullable Future<?> timeout;

	private volatile RunObservations.Observed observed = RunObservations.Observed.NOTHING;

	private @Nullable RunOutcome verdict;

	/** The run that it was called in. */
	private volatile @Nullable ActiveRun outer;

	ActiveRun(Job job, RunLock lock, String server, Trigger trigger, Duration acquireTime, TimeSource time) {
		this.job = job;
		this.lock = lock;
		this.server = server;
		this.trigger = trigger;
		this.acquireTime = acquireTime;
		this.time = time;
		this.started = time.nanoTime();
	}

	/**
	 * Go on only if this thread is in no run, or in one whose lock can be trusted.
	 */
	static void assertLockHeldIfRunning() {
		ActiveRun run = innermost();
		if (run != null && run.isLocked()) {
			run.assertLockHeld();
		}
	}

	/**
	 * Return the innermost run of this thread.
	 */
	static @Nullable ActiveRun innermost() {
		return (find() instanceof ActiveRun run) ? run : null;
	}

	/**
	 * Return in how many runs this thread is, one inside of the other.
	 */
	static int depth() {
		int depth = 0;
		for (ActiveRun run = innermost(); run != null; run = run.outer) {
			depth++;
		}
		return depth;
	}

	/**
	 * What this run does begins.
	 * @param stop stops it; called once at most, not after {@link #leave()}, and must not
	 * block
	 * @throws LockLostException if the lock was lost before that
	 */
	synchronized void enter(Runnable stop) {
		if (this.verdict != null) {
			this.ended = true;
			throw lockLost();
		}
		this.stop = stop;
	}

	/**
	 * What this run does has ended, and cannot be stopped any more.
	 */
	synchronized void leave() {
		this.stop = null;
		this.ended = true;
	}

	/**
	 * Call the method of the job as part of this run, on whichever thread.
	 * @throws IllegalStateException if this run is over
	 * @throws LockLostException if its lock is lost
	 */
	@Nullable Object callMethod(Body method) throws Throwable {
		checkGoesOn();
		if (isLocked()) {
			// It may have to ask Redis, and nothing else of this run waits for that
			assertLockHeld();
		}
		synchronized (this) {
			checkGoesOn();
			this.inside++;
		}
		try {
			return method.proceed();
		}
		finally {
			synchronized (this) {
				if (--this.inside == 0 && this.left != null) {
					this.left.complete(null);
				}
			}
		}
	}

	private synchronized void checkGoesOn() {
		if (this.closed || this.stop == null) {
			throw new IllegalStateException(("%s is over, so the method of its job is not called once more. "
					+ "Advice behind the lock has to proceed before it returns.")
				.formatted(this));
		}
	}

	/**
	 * Let no thread into the method any more, and wait until all have left it.
	 */
	void awaitMethod() {
		CompletableFuture<Void> left = close();
		if (left == null) {
			return;
		}
		logger.warn("{} goes on, although advice has returned before its method has. "
				+ "Its lock is kept, and its thread waits, until the method returns.", this);
		try {
			this.time.awaitUninterruptibly(left, TimeSource.FOREVER);
		}
		catch (ExecutionException | TimeoutException ex) {
			throw new IllegalStateException(this + " has not left its method", ex);
		}
	}

	/**
	 * Let no thread into the method any more.
	 * @return completed when all have left it; {@code null} if nobody is in it
	 */
	private synchronized @Nullable CompletableFuture<Void> close() {
		this.closed = true;
		if (this.inside > 0) {
			this.left = new CompletableFuture<>();
		}
		return this.left;
	}

	/**
	 * Call something on this thread as part of this run.
	 */
	@Nullable Object bound(Body body) throws Throwable {
		JobRun outer = bind();
		this.outer = (outer != this && outer instanceof ActiveRun run) ? run : null;
		try {
			return LogContext.call(this, () -> this.observed.call(body));
		}
		finally {
			unbind(outer);
		}
	}

	/**
	 * Tell whether this run had the thread interrupted that is in it.
	 */
	synchronized boolean hasInterrupted() {
		return this.stop instanceof ThreadInterrupt interrupt && interrupt.isSent();
	}

	/**
	 * This run is observed from now on.
	 */
	void observed(RunObservations.Observed observed) {
		this.observed = observed;
	}

	RunObservations.Observed observed() {
		return this.observed;
	}

	/**
	 * The time of this run counts from now.
	 * @param timeout what ends it; {@code null} if nothing does
	 */
	void started(@Nullable Future<?> timeout) {
		this.timeout = timeout;
		this.started = this.time.nanoTime();
	}

	/**
	 * Return how long this run takes so far.
	 */
	Duration age() {
		return this.time.since(this.started);
	}

	/**
	 * The time of this run is over.
	 * @return how long it took
	 */
	Duration ended() {
		Duration duration = age();
		Future<?> timeout = this.timeout;
		if (timeout != null) {
			timeout.cancel(false);
		}
		return duration;
	}

	/**
	 * The lock is lost.
	 */
	synchronized void lost() {
		this.verdict = RunOutcome.LOCK_LOST;
		if (this.job.onLockLost() == LockLostPolicy.INTERRUPT) {
			stop();
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
		stop();
		return true;
	}

	private void stop() {
		Runnable stop = this.stop;
		if (stop != null) {
			stop.run();
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

	Job job() {
		return this.job;
	}

	RunLock lock() {
		return this.lock;
	}

	/**
	 * Return how long this server asked until it was granted.
	 */
	Duration acquireTime() {
		return this.acquireTime;
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

	LockLostException lockLost() {
		if (!isLocked()) {
			return new LockLostException("Job '%s' at tick %s runs without a lock, because Redis could not be asked."
				.formatted(name(), tick()));
		}
		return new LockLostException((verdict() == RunOutcome.TIMED_OUT)
				? "Job '%s' at tick %s took longer than its timeout of %s. Stop, and write nothing more."
					.formatted(name(), tick(), Durations.text(this.job.timeout()))
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
