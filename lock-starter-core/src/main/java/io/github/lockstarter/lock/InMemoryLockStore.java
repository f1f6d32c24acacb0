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

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

import org.jspecify.annotations.Nullable;

import io.github.lockstarter.JobRun.Trigger;
import io.github.lockstarter.RunOutcome;
import io.github.lockstarter.internal.time.TimeSource;
import io.github.lockstarter.schedule.Tick;

/**
 * Locks in the memory of this application, by the same rules as on Redis. There is one
 * process, so there is no lease that could run out.
 */
class InMemoryLockStore implements LockStore {

	private static final Duration START_TOLERANCE = Duration.ofMillis(100);

	/** A tick that is ahead of the clock by more is not remembered. */
	private static final Duration FURTHEST_TICK = Duration.ofDays(1);

	/** When to look again for a tick that somebody else than its run is in the way of. */
	private static final Duration SOON = Duration.ofSeconds(2);

	/** How many owners are remembered that gave back a lock or a start. */
	private static final int ABANDONED = 8;

	private final Map<String, Lock> locks;

	private final Map<String, Job> jobs;

	private final InMemoryServers servers;

	private final LockSettings settings;

	private final InstantSource clock;

	InMemoryLockStore(LockSettings settings, TimeSource time) {
		this(settings, Clock.tick(time.clock(), Duration.ofMillis(1)));
	}

	InMemoryLockStore(LockSettings settings, InstantSource clock) {
		this(settings, new ConcurrentHashMap<>(), new ConcurrentHashMap<>(), new InMemoryServers(), clock);
	}

	private InMemoryLockStore(LockSettings settings, Map<String, Lock> locks, Map<String, Job> jobs,
			InMemoryServers servers, InstantSource clock) {
		this.settings = settings;
		this.locks = locks;
		this.jobs = jobs;
		this.servers = servers;
		this.clock = clock;
	}

	/**
	 * Return the same locks, seen by another server.
	 */
	InMemoryLockStore as(LockSettings settings) {
		return new InMemoryLockStore(settings, this.locks, this.jobs, this.servers, this.clock);
	}

	@Override
	public CompletableFuture<Answer> look(LockRequest request) {
		return on(request, (job) -> {
			Answer refusal = refused(request, job);
			return (refusal != null) ? refusal : answer(Verdict.GO, request, job, null);
		});
	}

	@Override
	public CompletableFuture<Answer> acquire(LockRequest request, long owner, @Nullable Instant giveUpAt) {
		return on(request, (job) -> {
			if (job.owner != null && job.owner == owner) {
				return answer(job.running() ? Verdict.STARTED : Verdict.LOST, request, job, null);
			}
			if (job.abandoned.contains(owner) || (giveUpAt != null && job.now.isAfter(giveUpAt))) {
				return answer(Verdict.TOO_LATE, request, job, null);
			}
			Answer refusal = refused(request, job);
			return (refusal != null) ? refusal : started(request, owner, job);
		});
	}

	private @Nullable Answer refused(LockRequest request, Job job) {
		pullIn(request, job);
		Long holder = job.lock.holder;
		if (isOpen(request, job) && holder != null) {
			return answer(Verdict.ALREADY_RAN, request, job, job.now.plus(job.running() ? request.lease() : SOON));
		}
		Answer refusal = refusal(request, job);
		if (refusal != null || holder == null) {
			return refusal;
		}
		return answer(job.running() ? Verdict.STILL_RUNNING : Verdict.LOCKED, request, job,
				job.now.plus(request.lease()), holder.toString());
	}

