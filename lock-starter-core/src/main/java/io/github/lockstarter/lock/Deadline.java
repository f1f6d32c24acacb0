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
import java.util.concurrent.TimeoutException;

import org.jspecify.annotations.Nullable;

import io.github.lockstarter.internal.time.TimeSource;

/**
 * One bound for several waits.
 */
final class Deadline {

	private final Duration limit;

	private final @Nullable String place;

	private final TimeSource time;

	private final long end;

	/**
	 * Create a bound that begins now.
	 * @param limit how long it is
	 * @param place what is waited for; {@code null} if that says nothing
	 * @param time the time in which it passes
	 */
	Deadline(Duration limit, @Nullable String place, TimeSource time) {
		this.limit = limit;
		this.place = place;
		this.time = time;
		this.end = time.nanoTime() + limit.toNanos();
	}

	Duration remaining() {
		return Duration.ofNanos(Math.max(0, this.end - this.time.nanoTime()));
	}

	/**
	 * Wait for a reply.
	 * @throws NoReplyException if it failed or did not come in time
	 */
	<T> T await(CompletableFuture<T> reply) throws InterruptedException, NoReplyException {
		try {
			return this.time.await(reply, remaining());
		}
		catch (TimeoutException ex) {
			throw late();
		}
		catch (ExecutionException ex) {
			throw new NoReplyException(this.place, ex);
		}
		catch (CancellationException ex) {
			throw new NoReplyException(NoReplyException.at(this.place, "the command was cancelled"));
		}
	}

	/**
	 * Return what to say of a reply that did not come in time.
	 */
	NoReplyException late() {
		return new NoReplyException(NoReplyException.at(this.place, reason()));
	}

	/**
	 * Return what is to be said where it is over, for a human.
	 */
	String reason() {
		return "no answer within " + this.limit.toMillis() + " ms";
	}

}
