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
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

import org.jspecify.annotations.Nullable;

import org.springframework.core.KotlinDetector;
import org.springframework.core.ReactiveAdapterRegistry;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.format.annotation.DurationFormat;
import org.springframework.format.datetime.standard.DurationFormatterUtils;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.scheduling.annotation.Schedules;
import org.springframework.scheduling.support.CronExpression;
import org.springframework.util.Assert;
import org.springframework.util.StringUtils;
import org.springframework.util.StringValueResolver;

import io.github.lockstarter.CrashPolicy;
import io.github.lockstarter.DistributedScheduled;
import io.github.lockstarter.InvalidJobException;
import io.github.lockstarter.JobOptions;
import io.github.lockstarter.MissedPolicy;
import io.github.lockstarter.RedisUnavailablePolicy;
import io.github.lockstarter.RepeatedHourPolicy;
import io.github.lockstarter.lock.Durations;
import io.github.lockstarter.schedule.PastTimes;
import io.github.lockstarter.schedule.RepeatedHour;
import io.github.lockstarter.schedule.Timetable;

/**
 * Reads an annotation into a {@link Job}, and refuses values that cannot work.
 */
final class JobReader {

	private static final int LONGEST_NAME = 200;

	private static final Duration SHORTEST_LEASE = Duration.ofSeconds(1);

	private static final Duration LONGEST = Duration.ofDays(366);

	private final RunSettings settings;

	private final StringValueResolver resolver;

	JobReader(RunSettings settings, StringValueResolver resolver) {
		this.settings = settings;
		this.resolver = resolver;
	}

	Job read(DistributedScheduled annotation, String beanName, Method method) {
		String where = Job.where(beanName, method);
		Duration lease = duration(annotation.lease(), "lease", this.settings.lease(), where);
		if (lease.compareTo(SHORTEST_LEASE) < 0) {
			throw new InvalidJobException(
					"The lease of %s is %s; it must be at least one second.".formatted(where, Durations.text(lease)),
					"Set a longer one, such as @DistributedScheduled(lease = \"60s\").");
		}
		return new Job(name(annotation, beanName, method, where), group(annotation, where), where, schedule(method),
				lease, duration(annotation.lockAtLeastFor(), "lockAtLeastFor", this.settings.lockAtLeastFor(), where),
				duration(annotation.timeout(), "timeout", this.settings.timeout(), where), annotation.onLockLost(),
				policy(annotation.onRedisUnavailable()), attempts(annotation, method, where),
				missed(annotation, method, where), intervals(method) > 1, repeatedHour(annotation, method),
				timetable(annotation, method), false);
	}

	/**
	 * Read what code says of a job.
	 * @throws IllegalArgumentException if it cannot work
	 */
	Job read(JobOptions options) {
		Assert.hasText(options.name(), "A job needs a name");
		Assert.isTrue(!Names.hasControlCharacters(options.name()),
				() -> "The name of a job must not contain a line break or another control character: \"%s\""
					.formatted(Names.readable(options.name())));
		Assert.isTrue(options.name().length() <= LONGEST_NAME,
				() -> "The name of a job has at most %d characters: \"%s\"".formatted(LONGEST_NAME, options.name()));
		String group = options.group();
		if (group != null) {
			Assert.hasText(group, "A group needs a name");
			Assert.isTrue(!Names.hasControlCharacters(group),
					() -> "The name of a group must not contain a line break or another control character: \"%s\""
						.formatted(Names.readable(group)));
			Assert.isTrue(group.length() <= LONGEST_NAME,
					() -> "The name of a group has at most %d characters: \"%s\"".formatted(LONGEST_NAME, group));
		}
		Duration lease = given("lease", options.lease(), this.settings.lease());
		Assert.isTrue(lease.compareTo(SHORTEST_LEASE) >= 0,
				() -> "The lease must be at least one second: " + Durations.text(lease));
		return new Job(options.name(), group, "code that runs '" + options.name() + "'", null, lease,
				given("lockAtLeastFor", options.lockAtLeastFor(), this.settings.lockAtLeastFor()),
				given("timeout", options.timeout(), this.settings.timeout()), options.onLockLost(),
				policy(options.onRedisUnavailable()), 1, null, false, RepeatedHour.RUNS_TWICE, Timetable.UNKNOWN, true);
	}

	private static Duration given(String option, @Nullable Duration duration, Duration otherwise) {
		if (duration == null) {
			return otherwise;
		}
		Assert.isTrue(!duration.isNegative() && duration.compareTo(LONGEST) <= 0,
				() -> "The %s must be between zero and a year: %s".formatted(option, Durations.text(duration)));
		return duration;
	}

	private RedisUnavailablePolicy policy(RedisUnavailablePolicy policy) {
		return (policy != RedisUnavailablePolicy.INHERIT) ? policy : this.settings.onRedisUnavailable();
	}

