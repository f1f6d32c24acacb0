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
import java.util.Collection;
import java.util.List;
import java.util.function.Predicate;

import org.aopalliance.aop.Advice;

import org.springframework.aop.Advisor;
import org.springframework.aop.Pointcut;
import org.springframework.aop.PointcutAdvisor;
import org.springframework.aop.framework.Advised;
import org.springframework.aop.interceptor.AsyncExecutionInterceptor;
import org.springframework.aop.interceptor.ExposeBeanNameAdvisors;
import org.springframework.aop.support.DefaultPointcutAdvisor;
import org.springframework.aop.support.MethodMatchers;

/**
 * Puts the lock where it belongs among the advice of a bean that has jobs, once the proxy
 * is complete.
 * <p>
 * Spring's own post-processors put {@code @Async} and {@code @Retryable} in front of all
 * that is there. The lock has to be inside of the first, on the thread that does the
 * work; {@link FireCarrier} brings the tick there. And it has to be outside of the
 * second: one tick is one run, however many attempts that takes. A second attempt with a
 * lock of its own would find its tick started already, and a skip would look like a
 * success.
 */
final class AdviceOrder {

	private static final List<String> RETRY = List.of("org.springframework.resilience.retry.",
			"org.springframework.retry.");

	private final Advised proxy;

	private final Class<?> type;

	private final Collection<Method> jobs;

	private AdviceOrder(Advised proxy, Class<?> type, Collection<Method> jobs) {
		this.proxy = proxy;
		this.type = type;
		this.jobs = jobs;
	}

	/**
	 * Arrange the advice of a bean.
	 * @param proxy the proxy of the bean
	 * @param beanName the name of the bean
	 * @param type its class
	 * @param jobs its methods that are jobs
	 */
	static void arrange(Advised proxy, String beanName, Class<?> type, Collection<Method> jobs) {
		AdviceOrder order = new AdviceOrder(proxy, type, jobs);
		order.lockOutsideOfRetry();
		if (order.first(AdviceOrder::isAsync) >= 0) {
			proxy.addAdvisor(0, new DefaultPointcutAdvisor(new FireCarrier()));
		}
		// Two beans of one class have jobs of their own: let the interceptor know which
		// bean it is called on
		proxy.addAdvisor(0, ExposeBeanNameAdvisors.createAdvisorWithoutIntroduction(beanName));
	}

	/**
	 * The lock that is behind the retry stays there: it sees to it that no attempt begins
	 * after the lock was lost.
	 */
	private void lockOutsideOfRetry() {
		int retry = first(AdviceOrder::isRetry);
		int lock = first((advice) -> advice instanceof DistributedScheduledInterceptor);
		if (retry >= 0 && retry < lock && first(AdviceOrder::isAsync) < retry) {
			this.proxy.addAdvisor(retry, this.proxy.getAdvisors()[lock]);
		}
	}

	private int first(Predicate<Advice> kind) {
		Advisor[] advisors = this.proxy.getAdvisors();
		for (int i = 0; i < advisors.length; i++) {
			if (kind.test(advisors[i].getAdvice()) && concernsAJob(advisors[i])) {
				return i;
			}
		}
		return -1;
	}

	private static boolean isAsync(Advice advice) {
		return advice instanceof AsyncExecutionInterceptor;
	}

	private static boolean isRetry(Advice advice) {
		for (Class<?> type = advice.getClass(); type != null; type = type.getSuperclass()) {
			if (RETRY.stream().anyMatch(type.getName()::startsWith)) {
				return true;
			}
		}
		return false;
	}

	private boolean concernsAJob(Advisor advisor) {
		if (!(advisor instanceof PointcutAdvisor pointcutAdvisor)) {
			return true;
		}
		Pointcut pointcut = pointcutAdvisor.getPointcut();
		return pointcut.getClassFilter().matches(this.type) && this.jobs.stream()
			.anyMatch((method) -> MethodMatchers.matches(pointcut.getMethodMatcher(), method, this.type, false));
	}

}
