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

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;

import io.github.lockstarter.SkipReason;
import io.github.lockstarter.lock.Pulse.Activity;

/**
 * How the record of a server is written: flat fields, so that a beat writes only what has
 * changed. Names in field names, and what may have spaces, are escaped as in keys.
 */
final class ServerFields {

	/** How long a server that is gone is remembered. */
	static final Duration SERVER_KEPT = Duration.ofDays(1);

	/** How many of them are. */
	static final int GONE_SERVERS = 100;

	/**
	 * How long what servers told of a job is kept: there are jobs that run once a year.
	 */
	static final Duration JOBS_KEPT = Duration.ofDays(2 * 366);

	private static final int LONGEST_DETAIL = 300;

	private static final String JOB = "job:";

	private static final String METHOD = "method:";

	private static final String SKIP = "skip:";

	private static final String SKIPPED = "skipped:";

	private ServerFields() {
	}

	static Map<String, String> of(Beat beat, @Nullable Duration clockOffset) {
		Map<String, String> fields = new LinkedHashMap<>();
		// The script expects these two first
		fields.put("number", String.valueOf(beat.sender().number()));
		fields.put("process", beat.sender().process());
		fields.put("started", millis(beat.sender().started()));
		fields.put("draining", beat.draining() ? "1" : "0");
		fields.put("offset", (clockOffset != null) ? String.valueOf(clockOffset.toMillis()) : "");
		if (beat.facts() != null) {
			fields.put("host", beat.facts().host());
			fields.put("version", text(beat.facts().version()));
			beat.facts()
				.jobs()
				.forEach((job) -> fields.put(JOB + LockKeys.escape(job.name()),
						escaped(job.group()) + " " + text(job.schedule())));
			beat.facts()
				.jobs()
				.stream()
				.filter((job) -> job.method() != null)
				.forEach((job) -> fields.put(METHOD + LockKeys.escape(job.name()), text(job.method())));
		}
		beat.skips()
			.forEach((skip) -> fields.put(SKIP + LockKeys.escape(skip.job()) + ":" + skip.reason(),
					String.join(" ", String.valueOf(skip.count()), millis(skip.tick()), millis(skip.at()),
							escaped(skip.holder()), escaped(shortened(skip.detail())))));
		// Each takes the place of the one that is a hundred older
		beat.skipped()
			.forEach((skip) -> fields.put(SKIPPED + skip.number() % Beat.SKIPPED_TICKS,
					String.join(" ", String.valueOf(skip.number()), LockKeys.escape(skip.job()), millis(skip.tick()),
							millis(skip.at()), skip.reason().name())));
		// Last, so that who has told half of this is not understood, and tells it again
		fields.put("ended", beat.ending() ? "1" : "0");
		fields.put("mark", beat.sender().mark());
		return fields;
	}

	private static @Nullable String shortened(@Nullable String text) {
		return (text != null && text.length() > LONGEST_DETAIL) ? text.substring(0, LONGEST_DETAIL) + "…" : text;
	}

	private static String text(@Nullable String text) {
		return (text != null) ? text : "";
	}

	private static String escaped(@Nullable String text) {
		return LockKeys.escape(text(text));
	}

	private static String millis(@Nullable Instant time) {
		return (time != null) ? String.valueOf(time.toEpochMilli()) : "";
	}

	static Servers.Entry read(String server, Instant seen, Map<String, String> fields) {
		List<Beat.KnownJob> jobs = new ArrayList<>();
		List<Beat.SkipCount> skips = new ArrayList<>();
		List<Beat.SkippedTick> skipped = new ArrayList<>();
		fields.forEach((name, value) -> understood(() -> {
			if (name.startsWith(JOB)) {
				String job = name.substring(JOB.length());
				jobs.add(job(ServerKeys.unescape(job), value, fields.get(METHOD + job)));
			}
			else if (name.startsWith(SKIP)) {
				skips.add(skip(name.substring(SKIP.length()), value));
			}
			else if (name.startsWith(SKIPPED)) {
				skipped.add(skipped(value));
			}
		}));
		jobs.sort(Comparator.comparing(Beat.KnownJob::name));
		skips.sort(Comparator.comparing(Beat.SkipCount::job).thenComparing(Beat.SkipCount::reason));
		skipped.sort(Comparator.comparing(Beat.SkippedTick::number).reversed());
		Instant started = time(fields.getOrDefault("started", ""));
		String offset = fields.getOrDefault("offset", "");
		return new Servers.Entry(ServerKeys.unescape(server), fields.getOrDefault("host", ""),
				optional(fields.getOrDefault("version", "")), (started != null) ? started : seen, seen,
				offset.isEmpty() ? null : Duration.ofMillis(Long.parseLong(offset)), isTrue(fields, "draining"),
				isTrue(fields, "ended"), List.copyOf(jobs), List.copyOf(skips), List.copyOf(skipped));
	}

