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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How long a lock can be trusted. Renews it at a third of its length, each lock on its
 * own, and ends the trust by the monotonic clock whether or not Redis answers.
 */
final class Lease {

	private static final Logger logger = LoggerFactory.getLogger(Lease.class);

	private enum State {

		HELD, LOST, ENDED

	}

	private final String name;

	private final long length;

	private final long margin;

	private final Supplier<CompletableFuture<Boolean>> renewal;

	private final LeaseKeeper keeper;

	private final AtomicReference<State> state = new AtomicReference<>(State.HELD);

	/** On the clock of {@link System#nanoTime()}. */
	private volatile long confirmed;

	private volatile Consumer<String> onLost = (cause) -> {
	};

	private volatile @Nullable Future<?> watch;

	private volatile @Nullable Future<?> nextRenewal;

	/**
	 * Create a lease.
	 * @param name of the lock, for the log
	 * @param length of the lease
	 * @param confirmed when the command that began the lease was sent
	 * @param renewal sends the renewal
	 * @param keeper whose threads to use
	 */
	Lease(String name, Duration length, long confirmed, Supplier<CompletableFuture<Boolean>> renewal,
			LeaseKeeper keeper) {
		this.name = name;
		this.length = length.toNanos();
		this.margin = margin(length).toNanos();
		this.confirmed = confirmed;
		this.renewal = renewal;
		this.keeper = keeper;
	}

	/**
	 * How long before Redis lets go of a lock its holder has to know: a twentieth of the
	 * lease, at least 100 ms.
	 */
	static Duration margin(Duration length) {
		Duration twentieth = length.dividedBy(20);
		return (twentieth.toMillis() >= 100) ? twentieth : Duration.ofMillis(100);
	}

	/**
	 * Renew from now on.
	 * @param onLost is told once, on a thread of its own, if trust ends before
	 * {@link #end()}
	 */
	void keep(Consumer<String> onLost) {
		this.onLost = onLost;
		scheduleWatch();
		scheduleRenewal(this.length / 3);
	}

	boolean isTrusted() {
		return this.state.get() == State.HELD && trustLeft() > 0;
	}

	private long trustLeft() {
		return this.confirmed + this.length - this.margin - System.nanoTime();
	}

	/**
	 * How long Redis keeps the lock at most if it is not renewed any more.
	 */
	Duration left() {
		return Duration.ofNanos(Math.max(0, this.confirmed + this.length - System.nanoTime()));
	}

	/**
	 * Renew no more.
	 * @return false if trust had ended before
	 */
	boolean end() {
		boolean inTime = trustLeft() > 0;
		if (!inTime) {
			lose("the lease was over before the run ended");
		}
		boolean ended = this.state.compareAndSet(State.HELD, State.ENDED);
		cancel(this.watch);
		cancel(this.nextRenewal);
		return ended;
	}

	private void scheduleWatch() {
		this.watch = this.keeper.watch(this::look, trustLeft());
	}

	private void look() {
		if (this.state.get() != State.HELD) {
			return;
		}
		if (trustLeft() > 0) {
			scheduleWatch();
		}
		else {
			lose("Redis did not confirm the lease in time");
		}
	}

	private void scheduleRenewal(long delay) {
		Future<?> next = this.keeper.renew(this::renew, delay);
		this.nextRenewal = next;
		if (this.state.get() != State.HELD) {
			cancel(next);
		}
	}

	private void renew() {
		if (this.state.get() != State.HELD) {
			return;
		}
		long sent = System.nanoTime();
		LeaseKeeper.send(this.renewal)
			.orTimeout(this.length / 3, TimeUnit.NANOSECONDS)
			.whenComplete((held, ex) -> renewed(sent, held, ex));
	}

	private void renewed(long sent, @Nullable Boolean held, @Nullable Throwable ex) {
		if (this.state.get() != State.HELD) {
			return;
		}
		if (ex != null || held == null) {
			logger.debug("The lease of {} was not renewed yet: {}", this.name,
					(ex != null) ? NoReplyException.rootMessage(ex) : "no answer");
			scheduleRenewal(Math.min(this.length / 10, TimeUnit.SECONDS.toNanos(1)));
		}
		else if (!held) {
			lose("Redis says that the lock is not held any more");
		}
		else {
			this.confirmed = sent;
			scheduleRenewal(this.length / 3 - (System.nanoTime() - sent));
		}
	}

	private void lose(String cause) {
		if (this.state.compareAndSet(State.HELD, State.LOST)) {
			cancel(this.watch);
			cancel(this.nextRenewal);
			this.keeper.tell(() -> this.onLost.accept(cause));
		}
	}

	private static void cancel(@Nullable Future<?> task) {
		if (task != null) {
			task.cancel(false);
		}
	}

}
