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

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.zone.ZoneOffsetTransition;
import java.time.zone.ZoneRules;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

import org.jspecify.annotations.Nullable;

import org.springframework.format.annotation.DurationFormat.Style;
import org.springframework.format.annotation.DurationFormat.Unit;
import org.springframework.format.datetime.standard.DurationFormatterUtils;

/**
 * What the schedule of a job is, for a human. Servers learn from it whether they have the
 * same one, so there is one way to write each, and other ways are understood.
 *
 * @since 0.1.0
 */
public final class ScheduleText {

	/** Of a rate or a delay that does not end. */
	private static final String ONCE = "once over all servers";

	private static final String AFTER_EACH_START = "once after each start";

	private static final String SEPARATOR = ", ";

	/** As earlier versions wrote it, in the words of the annotation. */
	private static final Pattern INTERVAL = Pattern.compile("fixed (rate|delay) of (\\S+) ([a-z]+)");

	private ScheduleText() {
	}

	/**
	 * Write the schedules of a job.
	 * @return the text; {@code null} if there are none
	 */
	static @Nullable String of(List<RepeatedHour.Schedule> crons, List<Timetable.Interval> intervals, boolean once) {
		List<String> parts = new ArrayList<>();
		crons.forEach((cron) -> parts.add(cron(cron.expression().toString(), cron.zone())));
		intervals.forEach((interval) -> parts.add(interval(interval.interval(), interval.fixedRate())));
		if (once) {
			parts.add(AFTER_EACH_START);
		}
		return parts.isEmpty() ? null : parts.stream().sorted().collect(Collectors.joining(SEPARATOR));
	}

	private static String cron(String expression, ZoneId zone) {
		String text = CronText.of(expression);
		return ((text != null) ? text : expression) + " " + zone(zone.getRules(), zone.getId());
	}

	/**
	 * The names of zones that never change their clocks are many.
	 */
	private static String zone(ZoneRules rules, String id) {
		if (!rules.isFixedOffset()) {
			return id;
		}
		ZoneOffset offset = rules.getOffset(Instant.EPOCH);
		return offset.equals(ZoneOffset.UTC) ? "UTC" : offset.getId();
	}

	private static String interval(Duration interval, boolean fixedRate) {
		if (interval.compareTo(Tick.LONGEST) >= 0) {
			return ONCE;
		}
		String text = DurationFormatterUtils.print(interval, Style.COMPOSITE);
		return fixedRate ? "every " + text : text + " after the last end";
	}

	/**
	 * Determine whether two texts mean the same schedule: one that fires at the same
	 * times from now on.
	 * @param one the text of one server
	 * @param other the text of another one
	 * @param now what time it is
	 * @return whether they do
	 */
	public static boolean isSame(@Nullable String one, @Nullable String other, Instant now) {
		if (one == null || other == null) {
			return one == null && other == null;
		}
		if (one.equals(other)) {
			return true;
		}
		List<String> left = parts(other);
		for (String part : parts(one)) {
			String found = left.stream()
				.filter((candidate) -> isSamePart(part, candidate, now))
				.findFirst()
				.orElse(null);
			if (found == null) {
				return false;
			}
			left.remove(found);
		}
		return left.isEmpty();
	}

	private static List<String> parts(String text) {
		return Arrays.stream(text.split(SEPARATOR)).map(ScheduleText::read).collect(Collectors.toList());
	}

	private static boolean isSamePart(String one, String other, Instant now) {
		if (one.equals(other)) {
			return true;
		}
		int oneZone = one.lastIndexOf(' ') + 1;
		int otherZone = other.lastIndexOf(' ') + 1;
		if (oneZone == 0 || !one.substring(0, oneZone).equals(other.substring(0, otherZone))) {
			return false;
		}
		return isSameTime(rules(one.substring(oneZone)), rules(other.substring(otherZone)), now);
	}

	/**
	 * Zones of equal rules have several names, such as Asia/Calcutta and Asia/Kolkata. An
	 * EST is the offset -05:00 to one version of Java, and America/Panama to another:
	 * what the clocks did there in the past does not matter.
	 */
	private static boolean isSameTime(@Nullable ZoneRules one, @Nullable ZoneRules other, Instant now) {
		if (one == null || other == null || one.equals(other)) {
			return one != null && one.equals(other);
		}
		return one.getOffset(now).equals(other.getOffset(now))
				&& one.getTransitionRules().equals(other.getTransitionRules())
				&& transitions(one, now).equals(transitions(other, now));
	}

	private static List<ZoneOffsetTransition> transitions(ZoneRules rules, Instant after) {
		return rules.getTransitions().stream().filter((change) -> change.getInstant().isAfter(after)).toList();
	}

	/**
	 * Read one schedule, and write it as it is written now.
	 */
	private static String read(String part) {
		if (part.equals("once")) {
			return AFTER_EACH_START;
		}
		Matcher interval = INTERVAL.matcher(part);
		if (interval.matches()) {
			return interval(part, interval);
		}
		int zone = part.lastIndexOf(' ') + 1;
		ZoneRules rules = (zone > 0) ? rules(part.substring(zone)) : null;
		if (rules == null) {
			return part;
		}
		String cron = CronText.of(part.substring(0, zone).trim());
		return (cron != null) ? cron + " " + zone(rules, part.substring(zone)) : part;
	}

	private static String interval(String part, Matcher interval) {
		try {
			TimeUnit unit = TimeUnit.valueOf(interval.group(3).toUpperCase(Locale.ROOT));
			Duration duration = DurationFormatterUtils.detectAndParse(interval.group(2),
					Unit.fromChronoUnit(unit.toChronoUnit()));
			return interval(duration, interval.group(1).equals("rate"));
		}
		catch (RuntimeException ex) {
			// Not what an earlier version wrote
			return part;
		}
	}

	private static @Nullable ZoneRules rules(String id) {
		try {
			return ZoneId.of(id).getRules();
		}
		catch (RuntimeException ex) {
			// No zone, or one that this server does not know
			return null;
		}
	}

}
