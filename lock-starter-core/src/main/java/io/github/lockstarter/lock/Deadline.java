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

	/** How many answers a lock takes: of the question, the lock, and the start. */
	private static final int ANSWERS = 3;

	private final Duration limit;

	private final @Nullable String place;

	private final TimeSource time;

	private final long end;

	/** Whether the next wait is for an answer alone, and not for a connection too. */
	private boolean connected;

	private Duration slowest = Duration.ZERO;

	/**
	 * Create a bound that begins now.
	 * @param limit how long it is
	 * @param place what is waited for; {@code null} if that says nothing
	 * @param connected whether there is a connection
	 * @param time the time in which it passes
	 */
	Deadline(Duration limit, @Nullable String place, boolean connected, TimeSource time) {
		this.limit = limit;
		this.place = place;
		this.connected = connected;
		this.time = time;
		this.end = time.nanoTime() + limit.toNanos();
	}

	Duration remaining() {
		return Duration.ofNanos(Math.max(0, this.end - this.time.nanoTime()));
	}

	boolean isOver() {
		return this.end - this.time.nanoTime() <= 0;
	}

	/**
	 * Wait for a reply.
	 * @throws NoReplyException if it failed or did not come in time
	 */
	<T> T await(CompletableFuture<T> reply) throws InterruptedException, NoReplyException {
		long asked = this.time.nanoTime();
		try {
			T answer = this.time.await(reply, Duration.ofNanos(Math.max(0, this.end - asked)));
			answered(this.time.since(asked));
			return answer;
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

	private void answered(Duration taken) {
		if (this.connected && taken.compareTo(this.slowest) > 0) {
			this.slowest = taken;
		}
		this.connected = true;
	}

	/**
	 * Where the answers that came are so slow that all that are needed cannot come in
	 * time, no other limit of the network or of Redis is to blame.
	 */
	NoReplyException late() {
		if (this.slowest.multipliedBy(ANSWERS).compareTo(this.limit) < 0) {
			return new NoReplyException(NoReplyException.at(this.place, reason()));
		}
		return new NoReplyException(
				NoReplyException.at(this.place, "an answer takes %d ms, and a lock needs %d of them within %d ms"
					.formatted(this.slowest.toMillis(), ANSWERS, this.limit.toMillis())),
				Trouble.SLOW);
	}

	/**
	 * Return what is to be said where it is over, for a human.
	 */
	String reason() {
		return "no answer within " + this.limit.toMillis() + " ms";
	}

}
