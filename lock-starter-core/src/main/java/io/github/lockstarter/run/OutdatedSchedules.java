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

import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.config.DestructionAwareBeanPostProcessor;
import org.springframework.beans.factory.config.SingletonBeanRegistry;
import org.springframework.scheduling.annotation.ScheduledAnnotationBeanPostProcessor;

/**
 * Cancels the schedules of a bean that its scope has given up, as in a refresh of Spring
 * Cloud. Spring does so for a bean without a proxy only: it has scheduled the proxy, and
 * is told of the end of what is behind it. Without this, the job would go on at its old
 * times beside the new ones.
 */
final class OutdatedSchedules implements DestructionAwareBeanPostProcessor {

	private final Jobs jobs;

	private final ListableBeanFactory beanFactory;

	OutdatedSchedules(Jobs jobs, ListableBeanFactory beanFactory) {
		this.jobs = jobs;
		this.beanFactory = beanFactory;
	}

	@Override
	public boolean requiresDestruction(Object bean) {
		return this.jobs.proxy(bean) != null;
	}

	@Override
	public void postProcessBeforeDestruction(Object bean, String beanName) {
		Object proxy = this.jobs.proxy(bean);
		if (proxy != null && this.beanFactory instanceof SingletonBeanRegistry beans) {
			for (String name : this.beanFactory.getBeanNamesForType(ScheduledAnnotationBeanPostProcessor.class, false,
					false)) {
				// It may be gone already, with all its schedules: then the context ends
				if (beans.getSingleton(name) instanceof ScheduledAnnotationBeanPostProcessor scheduling) {
					scheduling.postProcessBeforeDestruction(proxy, beanName);
				}
			}
		}
	}

}
