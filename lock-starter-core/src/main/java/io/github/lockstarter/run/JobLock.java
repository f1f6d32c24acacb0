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
import java.util.Optional;
import java.util.function.Supplier;

import org.aopalliance.intercept.MethodInterceptor;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;

import io.github.lockstarter.JobResult;
import io.github.lockstarter.schedule.Fire;

/**
 * The advice that asks for the lock of one job, and lets the call go on if it is granted.
 */
final class JobLock implements MethodInterceptor {

	private final Jobs jobs;

	private final Jobs.Place place;

	private final FireAddress address;

	private final Supplier<JobRunner> runner;

	private final ReactiveCall reactive;

	JobLock(Jobs jobs, Jobs.Place place, Supplier<JobRunner> runner) {
		this.jobs = jobs;
		this.place = place;
		this.address = new FireAddress(jobs, place);
		this.runner = runner;
		this.reactive = new ReactiveCall(runner);
	}

	@Override
	public @Nullable Object invoke(MethodInvocation invocation) throws Throwable {
		JobInvocation call = (JobInvocation) invocation;
		return isReactive()
				? this.reactive.call(job(), new ReactiveCall.Origin(this.place.method(), this.address, call.getProxy()),
						() -> call.proceed(ActiveRun.Body::proceed))
				: value(new BlockingCall(this.runner.get()).call(job(), call.call(), (run) -> run(run, call)),
						call.call());
	}

	private static @Nullable Object run(ActiveRun run, JobInvocation invocation) throws Throwable {
		try {
			return invocation.proceed(run::callMethod);
		}
		catch (Throwable ex) {
			invocation.call().failed(ex);
			throw ex;
		}
	}

	private @Nullable Object value(JobResult<?> result, JobCall call) {
		if (result instanceof JobResult.Ran<?> ran) {
			return ran.value();
		}
		if (call.failure() != null) {
			// A skip would look like a success
			throw new IllegalStateException(("%s has failed, and advice in front of its lock has called it again, "
					+ "which was refused: one tick is one run. Retry with @Retryable, or with advice behind the lock, "
					+ "whose order is greater than %d.")
				.formatted(job().where(), DistributedSchedulingConfiguration.ADVISOR_ORDER), call.failure());
		}
		return emptyResult();
	}

	/**
	 * Return what a call returns that is not run.
	 */
	@Nullable Object emptyResult() {
		Class<?> type = this.place.method().getReturnType();
		if (type == Optional.class) {
			return Optional.empty();
		}
		return (type.isPrimitive() && type != void.class) ? Array.get(Array.newInstance(type, 1), 0) : null;
	}

	/**
	 * Determine whether this server takes the tick at all. If it does not, that is said
	 * and done.
	 */
	boolean isAdmitted(@Nullable Fire fire) {
		return this.runner.get().refuse(job(), fire) == null;
	}

	boolean isReactive() {
		return ReactiveCall.isReactive(this.place.method());
	}

	FireAddress address() {
		return this.address;
	}

	Jobs.Place place() {
		return this.place;
	}

	private Job job() {
		Job job = this.jobs.find(this.place.beanName(), this.place.method());
		if (job == null) {
			throw new IllegalStateException(
					"No job is known for " + Job.where(this.place.beanName(), this.place.method()));
		}
		return job;
	}

}
