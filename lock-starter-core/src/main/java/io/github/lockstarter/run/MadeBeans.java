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

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.beans.factory.config.ConfigurableBeanFactory;
import org.springframework.beans.factory.support.AbstractBeanFactory;

/**
 * The beans that a context has made itself, also before the post-processors were there
 * that proxy and schedule them. All others were registered as finished objects, as the
 * mocks of a test are.
 */
final class MadeBeans implements BeanPostProcessor {

	private final Set<String> names = ConcurrentHashMap.newKeySet();

	/**
	 * Look at all that a factory makes from now on.
	 */
	static void watch(ConfigurableBeanFactory beanFactory) {
		beanFactory.addBeanPostProcessor(new MadeBeans());
	}

	/**
	 * Determine whether a factory has made a bean itself.
	 */
	static boolean contains(ConfigurableBeanFactory beanFactory, String beanName) {
		return beanFactory instanceof AbstractBeanFactory factory && factory.getBeanPostProcessors()
			.stream()
			.anyMatch((processor) -> processor instanceof MadeBeans made && made.names.contains(beanName));
	}

	@Override
	public Object postProcessBeforeInitialization(Object bean, String beanName) {
		this.names.add(beanName);
		return bean;
	}

}
