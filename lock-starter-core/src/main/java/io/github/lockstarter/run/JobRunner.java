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

import java.lang.reflect.Array;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.scheduling.concurrent.CustomizableThreadFactory;
import org.springframework.util.function.SingletonSupplier;

import io.github.lockstarter.JobFinished;
import io.github.lockstarter.JobLockLost;
import io.github.lockstarter.JobRun.Trigger;
import io.github.lockstarter.JobSkipped;
import io.github.lockstarter.JobStarted;
import io.github.lockstarter.JobTimedOut;
import io.github.lockstarter.RunOutcome;
import io.github.lockstarter.SkipReason;
import io.github.lockstarter.lock.Claim;
import io.github.lockstarter.lock.HeldLock;
import io.github.lockstarter.lock.JobLocks;
import io.github.lockstarter.lock.LockRequest;
import io.github.lockstarter.schedule.Fire;
import io.github.lockstarter.schedule.Tick;

/**
 * Lives through one run: claim the tick, call the method, finish. Tells what happened,
 * and never lets its own trouble replace the result or the exception of the method.
 */
final class JobRunner implements AutoCloseable {

	private static final Logger logger = LoggerFactory.getLogger(JobRunner.class);

	private final SingletonSupplier<JobLocks> locks;

	private final String server;

	private final RunEvents events;

	private final SkipLog skipLog;

	private final RunGate gate;

	private final ScheduledThreadPoolExecutor timeouts;

	/** Listeners may hang. They must not keep other runs from their timeout. */
	private final ExecutorService callbacks;

	JobRunner(SingletonSupplier<JobLocks> locks, String server, RunEvents events, SkipLog skipLog, RunGate gate) {
		this.locks = locks;
		this.server = server;
		this.events = events;
		this.skipLog = skipLog;
		this.gate = gate;
		CustomizableThreadFactory threads = new CustomizableThreadFactory("job-timeout-" + server + "-");
		threads.setDaemon(true);
		this.timeouts = new ScheduledThreadPoolExecutor(1, threads);
		this.timeouts.setRemoveOnCancelPolicy(true);
		this.callbacks = Executors.newCachedThreadPool(threads);
	}

	/**
	 * Run the method if this server gets the tick.
	 * @return what the method returned, or an empty value if the tick is skipped
	 */
	@Nullable Object run(Job job, ActiveRun.Body body) throws Throwable {
		// Taken off the thread, so that a job called from inside this one does not
		// inherit
		// the tick
		Fire fire = Fire.take();
		try {
			if (!this.gate.enter()) {
				return skip(job, fire, new Claim.Refused(SkipReason.CLOSING, null, null, null, null));
			}
			try {
				return runInside(job, fire, body);
			}
			finally {
				this.gate.leave();
			}
		}
		finally {
			if (fire != null) {
				fire.putBack();
			}
		}
	}

	private @Nullable Object runInside(Job job, @Nullable Fire fire, ActiveRun.Body body) throws Throwable {
		Tick tick = (fire != null) ? fire.tick() : new Tick.Manual();
		Claim claim = this.locks.obtain()
			.claim(new LockRequest(job.name(), tick, job.severalIntervals(), job.lease(), job.lockAtLeastFor()));
		if (claim instanceof Claim.Granted granted) {
			this.skipLog.redisAnswered();
			this.skipLog.clockFine();
			Trigger trigger = (fire != null) ? Trigger.SCHEDULE : Trigger.MANUAL;
			return run(job, new ActiveRun(job, granted.lock(), this.server, trigger), granted.lock(), body);
		}
		if (claim instanceof Claim.Early early) {
			return askAgain(job, fire, early.delay());
		}
		Claim.Refused refused = (Claim.Refused) claim;
		Duration wait = waitForWinner(fire, refused);
		return (wait != null) ? askAgain(job, fire, wait) : skip(job, fire, refused);
	}

	/**
	 * Somebody has the lock and has not started. Most likely it is about to, or it asked
	 * for another tick; but it may have died, and then nobody would run this one. So the
	 * tick is not given up before it has been asked for again: soon, a little later, and
	 * when the lock is free at the latest.
	 * @return how long to wait, or {@code null} if there is nothing to wait for
	 */
	private static @Nullable Duration waitForWinner(@Nullable Fire fire, Claim.Refused refused) {
		Duration free = refused.askAgainIn();
		if (refused.reason() != SkipReason.LOCK_REFUSED || free == null || fire == null
				|| !(fire.tick() instanceof Tick.Nominal)) {
			return null;
		}
		return switch (fire.repetition()) {
			case 0 -> shorter(free, Duration.ofMillis(100));
			case 1 -> shorter(free, Duration.ofSeconds(2));
			case 2 -> free;
			default -> null;
		};
	}

	private static Duration shorter(Duration one, Duration other) {
		return (one.compareTo(other) < 0) ? one : other;
	}

