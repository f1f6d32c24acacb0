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
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.aop.framework.Advised;
import org.springframework.aop.framework.AopProxyUtils;
import org.springframework.aop.support.AopUtils;
import org.springframework.aop.target.AbstractBeanFactoryBasedTargetSource;
import org.springframework.beans.factory.config.SingletonBeanRegistry;
import org.springframework.context.annotation.ContextAnnotationAutowireCandidateResolver;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.scheduling.config.ScheduledTask;
import org.springframework.scheduling.config.ScheduledTaskHolder;

import io.github.lockstarter.DistributedScheduled;
import io.github.lockstarter.InvalidJobException;
import io.github.lockstarter.schedule.TaskTarget;
import io.github.lockstarter.schedule.TickScheduling;

/**
 * The last line of defence: whatever Spring schedules comes by here before it is fired.
 * What calls a job has to call it on a proxy with the lock, however it was made.
 */
final class Wiring implements TickScheduling.Tasks {

	private static final Logger logger = LoggerFactory.getLogger(Wiring.class);

	private static final String LAZY = ContextAnnotationAutowireCandidateResolver.class.getName();

	private static final String REMEDY = "Register what chooses the scheduler, or schedules the task, as a bean that "
			+ "Spring makes (@Component, @Bean or XML) and not as a finished object: then it comes first, or is wrapped "
			+ "when it is made.";

	private final Jobs jobs;

	private final SingletonBeanRegistry beanFactory;

	private final Consumer<String> bypassed;

	/**
	 * Create the wiring.
	 * @param jobs all jobs
	 * @param beanFactory the beans
	 * @param bypassed is told the name of a job that was fired and has not come to its
	 * lock
	 */
	Wiring(Jobs jobs, SingletonBeanRegistry beanFactory, Consumer<String> bypassed) {
		this.jobs = jobs;
		this.beanFactory = beanFactory;
		this.bypassed = bypassed;
	}

	@Override
	public boolean isJob(TaskTarget target) {
		Method method = job(target);
		if (method == null) {
			return false;
		}
		Object bean = (target instanceof TaskTarget.Call call) ? call.bean()
				: (target instanceof TaskTarget.Subscription subscription) ? subscription.bean() : null;
		if (bean != null && !isLocked(bean, method)) {
			throw new InvalidJobException(
					"%s is scheduled on an object that is not its proxy, so the job would run on every server, without its lock."
						.formatted(where(method)),
					"Let Spring make the bean and schedule it, or schedule the bean and not an object of your own. "
							+ "If a BeanPostProcessor replaces the proxy, let it wrap the bean before it is proxied.");
		}
		return true;
	}

	@Override
	public void bypassed(TaskTarget.Call target) {
		Method method = job(target);
		List<Job> jobs = this.jobs.byPlace()
			.entrySet()
			.stream()
			.filter((entry) -> entry.getKey().method().equals(method) && isBean(target, entry.getKey().beanName()))
			.map(Map.Entry::getValue)
			.toList();
		logger
			.error("{} was fired and has returned without having come to its lock, so it may have run on every server. "
					+ "Something has changed or replaced the proxy of its bean since the start: look for code that "
					+ "removes its advice. The schedule does not fire it again on this server until it is started anew.",
					(method != null) ? where(method) : target);
		jobs.forEach((job) -> this.bypassed.accept(job.name()));
	}

	/**
	 * Two beans of one class have jobs of their own.
	 */
	private boolean isBean(TaskTarget.Call target, String beanName) {
		return !this.beanFactory.containsSingleton(beanName)
				|| this.beanFactory.getSingleton(beanName) == target.bean();
	}

	/**
	 * Check that all tasks of an application have come by, those that call no job
	 * excepted.
	 * @param holders all that schedules tasks
	 * @param scheduling what they have to come by
	 * @param replaced whether somebody has replaced the wrapped scheduler
	 */
	static void check(Map<String, ScheduledTaskHolder> holders, TickScheduling scheduling, boolean replaced) {
		holders.forEach((name, holder) -> {
			for (ScheduledTask task : holder.getScheduledTasks()) {
				Runnable runnable = task.getTask().getRunnable();
				if (!scheduling.isSeen(runnable)) {
					passedBy(name, runnable, replaced);
				}
			}
		});
	}

	private static void passedBy(String holder, Runnable task, boolean replaced) {
		TaskTarget target = TaskTarget.of(task);
		Method method = job(target);
		if (method == null && !(target instanceof TaskTarget.Code)) {
			return;
		}
		if (method != null || replaced) {
			throw new InvalidJobException(
					"%s is scheduled by '%s' past the scheduler that distributed scheduling has wrapped, so every server would run each of its ticks."
						.formatted((method != null) ? where(method) : "The task " + task, holder),
					REMEDY);
		}
		logger.warn(
				"The task {} is scheduled by '{}' past the scheduler that distributed scheduling has wrapped. "
						+ "If it calls a job, every server runs that, as if it were called by hand. {}",
				task, holder, REMEDY);
	}

	/**
	 * Return the annotated method that a task calls.
	 */
	static @Nullable Method job(TaskTarget target) {
		Method method = null;
		if (target instanceof TaskTarget.Call call) {
			method = AopUtils.getMostSpecificMethod(call.method(), AopProxyUtils.ultimateTargetClass(call.bean()));
		}
		else if (target instanceof TaskTarget.Subscription subscription) {
			method = AopUtils.getMostSpecificMethod(subscription.method(), subscription.type());
		}
		return (method != null && AnnotatedElementUtils.hasAnnotation(method, DistributedScheduled.class)) ? method
				: null;
	}

	/**
	 * Return whether a call of a method on an object comes to its lock. The proxy of a
	 * scope, and one that is injected for {@code @Lazy}, finds the bean when it is
	 * called, and what it finds has been checked when it was made.
	 */
	private static boolean isLocked(Object bean, Method method) {
		return bean instanceof Advised proxy && Dispatch.bypass(bean.getClass(), method) == null
				&& (AdviceOrder.locks(proxy, method)
						|| proxy.getTargetSource() instanceof AbstractBeanFactoryBasedTargetSource
						|| proxy.getTargetSource().getClass().getName().startsWith(LAZY));
	}

	private static String where(Method method) {
		return method.getDeclaringClass().getName() + "." + method.getName() + "()";
	}

}