	private Answer started(LockRequest request, long owner, Job job) {
		Instant now = job.now;
		if (job.owner != null && !job.ended) {
			// Its lock was taken away, and nobody has ended it
			job.failures++;
			remember(job, job.unended());
		}
		job.undo = new Undo(job.tick, job.due.get(dueKey(request)), job.heldUntil, job.open, job.attempts);
		Instant runTick = now;
		job.trigger = request.trigger();
		if (request.tick() instanceof Tick.Nominal nominal) {
			runTick = nominal.at();
			boolean again = isOpen(request, job);
			job.attempts = again ? job.attempts + 1 : 1;
			job.trigger = again ? Trigger.RERUN : job.trigger;
			job.crashed = again ? null : (job.open != null) ? job.open : job.crashed;
			job.open = (request.maxAttempts() > 1) ? runTick : null;
			job.tick = runTick;
			job.givenBack = null;
		}
		else if (request.tick() instanceof Tick.Interval interval) {
			Instant due = due(request, interval, job);
			runTick = earlier(due, now);
			job.due.put(dueKey(request), nextDue(interval, due, now));
		}
		if (!request.lockAtLeastFor().isZero()) {
			job.heldUntil = runTick.plus(request.lockAtLeastFor());
		}
		job.token = Math.max(job.token + 1, now.getEpochSecond() * 1_000_000 + now.getNano() / 1_000);
		job.owner = owner;
		job.server = this.settings.server();
		job.started = now;
		job.ended = false;
		job.endedAt = null;
		job.outcome = RunOutcome.SUCCEEDED;
		job.failure = null;
		job.lost = false;
		job.runTick = runTick;
		job.lock.holder = owner;
		return answer(Verdict.STARTED, request, job, null);
	}

	/**
	 * A due time is late, and not of another day, for as long as no other one has passed.
	 * One that came before the end of a pause is not made up for.
	 */
	private static Instant due(LockRequest request, Tick.Interval tick, Job job) {
		Instant due = job.due.getOrDefault(dueKey(request), job.now);
		boolean passed = !job.now.isBefore(due.plus(tick.interval()));
		boolean paused = job.resumed != null && !job.resumed.isAfter(job.now.plus(tick.tolerance()))
				&& due.isBefore(job.resumed);
		return (passed || paused) ? job.now : due;
	}

	private static Instant nextDue(Tick.Interval tick, Instant due, Instant now) {
		if (tick instanceof Tick.Delay) {
			return now.plus(tick.interval());
		}
		Instant inPhase = due.plus(tick.interval());
		Instant soonest = now.plus(tick.interval().multipliedBy(3).dividedBy(4));
		return inPhase.isAfter(soonest) ? inPhase : soonest;
	}

	private static Instant earlier(Instant one, Instant other) {
		return one.isBefore(other) ? one : other;
	}

	/**
	 * What was put down when the clock was ahead, or for a longer time, holds nobody up
	 * for longer than the time of the job itself.
	 */
	private void pullIn(LockRequest request, Job job) {
		Instant now = job.now;
		Duration tolerance = START_TOLERANCE;
		if (request.tick() instanceof Tick.Interval interval) {
			tolerance = interval.tolerance();
			Instant due = job.due.get(dueKey(request));
			if (due != null && due.isAfter(now.plus(interval.interval()).plus(tolerance))) {
				job.due.put(dueKey(request), now.plus(interval.interval()));
			}
		}
		if (job.heldUntil.isAfter(now.plus(request.lockAtLeastFor()).plus(tolerance))) {
			job.heldUntil = now.plus(request.lockAtLeastFor());
		}
		if (job.tick != null && job.tick.isAfter(now.plus(FURTHEST_TICK))) {
			job.tick = null;
		}
	}

	private @Nullable Answer refusal(LockRequest request, Job job) {
		Instant now = job.now;
		if (request.tick() instanceof Tick.Nominal nominal) {
			return refusal(nominal.at(), now, request, job);
		}
		if (request.tick() instanceof Tick.Interval && job.pausedSince != null) {
			return answer(Verdict.PAUSED, request, job, null);
		}
		if (request.tick() instanceof Tick.Interval interval) {
			Instant due = job.due.get(dueKey(request));
			Instant soon = now.plus(interval.tolerance());
			if (due != null && soon.isBefore(due)) {
				return answer(Verdict.NOT_DUE, request, job, due);
			}
			return soon.isBefore(job.heldUntil) ? answer(Verdict.HELD, request, job, job.heldUntil) : null;
		}
		return now.isBefore(job.heldUntil) ? answer(Verdict.HELD, request, job, job.heldUntil) : null;
	}

