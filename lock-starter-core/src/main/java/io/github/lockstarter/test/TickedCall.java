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
package io.github.lockstarter.test;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.concurrent.ScheduledFuture;

import org.jspecify.annotations.Nullable;

import org.springframework.scheduling.TaskScheduler;
import org.springframework.scheduling.Trigger;
import org.springframework.scheduling.config.ScheduledTaskRegistrar;
import org.springframework.scheduling.config.TriggerTask;
import org.springframework.scheduling.support.SimpleTriggerContext;

import io.github.lockstarter.schedule.TaskTarget;
import io.github.lockstarter.schedule.TickScheduling;
import io.github.lockstarter.schedule.TickSchedulingConfigurer;

/**
 * A call that a scheduler makes at once, on the thread of the test.
 *
 * @param <R> what it returns
 */
final class TickedCall<R extends @Nullable Object> implements TaskTarget.OfOneJob {

	private final Body<R> call;

	private @Nullable R value;

	private @Nullable Throwable failure;

	private TickedCall(Body<R> call) {
		this.call = call;
	}

	/**
	 * Call something.
	 * @param tick for which tick; {@code null} for none
	 * @throws Exception what the call threw
	 */
	static <R extends @Nullable Object> @Nullable R at(@Nullable Instant tick, Body<R> call) throws Exception {
		if (tick == null) {
			return call.call();
		}
		TickedCall<R> ticked = new TickedCall<>(call);
		ScheduledTaskRegistrar registrar = new ScheduledTaskRegistrar();
		registrar.setTaskScheduler(new AtOnce(tick));
		new TickSchedulingConfigurer(TickScheduling.unchecked(), (scheduler) -> {
		}).configureTasks(registrar);
		registrar.scheduleTriggerTask(new TriggerTask(ticked, (context) -> tick));
		return ticked.result();
	}

	@Override
	public void run() {
		try {
			this.value = this.call.call();
		}
		catch (Throwable ex) {
			this.failure = ex;
		}
	}

	private @Nullable R result() throws Exception {
		if (this.failure instanceof Error error) {
			throw error;
		}
		if (this.failure instanceof Exception exception) {
			throw exception;
		}
		return this.value;
	}

	/**
	 * What is called.
	 *
	 * @param <R> what it returns
	 */
	interface Body<R extends @Nullable Object> {

		@Nullable R call() throws Exception;

	}

	/**
	 * Runs what comes first, and takes nothing after that: what is to be asked for again
	 * later is given up.
	 */
	private static final class AtOnce implements TaskScheduler {

		private final Clock clock;

		private boolean stopped;

		AtOnce(Instant time) {
			this.clock = Clock.fixed(time, ZoneOffset.UTC);
		}

		@Override
		public Clock getClock() {
			return this.clock;
		}

		@Override
		public @Nullable ScheduledFuture<?> schedule(Runnable task, Trigger trigger) {
			if (!this.stopped) {
				this.stopped = true;
				trigger.nextExecution(new SimpleTriggerContext(this.clock));
				task.run();
			}
			return null;
		}

		@Override
		public ScheduledFuture<?> schedule(Runnable task, Instant startTime) {
			throw new UnsupportedOperationException();
		}

		@Override
		public ScheduledFuture<?> scheduleAtFixedRate(Runnable task, Instant startTime, Duration period) {
			throw new UnsupportedOperationException();
		}

		@Override
		public ScheduledFuture<?> scheduleAtFixedRate(Runnable task, Duration period) {
			throw new UnsupportedOperationException();
		}

		@Override
		public ScheduledFuture<?> scheduleWithFixedDelay(Runnable task, Instant startTime, Duration delay) {
			throw new UnsupportedOperationException();
		}

		@Override
		public ScheduledFuture<?> scheduleWithFixedDelay(Runnable task, Duration delay) {
			throw new UnsupportedOperationException();
		}

	}

}
