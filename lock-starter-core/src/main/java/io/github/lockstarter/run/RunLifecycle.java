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

package io.github.lockstarter.run;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.beans.factory.config.SingletonBeanRegistry;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ApplicationListener;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.core.Ordered;
import org.springframework.scheduling.TaskScheduler;
import org.springframework.scheduling.annotation.ScheduledAnnotationBeanPostProcessor;
import org.springframework.scheduling.concurrent.ExecutorConfigurationSupport;
import org.springframework.util.function.SingletonSupplier;

import io.github.lockstarter.InvalidJobException;
import io.github.lockstarter.internal.time.TimeSource;
import io.github.lockstarter.lock.Durations;
import io.github.lockstarter.lock.JobLocks;
import io.github.lockstarter.schedule.TickSchedulingConfigurer;

/**
 * Opens the gate for runs and closes it. Stops after the schedulers have stopped and
 * before any bean is destroyed, and waits for the runs that are left, so that their locks
 * are released while there is still a connection.
 */
final class RunLifecycle
		implements SmartLifecycle, SmartInitializingSingleton, ApplicationListener<ContextClosedEvent>, Ordered {

	private static final Logger logger = LoggerFactory.getLogger(RunLifecycle.class);

	/**
	 * Below the phase of the schedulers, because what is lower stops later.
	 */
	private static final int PHASE = ExecutorConfigurationSupport.DEFAULT_PHASE - 1024;

	/**
	 * The name of the bean that runs jobs of code. It is made if somebody asks for it.
	 */
	static final String JOBS_OF_CODE = "distributedJobs";

	private final Jobs jobs;

	private final ObjectProvider<RunSettings> settings;

	private final SingletonSupplier<JobLocks> locks;

	private final SingletonSupplier<JobRunner> runner;

	private final RunGate gate;

	private final SkipLog skipLog;

	private final ApplicationContext context;

	private final ObjectProvider<ScheduledAnnotationBeanPostProcessor> scheduling;

	private final ObjectProvider<TickSchedulingConfigurer> ticks;

	private final TimeSource time;

	private final AtomicBoolean begun = new AtomicBoolean();

	private volatile boolean running;

	/** Since when runs are waited for; {@code null} if none was going on. */
	private volatile @Nullable Long waitingSince;

	RunLifecycle(Jobs jobs, ObjectProvider<RunSettings> settings, SingletonSupplier<JobLocks> locks,
			SingletonSupplier<JobRunner> runner, RunGate gate, SkipLog skipLog, ApplicationContext context,
			ObjectProvider<ScheduledAnnotationBeanPostProcessor> scheduling,
			ObjectProvider<TickSchedulingConfigurer> ticks, TimeSource time) {
		this.jobs = jobs;
		this.settings = settings;
		this.locks = locks;
		this.runner = runner;
		this.gate = gate;
		this.skipLog = skipLog;
		this.context = context;
		this.scheduling = scheduling;
		this.ticks = ticks;
		this.time = time;
	}

	/**
	 * Whatever is wrong with the locks stops the application here, before anything fires.
	 * An application without jobs needs no Redis.
	 */
	@Override
	public void afterSingletonsInstantiated() {
		destroyAfterSchedulers();
		boolean inUse = isInUse();
		this.begun.set(inUse);
		this.jobs.started(this::late);
		if (inUse) {
			begin(this.jobs.all());
		}
	}

	/**
	 * A job is made after the start, as a lazy bean or a prototype. What is wrong with
	 * its lease is said to the caller that makes it. The first one begins the use of the
	 * locks: on a thread of its own, because who makes a bean has locks of Spring.
	 */
	private void late(Job job) {
		JobLocks locks = this.context.getBean(JobLocks.class);
		checkLease(job, locks.leaseAbove());
		if (this.begun.compareAndSet(false, true)) {
			locks.threads().workers().execute(() -> begin(List.of(job)));
		}
	}

	private void begin(Collection<Job> all) {
		RunSettings settings = this.settings.getObject();
		JobLocks locks = this.locks.obtain();
		all.forEach((job) -> checkLease(job, locks.leaseAbove()));
		this.runner.obtain();
		logger.info("Distributed scheduling: namespace '{}', server '{}', locks on {}, {} {}: {}", settings.namespace(),
				settings.server(), locks.describe(), all.size(), (all.size() == 1) ? "job" : "jobs",
				all.isEmpty() ? "what code runs" : all.stream().map(Job::name).collect(Collectors.joining(", ")));
		if (!all.isEmpty() && this.scheduling.stream().findAny().isEmpty()) {
			logger.warn(
					"Scheduling is not enabled, so no @Scheduled method of a job is fired on this server: {}. "
							+ "Put @EnableScheduling on a configuration class, unless that is what you want.",
					all.stream().map(Job::where).collect(Collectors.joining(", ")));
		}
		locks.ready().whenComplete((client, ex) -> {
			if (ex != null && !this.gate.isClosed()) {
				this.skipLog.redisLost(ex.getMessage());
			}
		});
	}

	private static void checkLease(Job job, Duration above) {
		if (job.lease().compareTo(above) <= 0) {
			throw new InvalidJobException(
					"The lease of %s is %s; it must be longer than %s: the time that a thread may wait for Redis, and a margin."
						.formatted(job.where(), Durations.text(job.lease()), Durations.text(above)),
					"Set a longer lease in @DistributedScheduled, or a shorter distributed-scheduled.acquire-timeout.");
		}
	}

	@Override
	public void start() {
		this.running = true;
		this.waitingSince = null;
		this.gate.open();
	}

	/**
	 * Spring may fire for a while after this.
	 */
	@Override
	public void onApplicationEvent(ContextClosedEvent event) {
		if (event.getApplicationContext() == this.context) {
			close();
			this.ticks.ifAvailable(TickSchedulingConfigurer::cancelRepetitions);
		}
	}

	/**
	 * Schedulers listen to the same event. What they are to drop has to be cancelled
	 * before they shut down.
	 */
	@Override
	public int getOrder() {
		return HIGHEST_PRECEDENCE;
	}

	private void close() {
		this.gate.close();
		if (isInUse()) {
			JobRunner runner = this.runner.obtain();
			runner.closing();
			waitFor(runner.going());
		}
	}

	/**
	 * Say what a server that is stopped waits for. The schedulers wait first, in a phase
	 * of their own, so that is said when the context begins to close.
	 */
	private void waitFor(List<String> going) {
		if (this.waitingSince == null && !going.isEmpty()) {
			this.waitingSince = this.time.nanoTime();
			logger
				.info("This server stops and waits for {} to end: {}. New ticks are skipped. For how long it waits is said "
						+ "by spring.lifecycle.timeout-per-shutdown-phase, and by a scheduler that awaits termination.",
						(going.size() == 1) ? "a run" : going.size() + " runs", String.join(", ", going));
		}
	}

	private void waitedFor() {
		Long since = this.waitingSince;
		if (since != null) {
			logger.info("All runs have ended, after {}.", Durations.rounded(this.time.since(since)));
		}
	}

	/**
	 * An application without jobs needs neither a namespace nor Redis.
	 */
	private boolean isInUse() {
		return !this.jobs.all().isEmpty()
				|| (this.context.getAutowireCapableBeanFactory() instanceof SingletonBeanRegistry beans
						&& beans.containsSingleton(JOBS_OF_CODE));
	}

	/**
	 * A scheduler that awaits the termination of its tasks does so when it is destroyed.
	 * As long as a job runs there, its lease has to be renewed: so the locks go after all
	 * schedulers, whatever the order in which the beans were made.
	 */
	private void destroyAfterSchedulers() {
		if (!(this.context.getAutowireCapableBeanFactory() instanceof ConfigurableListableBeanFactory beanFactory)) {
			return;
		}
		for (Class<?> later : List.of(JobLocks.class, JobRunner.class)) {
			for (String name : beanFactory.getBeanNamesForType(later, false, false)) {
				for (Class<?> earlier : List.of(TaskScheduler.class, Executor.class,
						ScheduledAnnotationBeanPostProcessor.class)) {
					for (String scheduler : beanFactory.getBeanNamesForType(earlier, false, false)) {
						beanFactory.registerDependentBean(name, scheduler);
					}
				}
			}
		}
	}

	@Override
	public void stop() {
		stop(() -> {
		});
	}

	@Override
	public void stop(@Nullable Runnable callback) {
		this.running = false;
		close();
		this.gate.close(ActiveRun.depth(), () -> {
			waitedFor();
			if (callback != null) {
				callback.run();
			}
		});
	}

	@Override
	public boolean isRunning() {
		return this.running;
	}

	@Override
	public int getPhase() {
		return PHASE;
	}

}
