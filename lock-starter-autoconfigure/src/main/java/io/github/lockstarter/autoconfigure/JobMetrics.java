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

package io.github.lockstarter.autoconfigure;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.TimeGauge;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.MeterBinder;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.context.ApplicationListener;
import org.springframework.context.PayloadApplicationEvent;
import org.springframework.core.Ordered;

import io.github.lockstarter.JobBypassed;
import io.github.lockstarter.JobEvent;
import io.github.lockstarter.JobFinished;
import io.github.lockstarter.JobLockLost;
import io.github.lockstarter.JobRenewalFailed;
import io.github.lockstarter.JobRun.Trigger;
import io.github.lockstarter.JobSkipped;
import io.github.lockstarter.JobStarted;
import io.github.lockstarter.RunOutcome;
import io.github.lockstarter.SkipReason;
import io.github.lockstarter.internal.time.TimeSource;
import io.github.lockstarter.lock.JobLocks;
import io.github.lockstarter.operations.JobWatch;

/**
 * Counts and times what the events tell. No tag has more values than there are jobs,
 * outcomes or reasons.
 */
final class JobMetrics
		implements MeterBinder, ApplicationListener<PayloadApplicationEvent<? extends JobEvent>>, Ordered {

	private static final String PREFIX = "distributed.scheduled.";

	/** Not just "job": that is a label of Prometheus's own. */
	private static final String JOB = "job.name";

	/** Work of code may have any number of names, and each has a score of meters. */
	private static final int MOST_JOBS = 1000;

	private final ObjectProvider<JobWatch> watch;

	private final ExistingLocks locks;

	private final TimeSource time;

	private final List<MeterRegistry> registries = new CopyOnWriteArrayList<>();

	/** How many runs of each job go on here. Its keys are all jobs that have metrics. */
	private final Map<String, AtomicInteger> running = new ConcurrentHashMap<>();

	JobMetrics(ObjectProvider<JobWatch> watch, ExistingLocks locks, TimeSource time) {
		this.watch = watch;
		this.locks = locks;
		this.time = time;
	}

	@Override
	public void bindTo(MeterRegistry registry) {
		JobWatch watch = this.watch.getIfAvailable();
		if (watch != null) {
			watch.jobs().forEach(this::register);
		}
		TimeGauge.builder(PREFIX + "clock.offset", this, TimeUnit.SECONDS, JobMetrics::clockOffset)
			.description("By how much the clock of this server is ahead of Redis's")
			.register(registry);
		synchronized (this.registries) {
			this.registries.add(registry);
			this.running.keySet().forEach((job) -> register(registry, job));
		}
	}

	/**
	 * The jobs of code have no name before they run, and the bean of a job may be lazy.
	 * Each is registered once, because Micrometer warns of a gauge that is registered
	 * again.
	 */
	private AtomicInteger register(String job) {
		AtomicInteger running = this.running.get(job);
		return (running != null) ? running : registerNew(job);
	}

	private AtomicInteger registerNew(String job) {
		synchronized (this.registries) {
			AtomicInteger running = this.running.get(job);
			if (running == null) {
				running = new AtomicInteger();
				this.running.put(job, running);
				this.registries.forEach((registry) -> register(registry, job));
			}
			return running;
		}
	}

	/**
	 * At zero, so that a first failure is an increase and no new series.
	 */
	private void register(MeterRegistry registry, String job) {
		for (RunOutcome outcome : RunOutcome.values()) {
			runs(registry, job, outcome);
		}
		for (SkipReason reason : SkipReason.values()) {
			skips(registry, job, reason);
		}
		renewalsFailed(registry, job);
		locksLost(registry, job);
		bypassed(registry, job);
		TimeGauge.builder(PREFIX + "last.success.age", this, TimeUnit.SECONDS, (metrics) -> metrics.lastSuccessAge(job))
			.description("Time since a run of the job has ended as a success, on any server")
			.tag(JOB, job)
			.register(registry);
		Gauge.builder(PREFIX + "overdue", this, (metrics) -> metrics.overdue(job))
			.description("1 if a tick was due and no server has run it, else 0")
			.tag(JOB, job)
			.register(registry);
		Gauge.builder(PREFIX + "running", this, (metrics) -> metrics.register(job).get())
			.description("Runs of the job that go on on this server")
			.tag(JOB, job)
			.register(registry);
	}

	private static Timer runs(MeterRegistry registry, String job, RunOutcome outcome) {
		return Timer.builder(PREFIX + "runs")
			.description("Runs on this server, and how long the method took")
			.tag(JOB, job)
			.tag("outcome", outcome.name())
			.register(registry);
	}

	private static Counter skips(MeterRegistry registry, String job, SkipReason reason) {
		return Counter.builder(PREFIX + "skips")
			.description("Ticks that this server did not run")
			.tag(JOB, job)
			.tag("reason", reason.name())
			.register(registry);
	}

	private static Counter bypassed(MeterRegistry registry, String job) {
		return Counter.builder(PREFIX + "bypassed")
			.description("Fires of the job whose method returned without having come to its lock")
			.tag(JOB, job)
			.register(registry);
	}

	private static Counter renewalsFailed(MeterRegistry registry, String job) {
		return Counter.builder(PREFIX + "renewals.failed")
			.description("Renewals of a lease that Redis did not confirm in time")
			.tag(JOB, job)
			.register(registry);
	}

	private static Counter locksLost(MeterRegistry registry, String job) {
		return Counter.builder(PREFIX + "locks.lost")
			.description("Runs that lost their lock before they had ended")
			.tag(JOB, job)
			.register(registry);
	}

	private static Timer acquire(MeterRegistry registry, String job, String result) {
		return Timer.builder(PREFIX + "acquire")
			.description("How long this server asked until a tick was granted or refused")
			.tag(JOB, job)
			.tag("result", result)
			.register(registry);
	}

	private static Timer startLag(MeterRegistry registry, String job) {
		return Timer.builder(PREFIX + "start.lag")
			.description("How long after its tick a run began")
			.tag(JOB, job)
			.register(registry);
	}

	/**
	 * In the order in which it happened, whatever the application multicasts with.
	 */
	@Override
	public boolean supportsAsyncExecution() {
		return false;
	}

	/**
	 * Before those of the application, because a listener that throws silences those
	 * after it.
	 */
	@Override
	public int getOrder() {
		return Ordered.HIGHEST_PRECEDENCE + 1;
	}

	@Override
	public void onApplicationEvent(PayloadApplicationEvent<? extends JobEvent> event) {
		JobEvent payload = event.getPayload();
		if (!this.running.containsKey(payload.job()) && this.running.size() >= MOST_JOBS) {
			return;
		}
		AtomicInteger running = register(payload.job());
		if (payload instanceof JobStarted started) {
			running.incrementAndGet();
			Duration lag = (started.trigger() == Trigger.SCHEDULE) ? lag(started, event.getTimestamp()) : null;
			this.registries.forEach((registry) -> started(registry, started, lag));
		}
		else if (payload instanceof JobFinished finished) {
			running.decrementAndGet();
			this.registries
				.forEach((registry) -> runs(registry, finished.job(), finished.outcome()).record(finished.duration()));
		}
		else if (payload instanceof JobSkipped skipped) {
			this.registries.forEach((registry) -> skipped(registry, skipped));
		}
		else if (payload instanceof JobRenewalFailed failed) {
			this.registries.forEach((registry) -> renewalsFailed(registry, failed.job()).increment());
		}
		else if (payload instanceof JobLockLost lost) {
			this.registries.forEach((registry) -> locksLost(registry, lost.job()).increment());
		}
		else if (payload instanceof JobBypassed bypassed) {
			this.registries.forEach((registry) -> bypassed(registry, bypassed.job()).increment());
		}
	}

	private static void started(MeterRegistry registry, JobStarted started, @Nullable Duration lag) {
		// Without a token it runs without a lock, because Redis cannot be asked
		acquire(registry, started.job(), (started.token() > 0) ? "granted" : "unavailable")
			.record(started.acquireTime());
		if (lag != null) {
			startLag(registry, started.job()).record(lag);
		}
	}

	private static void skipped(MeterRegistry registry, JobSkipped skipped) {
		skips(registry, skipped.job(), skipped.reason()).increment();
		if (skipped.acquireTime() != null) {
			boolean unavailable = skipped.reason() == SkipReason.REDIS_UNAVAILABLE;
			acquire(registry, skipped.job(), unavailable ? "unavailable" : "refused").record(skipped.acquireTime());
		}
	}

	/**
	 * On Redis's clock, which decides when a tick may begin. It may do so a moment before
	 * its time.
	 */
	private Duration lag(JobStarted started, long millis) {
		Duration offset = offset();
		Instant now = Instant.ofEpochMilli(millis).minus((offset != null) ? offset : Duration.ZERO);
		Duration lag = Duration.between(started.tick(), now);
		return lag.isNegative() ? Duration.ZERO : lag;
	}

	private @Nullable Duration offset() {
		JobLocks locks = this.locks.find();
		return (locks != null) ? locks.clockOffset() : null;
	}

	private double clockOffset() {
		return seconds(offset());
	}

	private double lastSuccessAge(String job) {
		JobWatch watch = this.watch.getIfAvailable();
		Instant success = (watch != null) ? watch.lastSuccess(job) : null;
		// Both on the clock of this server
		return (success != null) ? Math.max(0, seconds(Duration.between(success, this.time.now()))) : Double.NaN;
	}

	private double overdue(String job) {
		JobWatch watch = this.watch.getIfAvailable();
		return (watch != null && watch.overdueSince(job) != null) ? 1 : 0;
	}

	private static double seconds(@Nullable Duration duration) {
		return (duration != null) ? duration.toNanos() / 1e9 : Double.NaN;
	}

}
