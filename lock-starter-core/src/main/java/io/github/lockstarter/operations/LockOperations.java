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
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.context.ApplicationEventPublisher;

import io.github.lockstarter.LockUnavailableException;
import io.github.lockstarter.OperatorAction;
import io.github.lockstarter.OperatorAction.Kind;
import io.github.lockstarter.lock.Beat;
import io.github.lockstarter.lock.Inventory;
import io.github.lockstarter.lock.JobLocks;
import io.github.lockstarter.lock.JobRecord;
import io.github.lockstarter.lock.LockRelease;
import io.github.lockstarter.lock.Servers;
import io.github.lockstarter.run.LocalJobs;
import io.github.lockstarter.run.RunSettings;

/**
 * The operations, on the locks of this server.
 */
final class LockOperations implements JobOperations {

	private static final Logger logger = LoggerFactory.getLogger(LockOperations.class);

	/** How many runs of each job an overview has. */
	private static final int RUNS_OF_OVERVIEW = 20;

	private static final int ALL_RUNS = 10_000;

	private static final Pattern CONTROL = Pattern.compile("[\\p{Cntrl}\\u2028\\u2029]");

	private final LocalJobs jobs;

	private final Supplier<JobLocks> locks;

	private final Supplier<RunSettings> runSettings;

	private final Heartbeat heartbeat;

	private final Diary diary;

	private final Duration overdueAfter;

	private final ApplicationEventPublisher publisher;

	private final @Nullable String operator;

	LockOperations(LocalJobs jobs, Supplier<JobLocks> locks, Supplier<RunSettings> runSettings, Heartbeat heartbeat,
			Diary diary, Duration overdueAfter, ApplicationEventPublisher publisher, @Nullable String operator) {
		this.jobs = jobs;
		this.locks = locks;
		this.runSettings = runSettings;
		this.heartbeat = heartbeat;
		this.diary = diary;
		this.overdueAfter = overdueAfter;
		this.publisher = publisher;
		this.operator = operator;
	}

	/**
	 * The name comes from elsewhere, and must not make up lines of a log.
	 */
	@Override
	public JobOperations by(@Nullable String operator) {
		return new LockOperations(this.jobs, this.locks, this.runSettings, this.heartbeat, this.diary,
				this.overdueAfter, this.publisher,
				(operator != null) ? CONTROL.matcher(operator).replaceAll("?") : null);
	}

	@Override
	public Overview overview() {
		if (!this.jobs.isInUse()) {
			return new Overview("", "", this.heartbeat.time().now(), List.of(), List.of(), List.of(), List.of());
		}
		Inventory inventory = this.locks.get().inventory(this.heartbeat.knownJobs(), RUNS_OF_OVERVIEW);
		Servers servers = withOwnSkips(inventory.servers());
		Reports reports = reports(servers);
		RunSettings settings = this.runSettings.get();
		return new Overview(settings.namespace(), settings.server(), servers.redisTime(),
				reports.jobs(inventory, this.heartbeat), reports.servers(), reports.refusals(),
				reports.warnings(inventory));
	}

	@Override
	public Optional<JobReport> job(String name) {
		if (!this.jobs.isInUse()) {
			return Optional.empty();
		}
		Servers servers = this.locks.get().servers();
		return servers.jobs(this.heartbeat.knownJobs())
			.stream()
			.filter((job) -> job.name().equals(name))
			.findAny()
			.map((job) -> {
				JobRecord record = this.locks.get().record(job.name(), job.group(), ALL_RUNS);
				return reports(withOwnSkips(servers)).job(job, record,
						this.heartbeat.activity(name, servers.redisTime()));
			});
	}

	private Reports reports(Servers servers) {
		return new Reports(servers, this.jobs.all(), this.heartbeat, this.overdueAfter);
	}

	/**
	 * What happened here is known here, and not only after the next beat.
	 */
	private Servers withOwnSkips(Servers servers) {
		String own = this.runSettings.get().server();
		return new Servers(servers.redisTime(), servers.all()
			.stream()
			.map((server) -> server.id().equals(own)
					? server.with(this.diary.skips(0), this.diary.skippedTicks(), this.jobs.isDraining()) : server)
			.toList());
	}

	@Override
	public boolean pause(String job) {
		Beat.KnownJob known = known(job);
		boolean changed = audited(Kind.PAUSE, job, () -> this.locks.get().pause(known.name(), known.group()));
		told(known, true);
		publish(Kind.PAUSE, job, changed ? "paused" : "was paused before");
		return changed;
	}

