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

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.zone.ZoneOffsetTransition;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

import org.springframework.scheduling.support.CronExpression;

import io.github.lockstarter.run.SimulatedServer;
import io.github.lockstarter.schedule.RepeatedHour;
import io.github.lockstarter.schedule.Tick;
import io.github.lockstarter.schedule.Timetable;
import io.github.lockstarter.test.SimulationResult.ClockChange;
import io.github.lockstarter.test.SimulationResult.Effect;
import io.github.lockstarter.test.SimulationResult.Missed;
import io.github.lockstarter.test.SimulationResult.Overlap;
import io.github.lockstarter.test.SimulationResult.Run;

/**
 * Compares what has run in a {@link JobSimulation} with what the schedules say.
 */
final class SimulationReport {

	private final JobSimulation.Window window;

	private final List<SimulatedServer.Planned> jobs;

	private final RunLog log;

	private final List<Run> runs;

	SimulationReport(JobSimulation.Window window, List<SimulatedServer.Planned> jobs, RunLog log) {
		this.window = window;
		this.jobs = jobs;
		this.log = log;
		this.runs = log.runs().stream().filter((run) -> window.contains(run.tick())).toList();
	}

	SimulationResult result() {
		return new SimulationResult(this.runs, missed(), overlaps(), clockChanges());
	}

	private List<Missed> missed() {
		Map<String, Set<Instant>> ran = new HashMap<>();
		this.runs.forEach((run) -> ran.computeIfAbsent(run.job(), (job) -> new HashSet<>()).add(run.tick()));
		List<Missed> missed = new ArrayList<>();
		for (SimulatedServer.Planned job : this.jobs) {
			Set<Instant> ticks = ran.getOrDefault(job.job(), Set.of());
			for (Instant tick : ticks(job.timetable(), this.window)) {
				if (!ticks.contains(job.repeatedHour().name(new Tick.Nominal(tick)).at())) {
					missed.add(new Missed(job.job(), tick, Set.copyOf(this.log.reasons(job.job(), tick))));
				}
			}
		}
		missed.sort(Comparator.comparing(Missed::tick));
		return List.copyOf(missed);
	}

	private static List<Instant> ticks(Timetable timetable, JobSimulation.Window window) {
		List<Instant> ticks = new ArrayList<>();
		Instant tick = timetable.next(window.from().minusNanos(1));
		while (tick != null && window.contains(tick)) {
			ticks.add(tick);
			tick = timetable.next(tick);
		}
		return ticks;
	}

	/**
	 * Jobs of one group share a lock.
	 */
	private List<Overlap> overlaps() {
		Map<String, String> locks = new HashMap<>();
		this.jobs.forEach(
				(job) -> locks.put(job.job(), (job.group() != null) ? "group " + job.group() : "job " + job.job()));
		Map<String, List<Run>> underWay = new HashMap<>();
		List<Overlap> overlaps = new ArrayList<>();
		for (Run run : this.runs) {
			List<Run> others = underWay.computeIfAbsent(locks.getOrDefault(run.job(), ""), (lock) -> new ArrayList<>());
			others.removeIf((other) -> !other.end().isAfter(run.start()));
			others.forEach((other) -> overlaps.add(new Overlap(other, run)));
			others.add(run);
		}
		return List.copyOf(overlaps);
	}

	private List<ClockChange> clockChanges() {
		List<ClockChange> changes = new ArrayList<>();
		for (SimulatedServer.Planned job : this.jobs) {
			Map<ZoneId, List<CronExpression>> crons = new HashMap<>();
			job.timetable()
				.crons()
				.forEach((cron) -> crons.computeIfAbsent(cron.zone(), (zone) -> new ArrayList<>())
					.add(cron.expression()));
			crons.forEach((zone, expressions) -> {
				ZoneOffsetTransition transition = zone.getRules().nextTransition(this.window.from().minusNanos(1));
				while (transition != null && this.window.contains(transition.getInstant())) {
					changes.add(change(job.job(), zone, transition, expressions));
					transition = zone.getRules().nextTransition(transition.getInstant());
				}
			});
		}
		changes.sort(Comparator.comparing((ClockChange change) -> change.transition().getInstant())
			.thenComparing(ClockChange::job)
			.thenComparing((change) -> change.zone().getId()));
		return List.copyOf(changes);
	}

	private ClockChange change(String job, ZoneId zone, ZoneOffsetTransition transition,
			List<CronExpression> expressions) {
		boolean gap = transition.isGap();
		LocalDateTime from = gap ? transition.getDateTimeBefore() : transition.getDateTimeAfter();
		LocalDateTime to = gap ? transition.getDateTimeAfter() : transition.getDateTimeBefore();
		TreeSet<LocalTime> named = new TreeSet<>();
		for (CronExpression expression : expressions) {
			LocalDateTime time = expression.next(from.minusNanos(1));
			while (time != null && time.isBefore(to)) {
				named.add(time.toLocalTime());
				time = expression.next(time);
			}
		}
		Effect effect = named.isEmpty() ? Effect.NONE : gap ? Effect.SKIPPED
				: (fires(zone, transition, expressions) > named.size()) ? Effect.REPEATED : Effect.NONE;
		return new ClockChange(job, zone, transition, List.copyOf(named), effect, runs(job, zone, from, to));
	}

	/**
	 * Return how often a server that is up is fired while the wall clock shows the hour
	 * twice.
	 */
	private static int fires(ZoneId zone, ZoneOffsetTransition transition, List<CronExpression> expressions) {
		Duration hour = transition.getDuration().abs();
		List<RepeatedHour.Schedule> crons = expressions.stream()
			.map((expression) -> new RepeatedHour.Schedule(expression, zone))
			.toList();
		return ticks(new Timetable(crons, RepeatedHour.RUNS_TWICE, List.of()),
				new JobSimulation.Window(transition.getInstant().minus(hour), transition.getInstant().plus(hour)))
			.size();
	}

	private List<Run> runs(String job, ZoneId zone, LocalDateTime from, LocalDateTime to) {
		LocalDate last = to.minusNanos(1).toLocalDate();
		JobSimulation.Window day = new JobSimulation.Window(from.toLocalDate().atStartOfDay(zone).toInstant(),
				last.plusDays(1).atStartOfDay(zone).toInstant());
		return this.runs.stream().filter((run) -> run.job().equals(job) && day.contains(run.tick())).toList();
	}

}
