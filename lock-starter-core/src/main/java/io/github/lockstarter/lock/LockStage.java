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

import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;

import io.github.lockstarter.RunOutcome;
import io.github.lockstarter.SkipReason;
import io.github.lockstarter.internal.time.ServerThreads;
import io.github.lockstarter.internal.time.TimeSource;
import io.github.lockstarter.schedule.Tick;

/**
 * Locks in memory, for tests that say what happens to them: they can be refused, and they
 * can be lost. All else is as ever, so a job finds out in the way in which it would on
 * Redis. Safe for use by several threads.
 *
 * @since 0.1.0
 */
public final class LockStage {

	/** What a refusal says of who runs instead. */
	private static final String OTHER_SERVER = "another-server";

	private final Map<Long, Held> held = new ConcurrentHashMap<>();

	private final StageClock clock = new StageClock();

	private volatile @Nullable SkipReason refusal;

	private volatile @Nullable Store store;

	private volatile @Nullable Keeper keeper;

	/**
	 * Create the locks of this stage.
	 * @param settings the settings
	 * @return the locks
	 */
	public synchronized JobLocks locks(LockSettings settings) {
		Store store = new Store(settings);
		Keeper keeper = new Keeper(new ServerThreads(TimeSource.system(), settings.server()));
		this.store = store;
		this.keeper = keeper;
		return new JobLocks(store, settings, this.clock, keeper, Duration.ZERO);
	}

	/**
	 * Refuse every tick from now on.
	 * @param reason why
	 * @throws IllegalArgumentException if it is {@link SkipReason#CLOSING},
	 * {@link SkipReason#DRAINING} or {@link SkipReason#IN_TRANSACTION}, which no lock
	 * says
	 */
	public void refuse(SkipReason reason) {
		if (reason == SkipReason.CLOSING) {
			throw new IllegalArgumentException(
					"No lock refuses a job because of CLOSING. Stop the application context instead: context.stop().");
		}
		if (reason == SkipReason.DRAINING) {
			throw new IllegalArgumentException(
					"No lock refuses a job because of DRAINING. Let the server take no ticks instead: JobOperations.drain().");
		}
		if (reason == SkipReason.IN_TRANSACTION) {
			throw new IllegalArgumentException(
					"No lock refuses a job because of IN_TRANSACTION. Open a transaction around it instead.");
		}
		this.refusal = reason;
	}

	/**
	 * Refuse no more from now on. Ticks that were run stay so.
	 */
	public void grant() {
		this.refusal = null;
	}

	/**
	 * Set the clock of the locks.
	 * @param time the time at which it stands; {@code null} for the time that it is
	 */
	public void at(@Nullable Instant time) {
		this.clock.time = time;
	}

	/**
	 * Lose all locks that are held. When this returns, their runs have been told, and so
	 * have those who listen to events.
	 * @return how many
	 */
	public int lose() {
		Map<Long, Held> lost = Map.copyOf(this.held);
		Store store = this.store;
		Keeper keeper = this.keeper;
		if (store == null || keeper == null) {
			return 0;
		}
		lost.forEach((owner, lock) -> store.finish(lock.request(), owner, RunOutcome.LOCK_LOST, null, lock.started()));
		keeper.renewNow();
		return lost.size();
	}

	/**
	 * What is held.
	 *
	 * @param request what was asked for
	 * @param started what was answered
	 */
	private record Held(LockRequest request, Answer started) {

	}

	/**
	 * Locks in memory that can be refused.
	 */
	private final class Store extends InMemoryLockStore {

		Store(LockSettings settings) {
			super(settings, LockStage.this.clock);
		}

		@Override
		public CompletableFuture<Answer> look(LockRequest request) {
			return unlessRefused(request, () -> super.look(request));
		}

		@Override
		public CompletableFuture<Answer> acquire(LockRequest request, long owner, @Nullable Instant giveUpAt) {
			return unlessRefused(request, () -> super.acquire(request, owner, giveUpAt)).thenApply((answer) -> {
				if (answer.verdict() == Verdict.STARTED) {
					LockStage.this.held.put(owner, new Held(request, answer));
				}
				return answer;
			});
		}

