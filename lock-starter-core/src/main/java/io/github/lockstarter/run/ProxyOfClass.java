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
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.util.Arrays;
import java.util.Collection;

import org.springframework.aop.config.AopConfigUtils;
import org.springframework.aop.framework.ProxyConfig;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.core.KotlinDetector;
import org.springframework.util.ClassUtils;

/**
 * Whether a job needs a proxy of its class, and whether there can be one.
 */
final class ProxyOfClass {

	private ProxyOfClass() {
	}

	/**
	 * Determine whether the jobs of a class can be called through its interfaces only in
	 * part, or not at all.
	 * @param type the class of the bean
	 * @param jobs its methods that are jobs
	 */
	static boolean isNeeded(Class<?> type, Collection<Method> jobs) {
		Class<?>[] interfaces = ClassUtils.getAllInterfacesForClass(type);
		return jobs.stream()
			.anyMatch((job) -> Arrays.stream(interfaces)
				.noneMatch((candidate) -> ClassUtils.hasMethod(candidate, job.getName(), job.getParameterTypes())));
	}

	/**
	 * Determine whether no proxy can stand in front of a bean, because its class is
	 * final. Spring says so as well, but neither for which method, nor what to do.
	 * @param type the class of the bean, before it is proxied
	 * @param jobs its methods that are jobs
	 * @param beanFactory the factory that makes the bean
	 */
	static boolean isImpossible(Class<?> type, Collection<Method> jobs, BeanFactory beanFactory) {
		return Modifier.isFinal(type.getModifiers()) && !Proxy.isProxyClass(type) && !ClassUtils.isLambdaClass(type)
				&& (areClassesProxied(beanFactory) || isNeeded(type, jobs));
	}

	private static boolean areClassesProxied(BeanFactory beanFactory) {
		String creator = AopConfigUtils.AUTO_PROXY_CREATOR_BEAN_NAME;
		return beanFactory.containsBean(creator) && beanFactory.getBean(creator) instanceof ProxyConfig config
				&& config.isProxyTargetClass();
	}

	/**
	 * Return what to do about it.
	 */
	static String remedy(Class<?> type) {
		if (type.isRecord()) {
			return "Move the method to a class that is no record.";
		}
		return KotlinDetector.isKotlinType(type)
				? "Make the class open, or let the compiler plugin kotlin-spring do so." : "Make the class non-final.";
	}

}
