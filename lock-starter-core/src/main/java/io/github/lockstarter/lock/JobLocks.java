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
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;

import org.jspecify.annotations.Nullable;
import org.redisson.api.RedissonClient;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.github.lockstarter.LockUnavailableException;
import io.github.lockstarter.SkipReason;
import io.github.lockstarter.internal.time.ServerThreads;
import io.github.lockstarter.internal.time.TimeSource;

/**
 * The locks of all jobs of a server. Safe for use by several threads.
 *
 * @since 0.1.0
 */
public final class JobLocks implements AutoCloseable {

	private static final Logger logger = LoggerFactory.getLogger(JobLocks.class);

	private static final Duration AS_LONG_AS_IT_TAKES = Duration.ofDays(365);

	/** It is not the lock of a job: each of these has a lease. */
	private static final String ENDLESS = "it never expires (no time to live): release it with force on the page of the jobs, or delete its key, if no other program needs it";

	private final LockStore store;

	/** Nobody else may draw the same: it would take the lock of this one for its own. */
	private final RandomGenerator owners;

	private final LockSettings settings;

	private final LeaseKeeper keeper;

	private final TimeSource time;

	private final Duration leaseAbove;

	private final ClockWatch clockWatch;

	private final ScheduleWatch scheduleWatch = new ScheduleWatch();

	private final Doubts doubts;

	private final RefusedOwners refusedOwners = new RefusedOwners();

	private final RedisTimes redisTimes;

	/** What is held, until nothing more is to be sent for it. */
	private final Set<HeldLock> held = ConcurrentHashMap.newKeySet();

	private final AtomicBoolean disconnected = new AtomicBoolean();

	/** Disconnects when no lock can be held any more. */
	private volatile @Nullable Future<?> end;

	private volatile boolean closed;

	/** What Redis did not answer last; in a cluster only its shard may be away. */
	private volatile @Nullable LockRequest unanswered;

	JobLocks(LockStore store, LockSettings settings, TimeSource time) {
		this(store, settings, time.clock(), new LeaseKeeper(new ServerThreads(time, settings.server())),
				settings.acquireTimeout());
	}

	JobLocks(LockStore store, LockSettings settings, Clock clock, LeaseKeeper keeper, Duration leaseAbove) {
		this.leaseAbove = leaseAbove;
		this.store = store;
		this.settings = settings;
		this.clockWatch = new ClockWatch(clock, settings.maxClockSkew());
		this.keeper = keeper;
		this.time = keeper.time();
		this.owners = this.time.random("owners");
		this.doubts = new Doubts(store, keeper);
		this.redisTimes = new RedisTimes(this.time, store::isOneServer);
	}

	/**
	 * Locks on Redis. Connects in the background, at once and then again and again until
	 * Redis answers.
	 * @param client creates or finds the client; called on a thread of its own
	 * @param shutDownClient whether closing the locks shuts the client down
	 * @param address what the log says of the address
	 * @param settings the settings
	 * @param time the time of the server
	 * @return the locks
	 */
	public static JobLocks onRedis(Supplier<? extends RedissonClient> client, boolean shutDownClient, String address,
			LockSettings settings, TimeSource time) {
		RedissonVersion.check();
		RedissonConnector connector = new RedissonConnector(client, shutDownClient, settings.server(), time);
		RedisLockStore store = new RedisLockStore(connector, address, settings, time);
		connector.connect();
		return new JobLocks(store, settings, time);
	}

	/**
	 * Locks in the memory of this application only.
	 * @param settings the settings
	 * @param time the time of the server
	 * @return the locks
	 */
	public static JobLocks inMemory(LockSettings settings, TimeSource time) {
		return new JobLocks(new InMemoryLockStore(settings, time), settings, time);
	}

	/**
	 * Return the threads of the server.
	 * @return the threads, which end with the locks
	 */
	public ServerThreads threads() {
		return this.keeper.threads();
	}

	/**
	 * Return locks whose steps go through something that stands before the store.
	 */
	JobLocks with(UnaryOperator<LockStore> before) {
		this.keeper.close();
		return new JobLocks(before.apply(this.store), this.settings, this.time);
	}

