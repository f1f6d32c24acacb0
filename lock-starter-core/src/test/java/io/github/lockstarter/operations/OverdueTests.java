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
import java.time.ZoneId;
import java.util.List;

import org.junit.jupiter.api.Test;

import org.springframework.scheduling.support.CronExpression;

import io.github.lockstarter.lock.Pulse.Activity;
import io.github.lockstarter.run.LocalJobs.LocalJob;
import io.github.lockstarter.schedule.RepeatedHour;
import io.github.lockstarter.schedule.Timetable;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Which tick nobody has run, and when that is nobody's fault.
 */
class OverdueTests {

	private static final Duration AFTER = Duration.ofMinutes(5);

	/** This server started at nine. */
	private static final Instant NINE = Instant.parse("2026-03-02T09:00:00Z");

	private final LocalJob hourly = cron("0 0 * * * *", "UTC", Duration.ZERO);

	private static LocalJob cron(String cron, String zone, Duration atLeast) {
		List<RepeatedHour.Schedule> crons = List
			.of(new RepeatedHour.Schedule(CronExpression.parse(cron), ZoneId.of(zone)));
		return job(new Timetable(crons, RepeatedHour.runsOnce(crons), List.of()), atLeast);
	}

	private static LocalJob interval(Duration interval, Duration initialDelay, boolean rate) {
		return job(new Timetable(List.of(), RepeatedHour.RUNS_TWICE,
				List.of(new Timetable.Interval(interval, initialDelay, rate))), Duration.ZERO);
	}

	private static LocalJob job(Timetable timetable, Duration atLeast) {
		return new LocalJob("job", null, null, timetable, atLeast, null);
	}

	private static Activity ran(Instant begun, Instant ended) {
		return new Activity(begun, null, ended, null, null);
	}

	private static Instant since(LocalJob job, Activity activity, Instant now) {
		return Overdue.since(job, activity, NINE, now, AFTER);
	}

	private static Instant at(String time) {
		return Instant.parse("2026-03-02T" + time + "Z");
	}

	@Test
	void aTickThatNobodyRanIsOverdueAfterAWhile() {
		Activity activity = ran(at("09:00:00"), at("09:00:10"));
		assertThat(since(this.hourly, activity, at("10:04:59"))).isNull();
		assertThat(since(this.hourly, activity, at("10:05:01"))).isEqualTo(at("10:00:00"));
		assertThat(since(this.hourly, activity, at("12:30:00"))).as("the first one").isEqualTo(at("10:00:00"));
	}

	@Test
	void aRunThatBeganSinceIsEnough() {
		assertThat(since(this.hourly, ran(at("10:00:00"), at("10:00:10")), at("10:30:00"))).isNull();
		assertThat(since(this.hourly, ran(at("10:20:00"), at("10:20:10")), at("10:30:00"))).isNull();
		assertThat(since(this.hourly, ran(at("09:59:59.950"), at("10:00:10")), at("10:30:00")))
			.as("a little before its tick")
			.isNull();
	}

	@Test
	void ofAJobThatNeverRanOnlyTicksSinceTheStartCount() {
		assertThat(since(this.hourly, Activity.NONE, at("09:30:00"))).isNull();
		assertThat(since(this.hourly, Activity.NONE, at("10:05:01"))).isEqualTo(at("10:00:00"));
	}

	@Test
	void anIntervalBeginsAnewWhenTheJobIsResumed() {
		LocalJob rate = new LocalJob("rate", null, null,
				new Timetable(List.of(), RepeatedHour.RUNS_TWICE,
						List.of(new Timetable.Interval(Duration.ofHours(1), Duration.ZERO, true))),
				Duration.ZERO, null);
		Activity resumed = new Activity(at("09:00:00"), null, at("09:00:01"), null, at("10:02:00"));
		assertThat(since(rate, resumed, at("11:06:59"))).isNull();
		assertThat(since(rate, resumed, at("11:07:01"))).isEqualTo(at("11:02:00"));
	}

	@Test
	void ticksDuringARunAreNobodys() {
		Activity running = new Activity(at("09:00:00"), null, at("11:59:50"), null, null);
		assertThat(since(this.hourly, running, at("12:00:00"))).as("it is going on").isNull();
		assertThat(since(this.hourly, running, at("12:04:00"))).as("it has just ended").isNull();
		assertThat(since(this.hourly, running, at("12:06:00"))).isEqualTo(at("12:00:00"));
	}

	@Test
	void ticksDuringAPauseAreNobodys() {
		Activity paused = new Activity(at("09:00:00"), null, at("09:00:10"), at("09:30:00"), null);
		assertThat(since(this.hourly, paused, at("13:30:00"))).isNull();
		Activity resumed = new Activity(at("09:00:00"), null, at("09:00:10"), null, at("13:30:00"));
		assertThat(since(this.hourly, resumed, at("13:40:00"))).isNull();
		assertThat(since(this.hourly, resumed, at("14:06:00"))).isEqualTo(at("14:00:00"));
	}

	@Test
	void aJobIsHeldForItsShortestDistance() {
		LocalJob held = cron("0 * * * * *", "UTC", Duration.ofMinutes(30));
		Activity activity = ran(at("10:00:00"), at("10:00:01"));
		assertThat(since(held, activity, at("10:29:00"))).isNull();
		assertThat(since(held, activity, at("10:36:30"))).isEqualTo(at("10:31:00"));
	}

	@Test
	void theSecondOfTwoHoursIsNoTick() {
		LocalJob nightly = cron("0 30 2 * * *", "Europe/Berlin", Duration.ZERO);
		Instant first = Instant.parse("2026-10-25T00:30:00Z");
		Activity activity = ran(first, first.plusSeconds(1));
		assertThat(since(nightly, activity, first.plus(Duration.ofHours(5)))).isNull();
		assertThat(since(nightly, activity, first.plus(Duration.ofHours(26))))
			.isEqualTo(Instant.parse("2026-10-26T01:30:00Z"));
	}

	@Test
	void aRateIsDueAnIntervalAfterItsStart() {
		LocalJob rate = interval(Duration.ofMinutes(10), Duration.ZERO, true);
		Activity activity = ran(at("10:00:00"), at("10:08:00"));
		assertThat(since(rate, activity, at("10:14:00"))).isNull();
		assertThat(since(rate, activity, at("10:15:01"))).isEqualTo(at("10:10:00"));
	}

	@Test
	void aDelayIsDueAnIntervalAfterItsEnd() {
		LocalJob delay = interval(Duration.ofMinutes(10), Duration.ZERO, false);
		Activity activity = ran(at("10:00:00"), at("10:08:00"));
		assertThat(since(delay, activity, at("10:22:00"))).isNull();
		assertThat(since(delay, activity, at("10:23:01"))).isEqualTo(at("10:18:00"));
	}

	@Test
	void anIntervalWaitsForItsInitialDelay() {
		LocalJob rate = interval(Duration.ofMinutes(1), Duration.ofHours(1), true);
		assertThat(since(rate, Activity.NONE, at("10:04:00"))).isNull();
		assertThat(since(rate, Activity.NONE, at("10:06:00"))).isEqualTo(at("10:00:00"));
		Activity yesterday = ran(at("01:00:00"), at("01:00:01"));
		assertThat(since(rate, yesterday, at("10:04:00"))).as("it cannot run before that here").isNull();
	}

	@Test
	void aJobWithoutAScheduleIsNeverOverdue() {
		assertThat(since(job(Timetable.UNKNOWN, Duration.ZERO), ran(at("09:00:00"), at("09:00:01")), at("23:00:00")))
			.isNull();
	}

}