	private @Nullable Answer refusal(Instant tick, Instant now, LockRequest request, Job job) {
		if (tick.isAfter(now.plus(START_TOLERANCE))) {
			return tick.isAfter(now.plus(this.settings.maxClockSkew()))
					? answer(Verdict.CLOCK_AHEAD, request, job, null) : answer(Verdict.EARLY, request, job, tick);
		}
		if (isOpen(request, job)) {
			if (job.attempts >= request.maxAttempts()) {
				return answer(Verdict.CRASHED, request, job, null);
			}
			return passOver(tick, now, job) ? answer(Verdict.PAUSED, request, job, null) : null;
		}
		if (tick.equals(job.tick)) {
			return answer(Verdict.ALREADY_RAN, request, job, null);
		}
		if (job.tick != null && tick.isBefore(job.tick)) {
			boolean crashed = request.maxAttempts() > 1 && tick.equals(job.crashed);
			return answer(crashed ? Verdict.CRASHED : Verdict.SUPERSEDED, request, job, null);
		}
		if (job.tick != null && request.tick() instanceof Tick.Nominal nominal
				&& tick.isBefore(job.tick.plus(nominal.distance()))) {
			return answer(Verdict.NOT_DUE, request, job, null);
		}
		if (passOver(tick, now, job) || wasDueBeforeTheResume(tick, now, job)) {
			return answer(Verdict.PAUSED, request, job, null);
		}
		if ((request.purpose() == LockRequest.Purpose.WATCH && !tick.equals(job.givenBack))
				|| (request.purpose() == LockRequest.Purpose.CATCH_UP && job.tick == null)) {
			return answer(Verdict.ALREADY_RAN, request, job, null);
		}
		if (request.purpose() == LockRequest.Purpose.CATCH_UP && job.wasRunning(tick)) {
			return answer(Verdict.STILL_RUNNING, request, job, null);
		}
		return tick.isBefore(job.heldUntil) ? answer(Verdict.HELD, request, job, null) : null;
	}

	/**
	 * Refuse the tick if the job is paused, or if this tick or a newer one was refused
	 * while it was.
	 */
	private static boolean passOver(Instant tick, Instant now, Job job) {
		if (job.pausedSince != null && (job.passed == null || tick.isAfter(job.passed))) {
			job.passed = tick;
		}
		return job.pausedSince != null
				|| (job.passed != null && isNotAhead(job.passed, now) && !tick.isAfter(job.passed));
	}

	private static boolean wasDueBeforeTheResume(Instant tick, Instant now, Job job) {
		return job.resumed != null && isNotAhead(job.resumed, now) && tick.isBefore(job.resumed);
	}

	/**
	 * What a clock has put down that was ahead of this one does not count.
	 */
	private static boolean isNotAhead(Instant time, Instant now) {
		return !time.isAfter(now.plus(START_TOLERANCE));
	}

	/**
	 * Tell whether this very tick was started before, by a run that has not ended under
	 * its lock, and may be started again.
	 */
	private static boolean isOpen(LockRequest request, Job job) {
		return request.maxAttempts() > 1 && request.tick() instanceof Tick.Nominal nominal
				&& nominal.at().equals(job.tick) && nominal.at().equals(job.open);
	}

	private Answer answer(Verdict verdict, LockRequest request, Job job, @Nullable Instant askAgainAt) {
		return answer(verdict, request, job, askAgainAt, null);
	}

	private Answer answer(Verdict verdict, LockRequest request, Job job, @Nullable Instant askAgainAt,
			@Nullable String lockHolder) {
		return new Answer(verdict, job.now, askAgainAt, job.server, job.started, job.token, job.runTick, null,
				isOpen(request, job) ? job.attempts : 0, job.open, lockHolder);
	}

	@Override
	public CompletableFuture<Renewal> renew(LockRequest request, long owner, Instant giveUpAt) {
		return on(request, (job) -> {
			Instant now = job.now;
			if (!job.isHeldBy(owner)) {
				return new Renewal(Renewal.Verdict.LOST, now);
			}
			return new Renewal(now.isAfter(giveUpAt) ? Renewal.Verdict.TOO_LATE : Renewal.Verdict.RENEWED, now);
		});
	}

	@Override
	public CompletableFuture<RunOutcome> finish(LockRequest request, long owner, RunOutcome told,
			@Nullable String failure, @Nullable Answer started) {
		return on(request, (job) -> {
			boolean held = job.isHeldBy(owner);
			if (held) {
				job.lock.holder = null;
			}
			if (job.owner == null || job.owner != owner) {
				return RunOutcome.LOCK_LOST;
			}
			if (job.ended) {
				return job.outcome;
			}
			RunOutcome outcome = held ? told : RunOutcome.LOCK_LOST;
			job.ended = true;
			job.endedAt = job.now;
			job.outcome = outcome;
			job.failure = failure;
			job.failures = (outcome == RunOutcome.SUCCEEDED) ? 0 : job.failures + 1;
			job.succeeded = (outcome == RunOutcome.SUCCEEDED) ? job.endedAt : job.succeeded;
			remember(job, RunRecord.State.valueOf(outcome.name()));
			if (outcome != RunOutcome.LOCK_LOST && job.runTick.equals(job.open)) {
				job.open = null;
			}
			if (request.tick() instanceof Tick.Delay delay) {
				job.due.put(dueKey(request), job.now.plus(delay.interval()));
			}
			return outcome;
		});
	}

