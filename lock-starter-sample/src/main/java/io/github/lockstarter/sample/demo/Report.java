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

package io.github.lockstarter.sample.demo;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

import io.github.lockstarter.RunOutcome;
import io.github.lockstarter.SkipReason;
import org.jspecify.annotations.Nullable;

/**
 * What a server tells the launcher: one line of its output, between the lines of its log.
 */
sealed interface Report {

	/**
	 * With what the line of a report begins.
	 */
	String MARK = "@demo";

	/**
	 * The server is ready: it has Redis.
	 */
	record Ready() implements Report {

	}

	/**
	 * The server has acquired the lock and run a job.
	 *
	 * @param job the name of the job
	 * @param tick which tick
	 * @param token the fencing token
	 * @param outcome how it ended
	 * @param duration how long it took
	 * @param result what it did, in a few words
	 */
	record Finished(String job, Instant tick, long token, RunOutcome outcome, Duration duration,
			String result) implements Report {

	}

	/**
	 * The server has not run a job.
	 *
	 * @param job the name of the job
	 * @param tick which tick, if that is known
	 * @param reason why
	 * @param holder who runs or ran instead, if that is known
	 * @param detail more for a human
	 */
	record Skipped(String job, @Nullable Instant tick, SkipReason reason, @Nullable String holder,
			@Nullable String detail) implements Report {

	}

	/**
	 * Returns which tick it is about.
	 * @return the tick, if there is one and it is known
	 */
	default @Nullable Instant tick() {
		return null;
	}

	/**
	 * Tells whether the server is through with a tick.
	 * @param job the name of the job
	 * @return whether the server has run or skipped a tick of that job
	 */
	default boolean settles(String job) {
		return (this instanceof Finished finished && finished.job.equals(job))
				|| (this instanceof Skipped skipped && skipped.job.equals(job));
	}

	/**
	 * Writes this report.
	 * @return a line without its end
	 */
	default String toLine() {
		List<@Nullable Object> fields = new ArrayList<>();
		fields.add(MARK);
		fields.add(getClass().getSimpleName());
		if (this instanceof Finished finished) {
			fields.addAll(Arrays.asList(finished.job, finished.tick, finished.token, finished.outcome,
					finished.duration, finished.result));
		}
		else if (this instanceof Skipped skipped) {
			fields.addAll(Arrays.asList(skipped.job, skipped.tick, skipped.reason, skipped.holder, skipped.detail));
		}
		StringBuilder line = new StringBuilder();
		for (Object field : fields) {
			line.append(line.isEmpty() ? "" : "\t");
			line.append((field != null) ? field.toString().replaceAll("\\s", " ") : "");
		}
		return line.toString();
	}

	/**
	 * Reads a report.
	 * @param line a line of a server's output
	 * @return the report, if the line is one
	 */
	static Optional<Report> parse(String line) {
		String[] fields = line.split("\t", -1);
		if (!fields[0].equals(MARK)) {
			return Optional.empty();
		}
		return Optional.of(switch (fields[1]) {
			case "Ready" -> new Ready();
			case "Finished" -> new Finished(fields[2], Instant.parse(fields[3]), Long.parseLong(fields[4]),
					RunOutcome.valueOf(fields[5]), Duration.parse(fields[6]), fields[7]);
			case "Skipped" -> new Skipped(fields[2], fields[3].isEmpty() ? null : Instant.parse(fields[3]),
					SkipReason.valueOf(fields[4]), textOrNull(fields[5]), textOrNull(fields[6]));
			default -> throw new IllegalArgumentException("No report: " + line);
		});
	}

	private static @Nullable String textOrNull(String field) {
		return field.isEmpty() ? null : field;
	}

}
