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
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

import io.micrometer.observation.Observation;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.util.function.SingletonSupplier;

import io.github.lockstarter.JobFinished;
import io.github.lockstarter.JobLockLost;
import io.github.lockstarter.JobRenewalFailed;
import io.github.lockstarter.JobRun.Trigger;
import io.github.lockstarter.JobStarted;
import io.github.lockstarter.JobTimedOut;
import io.github.lockstarter.LockUnavailableException;
import io.github.lockstarter.RedisUnavailablePolicy;
import io.github.lockstarter.RunOutcome;
import io.github.lockstarter.SkipReason;
import io.github.lockstarter.internal.time.TimeSource;
import io.github.lockstarter.lock.Claim;
import io.github.lockstarter.lock.Durations;
import io.github.lockstarter.lock.HeldLock;
import io.github.lockstarter.lock.JobLocks;
import io.github.lockstarter.lock.LockRequest;
import io.github.lockstarter.lock.LockRequest.Purpose;
import io.github.lockstarter.lock.NoLock;
import io.github.lockstarter.lock.RunLock;
import io.github.lockstarter.schedule.Fire;
import io.github.lockstarter.schedule.Tick;

/**
 * Begins runs and ends them: claims the tick, keeps the lock, finishes. Tells what
 * happened, and never lets its own trouble replace the result or the failure of the job.
 * What happens in between is up to the caller, and so is waiting for Redis.
 */
final class JobRunner implements AutoCloseable {

	private static final Logger logger = LoggerFactory.getLogger(JobRunner.class);

	/**
	 * Redis answers within the acquire timeout, or is not waited for. Listeners may hang.
	 */
	private static final Duration PATIENCE = Duration.ofSeconds(10);

	private static final Claim.Refused TOO_LATE = new Claim.Refused(SkipReason.LOCK_REFUSED, null, null, null,
			"the lease was over before the job could start");

	private final SingletonSupplier<JobLocks> locks;

	private final String server;

	private final boolean spread;

	private final RunEvents events;

	private final RunObservations observations;

	private final SkipLog skipLog;

	private final Refusals refusals;

	private final RunGate gate;

	private final OpenTransaction openTransactions = new OpenTransaction();

	private final TimeSource time;

	/**
	 * The last tick that this server has begun of each job whose ticks are run again when
	 * they crash.
	 */
	private final Map<String, Instant> begun = new ConcurrentHashMap<>();

	/** What has begun here and has not ended. */
	private final Set<ActiveRun> going = ConcurrentHashMap.newKeySet();

	/** What ends on other threads. */
	private final Map<ActiveRun, CompletableFuture<?>> ends = new ConcurrentHashMap<>();

	/**
	 * Create a runner.
	 * @param givenUp told when a tick of the schedule is not run because Redis cannot be
	 * asked
	 */
	JobRunner(SingletonSupplier<JobLocks> locks, RunSettings settings, RunEvents events, RunObservations observations,
			SkipLog skipLog, RunGate gate, Consumer<Job> givenUp, TimeSource time) {
		this.locks = locks;
		this.server = settings.server();
		this.spread = settings.spread();
		this.refusals = new Refusals(this.server, settings, events, skipLog, gate, givenUp, time);
		this.events = events;
		this.observations = observations;
		this.skipLog = skipLog;
		this.gate = gate;
		this.time = time;
	}

	/**
	 * Look whether the job may run here. A run is inside the gate from now on until its
	 * end, or until it is decided that there is none. Waits for nothing but the check of
	 * the scheduled tasks.
	 * @param fire what fires the job; {@code null} for a call by hand
	 */
	Beginning begin(Job job, @Nullable Fire fire) {
		Beginning refused = refuse(job, fire);
		return (refused != null) ? refused : beginAdmitted(job, fire);
	}

	/**
	 * Look whether this server takes the tick at all, without asking for it.
	 * @return why not; {@code null} if it does
	 */
	@Nullable Beginning refuse(Job job, @Nullable Fire fire) {
		if ((fire != null && !fire.firstOf(job.name())) || !this.refusals.isOpen(job, fire)) {
			return this.refusals.decided(job);
		}
		if (fire != null && this.gate.isDraining()) {
			return this.refusals.draining(job, fire);
		}
		return this.gate.isClosed() ? this.refusals.closing(job, fire) : null;
	}

