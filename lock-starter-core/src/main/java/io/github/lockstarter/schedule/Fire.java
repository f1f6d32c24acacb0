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

package io.github.lockstarter.schedule;

import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import org.jspecify.annotations.Nullable;

import io.github.lockstarter.internal.time.TimeSource;

/**
 * One firing of a scheduled task, carried by the thread that fires it.
 *
 * <p>
 * {@link #take()} and {@link #putBack()} belong to the thread of the fire; the rest may
 * be called from any thread.
 *
 * @since 0.1.0
 */
public final class Fire {

	private static final ThreadLocal<@Nullable Fire> CURRENT = new ThreadLocal<>();

	private final TickTask task;

	private final TimeSource time;

	private final Tick tick;

	private final int repetition;

	private final long firstFired;

	private final Waiting waiting;

	/** The names of the jobs that have asked for this tick within this fire. */
	private final Set<String> jobs = ConcurrentHashMap.newKeySet();

	private final Map<Object, Fire> parts = new ConcurrentHashMap<>();

	private int lockWaits;

	private volatile @Nullable Long unavailableSince;

	private volatile boolean held;

	private volatile boolean reached;

	private volatile boolean watching;

	private volatile boolean catchUp;

	/**
	 * Create a fire.
	 * @param task what is fired
	 * @param tick which tick it is fired for
	 * @param repetition how often this tick has been fired before
	 * @param firstFired when it was fired first, on the clock of
	 * {@link TimeSource#nanoTime()}
	 * @param waiting the repetition that waits
	 */
	Fire(TickTask task, Tick tick, int repetition, long firstFired, Waiting waiting) {
		this.task = task;
		this.time = task.time();
		this.tick = tick;
		this.repetition = repetition;
		this.firstFired = firstFired;
		this.waiting = waiting;
	}

	/**
	 * Take the fire off this thread. Whatever is called from now on is not part of it,
	 * until {@link #putBack()}.
	 * @return the fire, or {@code null} if no scheduled task is running on this thread or
	 * its fire is taken
	 */
	public static @Nullable Fire take() {
		Fire fire = CURRENT.get();
		CURRENT.remove();
		return fire;
	}

	/**
	 * Put the fire back on this thread, so that a second attempt within the same fire
	 * finds the same tick.
	 */
	public void putBack() {
		CURRENT.set(this);
	}

	/**
	 * Run the scheduled task under this fire.
	 * @param task the task
	 */
	void run(Runnable task) {
		Fire outer = CURRENT.get();
		CURRENT.set(this);
		try {
			task.run();
		}
		finally {
			if (outer != null) {
				CURRENT.set(outer);
			}
			else {
				CURRENT.remove();
			}
		}
	}

	/**
	 * Note that a job asks for this tick. Each job of a task has a tick once.
	 * @param job the name of the job
	 * @return false if it has asked within this fire before
	 */
	public boolean firstOf(String job) {
		return this.jobs.add(job);
	}

	/**
	 * A job has asked for this tick, and was told nothing.
	 * @param job the name of the job
	 */
	public void forget(String job) {
		this.jobs.remove(job);
	}

	/**
	 * Return the part of this fire that is for one job of a task of code. It goes on by
	 * itself: where the tick is asked for again, the job is called, and not the task.
	 * @param job what tells the job from others
	 * @param call calls the job
	 * @return the same part each time
	 */
	public Fire part(Object job, TaskTarget.OfOneJob call) {
		return this.parts.computeIfAbsent(job, (key) -> {
			TickTask part = this.task.part(call);
			return new Fire(part, this.tick, this.repetition, this.firstFired, this.task.waiting(key));
		});
	}

	/**
	 * Return which tick this is.
	 * @return the tick
	 */
	public Tick tick() {
		return this.tick;
	}

	/**
	 * Return what the fired task calls. The tick is that of this call, and of no other
	 * that is made within it.
	 * @return what is known of it
	 */
	public TaskTarget target() {
		return this.task.target();
	}

	/**
	 * The fire has come to the advice of the job that it was fired for, whatever becomes
	 * of it there.
	 */
	public void reached() {
		this.reached = true;
	}

	/**
	 * Return whether the fire has come to the advice of its job.
	 * @return true after {@link #reached()}
	 */
	boolean isReached() {
		return this.reached;
	}

	/**
	 * Return how often this tick has been fired before on this server.
	 * @return zero for the fire of the schedule itself
	 */
	public int repetition() {
		return this.repetition;
	}

