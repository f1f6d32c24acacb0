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

package io.github.lockstarter.internal.time;

import java.util.concurrent.ThreadFactory;
import java.util.concurrent.locks.LockSupport;

import org.jspecify.annotations.Nullable;

import org.springframework.core.task.VirtualThreadTaskExecutor;
import org.springframework.scheduling.concurrent.CustomizableThreadFactory;

/**
 * A thread of {@link VirtualTime}. It does something only while it has the turn, which
 * one of them has at a time.
 */
final class Strand {

	/**
	 * From here on a virtual thread does not keep its carrier while it waits in a
	 * monitor.
	 */
	private static final int VIRTUAL_SINCE = 24;

	private static final ThreadFactory THREADS = threads();

	private static final ThreadLocal<Strand> CURRENT = new ThreadLocal<>();

	private final VirtualTime time;

	private final Thread thread;

	private volatile boolean hasTurn;

	private VirtualTime.@Nullable Step begins;

	/** What it waits for; {@code null} while it does not wait. */
	private @Nullable Wait wait;

	/**
	 * Create the strand of this thread, which has the turn.
	 */
	Strand(VirtualTime time) {
		this.time = time;
		this.thread = Thread.currentThread();
	}

	private Strand(VirtualTime time, int number) {
		this.time = time;
		this.thread = THREADS.newThread(this::run);
		this.thread.setName("virtual-" + number);
	}

	/**
	 * Return what makes threads: the turn changes hands most quickly between virtual
	 * ones.
	 */
	private static ThreadFactory threads() {
		if (Runtime.version().feature() >= VIRTUAL_SINCE) {
			return new VirtualThreadTaskExecutor().getVirtualThreadFactory();
		}
		CustomizableThreadFactory threads = new CustomizableThreadFactory();
		threads.setDaemon(true);
		return threads;
	}

	/**
	 * Start a thread on which nothing is done yet.
	 */
	static Strand start(VirtualTime time, int number) {
		Strand strand = new Strand(time, number);
		strand.thread.start();
		return strand;
	}

	/**
	 * Return the strand that this is called on.
	 * @return {@code null} if this thread is none
	 */
	static @Nullable Strand current() {
		return CURRENT.get();
	}

	private void run() {
		CURRENT.set(this);
		awaitTurn();
		while (!this.time.isClosed()) {
			VirtualTime.Step step = this.begins;
			if (step != null) {
				this.begins = null;
				this.time.perform(step);
			}
			this.time.goOnIdle(this);
			if (!this.time.isClosed()) {
				awaitTurn();
			}
		}
	}

	boolean isOn(Thread thread) {
		return this.thread == thread;
	}

	/**
	 * Do a step on this strand, which is idle.
	 */
	void begin(VirtualTime.Step step) {
		this.begins = step;
		takeTurn();
	}

	/**
	 * Give this strand the turn of the thread that calls.
	 */
	void takeTurn() {
		this.hasTurn = true;
		LockSupport.unpark(this.thread);
	}

	void awaitTurn() {
		while (!this.hasTurn) {
			LockSupport.park(this);
		}
		this.hasTurn = false;
	}

	/**
	 * Interrupt what waits here.
	 * @return false if nothing does
	 */
	boolean interruptWait() {
		Wait wait = this.wait;
		if (wait == null) {
			return false;
		}
		wait.interrupted = true;
		wait.end();
		return true;
	}

	/**
	 * Return what is waited for here.
	 */
	@Nullable Wait waits() {
		return this.wait;
	}

	/**
	 * One wait, which ends once.
	 */
	static final class Wait {

		private final VirtualTime time;

		private final Strand strand;

		private final @Nullable VirtualMachine machine;

		private VirtualTime.@Nullable Step end;

		private boolean ends;

		private boolean interrupted;

		Wait(VirtualTime time, Strand strand, @Nullable VirtualMachine machine) {
			this.time = time;
			this.strand = strand;
			this.machine = machine;
		}

		@Nullable VirtualMachine machine() {
			return this.machine;
		}

		/**
		 * End it later, unless it ends before.
		 */
		void endAfter(long nanos) {
			this.end = this.time.plan(new VirtualTime.Step(this.machine, this.strand), nanos);
		}

		/**
		 * End it now.
		 */
		void end() {
			if (!this.ends) {
				this.ends = true;
				if (this.end != null) {
					this.end.cancel();
				}
				endAfter((this.machine != null) ? this.machine.lateness() : 0);
			}
		}

		/**
		 * Wait on the strand, which has the turn, until the wait is ended.
		 */
		void await() {
			this.strand.wait = this;
			this.time.goOn(this.strand);
			this.strand.wait = null;
			// What comes later must not end another wait of this strand
			this.ends = true;
			if (this.time.isClosed()) {
				throw new VirtualMachine.Dead();
			}
		}

		boolean isInterrupted() {
			return this.interrupted;
		}

	}

}
