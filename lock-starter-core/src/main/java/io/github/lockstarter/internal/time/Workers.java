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

import java.util.concurrent.Executor;

/**
 * Threads for steps that must be done, and may block: none waits for another, nor for a
 * pool that the application can fill. A failure of a step is logged.
 *
 * @since 0.1.0
 */
public interface Workers extends Executor, AutoCloseable {

	/**
	 * Do a step on another thread. Also after these workers were closed.
	 */
	@Override
	void execute(Runnable step);

	/**
	 * Let the threads end that have nothing to do.
	 */
	@Override
	void close();

}
