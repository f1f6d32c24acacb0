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

import io.github.lockstarter.RunOutcome;
import io.github.lockstarter.SkipReason;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

class ReportTests {

	private static final Instant TICK = Instant.parse("2026-03-02T12:00:00.123456Z");

	static Report[] reports() {
		return new Report[] { new Report.Ready(),
				new Report.Finished("settlement", TICK, 42, RunOutcome.SUCCEEDED, Duration.ofMillis(35), "booked 3"),
				new Report.Skipped("settlement", TICK, SkipReason.ALREADY_RAN, "Batch Server #1", null),
				new Report.Skipped("settlement", null, SkipReason.NOT_DUE, null, "soon") };
	}

	@ParameterizedTest
	@MethodSource("reports")
	void readsWhatItWrites(Report report) {
		assertThat(Report.parse(report.toLine())).contains(report);
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "2026-03-02 INFO Started", "@demonic", " @demo" })
	void otherLinesAreNoReports(String line) {
		assertThat(Report.parse(line)).isEmpty();
	}

	@ParameterizedTest
	@ValueSource(strings = { "two\nlines", "a\ttab", "a\r\nreturn" })
	void staysOneLine(String result) {
		String line = new Report.Finished("job", TICK, 1, RunOutcome.FAILED, Duration.ZERO, result).toLine();
		assertThat(line).doesNotContain("\n", "\r");
		assertThat(Report.parse(line)).get()
			.isInstanceOfSatisfying(Report.Finished.class,
					(finished) -> assertThat(finished.result()).isEqualTo(result.replaceAll("\\s", " ")));
	}

}
