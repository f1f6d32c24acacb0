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

import java.util.function.Supplier;

import org.aopalliance.intercept.MethodInterceptor;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;

import org.springframework.util.function.SingletonSupplier;

/**
 * Stands among the advice of a bean where the lock belongs by its order, until the bean
 * is complete. Then {@link AdviceOrder} puts the {@link JobLock} of each job in its
 * place.
 */
final class DistributedScheduledInterceptor implements MethodInterceptor {

	private final Jobs jobs;

	private final SingletonSupplier<JobRunner> runner;

	DistributedScheduledInterceptor(Jobs jobs, Supplier<JobRunner> runner) {
		this.jobs = jobs;
		this.runner = SingletonSupplier.of(runner);
	}

	/**
	 * Create the lock of a job.
	 */
	JobLock lock(Jobs.Place place) {
		return new JobLock(this.jobs, place, this.runner);
	}

	@Override
	public @Nullable Object invoke(MethodInvocation invocation) {
		throw new IllegalStateException(
				"%s.%s() was called before its bean was ready; it must not run without its lock."
					.formatted(invocation.getMethod().getDeclaringClass().getName(), invocation.getMethod().getName()));
	}

}
