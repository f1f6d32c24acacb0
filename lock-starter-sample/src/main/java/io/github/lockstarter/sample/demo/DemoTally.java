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

package io.github.lockstarter.sample.demo;

import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Counts the run log. Nothing that it counts comes from the lock.
 */
final class DemoTally {

	private final String job;

	private final Window window;

	private final List<Instant> ticks;

	/**
	 * Creates a tally.
	 * @param job the job whose ticks are counted
	 * @param window the time in which they are counted
	 * @param ticks the ticks that were due in that time
	 */
	DemoTally(String job, Window window, List<Instant> ticks) {
		this.job = job;
		this.window = window;
		this.ticks = ticks;
	}

	/**
	 * Counts.
	 * @param log the whole run log
	 * @param servers how many servers were up the whole time
	 * @return the summary
	 */
	DemoSummary count(List<LoggedRun> log, int servers) {
		List<LoggedRun> runs = log.stream()
			.filter((run) -> run.job().equals(this.job))
			.filter((run) -> this.window.contains(run.tick()))
			.toList();
		Set<Instant> notRun = new HashSet<>(this.ticks);
		Set<Instant> missed = new HashSet<>(this.ticks);
		for (LoggedRun run : runs) {
			notRun.remove(run.tick());
			if (run.succeeded()) {
				missed.remove(run.tick());
			}
		}
		// A run for a tick that was never due is one too many as well
		int duplicates = runs.size() - (this.ticks.size() - notRun.size());
		return new DemoSummary(this.ticks.size(), runs.size(), duplicates, missed.size(), overlaps(log), servers);
	}

	private int overlaps(List<LoggedRun> log) {
		Collection<List<LoggedRun>> jobs = log.stream()
			.filter((run) -> !run.startedAt().isAfter(this.window.until()))
			.sorted(Comparator.comparing(LoggedRun::startedAt))
			.collect(Collectors.groupingBy(LoggedRun::job))
			.values();
		return jobs.stream().mapToInt(this::overlapsOfOneJob).sum();
	}

	private int overlapsOfOneJob(List<LoggedRun> runs) {
		int overlaps = 0;
		for (int i = 0; i < runs.size(); i++) {
			Instant end = endOf(runs.get(i));
			for (int j = i + 1; j < runs.size() && runs.get(j).startedAt().isBefore(end); j++) {
				overlaps++;
			}
		}
		return overlaps;
	}

	/**
	 * A run without an end was still running when the servers were stopped.
	 */
	private Instant endOf(LoggedRun run) {
		Instant end = run.endedAt();
		return (end != null) ? end : this.window.until();
	}

}
