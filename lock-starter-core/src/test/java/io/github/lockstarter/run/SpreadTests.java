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
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.scheduling.concurrent.ThreadPoolTaskScheduler;

import io.github.lockstarter.DistributedScheduled;
import io.github.lockstarter.JobStarted;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Equal servers get equal shares: of two, none has more than 65 % of the ticks.
 */
class SpreadTests {

	private static final int TICKS = 100;

	@Test
	void twoServersShareTheTicksOfCronJobs() {
		assertShared(TenCronJobs.class);
	}

	@Test
	void twoServersShareTheRunsOfRatesAndDelays() {
		assertShared(RatesAndDelays.class);
	}

	private static void assertShared(Class<?> jobs) {
		try (TestServer one = server("one", jobs); TestServer two = server("two", jobs)) {
			// The first tick of each job says nothing: nobody knows yet that it is one
			Awaitility.await().until(() -> runs(one) + runs(two) >= 20);
			one.forgetEvents();
			two.forgetEvents();
			Awaitility.await().atMost(Duration.ofMinutes(1)).until(() -> runs(one) + runs(two) >= TICKS);
			int shareOfOne = runs(one);
			int all = shareOfOne + runs(two);
			assertThat(shareOfOne).as("of %d runs, by job: %s and %s", all, byJob(one), byJob(two))
				.isBetween(all * 35 / 100, all * 65 / 100);
		}
	}

	private static int runs(TestServer server) {
		return server.events(JobStarted.class).size();
	}

	private static Map<String, Long> byJob(TestServer server) {
		return server.events(JobStarted.class)
			.stream()
			.collect(Collectors.groupingBy(JobStarted::job, TreeMap::new, Collectors.counting()));
	}

	private static TestServer server(String id, Class<?> jobs) {
		return new TestServer(id).onRedis().with(Pool.class, jobs).start();
	}

	@Configuration(proxyBeanMethods = false)
	static class Pool {

		@Bean
		ThreadPoolTaskScheduler taskScheduler() {
			ThreadPoolTaskScheduler scheduler = new ThreadPoolTaskScheduler();
			scheduler.setPoolSize(10);
			return scheduler;
		}

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
