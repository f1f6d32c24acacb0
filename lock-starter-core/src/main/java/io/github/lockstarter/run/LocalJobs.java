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
import java.time.Duration;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.aop.support.AopUtils;
import org.springframework.beans.factory.config.ConfigurableBeanFactory;
import org.springframework.beans.factory.config.EmbeddedValueResolver;
import org.springframework.core.task.TaskRejectedException;
import org.springframework.scheduling.SchedulingAwareRunnable;
import org.springframework.scheduling.TaskScheduler;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.scheduling.config.CronTask;
import org.springframework.scheduling.config.FixedRateTask;
import org.springframework.scheduling.config.IntervalTask;
import org.springframework.scheduling.config.ScheduledTask;
import org.springframework.scheduling.config.ScheduledTaskHolder;
import org.springframework.scheduling.config.Task;
import org.springframework.scheduling.support.CronExpression;
import org.springframework.scheduling.support.ScheduledMethodRunnable;
import org.springframework.util.StringUtils;

import io.github.lockstarter.schedule.Fire;
import io.github.lockstarter.schedule.TaskTarget;
import io.github.lockstarter.schedule.Timetable;

/**
 * The jobs of this server, for those who look after them from outside of a run.
 *
 * @since 0.1.0
 */
public final class LocalJobs {

	private static final Logger logger = LoggerFactory.getLogger(LocalJobs.class);

	private final Jobs jobs;

	private final RunGate gate;

	private final Supplier<JobRunner> runner;

	private final ConfigurableBeanFactory beanFactory;

	private volatile @Nullable TaskScheduler scheduler;

	LocalJobs(Jobs jobs, RunGate gate, Supplier<JobRunner> runner, ConfigurableBeanFactory beanFactory) {
		this.jobs = jobs;
		this.gate = gate;
		this.runner = runner;
		this.beanFactory = beanFactory;
	}

	/**
	 * Scheduling is enabled.
	 * @param scheduler where methods are fired
	 */
	void use(TaskScheduler scheduler) {
		this.scheduler = scheduler;
		this.jobs.use(scheduler);
	}

	/**
	 * Return the annotated jobs, and those that code has run so far.
	 * @return all of them, ordered by name
	 */
	public Collection<LocalJob> all() {
		Map<String, String> methods = this.jobs.byPlace()
			.entrySet()
			.stream()
			.collect(Collectors.toMap((entry) -> entry.getValue().name(), (entry) -> name(entry.getKey().method())));
		Map<String, Timetable> timetables = timetables();
		return Stream.concat(this.jobs.all().stream(), this.jobs.ofCode().stream())
			.sorted(Comparator.comparing(Job::name))
			.map((job) -> {
				Timetable timetable = timetables.getOrDefault(job.name(), job.timetable());
				return new LocalJob(job.name(), job.group(), timetable.text(), timetable, job.lockAtLeastFor(),
						methods.get(job.name()));
			})
			.toList();
	}

	/**
	 * Return what Spring has really scheduled: an expression with a random number was
	 * another one when the annotation was read here.
	 */
	private Map<String, Timetable> timetables() {
		List<Target> targets = this.beanFactory.getBeanProvider(ScheduledTaskHolder.class)
			.stream()
			.flatMap((holder) -> holder.getScheduledTasks().stream())
			.map(ScheduledTask::getTask)
			.map((task) -> new Target(task, TaskTarget.of(task.getRunnable())))
			.toList();
		Map<String, Timetable> timetables = new HashMap<>();
		this.jobs.byPlace().forEach((place, job) -> {
			List<Task> tasks = tasks(place, targets);
			timetables.put(job.name(), job.timetable().scheduled(crons(tasks), intervals(tasks)));
		});
		return timetables;
	}

	private List<Task> tasks(Jobs.Place place, List<Target> targets) {
		Object bean = this.jobs.bean(place, this.beanFactory);
		return targets.stream()
			.filter((target) -> bean != null && calls(target.of(), bean, place.method()))
			.map(Target::task)
			.toList();
	}

	private static List<CronExpression> crons(List<Task> tasks) {
		return tasks.stream()
			.filter(CronTask.class::isInstance)
			.map((task) -> CronExpression.parse(((CronTask) task).getExpression()))
			.toList();
	}

	private static List<Timetable.Interval> intervals(List<Task> tasks) {
		return tasks.stream()
			.filter(IntervalTask.class::isInstance)
			.map(IntervalTask.class::cast)
			.map((task) -> new Timetable.Interval(task.getIntervalDuration(), task.getInitialDelayDuration(),
					task instanceof FixedRateTask))
			.toList();
	}

	private static boolean calls(TaskTarget target, Object bean, Method method) {
		if (target instanceof TaskTarget.Call call) {
			return call.bean() == bean && call.method().equals(AopUtils.selectInvocableMethod(method, bean.getClass()));
		}
		return target instanceof TaskTarget.Subscription subscription && subscription.method().equals(method)
				&& (subscription.bean() == null || subscription.bean() == bean);
	}

	private static String name(Method method) {
		return method.getDeclaringClass().getName() + "." + method.getName() + "()";
	}

	/**
	 * Tell whether there is anything that needs locks.
	 * @return false in an application without jobs
	 */
	public boolean isInUse() {
		return !this.jobs.all().isEmpty() || this.beanFactory.containsSingleton(RunLifecycle.JOBS_OF_CODE);
	}

