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
import java.util.Arrays;
import java.util.List;

import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.DisposableBean;
import org.springframework.beans.factory.InitializingBean;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.ConfigurableBeanFactory;
import org.springframework.beans.factory.support.AbstractBeanDefinition;
import org.springframework.beans.factory.support.BeanDefinitionRegistry;
import org.springframework.context.event.EventListener;
import org.springframework.core.annotation.MergedAnnotations;

/**
 * What else calls the method of a job, besides its schedule and the application.
 */
final class Callbacks {

	private static final List<String> OF_THE_CONTAINER = List.of("jakarta.annotation.PostConstruct",
			"jakarta.annotation.PreDestroy", "javax.annotation.PostConstruct", "javax.annotation.PreDestroy");

	private Callbacks() {
	}

	/**
	 * Return what is to be said of a method that Spring calls in another way, too.
	 * @return what it is, and what comes of it; {@code null} if there is nothing to say
	 */
	static @Nullable String warning(Object bean, String beanName, Method method, ConfigurableBeanFactory beanFactory) {
		String container = ofTheContainer(bean, beanName, method, beanFactory);
		if (container != null) {
			return container + ", which the container calls on the bean itself, and not on its proxy: that call runs "
					+ "without the lock, on every server. Move what must be locked to a method of its own.";
		}
		return MergedAnnotations.from(method, MergedAnnotations.SearchStrategy.TYPE_HIERARCHY)
			.isPresent(EventListener.class)
					? "an @EventListener: what an event calls is locked, but it is a call by hand, without a tick, on "
							+ "every server that has the event. Move the listener to a method of its own."
					: null;
	}

	private static @Nullable String ofTheContainer(Object bean, String beanName, Method method,
			ConfigurableBeanFactory beanFactory) {
		MergedAnnotations annotations = MergedAnnotations.from(method);
		for (String annotation : OF_THE_CONTAINER) {
			if (annotations.isPresent(annotation)) {
				return "annotated with @" + annotation.substring(annotation.lastIndexOf('.') + 1);
			}
		}
		String name = method.getName();
		if ((bean instanceof InitializingBean && name.equals("afterPropertiesSet"))
				|| (bean instanceof DisposableBean && name.equals("destroy"))) {
			return "a callback of " + ((bean instanceof InitializingBean && name.equals("afterPropertiesSet"))
					? "InitializingBean" : "DisposableBean");
		}
		return isNamedInDefinition(beanName, name, beanFactory) ? "an init or destroy method of its bean" : null;
	}

	private static boolean isNamedInDefinition(String beanName, String method, ConfigurableBeanFactory beanFactory) {
		if (!beanFactory.containsLocalBean(beanName) || !hasDefinition(beanName, beanFactory)) {
			return false;
		}
		BeanDefinition definition = beanFactory.getMergedBeanDefinition(beanName);
		return definition instanceof AbstractBeanDefinition methods && (contains(methods.getInitMethodNames(), method)
				|| contains(methods.getDestroyMethodNames(), method));
	}

	private static boolean hasDefinition(String beanName, ConfigurableBeanFactory beanFactory) {
		return beanFactory instanceof BeanDefinitionRegistry registry && registry.containsBeanDefinition(beanName);
	}

	private static boolean contains(String @Nullable [] names, String method) {
		return names != null && Arrays.asList(names).contains(method);
	}

}