	/**
	 * Ask for a tick. Waits for nothing. If the answer is cancelled, what this server may
	 * have got of the tick is given back.
	 * @param request which tick of which job
	 * @return what came of it, within the acquire timeout; never failed
	 */
	public CompletableFuture<Claim> claim(LockRequest request) {
		Acquiring acquiring = new Acquiring(request);
		acquiring.begin();
		return acquiring.result;
	}

	/**
	 * Redis is not to blame, and would give no other answer if it were asked again.
	 */
	private static Claim failed(LockRequest request, Throwable failure) {
		NoReplyException.reportInternal(logger, "The lock of " + request.job() + " could not be asked for", failure);
		return new Claim.Refused(SkipReason.INTERNAL_ERROR, null, null, null, NoReplyException.rootMessage(failure));
	}

	private Claim unavailable(LockRequest request, NoReplyException failure) {
		if (failure.trouble() == Trouble.INTERNAL) {
			return failed(request, failure);
		}
		this.unanswered = request;
		return new Claim.Refused(SkipReason.REDIS_UNAVAILABLE, null, null, null, failure.getMessage(),
				failure.trouble(), null);
	}

	private void held(HeldLock lock) {
		this.held.add(lock);
		lock.whenOver(() -> {
			this.held.remove(lock);
			disconnectIfOver();
		});
	}

	private static @Nullable Duration wait(Answer answer) {
		Instant askAgainAt = answer.askAgainAt();
		return (askAgainAt != null) ? Duration.between(answer.redisTime(), askAgainAt) : null;
	}

	private Claim refused(LockRequest request, Answer answer) {
		Duration wait = wait(answer);
		if (answer.verdict() == Verdict.LOCKED || answer.verdict() == Verdict.ENDLESS) {
			return new Claim.Refused(SkipReason.LOCK_REFUSED, null, null, wait, holder(request, answer));
		}
		if (answer.verdict() == Verdict.EARLY && wait != null) {
			return new Claim.Early(wait);
		}
		SkipReason reason = answer.verdict().skipReason();
		if (reason == null) {
			throw new IllegalStateException("Unexpected answer " + answer);
		}
		String detail = switch (reason) {
			case CLOCK_AHEAD -> "on Redis it is " + answer.redisTime() + ", this server is "
					+ Durations.rounded(ahead(answer)) + " ahead";
			case CRASHED -> (answer.attempts() > 0) ? "started " + answer.attempts() + " times, and no run has ended"
					: "no run has ended, and a newer tick has started";
			default -> null;
		};
		return new Claim.Refused(reason, answer.holder(), answer.since(), wait, detail);
	}

	private static String holder(LockRequest request, Answer answer) {
		String holder = (request.group() != null)
				? "the lock of the group '" + request.group() + "' is held by " + answer.lockHolder()
				: "its lock is held by " + answer.lockHolder() + ", which is no run of this job";
		return (answer.verdict() == Verdict.ENDLESS) ? holder + "; " + ENDLESS : holder;
	}

	private Duration ahead(Answer answer) {
		Duration offset = this.clockWatch.offset();
		// Not measured yet, because the first answers were slow
		return (offset != null) ? offset : Duration.between(answer.redisTime(), this.clockWatch.now());
	}

	private Deadline deadline(Duration limit) {
		return new Deadline(limit, this.store.address(), this.time);
	}

	/**
	 * Wait for nothing, but tell when the locks can be had for the first time.
	 * @return completed once Redis has answered, failed if the first attempt failed: with
	 * an exception whose message says for a human what was tried, and why it failed
	 */
	public CompletableFuture<?> ready() {
		CompletableFuture<Boolean> ready = new CompletableFuture<>();
		this.store.ready().whenComplete((done, ex) -> {
			if (ex != null) {
				ready.completeExceptionally(new NoReplyException(this.store.address(), ex));
			}
			else {
				ready.complete(true);
			}
		});
		return ready;
	}

