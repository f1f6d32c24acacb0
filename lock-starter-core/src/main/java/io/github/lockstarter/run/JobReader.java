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
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

import org.springframework.core.KotlinDetector;
import org.springframework.core.ReactiveAdapterRegistry;
import org.springframework.format.annotation.DurationFormat;
import org.springframework.format.datetime.standard.DurationFormatterUtils;
import org.springframework.scheduling.annotation.Scheduled;
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
import io.github.lockstarter.run.ScheduleReader.Plan;
import io.github.lockstarter.schedule.PastTimes;
import io.github.lockstarter.schedule.RepeatedHour;
import io.github.lockstarter.schedule.Timetable;

/**
 * Reads an annotation into a {@link Job}, and refuses values that cannot work.
 */
final class JobReader {

	private static final String ANNOTATION = "@DistributedScheduled";

	private static final int LONGEST_NAME = 200;

	/** What is counted instead, as for a bean of XML that stands for itself, is short. */
	private static final Pattern IDENTITY = Pattern.compile(".*#(?!\\d{1,3}(#|$))[0-9a-f]{1,8}(#\\d+)?");

	private static final Duration SHORTEST_LEASE = Duration.ofSeconds(1);

	private static final Duration LONGEST = Duration.ofDays(366);

	private final RunSettings settings;

	private final AttributeReader attributes;

	private final ScheduleReader schedules;

	/**
	 * Create a reader.
	 * @param zones answers the zone of a scheduler, by its name
	 */
	JobReader(RunSettings settings, StringValueResolver resolver, Function<@Nullable String, ZoneId> zones) {
		this.settings = settings;
		this.attributes = new AttributeReader(resolver);
		this.schedules = new ScheduleReader(this.attributes, zones);
	}

	Job read(DistributedScheduled annotation, String beanName, Method method) {
		String where = Job.where(beanName, method);
		List<Plan> plans = this.schedules.read(method, where);
		List<RepeatedHour.Schedule> crons = plans.stream().map(Plan::cron).filter(Objects::nonNull).toList();
		List<Timetable.Interval> intervals = plans.stream().map(Plan::interval).filter(Objects::nonNull).toList();
		Duration lease = duration(annotation.lease(), "lease", this.settings.lease(), where);
		if (lease.compareTo(SHORTEST_LEASE) < 0) {
			throw new InvalidJobException(
					"The lease of %s is %s; it must be at least one second.".formatted(where, Durations.text(lease)),
					"Set a longer one, such as @DistributedScheduled(lease = \"60s\"); a plain number is milliseconds.");
		}
		RepeatedHour repeatedHour = (annotation.repeatedHour() == RepeatedHourPolicy.TWICE) ? RepeatedHour.RUNS_TWICE
				: RepeatedHour.runsOnce(crons);
		return new Job(name(annotation, beanName, method, where), group(annotation, where), where, lease,
				duration(annotation.lockAtLeastFor(), "lockAtLeastFor", this.settings.lockAtLeastFor(), where),
				duration(annotation.timeout(), "timeout", this.settings.timeout(), where), annotation.onLockLost(),
				policy(annotation.onRedisUnavailable()), attempts(annotation, plans, where),
				missed(annotation, method, plans, crons, where), intervals.size() > 1, repeatedHour,
				new Timetable(crons, repeatedHour, intervals, plans.stream().anyMatch(Plan::once)), false);
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
		return new Job(options.name(), group, "code that runs '" + options.name() + "'", lease,
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
			checkGiven(beanName, where);
			return wellFormed("name", beanName + "." + method.getName(), where);
		}
		String name = this.attributes.resolve("name", ANNOTATION, declared, where);
		if (!StringUtils.hasText(name)) {
			throw new InvalidJobException("The name of %s is empty: \"%s\".".formatted(where, declared),
					"Give it a name, or leave the attribute out: then it is '%s.%s'.".formatted(beanName,
							method.getName()));
		}
		checkComplete("name", declared, name, where);
		return wellFormed("name", name, where);
	}

