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

import java.util.concurrent.Executor;

import reactor.core.scheduler.Schedulers;

/**
 * Where a subscription by hand waits for Redis before its run begins: the subscribing
 * thread may be an event loop, even the one that Redis would answer on. How many do so is
 * for the application to say, so they share Reactor's pool. What a run needs once it
 * holds its lock has threads of its own.
 */
final class BlockingThreads {

	private BlockingThreads() {
	}

	/**
	 * Tell whether this thread serves many, and must not wait.
	 */
	static boolean isNeeded() {
		return Schedulers.isInNonBlockingThread();
	}

	/**
	 * Begin on one of them, or elsewhere if there is none.
	 */
	static void begin(Runnable step, Executor otherwise) {
		try {
			Schedulers.boundedElastic().schedule(step);
		}
		catch (Throwable ex) {
			// Full, disposed, or out of threads
			otherwise.execute(step);
		}
	}

}
