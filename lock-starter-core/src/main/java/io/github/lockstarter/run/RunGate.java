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

import org.jspecify.annotations.Nullable;

/**
 * Counts the runs of this server, and lets no new one in while it is closed.
 */
final class RunGate {

	private int inside;

	private boolean closed;

	private boolean draining;

	private @Nullable Runnable whenEmpty;

	/**
	 * Let a run in.
	 * @return false if the gate is closed
	 */
	synchronized boolean enter() {
		if (this.closed) {
			return false;
		}
		this.inside++;
		return true;
	}

	void leave() {
		Runnable callback = null;
		synchronized (this) {
			if (--this.inside == 0) {
				callback = this.whenEmpty;
				this.whenEmpty = null;
			}
		}
		if (callback != null) {
			callback.run();
		}
	}

	/**
	 * Let in no ticks any more, or let them in again.
	 * @return false if that was so before
	 */
	synchronized boolean drain(boolean draining) {
		boolean changed = this.draining != draining;
		this.draining = draining;
		return changed;
	}

	/**
	 * Tell whether only calls by hand are let in.
	 */
	synchronized boolean isDraining() {
		return this.draining;
	}

	synchronized boolean isClosed() {
		return this.closed;
	}

	synchronized void open() {
		this.closed = false;
		this.whenEmpty = null;
	}

	synchronized void close() {
		this.closed = true;
	}

	/**
	 * Close the gate and call back, perhaps at once, when the last run has left.
	 */
	void close(Runnable whenEmpty) {
		synchronized (this) {
			this.closed = true;
			if (this.inside > 0) {
				this.whenEmpty = whenEmpty;
				return;
			}
		}
		whenEmpty.run();
	}

}
