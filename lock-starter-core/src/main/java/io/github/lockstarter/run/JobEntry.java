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

import org.aopalliance.intercept.MethodInterceptor;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;

import org.springframework.aop.ProxyMethodInvocation;
import org.springframework.aop.framework.Advised;
import org.springframework.aop.framework.DefaultAdvisorChainFactory;
import org.springframework.aop.support.AopUtils;
import org.springframework.util.ReflectionUtils;

import io.github.lockstarter.schedule.Fire;
import io.github.lockstarter.schedule.TaskTarget;

/**
 * Our outermost advice of a job: decides which fire a call belongs to, before any other
 * advice can change it, and lets the call go on as a {@link JobInvocation}. Where a bean
 * has several proxies, each of them begins with one; those inside go on with what the
 * outermost has decided.
 */
final class JobEntry implements MethodInterceptor {

	private final JobLock lock;

	private final FireAddress address;

	private final boolean innermost;

	private final boolean onOtherThread;

	/**
	 * Create an entry.
	 * @param lock the lock of the job
	 * @param innermost whether there is no other proxy inside of this one
	 * @param onOtherThread whether the job is run on another thread than that of its fire
	 */
	JobEntry(JobLock lock, boolean innermost, boolean onOtherThread) {
		this.lock = lock;
		this.address = lock.address();
		this.innermost = innermost;
		this.onOtherThread = onOtherThread;
	}

	@Override
	public @Nullable Object invoke(MethodInvocation invocation) throws Throwable {
		JobInvocation outer = JobInvocation.handedOn(place());
		if (outer != null) {
			return invocation(invocation, outer.call()).proceedAs(outer);
		}
		if (this.lock.isReactive()) {
			// Its subscriptions find their fires themselves
			return invocation(invocation, new JobCall(null, false)).proceed();
		}
		// Taken off the thread, so that a job called from inside this one does not
		// inherit the tick
		Fire fire = Fire.take();
		try {
			return proceed((ProxyMethodInvocation) invocation, fire);
		}
		finally {
			if (fire != null) {
				fire.putBack();
			}
		}
	}

	private @Nullable Object proceed(ProxyMethodInvocation invocation, @Nullable Fire onThread) throws Throwable {
		Fire fire = this.address.find(onThread, invocation.getProxy(),
				new Again(invocation.getProxy(), invocation.getMethod(), invocation.getArguments()));
		if (fire != null) {
			fire.reached();
		}
		if (this.onOtherThread && !this.lock.isAdmitted(fire)) {
			return this.lock.emptyResult();
		}
		return invocation(invocation, new JobCall(fire, this.onOtherThread)).proceed();
	}

	private JobInvocation invocation(MethodInvocation origin, JobCall call) {
		Object target = origin.getThis();
		List<Object> chain = DefaultAdvisorChainFactory.INSTANCE.getInterceptorsAndDynamicInterceptionAdvice(
				(Advised) ((ProxyMethodInvocation) origin).getProxy(), origin.getMethod(),
				(target != null) ? target.getClass() : null);
		return new JobInvocation(origin, chain.subList(chain.indexOf(this) + 1, chain.size()), this, call);
	}

	Jobs.Place place() {
		return this.lock.place();
	}

	String where() {
		return Job.where(place().beanName(), place().method());
	}

	boolean isInnermost() {
		return this.innermost;
	}

	/**
	 * The same call once more.
	 */
	private static final class Again implements TaskTarget.OfOneJob {

		private final Object proxy;

		private final Method method;

		private final @Nullable Object[] arguments;

		Again(Object proxy, Method method, @Nullable Object[] arguments) {
			this.proxy = proxy;
			this.method = method;
			this.arguments = arguments;
		}

		@Override
		public void run() {
			try {
				AopUtils.invokeJoinpointUsingReflection(this.proxy, this.method, this.arguments);
			}
			catch (Throwable ex) {
				ReflectionUtils.rethrowRuntimeException(ex);
			}
		}

		@Override
		public String toString() {
			return this.method.getDeclaringClass().getName() + "." + this.method.getName();
		}

	}

}
