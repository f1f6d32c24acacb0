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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.TimeoutException;

import org.jspecify.annotations.Nullable;

/**
 * A thread that does what is planned, in order of time. A step that throws ends no other.
 *
 * @since 0.1.0
 */
public interface Timer extends AutoCloseable {

	/**
	 * Plan a step. Those of one timer wait for each other, so what may block has a timer
	 * of its own.
	 * @param step the step
	 * @param delay how long from now; nothing or less for at once
	 * @return the step, which may be cancelled; {@code null} if this timer is closed
	 */
	@Nullable Future<?> schedule(Runnable step, Duration delay);

	/**
	 * Fail a reply that does not come in time.
	 * @param <T> the type of the reply
	 * @param reply the reply; the same is returned
	 * @param limit how long from now
	 * @return the reply, which may fail with a {@link TimeoutException}; it does not if
	 * this timer is closed
	 */
	default <T extends @Nullable Object> CompletableFuture<T> within(CompletableFuture<T> reply, Duration limit) {
		Future<?> end = reply.isDone() ? null
				: schedule(() -> reply.completeExceptionally(new TimeoutException()), limit);
		if (end != null) {
			reply.whenComplete((answer, ex) -> end.cancel(false));
		}
		return reply;
	}

	/**
	 * Let the thread end whenever nothing is planned. What is planned later gets one
	 * again.
	 */
	void retire();

	/**
	 * Take nothing more, and drop what is planned. A step that is being done on the
	 * thread goes on, and is interrupted.
	 */
	@Override
	void close();

}
