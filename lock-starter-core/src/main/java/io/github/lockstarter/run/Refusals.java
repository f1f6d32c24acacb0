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

import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.github.lockstarter.JobSkipped;
import io.github.lockstarter.LockUnavailableException;
import io.github.lockstarter.RedisUnavailablePolicy;
import io.github.lockstarter.SkipReason;
import io.github.lockstarter.internal.time.TimeSource;
import io.github.lockstarter.lock.Claim;
import io.github.lockstarter.lock.Durations;
import io.github.lockstarter.lock.JobLocks;
import io.github.lockstarter.lock.LockRequest;
import io.github.lockstarter.schedule.Fire;
import io.github.lockstarter.schedule.Tick;

/**
 * What becomes of a tick that this server did not get: it is asked for again, or it is
 * skipped, with its reason. A tick is skipped once, when nothing more is tried for it.
 */
final class Refusals {

	private static final Logger logger = LoggerFactory.getLogger(Refusals.class);

	private static final Beginning POSTPONED = new Beginning.Postponed();

	/**
	 * No answer of Redis makes a task ask again sooner: one that is true again and again
	 * would be asked for without a pause.
	 */
	private static final Duration SHORTEST_PAUSE = Duration.ofMillis(20);

	private static final Duration AT_ONCE = Duration.ofMillis(100);

	private static final Duration A_LITTLE = Duration.ofSeconds(2);

