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

import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;

import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

import org.springframework.core.ReactiveAdapter;
import org.springframework.core.ReactiveAdapterRegistry;

import io.github.lockstarter.internal.time.TimeSource;

/**
 * What a job returns that stands for work which may not be done yet, although the method
 * does not say so by its declared type. The lock must not be released before.
 */
final class UnfinishedWork {

	private static final ReactiveAdapterRegistry adapters = ReactiveAdapterRegistry.getSharedInstance();

	private UnfinishedWork() {
	}

	/**
	 * Determine whether a value of this type stands for work that has begun already, so
	 * that no subscription can be what is locked.
	 */
	static boolean isUnderWay(Class<?> type) {
		ReactiveAdapter adapter = adapters.getAdapter(type);
		return Future.class.isAssignableFrom(type) || (adapter != null && isUnderWay(adapter));
	}

	private static boolean isUnderWay(ReactiveAdapter adapter) {
		return !adapter.getDescriptor().isDeferred()
				|| adapter.getReactiveType().getName().equals("kotlinx.coroutines.Deferred");
	}

	/**
	 * Wait for work that is under way, if that is what was returned.
	 * @param value what was returned
	 * @param time waits for it
	 * @return the same value
	 * @throws Throwable how the work has failed
	 * @throws IllegalStateException if it would begin only when it is subscribed to
	 */
	static @Nullable Object await(Job job, @Nullable Object value, TimeSource time) throws Throwable {
		if (value instanceof Future<?> future) {
			await(future, time);
			return value;
		}
		ReactiveAdapter adapter = (value != null) ? adapters.getAdapter(value.getClass()) : null;
		if (adapter == null) {
			return value;
		}
		if (!isUnderWay(adapter)) {
			throw new IllegalStateException(("%s has returned a publisher (%s), to which nobody subscribes under its "
					+ "lock, so its work is not done. Declare that type as the return type of an annotated method, "
					+ "or block until the work is done.")
				.formatted(job.where(), adapter.getReactiveType().getSimpleName()));
		}
		await(Mono.from(adapter.toPublisher(value)).toFuture(), time);
		return value;
	}

	private static void await(Future<?> future, TimeSource time) throws Throwable {
		try {
			time.await(future, TimeSource.FOREVER);
		}
		catch (ExecutionException ex) {
			throw (ex.getCause() != null) ? ex.getCause() : ex;
		}
		catch (InterruptedException ex) {
			// As the method would be told, were it still there
			future.cancel(true);
			throw ex;
		}
	}

}
