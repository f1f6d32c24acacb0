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

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;

import io.github.lockstarter.RunOutcome;
import io.github.lockstarter.SkipReason;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class NarratorTests {

	private static final Instant TICK = Instant.parse("2026-03-02T12:00:02Z");

	private final ByteArrayOutputStream output = new ByteArrayOutputStream();

	private final SettableClock clock = new SettableClock();

	private final Narrator narrator = narrator(true);

	@Test
	void tellsWhoRanAndWhoWasRefused() {
		this.narrator.tell(1, finished("settlement", RunOutcome.SUCCEEDED, "booked 3 merchants"));
		this.narrator.tell(2, skipped("settlement", SkipReason.ALREADY_RAN, "Batch Server #1"));
		assertThat(lines()).containsExactly(
				"12:00:02  settlement      #1  lock acquired  booked 3 merchants in 35 ms, token 42",
				"12:00:02  settlement      #2  lock refused   ALREADY_RAN on Batch Server #1");
	}

	@Test
	void refusalStandsBelowTheRun() {
		this.narrator.tell(2, skipped("settlement", SkipReason.LOCK_REFUSED, null));
		assertThat(lines()).isEmpty();
		this.narrator.tell(1, finished("settlement", RunOutcome.SUCCEEDED, "booked 3 merchants"));
		assertThat(lines()).containsExactly(
				"12:00:02  settlement      #1  lock acquired  booked 3 merchants in 35 ms, token 42",
				"12:00:02  settlement      #2  lock refused   LOCK_REFUSED, another server was faster");
	}

	@Test
	void refusalDoesNotWaitLong() {
		this.narrator.tell(2, skipped("settlement", SkipReason.STILL_RUNNING, "Batch Server #1"));
		this.clock.now = TICK.plusSeconds(3);
		this.narrator.printOverdue();
		assertThat(lines())
			.containsExactly("12:00:02  settlement      #2  lock refused   STILL_RUNNING on Batch Server #1");
	}

	@Test
	void whatIsNotRefusedIsToldAtOnce() {
		this.narrator.tell(2,
				new Report.Skipped("settlement", TICK, SkipReason.REDIS_UNAVAILABLE, null, "no answer in 2 s"));
		this.narrator.tell(2, skipped("archive", SkipReason.REDIS_UNAVAILABLE, null));
		assertThat(lines()).containsExactly(
				"12:00:02  settlement      #2  not run        REDIS_UNAVAILABLE (no answer in 2 s)",
				"12:00:02  archive         #2  not run        REDIS_UNAVAILABLE");
	}

	@Test
	void refusalsOfOtherJobsAreNoise() {
		this.narrator.tell(2, skipped("exchange-rates", SkipReason.NOT_DUE, "Batch Server #1"));
		this.narrator.tell(2, skipped("exchange-rates", SkipReason.CLOSING, null));
		this.clock.now = TICK.plusSeconds(3);
		this.narrator.printOverdue();
		assertThat(lines()).isEmpty();
	}

	@Test
	void saysThatRunFailed() {
		this.narrator.tell(1, finished("settlement", RunOutcome.FAILED, "IllegalStateException: no orders"));
		assertThat(lines()).containsExactly(
				"12:00:02  settlement      #1  lock acquired  FAILED in 35 ms: IllegalStateException: no orders");
	}

	@Test
	void saysThatThereIsNoLock() {
		narrator(false).tell(1, finished("settlement", RunOutcome.SUCCEEDED, "booked 3 merchants"));
		assertThat(lines())
			.containsExactly("12:00:02  settlement      #1  no lock        booked 3 merchants in 35 ms, token 42");
	}

	private Narrator narrator(boolean lock) {
		return new Narrator(new PrintStream(this.output, true, StandardCharsets.UTF_8), this.clock, ZoneOffset.UTC,
				"settlement", lock);
	}

	private static Report finished(String job, RunOutcome outcome, String result) {
		return new Report.Finished(job, TICK, 42, outcome, Duration.ofMillis(35), result);
	}

	private static Report skipped(String job, SkipReason reason, String holder) {
		return new Report.Skipped(job, TICK, reason, holder, null);
	}

	private List<String> lines() {
		return this.output.toString(StandardCharsets.UTF_8).lines().toList();
	}

	private static final class SettableClock extends Clock {

		private Instant now = TICK;

		@Override
		public Instant instant() {
			return this.now;
		}

		@Override
		public ZoneId getZone() {
			return ZoneOffset.UTC;
		}

		@Override
		public Clock withZone(ZoneId zone) {
			throw new UnsupportedOperationException();
		}

	}

}
