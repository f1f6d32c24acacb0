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

package io.github.lockstarter.operations;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.core.NestedExceptionUtils;

import io.github.lockstarter.internal.time.ServerThreads;
import io.github.lockstarter.internal.time.TimeSource;
import io.github.lockstarter.lock.Beat;
import io.github.lockstarter.lock.JobLocks;
import io.github.lockstarter.lock.Pulse;
import io.github.lockstarter.lock.Pulse.Activity;

/**
 * Tells the other servers of this one every ten seconds, with one command, and learns
 * what they have told. Waits for nothing. Where Redis is away that is said by others;
 * what was not told is told later.
 */
final class Heartbeat {

	private static final Logger logger = LoggerFactory.getLogger(Heartbeat.class);

	static final Duration INTERVAL = Duration.ofSeconds(10);

	/** How long the end of a server may take longer so that the others know of it. */
	private static final Duration LAST_WAIT = Duration.ofSeconds(1);

	private static final Pattern REFUSED = Pattern.compile("NOPERM|can't run this command|ACL failure");

	private final Supplier<List<Beat.KnownJob>> jobs;

	private final BooleanSupplier draining;

	private final Supplier<JobLocks> locks;

	private final Supplier<String> server;

	private final OperationsSettings settings;

	private final Diary diary;

	private final TimeSource time;

	private final RandomGenerator random;

	private final long startedNanos;

	private final AtomicBoolean refusalSaid = new AtomicBoolean();

	private final AtomicBoolean otherSaid = new AtomicBoolean();

	/** What was said of jobs that are other methods elsewhere. */
	private final Set<String> disagreementsSaid = ConcurrentHashMap.newKeySet();

	private volatile @Nullable ServerThreads threads;

	/** The next beat of the schedule. */
	private @Nullable Future<?> next;

	private @Nullable CompletableFuture<?> sent;

	private Beat.Sender sender;

	/** What the others have been told of the jobs here. */
	private @Nullable List<Beat.KnownJob> toldJobs;

	/** Something has happened that does not wait for the next beat. */
	private boolean onceMore;

	/** When what was told had been overwritten by another process. */
	private @Nullable Long overwritten;

	private boolean answered;

	private boolean closing;

	/** Nothing more is told. */
	private boolean ended;

	private volatile boolean running;

	private volatile @Nullable Heard heard;

	/**
	 * Create a heartbeat that does not beat yet.
	 * @param jobs returns the jobs of this server, on a thread that may block
	 * @param draining whether this server takes no ticks
	 * @param locks returns the locks, as soon as there are jobs
	 * @param server returns the id of this server
	 * @param settings what the others are told of this server
	 * @param diary what happened here
	 * @param time the time of this server
	 */
	Heartbeat(Supplier<List<Beat.KnownJob>> jobs, BooleanSupplier draining, Supplier<JobLocks> locks,
			Supplier<String> server, OperationsSettings settings, Diary diary, TimeSource time) {
		this.jobs = jobs;
		this.draining = draining;
		this.locks = locks;
		this.server = server;
		this.settings = settings;
		this.diary = diary;
		this.time = time;
		this.random = time.random("heartbeat");
		this.startedNanos = time.nanoTime();
		this.sender = Beat.Sender.of(time.now().truncatedTo(ChronoUnit.MILLIS), this.random);
	}

	/**
	 * There are jobs now, and so locks.
	 */
	void begin() {
		ServerThreads threads = this.locks.get().threads();
		synchronized (this) {
			this.threads = threads;
		}
		beatAfter(Duration.ZERO);
	}

	/**
	 * Beat, as soon as there are jobs.
	 */
	synchronized void start() {
		this.running = true;
		beatAfter(Duration.ZERO);
	}

	/**
	 * Beat then, and again and again.
	 */
	private synchronized void beatAfter(Duration delay) {
		ServerThreads threads = this.threads;
		if (threads != null && !this.ended && (this.running || this.closing)) {
			cancelNext();
			this.next = threads.sender().schedule(() -> threads.workers().execute(() -> {
				beat();
				beatAfter(INTERVAL);
			}), delay);
		}
	}

