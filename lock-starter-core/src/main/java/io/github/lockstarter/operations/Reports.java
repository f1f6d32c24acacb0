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

package io.github.lockstarter.operations;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;

import io.github.lockstarter.lock.Beat;
import io.github.lockstarter.lock.Inventory;
import io.github.lockstarter.lock.JobRecord;
import io.github.lockstarter.lock.Pulse.Activity;
import io.github.lockstarter.lock.RunRecord;
import io.github.lockstarter.lock.Servers;
import io.github.lockstarter.run.LocalJobs.LocalJob;
import io.github.lockstarter.schedule.Timetable;

/**
 * Puts what Redis knows, and what this server knows of its own jobs, in the words of the
 * reports.
 */
final class Reports {

	/** Each restart of a server is a new one, so one that has stopped is soon no news. */
	private static final Duration STOPPED_SHOWN = Duration.ofMinutes(10);

	private final Servers servers;

	private final Map<String, LocalJob> own = new TreeMap<>();

	private final Instant now;

	private final Instant started;

	private final Duration overdueAfter;

	Reports(Servers servers, Iterable<LocalJob> own, Heartbeat heartbeat, Duration overdueAfter) {
		this.servers = servers;
		own.forEach((job) -> this.own.put(job.name(), job));
		this.now = servers.redisTime();
		this.started = heartbeat.started(this.now);
		this.overdueAfter = overdueAfter;
	}

	List<JobReport> jobs(Inventory inventory, Heartbeat heartbeat) {
		return Stream.concat(inventory.jobs().keySet().stream(), inventory.failures().keySet().stream())
			.sorted(Comparator.comparing(Beat.KnownJob::name))
			.map((job) -> job(job, inventory.jobs().get(job), heartbeat.activity(job.name(), this.now)))
			.toList();
	}

	/**
	 * Describe a job.
	 * @param record what Redis knows of it; {@code null} if that is not known
	 * @param told what the servers have told of it
	 */
	JobReport job(Beat.KnownJob job, @Nullable JobRecord record, Activity told) {
		LocalJob local = this.own.get(job.name());
		List<RunReport> runs = (record != null) ? record.runs().stream().map(Reports::run).toList() : List.of();
		RunReport running = (record != null && record.running() != null) ? run(record.running()) : null;
		RunReport last = runs.isEmpty() ? null : runs.get(0);
		Activity activity = (record != null) ? activity(record, running, last, told) : told;
		Instant overdue = (local != null) ? Overdue.since(local, activity, this.started, this.now, this.overdueAfter)
				: null;
		boolean paused = activity.paused() != null;
		JobRecord.Holder holder = (record != null && running != null) ? record.holder() : null;
		JobReport.State state = (holder != null && !Liveness.mayBeAlive(holder, this.servers))
				? JobReport.State.SERVER_GONE : state(running, paused, overdue, last);
		return new JobReport(job.name(), job.group(), job.schedule(), job.method(),
				local != null && local.method() != null, state, running, (holder != null) ? holder.until() : null, last,
				activity.succeeded(), (local != null) ? next(local, record, running, last) : null, overdue, paused,
				(record != null) ? record.failures() : 0, runs, skips(job.name()));
	}

	/**
	 * What Redis keeps of the job is newer than what the servers tell, but for runs
	 * without a lock, of which it knows nothing.
	 */
	private Activity activity(JobRecord record, @Nullable RunReport running, @Nullable RunReport last, Activity told) {
		Instant begun = later(told.begun(),
				(running != null) ? running.started() : (last != null) ? last.started() : null);
		Instant ended = later(told.going(), (last != null) ? last.ended() : null);
		return new Activity(begun, later(told.succeeded(), record.succeeded()), (running != null) ? this.now : ended,
				record.pausedSince(), told.resumed());
	}

	private static @Nullable Instant later(@Nullable Instant one, @Nullable Instant other) {
		return (one == null || (other != null && other.isAfter(one))) ? other : one;
	}

