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

import org.springframework.scheduling.TaskScheduler;
import org.springframework.util.function.SingletonSupplier;

import io.github.lockstarter.internal.time.TimeSource;
import io.github.lockstarter.lock.JobLocks;
import io.github.lockstarter.schedule.TickScheduling;

/**
 * What one server is, put together: what tells tasks their ticks, what begins and ends
 * runs, counts them, and says why there is none. It knows no application context, so a
 * test can make any number of them; {@link DistributedSchedulingConfiguration} makes one
 * for its application.
 */
final class JobServer implements AutoCloseable {

	private final SingletonSupplier<JobLocks> locks;

	private final SingletonSupplier<JobRunner> runner;

	private final RunGate gate;

	private final SkipLog skipLog;

	private final TickScheduling scheduling;

	private final PastTicks pastTicks;

	/**
	 * Create a server. Nothing is asked for its settings or locks before it runs a job.
	 * @param jobs its jobs
	 * @param settings what holds for all runs
	 * @param locks the locks, which end with {@link #close()}
	 * @param events who is told what happens
	 * @param observations what observes runs
	 * @param tasks what is asked of scheduled tasks
	 * @param calls finds what fires a job for a tick that was missed
	 * @param time the time of the server
	 */
	JobServer(Jobs jobs, Supplier<RunSettings> settings, Supplier<JobLocks> locks, RunEvents events,
			Supplier<RunObservations> observations, TickScheduling.Tasks tasks, PastTicks.Calls calls,
			TimeSource time) {
		this.locks = SingletonSupplier.of(locks);
		this.gate = new RunGate(time);
		this.skipLog = new SkipLog(time::nanoTime);
		this.scheduling = new TickScheduling(tasks, time);
		this.pastTicks = new PastTicks(jobs, this.locks, this.gate, calls, time);
		this.runner = SingletonSupplier.of(() -> new JobRunner(this.locks, settings.get(), events, observations.get(),
				this.skipLog, this.gate, this.pastTicks::look, time));
	}

	/**
	 * Once ticks may go, look for those that were missed.
	 * @param scheduler fires what is found, and is one of {@link #scheduling()}
	 */
	void recover(TaskScheduler scheduler) {
		this.scheduling.whenOpen(() -> this.pastTicks.look(scheduler));
	}

	TickScheduling scheduling() {
		return this.scheduling;
	}

	RunGate gate() {
		return this.gate;
	}

	SkipLog skipLog() {
		return this.skipLog;
	}

	PastTicks pastTicks() {
		return this.pastTicks;
	}

	JobRunner runner() {
		return this.runner.obtain();
	}

	/**
	 * Begin no more runs. The lock of one that goes on is released when it ends, or
	 * expires.
	 */
	@Override
	public void close() {
		this.gate.close();
		this.scheduling.cancelRepetitions();
		runner().closing();
		runner().close();
		this.scheduling.close();
		this.locks.obtain().close();
	}

}
