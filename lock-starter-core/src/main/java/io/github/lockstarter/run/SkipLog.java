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

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.github.lockstarter.JobSkipped;
import io.github.lockstarter.SkipReason;
import io.github.lockstarter.lock.Trouble;

/**
 * Says why a tick was skipped, as loudly as it deserves. The first skip of each job is
 * INFO, so that a newcomer sees the second server being refused; a skip is no failure, so
 * later ones are DEBUG. Danger is WARN, once, until it is over.
 */
final class SkipLog {

	private static final Logger logger = LoggerFactory.getLogger(SkipLog.class);

	private final Set<String> seen = ConcurrentHashMap.newKeySet();

	private final Set<String> errors = ConcurrentHashMap.newKeySet();

	/** The jobs for which Redis did not answer. */
	private final Set<String> away = ConcurrentHashMap.newKeySet();

	/** What is wrong with Redis for all jobs, and has been said. */
	private final AtomicReference<@Nullable Trouble> redis = new AtomicReference<>();

	private final AtomicBoolean clockAhead = new AtomicBoolean();

	void skipped(JobSkipped skip) {
		switch (skip.reason()) {
			case CLOCK_AHEAD -> {
				redisAnswered(skip.job());
				clockAhead(skip);
			}
			case REDIS_UNAVAILABLE, CLOSING -> {
			}
			default -> {
				redisAnswered(skip.job());
				if (skip.tick() != null) {
					clockFine();
				}
			}
		}
		if (this.seen.add(skip.job())) {
			logger.info("{}. Later skips of this job are logged at DEBUG.", describe(skip));
		}
		else if (logger.isDebugEnabled()) {
			logger.debug("{}", describe(skip));
		}
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
			if (this.errors.add(job)) {
				logger.warn("Redis answers the lock of {} with an error: {}. This job cannot run on this server until "
						+ "that is mended.", job, cause);
			}
		}
		else if (trouble == Trouble.REFUSING) {
			if (this.redis.getAndSet(Trouble.REFUSING) == null) {
				logger.warn("Redis answers, but takes no locks: {}. Jobs wait or are skipped on this server until it "
						+ "does. Check that this application talks to the master and has the rights it needs there, and "
						+ "that Redis has memory and disk to write.", cause);
			}
		}
		else {
			this.away.add(job);
			redisLost(cause);
		}
	}

	/**
	 * Redis answers nobody.
	 */
	void redisLost(@Nullable String cause) {
		if (this.redis.getAndSet(Trouble.AWAY) == null) {
			logger
				.warn("Redis cannot be asked for locks: {}. Jobs wait or are skipped on this server until it answers. "
						+ "Check that Redis runs, and that this application has the right address and password of it.",
						cause);
		}
	}

	/**
	 * Redis has answered for a job. What it takes besides, an answer doesn't tell: a
	 * replica answers, too. And where only one shard of a cluster is away, the answers to
	 * jobs on the others say nothing about it.
	 */
	void redisAnswered(String job) {
		if (this.redis.get() == Trouble.AWAY && (this.away.isEmpty() || this.away.contains(job))
				&& this.redis.compareAndSet(Trouble.AWAY, null)) {
			this.away.clear();
			logger.info("Redis answers again. Jobs run as usual.");
		}
	}

	/**
	 * Redis has given a job its lock.
	 */
	void lockTaken(String job) {
		redisAnswered(job);
		if (this.redis.get() == Trouble.REFUSING && this.redis.compareAndSet(Trouble.REFUSING, null)) {
			logger.info("Redis takes locks again. Jobs run as usual.");
		}
		if (this.errors.remove(job)) {
			logger.info("Redis answers the lock of {} without an error again.", job);
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

}
