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
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.zone.ZoneOffsetTransition;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import org.springframework.scheduling.support.CronExpression;
import org.springframework.scheduling.support.CronTrigger;
import org.springframework.scheduling.support.SimpleTriggerContext;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Nights in which the clocks of a zone change, also those that change by a part of an
 * hour or at midnight: every schedule goes on, and all that is computed from it agrees
 * with what is fired.
 */
class ClockChangeTests {

	/** Zones, each with a day before the clocks of its zone are put back. */
	private static final List<String> NIGHTS = List.of("Australia/Lord_Howe 2026-04-03", "Pacific/Chatham 2026-04-03",
			"Asia/Pyongyang 2015-08-13", "Pacific/Norfolk 2015-10-02", "America/Havana 2026-10-31",
			"Atlantic/Azores 2026-10-24", "America/Godthab 2026-10-23", "Asia/Beirut 2026-10-23",
			"Europe/Berlin 2026-10-24", "America/New_York 2026-10-31", "America/Caracas 2007-12-08",
			"Africa/Casablanca 2026-02-14");

	private static final List<String> CRONS = List.of("0 0 * * * *", "0 30 * * * *", "0 0/10 * * * *",
			"0 15,45 * * * *", "0 7/13 * * * *", "0 0 0 * * *", "0 30 0 * * *", "0 30 1 * * *", "0 45 1 * * *",
			"0 0 2 * * *", "0 0 0-2 * * *", "0 0 23,0 * * *", "0 0/30 0-3 * * *", "0 59 23 * * *", "0 0 0 * * SUN",
			"30 0/20 1-2 * * *");

	/** By expression, zone and day: each of the tests needs them. */
	private static final Map<List<Object>, List<Instant>> FIRES = new ConcurrentHashMap<>();

	static Stream<Arguments> nights() {
		return NIGHTS.stream()
			.map((night) -> night.split(" "))
			.flatMap((night) -> CRONS.stream()
				.map((cron) -> Arguments.of(cron, ZoneId.of(night[0]), Instant.parse(night[1] + "T00:00:00Z"))));
	}

	@ParameterizedTest(name = "{0} in {1}")
	@MethodSource("nights")
	void aTriggerIsNeverFiredTwiceForOneTimeNorForAnEarlierOne(String cron, ZoneId zone, Instant start) {
		List<Instant> fires = fires(cron, zone, start);
		assertThat(fires).isNotEmpty().doesNotHaveDuplicates().isSorted();
		assertThat(fires.get(fires.size() - 1)).as("it goes on after that night").isAfter(start.plus(days(2)));
	}

	@ParameterizedTest(name = "{0} in {1}")
	@MethodSource("nights")
	void theNextTimeIsThatOfAServerThatIsUp(String cron, ZoneId zone, Instant start) {
		TreeSet<Instant> fires = new TreeSet<>(fires(cron, zone, start));
		RepeatedHour.Schedule schedule = new RepeatedHour.Schedule(CronExpression.parse(cron), zone);
		Timetable timetable = new Timetable(List.of(schedule), RepeatedHour.RUNS_TWICE, List.of());
		for (Instant time : moments(zone, start)) {
			assertThat(timetable.next(time)).as("after %s", time).isEqualTo(fires.higher(time));
		}
	}

	@ParameterizedTest(name = "{0} in {1}")
	@MethodSource("nights")
	void theLatestTimeIsThatOfAServerThatIsUp(String cron, ZoneId zone, Instant start) {
		TreeSet<Instant> fires = new TreeSet<>(fires(cron, zone, start));
		PastTimes past = new PastTimes(List.of(new RepeatedHour.Schedule(CronExpression.parse(cron), zone)));
		for (Instant time : moments(zone, start)) {
			Instant latest = fires.floor(time);
			if (latest != null) {
				assertThat(past.latest(time, days(9))).as("until %s", time).isEqualTo(latest);
			}
		}
	}

	/**
	 * A job that names its hours has one tick in both hours, and there is a fire for it.
	 */
	@ParameterizedTest(name = "{0} in {1}")
	@MethodSource("nights")
	void theNextTickIsOneThatIsFired(String cron, ZoneId zone, Instant start) {
		List<RepeatedHour.Schedule> schedules = List.of(new RepeatedHour.Schedule(CronExpression.parse(cron), zone));
		RepeatedHour once = RepeatedHour.runsOnce(schedules);
		TreeSet<Instant> first = new TreeSet<>();
		List<Instant> ticks = new ArrayList<>();
		for (Instant fire : fires(cron, zone, start)) {
			Instant tick = once.name(new Tick.Nominal(fire)).at();
			if (!ticks.contains(tick)) {
				ticks.add(tick);
				first.add(fire);
			}
		}
		Timetable timetable = new Timetable(schedules, once, List.of());
		for (Instant time : moments(zone, start)) {
			assertThat(timetable.next(time)).as("after %s", time).isEqualTo(first.higher(time));
		}
	}

