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

import java.time.Instant;

import org.junit.jupiter.api.Test;

import org.springframework.scheduling.annotation.Scheduled;

import io.github.lockstarter.DistributedScheduled;
import io.github.lockstarter.JobSkipped;
import io.github.lockstarter.JobStarted;
import io.github.lockstarter.RepeatedHourPolicy;
import io.github.lockstarter.SkipReason;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What two fires of a daily job in one night make of it.
 */
class RepeatedHourRunTests {

	/** 02:30 of the summer time in Berlin. */
	private static final Instant FIRST = Instant.parse("2025-10-26T00:30:00Z");

	private static final Instant SECOND = FIRST.plusSeconds(3600);

	@Test
	void aJobThatNamesItsHourRunsOnce() {
		try (TestServer server = TestServer.running(Once.class)) {
			fireAfter(server, FIRST.minusSeconds(1));
			fireAfter(server, FIRST.plusSeconds(1));
			assertThat(server.events(JobStarted.class)).extracting(JobStarted::tick).containsExactly(FIRST);
			assertThat(server.events(JobSkipped.class)).singleElement().satisfies((skip) -> {
				assertThat(skip.reason()).isEqualTo(SkipReason.ALREADY_RAN);
				assertThat(skip.tick()).isEqualTo(SECOND);
			});
		}
	}

	@Test
	void itRunsInTheSecondHourIfItDidNotInTheFirst() {
		try (TestServer server = TestServer.running(Once.class)) {
			fireAfter(server, FIRST.plusSeconds(1));
			assertThat(server.events(JobStarted.class)).extracting(JobStarted::tick).containsExactly(FIRST);
		}
	}

	@Test
	void aJobThatWantsItRunsTwice() {
		try (TestServer server = TestServer.running(Twice.class)) {
			fireAfter(server, FIRST.minusSeconds(1));
			fireAfter(server, FIRST.plusSeconds(1));
			assertThat(server.events(JobStarted.class)).extracting(JobStarted::tick).containsExactly(FIRST, SECOND);
		}
	}

	private static void fireAfter(TestServer server, Instant time) {
		server.scheduler().task("run").fireAfter(time);
	}

	static class Once {

		@Scheduled(cron = "0 30 2 * * *", zone = "Europe/Berlin")
		@DistributedScheduled
		void run() {
		}

	}

	static class Twice {

		@Scheduled(cron = "0 30 2 * * *", zone = "Europe/Berlin")
		@DistributedScheduled(repeatedHour = RepeatedHourPolicy.TWICE)
		void run() {
		}

	}

}
