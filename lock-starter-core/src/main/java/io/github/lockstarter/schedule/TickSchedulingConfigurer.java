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

import java.util.function.Consumer;

import org.springframework.core.Ordered;
import org.springframework.scheduling.TaskScheduler;
import org.springframework.scheduling.annotation.SchedulingConfigurer;
import org.springframework.scheduling.config.ScheduledTaskRegistrar;
import org.springframework.util.Assert;

/**
 * Wraps the scheduler of all scheduled tasks, so that each of them learns its tick. Runs
 * after every other {@link SchedulingConfigurer}: whatever scheduler an application
 * chooses is the one that is wrapped.
 *
 * @since 0.1.0
 */
public final class TickSchedulingConfigurer implements SchedulingConfigurer, Ordered {

	private final TickScheduling scheduling;

	private final Consumer<TaskScheduler> wrapped;

	/**
	 * Create a configurer.
	 * @param scheduling what wraps a scheduler
	 * @param wrapped is given the wrapped scheduler, on which a task that is scheduled
	 * for a time has that time as its tick
	 */
	public TickSchedulingConfigurer(TickScheduling scheduling, Consumer<TaskScheduler> wrapped) {
		this.scheduling = scheduling;
		this.wrapped = wrapped;
	}

	@Override
	public void configureTasks(ScheduledTaskRegistrar registrar) {
		this.scheduling.adopt(registrar);
		TaskScheduler ticks = registrar.getScheduler();
		Assert.state(ticks != null, "No TaskScheduler to wrap");
		this.wrapped.accept(ticks);
	}

	/**
	 * Cancel what waits to be fired again, so that no scheduler that is about to shut
	 * down waits for it. Nothing is fired again after this.
	 */
	public void cancelRepetitions() {
		this.scheduling.cancelRepetitions();
	}

	@Override
	public int getOrder() {
		return Ordered.LOWEST_PRECEDENCE;
	}

}
