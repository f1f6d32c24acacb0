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

import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.scheduling.annotation.Scheduled;

import io.github.lockstarter.DistributedScheduled;
import io.github.lockstarter.JobStarted;
import io.github.lockstarter.lock.Flaw;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Equal servers get equal shares: of two, none has more than 60 % of the ticks. Chance
 * has a seed, so the shares are the same each time.
 */
class SpreadTests {

	private static final int TICKS = 400;

	@ParameterizedTest
	@ValueSource(longs = { 1, 2 })
	void twoServersShareTheTicksOfCronJobs(long seed) {
		assertShared(seed, TenCronJobs.class);
	}

	@ParameterizedTest
	@ValueSource(longs = { 1, 2 })
	void twoServersShareTheRunsOfRatesAndDelays(long seed) {
		assertShared(seed, RatesAndDelays.class);
	}

	private static void assertShared(long seed, Class<?> jobs) {
		try (VirtualServers world = new VirtualServers(seed, Flaw.NONE)) {
			VirtualServers.Server one = world.server("one").start(jobs);
			VirtualServers.Server two = world.server("two").start(jobs);
			// The first tick of each job says nothing: nobody knows yet that it is one
			world.until(() -> runs(one) + runs(two) >= 20);
			one.events().clear();
			two.events().clear();
			world.until(() -> runs(one) + runs(two) >= TICKS);
			int shareOfOne = runs(one);
			int all = shareOfOne + runs(two);
			assertThat(shareOfOne).as("of %d runs, by job: %s and %s", all, byJob(one), byJob(two))
				.isBetween(all * 40 / 100, all * 60 / 100);
		}
	}

	private static int runs(VirtualServers.Server server) {
		return server.events().of(JobStarted.class).size();
	}

	private static Map<String, Long> byJob(VirtualServers.Server server) {
		return server.events()
			.of(JobStarted.class)
			.stream()
			.collect(Collectors.groupingBy(JobStarted::job, TreeMap::new, Collectors.counting()));
	}

	static class TenCronJobs {

		@Scheduled(cron = "* * * * * *")
		@DistributedScheduled("cron-0")
		void zero() {
		}

		@Scheduled(cron = "* * * * * *")
		@DistributedScheduled("cron-1")
		void one() {
		}

		@Scheduled(cron = "* * * * * *")
		@DistributedScheduled("cron-2")
		void two() {
		}

		@Scheduled(cron = "* * * * * *")
		@DistributedScheduled("cron-3")
		void three() {
		}

		@Scheduled(cron = "* * * * * *")
		@DistributedScheduled("cron-4")
		void four() {
		}

		@Scheduled(cron = "* * * * * *")
		@DistributedScheduled("cron-5")
		void five() {
		}

		@Scheduled(cron = "* * * * * *")
		@DistributedScheduled("cron-6")
		void six() {
		}

		@Scheduled(cron = "* * * * * *")
		@DistributedScheduled("cron-7")
		void seven() {
		}

		@Scheduled(cron = "* * * * * *")
		@DistributedScheduled("cron-8")
		void eight() {
		}

		@Scheduled(cron = "* * * * * *")
		@DistributedScheduled("cron-9")
		void nine() {
		}

	}

	static class RatesAndDelays {

		@Scheduled(fixedRate = 500)
		@DistributedScheduled("rate-0")
		void zero() {
		}

		@Scheduled(fixedRate = 500)
		@DistributedScheduled("rate-1")
		void one() {
		}

		@Scheduled(fixedRate = 500)
		@DistributedScheduled("rate-2")
		void two() {
		}

		@Scheduled(fixedDelay = 500)
		@DistributedScheduled("delay-0")
		void three() {
		}

		@Scheduled(fixedDelay = 500)
		@DistributedScheduled("delay-1")
		void four() {
		}

		@Scheduled(fixedDelay = 500)
		@DistributedScheduled("delay-2")
		void five() {
		}

	}

}
