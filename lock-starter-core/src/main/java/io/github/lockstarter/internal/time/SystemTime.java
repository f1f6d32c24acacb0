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

import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGenerator;

import org.jspecify.annotations.Nullable;

/**
 * The time, threads and chance of this machine.
 */
final class SystemTime implements TimeSource {

	static final SystemTime INSTANCE = new SystemTime();

	private SystemTime() {
	}

	@Override
	public long nanoTime() {
		return System.nanoTime();
	}

	@Override
	public Clock clock() {
		return Clock.systemUTC();
	}

	@Override
	public Timer timer(String name) {
		return new SystemTimer(daemons(name));
	}

	@Override
	public Workers workers(String name) {
		return new SystemWorkers(daemons(name), daemons(name + "-spare"));
	}

	private static ThreadFactory daemons(String name) {
		return new Daemons(name + "-", Thread.currentThread().getContextClassLoader());
	}

	@Override
	public <T extends @Nullable Object> T await(Future<T> reply, Duration limit)
			throws InterruptedException, ExecutionException, TimeoutException {
		return reply.get(Math.max(0, limit.toNanos()), TimeUnit.NANOSECONDS);
	}

	@Override
	public void interrupt(Thread thread) {
		thread.interrupt();
	}

	/**
	 * Not one of a thread: two copies of one image, restored from a checkpoint, would
	 * draw the same.
	 */
	@Override
	public RandomGenerator random(String use) {
		return new SecureRandom();
	}

	/**
	 * Makes threads that inherit nothing from the thread that needs one first: they do
	 * the steps of others, too.
	 */
	private static final class Daemons implements ThreadFactory {

		private final String prefix;

		private final @Nullable ClassLoader classes;

		private final AtomicInteger made = new AtomicInteger();

		Daemons(String prefix, @Nullable ClassLoader classes) {
			this.prefix = prefix;
			this.classes = classes;
		}

		@Override
		public Thread newThread(Runnable steps) {
			Thread thread = new Thread(null, steps, this.prefix + this.made.incrementAndGet(), 0, false);
			thread.setDaemon(true);
			thread.setContextClassLoader(this.classes);
			return thread;
		}

	}

}
