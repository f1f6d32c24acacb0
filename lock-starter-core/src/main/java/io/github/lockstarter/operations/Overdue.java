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

package io.github.lockstarter.operations;

import java.time.Duration;
import java.time.Instant;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;

import io.github.lockstarter.lock.Pulse.Activity;
import io.github.lockstarter.run.LocalJobs.LocalJob;
import io.github.lockstarter.schedule.Timetable;

/**
 * When a job is overdue: a tick was due some time ago, and no run has begun since.
 */
final class Overdue {

	/** A run may begin a little before its tick. */
	private static final Duration EARLY = Duration.ofSeconds(1);

	/** Servers tell every ten seconds which of their runs are going on. */
	static final Duration STILL_GOING = Duration.ofSeconds(30);

	private Overdue() {
	}

	/**
	 * Return the tick that nobody has run. All times are those of one clock.
	 * @param job the job
	 * @param activity what is known of its runs
	 * @param started when this server started: it knows of no tick before that if the job
	 * never ran
	 * @param now what time it is
	 * @param after how long after its tick a job is overdue
	 * @return the tick; {@code null} if the job is not overdue
	 */
	static @Nullable Instant since(LocalJob job, Activity activity, Instant started, Instant now, Duration after) {
		boolean going = activity.going() != null && activity.going().plus(STILL_GOING).isAfter(now);
		if (activity.paused() != null || going) {
			return null;
		}
		Instant due = due(job, activity, started);
		return (due != null && due.plus(after).isBefore(now)) ? due : null;
	}

	private static @Nullable Instant due(LocalJob job, Activity activity, Instant started) {
		Instant begun = activity.begun();
		Duration distance = job.lockAtLeastFor();
		// Ticks during a run, or a pause, are nobody's
		Instant since = latest(activity.going(),
				(begun != null) ? begun.plus((distance.compareTo(EARLY) > 0) ? distance : EARLY) : started);
		Instant resumed = activity.resumed();
		Instant due = job.timetable().next(latest(since, resumed));
		for (Timetable.Interval interval : job.timetable().intervals()) {
			Instant last = interval.fixedRate() ? begun : latest(begun, activity.going());
			// Servers that were refused in a pause ask again one interval later
			Instant next = latest((last != null) ? last.plus(interval.interval()) : null, since,
					(resumed != null) ? resumed.plus(interval.interval()) : null,
					started.plus(interval.initialDelay()));
			due = (due == null || next.isBefore(due)) ? next : due;
		}
		return due;
	}

	private static Instant latest(@Nullable Instant... times) {
		return Stream.of(times).filter((time) -> time != null).max(Instant::compareTo).orElse(Instant.MIN);
	}

}
