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

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;

import org.reactivestreams.Publisher;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;

import org.springframework.core.KotlinDetector;
import org.springframework.core.ReactiveAdapter;
import org.springframework.core.ReactiveAdapterRegistry;
import org.springframework.util.ReflectionUtils;

/**
 * Subscribes once to what a method returns, as its schedule does. Waits for nothing.
 */
final class SubscribeByHand implements Runnable {

	private static final Logger logger = LoggerFactory.getLogger(SubscribeByHand.class);

	private final Object bean;

	private final Method method;

	SubscribeByHand(Object bean, Method method) {
		this.bean = bean;
		this.method = method;
	}

	@Override
	public void run() {
		Flux.from(publisher()).subscribe((value) -> {
		}, (ex) -> logger.warn("{} was run by hand and failed", this, ex));
	}

	private Publisher<?> publisher() {
		ReflectionUtils.makeAccessible(this.method);
		try {
			if (KotlinDetector.isSuspendingFunction(this.method)) {
				// Spring's class is not known by name here, because its methods name
				// types of Kotlin, which most applications don't have
				return (Publisher<?>) Class.forName("org.springframework.core.CoroutinesUtils")
					.getMethod("invokeSuspendingFunction", Method.class, Object.class, Object[].class)
					.invoke(null, this.method, this.bean, new Object[0]);
			}
			ReactiveAdapter adapter = ReactiveAdapterRegistry.getSharedInstance()
				.getAdapter(this.method.getReturnType());
			if (adapter == null) {
				throw new IllegalStateException(this + " returns no publisher");
			}
			return adapter.toPublisher(this.method.invoke(this.bean));
		}
		catch (InvocationTargetException ex) {
			throw new IllegalStateException(this + " failed before it returned a publisher", ex.getTargetException());
		}
		catch (ReflectiveOperationException ex) {
			throw new IllegalStateException(this + " cannot be called", ex);
		}
	}

	@Override
	public String toString() {
		return this.method.getDeclaringClass().getName() + "." + this.method.getName();
	}

}
