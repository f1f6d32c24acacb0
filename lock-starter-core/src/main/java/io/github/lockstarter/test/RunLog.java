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
package io.github.lockstarter.test;

import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;

import io.github.lockstarter.JobEvent;
import io.github.lockstarter.JobFinished;
import io.github.lockstarter.JobRun;
import io.github.lockstarter.JobSkipped;
import io.github.lockstarter.RunOutcome;
import io.github.lockstarter.SkipReason;

/**
 * What the servers of a {@link JobSimulation} do, and what they are told.
 */
final class RunLog {

	/** What says only that another server has the tick. */
	private static final Set<SkipReason> ELSEWHERE = EnumSet.of(SkipReason.ALREADY_RAN, SkipReason.NOT_DUE);

	private final Supplier<Instant> now;

	private final List<Entry> entries = new ArrayList<>();

	private final Map<Key, Entry> running = new HashMap<>();

	private final Map<Tick, EnumSet<SkipReason>> skipped = new HashMap<>();

	RunLog(Supplier<Instant> now) {
		this.now = now;
	}

	/**
	 * Write down a run.
	 * @param body what it does
	 */
	void run(JobRun run, Body body) throws InterruptedException {
		Entry entry = new Entry(run, this.now.get());
		this.entries.add(entry);
		this.skipped.remove(new Tick(run.name(), run.tick()));
		this.running.put(Key.of(run), entry);
		try {
			body.run();
		}
		finally {
			entry.ended(this.now.get());
		}
	}

	/**
	 * A server is no more, and neither are its runs.
	 */
	void died(String server) {
		this.running.entrySet().removeIf((running) -> {
			boolean isItsRun = running.getKey().server().equals(server);
			if (isItsRun) {
				running.getValue().ended(this.now.get());
			}
			return isItsRun;
		});
	}

	void told(JobEvent event) {
		if (event instanceof JobFinished finished) {
			Entry entry = this.running.remove(new Key(finished.server(), finished.job(), finished.token()));
			if (entry != null) {
				entry.outcome = finished.outcome();
			}
		}
		else if (event instanceof JobSkipped skip && skip.tick() != null && !ELSEWHERE.contains(skip.reason())) {
			this.skipped.computeIfAbsent(new Tick(skip.job(), skip.tick()), (tick) -> EnumSet.noneOf(SkipReason.class))
				.add(skip.reason());
		}
	}

	boolean isRunning() {
		return this.running.values().stream().anyMatch((entry) -> entry.end == null);
	}

	boolean isRunning(String server) {
		return this.running.entrySet()
			.stream()
			.anyMatch((running) -> running.getKey().server().equals(server) && running.getValue().end == null);
	}

	/**
	 * Return all runs, in the order in which they began.
	 */
	List<SimulationResult.Run> runs() {
		return this.entries.stream().map(Entry::run).toList();
	}

	/**
	 * Return why servers have skipped a tick that none has run.
	 */
	Set<SkipReason> reasons(String job, Instant tick) {
		Set<SkipReason> reasons = this.skipped.get(new Tick(job, tick));
		return (reasons != null) ? reasons : Set.of();
	}

	/**
	 * What a run does.
	 */
	interface Body {

		void run() throws InterruptedException;

	}

	/**
	 * A run that has begun.
	 */
	private static final class Entry {

		private final String job;

		private final Instant tick;

		private final JobRun.Trigger trigger;

		private final String server;

		private final Instant start;

		private @Nullable Instant end;

		private @Nullable RunOutcome outcome;

		Entry(JobRun run, Instant start) {
			this.job = run.name();
			this.tick = run.tick();
			this.trigger = run.trigger();
			this.server = run.server();
			this.start = start;
		}

		/**
		 * It ends once.
		 */
		void ended(Instant time) {
			this.end = (this.end != null) ? this.end : time;
		}

		SimulationResult.Run run() {
			return new SimulationResult.Run(this.job, this.tick, this.trigger, this.server, this.start,
					(this.end != null) ? this.end : this.start, this.outcome);
		}

	}

	private record Key(String server, String job, long token) {

		static Key of(JobRun run) {
			return new Key(run.server(), run.name(), run.token());
		}

	}

	private record Tick(String job, Instant at) {

	}

}
