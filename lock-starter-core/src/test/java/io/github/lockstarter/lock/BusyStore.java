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

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.concurrent.CompletableFuture;

import org.jspecify.annotations.Nullable;

import io.github.lockstarter.internal.time.TimeSource;

/**
 * Locks that always have a holder whose lease is over this very moment.
 */
public final class BusyStore extends InMemoryLockStore {

	private final Clock clock = Clock.tickMillis(ZoneOffset.UTC);

	private BusyStore(LockSettings settings) {
		super(settings, TimeSource.system());
	}

	/**
	 * Return such locks.
	 * @return the locks
	 */
	public static JobLocks locks() {
		LockSettings settings = new LockSettings("busy", "test:", "one", Duration.ofSeconds(2), Duration.ofMinutes(1));
		return new JobLocks(new BusyStore(settings), settings, TimeSource.system());
	}

	@Override
	public CompletableFuture<Answer> acquire(LockRequest request, long owner, @Nullable Instant giveUpAt) {
		Instant now = this.clock.instant();
		return CompletableFuture.completedFuture(
				new Answer(Verdict.STILL_RUNNING, now, now, "other", now, 0, Instant.EPOCH, null, 0, null, "other"));
	}

}
