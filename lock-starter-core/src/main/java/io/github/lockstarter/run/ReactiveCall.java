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
import java.util.function.Supplier;

import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;

import org.springframework.core.KotlinDetector;
import org.springframework.core.ReactiveAdapter;
import org.springframework.core.ReactiveAdapterRegistry;

/**
 * A call of a method that returns a publisher. The method only makes it, and Spring calls
 * it once for all ticks; the work is done from a subscription to its end. So the call
 * claims nothing, and each subscription claims for itself.
 */
final class ReactiveCall {

	private static final ReactiveAdapterRegistry adapters = ReactiveAdapterRegistry.getSharedInstance();

	private static final String FLOW = "kotlinx.coroutines.flow.Flow";

	private final Supplier<JobRunner> runner;

	/**
	 * Create a call.
	 * @param runner is not asked for before the first subscription: Spring calls the
	 * method while beans are still being made
	 */
	ReactiveCall(Supplier<JobRunner> runner) {
		this.runner = runner;
	}

	/**
	 * Tell whether the work of a method is done by its subscriber.
	 */
	static boolean isReactive(Method method) {
		return KotlinDetector.isSuspendingFunction(method) || adapters.getAdapter(method.getReturnType()) != null;
	}

	/**
	 * Call the method.
	 * @return what it returned, as the same type, but locked
	 */
	Object call(Job job, Origin origin, ActiveRun.Body body) throws Throwable {
		Object result = body.proceed();
		if (result == null) {
			throw new IllegalStateException(job.where() + " returned null where a publisher is expected.");
		}
		ReactiveAdapter adapter = adapters.getAdapter(origin.method().getReturnType());
		if (adapter == null) {
			// A suspending function: what it became depends on what it would have
			// returned
			return locked(job, origin, (Publisher<?>) result, true, result instanceof Mono, false);
		}
		boolean coroutine = adapter.getReactiveType().getName().equals(FLOW);
		boolean single = !adapter.isMultiValue();
		return adapter.fromPublisher(locked(job, origin, adapter.toPublisher(result), coroutine, single,
				single && !adapter.supportsEmpty()));
	}

	/**
	 * A single value is kept back until the lock is released: for many subscribers it is
	 * the end, and they cancel.
	 */
	private Publisher<Object> locked(Job job, Origin origin, Publisher<?> source, boolean coroutine, boolean single,
			boolean valueRequired) {
		LockedPublisher locked = new LockedPublisher(job, origin, source, this.runner, coroutine, valueRequired);
		return single ? locked.singleOrEmpty() : locked;
	}

	/**
	 * What a publisher comes from.
	 *
	 * @param method the method that returns it
	 * @param address says which fires are meant for the job
	 * @param bean the bean that the method was called on, or one of its proxies
	 */
	record Origin(Method method, FireAddress address, Object bean) {

	}

}
