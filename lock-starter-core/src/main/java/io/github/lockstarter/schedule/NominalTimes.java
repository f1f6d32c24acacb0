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

import java.time.Instant;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

import org.jspecify.annotations.Nullable;

import org.springframework.scheduling.Trigger;
import org.springframework.scheduling.TriggerContext;

/**
 * Writes down what a trigger answers, first in, first out. A scheduler that hands its
 * tasks to new threads asks for the next time before the thread of the last one has
 * looked, so one slot is not enough.
 */
final class NominalTimes implements Trigger {

	private final Trigger trigger;

	private final Queue<Instant> pending = new ConcurrentLinkedQueue<>();

	NominalTimes(Trigger trigger) {
		this.trigger = trigger;
	}

	@Override
	public @Nullable Instant nextExecution(TriggerContext context) {
		Instant next = this.trigger.nextExecution(context);
		if (next != null) {
			this.pending.add(next);
		}
		return next;
	}

	/**
	 * Return the oldest time that nobody came for.
	 */
	Instant take() {
		Instant time = this.pending.poll();
		if (time == null) {
			throw new IllegalStateException("The scheduler fired a task for which " + this.trigger
					+ " named no time. Was its Runnable called by other code?");
		}
		return time;
	}

	@Override
	public String toString() {
		return this.trigger.toString();
	}

}