	/**
	 * Begin with a tick that was not {@linkplain #refuse refused}, which may be a while
	 * ago.
	 */
	Beginning beginAdmitted(Job job, @Nullable Fire fire) {
		if (fire != null && this.gate.isDraining()) {
			return this.refusals.draining(job, fire);
		}
		if (OpenTransaction.isOnThread() && !this.openTransactions.allows(job, fire)) {
			return this.refusals.inTransaction(job, fire);
		}
		if (!this.gate.enter()) {
			return this.refusals.closing(job, fire);
		}
		Beginning beginning = null;
		try {
			beginning = admit(job, fire);
			return beginning;
		}
		finally {
			if (!(beginning instanceof Beginning.Admitted)) {
				this.gate.leave();
			}
		}
	}

	private Beginning admit(Job job, @Nullable Fire fire) {
		Tick tick = (fire != null) ? name(job, fire.tick()) : new Tick.Manual();
		if (tick instanceof Tick.Nominal nominal && nominal.at().equals(this.begun.get(job.name()))) {
			return this.refusals.own(job, nominal.at());
		}
		boolean watching = fire != null && fire.isWatching();
		boolean catchUp = fire != null && fire.isCatchUp();
		Trigger trigger = catchUp ? Trigger.CATCH_UP : (fire != null) ? Trigger.SCHEDULE : Trigger.MANUAL;
		LockRequest request = new LockRequest(job.name(), job.group(), job.schedule(), tick, job.severalIntervals(),
				job.lease(), job.lockAtLeastFor(), job.maxAttempts(),
				watching ? Purpose.WATCH : catchUp ? Purpose.CATCH_UP : Purpose.FIRE,
				job.timetable().longestGap(this.time.now()));
		return new Beginning.Admitted(job, fire, request, trigger, this.time.nanoTime());
	}

	/**
	 * Ask Redis. Waits for nothing.
	 * @return what it says, within the acquire timeout; fails only if it is cancelled,
	 * which gives the tick back
	 */
	CompletableFuture<Claim> ask(Beginning.Admitted admitted) {
		try {
			return this.locks.obtain().claim(admitted.request());
		}
		catch (Throwable ex) {
			this.gate.leave();
			throw ex;
		}
	}

	/**
	 * Redis has been asked. Here listeners may be told, who may block.
	 * @param claim what it says
	 * @throws LockUnavailableException if Redis cannot be asked, and the policy of the
	 * job says so
	 */
	Beginning decide(Beginning.Admitted admitted, Claim claim) {
		Beginning beginning = null;
		try {
			beginning = decided(admitted, claim);
			return beginning;
		}
		catch (LockUnavailableException ex) {
			Fire fire = admitted.fire();
			if (fire != null) {
				fire.forget(admitted.job().name());
			}
			throw ex;
		}
		finally {
			if (!(beginning instanceof Beginning.Granted)) {
				this.gate.leave();
			}
		}
	}

	private Beginning decided(Beginning.Admitted admitted, Claim claim) {
		Job job = admitted.job();
		Fire fire = admitted.fire();
		Duration acquireTime = this.time.since(admitted.since());
		Purpose purpose = admitted.request().purpose();
		if (fire != null) {
			answered(fire, claim, purpose);
		}
		if (claim instanceof Claim.Granted granted) {
			if (admitted.request().tick() instanceof Tick.Nominal) {
				// A rate, a delay and a call by hand say nothing about this server's
				// clock
				this.skipLog.clockFine();
			}
			return locked(job, granted.lock(), granted.lock().isRerun() ? Trigger.RERUN : admitted.trigger(),
					acquireTime);
		}
		if (claim instanceof Claim.Early early) {
			return this.refusals.early(job, fire, early);
		}
		Claim.Refused refused = ((Claim.Refused) claim).after(acquireTime);
		if (refused.reason() == SkipReason.REDIS_UNAVAILABLE && purpose == Purpose.FIRE
				&& job.onRedisUnavailable() == RedisUnavailablePolicy.RUN) {
			return unlocked(admitted, refused, acquireTime);
		}
		return this.refusals.refused(job, fire, refused, admitted.request(), this.locks.obtain());
	}

