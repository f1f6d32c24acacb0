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

import java.util.concurrent.RejectedExecutionException;

import reactor.core.scheduler.Schedulers;

/**
 * Where the steps of a reactive run wait for Redis. Whatever signals its end may be an
 * event loop, even the one that Redis would answer on.
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
	 * Run a step on another thread. Where there is none it runs here: a lock that nobody
	 * gives back would be worse.
	 */
	static void run(Runnable step) {
		try {
			Schedulers.boundedElastic().schedule(step);
		}
		catch (RejectedExecutionException ex) {
			step.run();
		}
	}

}
