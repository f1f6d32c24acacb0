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

import java.time.Duration;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.scheduling.annotation.Scheduled;

import io.github.lockstarter.DistributedScheduled;
import io.github.lockstarter.JobSkipped;
import io.github.lockstarter.JobStarted;
import io.github.lockstarter.SkipReason;
import io.github.lockstarter.schedule.ManualScheduler.ManualTask;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Whoever loses a rate or a delay asks again when the shared time has come, and not one
 * period of its own later: so a gap after a crash or a deploy is no longer than the
 * period, also where that is an hour.
 */
class SharedDueTimeTests {

	private static final Duration HOUR = Duration.ofHours(1);

	@ParameterizedTest
	@ValueSource(strings = { "rate", "delay" })
	void aLoserAsksAgainWhenTheSharedTimeHasCome(String method) {
		try (TestServer one = server("one"); TestServer two = server("two")) {
			one.scheduler().fire(method);
			assertThat(one.events(JobStarted.class)).hasSize(1);
			int tasks = two.scheduler().tasks().size();
			two.scheduler().fire(method);
			assertThat(two.events(JobSkipped.class)).singleElement()
				.extracting(JobSkipped::reason)
				.isEqualTo(SkipReason.NOT_DUE);
			List<ManualTask> scheduled = two.scheduler().tasks();
			assertThat(scheduled).hasSize(tasks + 1);
			// Less what this machine took since, and the head start
			assertThat(scheduled.get(tasks).delay()).isBetween(HOUR.minusMinutes(1), HOUR);
		}
	}

	/**
	 * A job that runs when its application starts does so once per period over all
	 * servers, and not at every start.
	 */
	@Test
	void aServerThatStartsWithinThePeriodDoesNotRun() {
		try (TestServer one = server("one")) {
			one.scheduler().fire("atStart");
			assertThat(one.events(JobStarted.class)).hasSize(1);
		}
		try (TestServer again = server("one, again")) {
			again.scheduler().fire("atStart");
			assertThat(again.events(JobSkipped.class)).singleElement()
				.extracting(JobSkipped::reason)
				.isEqualTo(SkipReason.NOT_DUE);
		}
	}

	private static TestServer server(String id) {
		return new TestServer(id).firedByHand().onRedis().with(Hourly.class).start();
	}

	static class Hourly {

		@Scheduled(fixedRate = 3_600_000)
		@DistributedScheduled("shared-rate")
		void rate() {
		}

		@Scheduled(fixedDelay = 3_600_000)
		@DistributedScheduled("shared-delay")
		void delay() {
		}

		@Scheduled(fixedRate = 3_600_000)
		@DistributedScheduled("shared-at-start")
		void atStart() {
		}

	}

}
