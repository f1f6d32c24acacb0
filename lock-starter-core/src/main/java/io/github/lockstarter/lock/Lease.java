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
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Function;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.github.lockstarter.internal.time.TimeSource;

/**
 * How long a lock can be trusted. Renews it at a third of its length, each lock on its
 * own, and ends the trust by the monotonic clock whether or not Redis answers.
 */
final class Lease {

	private static final Logger logger = LoggerFactory.getLogger(Lease.class);

	private static final long LONGEST_CHECK = TimeUnit.SECONDS.toNanos(2);

	private enum State {

		HELD, LOST, ENDED

	}

	private final String name;

	private final long length;

	private final long margin;

	private final Function<Instant, CompletableFuture<Renewal>> renewal;

	private final LeaseKeeper keeper;

	private final TimeSource time;

	private final AtomicReference<State> state = new AtomicReference<>(State.HELD);

	private volatile Moment confirmed;

	/**
	 * When this machine may have been suspended for the last time; {@code null} once
	 * Redis has confirmed the lock since. A clock that is set back hides it later.
	 */
	private final AtomicReference<@Nullable Moment> doubted = new AtomicReference<>();

	/**
	 * The end of the trust on Redis's clock, for commands that reach Redis late. It errs
	 * on the safe side: the time in an answer is older than the moment in which the
	 * answer is looked at, and what is left of the trust is counted from that moment. So
	 * this may come before the end of the trust, by the time that the answer was on its
	 * way, and never after it. Only if Redis's clock is set back in the meantime is it
	 * late, by as much; the lock itself expires later by as much, too.
	 */
	private volatile Instant giveUpAt;

	private volatile Consumer<String> onLost = (cause) -> {
	};

	private volatile Consumer<String> onRenewalFailed = (cause) -> {
	};

	/**
	 * Whoever is told of failed renewals may hang. It has one thread, not one for each.
	 */
	private CompletableFuture<?> told = CompletableFuture.completedFuture(null);

	/** Whether an error of this application was logged. */
	private volatile boolean failed;

	private volatile @Nullable Future<?> watch;

	private volatile @Nullable Future<?> nextRenewal;

