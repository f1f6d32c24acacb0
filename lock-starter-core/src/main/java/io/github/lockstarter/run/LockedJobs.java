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

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;

import org.springframework.util.Assert;
import org.springframework.util.function.SingletonSupplier;

import io.github.lockstarter.DistributedJobs;
import io.github.lockstarter.JobOptions;
import io.github.lockstarter.JobResult;
import io.github.lockstarter.lock.Durations;
import io.github.lockstarter.lock.JobLocks;
import io.github.lockstarter.schedule.Fire;

/**
 * Runs work of code under the lock of a job, as the advice does with a method.
 */
final class LockedJobs implements DistributedJobs {

	private final Supplier<JobReader> reader;

	private final SingletonSupplier<BlockingCall> call;

	private final Jobs annotated;

	private final SingletonSupplier<JobLocks> locks;

	LockedJobs(Jobs annotated, Supplier<RunSettings> settings, SingletonSupplier<JobLocks> locks,
			Supplier<JobRunner> runner) {
		this.annotated = annotated;
		this.locks = locks;
		this.reader = SingletonSupplier.of(() -> new JobReader(settings.get(), (text) -> text, annotated::zone));
		this.call = SingletonSupplier.of(() -> new BlockingCall(runner.get()));
	}

	@Override
	@SuppressWarnings("unchecked")
	public <T extends @Nullable Object> JobResult<T> run(JobOptions options, Callable<T> work) throws Exception {
		Job job = this.reader.get().read(options);
		check(job);
		this.annotated.ran(job);
		// Taken off the thread, so that a job called from inside this one does not
		// inherit the tick
		Fire fire = Fire.take();
		try {
			return (JobResult<T>) this.call.obtain().call(job, new JobCall(fire, false), (run) -> work.call());
		}
		catch (Exception | Error ex) {
			throw ex;
		}
		catch (Throwable ex) {
			throw new IllegalStateException("A Callable throws nothing else", ex);
		}
		finally {
			if (fire != null) {
				fire.putBack();
			}
		}
	}

	/**
	 * Work with the name of an annotated job would have its state and not its options:
	 * with no lockAtLeastFor it would wipe out the one that is remembered.
	 */
	private void check(Job job) {
		Job other = this.annotated.find(job.name());
		if (other != null) {
			throw new IllegalArgumentException(
					"Job '%s' is %s. Call that method, or give the work a name of its own; with one group for both they still exclude each other."
						.formatted(job.name(), other.where()));
		}
		Duration above = this.locks.obtain().leaseAbove();
		Assert.isTrue(job.lease().compareTo(above) > 0,
				() -> "The lease must be longer than %s, the time that a thread may wait for Redis and a margin: %s"
					.formatted(Durations.text(above), Durations.text(job.lease())));
	}

}
