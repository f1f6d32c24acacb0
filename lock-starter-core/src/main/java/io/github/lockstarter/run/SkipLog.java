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
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.github.lockstarter.JobSkipped;
import io.github.lockstarter.SkipReason;
import io.github.lockstarter.lock.Trouble;

/**
 * Says why a tick was skipped, as loudly as it deserves. The first skip of each job for
 * each reason is INFO, so that a newcomer sees the second server being refused; a skip is
 * no failure, so later ones are DEBUG. A job that hangs is INFO again every hour. Danger
 * is WARN, once, until it is over.
 */
final class SkipLog {

	private static final Logger logger = LoggerFactory.getLogger(SkipLog.class);

	private static final Duration FORGOTTEN = Duration.ofMinutes(2);

	/** How often it is told that a job hangs, or kills its servers. */
	private static final Duration REMINDER = Duration.ofHours(1);

	/**
	 * Work of code may have any number of names. Beyond these all are forgotten, and
	 * would be told of once more.
	 */
	private static final int MOST_JOBS = 1000;

	/** When each reason of each job was last told at INFO. */
	private final Map<String, Map<SkipReason, Long>> seen = new HashMap<>();

	private final Set<String> errors = ConcurrentHashMap.newKeySet();

	/** The jobs that Redis has last given trouble to, and when that was. */
	private final Map<String, Bad> bad = new HashMap<>();

	private final LongSupplier nanoTime;

	/** What is wrong with Redis for all jobs, and has been said. */
	private @Nullable Trouble said;

	/** What helps, as it was said since Redis is in trouble. */
	private final Set<String> advised = new HashSet<>();

	private final AtomicBoolean clockAhead = new AtomicBoolean();

	SkipLog(LongSupplier nanoTime) {
		this.nanoTime = nanoTime;
	}

	void skipped(JobSkipped skip) {
		switch (skip.reason()) {
			case CLOCK_AHEAD -> {
				redisAnswered(skip.job());
				clockAhead(skip);
			}
			case REDIS_UNAVAILABLE, IN_TRANSACTION, DRAINING, CLOSING -> {
			}
			default -> {
				redisAnswered(skip.job());
				if (skip.tick() != null) {
					clockFine();
				}
			}
		}
		if (isNews(skip)) {
			logger.info("{}. {}.", describe(skip), isAlarming(skip) ? "More such skips are logged at DEBUG for an hour"
					: "Later skips of this job for this reason are logged at DEBUG");
		}
		else if (logger.isDebugEnabled()) {
			logger.debug("{}", describe(skip));
		}
	}

	/**
	 * A reason that is healthy must not use up the line of another one, behind which a
	 * job may hang. Who runs a rate or a delay alone may be a moment early, after a slow
	 * start: that is no news.
	 */
	private boolean isNews(JobSkipped skip) {
		if (skip.reason() == SkipReason.NOT_DUE && skip.server().equals(skip.holder())) {
			return false;
		}
		long now = this.nanoTime.getAsLong();
		synchronized (this.seen) {
			if (!this.seen.containsKey(skip.job()) && this.seen.size() >= MOST_JOBS) {
				this.seen.clear();
			}
			Map<SkipReason, Long> told = this.seen.computeIfAbsent(skip.job(),
					(job) -> new EnumMap<>(SkipReason.class));
			Long before = told.get(skip.reason());
			if (before != null && !(isAlarming(skip) && now - before >= REMINDER.toNanos())) {
				return false;
			}
			told.put(skip.reason(), now);
			return true;
		}
	}

	/**
	 * A run that is in the way may hang. What else is alarming has a WARN of its own.
	 */
	private static boolean isAlarming(JobSkipped skip) {
		return skip.reason() == SkipReason.STILL_RUNNING || skip.reason() == SkipReason.CRASHED;
	}

	private static String describe(JobSkipped skip) {
		StringBuilder text = new StringBuilder(switch (skip.reason()) {
			case ALREADY_RAN, SUPERSEDED, STILL_RUNNING, LOCK_REFUSED -> "Lock refused: ";
			default -> "Skipped: ";
		});
		text.append(skip.job());
		if (skip.tick() != null) {
			text.append(" at tick ").append(skip.tick());
		}
		text.append(" is not run on ").append(skip.server()).append(": ").append(skip.reason());
		if (skip.holder() != null) {
			text.append((skip.reason() == SkipReason.STILL_RUNNING) ? ", runs on " : ", last run on ")
				.append(skip.holder())
				.append(", started at ")
				.append(skip.since());
		}
		if (skip.detail() != null) {
			text.append(" (").append(skip.detail()).append(')');
		}
		return text.toString();
	}

