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

import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;

import io.github.lockstarter.RunOutcome;

/**
 * What a run holds that goes on without a lock, because Redis cannot be asked and the job
 * must not be missed.
 *
 * @param tick which tick
 * @since 0.1.0
 */
public record NoLock(Instant tick) implements RunLock {

	@Override
	public long token() {
		return 0;
	}

	@Override
	public boolean isHeld() {
		return false;
	}

	@Override
	public void keep(Consumer<String> onLost, Consumer<String> onRenewalFailed) {
		// There is nothing to lose
	}

	@Override
	public CompletableFuture<RunOutcome> finish(RunOutcome outcome, @Nullable Throwable failure) {
		return CompletableFuture.completedFuture(outcome);
	}

	@Override
	public void abandon() {
		// There is nothing to give back
	}

}
