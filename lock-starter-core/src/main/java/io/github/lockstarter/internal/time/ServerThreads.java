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

/**
 * The threads of one server. They are few, and none of them can delay another: what looks
 * at the clock, what sends to Redis, and what may block.
 *
 * @since 0.1.0
 */
public final class ServerThreads implements AutoCloseable {

	private final TimeSource time;

	private final Timer clock;

	private final Timer sender;

	private final Workers workers;

	/**
	 * Create threads.
	 * @param time where they come from
	 * @param server the id of the server, for their names
	 */
	public ServerThreads(TimeSource time, String server) {
		this.time = time;
		this.clock = time.timer("job-clock-" + server);
		this.sender = time.timer("job-sender-" + server);
		this.workers = time.workers("job-worker-" + server);
	}

	/**
	 * Return where the threads come from.
	 * @return the time of the server
	 */
	public TimeSource time() {
		return this.time;
	}

	/**
	 * Return what looks at the clock.
	 * @return a timer whose steps neither block nor send anything
	 */
	public Timer clock() {
		return this.clock;
	}

	/**
	 * Return what sends to Redis.
	 * @return a timer whose steps wait for no answer
	 */
	public Timer sender() {
		return this.sender;
	}

	/**
	 * Return what may block, such as the code of an application.
	 * @return workers whose steps do not wait for each other
	 */
	public Workers workers() {
		return this.workers;
	}

	/**
	 * Send nothing more. A run that still has a lock is told when its trust ends; the
	 * threads end after that.
	 */
	@Override
	public void close() {
		this.sender.close();
		this.clock.retire();
		this.workers.close();
	}

}