	@Override
	public boolean resume(String job) {
		Beat.KnownJob known = known(job);
		boolean changed = audited(Kind.RESUME, job, () -> this.locks.get().resume(known.name(), known.group()));
		told(known, false);
		publish(Kind.RESUME, job, changed ? "resumed" : "was not paused");
		return changed;
	}

	private void told(Beat.KnownJob job, boolean paused) {
		this.diary.paused(job.name(), paused);
		this.heartbeat.soon();
	}

	@Override
	public void run(String job) {
		this.jobs.run(job);
		publish(Kind.RUN, job, "asked for on this server");
	}

	@Override
	public ReleaseResult release(String job, boolean force) {
		Beat.KnownJob known = known(job);
		Kind kind = force ? Kind.FORCE_RELEASE : Kind.RELEASE;
		LockRelease released = audited(kind, job,
				() -> this.locks.get()
					.release(known.name(), known.group(), force,
							(holder) -> Liveness.mayBeAlive(holder, this.locks.get().servers())));
		publish(kind, job, describe(released));
		if (released instanceof LockRelease.Released done) {
			return new ReleaseResult.Released((done.holder() != null) ? done.holder().server() : null);
		}
		if (released instanceof LockRelease.Refused refused) {
			JobRecord.Holder holder = refused.holder();
			return new ReleaseResult.Refused(holder.server(), holder.since(), holder.until());
		}
		return new ReleaseResult.NotLocked();
	}

	/**
	 * What Redis does not confirm may have been done.
	 */
	private <T> T audited(Kind kind, String job, Supplier<T> action) {
		try {
			return action.get();
		}
		catch (LockUnavailableException ex) {
			publish(kind, job, "not confirmed: " + ex.getMessage());
			throw ex;
		}
	}

	private static String describe(LockRelease release) {
		if (release instanceof LockRelease.Released done) {
			return "released, held by " + name(done.holder())
					+ (done.wrongKeys().isEmpty() ? "" : "; removed: " + String.join(", ", done.wrongKeys()));
		}
		return (release instanceof LockRelease.Refused refused) ? "refused, held by " + name(refused.holder())
				: "was not locked";
	}

	private static String name(JobRecord.@Nullable Holder holder) {
		if (holder == null) {
			return "nobody";
		}
		return (holder.server() != null) ? holder.server() : "somebody unknown";
	}

	private Beat.KnownJob known(String name) {
		if (!this.jobs.isInUse()) {
			throw new IllegalArgumentException("This application has no jobs, so there is no '%s'.".formatted(name));
		}
		Map<String, Beat.KnownJob> own = byName(this.heartbeat.knownJobs());
		Beat.KnownJob job = own.get(name);
		if (job != null) {
			return job;
		}
		Map<String, Beat.KnownJob> all = byName(this.locks.get().servers().jobs(own.values()));
		job = all.get(name);
		if (job == null) {
			throw new IllegalArgumentException("No server knows a job '%s'. There are: %s".formatted(name,
					all.keySet().stream().sorted().collect(Collectors.joining(", "))));
		}
		return job;
	}

	private static Map<String, Beat.KnownJob> byName(Collection<Beat.KnownJob> jobs) {
		return jobs.stream().collect(Collectors.toMap(Beat.KnownJob::name, (job) -> job));
	}

	@Override
	public boolean drain() {
		boolean changed = this.jobs.drain();
		this.heartbeat.soon();
		publish(Kind.DRAIN, null, changed ? "takes no more ticks" : "took no ticks before");
		return changed;
	}

	@Override
	public boolean undrain() {
		boolean changed = this.jobs.undrain();
		this.heartbeat.soon();
		publish(Kind.UNDRAIN, null, changed ? "takes ticks again" : "took ticks before");
		return changed;
	}

	@Override
	public boolean isDraining() {
		return this.jobs.isDraining();
	}

	private void publish(Kind kind, @Nullable String job, String result) {
		String server = this.jobs.isInUse() ? this.runSettings.get().server() : "";
		OperatorAction action = new OperatorAction(kind, job, server, result, this.operator);
		logger.info("{} of {} by {}: {}", kind, (job != null) ? job : "this server",
				(this.operator != null) ? "'" + this.operator + "'" : "an operator whose name is not known", result);
		try {
			this.publisher.publishEvent(action);
		}
		catch (Throwable ex) {
			// It is done, whatever a listener thinks of it
			logger.warn("A listener failed on {}. It is done.", action, ex);
		}
	}

}