	private @Nullable Object run(Job job, ActiveRun run, HeldLock lock, ActiveRun.Body body) throws Throwable {
		lock.keep((cause) -> lost(run, cause));
		if (!lock.isHeld()) {
			// This process stood still for as long as the lease, just now
			lock.abandon();
			return skip(job, run.tick(), new Claim.Refused(SkipReason.LOCK_REFUSED, null, null, null,
					"the lease was over before the job could start"));
		}
		this.events.publish(new JobStarted(job.name(), this.server, run.tick(), run.token(), run.trigger()));
		logger.debug("Lock acquired: {}", run);
		Future<?> timeout = scheduleTimeout(job, run);
		long start = System.nanoTime();
		Throwable failure = null;
		try {
			return run.call(body);
		}
		catch (Throwable ex) {
			failure = ex;
			throw ex;
		}
		finally {
			Duration duration = Duration.ofNanos(System.nanoTime() - start);
			if (timeout != null) {
				timeout.cancel(false);
			}
			finish(run, lock, duration, failure);
		}
	}

	private void finish(ActiveRun run, HeldLock lock, Duration duration, @Nullable Throwable failure) {
		try {
			RunOutcome decided = run.verdict();
			RunOutcome ended = (failure != null) ? RunOutcome.FAILED : RunOutcome.SUCCEEDED;
			RunOutcome outcome = lock.finish((decided != null) ? decided : ended);
			logger.info("Ran {} at tick {} with token {} on {} in {} ms: {}", run.name(), run.tick(), run.token(),
					this.server, duration.toMillis(), outcome);
			this.events.publish(new JobFinished(run.name(), this.server, run.tick(), run.token(), run.trigger(),
					outcome, duration, failure));
		}
		catch (RuntimeException ex) {
			logger.error("{} could not be finished. Its lock is left to expire; the result of the job stands.", run,
					ex);
		}
	}

	private void lost(ActiveRun run, String cause) {
		run.lost();
		logger
			.warn("Lock lost: {}. {}. Another server may run this job now. Was Redis away or flushed, or this process "
					+ "frozen, for longer than the lease?", run, cause);
		this.events.publish(new JobLockLost(run.name(), this.server, run.tick(), run.token(), cause));
	}

	private @Nullable Future<?> scheduleTimeout(Job job, ActiveRun run) {
		if (job.timeout().isZero()) {
			return null;
		}
		try {
			return this.timeouts.schedule(() -> timedOut(job, run), job.timeout().toNanos(), TimeUnit.NANOSECONDS);
		}
		catch (RejectedExecutionException ex) {
			return null;
		}
	}

	private void timedOut(Job job, ActiveRun run) {
		if (run.timeOut()) {
			logger.warn("{} took longer than its timeout of {} and was interrupted. Its lock stays until it returns.",
					run, job.timeout());
			this.callbacks.execute(() -> this.events
				.publish(new JobTimedOut(run.name(), this.server, run.tick(), run.token(), job.timeout())));
		}
	}

	/**
	 * Not due yet by Redis's clock, or not decided yet. No skip: the same tick is fired
	 * once more.
	 */
	private @Nullable Object askAgain(Job job, @Nullable Fire fire, Duration delay) {
		this.skipLog.redisAnswered();
		this.skipLog.clockFine();
		if (fire == null || !fire.askAgainIn(delay)) {
			return skip(job, fire,
					new Claim.Refused(SkipReason.CLOSING, null, null, null, "the scheduler has stopped"));
		}
		logger.debug("{} is asked for again in {}", job.name(), delay);
		return emptyResult(job);
	}

	private @Nullable Object skip(Job job, @Nullable Fire fire, Claim.Refused refused) {
		Duration wait = refused.askAgainIn();
		if (fire != null && wait != null && fire.tick() instanceof Tick.Interval) {
			// The due time is shared; this server's own next fire may be a whole interval
			// away
			fire.askAgainIn(wait);
		}
		return skip(job, (fire != null && fire.tick() instanceof Tick.Nominal nominal) ? nominal.at() : null, refused);
	}

	private @Nullable Object skip(Job job, @Nullable Instant tick, Claim.Refused refused) {
		JobSkipped skip = new JobSkipped(job.name(), this.server, tick, refused.reason(), refused.holder(),
				refused.since(), refused.detail());
		this.skipLog.skipped(skip);
		this.events.publish(skip);
		return emptyResult(job);
	}

	private static @Nullable Object emptyResult(Job job) {
		Class<?> type = job.method().getReturnType();
		if (type == Optional.class) {
			return Optional.empty();
		}
		return (type.isPrimitive() && type != void.class) ? Array.get(Array.newInstance(type, 1), 0) : null;
	}

	@Override
	public void close() {
		this.timeouts.shutdownNow();
		this.callbacks.shutdown();
	}

}
