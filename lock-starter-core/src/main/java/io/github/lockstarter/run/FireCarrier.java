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

import org.aopalliance.intercept.MethodInterceptor;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;

import org.springframework.aop.ProxyMethodInvocation;

import io.github.lockstarter.schedule.Fire;

/**
 * Takes the fire off the thread of the scheduler and lets it travel with the call, which
 * {@code @Async} carries to another thread.
 */
final class FireCarrier implements MethodInterceptor {

	private static final String FIRE = FireCarrier.class.getName() + ".FIRE";

	@Override
	public @Nullable Object invoke(MethodInvocation invocation) throws Throwable {
		Fire fire = Fire.take();
		if (fire == null) {
			return invocation.proceed();
		}
		((ProxyMethodInvocation) invocation).setUserAttribute(FIRE, fire);
		try {
			return invocation.proceed();
		}
		finally {
			fire.putBack();
		}
	}

	/**
	 * Go on with a call, under the fire that travels with it.
	 */
	static @Nullable Object underFireOf(MethodInvocation invocation, ActiveRun.Body call) throws Throwable {
		if (!(((ProxyMethodInvocation) invocation).getUserAttribute(FIRE) instanceof Fire fire)) {
			return call.proceed();
		}
		fire.putBack();
		try {
			return call.proceed();
		}
		finally {
			Fire.take();
		}
	}

}
