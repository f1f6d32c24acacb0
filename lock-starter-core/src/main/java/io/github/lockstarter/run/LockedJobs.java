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

import java.util.concurrent.Callable;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;

import org.springframework.util.function.SingletonSupplier;

import io.github.lockstarter.DistributedJobs;
import io.github.lockstarter.JobOptions;
import io.github.lockstarter.JobResult;

/**
 * Runs work of code under the lock of a job, as the advice does with a method.
 */
final class LockedJobs implements DistributedJobs {

	private final Supplier<JobReader> reader;

	private final SingletonSupplier<BlockingCall> call;

	LockedJobs(Supplier<RunSettings> settings, Supplier<JobRunner> runner) {
		this.reader = SingletonSupplier.of(() -> new JobReader(settings.get(), (text) -> text));
		this.call = SingletonSupplier.of(() -> new BlockingCall(runner.get()));
	}

	@Override
	@SuppressWarnings("unchecked")
	public <T extends @Nullable Object> JobResult<T> run(JobOptions options, Callable<T> work) throws Exception {
		Job job = this.reader.get().read(options);
		try {
			return (JobResult<T>) this.call.obtain().call(job, work::call);
		}
		catch (Exception | Error ex) {
			throw ex;
		}
		catch (Throwable ex) {
			throw new IllegalStateException("A Callable throws nothing else", ex);
		}
	}

}
