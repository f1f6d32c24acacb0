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

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

import javax.xml.parsers.DocumentBuilderFactory;

import io.github.lockstarter.proof.checker.Checker;
import io.github.lockstarter.proof.checker.Rules;
import io.github.lockstarter.proof.checker.Verdict;
import io.github.lockstarter.proof.history.Entry;
import io.github.lockstarter.proof.history.History;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The report has what the checker found, and its picture what happened.
 */
class ReportTests {

	private static final Duration SECOND = Duration.ofSeconds(1);

	@Test
	void violationsAreListedAndMarked(@TempDir Path folder) throws Exception {
		Rules rules = new Rules(List.of(new Rules.Job("job", Rules.Kind.CRON, SECOND, Duration.ZERO)), SECOND, SECOND);
		long second = SECOND.toNanos();
		History history = new History(List.of(new Entry.Up("one.1", 0, 0),
				new Entry.RedisTime(Entry.TEST, 0, 1, 1_000_000_000),
				new Entry.Started("one.1", second, "job", 1_001_000, 1_001_000_000, true),
				new Entry.Started("two.1", 2 * second, "job", 1_001_000, 1_002_000_000, true),
				new Entry.Skipped("one.1", 2 * second, "job", 1_002_000, "REDIS_UNAVAILABLE"), new Entry.Fault(
						Entry.TEST, second, second, second, 90 * second, "cut", "one.1", "", "one.1", false, false)));
		Verdict verdict = Checker.check(history, rules);
		Report.write(folder, "by hand", 42, history, rules, verdict);
		assertThat(folder.resolve("report.md")).content()
			.contains("Seed 42", "* ONCE_PER_TICK job: a tick was started twice", "| cut | 1 |");
		try (var in = Files.newInputStream(folder.resolve("timeline.svg"))) {
			Document picture = DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(in);
			assertThat(picture.getDocumentElement().getTextContent()).contains("cut one.1", "job REDIS_UNAVAILABLE",
					"job tick 1001000", "a tick was started twice");
		}
	}

}
