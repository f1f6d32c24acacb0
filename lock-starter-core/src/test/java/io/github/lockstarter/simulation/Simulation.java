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
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;

import io.github.lockstarter.JobRun;
import io.github.lockstarter.internal.time.VirtualTime;
import io.github.lockstarter.lock.Flaw;
import io.github.lockstarter.lock.SimulatedRedis;
import io.github.lockstarter.proof.checker.Checker;
import io.github.lockstarter.proof.checker.Verdict;
import io.github.lockstarter.proof.history.Entry;
import io.github.lockstarter.proof.history.History;

/**
 * Servers, a Redis and what happens to them, on virtual time. One play.
 */
final class Simulation implements AutoCloseable {

	static final String NAMESPACE = "simulated";

	static final Duration LEASE = Duration.ofSeconds(2);

	static final Duration ACQUIRE_TIMEOUT = Duration.ofMillis(500);

	private static final Instant START = Instant.parse("2026-03-01T00:00:00Z");

	private static final Duration CLOCK_READ = Duration.ofSeconds(1);

	/** Long enough for everything to be well again. */
	private static final Duration QUIET = Duration.ofSeconds(12);

	private static final Duration END = Duration.ofSeconds(5);

	/** How far the clocks of servers are off. */
	static final Duration MAX_SKEW = Duration.ofMillis(400);

	private final Scenario scenario;

	private final VirtualTime time;

	private final SimulatedRedis redis;

	private final Flaw flaw;

	private final Coverage coverage;

	private final List<Entry> entries = new ArrayList<>();

	/** By their names, which they keep when they are started anew. */
	private final Map<String, Process> processes = new TreeMap<>();

	/** Which schedules servers have that are started. */
	private int version;

	private final Map<String, Integer> starts = new TreeMap<>();

	private final Map<String, Long> register = new TreeMap<>();

	Simulation(Scenario scenario, Flaw flaw, Coverage coverage) {
		this.scenario = scenario;
		this.flaw = flaw;
		this.coverage = coverage;
		this.time = new VirtualTime(START, scenario.seed());
		this.redis = new SimulatedRedis(this.time, ACQUIRE_TIMEOUT, flaw, coverage);
	}

	/**
	 * Play, and judge what happened.
	 */
	static Played play(Scenario scenario, Flaw flaw, Coverage coverage) {
		try (Simulation simulation = new Simulation(scenario, flaw, coverage)) {
			History history = simulation.play();
			return new Played(scenario, history, Checker.check(history, SimulatedJobs.rules(LEASE, ACQUIRE_TIMEOUT)));
		}
	}

	private History play() {
		readClock();
		SplittableRandom skews = this.time.random("skews");
		for (int i = 0; i < this.scenario.servers(); i++) {
			start("server" + i, Duration.ofMillis(skews.nextLong(-MAX_SKEW.toMillis(), MAX_SKEW.toMillis())));
		}
		Faults faults = new Faults(this);
		faults.plan(this.scenario);
		this.time.pass(this.scenario.duration());
		while (faults.areGoingOn()) {
			this.time.pass(Duration.ofSeconds(1));
		}
		this.time.pass(QUIET);
		this.processes.values().forEach((process) -> process.terminate(() -> {
		}));
		this.time.pass(END);
		new Operator(this).writeDown();
		return new History(this.entries);
	}

	private void readClock() {
		readClockNow();
		this.time.after(CLOCK_READ, this::readClock);
	}

	void readClockNow() {
		long now = this.time.nanos();
		add(new Entry.RedisTime(Entry.REDIS, now, now, this.redis.micros()));
	}

	/**
	 * Start a server, anew if there was one.
	 */
	Process start(String name, Duration skew) {
		Process process = new Process(this, name + "." + this.starts.merge(name, 1, Integer::sum), skew);
		this.processes.put(name, process);
		process.start();
		return process;
	}

	/**
	 * Let servers have other schedules that are started from now on.
	 */
	void deploy() {
		this.version = 1 - this.version;
	}

	int version() {
		return this.version;
	}

	/**
	 * Ask the register to take a value from a run.
	 */
	void write(String server, JobRun run) {
		boolean accepted = this.register.getOrDefault(run.name(), 0L) <= run.token();
		if (accepted) {
			this.register.put(run.name(), run.token());
		}
		add(new Entry.Written(server, this.time.nanos(), run.name(), run.token(), accepted));
	}

	void add(Entry entry) {
		this.entries.add(entry);
	}

	VirtualTime time() {
		return this.time;
	}

	SimulatedRedis redis() {
		return this.redis;
	}

	Flaw flaw() {
		return this.flaw;
	}

	Coverage coverage() {
		return this.coverage;
	}

	Map<String, Process> processes() {
		return this.processes;
	}

	@Override
	public void close() {
		this.time.close();
	}

	/**
	 * A play and what came of it.
	 *
	 * @param scenario what was played
	 * @param history what happened
	 * @param verdict what that is worth
	 */
	record Played(Scenario scenario, History history, Verdict verdict) {

		/**
		 * Return how many ticks were due: those of cron expressions, and of rates and
		 * delays what was run.
		 */
		int ticks() {
			return this.verdict.figures().ticks() + (int) this.history.all(Entry.Started.class)
				.stream()
				.filter((started) -> SimulatedJobs.isInterval(started.job()))
				.count();
		}

		boolean isFine() {
			return this.verdict.violations().isEmpty();
		}

	}

}