	/**
	 * Find out whether locks can be had now. Takes a lock that is no job's, and releases
	 * it at once, where the job is kept that could not be asked for last. Waits for the
	 * acquire timeout at most.
	 * @return the status
	 */
	public LockStatus status() {
		String failure = null;
		try {
			Instant asked = this.clockWatch.now();
			Instant redisTime = deadline(this.settings.acquireTimeout())
				.await(LeaseKeeper.send(() -> this.store.probe(this.unanswered)));
			this.redisTimes.answered(redisTime);
			this.clockWatch.answered(asked, redisTime);
		}
		catch (NoReplyException ex) {
			failure = ex.getMessage();
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			failure = "the thread that asked was interrupted";
		}
		return new LockStatus(this.settings.namespace(), this.settings.server(), this.store.describe(), failure,
				clockOffset(), this.settings.maxClockSkew(), this.store.evictions());
	}

	/**
	 * Tell the other servers of this one, and learn what they have told. Waits for
	 * nothing.
	 * @param beat what there is to tell
	 * @return what they have told; failed if Redis did not answer
	 */
	public CompletableFuture<Pulse> beat(Beat beat) {
		Instant asked = this.clockWatch.now();
		return LeaseKeeper.send(() -> this.store.beat(beat, clockOffset())).whenComplete((pulse, ex) -> {
			if (pulse != null) {
				this.redisTimes.answered(pulse.redisTime());
				this.clockWatch.answered(asked, pulse.redisTime());
			}
		});
	}

	/**
	 * Return what all servers have told of themselves. Waits for the acquire timeout at
	 * most.
	 * @return what they have told
	 * @throws LockUnavailableException if Redis does not tell
	 */
	public Servers servers() {
		return tell("It is not known which servers there are", this.store::servers);
	}

	/**
	 * Return what is known of all servers and jobs, asked for at the same time. Waits for
	 * the acquire timeout at most, for everything.
	 * @param own the jobs of this server; those that only others know come with the
	 * servers
	 * @param runs how many of the last runs of each job to tell at most
	 * @return the inventory
	 * @throws LockUnavailableException if Redis does not tell
	 */
	public Inventory inventory(Collection<Beat.KnownJob> own, int runs) {
		return tell("It is not known how the jobs are doing",
				() -> this.store.servers().thenCompose((servers) -> inventory(servers, own, runs)));
	}

	private CompletableFuture<Inventory> inventory(Servers servers, Collection<Beat.KnownJob> own, int runs) {
		Map<Beat.KnownJob, JobRecord> records = new ConcurrentHashMap<>();
		Map<Beat.KnownJob, String> failures = new ConcurrentHashMap<>();
		// In a cluster one server may stand still; what the others tell comes in time all
		// the same
		Deadline half = deadline(this.settings.acquireTimeout().dividedBy(2));
		List<CompletableFuture<?>> replies = new ArrayList<>();
		for (Beat.KnownJob job : servers.jobs(own)) {
			replies.add(this.keeper
				.within(LeaseKeeper.send(() -> this.store.record(job.name(), job.group(), runs)), half.remaining())
				.handle((record, ex) -> (ex != null) ? failures.put(job, failure(ex, half))
						: records.put(job, record)));
		}
		return CompletableFuture.allOf(replies.toArray(CompletableFuture[]::new))
			.thenApply((done) -> new Inventory(servers, records, failures));
	}

	private static String failure(Throwable ex, Deadline deadline) {
		return (ex instanceof TimeoutException) ? deadline.reason() : NoReplyException.rootMessage(ex);
	}

	/**
	 * Return what is known of a job. Waits for the acquire timeout at most.
	 * @param job the name of the job
	 * @param group the group whose jobs share a lock; {@code null} if the job is in none
	 * @param runs how many of the last runs to tell at most, beside one that is going on
	 * @return the record; also of a job that never ran
	 * @throws LockUnavailableException if Redis does not tell
	 */
	public JobRecord record(String job, @Nullable String group, int runs) {
		return tell("It is not known how " + job + " is doing", () -> this.store.record(job, group, runs));
	}

