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

package io.github.lockstarter.lock;

import java.time.Duration;

import io.github.lockstarter.internal.time.TimeSource;

/**
 * Locks in memory that many servers share.
 */
public final class SharedMemory {

	private final InMemoryLockStore store;

	private final TimeSource time;

	/**
	 * Create locks that nobody holds.
	 * @param time the time of all servers
	 */
	public SharedMemory(TimeSource time) {
		this.time = time;
		this.store = new InMemoryLockStore(settings("nobody"), time);
	}

	private static LockSettings settings(String server) {
		return new LockSettings("shared", "test:", server, Duration.ofSeconds(2), Duration.ofDays(36_500));
	}

	/**
	 * Return the locks of a server.
	 * @param server its id
	 * @return the locks
	 */
	public JobLocks locks(String server) {
		LockSettings settings = settings(server);
		return new JobLocks(this.store.as(settings), settings, this.time);
	}

}