	private void answered(Fire fire, Claim claim, Purpose purpose) {
		if (this.spread && purpose != Purpose.WATCH) {
			fire.settled(claim instanceof Claim.Granted);
		}
		if (!(claim instanceof Claim.Refused refused && refused.reason() == SkipReason.REDIS_UNAVAILABLE)) {
			fire.answered();
		}
	}

	private static Tick name(Job job, Tick tick) {
		return (tick instanceof Tick.Nominal nominal) ? job.repeatedHour().name(nominal) : tick;
	}

	private Beginning locked(Job job, HeldLock lock, Trigger trigger, Duration acquireTime) {
		this.skipLog.lockTaken(job.name());
		if (!lock.isHeld()) {
			// This process stood still for as long as the lease, just now
			return giveBack(job, lock, TOO_LATE, acquireTime);
		}
		ActiveRun run = new ActiveRun(job, lock, this.server, trigger, acquireTime, this.time);
		if (trigger == Trigger.RERUN) {
			logger.warn(
					"{} begins although this tick was started before: the server that ran it died or lost its lock.",
					run);
		}
		logger.debug("Lock acquired: {}", run);
		return new Beginning.Granted(run);
	}

	private Beginning unlocked(Beginning.Admitted admitted, Claim.Refused refused, Duration acquireTime) {
		Job job = admitted.job();
		this.skipLog.unavailable(job.name(), refused.detail(), refused.trouble());
		NoLock none = new NoLock(
				(admitted.request().tick() instanceof Tick.Nominal nominal) ? nominal.at() : this.time.now());
		ActiveRun run = new ActiveRun(job, none, this.server, admitted.trigger(), acquireTime, this.time);
		logger.warn(
				"{} runs without its lock, as its policy for an unavailable Redis says. Other servers may run it too.",
				run);
		return new Beginning.Granted(run);
	}

	private Beginning giveBack(Job job, RunLock lock, Claim.Refused why, Duration acquireTime) {
		lock.abandon();
		return this.refusals.skip(job, lock.tick(), why.after(acquireTime));
	}

	/**
	 * What the run does begins now. Whatever is thrown here or later, the run has to be
	 * ended.
	 * @param parent the observation that the run is part of; {@code null} for the one
	 * that this thread is in
	 */
	void start(ActiveRun run, @Nullable Observation parent) {
		if (run.job().isRerun() && run.trigger() != Trigger.MANUAL) {
			this.begun.put(run.name(), run.tick());
		}
		this.going.add(run);
		run.lock().keep((cause) -> lost(run, cause), (cause) -> renewalFailed(run, cause));
		this.events.publish(
				new JobStarted(run.name(), this.server, run.tick(), run.token(), run.trigger(), run.acquireTime()));
		run.observed(this.observations.start(run, parent));
		run.started(scheduleTimeout(run));
	}

	/**
	 * What the run did has ended: write down how, and release the lock. Waits for
	 * nothing.
	 * @param failure how it failed; {@code null} if it did not
	 */
	Ending end(ActiveRun run, @Nullable Throwable failure) {
		RunOutcome decided = run.verdict();
		RunOutcome outcome = (decided != null) ? decided : (failure != null) ? RunOutcome.FAILED : RunOutcome.SUCCEEDED;
		return new Ending(run, failure, run.ended(), finish(run, outcome, failure));
	}

	private CompletableFuture<RunOutcome> finish(ActiveRun run, RunOutcome outcome, @Nullable Throwable failure) {
		try {
			return run.lock().finish(outcome, failure).exceptionally((ex) -> unfinished(run, outcome, ex));
		}
		catch (Throwable ex) {
			return CompletableFuture.completedFuture(unfinished(run, outcome, ex));
		}
	}

	private static RunOutcome unfinished(ActiveRun run, RunOutcome outcome, Throwable ex) {
		logger.error("{} could not be finished. Its lock is left to expire; the result of the job stands.", run, ex);
		return outcome;
	}