	/**
	 * Refuse all ticks of the schedule of a job from now on, on all servers, with
	 * {@link SkipReason#PAUSED}. A run that is going on goes on, and a call by hand is
	 * not refused. Waits for the acquire timeout at most.
	 * @param job the name of the job
	 * @param group the group whose jobs share a lock; {@code null} if the job is in none
	 * @return false if it was paused before
	 * @throws LockUnavailableException if Redis does not confirm it; it may have been
	 * done
	 */
	public boolean pause(String job, @Nullable String group) {
		return tell("It is not known whether " + job + " is paused", () -> this.store.pause(job, group, true));
	}

	/**
	 * Refuse ticks of a job no more that are due from now on. Waits for the acquire
	 * timeout at most.
	 * @param job the name of the job
	 * @param group the group whose jobs share a lock; {@code null} if the job is in none
	 * @return false if it was not paused
	 * @throws LockUnavailableException if Redis does not confirm it; it may have been
	 * done
	 */
	public boolean resume(String job, @Nullable String group) {
		return tell("It is not known whether " + job + " is paused", () -> this.store.pause(job, group, false));
	}

	/**
	 * Take away what keeps a job from running: the lock of a holder that is gone, the
	 * hold of {@code lockAtLeastFor}, and keys that are of another type than those of the
	 * job. A run whose lock is taken away learns it at its next renewal. Nothing is taken
	 * away if the lock changes hands meanwhile. Waits for the acquire timeout at most,
	 * for each of up to three commands.
	 * @param job the name of the job
	 * @param group the group whose jobs share a lock; {@code null} if the job is in none
	 * @param force whether to release the lock even if its holder is alive
	 * @param alive tells whether the holder of the lock may be alive; not asked if nobody
	 * has it
	 * @return what came of it
	 * @throws LockUnavailableException if Redis does not confirm it; it may have been
	 * done
	 */
	public LockRelease release(String job, @Nullable String group, boolean force, Predicate<JobRecord.Holder> alive) {
		JobRecord record = record(job, group, 0);
		JobRecord.Holder holder = record.holder();
		if (holder == null && record.heldUntil() == null && record.wrongKeys().isEmpty()) {
			return new LockRelease.NotLocked();
		}
		boolean living = holder != null && mayBeAlive(holder, force, alive);
		if (holder != null && living && !force) {
			return new LockRelease.Refused(holder);
		}
		String owner = (holder != null) ? holder.owner() : null;
		boolean released = tell("It is not known whether the lock of " + job + " is released",
				() -> this.store.release(job, group, owner, living));
		if (released) {
			return new LockRelease.Released(holder, record.wrongKeys());
		}
		// Whoever has it now was not meant
		JobRecord.Holder other = record(job, group, 0).holder();
		return (other != null) ? new LockRelease.Refused(other) : new LockRelease.NotLocked();
	}

	/**
	 * With force a lock is released also where nobody knows of the servers.
	 */
	private static boolean mayBeAlive(JobRecord.Holder holder, boolean force, Predicate<JobRecord.Holder> alive) {
		try {
			return alive.test(holder);
		}
		catch (LockUnavailableException ex) {
			if (!force) {
				throw ex;
			}
			return true;
		}
	}

	private <T> T tell(String otherwise, Supplier<CompletableFuture<T>> command) {
		try {
			return deadline(this.settings.acquireTimeout()).await(LeaseKeeper.send(command));
		}
		catch (NoReplyException ex) {
			NoReplyException.reportInternal(logger, otherwise, ex);
			throw new LockUnavailableException(otherwise + ": " + ex.getMessage());
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new LockUnavailableException(otherwise + ": the thread that asked was interrupted");
		}
	}

	/**
	 * Return by how much the clock of this server was ahead of Redis's when Redis
	 * answered last. Asks nobody.
	 * @return the offset, negative if this server is behind; {@code null} if it is not
	 * known
	 */
	public @Nullable Duration clockOffset() {
		return this.clockWatch.offset();
	}