	private String name(DistributedScheduled annotation, String beanName, Method method, String where) {
		String declared = annotation.name();
		if (declared.isEmpty()) {
			return wellFormed("name", beanName + "." + method.getName(), where);
		}
		String name = resolve(declared);
		if (!StringUtils.hasText(name)) {
			throw new InvalidJobException("The name of %s is empty: \"%s\".".formatted(where, declared),
					"Give it a name, or leave the attribute out: then it is '%s.%s'.".formatted(beanName,
							method.getName()));
		}
		return wellFormed("name", name, where);
	}

	private @Nullable String group(DistributedScheduled annotation, String where) {
		if (annotation.group().isEmpty()) {
			return null;
		}
		String group = resolve(annotation.group());
		if (!StringUtils.hasText(group)) {
			throw new InvalidJobException("The group of %s is empty: \"%s\".".formatted(where, annotation.group()),
					"Give it a name, or leave the attribute out: then the job has a lock of its own.");
		}
		return wellFormed("group", group, where);
	}

	private static String wellFormed(String attribute, String name, String where) {
		if (Names.hasControlCharacters(name)) {
			throw new InvalidJobException("The %s of %s contains a line break or another control character: \"%s\"."
				.formatted(attribute, Names.readable(where), Names.readable(name)),
					"Give it a name that fits into a log line.");
		}
		if (name.length() > LONGEST_NAME) {
			throw new InvalidJobException("The %s of %s has %d characters; at most %d are allowed: \"%s\"."
				.formatted(attribute, where, name.length(), LONGEST_NAME, name), "Give it a shorter name.");
		}
		return name;
	}

	private Duration duration(String declared, String attribute, Duration otherwise, String where) {
		if (declared.isEmpty()) {
			return otherwise;
		}
		String value = resolve(declared);
		if (!StringUtils.hasText(value)) {
			return otherwise;
		}
		try {
			Duration duration = DurationFormatterUtils.detectAndParse(value, DurationFormat.Unit.MILLIS);
			if (!duration.isNegative() && duration.compareTo(LONGEST) <= 0) {
				return duration;
			}
		}
		catch (RuntimeException ex) {
			// Refused below, in words of our own
		}
		throw new InvalidJobException(
				"The attribute '%s' of @DistributedScheduled on %s is \"%s\", which is not a duration between zero and a year."
					.formatted(attribute, where, value),
				"Write it like \"30s\", \"5m\" or \"PT5M\".");
	}

	private @Nullable String resolve(String value) {
		return this.resolver.resolveStringValue(value);
	}

	/**
	 * Return the schedule in the words of the annotation, and with the zone that counts.
	 */
	private @Nullable String schedule(Method method) {
		String schedule = schedules(method).stream().map(this::schedule).sorted().collect(Collectors.joining(", "));
		return schedule.isEmpty() ? null : schedule.substring(0, Math.min(schedule.length(), LONGEST_NAME));
	}

	private String schedule(Scheduled scheduled) {
		String cron = resolve(scheduled.cron());
		if (StringUtils.hasText(cron)) {
			return cron + " " + zone(resolve(scheduled.zone()));
		}
		String unit = scheduled.timeUnit().name().toLowerCase(Locale.ROOT);
		if (scheduled.fixedDelay() >= 0 || StringUtils.hasText(scheduled.fixedDelayString())) {
			return "fixed delay of " + ((scheduled.fixedDelay() >= 0) ? String.valueOf(scheduled.fixedDelay())
					: resolve(scheduled.fixedDelayString())) + " " + unit;
		}
		if (scheduled.fixedRate() >= 0 || StringUtils.hasText(scheduled.fixedRateString())) {
			return "fixed rate of " + ((scheduled.fixedRate() >= 0) ? String.valueOf(scheduled.fixedRate())
					: resolve(scheduled.fixedRateString())) + " " + unit;
		}
		return "once";
	}

	private static int attempts(DistributedScheduled annotation, Method method, String where) {
		if (annotation.onCrash() == CrashPolicy.SKIP) {
			return 1;
		}
		if (intervals(method) > 0) {
			throw new InvalidJobException(
					"%s has onCrash = RERUN and a fixed rate or delay, which has no tick that another server could run again."
						.formatted(where),
					"Use a cron expression, or leave onCrash out: then the job runs when it is due next.");
		}
		if (schedules(method).stream().anyMatch(JobReader::isOneTime)) {
			throw new InvalidJobException(
					"%s has onCrash = RERUN and runs once after each start of a server, which is a tick that no other server has."
						.formatted(where),
					"Use a cron expression, or leave onCrash out.");
		}
		if (annotation.maxAttempts() < 2) {
			throw new InvalidJobException(
					"%s has onCrash = RERUN and maxAttempts = %d, so no tick could be run again.".formatted(where,
							annotation.maxAttempts()),
					"The first run counts: set maxAttempts to 2 or more, or leave both attributes out.");
		}
		return annotation.maxAttempts();
	}

