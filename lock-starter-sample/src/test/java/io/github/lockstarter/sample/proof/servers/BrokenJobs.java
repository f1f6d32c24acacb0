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

package io.github.lockstarter.sample.proof.servers;

import java.time.Duration;
import java.util.List;
import java.util.Map;

import io.github.lockstarter.DistributedScheduled;
import io.github.lockstarter.LockLostPolicy;
import io.github.lockstarter.lock.BrokenStore.Flaw;
import io.github.lockstarter.proof.checker.Rules;

import org.springframework.scheduling.annotation.Scheduled;

/**
 * The red controls: what the checker must find is made to happen here. Beside them is a
 * healthy job, of which it must find nothing.
 */
public class BrokenJobs {

	/** Nothing is left out. */
	public static final String HEALTHY = "healthy";

	/** Has the mutual exclusion alone. */
	public static final String NO_TICK_RULE = "no-tick-rule";

	/** Is not renewed, and takes longer than its lease. */
	public static final String NO_LEASE_KEEPER = "no-lease-keeper";

	/** Writes whatever its token is. */
	public static final String NO_FENCING = "no-fencing";

	/** Releases the lock of whoever holds it. */
	public static final String NO_OWNER_CHECK = "no-owner-check";

	static final Map<String, Flaw> FLAWS = Map.of(NO_TICK_RULE, Flaw.NO_TICK_RULE, NO_LEASE_KEEPER,
			Flaw.NO_LEASE_KEEPER, NO_OWNER_CHECK, Flaw.NO_OWNER_CHECK);

	/** Longer than the lease of the others, so that a successor renews seldom. */
	public static final Duration LONG_LEASE = Duration.ofSeconds(6);

	private static final String LONG_LEASE_TEXT = "6s";

	private final Work work;

	BrokenJobs(Work work) {
		this.work = work;
	}

	/**
	 * Returns what these jobs are judged by.
	 * @param lease the lease
	 * @param acquireTimeout the timeout
	 * @return the rules
	 */
	public static Rules rules(Duration lease, Duration acquireTimeout) {
		return new Rules(List.of(job(HEALTHY, 1), job(NO_TICK_RULE, 1), job(NO_LEASE_KEEPER, 1), job(NO_FENCING, 1),
				job(NO_OWNER_CHECK, 1)), lease, acquireTimeout);
	}

	private static Rules.Job job(String name, int seconds) {
		return new Rules.Job(name, Rules.Kind.CRON, Duration.ofSeconds(seconds), Duration.ZERO);
	}

	@Scheduled(cron = "* * * * * *")
	@DistributedScheduled(name = HEALTHY)
	void healthy() throws InterruptedException {
		this.work.stopWhenLost(Duration.ofMillis(50));
	}

	@Scheduled(cron = "* * * * * *")
	@DistributedScheduled(name = NO_TICK_RULE)
	void noTickRule() throws InterruptedException {
		this.work.stopWhenLost(Duration.ofMillis(10));
	}

	@Scheduled(cron = "* * * * * *")
	@DistributedScheduled(name = NO_LEASE_KEEPER, onLockLost = LockLostPolicy.CONTINUE)
	void noLeaseKeeper() {
		this.work.goOn(Duration.ofMillis(4500));
	}

	@Scheduled(cron = "* * * * * *")
	@DistributedScheduled(name = NO_FENCING, onLockLost = LockLostPolicy.CONTINUE)
	void noFencing() {
		this.work.goOnUnfenced(Duration.ofMillis(1500));
	}

	@Scheduled(cron = "* * * * * *")
	@DistributedScheduled(name = NO_OWNER_CHECK, onLockLost = LockLostPolicy.CONTINUE, lease = LONG_LEASE_TEXT)
	void noOwnerCheck() {
		this.work.goOn(Duration.ofMillis(4500));
	}

}
