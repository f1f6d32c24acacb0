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

import java.lang.ref.WeakReference;
import java.lang.reflect.Method;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;

import org.springframework.aop.framework.AopProxyUtils;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.scheduling.TaskScheduler;

import io.github.lockstarter.InvalidJobException;
import io.github.lockstarter.schedule.SchedulerZones;

/**
 * The jobs of this application.
 */
final class Jobs {

	private static final int MOST_OF_CODE = 100;

	private final Map<Place, Job> byPlace = new ConcurrentHashMap<>();

	private final Map<String, Job> byName = new TreeMap<>();

	private final Map<String, Job> ofCode = new TreeMap<>();

	/** What was made last: of a bean that is no singleton there may be many. */
	private final Map<Place, WeakReference<Object>> beans = new ConcurrentHashMap<>();

	private volatile Consumer<Job> late = (job) -> {
	};

	private final List<Runnable> whenInUse = new ArrayList<>();

	private final Set<String> bypassed = ConcurrentHashMap.newKeySet();

	private volatile @Nullable TaskScheduler scheduler;

	/**
	 * Scheduling is enabled.
	 * @param scheduler where methods are fired
	 */
	void use(TaskScheduler scheduler) {
		this.scheduler = scheduler;
	}

	/**
	 * Return the time zone of cron expressions that name none, as Spring does: that of
	 * the clock of the scheduler.
	 * @param scheduler the name of the scheduler; empty or {@code null} for the default
	 */
	ZoneId zone(@Nullable String scheduler) {
		return SchedulerZones.of(this.scheduler, scheduler);
	}

	/**
	 * The application has started.
	 * @param late is given each job that is made from now on
	 */
	void started(Consumer<Job> late) {
		this.late = late;
	}

	/**
	 * Check a job that is made after the start. Those before are checked together.
	 */
	void check(Job job) {
		this.late.accept(job);
		used();
	}

	/**
	 * Do something as soon as there is a job, or at once.
	 */
	void whenInUse(Runnable action) {
		synchronized (this) {
			if (!isInUse()) {
				this.whenInUse.add(action);
				return;
			}
		}
		action.run();
	}

	private void used() {
		List<Runnable> actions;
		synchronized (this) {
			actions = List.copyOf(this.whenInUse);
			this.whenInUse.clear();
		}
		actions.forEach(Runnable::run);
	}

	/**
	 * Add a job. A bean that is made several times has its jobs once, with the schedule
	 * that it has now: it may be made again because its settings have changed.
	 * @param bean the bean, with its proxy
	 * @return false if the job was here already
	 */
	synchronized boolean add(Job job, Object bean, String beanName, Method method) {
		Place place = new Place(beanName, method);
		Job before = this.byPlace.get(place);
		Job other = this.byName.get(job.name());
		if (other != null && (before == null || !before.name().equals(job.name()))) {
			throw new InvalidJobException(
					"Two jobs are named '%s': %s and %s. They would share their ticks, so one of them would not run."
						.formatted(job.name(), other.where(), job.where()),
					"Give one of them another name: @DistributedScheduled(name = \"…\").");
		}
		if (before != null) {
			this.byName.remove(before.name());
		}
		this.byName.put(job.name(), job);
		this.byPlace.put(place, job);
		this.beans.put(place, new WeakReference<>(bean));
		return before == null;
	}

	/**
	 * Return the bean of a job without making another one, which Spring would schedule
	 * once more.
	 * @return the bean, with its proxy; {@code null} if none is left
	 */
	@Nullable Object bean(Place place, BeanFactory beanFactory) {
		if (beanFactory.containsBean(place.beanName()) && beanFactory.isSingleton(place.beanName())) {
			return beanFactory.getBean(place.beanName());
		}
		WeakReference<Object> bean = this.beans.get(place);
		return (bean != null) ? bean.get() : null;
	}

	/**
	 * Return the proxy of a bean with jobs.
	 * @param target the bean that is behind it
	 * @return the proxy; {@code null} if that bean has none, or no jobs
	 */
	@Nullable Object proxy(Object target) {
		return this.beans.values()
			.stream()
			.map(WeakReference::get)
			.filter((bean) -> bean != null && bean != target && AopProxyUtils.getSingletonTarget(bean) == target)
			.findFirst()
			.orElse(null);
	}

	@Nullable Job find(String beanName, Method method) {
		return this.byPlace.get(new Place(beanName, method));
	}

	synchronized @Nullable Job find(String name) {
		return this.byName.get(name);
	}

	/**
	 * Code runs work under the name of a job.
	 */
	void ran(Job job) {
		synchronized (this) {
			if (this.ofCode.containsKey(job.name()) || this.ofCode.size() < MOST_OF_CODE) {
				this.ofCode.put(job.name(), job);
			}
			if (this.whenInUse.isEmpty()) {
				return;
			}
		}
		used();
	}

	/**
	 * Return what code has run, or the first hundred if it makes up names.
	 */
	synchronized Collection<Job> ofCode() {
		return List.copyOf(this.ofCode.values());
	}

	/**
	 * A fire of a job has not come to its lock.
	 */
	void bypassed(String name) {
		this.bypassed.add(name);
	}

	/**
	 * Return the jobs that were fired and have not come to their lock.
	 */
	Set<String> bypassed() {
		return Set.copyOf(this.bypassed);
	}

	/**
	 * Return whether there are jobs, or code has run some.
	 */
	synchronized boolean isInUse() {
		return !this.byName.isEmpty() || !this.ofCode.isEmpty();
	}

	/**
	 * Return all jobs, ordered by name.
	 */
	synchronized Collection<Job> all() {
		return Collections.unmodifiableCollection(new TreeMap<>(this.byName).values());
	}

	/**
	 * Return all jobs by where they are declared.
	 */
	Map<Place, Job> byPlace() {
		return Collections.unmodifiableMap(new LinkedHashMap<>(this.byPlace));
	}

	/**
	 * Where a job is declared.
	 *
	 * @param beanName the name of the bean
	 * @param method the method of its class
	 */
	record Place(String beanName, Method method) {

	}

}
