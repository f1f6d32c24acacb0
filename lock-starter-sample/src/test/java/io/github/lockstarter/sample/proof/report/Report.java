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

package io.github.lockstarter.sample.proof.report;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

import io.github.lockstarter.proof.checker.Rules;
import io.github.lockstarter.proof.checker.Verdict;
import io.github.lockstarter.proof.checker.Verdict.Figures;
import io.github.lockstarter.proof.checker.Violation;
import io.github.lockstarter.proof.history.Entry;
import io.github.lockstarter.proof.history.History;

/**
 * Writes what there is to say of a play beside its histories: {@code report.md} and
 * {@code timeline.svg}.
 */
public final class Report {

	private Report() {
	}

	/**
	 * Writes the report.
	 * @param folder where
	 * @param title what was played
	 * @param seed the seed of its faults
	 * @param history what happened
	 * @param rules what it was judged by
	 * @param verdict what the checker found
	 */
	public static void write(Path folder, String title, long seed, History history, Rules rules, Verdict verdict) {
		List<String> jobs = rules.jobs().stream().map(Rules.Job::name).toList();
		try {
			Files.writeString(folder.resolve("report.md"), text(title, seed, history, verdict));
			Files.writeString(folder.resolve("timeline.svg"), new Timeline(history, jobs).draw(verdict.violations()));
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private static String text(String title, long seed, History history, Verdict verdict) {
		Figures figures = verdict.figures();
		StringBuilder text = new StringBuilder();
		text.append("# Proof: ").append(title).append("\n\n");
		text.append("Seed ").append(seed).append(", ").append(seconds(length(history))).append(". **");
		text.append(verdict.violations().size())
			.append(" violations.** The picture: [timeline.svg](timeline.svg).\n\n");
		text.append("| | |\n|---|---|\n");
		row(text, "due ticks of cron jobs", figures.ticks());
		row(text, "of them due while nothing was wrong", figures.quiet());
		row(text, "of them run", figures.run());
		row(text, "runs of all jobs", figures.runs());
		row(text, "runs that lost their lock", figures.lost());
		row(text, "runs that began when their lease was over, and were told", figures.stale());
		row(text, "writes that the register took", figures.written());
		row(text, "writes that the register refused", figures.refused());
		row(text, "faults", figures.faultCount());
		row(text, "ticks that were run again after a kill", figures.reruns());
		row(text, "longest take-over", seconds(figures.longestTakeOver()));
		row(text, "longest time until all jobs went on", seconds(figures.longestHeal()));
		row(text, "longest hiccup of a process or Redis", seconds(figures.longestHiccup()));
		table(text, "Faults", figures.faults());
		table(text, "Skips", figures.skips());
		list(text, "Violations", verdict.violations());
		list(text, "What Redis had forgotten", verdict.forgotten());
		return text.toString();
	}

	private static void row(StringBuilder text, String name, Object value) {
		text.append("| ").append(name).append(" | ").append(value).append(" |\n");
	}

	private static void table(StringBuilder text, String title, Map<String, Long> counts) {
		text.append("\n## ").append(title).append("\n\n| | |\n|---|---|\n");
		counts.forEach((name, count) -> row(text, name, count));
	}

	private static void list(StringBuilder text, String title, List<Violation> violations) {
		text.append("\n## ").append(title).append("\n\n");
		violations.forEach((violation) -> text.append("* ").append(violation).append('\n'));
		if (violations.isEmpty()) {
			text.append("None.\n");
		}
	}

	private static Duration length(History history) {
		long begin = history.all(Entry.Up.class).stream().mapToLong(Entry.Up::at).min().orElse(0);
		return Duration.ofNanos(history.entries().get(history.entries().size() - 1).at() - begin);
	}

	private static String seconds(Duration time) {
		return "%.1f s".formatted(time.toMillis() / 1000.0);
	}

}