	/**
	 * Tell that the locks cannot be asked for this tick.
	 * @return for how long that has been so, counted over all repetitions
	 */
	public Duration unavailable() {
		Long since = this.unavailableSince;
		if (since == null) {
			since = this.time.nanoTime();
			this.unavailableSince = since;
		}
		return this.time.since(since);
	}

	/**
	 * Tell that the locks could be asked for this tick.
	 */
	public void answered() {
		this.unavailableSince = null;
	}

	/**
	 * Return how long ago this tick was fired first on this server, or this repetition of
	 * an interval.
	 * @return the time since then
	 */
	Duration age() {
		return this.time.since(this.firstFired);
	}

	/**
	 * Tell whether the next tick of the same schedule has come, so that this one need not
	 * be asked for any more.
	 * @return true if the trigger has named a later time and that time has come, or the
	 * interval is over
	 */
	public boolean isOvertaken() {
		return this.task.isOvertaken(this);
	}

	/**
	 * Tell whether this server got the tick. From then on it lets other servers go first
	 * at the next tick, for less than 50 ms: longer if it got this one.
	 * @param won whether this server got the tick
	 */
	public void settled(boolean won) {
		this.task.settled(won);
	}

	/**
	 * Count one more wait for a lock whose holder has not decided the tick.
	 * @return how often that has happened for this tick before
	 */
	public int countLockWait() {
		return this.lockWaits++;
	}

	/**
	 * Another server runs this tick. It is fired again only to see whether that run has
	 * ended, or crashed.
	 */
	public void watch() {
		this.watching = true;
	}

	/**
	 * Tell whether another server was seen to run this tick.
	 * @return true after {@link #watch()}, also for later fires of the same tick
	 */
	public boolean isWatching() {
		return this.watching;
	}

	/**
	 * This tick came some time ago, when nobody seems to have been there.
	 */
	public void catchUp() {
		this.catchUp = true;
	}

	/**
	 * Tell whether nobody seems to have been there when this tick came.
	 * @return true after {@link #catchUp()}, also for later fires of the same tick
	 */
	public boolean isCatchUp() {
		return this.catchUp;
	}

	/**
	 * Fire the same tick once more, on the scheduler and not on this thread. Where a
	 * repetition waits already that is no later, nothing changes.
	 * @param delay how long to wait, on the scheduler's clock
	 * @return false if the scheduler does not take it, so that this tick is not fired
	 * again
	 */
	public boolean askAgainIn(Duration delay) {
		Duration wait = Tick.limit(delay);
		long now = this.time.nanoTime();
		long time = now + wait.toNanos();
		if (!this.waiting.plan(now, time)) {
			return true;
		}
		boolean scheduled = false;
		try {
			scheduled = this.task.schedule(this, wait, time);
		}
		finally {
			// What is not on its way must not stand in the way of the next attempt
			if (!scheduled) {
				this.waiting.drop(time);
			}
		}
		return scheduled;
	}

	/**
	 * Fire the same tick on the scheduler now, because it was held when it came. That is
	 * no repetition.
	 */
	void release() {
		this.held = true;
		askAgainIn(Duration.ZERO);
	}

	/**
	 * Return the fire that follows this one, for the same tick.
	 * @param planned when it was planned for
	 */
	Fire again(long planned) {
		this.waiting.drop(planned);
		// What a repetition of an interval asks for is not what the fire before it asked
		// for
		long firstFired = (this.tick instanceof Tick.Interval) ? this.time.nanoTime() : this.firstFired;
		Fire again = new Fire(this.task, this.tick, this.repetition + (this.held ? 0 : 1), firstFired, this.waiting);
		again.lockWaits = this.lockWaits;
		again.unavailableSince = this.unavailableSince;
		again.watching = this.watching;
		again.catchUp = this.catchUp;
		return again;
	}

	/**
	 * The nearest repetition that waits.
	 */
	static final class Waiting {

		/** Repetitions that are nearer to each other than this are one. */
		private static final long SAME = 20_000_000;

		/**
		 * One that is later than this will not come: a scheduler that hands its tasks to
		 * new threads may have found none for it, and says so to nobody.
		 */
		private static final long OVERDUE = 30_000_000_000L;

		private @Nullable Long time;

		/**
		 * Plan a repetition.
		 * @return false if there is one that is no later
		 */
		private synchronized boolean plan(long now, long time) {
			if (this.time != null && this.time - time <= SAME && now - this.time < OVERDUE) {
				return false;
			}
			this.time = time;
			return true;
		}

		/**
		 * The repetition is there, or will never be.
		 */
		private synchronized void drop(long time) {
			if (this.time != null && this.time == time) {
				this.time = null;
			}
		}

	}

}