	private @Nullable Missed missed(DistributedScheduled annotation, Method method, String where) {
		Duration within = duration(annotation.missedWithin(), "missedWithin", Duration.ZERO, where);
		if (annotation.onMissed() == MissedPolicy.SKIP) {
			return null;
		}
		if (intervals(method) > 0) {
			throw new InvalidJobException(
					"%s has onMissed = RUN_ONCE and a fixed rate or delay, which has no tick that could be missed."
						.formatted(where),
					"Leave onMissed out: the job runs as soon as a server is up, if it is due by then.");
		}
		if (schedules(method).stream().noneMatch((schedule) -> StringUtils.hasText(schedule.cron()))) {
			throw new InvalidJobException(
					"%s has onMissed = RUN_ONCE and no cron expression, so nobody knows which of its ticks were missed."
						.formatted(where),
					"Put @Scheduled(cron = \"…\") on the method, or leave onMissed out.");
		}
		if (isPublisher(method)) {
			throw new InvalidJobException(
					"%s has onMissed = RUN_ONCE and returns a publisher, to which only its schedule subscribes."
						.formatted(where),
					"Let the method return void and block in it, or leave onMissed out.");
		}
		if (within.isZero()) {
			throw new InvalidJobException(
					"%s has onMissed = RUN_ONCE and missedWithin = 0, so it is always too late.".formatted(where),
					"Set missedWithin to how late the job may begin, such as \"1h\".");
		}
		return new Missed(new PastTimes(crons(method)), within);
	}

	/**
	 * Tell whether the method is subscribed to by its schedule, and not called.
	 */
	static boolean isPublisher(Method method) {
		return KotlinDetector.isSuspendingFunction(method)
				|| ReactiveAdapterRegistry.getSharedInstance().getAdapter(method.getReturnType()) != null;
	}

	private RepeatedHour repeatedHour(DistributedScheduled annotation, Method method) {
		if (annotation.repeatedHour() == RepeatedHourPolicy.TWICE) {
			return RepeatedHour.RUNS_TWICE;
		}
		return RepeatedHour.runsOnce(crons(method));
	}

	private List<RepeatedHour.Schedule> crons(Method method) {
		List<RepeatedHour.Schedule> schedules = new ArrayList<>();
		for (Scheduled scheduled : schedules(method)) {
			String cron = resolve(scheduled.cron());
			// What is wrong with an expression or a zone is told by Spring, a moment
			// later
			if (cron != null && CronExpression.isValidExpression(cron)) {
				schedules.add(new RepeatedHour.Schedule(CronExpression.parse(cron), zone(resolve(scheduled.zone()))));
			}
		}
		return schedules;
	}

	private Timetable timetable(DistributedScheduled annotation, Method method) {
		List<Timetable.Interval> intervals = new ArrayList<>();
		for (Scheduled scheduled : schedules(method)) {
			Duration rate = interval(scheduled.fixedRate(), scheduled.fixedRateString(), scheduled);
			Duration delay = interval(scheduled.fixedDelay(), scheduled.fixedDelayString(), scheduled);
			Duration initial = interval(scheduled.initialDelay(), scheduled.initialDelayString(), scheduled);
			Duration interval = (rate != null) ? rate : delay;
			if (interval != null) {
				intervals
					.add(new Timetable.Interval(interval, (initial != null) ? initial : Duration.ZERO, rate != null));
			}
		}
		return new Timetable(crons(method), repeatedHour(annotation, method), intervals);
	}

	/**
	 * What is wrong with an interval is told by Spring, a moment later.
	 */
	private @Nullable Duration interval(long value, String text, Scheduled scheduled) {
		if (value >= 0) {
			return Duration.of(value, scheduled.timeUnit().toChronoUnit());
		}
		String resolved = resolve(text);
		if (!StringUtils.hasText(resolved)) {
			return null;
		}
		try {
			return DurationFormatterUtils.detectAndParse(resolved,
					DurationFormat.Unit.fromChronoUnit(scheduled.timeUnit().toChronoUnit()));
		}
		catch (RuntimeException ex) {
			return null;
		}
	}

	private static ZoneId zone(@Nullable String zone) {
		try {
			return StringUtils.hasText(zone) ? StringUtils.parseTimeZoneString(zone).toZoneId()
					: ZoneId.systemDefault();
		}
		catch (IllegalArgumentException ex) {
			return ZoneId.systemDefault();
		}
	}

	static Set<Scheduled> schedules(Method method) {
		return AnnotatedElementUtils.getMergedRepeatableAnnotations(method, Scheduled.class, Schedules.class);
	}

	/**
	 * Tell whether a schedule fires once only, some time after the start of each server.
	 */
	static boolean isOneTime(Scheduled scheduled) {
		return !StringUtils.hasText(scheduled.cron()) && !isInterval(scheduled);
	}

	private static boolean isInterval(Scheduled scheduled) {
		return scheduled.fixedRate() >= 0 || scheduled.fixedDelay() >= 0
				|| StringUtils.hasText(scheduled.fixedRateString())
				|| StringUtils.hasText(scheduled.fixedDelayString());
	}

	private static long intervals(Method method) {
		return schedules(method).stream().filter(JobReader::isInterval).count();
	}

}
