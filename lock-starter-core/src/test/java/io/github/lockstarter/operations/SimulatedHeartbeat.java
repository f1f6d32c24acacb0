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

package io.github.lockstarter.operations;

import java.util.List;
import java.util.function.BooleanSupplier;

import io.github.lockstarter.JobEvent;
import io.github.lockstarter.internal.time.TimeSource;
import io.github.lockstarter.lock.Beat;
import io.github.lockstarter.lock.JobLocks;

/**
 * What a server tells the others, without an application context.
 */
public final class SimulatedHeartbeat {

	private final Diary diary;

	private final Heartbeat heartbeat;

	/**
	 * Create one that does not beat yet.
	 * @param server the id of the server
	 * @param jobs its jobs
	 * @param draining whether it takes no ticks
	 * @param locks its locks
	 * @param time its time
	 */
	public SimulatedHeartbeat(String server, List<Beat.KnownJob> jobs, BooleanSupplier draining, JobLocks locks,
			TimeSource time) {
		this.diary = new Diary(this, time);
		this.heartbeat = new Heartbeat(() -> jobs, draining, () -> locks, () -> server, OperationsSettings.defaults(),
				this.diary, time);
	}

	/**
	 * Begin to beat.
	 */
	public void start() {
		this.heartbeat.begin();
		this.heartbeat.start();
	}

	/**
	 * Something has happened on the server.
	 * @param event what
	 */
	public void told(JobEvent event) {
		this.diary.write(event);
	}

	/**
	 * The server begins to end. Its runs go on.
	 */
	public void closing() {
		this.heartbeat.closing();
		this.heartbeat.stop();
	}

	/**
	 * Beat for the last time. Waits for that, on the thread that calls.
	 */
	public void end() {
		this.heartbeat.end();
	}

}
