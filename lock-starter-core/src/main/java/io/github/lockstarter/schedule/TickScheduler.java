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

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.ScheduledFuture;

import org.jspecify.annotations.Nullable;

import org.springframework.scheduling.SchedulingAwareRunnable;
import org.springframework.scheduling.TaskScheduler;
import org.springframework.scheduling.Trigger;
import org.springframework.scheduling.support.PeriodicTrigger;

/**
 * Passes everything on to another scheduler, and lets each task know its tick.
 */
final class TickScheduler implements TaskScheduler {

	private final TaskScheduler delegate;

	private final Repetitions repetitions;

	private final SchedulerZones zones;

	private final TickScheduling scheduling;

	TickScheduler(TaskScheduler delegate, TickScheduling scheduling) {
		this.delegate = delegate;
		this.scheduling = scheduling;
		this.repetitions = new Repetitions(delegate);
		this.zones = new SchedulerZones(delegate);
	}

	/**
	 * Return the time zones of the schedulers behind this one.
	 */
	SchedulerZones zones() {
		return this.zones;
	}

	/**
	 * Fire nothing again that waits for it.
	 */
	void cancelRepetitions() {
		this.repetitions.cancel();
	}

	@Override
	public Clock getClock() {
		return this.delegate.getClock();
	}

	@Override
	public @Nullable ScheduledFuture<?> schedule(Runnable task, Trigger trigger) {
		if (trigger instanceof PeriodicTrigger periodic) {
			// Counts from the start of this server, so it names no time that others share
			Duration interval = periodic.getPeriodDuration();
			return this.delegate.schedule(
					interval(task, periodic.isFixedRate() ? new Tick.Rate(interval) : new Tick.Delay(interval)),
					trigger);
		}
		String qualifier = (task instanceof SchedulingAwareRunnable aware) ? aware.getQualifier() : null;
		NominalTimes times = new NominalTimes(trigger, (clock) -> this.zones.learn(qualifier, clock.getZone()),
				this.scheduling.time().random("spread"));
		return this.delegate.schedule(TickTask.nominal(scheduled(task), times), times);
	}

	@Override
	public ScheduledFuture<?> schedule(Runnable task, Instant startTime) {
		return this.delegate.schedule(TickTask.once(scheduled(task), startTime), startTime);
	}

	@Override
	public ScheduledFuture<?> scheduleAtFixedRate(Runnable task, Instant startTime, Duration period) {
		return this.delegate.scheduleAtFixedRate(interval(task, new Tick.Rate(period)), startTime, period);
	}

	@Override
	public ScheduledFuture<?> scheduleAtFixedRate(Runnable task, Duration period) {
		return this.delegate.scheduleAtFixedRate(interval(task, new Tick.Rate(period)), period);
	}

	@Override
	public ScheduledFuture<?> scheduleWithFixedDelay(Runnable task, Instant startTime, Duration delay) {
		return this.delegate.scheduleWithFixedDelay(interval(task, new Tick.Delay(delay)), startTime, delay);
	}

	@Override
	public ScheduledFuture<?> scheduleWithFixedDelay(Runnable task, Duration delay) {
		return this.delegate.scheduleWithFixedDelay(interval(task, new Tick.Delay(delay)), delay);
	}

	private TickTask interval(Runnable task, Tick.Interval tick) {
		return TickTask.interval(scheduled(task), tick);
	}

	private FiredTask scheduled(Runnable task) {
		return FiredTask.of(task, this.repetitions, this.scheduling);
	}

}
