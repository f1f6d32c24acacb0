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

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiPredicate;
import java.util.function.Function;
import java.util.stream.Collectors;

import org.jspecify.annotations.Nullable;

import io.github.lockstarter.lock.Beat;
import io.github.lockstarter.lock.Servers;
import io.github.lockstarter.schedule.ScheduleText;

/**
 * What servers of one namespace say differently of the same job.
 */
final class Disagreements {

	private static final String NONE = "none";

	private Disagreements() {
	}

	/**
	 * Return what servers that are up disagree on, ordered by job.
	 */
	static List<String> all(Servers servers) {
		List<String> all = new ArrayList<>();
		known(servers).forEach((job, known) -> {
			add(all, known, job, "schedule", (those) -> text(those.schedule()),
					(one, other) -> ScheduleText.isSame(one, other, servers.redisTime()),
					"Each server fires at its own times. Deploy one schedule everywhere, and set the zone of cron "
							+ "expressions.");
			add(all, known, job, "group", (those) -> text(those.group()), String::equals,
					"Their locks and states are not the same, so a tick may run twice. Deploy one group everywhere.");
			addMethods(all, known, job);
		});
		return all;
	}

	/**
	 * Return the jobs that are different methods on different servers. These may be two
	 * applications of one name.
	 */
	static List<String> methods(Servers servers) {
		List<String> all = new ArrayList<>();
		known(servers).forEach((job, known) -> addMethods(all, known, job));
		return all;
	}

	private static void addMethods(List<String> all, Map<String, Beat.KnownJob> known, String job) {
		add(all, known, job, "method", Beat.KnownJob::method, String::equals,
				"They share their ticks: each is run by one of them only. If these are different applications, give each "
						+ "a distributed-scheduled.namespace of its own. If the method was moved, this is over when all "
						+ "servers have been deployed.");
	}

	/**
	 * Return for each job what servers that are up say of it, ordered by job and server.
	 */
	private static Map<String, Map<String, Beat.KnownJob>> known(Servers servers) {
		Map<String, Map<String, Beat.KnownJob>> known = new TreeMap<>();
		servers.all()
			.stream()
			.filter((server) -> !servers.isGone(server))
			.forEach((server) -> server.jobs()
				.forEach((job) -> known.computeIfAbsent(job.name(), (name) -> new TreeMap<>()).put(server.id(), job)));
		return known;
	}

	private static String text(@Nullable String value) {
		return (value != null) ? value : NONE;
	}

	/**
	 * Add what the servers say, if it is not all the same.
	 * @param known what each of them says
	 * @param of what a server says of the job; {@code null} if that is nothing to compare
	 * @param same whether two of them mean the same
	 */
	private static void add(List<String> all, Map<String, Beat.KnownJob> known, String job, String what,
			Function<Beat.KnownJob, @Nullable String> of, BiPredicate<String, String> same, String advice) {
		Map<String, List<String>> said = new TreeMap<>();
		known.forEach((server, those) -> {
			String value = of.apply(those);
			if (value != null) {
				String text = said.keySet().stream().filter((other) -> same.test(other, value)).findAny().orElse(value);
				said.computeIfAbsent(text, (key) -> new ArrayList<>()).add(server);
			}
		});
		if (said.size() > 1) {
			all.add("The servers disagree on the %s of %s: %s. %s".formatted(what, job,
					said.entrySet()
						.stream()
						.map((entry) -> "'%s' on %s".formatted(entry.getKey(), String.join(", ", entry.getValue())))
						.collect(Collectors.joining("; ")),
					advice));
		}
	}

}
