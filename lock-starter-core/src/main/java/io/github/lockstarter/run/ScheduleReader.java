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

package io.github.lockstarter.run;

import java.lang.reflect.Method;
import java.time.Duration;
import java.time.ZoneId;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

import org.jspecify.annotations.Nullable;

import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.format.annotation.DurationFormat;
import org.springframework.format.datetime.standard.DurationFormatterUtils;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.scheduling.annotation.Schedules;
import org.springframework.scheduling.support.CronExpression;
import org.springframework.util.StringUtils;

import io.github.lockstarter.schedule.RepeatedHour;
import io.github.lockstarter.schedule.Timetable;

/**
 * Reads the schedules of a method as Spring does, and each expression once: one with a
 * side effect, or a random number, would say something else each time. What is wrong with
 * one is for Spring to say, a moment later.
 */
final class ScheduleReader {

	private final AttributeReader attributes;

	/** Answers the zone of a scheduler, by its name. */
	private final Function<@Nullable String, ZoneId> zones;

	ScheduleReader(AttributeReader attributes, Function<@Nullable String, ZoneId> zones) {
		this.attributes = attributes;
		this.zones = zones;
	}

	/**
	 * Return the annotations.
	 */
	static Set<Scheduled> annotations(Method method) {
		return AnnotatedElementUtils.getMergedRepeatableAnnotations(method, Scheduled.class, Schedules.class);
	}

	/**
	 * Return all schedules of a method.
	 * @param where where it is, for messages
	 */
	List<Plan> read(Method method, String where) {
		return annotations(method).stream().map((scheduled) -> read(scheduled, where)).toList();
	}

	private Plan read(Scheduled scheduled, String where) {
		Duration initial = interval("initialDelay", scheduled.initialDelay(), scheduled.initialDelayString(), scheduled,
				where);
		String cron = text("cron", scheduled.cron(), where);
		if (StringUtils.hasText(cron)) {
			return new Plan(cron(cron, scheduled, where), null, Scheduled.CRON_DISABLED.equals(cron), false);
		}
		Duration delay = interval("fixedDelay", scheduled.fixedDelay(), scheduled.fixedDelayString(), scheduled, where);
		Duration rate = interval("fixedRate", scheduled.fixedRate(), scheduled.fixedRateString(), scheduled, where);
		Duration interval = (rate != null) ? rate : delay;
		if (interval != null) {
			return new Plan(null,
					new Timetable.Interval(interval, (initial != null) ? initial : Duration.ZERO, rate != null), false,
					false);
		}
		return new Plan(null, null, false, true);
	}

	private RepeatedHour.@Nullable Schedule cron(String cron, Scheduled scheduled, String where) {
		if (!CronExpression.isValidExpression(cron)) {
			return null;
		}
		CronExpression expression = CronExpression.parse(cron);
		ZoneId zone = zone(text("zone", scheduled.zone(), where));
		if (zone != null) {
			return new RepeatedHour.Schedule(expression, zone);
		}
		String scheduler = text("scheduler", scheduled.scheduler(), where);
		return new RepeatedHour.Schedule(expression, () -> this.zones.apply(scheduler));
	}

	private static @Nullable ZoneId zone(@Nullable String zone) {
		try {
			return StringUtils.hasText(zone) ? StringUtils.parseTimeZoneString(zone).toZoneId() : null;
		}
		catch (IllegalArgumentException ex) {
			return null;
		}
	}

	private @Nullable Duration interval(String attribute, long value, String text, Scheduled scheduled, String where) {
		String resolved = (value < 0) ? text(attribute + "String", text, where) : null;
		if (value < 0 && !StringUtils.hasText(resolved)) {
			return null;
		}
		try {
			return (resolved == null) ? Duration.of(value, scheduled.timeUnit().toChronoUnit()) : DurationFormatterUtils
				.detectAndParse(resolved, DurationFormat.Unit.fromChronoUnit(scheduled.timeUnit().toChronoUnit()));
		}
		catch (RuntimeException ex) {
			return null;
		}
	}

	private @Nullable String text(String attribute, String declared, String where) {
		return declared.isEmpty() ? declared : this.attributes.resolve(attribute, "@Scheduled", declared, where);
	}

	/**
	 * One schedule of a method.
	 *
	 * @param cron its cron expression; {@code null} if it has none
	 * @param interval its fixed rate or delay; {@code null} if it has none
	 * @param disabled whether it is switched off
	 * @param once whether it fires once only, some time after the start of each server
	 */
	record Plan(RepeatedHour.@Nullable Schedule cron, Timetable.@Nullable Interval interval, boolean disabled,
			boolean once) {

	}

}
