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

import java.lang.reflect.Array;
import java.lang.reflect.Method;
import java.util.Optional;
import java.util.function.Supplier;

import org.aopalliance.intercept.MethodInterceptor;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;

import org.springframework.aop.ProxyMethodInvocation;
import org.springframework.aop.interceptor.ExposeBeanNameAdvisors;
import org.springframework.aop.support.AopUtils;
import org.springframework.util.function.SingletonSupplier;

import io.github.lockstarter.JobResult;

/**
 * Finds the job of a call and its tick, and hands the call on. Where a bean is retried it
 * stands twice among the advice, and the inner one only looks after the lock.
 */
final class DistributedScheduledInterceptor implements MethodInterceptor {

	private static final String LOCKED = DistributedScheduledInterceptor.class.getName() + ".LOCKED";

	private final Jobs jobs;

	private final SingletonSupplier<BlockingCall> blocking;

	private final ReactiveCall reactive;

	DistributedScheduledInterceptor(Jobs jobs, Supplier<JobRunner> runner) {
		this.jobs = jobs;
		this.blocking = SingletonSupplier.of(() -> new BlockingCall(runner.get()));
		this.reactive = new ReactiveCall(SingletonSupplier.of(runner));
	}

	@Override
	public @Nullable Object invoke(MethodInvocation invocation) throws Throwable {
		ProxyMethodInvocation call = (ProxyMethodInvocation) invocation;
		if (call.getUserAttribute(LOCKED) != null) {
			ActiveRun.assertLockHeldIfRunning();
			return invocation.proceed();
		}
		call.setUserAttribute(LOCKED, true);
		Method method = method(invocation);
		Job job = job(invocation, method);
		return ReactiveCall.isReactive(method) ? this.reactive.call(job, method.getReturnType(), invocation::proceed)
				: FireCarrier.underFireOf(invocation, () -> blocking(job, method.getReturnType(), invocation));
	}

	private @Nullable Object blocking(Job job, Class<?> type, MethodInvocation invocation) throws Throwable {
		return (this.blocking.obtain().call(job, invocation::proceed) instanceof JobResult.Ran<?> ran) ? ran.value()
				: emptyResult(type);
	}

	private static @Nullable Object emptyResult(Class<?> type) {
		if (type == Optional.class) {
			return Optional.empty();
		}
		return (type.isPrimitive() && type != void.class) ? Array.get(Array.newInstance(type, 1), 0) : null;
	}

	private static Method method(MethodInvocation invocation) {
		Object target = invocation.getThis();
		return AopUtils.getMostSpecificMethod(invocation.getMethod(), (target != null) ? target.getClass() : null);
	}

	private Job job(MethodInvocation invocation, Method method) {
		String beanName = ExposeBeanNameAdvisors.getBeanName(invocation);
		Job job = this.jobs.find(beanName, method);
		if (job == null) {
			throw new IllegalStateException("No job is known for " + Job.where(beanName, method)
					+ ". It was called before its bean was ready; it must not run without its lock.");
		}
		return job;
	}

}
