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

import java.util.concurrent.atomic.AtomicBoolean;

import io.github.lockstarter.fixture.TestTime;

/**
 * A system that gives no new thread once it is exhausted, as at its limit of processes.
 * Timers and spare threads that were made before have theirs.
 */
public final class SmallSystem extends TestTime {

	private final AtomicBoolean exhausted = new AtomicBoolean();

	@Override
	public Timer timer(String name) {
		return new SystemTimer(this::thread);
	}

	@Override
	public Workers workers(String name) {
		return new SystemWorkers(this::thread, this::thread);
	}

	/**
	 * Give no thread from now on.
	 */
	public void exhaust() {
		this.exhausted.set(true);
	}

	/**
	 * The factory refuses and not {@link Thread#start()}: from Java 19 on a pool starts
	 * its threads in another way.
	 */
	private Thread thread(Runnable task) {
		if (this.exhausted.get()) {
			throw new OutOfMemoryError("unable to create native thread");
		}
		Thread thread = new Thread(task, "thread-of-a-small-system");
		thread.setDaemon(true);
		return thread;
	}

}