	/**
	 * Between Saturday and Sunday in Havana the clocks are put back from one to midnight,
	 * and Spring fires when they show midnight for the second time only.
	 */
	@Test
	void midnightInHavanaIsDueWhenItIsFired() {
		List<RepeatedHour.Schedule> midnight = List
			.of(new RepeatedHour.Schedule(CronExpression.parse("0 0 0 * * *"), ZoneId.of("America/Havana")));
		Timetable timetable = new Timetable(midnight, RepeatedHour.runsOnce(midnight), List.of());
		Instant second = Instant.parse("2026-11-01T05:00:00Z");
		assertThat(timetable.next(Instant.parse("2026-10-31T22:00:00Z"))).isEqualTo(second);
		assertThat(timetable.next(Instant.parse("2026-11-01T04:20:00Z"))).isEqualTo(second);
		assertThat(new PastTimes(midnight).latest(second.plusSeconds(3 * 3600), days(1))).isEqualTo(second);
		assertThat(new PastTimes(midnight).latest(second.minusSeconds(60), days(2))).isEqualTo("2026-10-31T04:00:00Z");
	}

	@Test
	void aDayOfSecondsOnceAYearIsLookedThroughQuickly() {
		List<Integer> asked = new ArrayList<>();
		RepeatedHour.Schedule newYear = new RepeatedHour.Schedule(CronExpression.parse("* * * 1 1 *"), () -> {
			asked.add(1);
			return ZoneOffset.UTC;
		});
		assertThat(new PastTimes(List.of(newYear)).latest(Instant.parse("2026-11-24T12:34:56Z"), days(366)))
			.isEqualTo("2026-01-01T23:59:59Z");
		assertThat(asked).hasSizeLessThan(100);
	}

	/**
	 * Return what a server fires that was up before.
	 */
	private static List<Instant> fires(String cron, ZoneId zone, Instant start) {
		return FIRES.computeIfAbsent(List.of(cron, zone, start), (night) -> fired(cron, zone, start));
	}

	/**
	 * The time of each fire, and the completion a moment later, are what the trigger is
	 * asked with.
	 */
	private static List<Instant> fired(String cron, ZoneId zone, Instant start) {
		NominalTimes times = new NominalTimes(new CronTrigger(cron, zone), (clock) -> {
		}, new Random(1));
		SimpleTriggerContext context = new SimpleTriggerContext(Clock.fixed(start.minus(days(8)), ZoneOffset.UTC));
		List<Instant> fires = new ArrayList<>();
		Instant next = times.nextExecution(context);
		while (next != null && next.isBefore(start.plus(days(10)))) {
			assertThat(fires).as("fires in 18 days").hasSizeLessThan(5000);
			fires.add(next);
			context.update(next, next.plusMillis(3), next.plusMillis(40));
			next = times.nextExecution(context);
		}
		return fires;
	}

	/**
	 * Return each hour of three days, and in the night between two of them every 13
	 * minutes.
	 */
	private static Set<Instant> moments(ZoneId zone, Instant start) {
		Set<Instant> moments = new TreeSet<>();
		for (int hours = 0; hours < 3 * 24; hours++) {
			moments.add(start.plus(Duration.ofHours(hours)));
		}
		Instant change = zone.getRules().nextTransition(start).getInstant();
		for (int minutes = -6 * 60; minutes < 12 * 60; minutes += 13) {
			moments.add(change.plus(Duration.ofMinutes(minutes)));
		}
		return moments;
	}

	private static Duration days(int days) {
		return Duration.ofDays(days);
	}

	/**
	 * What the nights above are worth.
	 */
	@ParameterizedTest
	@MethodSource("zones")
	void theClocksAreChanged(ZoneId zone, Instant start) {
		ZoneOffsetTransition change = zone.getRules().nextTransition(start);
		assertThat(change).isNotNull();
		assertThat(change.isOverlap()).isTrue();
		assertThat(change.getInstant()).isBefore(start.plus(days(3)));
	}

	static Stream<Arguments> zones() {
		return NIGHTS.stream()
			.map((night) -> night.split(" "))
			.map((night) -> Arguments.of(ZoneId.of(night[0]), Instant.parse(night[1] + "T00:00:00Z")));
	}

}