	/**
	 * Do something as soon as there is anything that needs locks, or at once.
	 * @param action what to do, on the thread that makes the first job or runs it
	 */
	public void whenInUse(Runnable action) {
		if (isInUse()) {
			action.run();
		}
		else {
			this.jobs.whenInUse(action);
		}
	}

	/**
	 * Return the jobs whose method was fired on this server and has returned without
	 * having come to its lock. They are not fired here any more.
	 * @return their names
	 */
	public Set<String> bypassed() {
		return this.jobs.bypassed();
	}

	/**
	 * Call the method of a job on the scheduler of its schedule, by hand and under its
	 * lock. Returns at once.
	 * @param name the name of the job
	 * @throws IllegalArgumentException if there is no method for it
	 * @throws IllegalStateException if scheduling is not enabled, or ends
	 */
	public void run(String name) {
		Map.Entry<Jobs.Place, Job> found = this.jobs.byPlace()
			.entrySet()
			.stream()
			.filter((entry) -> entry.getValue().name().equals(name))
			.findAny()
			.orElseThrow(() -> new IllegalArgumentException(
					"This server has no method for the job '%s'. It has methods for: %s".formatted(name, names())));
		TaskScheduler scheduler = this.scheduler;
		if (scheduler == null) {
			throw new IllegalStateException(
					"Scheduling is not enabled on this server, so there is no scheduler that could run '%s'."
						.formatted(name));
		}
		if (this.gate.isClosed()) {
			throw ending(name);
		}
		Jobs.Place place = found.getKey();
		try {
			scheduler.schedule(new ByHand(task(name, place), qualifier(place.method())),
					scheduler.getClock().instant());
		}
		catch (TaskRejectedException ex) {
			throw ending(name);
		}
		catch (RejectedExecutionException ex) {
			throw new IllegalStateException(
					"The scheduler of this server has no room, so '%s' is not run here.".formatted(name), ex);
		}
	}

	private static IllegalStateException ending(String name) {
		return new IllegalStateException("This server ends, so '%s' is not run here.".formatted(name));
	}

	private String names() {
		String names = this.jobs.all().stream().map(Job::name).collect(Collectors.joining(", "));
		return names.isEmpty() ? "none" : names;
	}

	private Runnable task(String name, Jobs.Place place) {
		Object bean = this.jobs.bean(place, this.beanFactory);
		if (bean == null) {
			throw new IllegalStateException(
					"No bean '%s' is left on this server, so '%s' is not run here.".formatted(place.beanName(), name));
		}
		Method method = AopUtils.selectInvocableMethod(place.method(), bean.getClass());
		return JobReader.isPublisher(place.method()) ? new SubscribeByHand(bean, method)
				: new ScheduledMethodRunnable(bean, method);
	}

	private @Nullable String qualifier(Method method) {
		Set<Scheduled> schedules = JobReader.schedules(method);
		String qualifier = schedules.isEmpty() ? null : schedules.iterator().next().scheduler();
		return StringUtils.hasText(qualifier)
				? new EmbeddedValueResolver(this.beanFactory).resolveStringValue(qualifier) : null;
	}

	/**
	 * Take no more ticks. What waits to be asked for again is skipped.
	 * @return false if that was so before
	 */
	public boolean drain() {
		if (!this.gate.drain(true)) {
			return false;
		}
		logger.info("This server takes no more ticks; others run them. Runs that are going on are not disturbed.");
		if (isInUse()) {
			this.runner.get().draining();
		}
		return true;
	}

	/**
	 * Take ticks again.
	 * @return false if that was so before
	 */
	public boolean undrain() {
		if (!this.gate.drain(false)) {
			return false;
		}
		logger.info("This server takes ticks again.");
		return true;
	}

	/**
	 * Tell whether this server takes no ticks.
	 * @return true after {@link #drain()}
	 */
	public boolean isDraining() {
		return this.gate.isDraining();
	}

	/**
	 * A job of this server.
	 *
	 * @param name the name
	 * @param group the group; {@code null} if it is in none
	 * @param schedule what its schedule is, for a human; {@code null} if it is not known
	 * @param timetable when it is to run
	 * @param lockAtLeastFor the shortest time from a tick to the next run
	 * @param method the class and the name of its method; {@code null} if it is work of
	 * code
	 * @since 0.1.0
	 */
	public record LocalJob(String name, @Nullable String group, @Nullable String schedule, Timetable timetable,
			Duration lockAtLeastFor, @Nullable String method) {

	}

	/**
	 * A task of Spring.
	 *
	 * @param task the task
	 * @param of what it calls
	 */
	private record Target(Task task, TaskTarget of) {

	}

	/**
	 * A call on the scheduler that the schedule names, without a tick.
	 *
	 * @param task the call
	 * @param qualifier the name of the scheduler
	 */
	private record ByHand(Runnable task, @Nullable String qualifier) implements SchedulingAwareRunnable {

		@Override
		public void run() {
			// The tick is that of this one task, which no other server has
			Fire.take();
			this.task.run();
		}

		@Override
		public @Nullable String getQualifier() {
			return this.qualifier;
		}

		@Override
		public String toString() {
			return this.task.toString();
		}

	}

}