	/**
	 * Redis cannot be asked, or it refuses one job with an error.
	 */
	void unavailable(String job, @Nullable String cause, @Nullable Trouble trouble) {
		if (trouble == Trouble.ERROR) {
			redisAnswered(job);
			if (isNew(this.errors, job)) {
				logger.warn("Redis answers the lock of {} with an error: {}. This job cannot run on this server until "
						+ "that is mended.", job, cause);
			}
			return;
		}
		Trouble what = (trouble != null) ? trouble : Trouble.AWAY;
		synchronized (this.bad) {
			this.bad.put(job, new Bad(what, this.nanoTime.getAsLong()));
		}
		switch (what) {
			case REFUSING -> say(what, "Redis answers, but takes no locks: {}. Jobs wait or are skipped on this server "
					+ "until it does. {}", cause);
			default -> redisLost(cause);
		}
	}

	private void say(Trouble trouble, String text, @Nullable String cause) {
		String advice = RedisAdvice.of(trouble, cause);
		boolean news = isNews(trouble);
		boolean otherReason = isNewAdvice(advice);
		if (news) {
			logger.warn(text, cause, advice);
		}
		else if (otherReason) {
			logger.info("Redis is in trouble for another reason by now: {}. {}", cause, advice);
		}
	}

	private static boolean isNew(Set<String> jobs, String job) {
		if (jobs.contains(job)) {
			return false;
		}
		if (jobs.size() >= MOST_JOBS) {
			jobs.clear();
		}
		return jobs.add(job);
	}

	/**
	 * Redis answers nobody.
	 */
	void redisLost(@Nullable String cause) {
		say(Trouble.AWAY,
				"Redis cannot be asked for locks: {}. Jobs wait or are skipped on this server until it answers. {}",
				cause);
	}

	private boolean isNews(Trouble trouble) {
		synchronized (this.bad) {
			boolean news = this.said == null;
			this.said = trouble;
			return news;
		}
	}

	/**
	 * The first reason may be untrue by now, and its advice of no use. Each advice is
	 * given once until the trouble is over.
	 */
	private boolean isNewAdvice(String advice) {
		synchronized (this.bad) {
			return this.advised.add(advice);
		}
	}

	/**
	 * Redis has answered for a job. What it takes besides, an answer doesn't tell: a
	 * replica answers, too.
	 */
	void redisAnswered(String job) {
		if (isOver(job, true)) {
			logger.info("Redis answers again. Jobs run as usual.");
		}
	}

	/**
	 * Redis has given a job its lock.
	 */
	void lockTaken(String job) {
		redisAnswered(job);
		if (isOver(job, false)) {
			logger.info("Redis takes locks again. Jobs run as usual.");
		}
		if (this.errors.remove(job)) {
			logger.info("Redis answers the lock of {} without an error again.", job);
		}
	}

	/**
	 * It is over when it is over for all jobs: where one shard of a cluster is away, the
	 * answers to jobs on the others say nothing about it. A job that has not been heard
	 * of for a while is not waited for, because its next tick may be a night away.
	 */
	private boolean isOver(String job, boolean away) {
		synchronized (this.bad) {
			if (this.said == null) {
				return false;
			}
			Bad own = this.bad.get(job);
			if (own != null && (own.trouble() == Trouble.AWAY) == away) {
				this.bad.remove(job);
			}
			long now = this.nanoTime.getAsLong();
			this.bad.values().removeIf((other) -> now - other.at() > FORGOTTEN.toNanos());
			if ((this.said == Trouble.AWAY) != away || !this.bad.isEmpty()) {
				return false;
			}
			this.said = null;
			this.advised.clear();
			return true;
		}
	}

	private void clockAhead(JobSkipped skip) {
		if (this.clockAhead.compareAndSet(false, true)) {
			logger.warn("The clock of this server is ahead of Redis's by more than "
					+ "distributed-scheduled.max-clock-skew: {} fires at {}, but {}. Its ticks are skipped here and left "
					+ "to servers whose clock is right. Synchronize the clocks with NTP; if the clock of Redis is the "
					+ "wrong one, correct that.", skip.job(), skip.tick(), skip.detail());
		}
	}

	/**
	 * A tick was granted or was due: the clock is fine.
	 */
	void clockFine() {
		if (this.clockAhead.get() && this.clockAhead.compareAndSet(true, false)) {
			logger.info("The clock of this server is close enough to Redis's again.");
		}
	}

	/**
	 * What Redis did to a job, and when.
	 */
	private record Bad(Trouble trouble, long at) {

	}

}