	/**
	 * Spring calls an inner bean without a name by its class and the identity of an
	 * object, which is another one on each server and after each start.
	 */
	private static void checkGiven(String beanName, String where) {
		if (IDENTITY.matcher(beanName).matches()) {
			throw new InvalidJobException(
					"%s has no name that is the same on all servers, because its bean has none, so each server would run it."
						.formatted(where),
					"Give the job a name: @DistributedScheduled(name = \"…\"); or make the bean one that is not part of "
							+ "another one, with an id.");
		}
	}

	private @Nullable String group(DistributedScheduled annotation, String where) {
		if (annotation.group().isEmpty()) {
			return null;
		}
		String group = this.attributes.resolve("group", ANNOTATION, annotation.group(), where);
		if (!StringUtils.hasText(group)) {
			throw new InvalidJobException("The group of %s is empty: \"%s\".".formatted(where, annotation.group()),
					"Give it a name, or leave the attribute out: then the job has a lock of its own.");
		}
		checkComplete("group", annotation.group(), group, where);
		return wellFormed("group", group, where);
	}

	/**
	 * What has no value would vanish, and what was meant to be many jobs would be one.
	 */
	private void checkComplete(String attribute, String declared, String value, String where) {
		String empty = this.attributes.findEmpty(declared);
		if (empty != null) {
			throw new InvalidJobException(
					"The %s of %s is \"%s\", in which %s has no value, so it would be \"%s\" for all."
						.formatted(attribute, where, declared, empty, value),
					"It is read once, when the bean is made, and knows no arguments of a call. Give each part a value. "
							+ "For a job for each argument call DistributedJobs.run with a name of its own.");
		}
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
		String value = this.attributes.resolve(attribute, ANNOTATION, declared, where);
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

	private static int attempts(DistributedScheduled annotation, List<Plan> plans, String where) {
		if (annotation.onCrash() == CrashPolicy.SKIP) {
			return 1;
		}
		if (plans.stream().anyMatch((plan) -> plan.interval() != null)) {
			throw new InvalidJobException(
					"%s has onCrash = RERUN and a fixed rate or delay, which has no tick that another server could run again."
						.formatted(where),
					"Use a cron expression, or leave onCrash out: then the job runs when it is due next.");
		}
		if (plans.stream().anyMatch(Plan::once)) {
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

	private @Nullable Missed missed(DistributedScheduled annotation, Method method, List<Plan> plans,
			List<RepeatedHour.Schedule> crons, String where) {
		Duration within = duration(annotation.missedWithin(), "missedWithin", Duration.ZERO, where);
		if (annotation.onMissed() == MissedPolicy.SKIP) {
			return null;
		}
		if (plans.stream().anyMatch((plan) -> plan.interval() != null)) {
			throw new InvalidJobException(
					"%s has onMissed = RUN_ONCE and a fixed rate or delay, which has no tick that could be missed."
						.formatted(where),
					"Leave onMissed out: the job runs as soon as a server is up, if it is due by then.");
		}
		if (plans.stream().allMatch(Plan::once)) {
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
		return new Missed(new PastTimes(crons), within);
	}

	/**
	 * Tell whether the method is subscribed to by its schedule, and not called.
	 */
	static boolean isPublisher(Method method) {
		return KotlinDetector.isSuspendingFunction(method)
				|| ReactiveAdapterRegistry.getSharedInstance().getAdapter(method.getReturnType()) != null;
	}

	/**
	 * Determine whether a schedule fires once only, some time after the start of each
	 * server.
	 */
	static boolean isOneTime(Scheduled scheduled) {
		return !StringUtils.hasText(scheduled.cron()) && scheduled.fixedRate() < 0 && scheduled.fixedDelay() < 0
				&& !StringUtils.hasText(scheduled.fixedRateString())
				&& !StringUtils.hasText(scheduled.fixedDelayString());
	}

	static Set<Scheduled> schedules(Method method) {
		return ScheduleReader.annotations(method);
	}

}
