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

package io.github.lockstarter.lock;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.github.lockstarter.schedule.ScheduleText;

/**
 * Compares the schedule that a job has here with the one of the server that ran it last.
 * They differ for a while in a rolling deploy, and for ever where the default time zones
 * of the servers do; worth a word in either case.
 */
final class ScheduleWatch {

	private static final Logger logger = LoggerFactory.getLogger(ScheduleWatch.class);

	private final Set<Difference> seen = ConcurrentHashMap.newKeySet();

	void answered(LockRequest request, Answer answer) {
		String here = request.schedule();
		String there = answer.schedule();
		if (here == null || there == null) {
			return;
		}
		// The same may well be heard of this server itself, and the next run be one of
		// another
		if (!here.equals(there) && this.seen.add(new Difference(request.job(), here, there))
				&& !ScheduleText.isSame(here, there, answer.redisTime())) {
			logger.warn(
					"The schedule of {} is '{}' here, but '{}' on {}, which ran it last. Each server fires at its own "
							+ "times, so the job runs at both. Deploy one schedule everywhere, and set the zone of cron "
							+ "expressions: without it each server takes its own default.",
					request.job(), here, there, answer.holder());
		}
	}

	private record Difference(String job, String here, String there) {

	}

}
