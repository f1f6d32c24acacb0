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

import org.jspecify.annotations.Nullable;

import org.springframework.aop.framework.Advised;
import org.springframework.aop.framework.AopProxyUtils;
import org.springframework.aop.support.AopUtils;
import org.springframework.util.ClassUtils;

import io.github.lockstarter.schedule.Fire;
import io.github.lockstarter.schedule.TaskTarget;

/**
 * Says which fires are meant for one job: a tick belongs to the method that was scheduled
 * for it. That of a task of code belongs to each job that the task calls and that has no
 * schedule of its own, once.
 */
final class FireAddress {

	private final Jobs jobs;

	private final Jobs.Place place;

	FireAddress(Jobs jobs, Jobs.Place place) {
		this.jobs = jobs;
		this.place = place;
	}

	/**
	 * Return what a call of the job, or a subscription to it, has to do with the fire
	 * that is on the thread.
	 * @param fire the fire
	 * @param bean what was called, or one of its proxies
	 * @param again calls or subscribes once more
	 * @return the fire, the part of it that is for this job, or {@code null} for a call
	 * by hand
	 */
	@Nullable Fire find(@Nullable Fire fire, Object bean, TaskTarget.OfOneJob again) {
		if (fire == null) {
			return null;
		}
		TaskTarget target = fire.target();
		if (target instanceof TaskTarget.Code code) {
			return (code.task() instanceof TaskTarget.OfOneJob) ? fire
					: isScheduled() ? null : fire.part(this.place, again);
		}
		if (target instanceof TaskTarget.Call call) {
			return isThis(call.bean(), call.method(), bean) ? fire : null;
		}
		TaskTarget.Subscription subscription = (TaskTarget.Subscription) target;
		Object subscribed = (subscription.bean() != null) ? subscription.bean() : bean;
		return isThis(subscribed, subscription.method(), bean) ? fire : null;
	}

	/**
	 * A schedule that is switched off is none.
	 */
	private boolean isScheduled() {
		Job job = this.jobs.find(this.place.beanName(), this.place.method());
		return job != null && job.schedule() != null;
	}

	private boolean isThis(Object scheduled, Method method, Object bean) {
		Class<?> type = AopProxyUtils.ultimateTargetClass(bean);
		return isSame(scheduled, bean, type)
				&& AopUtils.getMostSpecificMethod(method, type).equals(this.place.method());
	}

	/**
	 * What is scheduled may find the bean only when it is called, as the proxy of a scope
	 * does. Until then it knows the type that was asked for, or the class of a proxy.
	 */
	private static boolean isSame(Object scheduled, Object bean, Class<?> type) {
		return target(scheduled) == target(bean) || (scheduled instanceof Advised advised
				&& !advised.getTargetSource().isStatic()
				&& ClassUtils.getUserClass(AopProxyUtils.ultimateTargetClass(scheduled)).isAssignableFrom(type));
	}

	private static Object target(Object bean) {
		Object target = bean;
		for (Object next = bean; next != null; next = AopProxyUtils.getSingletonTarget(next)) {
			target = next;
		}
		return target;
	}

}