	private void cancelNext() {
		Future<?> next = this.next;
		if (next != null) {
			next.cancel(false);
		}
	}

	/**
	 * Be silent, unless this server ends: then it is heard of until its last run has
	 * ended.
	 */
	synchronized void stop() {
		this.running = false;
		if (!this.closing) {
			cancelNext();
		}
	}

	/**
	 * This server ends.
	 */
	synchronized void closing() {
		this.closing = true;
	}

	boolean isRunning() {
		return this.running;
	}

	/**
	 * Tell what has happened now, and not only in a few seconds.
	 */
	synchronized void soon() {
		this.onceMore = true;
		if (this.threads != null) {
			this.threads.workers().execute(this::beat);
		}
	}

	/**
	 * On a thread that may block, because beans are asked what is scheduled.
	 */
	private void beat() {
		try {
			send(false);
		}
		catch (Throwable ex) {
			// The next one comes all the same
			logger.debug("No beat", ex);
		}
	}

	/**
	 * Who makes a bean may wait for this object, and so may what looks at the clock. So
	 * beans are not waited for in here.
	 */
	private @Nullable CompletableFuture<?> send(boolean ending) {
		return send(ending, this.jobs.get(), this.locks.get());
	}

	private synchronized @Nullable CompletableFuture<?> send(boolean ending, List<Beat.KnownJob> jobs, JobLocks locks) {
		CompletableFuture<?> before = this.sent;
		if (!ending && (this.ended || (before != null && !before.isDone()))) {
			// It stalls; what it tells is told once more after it
			return before;
		}
		this.onceMore = false;
		boolean all = !jobs.equals(this.toldJobs);
		Beat.Facts facts = all ? new Beat.Facts(this.settings.host(), this.settings.version(), jobs) : null;
		Diary.Draft draft = this.diary.draft(this.sender, facts, this.draining.getAsBoolean(), ending);
		boolean offsetKnown = locks.clockOffset() != null;
		CompletableFuture<Pulse> reply = within(locks.beat(draft.beat()));
		this.sent = reply;
		this.sender = this.sender.next();
		reply.whenComplete((pulse, ex) -> {
			if (ex != null) {
				notTold(ex);
			}
			else if (!ending) {
				answered(draft, jobs, pulse, offsetKnown);
			}
			synchronized (this) {
				this.answered = ex == null;
			}
		});
		return reply;
	}

	private CompletableFuture<Pulse> within(CompletableFuture<Pulse> reply) {
		return (this.threads != null) ? this.threads.clock().within(reply, INTERVAL) : reply;
	}

	/**
	 * A Redis that is away is known from elsewhere. One that refuses nothing but this is
	 * not.
	 */
	private void notTold(Throwable ex) {
		String message = String.valueOf(NestedExceptionUtils.getMostSpecificCause(ex).getMessage());
		if (REFUSED.matcher(message).find() && this.refusalSaid.compareAndSet(false, true)) {
			logger.warn(
					"Redis does not let this server tell the others of itself: {}. Jobs run as usual, but operators "
							+ "do not see this server. Give its user the rights that the documentation names.",
					message);
		}
		else {
			logger.trace("Not told", ex);
		}
	}

