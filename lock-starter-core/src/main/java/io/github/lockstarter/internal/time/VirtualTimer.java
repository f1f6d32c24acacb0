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

import java.time.Duration;
import java.util.concurrent.Future;

import org.jspecify.annotations.Nullable;

/**
 * A timer of a {@link VirtualMachine}. Its steps do not wait, so they need no thread.
 */
final class VirtualTimer implements Timer {

	private final VirtualMachine machine;

	private boolean closed;

	VirtualTimer(VirtualMachine machine) {
		this.machine = machine;
	}

	@Override
	public @Nullable Future<?> schedule(Runnable step, Duration delay) {
		return this.closed ? null : new VirtualTask(this.machine).plan(() -> {
			if (!this.closed) {
				step.run();
			}
		}, delay.toNanos(), false);
	}

	@Override
	public void retire() {
		// There is no thread to end
	}

	@Override
	public void close() {
		this.closed = true;
	}

}
