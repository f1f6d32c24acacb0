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
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeoutException;
import java.util.random.RandomGenerator;

import org.jspecify.annotations.Nullable;

/**
 * Everything that time, threads and chance are to this library. No other class reads a
 * clock, waits, makes a thread or draws a number, so time that is not real can take the
 * place of this. Safe for use by several threads.
 *
 * @since 0.1.0
 */
public interface TimeSource {

	/** Longer than anything takes, and short enough to count in nanoseconds. */
	Duration FOREVER = Duration.ofDays(365);

	/**
	 * Return the time, threads and chance of this machine.
	 * @return a source without a state of its own
	 */
	static TimeSource system() {
		return SystemTime.INSTANCE;
	}

	/**
	 * Return the time that passes evenly, whatever the clocks are set to.
	 * @return nanoseconds, of which only differences have a meaning
	 * @see System#nanoTime()
	 */
	long nanoTime();

	/**
	 * Return the wall clock, which may be set.
	 * @return the clock
	 */
	Clock clock();

	/**
	 * Create a thread that does what is planned, in order of time.
	 * @param name what the name of the thread begins with
	 * @return a timer whose thread exists already
	 */
	Timer timer(String name);

	/**
	 * Create threads for steps that may block.
	 * @param name what the names of the threads begin with
	 * @return workers whose steps do not wait for each other
	 */
	Workers workers(String name);

	/**
	 * Wait on this thread.
	 * @param <T> the type of the answer
	 * @param reply what is waited for
	 * @param limit for how long at most; nothing or less if it is only looked at
	 * @return the answer
	 * @throws InterruptedException if this thread is interrupted
	 * @throws ExecutionException if the reply has failed
	 * @throws TimeoutException if there is none in time
	 */
	<T extends @Nullable Object> T await(Future<T> reply, Duration limit)
			throws InterruptedException, ExecutionException, TimeoutException;

	/**
	 * Interrupt a thread.
	 * @param thread the thread
	 */
	void interrupt(Thread thread);

	/**
	 * Return a stream of random numbers that nobody can foresee, and that two copies of
	 * one process, such as those of a snapshot, do not share.
	 * @param use what they are drawn for
	 * @return numbers that are independent of those for another use
	 */
	RandomGenerator random(String use);

	/**
	 * Return what time it is on the wall clock.
	 * @return the time
	 */
	default Instant now() {
		return clock().instant();
	}

	/**
	 * Return how long ago something was.
	 * @param nanoTime when it was, by {@link #nanoTime()}
	 * @return the time since then
	 */
	default Duration since(long nanoTime) {
		return Duration.ofNanos(nanoTime() - nanoTime);
	}

	/**
	 * Wait on this thread, also if it is interrupted meanwhile: that is known afterwards.
	 * @param <T> the type of the answer
	 * @param reply what is waited for
	 * @param limit for how long at most
	 * @return the answer
	 * @throws ExecutionException if the reply has failed
	 * @throws TimeoutException if there is none in time
	 */
	default <T extends @Nullable Object> T awaitUninterruptibly(Future<T> reply, Duration limit)
			throws ExecutionException, TimeoutException {
		long begun = nanoTime();
		boolean interrupted = false;
		try {
			while (true) {
				try {
					return await(reply, limit.minus(since(begun)));
				}
				catch (InterruptedException ex) {
					interrupted = true;
				}
			}
		}
		finally {
			if (interrupted) {
				interrupt(Thread.currentThread());
			}
		}
	}

}
