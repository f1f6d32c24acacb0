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

import java.lang.reflect.Method;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.aop.support.AopUtils;
import org.springframework.beans.factory.config.ConfigurableBeanFactory;
import org.springframework.beans.factory.config.EmbeddedValueResolver;
import org.springframework.core.KotlinDetector;
import org.springframework.core.ReactiveAdapterRegistry;
import org.springframework.core.task.TaskRejectedException;
import org.springframework.scheduling.SchedulingAwareRunnable;
import org.springframework.scheduling.TaskScheduler;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.scheduling.support.ScheduledMethodRunnable;
import org.springframework.util.StringUtils;
import org.springframework.util.StringValueResolver;

import io.github.lockstarter.lock.JobLocks;
import io.github.lockstarter.lock.LockRequest;
import io.github.lockstarter.schedule.Tick;

/**
 * Looks, when a server starts, for ticks that others have started and not ended. This
 * server was not fired for them, and perhaps nobody is left who was: so it is fired now.
 */
final class OpenTicks {

	private static final Logger logger = LoggerFactory.getLogger(OpenTicks.class);

	private final Jobs jobs;

	private final Supplier<JobLocks> locks;

	private final RunGate gate;

	private final ConfigurableBeanFactory beanFactory;

	OpenTicks(Jobs jobs, Supplier<JobLocks> locks, RunGate gate, ConfigurableBeanFactory beanFactory) {
		this.jobs = jobs;
		this.locks = locks;
		this.gate = gate;
		this.beanFactory = beanFactory;
	}

	/**
	 * Ask for the open tick of each job whose ticks are run again. Waits for nothing.
	 * @param scheduler fires what is found
	 */
	void look(TaskScheduler scheduler) {
		StringValueResolver resolver = new EmbeddedValueResolver(this.beanFactory);
		this.jobs.byPlace().forEach((place, job) -> {
			Scheduled schedule = job.isRerun() ? cron(place, resolver) : null;
			if (schedule == null) {
				return;
			}
			Runnable task = task(place, resolver.resolveStringValue(schedule.scheduler()));
			LockRequest request = new LockRequest(job.name(), job.group(), job.schedule(), new Tick.Manual(), false,
					job.lease(), job.lockAtLeastFor());
			this.locks.get().openTick(request, () -> !this.gate.isClosed()).whenComplete((open, ex) -> {
				if (ex == null) {
					fire(scheduler, job, task, open);
				}
			});
		});
	}

	private static void fire(TaskScheduler scheduler, Job job, Runnable task, Optional<Instant> open) {
		open.ifPresent((tick) -> {
			logger.debug("{} at tick {} has been started and not ended", job.name(), tick);
			try {
				scheduler.schedule(task, tick);
			}
			catch (TaskRejectedException ex) {
				logger.debug("The scheduler has stopped", ex);
			}
		});
	}

	/**
	 * Return the schedule of a method that fires it on this server, if it is one that can
	 * be called: a publisher would have to be subscribed to.
	 */
	private @Nullable Scheduled cron(Jobs.Place place, StringValueResolver resolver) {
		Method method = place.method();
		if (KotlinDetector.isSuspendingFunction(method)
				|| ReactiveAdapterRegistry.getSharedInstance().getAdapter(method.getReturnType()) != null
				|| !this.beanFactory.isSingleton(place.beanName())) {
			return null;
		}
		for (Scheduled schedule : JobReader.schedules(method)) {
			String cron = resolver.resolveStringValue(schedule.cron());
			if (StringUtils.hasText(cron) && !Scheduled.CRON_DISABLED.equals(cron)) {
				return schedule;
			}
		}
		return null;
	}

	private Runnable task(Jobs.Place place, @Nullable String scheduler) {
		Object bean = this.beanFactory.getBean(place.beanName());
		return new Call(
				new ScheduledMethodRunnable(bean, AopUtils.selectInvocableMethod(place.method(), bean.getClass())),
				scheduler);
	}

	/**
	 * A call on the scheduler that the schedule names.
	 */
	private record Call(Runnable task, @Nullable String scheduler) implements SchedulingAwareRunnable {

		@Override
		public void run() {
			this.task.run();
		}

		@Override
		public @Nullable String getQualifier() {
			return StringUtils.hasText(this.scheduler) ? this.scheduler : null;
		}

		@Override
		public String toString() {
			return this.task.toString();
		}

	}

}
