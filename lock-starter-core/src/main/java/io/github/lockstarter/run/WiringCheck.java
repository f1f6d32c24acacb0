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
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.beans.factory.config.SingletonBeanRegistry;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ApplicationListener;
import org.springframework.context.event.ContextRefreshedEvent;
import org.springframework.core.Ordered;
import org.springframework.core.PriorityOrdered;
import org.springframework.scheduling.annotation.ScheduledAnnotationBeanPostProcessor;
import org.springframework.scheduling.annotation.SchedulingConfigurer;
import org.springframework.scheduling.config.ScheduledTaskHolder;
import org.springframework.scheduling.config.ScheduledTaskRegistrar;

import io.github.lockstarter.InvalidJobException;
import io.github.lockstarter.schedule.TaskTarget;
import io.github.lockstarter.schedule.TickScheduling;

/**
 * Checks how tasks are scheduled, when all of them are. Spring schedules them when the
 * context is refreshed, in a listener that has no order of its own, like this one: such
 * listeners are called in the order in which they were made. That of Spring is a
 * post-processor, and this one is a post-processor without an order, so it is the next.
 * Listeners that are called after it may wait for a run.
 */
final class WiringCheck implements ApplicationListener<ContextRefreshedEvent>, BeanPostProcessor {

	private static final Logger logger = LoggerFactory.getLogger(WiringCheck.class);

	private final TickScheduling scheduling;

	private final Jobs jobs;

	private final RunGate gate;

	private final ApplicationContext context;

	private @Nullable ScheduledTaskRegistrar registrar;

	WiringCheck(TickScheduling scheduling, Jobs jobs, RunGate gate, ApplicationContext context) {
		this.scheduling = scheduling;
		this.jobs = jobs;
		this.gate = gate;
		this.context = context;
	}

	/**
	 * Spring begins to schedule.
	 * @param registrar what it schedules with
	 */
	private void begin(ScheduledTaskRegistrar registrar) {
		this.registrar = registrar;
		this.scheduling.adopt(registrar);
		this.gate.check();
	}

	@Override
	public void onApplicationEvent(ContextRefreshedEvent event) {
		if (event.getApplicationContext() != this.context) {
			// A child, which tells its parents as well
			RelatedContexts.check(event.getApplicationContext());
			return;
		}
		try {
			check();
		}
		catch (InvalidJobException ex) {
			this.gate.close();
			throw ex;
		}
		finally {
			this.gate.checked();
		}
		this.scheduling.open();
	}

	private void check() {
		for (ApplicationContext parent = this.context.getParent(); parent != null; parent = parent.getParent()) {
			RelatedContexts.check(parent);
		}
		if (this.jobs.isInUse() || hasJobsOfCode()) {
			ScheduledTaskRegistrar registrar = this.registrar;
			Map<String, ScheduledTaskHolder> holders = this.context.getBeansOfType(ScheduledTaskHolder.class, false,
					false);
			Wiring.check(holders, this.scheduling, registrar != null && !this.scheduling.isAdopted(registrar));
			refuseHiddenJobs(holders.values());
			warnOfJobsThatNothingFires();
		}
	}

	/**
	 * A task of code is there to call something, and perhaps it is the job.
	 */
	private void warnOfJobsThatNothingFires() {
		List<TaskTarget> targets = this.scheduling.seen().stream().map(TaskTarget::of).toList();
		if (targets.stream().anyMatch(TaskTarget.Code.class::isInstance)) {
			return;
		}
		Set<Method> scheduled = scheduledJobs();
		this.jobs.byPlace().forEach((place, job) -> {
			if (JobReader.schedules(place.method()).isEmpty() && !scheduled.contains(place.method())) {
				logger
					.warn("{} is annotated with @DistributedScheduled but not with @Scheduled. It runs under the lock "
							+ "when other beans call it, and without it when its own bean does; nothing else fires it.",
							job.where());
			}
		});
	}

	/**
	 * A subclass of Spring's post-processor may put a Runnable of its own around the call
	 * of a scheduled method. A fire of that is taken for one of code, so a job with a
	 * schedule of its own would have no tick.
	 */
	private void refuseHiddenJobs(Collection<ScheduledTaskHolder> holders) {
		if (holders.stream().noneMatch(this::hidesMethods)) {
			return;
		}
		Set<Method> scheduled = scheduledJobs();
		this.jobs.byPlace().forEach((place, job) -> {
			if (job.schedule() != null && !scheduled.contains(place.method())) {
				throw new InvalidJobException(
						"%s is scheduled as a Runnable that does not tell which method it calls, so every server would run each of its ticks."
							.formatted(job.where()),
						"Look for a ScheduledAnnotationBeanPostProcessor of your own, or of a library, whose "
								+ "createRunnable wraps the call, and let it return the ScheduledMethodRunnable.");
			}
		});
	}

	private boolean hidesMethods(ScheduledTaskHolder holder) {
		ScheduledTaskRegistrar registrar = this.registrar;
		return holder instanceof ScheduledAnnotationBeanPostProcessor && registrar != null
				&& holder.getScheduledTasks()
					.stream()
					.filter((task) -> !registrar.getScheduledTasks().contains(task))
					.anyMatch((task) -> TaskTarget.of(task.getTask().getRunnable()) instanceof TaskTarget.Code);
	}

	private Set<Method> scheduledJobs() {
		return this.scheduling.seen()
			.stream()
			.map(TaskTarget::of)
			.map(Wiring::job)
			.filter(Objects::nonNull)
			.collect(Collectors.toSet());
	}

	private boolean hasJobsOfCode() {
		return this.context.getAutowireCapableBeanFactory() instanceof SingletonBeanRegistry beans
				&& beans.containsSingleton(RunLifecycle.JOBS_OF_CODE);
	}

	/**
	 * Comes before all other configurers, so that also a task which one of them schedules
	 * itself comes by the wrapped scheduler. The one that comes after all others wraps
	 * what they have chosen.
	 *
	 * @param check is told that Spring begins to schedule
	 */
	record FirstConfigurer(WiringCheck check) implements SchedulingConfigurer, PriorityOrdered {

		@Override
		public void configureTasks(ScheduledTaskRegistrar registrar) {
			this.check.begin(registrar);
		}

		@Override
		public int getOrder() {
			return Ordered.HIGHEST_PRECEDENCE;
		}

	}

}