	/**
	 * Ask until there is an answer, whatever it is, without a thread that waits. What
	 * this server may have got without knowing is given back first.
	 * @param request what to ask for
	 * @param limit for how long
	 * @param wanted asked before every attempt; false ends it
	 * @return completed once there is an answer, with the refusal if the tick is decided
	 * by now; failed when it is over; always on a thread that may block
	 */
	public CompletableFuture<Optional<Claim.Refused>> answered(LockRequest request, Duration limit,
			BooleanSupplier wanted) {
		CompletableFuture<Optional<Claim.Refused>> result = new CompletableFuture<>();
		CompletableFuture<Answer> answer = (!limit.isNegative() && wanted.getAsBoolean())
				? this.keeper.keepTrying(() -> askWithoutDoubt(request), limit, wanted)
				: CompletableFuture.failedFuture(new NoReplyException("the time to ask again is over"));
		answer.whenComplete((value, failure) -> this.keeper.tell(() -> {
			if (failure != null) {
				result.completeExceptionally(failure);
			}
			else {
				result.complete(decided(request, value));
			}
		}));
		return result;
	}

	private Optional<Claim.Refused> decided(LockRequest request, Answer answer) {
		return switch (answer.verdict()) {
			case ALREADY_RAN, SUPERSEDED -> Optional.of((Claim.Refused) refused(request, answer));
			default -> Optional.empty();
		};
	}

	private CompletableFuture<Answer> askWithoutDoubt(LockRequest request) {
		return this.doubts.concern(request)
				? CompletableFuture.failedFuture(new NoReplyException("what may be held is not given back yet"))
				: this.store.look(request);
	}

	/**
	 * Ask without claiming anything, again and again until Redis answers, without a
	 * thread that waits.
	 * @param request what to ask for
	 * @param delay when to begin
	 * @param wanted asked before every further attempt; false ends it
	 * @return what Redis says; failed when nobody wants to know any more; always
	 * completed on a thread that may block
	 */
	public CompletableFuture<Look> look(LockRequest request, Duration delay, BooleanSupplier wanted) {
		CompletableFuture<Look> result = new CompletableFuture<>();
		Future<?> begun = this.keeper
			.renew(() -> this.keeper.keepTrying(() -> this.store.look(request), AS_LONG_AS_IT_TAKES, wanted)
				.whenComplete((answer, failure) -> this.keeper.tell(() -> {
					if (failure != null) {
						result.completeExceptionally(failure);
					}
					else {
						result.complete(Look.of(answer));
					}
				})), delay.toNanos());
		if (begun == null) {
			result.cancel(false);
		}
		return result;
	}

	/**
	 * Return what every lease must be longer than: of one that is granted at the end of
	 * the time that a thread may wait, nothing would be left that is trusted.
	 * @return the acquire timeout and a margin; zero if nobody waits
	 */
	public Duration leaseAbove() {
		return this.leaseAbove.isZero() ? this.leaseAbove : Lease.longEnough(this.leaseAbove);
	}

	/**
	 * Return what the locks are kept in.
	 * @return a text for the log
	 */
	public String describe() {
		return this.store.describe();
	}

	/**
	 * Stop renewing, and disconnect. A run may close its own application, so the
	 * connection is kept for those that still have their lock: until they have ended, or
	 * their leases are over.
	 */
	@Override
	public void close() {
		this.keeper.close();
		this.doubts.close();
		Duration longest = this.held.stream().map(HeldLock::left).max(Comparator.naturalOrder()).orElse(Duration.ZERO);
		if (!longest.isZero()) {
			this.end = this.keeper.watch(() -> this.keeper.tell(this::disconnect), longest.toNanos());
		}
		this.closed = true;
		disconnectIfOver();
	}

	private void disconnectIfOver() {
		if (this.closed && this.held.stream().allMatch((lock) -> lock.left().isZero())) {
			disconnect();
		}
	}

	private void disconnect() {
		if (this.disconnected.compareAndSet(false, true)) {
			Future<?> end = this.end;
			if (end != null) {
				// Or its thread would wait for it
				end.cancel(false);
			}
			this.store.close();
		}
	}

	/**
	 * One question for a tick, from its beginning to its answer.
	 */
	private final class Acquiring {

		private final LockRequest request;

		private final Deadline deadline = deadline(JobLocks.this.settings.acquireTimeout());

		private final CompletableFuture<Claim> result = new CompletableFuture<>();

		private final AtomicBoolean decided = new AtomicBoolean();

