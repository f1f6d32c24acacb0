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

import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * The state of a job in a {@link Memory}, as {@code rules.lua} reads it. A field that is
 * empty is not there.
 */
final class JobState {

	/** How many owners are remembered that gave back a lock or a start. */
	private static final int ABANDONED = 8;

	@Nullable Long tick;

	@Nullable Long due;

	@Nullable Long heldUntil;

	String owner = "";

	String server = "";

	long started;

	@Nullable Long ended;

	long token;

	String schedule = "";

	@Nullable Long open;

	int attempts;

	@Nullable Long crashed;

	@Nullable Long givenBack;

	@Nullable Long paused;

	@Nullable Long resumed;

	@Nullable Long passed;

	@Nullable Long lease;

	String abandoned = "";

	long runTick;

	String trigger = "";

	boolean lost;

	long failures;

	static JobState read(Map<String, String> fields, String dueField) {
		JobState state = new JobState();
		state.tick = number(fields, "tick");
		state.due = number(fields, dueField);
		state.heldUntil = number(fields, "held-until");
		state.owner = text(fields, "owner");
		state.server = text(fields, "server");
		state.started = orZero(fields, "started");
		state.ended = number(fields, "ended");
		state.token = orZero(fields, "token");
		state.schedule = text(fields, "schedule");
		state.open = number(fields, "open");
		state.attempts = (int) orZero(fields, "attempts");
		state.crashed = number(fields, "crashed");
		state.givenBack = number(fields, "given-back");
		state.paused = number(fields, "paused");
		state.resumed = number(fields, "resumed");
		state.passed = number(fields, "passed");
		state.lease = number(fields, "lease");
		state.abandoned = text(fields, "abandoned");
		state.runTick = orZero(fields, "run-tick");
		state.trigger = text(fields, "trigger");
		state.lost = !text(fields, "lost").isEmpty();
		state.failures = orZero(fields, "failures");
		return state;
	}

	static String text(Map<String, String> fields, String name) {
		return fields.getOrDefault(name, "");
	}

	static @Nullable Long number(Map<String, String> fields, String name) {
		String text = text(fields, name);
		try {
			return text.isEmpty() ? null : Long.valueOf(text);
		}
		catch (NumberFormatException ex) {
			return null;
		}
	}

	private static long orZero(Map<String, String> fields, String name) {
		Long number = number(fields, name);
		return (number != null) ? number : 0;
	}

	/**
	 * Return a number as a field holds it.
	 * @param number {@code null} for a field that is not there
	 */
	static String text(@Nullable Long number) {
		return (number != null) ? number.toString() : "";
	}

	/**
	 * Return the time that a number of an answer means.
	 */
	static @Nullable Instant time(long millis) {
		return (millis > 0) ? Instant.ofEpochMilli(millis) : null;
	}

	/**
	 * Determine whether an owner is among those that gave back what they may have got.
	 */
	static boolean hasGivenBack(String owners, String owner) {
		return (" " + owners + " ").contains(" " + owner + " ");
	}

	/**
	 * Return the last owners that gave back, of which one has just done so.
	 */
	static String givenBackBy(String owners, String owner) {
		List<String> last = new ArrayList<>(List.of(owner));
		Arrays.stream(owners.split(" ")).filter((other) -> !other.isEmpty()).limit(ABANDONED - 1).forEach(last::add);
		return String.join(" ", last);
	}

	/**
	 * Return what an abandoned start gives back.
	 */
	String undo() {
		return String.join(";", text(this.tick), text(this.due), text(this.heldUntil), text(this.open),
				(this.open != null) ? String.valueOf(this.attempts) : "");
	}

	/**
	 * Return the last run as the history has it, of a job that has one.
	 * @param outcome what became of it
	 */
	Map<String, String> run(RunRecord.State outcome) {
		Map<String, String> run = new LinkedHashMap<>();
		run.put("tick", String.valueOf(this.runTick));
		run.put("token", String.valueOf(this.token));
		run.put("server", this.server);
		run.put("trigger", this.trigger);
		run.put("started", String.valueOf(this.started));
		run.put("outcome", outcome.name());
		return run;
	}

}
