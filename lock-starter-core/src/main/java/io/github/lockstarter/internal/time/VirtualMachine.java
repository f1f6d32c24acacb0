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

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeoutException;
import java.util.random.RandomGenerator;

import org.jspecify.annotations.Nullable;

/**
 * The time of one machine in a {@link VirtualTime}: its clocks, which may be wrong, and
 * its threads, which may come late, stand still, or die.
 *
 * @since 0.1.0
 */
public final class VirtualMachine implements TimeSource {

	private static final long MILLION = 1_000_000;

	/** What is planned for later than seventy years does not come. */
	private static final long NEVER = Long.MAX_VALUE / 4;

	private final VirtualTime time;

	private final String name;

	private final SplittableRandom chance;

	/** How late a thread comes at most, in nanoseconds. */
	private final long lateness;

	/** By how much its clocks are faster than time, in millionths. */
	private long drift;

	/** By how much its wall clock is ahead, in nanoseconds, beside the drift. */
	private long ahead;

	/** What its monotonic clock has not counted. */
	private long suspended;

	private long standsStillUntil;

	private boolean isDead;

	/** How many streams of random numbers there are. */
	private int streams;

	/**
	 * Create a machine whose clocks are right, and whose threads are never late.
	 * @param time the time that passes
	 * @param name what its chance is called
	 */
	public VirtualMachine(VirtualTime time, String name) {
		this(time, name, Duration.ZERO);
	}

	/**
	 * Create a machine whose clocks are right.
	 * @param time the time that passes
	 * @param name what its chance is called
	 * @param lateness how late its threads come at most
	 */
	public VirtualMachine(VirtualTime time, String name, Duration lateness) {
		this.time = time;
		this.name = name;
		this.chance = time.random(name + " threads");
		this.lateness = lateness.toNanos();
	}

	/**
	 * Return the time that passes.
	 * @return the time of all machines
	 */
	public VirtualTime time() {
		return this.time;
	}

	/**
	 * Set the wall clock. What is planned for a time of it stays where it is.
	 * @param ahead by how much it is ahead; less than nothing if it is behind
	 */
	public void setClock(Duration ahead) {
		this.ahead = ahead.toNanos();
	}

	/**
	 * Let both clocks be too fast from the beginning.
	 * @param millionths by how much; less than nothing if they are too slow
	 */
	public void setDrift(long millionths) {
		this.drift = millionths;
	}

	/**
	 * Stand still: nothing is done here meanwhile, and clocks go on.
	 * @param duration for how long
	 */
	public void standStill(Duration duration) {
		this.standsStillUntil = Math.max(this.standsStillUntil, this.time.nanos() + duration.toNanos());
	}

	/**
	 * Stand still, as a laptop that is closed: the monotonic clock stands still, too.
	 * @param duration for how long
	 */
	public void suspend(Duration duration) {
		standStill(duration);
		this.suspended += duration.toNanos();
	}

	/**
	 * Die. Nothing is done here any more, and nothing that waits here goes on.
	 */
	public void die() {
		this.isDead = true;
		this.standsStillUntil = 0;
		this.time.endWaits(this);
	}

	/**
	 * Determine whether something can still be done here.
	 * @return false after {@link #die()}
	 */
	public boolean isAlive() {
		return !this.isDead;
	}

	/**
	 * Go on only if this machine is alive.
	 */
	private void checkAlive() {
		if (this.isDead || this.time.isClosed()) {
			throw new Dead();
		}
	}

	long standsStillUntil() {
		return this.standsStillUntil;
	}

	/**
	 * Return how late a thread comes.
	 */
	long lateness() {
		return (this.lateness > 0) ? this.chance.nextLong(this.lateness) : 0;
	}

	/**
	 * Do something on a thread of its own, which may wait.
	 * @param action what is done
	 */
	public void execute(Runnable action) {
		plan(action, 0, true);
	}

	/**
	 * Plan something that does not wait.
	 * @param delay how long from now, on the clocks of this machine
	 * @param action what is done
	 */
	public void after(Duration delay, Runnable action) {
		plan(action, delay.toNanos(), false);
	}

	/**
	 * Plan something for a time of the clocks of this machine.
	 */
	VirtualTime.Step plan(Runnable action, long delay, boolean mayWait) {
		long here = Math.max(0, Math.min(delay, NEVER));
		long real = here - here / (MILLION + this.drift) * this.drift;
		return this.time.plan(new VirtualTime.Step(this, action, mayWait), real + lateness());
	}

	private long passed() {
		long nanos = this.time.nanos();
		return nanos + nanos / MILLION * this.drift;
	}

	@Override
	public long nanoTime() {
		return passed() - this.suspended;
	}

	@Override
	public Clock clock() {
		return new WallClock(ZoneOffset.UTC);
	}

	@Override
	public Timer timer(String name) {
		return new VirtualTimer(this);
	}

	@Override
	public Workers workers(String name) {
		return new Workers() {

			@Override
			public void execute(Runnable step) {
				VirtualMachine.this.execute(step);
			}

			@Override
			public void close() {
			}

		};
	}

	@Override
	public <T extends @Nullable Object> T await(Future<T> reply, Duration limit)
			throws InterruptedException, ExecutionException, TimeoutException {
		checkAlive();
		if (!reply.isDone()) {
			if (!(reply instanceof CompletableFuture<T> stage)) {
				throw new IllegalArgumentException("Nobody tells when it is done: " + reply);
			}
			Strand.Wait wait = new Strand.Wait(this.time, this.time.current(), this);
			stage.whenComplete((answer, failure) -> wait.end());
			await(wait, limit);
		}
		if (!reply.isDone()) {
			throw new TimeoutException();
		}
		return reply.get();
	}

	/**
	 * Do nothing for a while.
	 * @param duration how long, on the clocks of this machine
	 * @throws InterruptedException if this thread is interrupted meanwhile
	 */
	public void sleep(Duration duration) throws InterruptedException {
		checkAlive();
		await(new Strand.Wait(this.time, this.time.current(), this), duration);
	}

	private void await(Strand.Wait wait, Duration limit) throws InterruptedException {
		if (Thread.interrupted()) {
			throw new InterruptedException();
		}
		if (limit.compareTo(FOREVER) < 0) {
			wait.endAfter(limit.toNanos());
		}
		wait.await();
		checkAlive();
		if (wait.isInterrupted()) {
			throw new InterruptedException();
		}
	}

	@Override
	public void interrupt(Thread thread) {
		if (!this.time.interruptWait(thread)) {
			thread.interrupt();
		}
	}

	@Override
	public RandomGenerator random(String use) {
		return this.time.random(this.name + " " + use + " " + this.streams++);
	}

	@Override
	public String toString() {
		return this.name;
	}

	/**
	 * Thrown where something is done on a machine that is no more.
	 */
	static final class Dead extends Error {

		private static final long serialVersionUID = 1L;

		Dead() {
			super("This machine is no more", null, false, false);
		}

	}

	private final class WallClock extends Clock {

		private final ZoneId zone;

		WallClock(ZoneId zone) {
			this.zone = zone;
		}

		@Override
		public Instant instant() {
			return VirtualMachine.this.time.start().plusNanos(passed() + VirtualMachine.this.ahead);
		}

		@Override
		public ZoneId getZone() {
			return this.zone;
		}

		@Override
		public Clock withZone(ZoneId zone) {
			return new WallClock(zone);
		}

	}

}
