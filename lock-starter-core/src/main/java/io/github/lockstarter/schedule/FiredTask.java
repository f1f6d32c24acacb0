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

package io.github.lockstarter.schedule;

import org.springframework.scheduling.support.ScheduledMethodRunnable;

import io.github.lockstarter.internal.time.TimeSource;

/**
 * A task that was scheduled, and what is known of it. One that calls a job is not fired
 * before all tasks of the application are known, and not again after a fire that has not
 * come to the advice of the job.
 */
final class FiredTask {

	private final Runnable task;

	private final TaskTarget target;

	private final boolean job;

	private final Repetitions repetitions;

	private final TickScheduling scheduling;

	private volatile boolean bypassed;

	private FiredTask(Runnable task, TaskTarget target, boolean job, Repetitions repetitions,
			TickScheduling scheduling) {
		this.task = task;
		this.target = target;
		this.job = job;
		this.repetitions = repetitions;
		this.scheduling = scheduling;
	}

	/**
	 * Create what is fired for a task.
	 * @throws RuntimeException if the task must not be fired
	 */
	static FiredTask of(Runnable task, Repetitions repetitions, TickScheduling scheduling) {
		TaskTarget target = TaskTarget.of(task);
		return new FiredTask(task, target, scheduling.schedules(task, target), repetitions, scheduling);
	}

	/**
	 * Return what this task does for one job.
	 */
	FiredTask part(TaskTarget.OfOneJob call) {
		return new FiredTask(call, new TaskTarget.Code(call), false, this.repetitions, this.scheduling);
	}

	Runnable task() {
		return this.task;
	}

	TaskTarget target() {
		return this.target;
	}

	TimeSource time() {
		return this.scheduling.time();
	}

	Repetitions repetitions() {
		return this.repetitions;
	}

	void run(Fire fire) {
		if (!this.job) {
			fire.run(this.task);
			return;
		}
		if (this.bypassed || this.scheduling.holds(fire)) {
			return;
		}
		fire.run(this.task);
		// There is no verdict on one that throws: it may not have called anything
		if (!fire.isReached() && this.target instanceof TaskTarget.Call call && isNothingButCall()) {
			this.bypassed = true;
			this.scheduling.bypassed(call);
		}
	}

	/**
	 * A subclass of the application may have a reason to call nothing.
	 */
	private boolean isNothingButCall() {
		return TaskTargetReader.innermost(this.task).getClass() == ScheduledMethodRunnable.class;
	}

}
