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
import java.util.Set;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.context.ApplicationContext;
import org.springframework.util.ClassUtils;

import io.github.lockstarter.InvalidJobException;

/**
 * Contexts that are parents or children of one with distributed scheduling. A context
 * does not inherit it, so what is a job there would run unlocked.
 */
final class RelatedContexts {

	private static final Logger logger = LoggerFactory.getLogger(RelatedContexts.class);

	private static final String POST_PROCESSOR = "distributedScheduledPostProcessor";

	private RelatedContexts() {
	}

	/**
	 * Check that a context has no jobs, or locks them itself.
	 * @throws InvalidJobException if it has and does not
	 */
	static void check(ApplicationContext context) {
		if (context.getAutowireCapableBeanFactory() instanceof ConfigurableListableBeanFactory beanFactory) {
			check(beanFactory);
		}
	}

	/**
	 * Check that a bean factory has no jobs, or locks them itself.
	 * @throws InvalidJobException if it has and does not
	 */
	static void check(ConfigurableListableBeanFactory beanFactory) {
		if (beanFactory.containsBeanDefinition(POST_PROCESSOR)) {
			return;
		}
		for (String name : beanFactory.getBeanDefinitionNames()) {
			Class<?> type = type(beanFactory, name);
			Set<Method> jobs = (type != null) ? JobPostProcessor.jobsOf(type).keySet() : Set.of();
			for (Method job : jobs) {
				throw new InvalidJobException(
						"%s is in an application context without distributed scheduling, which contexts do not inherit from each other: the job would run on every server, without its lock."
							.formatted(Job.where(name, job)),
						"Move the bean to the context that has distributed scheduling, or give this one its own: by "
								+ "@EnableAutoConfiguration, or by importing DistributedSchedulingConfiguration.");
			}
		}
	}

	/**
	 * Determine whether an ancestor of a bean factory has distributed scheduling.
	 */
	static boolean isBelow(ConfigurableListableBeanFactory beanFactory) {
		return beanFactory.getParentBeanFactory() != null
				&& beanFactory.getParentBeanFactory().containsBean(POST_PROCESSOR);
	}

	private static @Nullable Class<?> type(ConfigurableListableBeanFactory beanFactory, String name) {
		try {
			Class<?> type = beanFactory.getType(name, false);
			return (type != null) ? ClassUtils.getUserClass(type) : null;
		}
		catch (RuntimeException | LinkageError ex) {
			logger.debug("The type of '{}' is not known", name, ex);
			return null;
		}
	}

}