		/** The owner of what is on its way; {@code null} while nothing is. */
		private volatile @Nullable Long owner;

		Acquiring(LockRequest request) {
			this.request = request;
		}

		void begin() {
			this.result.whenComplete((claim, ex) -> cancelled());
			Future<?> end = JobLocks.this.keeper.watch(() -> failed(this.deadline.late()),
					this.deadline.remaining().toNanos());
			if (end != null) {
				this.result.whenComplete((claim, ex) -> end.cancel(false));
			}
			// Or this server would be refused by its own ghost. And what is given up
			// before there is a connection must not be sent when there is one
			JobLocks.this.doubts.settle(this.request)
				.thenCompose((done) -> JobLocks.this.store.ready())
				.whenComplete((done, ex) -> {
					if (ex != null) {
						failed(new NoReplyException(JobLocks.this.store.address(), ex));
					}
					else {
						send(true);
					}
				});
		}

		/**
		 * Each sending has an owner of its own, so that none can take another one back;
		 * but for one that follows a refusal.
		 * @param again whether to ask once more where Redis's time is another one than
		 * was thought
		 */
		private void send(boolean again) {
			Long refused = JobLocks.this.refusedOwners.take(this.request);
			long owner = (refused != null) ? refused : JobLocks.this.owners.nextLong();
			this.owner = owner;
			// Not before that: who gives up from now on gives this owner back
			if (this.decided.get()) {
				return;
			}
			Instant giveUpAt = JobLocks.this.redisTimes.in(this.request.job(), this.deadline.remaining());
			Lease.Moment sent = Lease.Moment.now(JobLocks.this.time);
			Instant asked = JobLocks.this.clockWatch.now();
			LeaseKeeper.send(() -> JobLocks.this.store.acquire(this.request, owner, giveUpAt))
				.whenComplete((answer, ex) -> {
					if (ex != null) {
						failed(new NoReplyException(JobLocks.this.store.address(), ex));
						return;
					}
					try {
						JobLocks.this.redisTimes.answered(this.request.job(), answer.redisTime());
						JobLocks.this.clockWatch.answered(asked, answer.redisTime());
						JobLocks.this.scheduleWatch.answered(this.request, answer);
						answered(owner, answer, sent, again);
					}
					catch (Throwable failure) {
						failed(new NoReplyException(JobLocks.this.store.address(), failure));
					}
				});
		}

		private void answered(long owner, Answer answer, Lease.Moment sent, boolean again) {
			switch (answer.verdict()) {
				case STARTED -> {
					HeldLock lock = new HeldLock(JobLocks.this.store, JobLocks.this.keeper, JobLocks.this.doubts,
							this.request, owner, answer, sent, JobLocks.this.settings);
					if (this.decided.compareAndSet(false, true)) {
						held(lock);
						if (!this.result.complete(new Claim.Granted(lock))) {
							lock.abandon();
						}
					}
				}
				case TOO_LATE -> {
					// Or one that comes twice may be in time for a clock that is set back
					JobLocks.this.doubts.giveBack(this.request, owner);
					this.owner = null;
					if (again) {
						send(false);
					}
					else {
						failed(this.deadline.late());
					}
				}
				case LOST -> failed(this.deadline.late());
				default -> {
					Claim refused = refused(this.request, answer);
					if (this.decided.compareAndSet(false, true)) {
						if (answer.askAgainAt() != null) {
							JobLocks.this.refusedOwners.put(this.request, owner);
						}
						this.result.complete(refused);
					}
				}
			}
		}

		private void failed(NoReplyException failure) {
			if (giveBack()) {
				this.result.complete(unavailable(this.request, failure));
			}
		}

		private void cancelled() {
			if (this.result.isCancelled()) {
				giveBack();
			}
		}

		/**
		 * Before anybody learns of it: the next question must not meet this one.
		 * @return false if it was decided before
		 */
		private boolean giveBack() {
			if (!this.decided.compareAndSet(false, true)) {
				return false;
			}
			Long owner = this.owner;
			if (owner != null) {
				JobLocks.this.doubts.giveBack(this.request, owner);
			}
			return true;
		}

	}

}
