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

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;

import org.jspecify.annotations.Nullable;

import org.springframework.scheduling.TaskScheduler;
import org.springframework.scheduling.concurrent.ConcurrentTaskScheduler;
import org.springframework.scheduling.config.ScheduledTaskRegistrar;

import io.github.lockstarter.internal.time.TimeSource;

/**
 * All schedulers of an application that tell tasks their tick. Whatever is scheduled on
 * one of them is checked, and the tasks that have come by are known until the application
 * has found that there are no others: until then no fire of a job goes on its way.
 *
 * @since 0.1.0
 */
public final class TickScheduling implements AutoCloseable {

	private final Tasks tasks;

	private final TimeSource time;

	/** A scheduler belongs to a bean, and there may be any number of these. */
	private final Set<TickScheduler> schedulers = Collections
		.synchronizedSet(Collections.newSetFromMap(new WeakHashMap<>()));

	private final Queue<ExecutorService> executors = new ConcurrentLinkedQueue<>();

	/** What has come by; {@code null} once it is known that nothing else is scheduled. */
	private @Nullable Set<Runnable> seen = Collections.newSetFromMap(new IdentityHashMap<>());

	private List<Fire> held = new ArrayList<>();

	private List<Runnable> actions = new ArrayList<>();

	/**
	 * Create schedulers that let no fire of a job go until {@link #open()}.
	 * @param tasks what is asked of each task
	 * @param time the time of the server
	 */
	public TickScheduling(Tasks tasks, TimeSource time) {
		this.tasks = tasks;
		this.time = time;
	}

	/**
	 * Create schedulers that check nothing.
	 * @return open ones
	 */
	public static TickScheduling unchecked() {
		TickScheduling scheduling = new TickScheduling(new Unchecked(), TimeSource.system());
		scheduling.open();
		return scheduling;
	}

	/**
	 * Return a scheduler that passes everything on to another one, and lets each task
	 * know its tick.
	 * @param scheduler the other one
	 * @return the same, if it is one already
	 */
	public TaskScheduler wrap(TaskScheduler scheduler) {
		if (scheduler instanceof TickScheduler ticks && this.schedulers.contains(ticks)) {
			return ticks;
		}
		TickScheduler ticks = new TickScheduler(scheduler, this);
		this.schedulers.add(ticks);
		return ticks;
	}

	/**
	 * Let all tasks that a registrar schedules from now on come by here.
	 * @param registrar any one of the application
	 */
	public void adopt(ScheduledTaskRegistrar registrar) {
		TaskScheduler scheduler = registrar.getScheduler();
		registrar.setTaskScheduler(wrap((scheduler != null) ? scheduler : local()));
	}

	/**
	 * Return what a registrar without a scheduler would have made for itself.
	 */
	private TaskScheduler local() {
		ScheduledExecutorService executor = Executors.newSingleThreadScheduledExecutor();
		this.executors.add(executor);
		return new ConcurrentTaskScheduler(executor);
	}

	/**
	 * Return whether the tasks of a registrar come by here.
	 * @param registrar any one of the application
	 * @return true if its scheduler is one of these
	 */
	public boolean isAdopted(ScheduledTaskRegistrar registrar) {
		return registrar.getScheduler() instanceof TickScheduler ticks && this.schedulers.contains(ticks);
	}

	/**
	 * Return whether a task has come by, and not only one that is equal. Not to be asked
	 * after {@link #open()}.
	 * @param task what Spring says it has scheduled
	 * @return true if it was scheduled on one of these schedulers
	 */
	public synchronized boolean isSeen(Runnable task) {
		return this.seen == null || this.seen.contains(task);
	}

	/**
	 * Return what has come by.
	 * @return what was scheduled; empty after {@link #open()}
	 */
	public synchronized List<Runnable> seen() {
		return (this.seen != null) ? List.copyOf(this.seen) : List.of();
	}

	TimeSource time() {
		return this.time;
	}

	/**
	 * A task is scheduled.
	 * @return whether it calls a job
	 */
	boolean schedules(Runnable task, TaskTarget target) {
		synchronized (this) {
			if (this.seen != null) {
				this.seen.add(task);
			}
		}
		return this.tasks.isJob(target);
	}

	/**
	 * A job is fired.
	 * @return false if it may go on its way; else it is fired again once it may
	 */
	synchronized boolean holds(Fire fire) {
		return this.seen != null && this.held.add(fire);
	}

	/**
	 * A fire of a job has ended and has not come to its advice.
	 */
	void bypassed(TaskTarget.Call target) {
		this.tasks.bypassed(target);
	}

	/**
	 * Do something once all tasks are scheduled. Until then a scheduler that passes its
	 * tasks on has not said in which time zone they are.
	 * @param action what to do in {@link #open()}, or at once after that
	 */
	public void whenOpen(Runnable action) {
		synchronized (this) {
			if (this.seen != null) {
				this.actions.add(action);
				return;
			}
		}
		action.run();
	}

	/**
	 * Let fires of jobs go, and those that have waited for it.
	 */
	public void open() {
		List<Fire> held;
		List<Runnable> actions;
		synchronized (this) {
			this.seen = null;
			held = this.held;
			this.held = List.of();
			actions = this.actions;
			this.actions = List.of();
		}
		held.forEach(Fire::release);
		actions.forEach(Runnable::run);
	}

	/**
	 * Cancel what waits to be fired again. Nothing is fired again after this.
	 */
	public void cancelRepetitions() {
		List.copyOf(this.schedulers).forEach(TickScheduler::cancelRepetitions);
	}

	@Override
	public void close() {
		this.executors.forEach(ExecutorService::shutdownNow);
	}

	/**
	 * What is asked of scheduled tasks.
	 *
	 * @since 0.1.0
	 */
	public interface Tasks {

		/**
		 * Return whether a task calls a job.
		 * @param target what it calls
		 * @return true if each of its fires has to come to the advice of a job
		 * @throws RuntimeException if it would not
		 */
		boolean isJob(TaskTarget target);

		/**
		 * A fire of a job has ended, and has not come to the advice of the job. The task
		 * is not fired again.
		 * @param target what it calls
		 */
		void bypassed(TaskTarget.Call target);

	}

	private static final class Unchecked implements Tasks {

		@Override
		public boolean isJob(TaskTarget target) {
			return false;
		}

		@Override
		public void bypassed(TaskTarget.Call target) {
			throw new IllegalStateException("No task is a job: " + target);
		}

	}

}
