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

import org.jspecify.annotations.Nullable;

import io.github.lockstarter.JobResult;
import io.github.lockstarter.JobSkipped;

/**
 * A call of a method whose work is done when it returns: claim, call and finish on one
 * thread.
 */
final class BlockingCall {

	private final JobRunner runner;

	private final BlockingEdge edge;

	BlockingCall(JobRunner runner) {
		this.runner = runner;
		this.edge = new BlockingEdge(runner);
	}

	/**
	 * Do the work if this server gets the tick.
	 * @throws Throwable what the work threw
	 */
	JobResult<@Nullable Object> call(Job job, JobCall call, Work work) throws Throwable {
		Beginning beginning = call.isAdmitted() ? this.runner.beginAdmitted(job, call.fire())
				: this.runner.begin(job, call.fire());
		if (beginning instanceof Beginning.Admitted admitted) {
			beginning = this.edge.ask(admitted);
		}
		if (beginning instanceof Beginning.Granted granted) {
			return run(granted.run(), work);
		}
		return (beginning instanceof Beginning.Skipped skipped) ? skipped(skipped.event())
				: new JobResult.Postponed<>();
	}

	private static JobResult<@Nullable Object> skipped(JobSkipped event) {
		return new JobResult.Skipped<>(event.reason(), event.holder(), event.since(), event.detail());
	}

	/**
	 * From here on there is a lock, and whatever happens it is given back.
	 */
	private JobResult<@Nullable Object> run(ActiveRun run, Work work) throws Throwable {
		Object value;
		try {
			this.runner.start(run, null);
			value = proceed(run, work);
		}
		catch (Throwable ex) {
			this.edge.end(this.runner.end(run, ex));
			throw ex;
		}
		return new JobResult.Ran<>(value, this.edge.end(this.runner.end(run, null)), run.token());
	}

	private @Nullable Object proceed(ActiveRun run, Work work) throws Throwable {
		ActiveRun outer = ActiveRun.innermost();
		ThreadInterrupt interrupt = new ThreadInterrupt(this.runner.time());
		run.enter(interrupt);
		try {
			return run.bound(() -> UnfinishedWork.await(run.job(), work.proceed(run), this.runner.time()));
		}
		finally {
			run.awaitMethod();
			run.leave();
			if (interrupt.isSent() && (outer == null || !outer.hasInterrupted())) {
				// Meant for the method, not for what this thread does next
				Thread.interrupted();
			}
		}
	}

	/**
	 * What is done under the lock.
	 */
	interface Work {

		@Nullable Object proceed(ActiveRun run) throws Throwable;

	}

}
