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
import java.util.function.Predicate;

import org.jspecify.annotations.Nullable;

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

	private final Tick tick;

	private final int repetition;

	private final Predicate<Duration> again;

	Fire(Tick tick, int repetition, Predicate<Duration> again) {
		this.tick = tick;
		this.repetition = repetition;
		this.again = again;
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
	 * Return which tick this is.
	 * @return the tick
	 */
	public Tick tick() {
		return this.tick;
	}

	/**
	 * Return how often this tick has been fired before on this server.
	 * @return zero for the fire of the schedule itself
	 */
	public int repetition() {
		return this.repetition;
	}

	/**
	 * Fire the same tick once more, on the scheduler and not on this thread. Calling it
	 * again before that has happened changes nothing.
	 * @param delay how long to wait, on the scheduler's clock
	 * @return false if the scheduler takes no more tasks
	 */
	public boolean askAgainIn(Duration delay) {
		return this.again.test(delay);
	}

}
