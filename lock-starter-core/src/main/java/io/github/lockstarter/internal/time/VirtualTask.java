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

import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Delayed;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

import org.jspecify.annotations.Nullable;

/**
 * Something that is planned on a {@link VirtualMachine}, once or again and again.
 */
class VirtualTask extends CompletableFuture<@Nullable Object> implements ScheduledFuture<@Nullable Object> {

	private final VirtualMachine machine;

	private VirtualTime.@Nullable Step next;

	VirtualTask(VirtualMachine machine) {
		this.machine = machine;
	}

	/**
	 * Plan it.
	 * @param action what is done, unless this is cancelled before
	 * @param delay how long from now, in nanoseconds of the machine
	 * @param mayWait whether it may wait
	 * @return this
	 */
	VirtualTask plan(Runnable action, long delay, boolean mayWait) {
		this.next = this.machine.plan(action, delay, mayWait);
		return this;
	}

	@Override
	public boolean cancel(boolean mayInterrupt) {
		if (this.next != null) {
			this.next.cancel();
		}
		return completeExceptionally(new Cancelled()) || isCancelled();
	}

	@Override
	public long getDelay(TimeUnit unit) {
		long at = (this.next != null) ? this.next.at() : 0;
		return unit.convert(at - this.machine.time().nanos(), TimeUnit.NANOSECONDS);
	}

	@Override
	public int compareTo(Delayed other) {
		return Long.compare(getDelay(TimeUnit.NANOSECONDS), other.getDelay(TimeUnit.NANOSECONDS));
	}

	/**
	 * Where something was cancelled says nothing, and nearly everything is.
	 */
	private static final class Cancelled extends CancellationException {

		private static final long serialVersionUID = 1L;

		@Override
		public synchronized Throwable fillInStackTrace() {
			return this;
		}

	}

}