	/**
	 * What a newer version writes, such as a reason that is not known here, is left out.
	 */
	private static void understood(Runnable read) {
		try {
			read.run();
		}
		catch (IllegalArgumentException | IndexOutOfBoundsException ex) {
			// As said above
		}
	}

	private static boolean isTrue(Map<String, String> fields, String name) {
		return "1".equals(fields.get(name));
	}

	private static Beat.KnownJob job(String name, String value, @Nullable String method) {
		int space = value.indexOf(' ');
		return new Beat.KnownJob(name, optional(ServerKeys.unescape(value.substring(0, space))),
				optional(value.substring(space + 1)), method);
	}

	private static Beat.SkipCount skip(String name, String value) {
		int colon = name.indexOf(':');
		String[] parts = value.split(" ", -1);
		return new Beat.SkipCount(ServerKeys.unescape(name.substring(0, colon)),
				SkipReason.valueOf(name.substring(colon + 1)), Long.parseLong(parts[0]), time(parts[1]),
				required(parts[2]), optional(ServerKeys.unescape(parts[3])), optional(ServerKeys.unescape(parts[4])));
	}

	private static Beat.SkippedTick skipped(String value) {
		String[] parts = value.split(" ", -1);
		return new Beat.SkippedTick(Long.parseLong(parts[0]), ServerKeys.unescape(parts[1]), time(parts[2]),
				required(parts[3]), SkipReason.valueOf(parts[4]));
	}

	private static @Nullable String optional(String text) {
		return text.isEmpty() ? null : text;
	}

	private static @Nullable Instant time(String millis) {
		return millis.isEmpty() ? null : required(millis);
	}

	private static Instant required(String millis) {
		return Instant.ofEpochMilli(Long.parseLong(millis));
	}

	/**
	 * Read what beat.lua keeps of a job.
	 */
	static Activity activity(String entry) {
		String[] parts = entry.split(" ", -1);
		Instant[] times = new Instant[5];
		for (int i = 0; i < Math.min(parts.length, times.length); i++) {
			int place = i;
			understood(() -> {
				long millis = Long.parseLong(parts[place]);
				if (millis > 0) {
					times[place] = Instant.ofEpochMilli(millis);
				}
			});
		}
		return new Activity(times[0], times[1], times[2], times[3], times[4]);
	}

	/**
	 * Read what servers.lua answers.
	 */
	static Servers servers(List<String> reply) {
		List<Servers.Entry> servers = new ArrayList<>();
		int i = 1;
		while (i < reply.size()) {
			String server = reply.get(i);
			Instant seen = required(reply.get(i + 1));
			int end = i + 3 + Integer.parseInt(reply.get(i + 2));
			Map<String, String> fields = new LinkedHashMap<>();
			for (int field = i + 3; field < end; field += 2) {
				fields.put(reply.get(field), reply.get(field + 1));
			}
			servers.add(read(server, seen, fields));
			i = end;
		}
		return new Servers(required(reply.get(0)), servers);
	}

	/**
	 * Read what beat.lua answers.
	 */
	static Pulse pulse(List<String> reply) {
		Map<String, Activity> jobs = new LinkedHashMap<>();
		for (int i = 2; i < reply.size(); i += 2) {
			jobs.put(ServerKeys.unescape(reply.get(i)), activity(reply.get(i + 1)));
		}
		return new Pulse(required(reply.get(0)), "1".equals(reply.get(1)), "2".equals(reply.get(1)), jobs);
	}

	/**
	 * Give the arguments of beat.lua after the first nine.
	 */
	static void arguments(Map<String, String> fields, List<Beat.JobNews> news, Consumer<Object> arguments) {
		fields.forEach((name, value) -> {
			arguments.accept(name);
			arguments.accept(value);
		});
		for (Beat.JobNews job : news) {
			arguments.accept(LockKeys.escape(job.job()));
			arguments.accept(age(job.begun()));
			arguments.accept(age(job.succeeded()));
			arguments.accept(age(job.going()));
			arguments.accept((job.paused() == null) ? "" : job.paused() ? "1" : "0");
		}
	}

	private static String age(@Nullable Duration age) {
		return (age != null) ? String.valueOf(age.toMillis()) : "";
	}

}
