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

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.PriorityQueue;
import java.util.SplittableRandom;

import org.jspecify.annotations.Nullable;

/**
 * Time that passes as fast as its steps are done: the discrete events of a simulation.
 * One step is done at a time, in order of time, and in the order in which they were
 * planned for one time; so the same steps have the same effect every time.
 * <p>
 * A step that waits keeps its thread, and whichever thread has the turn goes on with the
 * other steps. So there are as many threads as there are waits at one time, and the turn
 * changes hands only where a wait ends on another thread. A wait must not be inside of a
 * monitor that another step needs.
 *
 * @since 0.1.0
 */
public final class VirtualTime implements AutoCloseable {

	private final PriorityQueue<Step> steps = new PriorityQueue<>();

	/** Threads on which nothing is done. */
	private final Deque<Strand> idle = new ArrayDeque<>();

	private final List<Strand> strands = new ArrayList<>();

	/** The thread that lets time pass. */
	private final Strand outside = new Strand(this);

	private final Instant start;

	private final long seed;

	private long nanos;

	private long planned;

	private volatile @Nullable Throwable failure;

	private volatile boolean closed;

	/**
	 * Create a time.
	 * @param start when it begins
	 * @param seed what all chance in it comes from
	 */
	public VirtualTime(Instant start, long seed) {
		this.start = start;
		this.seed = seed;
	}

	/**
	 * Return when it began.
	 * @return the time of a clock that is right
	 */
	public Instant start() {
		return this.start;
	}

	/**
	 * Return how much time has passed.
	 * @return nanoseconds since the start
	 */
	public long nanos() {
		return this.nanos;
	}

	/**
	 * Return a stream of random numbers.
	 * @param use what they are drawn for
	 * @return the same numbers for the same seed and use
	 */
	public SplittableRandom random(String use) {
		long hash = this.seed * 0x9E3779B97F4A7C15L;
		for (int i = 0; i < use.length(); i++) {
			hash = (hash ^ use.charAt(i)) * 0x100000001B3L;
		}
		return new SplittableRandom(hash);
	}

	/**
	 * Plan something that belongs to no machine, and does not wait.
	 * @param delay how long from now
	 * @param action what is done
	 */
	public void after(Duration delay, Runnable action) {
		plan(new Step(null, action, false), delay.toNanos());
	}

	/**
	 * Return how many steps were planned.
	 * @return the number
	 */
	public long planned() {
		return this.planned;
	}

	Step plan(Step step, long delay) {
		step.at = this.nanos + Math.max(0, delay);
		step.order = this.planned++;
		this.steps.add(step);
		return step;
	}

	/**
	 * Let time pass, and do what is planned for it. Called by one thread, which is none
	 * of a step.
	 * @param duration how much
	 * @throws IllegalStateException if something that was done has failed
	 */
	public void pass(Duration duration) {
		Strand.Wait wait = new Strand.Wait(this, this.outside, null);
		wait.endAfter(duration.toNanos());
		wait.await();
		Throwable failure = this.failure;
		if (failure != null) {
			throw new IllegalStateException("A step has failed, at the latest after " + Duration.ofNanos(this.nanos),
					failure);
		}
	}

	/**
	 * Return the thread that has the turn.
	 */
	Strand current() {
		Strand current = Strand.current();
		return (current != null) ? current : this.outside;
	}

	/**
	 * Interrupt what waits on a thread.
	 * @return false if nothing does
	 */
	boolean interruptWait(Thread thread) {
		return this.strands.stream().filter((strand) -> strand.isOn(thread)).anyMatch(Strand::interruptWait);
	}

	/**
	 * Do steps, until the wait of a strand is over.
	 */
	void goOn(Strand waiting) {
		for (Step step = next(); step.resumes != waiting; step = next()) {
			if (step.resumes != null) {
				step.resumes.takeTurn();
				waiting.awaitTurn();
				return;
			}
			if (step.mayWait) {
				idleStrand().begin(step);
				waiting.awaitTurn();
				return;
			}
			perform(step);
		}
	}

	/**
	 * Do steps on a strand on which nothing waits, until the turn is another one's.
	 */
	void goOnIdle(Strand idle) {
		while (!this.closed) {
			Step step = next();
			if (step.resumes != null) {
				this.idle.push(idle);
				step.resumes.takeTurn();
				return;
			}
			perform(step);
		}
	}

	private Strand idleStrand() {
		Strand idle = this.idle.poll();
		if (idle == null) {
			idle = Strand.start(this, this.strands.size());
			this.strands.add(idle);
		}
		return idle;
	}

	/**
	 * Return what is done next. On a machine that stands still it is done when that goes
	 * on.
	 */
	private Step next() {
		while (true) {
			Step step = this.steps.remove();
			this.nanos = Math.max(this.nanos, step.at);
			VirtualMachine machine = step.machine;
			if (machine != null && machine.standsStillUntil() > this.nanos) {
				step.at = machine.standsStillUntil();
				this.steps.add(step);
			}
			else if (!step.cancelled && (machine == null || machine.isAlive() || step.resumes != null)) {
				return step;
			}
		}
	}

	void perform(Step step) {
		try {
			step.done = true;
			step.action.run();
		}
		catch (VirtualMachine.Dead ex) {
			// Its machine died just now
		}
		catch (Throwable ex) {
			this.failure = ex;
		}
	}

	/**
	 * End all waits of a machine.
	 */
	void endWaits(VirtualMachine machine) {
		this.strands.stream().map(Strand::waits).forEach((wait) -> {
			if (wait != null && wait.machine() == machine) {
				wait.end();
			}
		});
	}

	/**
	 * End the threads. Called by the thread that lets time pass. Whatever waits is
	 * dropped.
	 */
	@Override
	public void close() {
		this.closed = true;
		this.strands.forEach(Strand::takeTurn);
	}

	boolean isClosed() {
		return this.closed;
	}

	/**
	 * Something that happens at a time: something is done, or a wait ends.
	 */
	static final class Step implements Comparable<Step> {

		private final @Nullable VirtualMachine machine;

		private final Runnable action;

		private final boolean mayWait;

		private final @Nullable Strand resumes;

		private long at;

		private long order;

		private boolean cancelled;

		private boolean done;

		/**
		 * Create a step in which something is done.
		 * @param machine where; {@code null} for nowhere
		 * @param mayWait whether it may wait, so that it needs a strand of its own
		 */
		Step(@Nullable VirtualMachine machine, Runnable action, boolean mayWait) {
			this.machine = machine;
			this.action = action;
			this.mayWait = mayWait;
			this.resumes = null;
		}

		/**
		 * Create a step in which a wait ends.
		 */
		Step(@Nullable VirtualMachine machine, Strand resumes) {
			this.machine = machine;
			this.action = () -> {
			};
			this.mayWait = false;
			this.resumes = resumes;
		}

		long at() {
			return this.at;
		}

		boolean cancel() {
			boolean cancels = !this.done && !this.cancelled;
			this.cancelled = this.cancelled || cancels;
			return cancels;
		}

		boolean isCancelled() {
			return this.cancelled;
		}

		boolean isDone() {
			return this.done;
		}

		@Override
		public int compareTo(Step other) {
			return (this.at != other.at) ? Long.compare(this.at, other.at) : Long.compare(this.order, other.order);
		}

	}

}