	/**
	 * The end of a run has been written down: tell of it, and leave the gate. Listeners
	 * may block.
	 * @param outcome the outcome that counts
	 */
	void ended(Ending ending, RunOutcome outcome) {
		ActiveRun run = ending.run();
		try {
			logger.info("Ran {} at tick {} with token {} on {} in {} ms: {}", run.name(), run.tick(), run.token(),
					this.server, ending.duration().toMillis(), outcome);
			this.events.publish(new JobFinished(run.name(), this.server, run.tick(), run.token(), run.trigger(),
					outcome, ending.duration(), ending.failure()));
			run.observed().stop(outcome, ending.failure());
		}
		finally {
			this.going.remove(run);
			this.gate.leave();
		}
	}

	/**
	 * End a run without a thread that waits, and go on where listeners may block.
	 * @param then what comes after the end
	 */
	void endElsewhere(ActiveRun run, @Nullable Throwable failure, Runnable then) {
		CompletableFuture<Void> end = new CompletableFuture<>();
		this.ends.put(run, end);
		Ending ending = end(run, failure);
		ending.written().thenAccept((outcome) -> elsewhere(() -> {
			try {
				ended(ending, outcome);
			}
			finally {
				this.ends.remove(run);
				end.complete(null);
				then.run();
			}
		}));
	}

	TimeSource time() {
		return this.time;
	}

	/**
	 * Do a step of a run on another thread, which may wait. It waits for no other.
	 */
	void elsewhere(Runnable step) {
		this.locks.obtain().threads().workers().execute(step);
	}

	/**
	 * Nobody wants the run any more that was granted, and it has not started.
	 */
	void giveBack(ActiveRun run, Claim.Refused why) {
		try {
			giveBack(run.job(), run.lock(), why, run.acquireTime());
		}
		finally {
			this.gate.leave();
		}
	}

	private void lost(ActiveRun run, String cause) {
		run.lost();
		logger
			.warn("Lock lost: {}. {}. Another server may run this job now. Was Redis away or flushed, or this process "
					+ "frozen, for longer than the lease?", run, cause);
		this.events.publish(new JobLockLost(run.name(), this.server, run.tick(), run.token(), cause));
	}

	private void renewalFailed(ActiveRun run, String cause) {
		this.events.publish(new JobRenewalFailed(run.name(), this.server, run.tick(), run.token(), cause));
	}

	private @Nullable Future<?> scheduleTimeout(ActiveRun run) {
		Job job = run.job();
		if (job.timeout().isZero()) {
			return null;
		}
		// An interrupt closes the channel that its thread waits in, and may take long
		return this.locks.obtain().threads().clock().schedule(() -> elsewhere(() -> timedOut(run)), job.timeout());
	}

	private void timedOut(ActiveRun run) {
		Job job = run.job();
		if (run.timeOut()) {
			logger.warn("{} took longer than its timeout of {} and was interrupted. Its lock stays until it returns.",
					run, Durations.text(job.timeout()));
			this.events.publish(new JobTimedOut(run.name(), this.server, run.tick(), run.token(), job.timeout()));
		}
	}

	/**
	 * Return the runs that go on here, for a human.
	 * @return such as {@code settlement at tick 2026-08-02T03:00:00Z for 1m30s}, ordered;
	 * empty if there are none
	 */
	List<String> going() {
		return this.going.stream()
			.map((run) -> "%s at tick %s for %s".formatted(run.name(), run.tick(), Durations.rounded(run.age())))
			.sorted()
			.toList();
	}

	/**
	 * No more runs begin: what waits to be asked for again is skipped.
	 */
	void closing() {
		this.refusals.closing();
	}

	/**
	 * No more ticks are taken here: what waits to be asked for again is for others.
	 */
	void draining() {
		this.refusals.draining();
	}

	/**
	 * Schedulers are gone, and have cancelled what they had subscribed to: the locks of
	 * these runs are released while there is still a connection.
	 */
	@Override
	public void close() {
		try {
			this.time.await(CompletableFuture.allOf(this.ends.values().toArray(CompletableFuture[]::new)), PATIENCE);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
		catch (ExecutionException | TimeoutException ex) {
			logger.trace("Not ended yet", ex);
		}
		List<String> going = going();
		if (!going.isEmpty()) {
			logger
				.warn("This server has stopped, and these runs have not ended: {}. Their locks are renewed no more and "
						+ "expire with their leases; another server may run these jobs then. Give them more time to end: "
						+ "spring.lifecycle.timeout-per-shutdown-phase, or a scheduler that awaits termination.",
						String.join(", ", going));
		}
	}

}