	private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);

	private final String server;

	private final Duration retryWithin;

	private final boolean spread;

	private final RunEvents events;

	private final SkipLog skipLog;

	private final RunGate gate;

	/** Told when a tick of the schedule is not run because Redis cannot be asked. */
	private final Consumer<Job> givenUp;

	private final RandomGenerator random;

	/** Nominal ticks that are fired again, and so are neither run nor skipped yet. */
	private final Set<WaitingTick> waiting = Collections.synchronizedSet(new LinkedHashSet<>());

	/** What waits for Redis. Several fires of one interval may do so. */
	private final Set<Retry> retries = Collections.synchronizedSet(new LinkedHashSet<>());

	Refusals(String server, RunSettings settings, RunEvents events, SkipLog skipLog, RunGate gate,
			Consumer<Job> givenUp, TimeSource time) {
		this.server = server;
		this.retryWithin = settings.retryWithin();
		this.spread = settings.spread();
		this.events = events;
		this.skipLog = skipLog;
		this.gate = gate;
		this.givenUp = givenUp;
		this.random = time.random("head-start");
	}

	/**
	 * The tick is not due yet by Redis's clock.
	 */
	Beginning early(Job job, @Nullable Fire fire, Claim.Early early) {
		return again(job, fire, early.delay());
	}

	/**
	 * The server is shutting down.
	 */
	Beginning closing(Job job, @Nullable Fire fire) {
		return skip(job, fire, closing(null));
	}

	/**
	 * The server takes no ticks.
	 */
	Beginning draining(Job job, Fire fire) {
		return skip(job, fire, stopped(SkipReason.DRAINING));
	}

	/**
	 * A transaction is open in which the job would run.
	 */
	Beginning inTransaction(Job job, @Nullable Fire fire) {
		return skip(job, fire, stopped(SkipReason.IN_TRANSACTION));
	}

	private static Claim.Refused closing(@Nullable String detail) {
		return new Claim.Refused(SkipReason.CLOSING, null, null, null, detail);
	}

	private static Claim.Refused stopped(SkipReason reason) {
		return new Claim.Refused(reason, null, null, null, null);
	}

	/**
	 * Tell whether what waits would not be taken any more.
	 */
	private boolean takesNoTicks() {
		return this.gate.isClosed() || this.gate.isDraining();
	}

	/**
	 * Somebody else has the tick, or Redis cannot be asked.
	 * @throws LockUnavailableException if the policy of the job says so
	 */
	Beginning refused(Job job, @Nullable Fire fire, Claim.Refused refused, LockRequest request, JobLocks locks) {
		if (fire != null && refused.reason() == SkipReason.ALREADY_RAN && refused.askAgainIn() != null) {
			// It runs elsewhere now: look again when the lease of that run would be over
			fire.watch();
			return again(job, fire, refused.askAgainIn());
		}
		if (fire != null && fire.isWatching()) {
			return watched(job, fire, refused, request, locks);
		}
		if (refused.reason() == SkipReason.REDIS_UNAVAILABLE) {
			return unavailable(job, fire, refused, request, locks);
		}
		if (fire != null && fire.tick() instanceof Tick.Nominal tick) {
			Duration wait = isDecided(tick, refused) ? null : waitForLock(fire, refused);
			return (wait != null) ? again(job, fire, wait) : skip(job, fire, refused);
		}
		if (fire != null && fire.tick() instanceof Tick.Interval tick && refused.askAgainIn() != null
				&& !job.ofCode()) {
			// The due time is shared; this server's own next fire may be a whole interval
			// away
			fireAgain(fire, switch (refused.reason()) {
				case LOCK_REFUSED -> shorter(refused.askAgainIn(), A_LITTLE);
				case NOT_DUE -> refused.askAgainIn().minus(headStart(tick));
				default -> refused.askAgainIn();
			});
		}
		return skip(job, fire, refused);
	}

	/**
	 * Another server was seen to run this tick, and now it is over, or nobody can tell.
	 * What the policy says of a tick that nobody has started is not meant here.
	 */
	private Beginning watched(Job job, Fire fire, Claim.Refused refused, LockRequest request, JobLocks locks) {
		return switch (refused.reason()) {
			case REDIS_UNAVAILABLE -> {
				this.skipLog.unavailable(job.name(), refused.detail(), refused.trouble());
				yield retry(job, fire, refused, request, locks, this.retryWithin, () -> false);
			}
			// That run has ended, or it would have been closed as crashed
			case SUPERSEDED -> skip(job, fire, new Claim.Refused(SkipReason.ALREADY_RAN, refused.holder(),
					refused.since(), null, "a newer tick has started since")
				.after(refused.acquireTime()));
			// It was given back, and somebody else is in the way or about to start it
			case LOCK_REFUSED,
					STILL_RUNNING ->
				(refused.askAgainIn() != null)
						? again(job, fire, shorter(refused.askAgainIn(), LONGEST_PAUSE).plus(AT_ONCE))
						: skip(job, fire, refused);
			default -> skip(job, fire, refused);
		};
	}

	/**
	 * Whoever ran last fires again a little before the interval is over: its own timer
	 * began a moment before its run was granted. The others come before that, as far as
	 * the tolerance allows, or they would never get a turn; and chance decides among
	 * them.
	 */
	private Duration headStart(Tick.Interval tick) {
		if (!this.spread) {
			return Duration.ZERO;
		}
		int percent = this.random.nextInt(60, 96);
		return shorter(tick.tolerance(), AT_ONCE).multipliedBy(percent).dividedBy(100);
	}

	/**
	 * Determine whether nobody will run this tick any more, or somebody has.
	 * <p>
	 * It is open while the lock is in the way of another job of its group, or of a holder
	 * that is none of ours: that has nothing to do with this tick. And it is open while a
	 * run is in the way that began when this tick was due already: one by hand, or the
	 * late one of an older tick, on a server whose clock is behind. A run that began
	 * before is the job that is slower than its schedule.
	 */
	private static boolean isDecided(Tick.Nominal tick, Claim.Refused refused) {
		return switch (refused.reason()) {
			case LOCK_REFUSED -> false;
			case STILL_RUNNING -> refused.since() == null || refused.since().isBefore(tick.at().minus(AT_ONCE));
			default -> true;
		};
	}

	/**
	 * A tick that is open is asked for again, with longer and longer pauses, and when the
	 * lock is free at the latest, until the next tick has come.
	 * @return how long to wait, or {@code null} if it is given up
	 */
	private static @Nullable Duration waitForLock(Fire fire, Claim.Refused refused) {
		Duration free = refused.askAgainIn();
		if (free == null || fire.isOvertaken()) {
			return null;
		}
		Duration pause = shorter(AT_ONCE.multipliedBy(1L << Math.min(fire.countLockWait(), 10)), LONGEST_PAUSE);
		return (free.compareTo(AT_ONCE) > 0) ? shorter(free, pause) : AT_ONCE;
	}

	private static Duration shorter(Duration one, Duration other) {
		return (one.compareTo(other) < 0) ? one : other;
	}

	private Beginning again(Job job, @Nullable Fire fire, Duration delay) {
		this.skipLog.redisAnswered(job.name());
		this.skipLog.clockFine();
		if (fire == null) {
			return skip(job, (Instant) null, closing("there is no scheduler to ask again"));
		}
		return askAgain(job, fire, delay, closing("the scheduler did not take it to be asked for again"));
	}

	/**
	 * Fire the same tick again.
	 * @param otherwise why it is skipped if the scheduler does not take it
	 */
	private Beginning askAgain(Job job, Fire fire, Duration delay, Claim.Refused otherwise) {
		WaitingTick waiting = WaitingTick.of(job, fire);
		if (waiting != null) {
			this.waiting.add(waiting);
		}
		if ((takesNoTicks() || !fireAgain(fire, delay)) && (waiting == null || this.waiting.remove(waiting))) {
			return skip(job, fire, this.gate.isClosed() ? closing("the scheduler has stopped")
					: this.gate.isDraining() ? stopped(SkipReason.DRAINING) : otherwise);
		}
		if (logger.isDebugEnabled()) {
			logger.debug("{} is asked for again in {}", job.name(), Durations.rounded(delay));
		}
		return POSTPONED;
	}

	private static boolean fireAgain(Fire fire, Duration delay) {
		return fire.askAgainIn((delay.compareTo(SHORTEST_PAUSE) > 0) ? delay : SHORTEST_PAUSE);
	}

	/**
	 * Tell whether a tick that is here again is still to be decided. It is not if it was
	 * skipped when this server was paused; nor for a job that was decided at once, in a
	 * task that another job made wait.
	 */
	boolean isOpen(Job job, @Nullable Fire fire) {
		WaitingTick waiting = (fire != null && fire.repetition() > 0) ? WaitingTick.of(job, fire) : null;
		return waiting == null || this.waiting.remove(waiting);
	}

	/**
	 * This server has begun a run of this tick before. Whether that has returned nobody
	 * can tell, so it is for other servers to run the tick again.
	 */
	Beginning own(Job job, Instant tick) {
		return skip(job, tick,
				new Claim.Refused(SkipReason.ALREADY_RAN, this.server, null, null, "this server has run it itself"));
	}

	/**
	 * The tick was decided at an earlier fire, and that was said then.
	 */
	Beginning decided(Job job) {
		return new Beginning.Skipped(new JobSkipped(job.name(), this.server, null, SkipReason.ALREADY_RAN, null, null,
				"this tick was decided before", null));
	}

	/**
	 * No more runs begin. What waits will not be fired again, and that is a reason too.
	 */
	void closing() {
		giveUp(SkipReason.CLOSING);
	}

	/**
	 * No more ticks are taken. What waits is for other servers.
	 */
	void draining() {
		giveUp(SkipReason.DRAINING);
	}

	private void giveUp(SkipReason reason) {
		for (WaitingTick tick : List.copyOf(this.waiting)) {
			if (this.waiting.remove(tick)) {
				skip(tick.job(), tick.tick().at(), stopped(reason));
			}
		}
		for (Retry retry : List.copyOf(this.retries)) {
			if (this.retries.remove(retry)) {
				skip(retry.job, retry.fire, stopped(reason));
			}
		}
	}

	private Beginning unavailable(Job job, @Nullable Fire fire, Claim.Refused refused, LockRequest request,
			JobLocks locks) {
		// Said now: by the time a tick is given up, Redis may have answered others
		this.skipLog.unavailable(job.name(), refused.detail(), refused.trouble());
		if (fire != null && fire.isCatchUp() && job.missed() != null) {
			// What the policy says of a tick that has just come is not meant here
			return retry(job, fire, refused, request, locks, job.missed().within(), () -> false);
		}
		if (job.onRedisUnavailable() == RedisUnavailablePolicy.FAIL) {
			skip(job, fire, refused);
			throw new LockUnavailableException("Job '%s' was not run, because Redis could not be asked for its lock: %s"
				.formatted(job.name(), refused.detail()));
		}
		if (job.onRedisUnavailable() == RedisUnavailablePolicy.RETRY && fire != null) {
			return retry(job, fire, refused, request, locks, this.retryWithin, fire::isOvertaken);
		}
		return skip(job, fire, refused);
	}

	/**
	 * Asking twice is harmless, so the tick is not given up because of a short outage. No
	 * thread waits for it: once Redis has answered, the same tick is fired again. Redis
	 * may answer and still refuse the lock, as a replica does, so that comes with pauses.
	 */
	private Beginning retry(Job job, Fire fire, Claim.Refused refused, LockRequest request, JobLocks locks,
			Duration limit, BooleanSupplier isOver) {
		Duration left = limit.minus(fire.unavailable());
		if (left.isNegative() || isOver.getAsBoolean()) {
			return skip(job, fire, refused);
		}
		Retry retry = new Retry(job, fire);
		this.retries.add(retry);
		locks.answered(request, left, () -> !isOver.getAsBoolean() && !takesNoTicks()).whenComplete((answer, ex) -> {
			if (!this.retries.remove(retry)) {
				// Closing, and said so
				return;
			}
			if (ex != null) {
				skip(job, fire, refused);
			}
			else if (isOver.getAsBoolean()) {
				// It came too late, and another server may have had better luck
				skip(job, fire, answer.orElse(refused));
			}
			else {
				askAgain(job, fire, pause(fire.repetition()), refused);
			}
		});
		return POSTPONED;
	}

	private static Duration pause(int repetition) {
		return (repetition == 0) ? Duration.ZERO
				: shorter(Duration.ofMillis(125L << Math.min(repetition, 10)), LONGEST_PAUSE);
	}

	private Beginning skip(Job job, @Nullable Fire fire, Claim.Refused refused) {
		Instant tick = (fire != null && fire.tick() instanceof Tick.Nominal nominal) ? nominal.at() : null;
		Beginning skipped = skip(job, tick, refused);
		if (fire != null && tick != null && refused.reason() == SkipReason.REDIS_UNAVAILABLE && !fire.isCatchUp()) {
			this.givenUp.accept(job);
		}
		return skipped;
	}

	Beginning skip(Job job, @Nullable Instant tick, Claim.Refused refused) {
		JobSkipped skip = new JobSkipped(job.name(), this.server, tick, refused.reason(), refused.holder(),
				refused.since(), refused.detail(), refused.acquireTime());
		this.skipLog.skipped(skip);
		this.events.publish(skip);
		return new Beginning.Skipped(skip);
	}

	/**
	 * A nominal tick of a job: the same one, however often it is fired.
	 */
	private record WaitingTick(Job job, Tick.Nominal tick) {

		static @Nullable WaitingTick of(Job job, Fire fire) {
			return (fire.tick() instanceof Tick.Nominal nominal) ? new WaitingTick(job, nominal) : null;
		}

	}

	/**
	 * One fire that waits for Redis. No two are equal.
	 */
	private static final class Retry {

		private final Job job;

		private final Fire fire;

		Retry(Job job, Fire fire) {
			this.job = job;
			this.fire = fire;
		}

	}

}
