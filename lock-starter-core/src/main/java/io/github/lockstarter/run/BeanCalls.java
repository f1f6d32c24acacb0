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

import org.springframework.aop.support.AopUtils;
import org.springframework.beans.factory.config.ConfigurableBeanFactory;
import org.springframework.beans.factory.config.EmbeddedValueResolver;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.scheduling.support.ScheduledMethodRunnable;
import org.springframework.util.StringUtils;
import org.springframework.util.StringValueResolver;

/**
 * Finds what {@code @Scheduled} fires on the beans of an application.
 */
final class BeanCalls implements PastTicks.Calls {

	private final Jobs jobs;

	private final ConfigurableBeanFactory beanFactory;

	BeanCalls(Jobs jobs, ConfigurableBeanFactory beanFactory) {
		this.jobs = jobs;
		this.beanFactory = beanFactory;
	}

	@Override
	public PastTicks.@Nullable Call find(Jobs.Place place) {
		StringValueResolver resolver = new EmbeddedValueResolver(this.beanFactory);
		Scheduled schedule = cron(place, resolver);
		Object bean = (schedule != null) ? this.jobs.bean(place, this.beanFactory) : null;
		return (schedule != null && bean != null)
				? new PastTicks.Call(task(place, bean), resolver.resolveStringValue(schedule.scheduler())) : null;
	}

	/**
	 * Return the schedule of a method that fires it on this server, if it is one that can
	 * be called: a publisher would have to be subscribed to.
	 */
	private @Nullable Scheduled cron(Jobs.Place place, StringValueResolver resolver) {
		Method method = place.method();
		if (JobReader.isPublisher(method)) {
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

	private static Runnable task(Jobs.Place place, Object bean) {
		return new ScheduledMethodRunnable(bean, AopUtils.selectInvocableMethod(place.method(), bean.getClass()));
	}

}