	@Override
	public CompletableFuture<?> abandon(LockRequest request, long owner) {
		return on(request, (job) -> {
			if (job.isHeldBy(owner)) {
				job.lock.holder = null;
			}
			job.abandoned(owner);
			Undo undo = job.undo;
			if (undo == null || job.owner == null || job.owner != owner || job.ended) {
				return false;
			}
			if (job.runTick.equals(job.open) && !job.runTick.equals(undo.open())) {
				job.givenBack = job.runTick;
			}
			job.tick = undo.tick();
			job.heldUntil = undo.heldUntil();
			job.open = undo.open();
			job.attempts = undo.attempts();
			if (undo.due() != null) {
				job.due.put(dueKey(request), undo.due());
			}
			else {
				job.due.remove(dueKey(request));
			}
			job.owner = null;
			job.server = null;
			job.started = null;
			return true;
		});
	}

	private void remember(Job job, RunRecord.State state) {
		if (this.settings.historyRuns() > 0) {
			job.runs.addFirst(job.last(state));
		}
		while (job.runs.size() > this.settings.historyRuns()) {
			job.runs.removeLast();
		}
	}

	@Override
	public CompletableFuture<JobRecord> record(String name, @Nullable String group, int runs) {
		return on(name, group, (job) -> {
			Instant now = job.now;
			RunRecord last = null;
			if (job.owner != null) {
				last = job.last(job.running() ? RunRecord.State.RUNNING
						: job.ended ? RunRecord.State.valueOf(job.outcome.name()) : job.unended());
			}
			List<RunRecord> past = new ArrayList<>(job.runs);
			if (last != null && !job.running() && (past.isEmpty() || past.get(0).token() != last.token())) {
				past.add(0, last);
			}
			boolean crashed = last != null && last.state() == RunRecord.State.CRASHED;
			return new JobRecord(now, job.running() ? last : null, past.subList(0, Math.min(runs, past.size())),
					job.pausedSince, job.failures + (crashed ? 1 : 0), job.succeeded,
					job.heldUntil.isAfter(now) ? job.heldUntil : null, JobRecord.notPast(job.due.get("due"), now),
					holder(job), List.of());
		});
	}

	private static JobRecord.@Nullable Holder holder(Job job) {
		Long owner = job.lock.holder;
		return (owner != null) ? new JobRecord.Holder(owner.toString(), job.running() ? job.server : null,
				job.running() ? job.started : null, null, null) : null;
	}

	@Override
	public CompletableFuture<Boolean> pause(String name, @Nullable String group, boolean paused) {
		return on(name, group, (job) -> {
			if ((job.pausedSince != null) == paused) {
				return false;
			}
			Instant now = job.now;
			job.pausedSince = paused ? now : null;
			job.resumed = paused ? job.resumed : now;
			return true;
		});
	}

	@Override
	public CompletableFuture<Boolean> release(String name, @Nullable String group, @Nullable String owner,
			boolean alive) {
		return on(name, group, (job) -> {
			if (job.lock.holder != null && !job.lock.holder.toString().equals(owner)) {
				return false;
			}
			job.lost = job.running() ? alive : job.lost;
			job.lock.holder = null;
			job.heldUntil = Instant.MIN;
			return true;
		});
	}

	@Override
	public CompletableFuture<Instant> probe(@Nullable LockRequest near) {
		return CompletableFuture.completedFuture(this.clock.instant());
	}

	@Override
	public CompletableFuture<Pulse> beat(Beat beat, @Nullable Duration clockOffset) {
		return CompletableFuture
			.completedFuture(this.servers.beat(this.settings.server(), this.clock.instant(), beat, clockOffset));
	}

	@Override
	public CompletableFuture<Servers> servers() {
		return CompletableFuture.completedFuture(this.servers.all(this.clock.instant()));
	}

