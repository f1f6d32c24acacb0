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

import io.github.lockstarter.CrashPolicy;
import io.github.lockstarter.DistributedScheduled;
import io.github.lockstarter.LockLostPolicy;
import io.github.lockstarter.proof.checker.Rules;

import org.springframework.scheduling.annotation.Scheduled;

/**
 * The jobs under test, one of every kind.
 */
public class Jobs {

	/**
	 * Takes longer than its period, and than its lease. Never looks whether it is lost.
	 */
	public static final String SLOW = "slow";

	/**
	 * A tick of it is run again when its run crashes. It takes so little of its period
	 * that the lease of a run that crashed is over before the next tick, and that a run
	 * which begins late, because the clock of its server is behind, is over by then.
	 */
	public static final String AGAIN = "again";

	private static final String SECOND = "second";

	private static final String RATE = "rate";

	private static final String DELAY = "delay";

	private static final String HELD = "held";

	private static final Duration SLOW_WORK = Duration.ofMillis(2300);

	private static final Duration AGAIN_WORK = Duration.ofMillis(1500);

	private static final int ATTEMPTS = 3;

	private final Work work;

	Jobs(Work work) {
		this.work = work;
	}

	/**
	 * Returns what these jobs are judged by.
	 * @param lease the lease
	 * @param acquireTimeout the timeout
	 * @return the rules
	 */
	public static Rules rules(Duration lease, Duration acquireTimeout) {
		return new Rules(
				List.of(new Rules.Job(SECOND, Rules.Kind.CRON, Duration.ofSeconds(1), Duration.ZERO),
						new Rules.Job(SLOW, Rules.Kind.CRON, Duration.ofSeconds(2), Duration.ZERO),
						new Rules.Job(RATE, Rules.Kind.RATE, Duration.ofMillis(1500), Duration.ZERO),
						new Rules.Job(DELAY, Rules.Kind.DELAY, Duration.ofMillis(1000), Duration.ZERO),
						new Rules.Job(HELD, Rules.Kind.CRON, Duration.ofSeconds(1), Duration.ofMillis(2500)),
						new Rules.Job(AGAIN, Rules.Kind.CRON, Duration.ofSeconds(5), Duration.ZERO, ATTEMPTS)),
				lease, acquireTimeout);
	}

	@Scheduled(cron = "* * * * * *")
	@DistributedScheduled(name = SECOND)
	void second() throws InterruptedException {
		this.work.stopWhenLost(Duration.ofMillis(50));
	}

	@Scheduled(cron = "*/2 * * * * *")
	@DistributedScheduled(name = SLOW, onLockLost = LockLostPolicy.CONTINUE)
	void slow() {
		this.work.goOn(SLOW_WORK);
	}

	@Scheduled(fixedRate = 1500)
	@DistributedScheduled(name = RATE)
	void rate() throws InterruptedException {
		this.work.stopWhenLost(Duration.ofMillis(200));
	}

	@Scheduled(fixedDelay = 1000)
	@DistributedScheduled(name = DELAY)
	void delay() throws InterruptedException {
		this.work.stopWhenLost(Duration.ofMillis(300));
	}

	@Scheduled(cron = "* * * * * *")
	@DistributedScheduled(name = HELD, lockAtLeastFor = "2500ms")
	void held() throws InterruptedException {
		this.work.stopWhenLost(Duration.ofMillis(10));
	}

	@Scheduled(cron = "*/5 * * * * *")
	@DistributedScheduled(name = AGAIN, onCrash = CrashPolicy.RERUN, maxAttempts = ATTEMPTS)
	void again() throws InterruptedException {
		this.work.stopWhenLost(AGAIN_WORK);
	}

}
