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
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * One bound for several waits.
 */
final class Deadline {

	private final Duration limit;

	private final long end;

	Deadline(Duration limit) {
		this.limit = limit;
		this.end = System.nanoTime() + limit.toNanos();
	}

	Duration remaining() {
		return Duration.ofNanos(Math.max(0, this.end - System.nanoTime()));
	}

	boolean isOver() {
		return this.end - System.nanoTime() <= 0;
	}

	/**
	 * Wait for a reply.
	 * @throws NoReplyException if it failed or did not come in time
	 */
	<T> T await(CompletableFuture<T> reply) throws InterruptedException, NoReplyException {
		try {
			return reply.get(Math.max(0, this.end - System.nanoTime()), TimeUnit.NANOSECONDS);
		}
		catch (TimeoutException ex) {
			throw late();
		}
		catch (ExecutionException ex) {
			throw new NoReplyException(ex);
		}
		catch (CancellationException ex) {
			throw new NoReplyException("the command was cancelled");
		}
	}

	NoReplyException late() {
		return new NoReplyException(reason());
	}

	/**
	 * Return what is to be said where it is over, for a human.
	 */
	String reason() {
		return "no answer within " + this.limit.toMillis() + " ms";
	}

}
