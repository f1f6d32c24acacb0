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
import io.github.lockstarter.JobStarted;
import io.github.lockstarter.JobTimedOut;
import io.github.lockstarter.RedisUnavailablePolicy;
import io.github.lockstarter.RunOutcome;
import io.github.lockstarter.SkipReason;
import io.github.lockstarter.lock.Claim;
import io.github.lockstarter.lock.HeldLock;
import io.github.lockstarter.lock.JobLocks;
import io.github.lockstarter.lock.LockRequest;
import io.github.lockstarter.lock.NoLock;
import io.github.lockstarter.lock.RunLock;
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

	private final Refusals refusals;

	private final RunGate gate;

	private final ScheduledThreadPoolExecutor timeouts;

	/** Listeners may hang. They must not keep other runs from their timeout. */
	private final ExecutorService callbacks;

	JobRunner(SingletonSupplier<JobLocks> locks, RunSettings settings, RunEvents events, SkipLog skipLog,
			RunGate gate) {
		this.locks = locks;
		this.server = settings.server();
		this.refusals = new Refusals(this.server, settings.retryWithin(), events, skipLog, gate);
		this.events = events;
		this.skipLog = skipLog;
		this.gate = gate;
		CustomizableThreadFactory threads = new CustomizableThreadFactory("job-timeout-" + this.server + "-");
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
			this.refusals.firedAgain(job, fire);
			if (!this.gate.enter()) {
				return this.refusals.closing(job, fire);
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
		Trigger trigger = (fire != null) ? Trigger.SCHEDULE : Trigger.MANUAL;
		JobLocks locks = this.locks.obtain();
		LockRequest request = new LockRequest(job.name(), tick, job.severalIntervals(), job.lease(),
				job.lockAtLeastFor());
		Claim claim = locks.claim(request);
		if (claim instanceof Claim.Granted granted) {
			return runLocked(job, granted.lock(), trigger, body);
		}
		if (claim instanceof Claim.Early early) {
			return this.refusals.early(job, fire, early);
		}
		Claim.Refused refused = (Claim.Refused) claim;
		if (refused.reason() == SkipReason.REDIS_UNAVAILABLE
				&& job.onRedisUnavailable() == RedisUnavailablePolicy.RUN) {
			return runUnlocked(job, tick, trigger, refused, body);
		}
		return this.refusals.refused(job, fire, refused, request, locks);
	}

	private @Nullable Object runLocked(Job job, HeldLock lock, Trigger trigger, ActiveRun.Body body) throws Throwable {
		this.skipLog.redisAnswered(job.name());
		this.skipLog.clockFine();
		if (!lock.isHeld()) {
			// This process stood still for as long as the lease, just now
			lock.abandon();
			return this.refusals.skip(job, lock.tick(), new Claim.Refused(SkipReason.LOCK_REFUSED, null, null, null,
					"the lease was over before the job could start"));
		}
		ActiveRun run = new ActiveRun(job, lock, this.server, trigger);
		logger.debug("Lock acquired: {}", run);
		return run(job, run, lock, body);
	}

	private @Nullable Object runUnlocked(Job job, Tick tick, Trigger trigger, Claim.Refused refused,
			ActiveRun.Body body) throws Throwable {
		this.skipLog.unavailable(job.name(), refused.detail(), refused.error());
		NoLock none = new NoLock((tick instanceof Tick.Nominal nominal) ? nominal.at() : Instant.now());
		ActiveRun run = new ActiveRun(job, none, this.server, trigger);
		logger.warn(
				"{} runs without its lock, as its policy for an unavailable Redis says. Other servers may run it too.",
				run);
		return run(job, run, none, body);
	}

	/**
	 * From here on there is a lock, and whatever happens it is given back.
	 */
	private @Nullable Object run(Job job, ActiveRun run, RunLock lock, ActiveRun.Body body) throws Throwable {
		long start = System.nanoTime();
		Future<?> timeout = null;
		Throwable failure = null;
		try {
			lock.keep((cause) -> lost(run, cause));
			this.events.publish(new JobStarted(job.name(), this.server, run.tick(), run.token(), run.trigger()));
			timeout = scheduleTimeout(job, run);
			start = System.nanoTime();
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

	private void finish(ActiveRun run, RunLock lock, Duration duration, @Nullable Throwable failure) {
		try {
			RunOutcome decided = run.verdict();
			RunOutcome ended = (failure != null) ? RunOutcome.FAILED : RunOutcome.SUCCEEDED;
			RunOutcome outcome = lock.finish((decided != null) ? decided : ended);
			logger.info("Ran {} at tick {} with token {} on {} in {} ms: {}", run.name(), run.tick(), run.token(),
					this.server, duration.toMillis(), outcome);
			this.events.publish(new JobFinished(run.name(), this.server, run.tick(), run.token(), run.trigger(),
					outcome, duration, failure));
		}
		catch (Throwable ex) {
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
	 * No more runs begin: what waits to be asked for again is skipped.
	 */
	void closing() {
		this.refusals.closing();
	}

	@Override
	public void close() {
		this.timeouts.shutdownNow();
		this.callbacks.shutdown();
	}

}