	private void answered(Diary.Draft draft, List<Beat.KnownJob> jobs, Pulse pulse, boolean offsetKnown) {
		this.heard = new Heard(pulse, this.time.nanoTime());
		boolean again;
		boolean otherIsAlive;
		synchronized (this) {
			if (pulse.known()) {
				this.diary.told(draft);
				// The next beat may have been sent already, with the same mark
				this.sender = this.sender.after(draft.beat().sender(), this.random);
			}
			else if (pulse.other()) {
				this.sender = this.sender.apart(this.random);
			}
			// One that ends may have been followed already, and leaves its name to that
			// one
			boolean followed = pulse.other() && this.closing;
			if (!followed) {
				this.toldJobs = pulse.known() ? jobs : null;
			}
			// Redis has forgotten this server; or the first answer has just told how its
			// clock differs
			again = this.onceMore || (!pulse.known() && !followed) || (draft.beat().facts() != null && !offsetKnown);
			otherIsAlive = pulse.other() && !followed && isOverwrittenAgain();
		}
		if (otherIsAlive && this.otherSaid.compareAndSet(false, true)) {
			logger
				.warn("Another process is server '{}', too. Their locks exclude each other as ever, but operators see "
						+ "the two as one. Give each its own distributed-scheduled.server-id, or none: the default is another "
						+ "one for each start. Restart servers that were restored from one image (a checkpoint, a snapshot).",
						this.server.get());
		}
		pulse.jobs().forEach(this.diary::heard);
		if (again) {
			soon();
		}
		ServerThreads threads = this.threads;
		if (draft.beat().facts() != null && pulse.known() && threads != null) {
			// Waits for an answer
			threads.workers().execute(this::compare);
		}
	}

	/**
	 * Two applications of one name share the ticks of jobs with one name, and each tick
	 * is run by one of them only. The one that comes second sees that.
	 */
	private void compare() {
		try {
			Disagreements.methods(this.locks.get().servers())
				.stream()
				.filter(this.disagreementsSaid::add)
				.forEach(logger::warn);
		}
		catch (RuntimeException ex) {
			logger.debug("Not compared with the jobs of other servers", ex);
		}
	}

	/**
	 * Once, that may be a Redis that has gone back in time, to a predecessor of this
	 * process. Who overwrites what was told again is alive.
	 */
	private boolean isOverwrittenAgain() {
		Long before = this.overwritten;
		this.overwritten = this.time.nanoTime();
		return before != null && this.overwritten - before < INTERVAL.multipliedBy(3).toNanos();
	}

	List<Beat.KnownJob> knownJobs() {
		return this.jobs.get();
	}

	/**
	 * Return what is known of the runs of a job.
	 */
	Activity activity(String job, Instant now) {
		Heard heard = this.heard;
		Activity told = (heard != null) ? heard.pulse().jobs().getOrDefault(job, Activity.NONE) : Activity.NONE;
		return this.diary.with(job, told, now);
	}

	TimeSource time() {
		return this.time;
	}

	/**
	 * Return what time it is on Redis's clock, or on this one as long as that is not
	 * known.
	 */
	Instant now() {
		Heard heard = this.heard;
		return (heard != null) ? heard.pulse().redisTime().plus(this.time.since(heard.nanos())) : this.time.now();
	}

	/**
	 * Return when this server started.
	 * @param now what time it is on the clock that is meant
	 */
	Instant started(Instant now) {
		return now.minus(this.time.since(this.startedNanos));
	}

	/**
	 * Say that this server ends. Waits a little, and not at all where Redis is away.
	 */
	void end() {
		CompletableFuture<?> before;
		boolean answered;
		synchronized (this) {
			this.ended = true;
			cancelNext();
			before = this.sent;
			answered = this.answered;
			if (this.threads == null) {
				return;
			}
		}
		if (answered && before != null) {
			// One that is on its way must not come after the last
			await(before);
		}
		try {
			CompletableFuture<?> last = send(true);
			if (answered && last != null) {
				await(last);
			}
		}
		catch (RuntimeException ex) {
			logger.debug("The others are not told that this server ends", ex);
		}
	}

	private void await(CompletableFuture<?> reply) {
		try {
			this.time.await(reply, LAST_WAIT);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
		catch (ExecutionException | TimeoutException ex) {
			logger.trace("Not told", ex);
		}
	}

	/**
	 * What was heard last, and when.
	 *
	 * @param pulse what was heard
	 * @param nanos when, on the clock of {@link TimeSource#nanoTime()}
	 */
	private record Heard(Pulse pulse, long nanos) {

	}

}
