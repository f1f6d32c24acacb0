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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.github.lockstarter.internal.time.TimeSource;

/**
 * Counts the runs of this server, and lets no new one in while it is closed.
 */
final class RunGate {

	private static final Logger logger = LoggerFactory.getLogger(RunGate.class);

	private final TimeSource time;

	private int inside;

	private boolean closed;

	private boolean draining;

	private @Nullable Runnable whenEmpty;

	/** How many runs are not waited for. */
	private int own;

	private volatile @Nullable Check check;

	RunGate(TimeSource time) {
		this.time = time;
	}

	/**
	 * Let a run in. While the tasks of the application are checked, wait for that.
	 * @return false if the gate is closed
	 */
	boolean enter() {
		Check check = this.check;
		if (check != null) {
			check.await(this.time);
		}
		synchronized (this) {
			if (this.closed) {
				return false;
			}
			this.inside++;
			return true;
		}
	}

	/**
	 * The tasks of the application are scheduled, and then checked, on this thread. Runs
	 * on other threads wait for it: who calls them may be a task that must not be.
	 */
	void check() {
		this.check = new Check(Thread.currentThread(), new CompletableFuture<>());
	}

	/**
	 * The tasks of the application have been checked.
	 */
	void checked() {
		Check check = this.check;
		this.check = null;
		if (check != null) {
			check.done().complete(null);
		}
	}

	void leave() {
		Runnable callback = null;
		synchronized (this) {
			if (--this.inside <= this.own) {
				callback = this.whenEmpty;
				this.whenEmpty = null;
			}
		}
		if (callback != null) {
			callback.run();
		}
	}

	/**
	 * Let in no ticks any more, or let them in again.
	 * @return false if that was so before
	 */
	synchronized boolean drain(boolean draining) {
		boolean changed = this.draining != draining;
		this.draining = draining;
		return changed;
	}

	/**
	 * Tell whether only calls by hand are let in.
	 */
	synchronized boolean isDraining() {
		return this.draining;
	}

	synchronized boolean isClosed() {
		return this.closed;
	}

	synchronized void open() {
		this.closed = false;
		this.own = 0;
		this.whenEmpty = null;
	}

	synchronized void close() {
		this.closed = true;
	}

	/**
	 * Close the gate and call back, perhaps at once, when the last run has left.
	 */
	void close(Runnable whenEmpty) {
		close(0, whenEmpty);
	}

	/**
	 * Close the gate and call back, perhaps at once, when the last run has left.
	 * @param own how many runs wait for this themselves, because they close their own
	 * application
	 */
	void close(int own, Runnable whenEmpty) {
		synchronized (this) {
			this.closed = true;
			this.own = own;
			if (this.inside > own) {
				this.whenEmpty = whenEmpty;
				return;
			}
		}
		whenEmpty.run();
	}

	/**
	 * A check that goes on. A moment, unless somebody who is told of the end of a refresh
	 * waits for a run: then that run goes on its way.
	 *
	 * @param thread checks
	 * @param done completed when it is done
	 */
	private record Check(Thread thread, CompletableFuture<Void> done) {

		private static final Duration PATIENCE = Duration.ofSeconds(10);

		void await(TimeSource time) {
			if (Thread.currentThread() == this.thread) {
				return;
			}
			try {
				time.await(this.done, PATIENCE);
			}
			catch (ExecutionException | TimeoutException ex) {
				logger.warn("A job is called by {} before all scheduled tasks have been checked",
						Thread.currentThread().getName());
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
			}
		}

	}

}