	private <T> CompletableFuture<T> on(LockRequest request, Function<Job, T> step) {
		return on(request.job(), request.group(), step);
	}

	private <T> CompletableFuture<T> on(String name, @Nullable String group, Function<Job, T> step) {
		Lock lock = this.locks.computeIfAbsent(lockName(name, group), (key) -> new Lock());
		Job job = this.jobs.computeIfAbsent(name, (key) -> new Job(lock));
		synchronized (lock) {
			job.now = this.clock.instant();
			return CompletableFuture.completedFuture(step.apply(job));
		}
	}

	/**
	 * Of a group that is named like a job, this is not the lock of that job.
	 */
	private static String lockName(String job, @Nullable String group) {
		return (group != null) ? "group " + group : "job " + job;
	}

	/**
	 * Two schedules of one job share a due time unless the request says otherwise.
	 */
	private static Object dueKey(LockRequest request) {
		return request.ownDueTime() ? request.tick() : "due";
	}

	@Override
	public CompletableFuture<?> ready() {
		return CompletableFuture.completedFuture(null);
	}

	@Override
	public boolean expires() {
		return false;
	}

	@Override
	public String describe() {
		return "this JVM only";
	}

	@Override
	public void close() {
		this.jobs.clear();
		this.locks.clear();
	}

	/**
	 * What Redis keeps in the RLock.
	 */
	private static final class Lock {

		private @Nullable Long holder;

	}

	/**
	 * What Redis keeps in the state of a job.
	 */
	private static final class Job {

		private final Lock lock;

		/** One time for all of a step, as a script has. */
		private Instant now = Instant.EPOCH;

		private @Nullable Instant tick;

		private final Map<Object, Instant> due = new HashMap<>();

		private Instant heldUntil = Instant.MIN;

		private @Nullable Long owner;

		private @Nullable String server;

		private @Nullable Instant started;

		private Instant runTick = Instant.EPOCH;

		private boolean ended;

		private boolean lost;

		private @Nullable Instant endedAt;

		private Trigger trigger = Trigger.SCHEDULE;

		/** Of the last run, once it has ended. */
		private RunOutcome outcome = RunOutcome.SUCCEEDED;

		private @Nullable String failure;

		private long failures;

		private @Nullable Instant succeeded;

		private @Nullable Instant pausedSince;

		private @Nullable Instant resumed;

		private @Nullable Instant passed;

		/** The newest first. */
		private final Deque<RunRecord> runs = new ArrayDeque<>();

		private @Nullable Instant open;

		private int attempts;

		private @Nullable Instant crashed;

		private @Nullable Instant givenBack;

		private long token;

		private @Nullable Undo undo;

		/** The last owners that gave back a lock or a start. */
		private final Deque<Long> abandoned = new ArrayDeque<>();

		Job(Lock lock) {
			this.lock = lock;
		}

		/**
		 * Tell whether the last run was going on at a time.
		 */
		private boolean wasRunning(Instant time) {
			return this.started != null && !this.started.isAfter(time)
					&& (this.ended ? this.endedAt != null && !this.endedAt.isBefore(time) : running());
		}

		/**
		 * Return the last run, of a job that has one.
		 */
		RunRecord last(RunRecord.State state) {
			return new RunRecord(this.runTick, this.token, Objects.requireNonNullElse(this.server, ""), this.trigger,
					Objects.requireNonNullElse(this.started, Instant.EPOCH), this.endedAt, state, this.failure);
		}

		void abandoned(long owner) {
			if (!this.abandoned.contains(owner)) {
				this.abandoned.addFirst(owner);
			}
			if (this.abandoned.size() > ABANDONED) {
				this.abandoned.removeLast();
			}
		}

		boolean isHeldBy(long owner) {
			return this.lock.holder != null && this.lock.holder == owner;
		}

		boolean running() {
			return this.owner != null && this.owner.equals(this.lock.holder) && !this.ended;
		}

		/**
		 * What became of a run that nobody has ended, and whose lock is gone.
		 */
		RunRecord.State unended() {
			return this.lost ? RunRecord.State.LOCK_LOST : RunRecord.State.CRASHED;
		}

	}

	private record Undo(@Nullable Instant tick, @Nullable Instant due, Instant heldUntil, @Nullable Instant open,
			int attempts) {

	}

}
