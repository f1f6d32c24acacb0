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

package io.github.lockstarter.simulation;

import java.time.Duration;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

import org.springframework.scheduling.annotation.Scheduled;

import io.github.lockstarter.CrashPolicy;
import io.github.lockstarter.DistributedScheduled;
import io.github.lockstarter.LockLostPolicy;
import io.github.lockstarter.MissedPolicy;
import io.github.lockstarter.proof.checker.Rules;
import io.github.lockstarter.run.RunSettings;
import io.github.lockstarter.run.SimulatedServer;

import static java.util.Map.entry;

/**
 * The jobs of a simulation, one of every kind.
 */
final class SimulatedJobs {

	/** Takes longer than its period, and than its lease, and never looks at its lock. */
	static final String SLOW = "slow";

	/** A tick of it is run again when its run crashes. */
	static final String AGAIN = "again";

	/** A publisher, which may fail or take longer than its timeout. */
	static final String MONO = "mono";

	/** A publisher whose schedule waits for its end. */
	private static final String MONO_DELAY = "mono-delay";

	private static final int TIMEOUT_MILLIS = 1800;

	/** The group of two jobs. */
	static final String PAIR = "pair";

	/** How long each of them takes. */
	private static final Map<String, Duration> WORK = Map.ofEntries(entry("second", Duration.ofMillis(50)),
			entry(SLOW, Duration.ofMillis(3900)), entry("rate", Duration.ofMillis(200)),
			entry("delay", Duration.ofMillis(300)), entry("held", Duration.ofMillis(10)),
			entry(AGAIN, Duration.ofMillis(1500)), entry("one", Duration.ofMillis(100)),
			entry("other", Duration.ofMillis(100)), entry("missed", Duration.ofMillis(20)),
			entry("brief", Duration.ofMillis(500)), entry("moved", Duration.ofMillis(100)),
			entry(MONO, Duration.ofMillis(1200)), entry(MONO_DELAY, Duration.ofMillis(700)));

	/** Schedules of which there are two versions. */
	private static final Map<String, List<String>> VERSIONS = Map.of("${moved}",
			List.of("*/2 * * * * *", "*/3 * * * * *"), "${rate}", List.of("1500", "2500"), "${delay}",
			List.of("1000", "1800"));

	private static final int ATTEMPTS = 3;

	private SimulatedJobs() {
	}

	/**
	 * Return the jobs as a server has them.
	 * @param version which schedules: 0 or 1
	 * @param defaults what holds where a job does not say anything else
	 */
	static SimulatedServer.Declared declared(int version, RunSettings defaults) {
		return new SimulatedServer.Declared(SimulatedJobs.class, "jobs",
				(text) -> VERSIONS.containsKey(text) ? VERSIONS.get(text).get(version) : text, ZoneOffset.UTC,
				defaults);
	}

	static Duration workOf(String job) {
		return WORK.getOrDefault(job, Duration.ZERO);
	}

	static Set<String> names() {
		return new TreeSet<>(WORK.keySet());
	}

	static @Nullable String groupOf(String job) {
		return (job.equals("one") || job.equals("other")) ? PAIR : null;
	}

	/**
	 * Determine whether it has a rate or a delay.
	 */
	static boolean isInterval(String job) {
		return job.equals("rate") || job.equals("delay") || job.equals(MONO_DELAY);
	}

	static boolean isPublisher(String job) {
		return job.equals(MONO) || job.equals(MONO_DELAY);
	}

	static Rules rules(Duration lease, Duration acquireTimeout) {
		return new Rules(
				List.of(new Rules.Job("second", Rules.Kind.CRON, Duration.ofSeconds(1), Duration.ZERO),
						new Rules.Job(SLOW, Rules.Kind.CRON, Duration.ofSeconds(2), Duration.ZERO),
						new Rules.Job("rate", Rules.Kind.RATE, Duration.ofMillis(1500), Duration.ZERO)
							.changedTo(Duration.ofMillis(2500)),
						new Rules.Job("delay", Rules.Kind.DELAY, Duration.ofMillis(1000), Duration.ZERO)
							.changedTo(Duration.ofMillis(1800)),
						new Rules.Job("held", Rules.Kind.CRON, Duration.ofSeconds(1), Duration.ofMillis(2500)),
						new Rules.Job("one", Rules.Kind.CRON, Duration.ofSeconds(1), Duration.ZERO),
						new Rules.Job("other", Rules.Kind.CRON, Duration.ofSeconds(1), Duration.ZERO),
						new Rules.Job("missed", Rules.Kind.CRON, Duration.ofSeconds(10), Duration.ZERO),
						new Rules.Job(MONO, Rules.Kind.CRON, Duration.ofSeconds(2), Duration.ZERO)
							.limitedTo(Duration.ofMillis(TIMEOUT_MILLIS)),
						new Rules.Job("moved", Rules.Kind.CRON, Duration.ofSeconds(2), Duration.ZERO)
							.changedTo(Duration.ofSeconds(3)),
						new Rules.Job(MONO_DELAY, Rules.Kind.DELAY, Duration.ofMillis(1000), Duration.ZERO),
						new Rules.Job("brief", Rules.Kind.CRON, Duration.ofSeconds(2), Duration.ZERO, ATTEMPTS),
						new Rules.Job(AGAIN, Rules.Kind.CRON, Duration.ofSeconds(5), Duration.ZERO, ATTEMPTS)),
				lease, acquireTimeout);
	}

	@Scheduled(cron = "* * * * * *")
	@DistributedScheduled(name = "second")
	void second() {
	}

	@Scheduled(cron = "*/2 * * * * *")
	@DistributedScheduled(name = SLOW, onLockLost = LockLostPolicy.CONTINUE)
	void slow() {
	}

	@Scheduled(fixedRateString = "${rate}")
	@DistributedScheduled(name = "rate")
	void rate() {
	}

	@Scheduled(fixedDelayString = "${delay}")
	@DistributedScheduled(name = "delay")
	void delay() {
	}

	@Scheduled(cron = "* * * * * *")
	@DistributedScheduled(name = "held", lockAtLeastFor = "2500ms")
	void held() {
	}

	@Scheduled(cron = "*/5 * * * * *")
	@DistributedScheduled(name = AGAIN, onCrash = CrashPolicy.RERUN, maxAttempts = ATTEMPTS)
	void again() {
	}

	@Scheduled(cron = "* * * * * *")
	@DistributedScheduled(name = "one", group = PAIR)
	void one() {
	}

	@Scheduled(cron = "* * * * * *")
	@DistributedScheduled(name = "other", group = PAIR)
	void other() {
	}

	/** The next tick does not come before it is clear that one was missed. */
	@Scheduled(cron = "*/10 * * * * *")
	@DistributedScheduled(name = "missed", onMissed = MissedPolicy.RUN_ONCE)
	void missed() {
	}

	/** The next tick comes before the lease of a run that crashed is over. */
	@Scheduled(cron = "*/2 * * * * *")
	@DistributedScheduled(name = "brief", onCrash = CrashPolicy.RERUN, maxAttempts = ATTEMPTS)
	void brief() {
	}

	@Scheduled(cron = "${moved}")
	@DistributedScheduled(name = "moved")
	void moved() {
	}

	@Scheduled(cron = "*/2 * * * * *")
	@DistributedScheduled(name = MONO, timeout = TIMEOUT_MILLIS + "ms")
	Mono<Void> mono() {
		return Mono.empty();
	}

	@Scheduled(fixedDelay = 1000)
	@DistributedScheduled(name = MONO_DELAY)
	Mono<Void> monoDelay() {
		return Mono.empty();
	}

}