	/**
	 * Create a lease.
	 * @param name of the lock, for the log
	 * @param length of the lease
	 * @param confirmed when the command that began the lease was sent
	 * @param redisTime the time on Redis's clock that was the answer to that command
	 * @param renewal sends the renewal, with the time on Redis's clock after which this
	 * lease is given up
	 * @param keeper whose threads to use
	 */
	Lease(String name, Duration length, Moment confirmed, Instant redisTime,
			Function<Instant, CompletableFuture<Renewal>> renewal, LeaseKeeper keeper) {
		this.name = name;
		this.length = length.toNanos();
		this.margin = margin(length).toNanos();
		this.confirmed = confirmed;
		this.renewal = renewal;
		this.keeper = keeper;
		this.time = keeper.time();
		this.giveUpAt = giveUpAt(redisTime);
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
	 * Return the length of a lease that is trusted for this long.
	 */
	static Duration longEnough(Duration trust) {
		long twentieth = (long) Math.ceil(trust.toMillis() * 20.0 / 19);
		return Duration.ofMillis(Math.max(trust.toMillis() + 100, twentieth));
	}

	/**
	 * Renew from now on.
	 * @param onLost is told once, on a thread of its own, if trust ends before
	 * {@link #end()}
	 */
	void keep(Consumer<String> onLost) {
		keep(onLost, this.onRenewalFailed);
	}

	/**
	 * Renew from now on.
	 * @param onLost is told once, on a thread of its own, if trust ends before
	 * {@link #end()}
	 * @param onRenewalFailed is told of each renewal that was not confirmed, on a thread
	 * of its own
	 */
	void keep(Consumer<String> onLost, Consumer<String> onRenewalFailed) {
		this.onLost = onLost;
		this.onRenewalFailed = onRenewalFailed;
		scheduleWatch();
		scheduleRenewal(nextRenewal(this.confirmed));
	}

	boolean isTrusted() {
		return this.state.get() == State.HELD && trustLeft() > 0 && (!mayHaveBeenSuspended() || confirmNow());
	}

	private Instant giveUpAt(Instant redisTime) {
		return redisTime.plusNanos(trustLeft());
	}

	private long trustLeft() {
		return this.confirmed.monotonic() + this.length - this.margin - this.time.nanoTime();
	}

	/**
	 * The monotonic clock stands still while a machine is suspended, and the lease does
	 * not. The wall clock goes on, but it may also have been set; so a jump between the
	 * two proves nothing, and only Redis can tell.
	 */
	private boolean hasJumped(Moment now) {
		Moment last = this.confirmed;
		long wall = now.wall() - last.wall();
		long jump = wall - (now.monotonic() - last.monotonic());
		// Where it was set back nobody can tell for how long the machine was suspended
		return jump < -this.margin || (jump > this.margin && wall > this.length - this.margin);
	}

	private boolean mayHaveBeenSuspended() {
		compareClocks(now());
		return this.doubted.get() != null;
	}

	private void compareClocks(Moment now) {
		if (hasJumped(now)) {
			this.doubted.set(now);
		}
	}

	private boolean confirmNow() {
		Moment sent = now();
		try {
			Renewal answer = this.time.await(send(), Duration.ofNanos(Math.min(this.length / 3, LONGEST_CHECK)));
			confirm(sent, answer);
			return answer.verdict() == Renewal.Verdict.RENEWED && this.state.get() == State.HELD;
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
		catch (ExecutionException | TimeoutException ex) {
			logger.debug("{} may have been suspended, and Redis does not say whether it still holds its lock: {}",
					this.name, NoReplyException.rootMessage(ex));
		}
		return false;
	}

	/**
	 * Both clocks are read before a command is sent: what passes until its reply is
	 * looked at may have been a night in suspension.
	 */
	private Moment now() {
		return Moment.now(this.time);
	}

	/**
	 * How long Redis keeps the lock at most if it is not renewed any more.
	 */
	Duration left() {
		return Duration.ofNanos(Math.max(0, this.confirmed.monotonic() + this.length - this.time.nanoTime()));
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

	/**
	 * Counted from when the lease was asked for, as the trust is: the answer may have
	 * taken most of it.
	 */
	private long nextRenewal(Moment sent) {
		return this.length / 3 - (this.time.nanoTime() - sent.monotonic());
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
		Moment sent = now();
		compareClocks(sent);
		this.keeper.within(send(), Duration.ofNanos(this.length / 3))
			.whenComplete((answer, ex) -> renewed(sent, answer, ex));
	}

	/**
	 * A renewal that is too late by Redis's clock is sent once more while the lock is
	 * trusted: Redis's clock has jumped, and its answer says what time it is there now.
	 */
	private CompletableFuture<Renewal> send() {
		return LeaseKeeper.send(() -> this.renewal.apply(this.giveUpAt)).thenCompose((answer) -> {
			if (answer.verdict() != Renewal.Verdict.TOO_LATE || this.state.get() != State.HELD || trustLeft() <= 0) {
				return CompletableFuture.completedFuture(answer);
			}
			this.giveUpAt = giveUpAt(answer.redisTime());
			return LeaseKeeper.send(() -> this.renewal.apply(this.giveUpAt));
		});
	}

	private void renewed(Moment sent, @Nullable Renewal answer, @Nullable Throwable ex) {
		if (this.state.get() != State.HELD) {
			return;
		}
		if (ex != null || answer == null || answer.verdict() == Renewal.Verdict.TOO_LATE) {
			String cause = (ex instanceof TimeoutException) ? "Redis did not answer within a third of the lease"
					: (ex != null) ? NoReplyException.rootMessage(ex)
							: "the renewal reached Redis too late, by its clock";
			if (ex != null && !this.failed) {
				this.failed = NoReplyException.reportInternal(logger,
						"The lease of " + this.name + " was not renewed yet", ex);
			}
			logger.debug("The lease of {} was not renewed yet: {}", this.name, cause);
			renewalFailed(cause);
			scheduleRenewal(Math.min(this.length / 10, TimeUnit.SECONDS.toNanos(1)));
		}
		else {
			confirm(sent, answer);
			scheduleRenewal(nextRenewal(sent));
		}
	}

	/**
	 * One renewal after the other fails, so one thread at a time is here.
	 */
	private void renewalFailed(String cause) {
		this.told = this.keeper.tellAfter(this.told, () -> this.onRenewalFailed.accept(cause));
	}

	private void confirm(Moment sent, Renewal answer) {
		switch (answer.verdict()) {
			case RENEWED -> {
				this.confirmed = sent;
				// What was sent before says nothing of what came then
				Moment doubt = this.doubted.get();
				if (doubt != null && sent.monotonic() >= doubt.monotonic()) {
					this.doubted.compareAndSet(doubt, null);
				}
				this.giveUpAt = giveUpAt(answer.redisTime());
			}
			case LOST -> lose("Redis says that the lock is not held any more");
			case TOO_LATE -> {
			}
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

	/**
	 * A moment on two clocks, in nanoseconds.
	 *
	 * @param monotonic on the clock of {@link System#nanoTime()}
	 * @param wall on the wall clock
	 */
	record Moment(long monotonic, long wall) {

		static Moment now(TimeSource time) {
			return new Moment(time.nanoTime(), wall(time));
		}

		/**
		 * A clock that goes on while the machine is suspended.
		 */
		static long wall(TimeSource time) {
			return TimeUnit.MILLISECONDS.toNanos(time.clock().millis());
		}

	}

}
