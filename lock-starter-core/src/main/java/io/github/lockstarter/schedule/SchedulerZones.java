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

import java.time.ZoneId;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import org.jspecify.annotations.Nullable;

import org.springframework.scheduling.TaskScheduler;

/**
 * The time zones of schedulers, which cron expressions without a zone are in. What Spring
 * hands to a trigger is the clock of the very scheduler that fires it; a scheduler that
 * only passes tasks on to others does not know theirs.
 *
 * @since 0.1.0
 */
public final class SchedulerZones {

	private final TaskScheduler delegate;

	private final Map<String, ZoneId> byScheduler = new ConcurrentHashMap<>();

	SchedulerZones(TaskScheduler delegate) {
		this.delegate = delegate;
	}

	/**
	 * A scheduler has asked a trigger.
	 * @param scheduler the name of the scheduler; {@code null} for the default
	 */
	void learn(@Nullable String scheduler, ZoneId zone) {
		this.byScheduler.put((scheduler != null) ? scheduler : "", zone);
	}

	private ZoneId zone(@Nullable String scheduler) {
		ZoneId zone = this.byScheduler.get((scheduler != null) ? scheduler : "");
		return (zone != null) ? zone : this.delegate.getClock().getZone();
	}

	/**
	 * Return the time zone in which Spring reads cron expressions that name none.
	 * @param tasks the scheduler of all scheduled tasks; {@code null} if it is not known
	 * yet
	 * @param scheduler the name of the scheduler that the schedule names; empty or
	 * {@code null} for the default
	 * @return the zone
	 */
	public static ZoneId of(@Nullable TaskScheduler tasks, @Nullable String scheduler) {
		return (tasks instanceof TickScheduler ticks) ? ticks.zones().zone(scheduler)
				: (tasks != null) ? tasks.getClock().getZone() : ZoneId.systemDefault();
	}

}
