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

import java.util.List;

import org.aopalliance.intercept.MethodInterceptor;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;

import org.springframework.aop.ProxyMethodInvocation;
import org.springframework.aop.framework.Advised;
import org.springframework.aop.framework.AopProxyUtils;
import org.springframework.aop.framework.DefaultAdvisorChainFactory;
import org.springframework.aop.support.AopUtils;

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
		if (fire != null && isFiredBy(fire, ((ProxyMethodInvocation) invocation).getProxy())) {
			fire.reached();
		}
		try {
			return proceed(invocation, fire);
		}
		finally {
			if (fire != null) {
				fire.putBack();
			}
		}
	}

	/**
	 * Determine whether a fire was scheduled for this job. What is scheduled may find the
	 * bean only when it is called, as the proxy of a scope does.
	 */
	private boolean isFiredBy(Fire fire, Object proxy) {
		if (!(fire.target() instanceof TaskTarget.Call call)) {
			return false;
		}
		Class<?> type = AopProxyUtils.ultimateTargetClass(proxy);
		boolean thisBean = call.bean() == proxy || (call.bean() instanceof Advised advised
				&& !advised.getTargetSource().isStatic() && AopProxyUtils.ultimateTargetClass(advised) == type);
		return thisBean && AopUtils.getMostSpecificMethod(call.method(), type).equals(place().method());
	}

	private @Nullable Object proceed(MethodInvocation invocation, @Nullable Fire fire) throws Throwable {
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

}