	private static JobReport.State state(@Nullable RunReport running, boolean paused, @Nullable Instant overdue,
			@Nullable RunReport last) {
		if (running != null) {
			return JobReport.State.RUNNING;
		}
		if (paused) {
			return JobReport.State.PAUSED;
		}
		if (overdue != null) {
			return JobReport.State.OVERDUE;
		}
		return (last != null) ? state(last.result()) : JobReport.State.IDLE;
	}

	private static JobReport.State state(RunReport.Result last) {
		return switch (last) {
			case CRASHED, LOCK_LOST -> JobReport.State.LOST;
			case FAILED, TIMED_OUT -> JobReport.State.FAILING;
			case RUNNING, SUCCEEDED -> JobReport.State.IDLE;
		};
	}

	/**
	 * The due time of a rate or a delay is in the state; where there are several of them,
	 * it is near enough to count from the last run.
	 */
	private @Nullable Instant next(LocalJob job, @Nullable JobRecord record, @Nullable RunReport running,
			@Nullable RunReport last) {
		Instant next = job.timetable().next(this.now);
		if (record != null && record.due() != null && job.timetable().intervals().size() == 1) {
			return (next != null && next.isBefore(record.due())) ? next : record.due();
		}
		RunReport run = (running != null) ? running : last;
		for (Timetable.Interval interval : job.timetable().intervals()) {
			Instant from = (run == null) ? null : interval.fixedRate() ? run.started() : run.ended();
			Instant due = (from != null) ? from.plus(interval.interval()) : null;
			next = (next == null || (due != null && due.isBefore(next))) ? due : next;
		}
		return next;
	}

	private static RunReport run(RunRecord run) {
		return new RunReport(run.tick(), run.token(), run.server(), run.trigger(), run.started(), run.ended(),
				RunReport.Result.valueOf(run.state().name()), run.failure());
	}

	private List<SkipReport> skips(String job) {
		return this.servers.all()
			.stream()
			.sorted(Comparator.comparing(Servers.Entry::id))
			.flatMap((server) -> server.skips()
				.stream()
				.filter((skip) -> skip.job().equals(job))
				.map((skip) -> new SkipReport(server.id(), skip.reason(), skip.count(), skip.tick(), skip.at(),
						skip.holder(), skip.detail())))
			.toList();
	}

	List<ServerReport> servers() {
		return this.servers.all()
			.stream()
			.filter((server) -> !server.ended() || server.seen().plus(STOPPED_SHOWN).isAfter(this.now))
			.map((server) -> new ServerReport(server.id(), server.host(), server.version(), server.started(),
					server.seen(), server.clockOffset(), state(server),
					server.jobs().stream().map(Beat.KnownJob::name).toList()))
			.sorted(Comparator.comparing(Reports::isUp).reversed().thenComparing(ServerReport::id))
			.toList();
	}

	private static boolean isUp(ServerReport server) {
		return server.state() == ServerReport.State.UP || server.state() == ServerReport.State.DRAINING;
	}

	private ServerReport.State state(Servers.Entry server) {
		if (server.ended()) {
			return ServerReport.State.STOPPED;
		}
		if (this.servers.isGone(server)) {
			return ServerReport.State.GONE;
		}
		return server.draining() ? ServerReport.State.DRAINING : ServerReport.State.UP;
	}

	List<Refusal> refusals() {
		return this.servers.all()
			.stream()
			.flatMap((server) -> server.skipped()
				.stream()
				.map((skip) -> new Refusal(skip.job(), server.id(), skip.tick(), skip.at(), skip.reason())))
			.sorted(Comparator.comparing(Refusal::at).reversed())
			.toList();
	}

	List<String> warnings(Inventory inventory) {
		List<String> warnings = new ArrayList<>(Disagreements.all(this.servers));
		inventory.failures()
			.forEach((job, failure) -> warnings
				.add("It is not known how %s is doing: %s".formatted(job.name(), failure)));
		inventory.jobs()
			.forEach((job, record) -> record.wrongKeys()
				.forEach((key) -> warnings.add("%s cannot run: %s".formatted(job.name(), key))));
		return warnings;
	}

}