		private CompletableFuture<Answer> unlessRefused(LockRequest request,
				Supplier<CompletableFuture<Answer>> question) {
			SkipReason reason = LockStage.this.refusal;
			if (reason == null) {
				return question.get();
			}
			if (reason == SkipReason.REDIS_UNAVAILABLE) {
				return CompletableFuture.failedFuture(new IOException("the test says so"));
			}
			if (reason == SkipReason.INTERNAL_ERROR) {
				return CompletableFuture.failedFuture(new IllegalStateException("the test says so"));
			}
			// Locked, and nobody knows for how long: so nothing is asked again
			Verdict verdict = (reason == SkipReason.LOCK_REFUSED) ? Verdict.LOCKED : Verdict.valueOf(reason.name());
			return CompletableFuture.completedFuture(answer(verdict, request.tick()));
		}

		private Answer answer(Verdict verdict, Tick tick) {
			Instant now = LockStage.this.clock.instant();
			// A run that began after the tick was due would make the tick wait for its
			// end
			Instant since = (tick instanceof Tick.Nominal nominal && nominal.at().isBefore(now)) ? nominal.at() : now;
			return new Answer(verdict, now, null, OTHER_SERVER, since.minusSeconds(1), 0, Instant.EPOCH, null, 0, null,
					OTHER_SERVER);
		}

		@Override
		public CompletableFuture<RunOutcome> finish(LockRequest request, long owner, RunOutcome outcome,
				@Nullable String failure, @Nullable Answer started) {
			LockStage.this.held.remove(owner);
			return super.finish(request, owner, outcome, failure, started);
		}

		@Override
		public CompletableFuture<?> abandon(LockRequest request, long owner) {
			LockStage.this.held.remove(owner);
			return super.abandon(request, owner);
		}

	}

	/**
	 * Renews when it is told to, too.
	 */
	private static final class Keeper extends LeaseKeeper {

		/** Listeners may hang. */
		private static final Duration PATIENCE = Duration.ofSeconds(10);

		private final Queue<Planned> planned = new ConcurrentLinkedQueue<>();

		private final Queue<CompletableFuture<Void>> telling = new ConcurrentLinkedQueue<>();

		Keeper(ServerThreads threads) {
			super(threads);
		}

		@Override
		@Nullable Future<?> renew(Runnable task, long delayNanos) {
			Future<?> future = super.renew(task, delayNanos);
			if (future != null) {
				this.planned.removeIf((planned) -> planned.future().isDone());
				this.planned.add(new Planned(task, future));
			}
			return future;
		}

		@Override
		void tell(Runnable callback) {
			CompletableFuture<Void> told = new CompletableFuture<>();
			this.telling.removeIf(Future::isDone);
			this.telling.add(told);
			super.tell(() -> {
				try {
					callback.run();
				}
				finally {
					told.complete(null);
				}
			});
		}

		void renewNow() {
			for (Planned renewal : this.planned) {
				if (!renewal.future().isDone()) {
					renewal.task().run();
				}
			}
			this.telling.forEach(this::await);
		}

		/**
		 * The thread that waits may be the one that is interrupted because of the loss.
		 */
		private void await(CompletableFuture<Void> told) {
			try {
				time().awaitUninterruptibly(told, PATIENCE);
			}
			catch (ExecutionException | TimeoutException ex) {
				throw new IllegalStateException("A listener does not return that was told of a lost lock", ex);
			}
		}

		private record Planned(Runnable task, Future<?> future) {

		}

	}

	/**
	 * The clock of the machine, until it is set.
	 */
	private static final class StageClock extends Clock {

		private final Clock machine = tick(TimeSource.system().clock(), Duration.ofMillis(1));

		private volatile @Nullable Instant time;

		@Override
		public Instant instant() {
			Instant time = this.time;
			return (time != null) ? time.truncatedTo(ChronoUnit.MILLIS) : this.machine.instant();
		}

		@Override
		public ZoneId getZone() {
			return ZoneOffset.UTC;
		}

		@Override
		public Clock withZone(ZoneId zone) {
			return this;
		}

	}

}
