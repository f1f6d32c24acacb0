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

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.core.task.TaskRejectedException;
import org.springframework.scheduling.TaskScheduler;
import org.springframework.scheduling.Trigger;

/**
 * What is to be fired again. Spring does not know of it, so it does not cancel it when it
 * cancels what is scheduled: a scheduler that waits for its tasks would wait for these,
 * which may be an hour away.
 */
final class Repetitions {

	private static final Logger logger = LoggerFactory.getLogger(Repetitions.class);

	private final TaskScheduler scheduler;

	private final Set<Future<?>> waiting = ConcurrentHashMap.newKeySet();

	private volatile boolean cancelled;

	Repetitions(TaskScheduler scheduler) {
		this.scheduler = scheduler;
	}

	/**
	 * Fire a task once more.
	 * @return false if the scheduler does not take it
	 */
	boolean schedule(Runnable task, Trigger trigger) {
		this.waiting.removeIf(Future::isDone);
		Future<?> future = this.cancelled ? null : send(task, trigger);
		if (future == null) {
			return false;
		}
		this.waiting.add(future);
		// Cancelled in the meantime
		return !this.cancelled || !future.cancel(false);
	}

	private @Nullable Future<?> send(Runnable task, Trigger trigger) {
		try {
			return this.scheduler.schedule(task, trigger);
		}
		catch (TaskRejectedException ex) {
			// The scheduler is shutting down: this fire was its last
			logger.debug("The scheduler has stopped", ex);
		}
		catch (RuntimeException | Error ex) {
			// Each scheduler says in its own way that it has no room
			logger.warn("The scheduler did not take {}, which was to be fired again on this server. "
					+ "Give the scheduler more room.", task, ex);
		}
		return null;
	}

	/**
	 * Cancel what waits, and take nothing more.
	 */
	void cancel() {
		this.cancelled = true;
		this.waiting.forEach((future) -> future.cancel(false));
		this.waiting.clear();
	}

}
