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

import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Workers of which each step has a thread of its own. A step for which the system gives
 * no thread any more is done by a spare one that was made in time, one after the other.
 */
final class SystemWorkers implements Workers {

	private static final Logger logger = LoggerFactory.getLogger(SystemWorkers.class);

	private final ThreadPoolExecutor threads;

	private final ThreadPoolExecutor spare;

	SystemWorkers(ThreadFactory threads, ThreadFactory spare) {
		this.threads = new ThreadPoolExecutor(0, Integer.MAX_VALUE, 1, TimeUnit.SECONDS, new SynchronousQueue<>(),
				threads);
		this.spare = new ThreadPoolExecutor(1, 1, 1, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), spare);
		this.spare.prestartCoreThread();
	}

	@Override
	public void execute(Runnable step) {
		try {
			this.threads.execute(() -> go(step));
		}
		catch (Throwable ex) {
			// An OutOfMemoryError, most likely: "unable to create native thread"
			this.spare.execute(() -> go(step));
		}
	}

	/**
	 * A failure is logged: it would be the end of the thread, and there may be none to
	 * take its place.
	 */
	private static void go(Runnable step) {
		try {
			step.run();
		}
		catch (Throwable ex) {
			logger.error("A step failed that had to be done", ex);
		}
	}

	@Override
	public void close() {
		this.spare.allowCoreThreadTimeOut(true);
	}

}
