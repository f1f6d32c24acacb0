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

package io.github.lockstarter.sample.demo;

import java.time.Instant;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.List;

import org.springframework.scheduling.support.CronExpression;

/**
 * The time in which ticks are counted. Both servers were ready before it began, and every
 * tick in it had the time to be run.
 *
 * @param from when it begins; a tick at that time is not counted
 * @param until when it ends; a tick at that time is counted
 */
record Window(Instant from, Instant until) {

	/**
	 * Lists the ticks that were due.
	 * @param cron when the job is due
	 * @param zone the time zone of the servers
	 * @return the ticks, in their order
	 */
	List<Instant> ticks(CronExpression cron, ZoneId zone) {
		List<Instant> ticks = new ArrayList<>();
		ZonedDateTime tick = cron.next(this.from.atZone(zone));
		while (tick != null && !tick.toInstant().isAfter(this.until)) {
			ticks.add(tick.toInstant());
			tick = cron.next(tick);
		}
		return ticks;
	}

	boolean contains(Instant tick) {
		return tick.isAfter(this.from) && !tick.isAfter(this.until);
	}

}
