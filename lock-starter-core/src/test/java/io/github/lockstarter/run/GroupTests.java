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
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.scheduling.concurrent.ThreadPoolTaskScheduler;

import io.github.lockstarter.DistributedScheduled;
import io.github.lockstarter.JobFinished;
import io.github.lockstarter.JobRun;
import io.github.lockstarter.JobStarted;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Jobs of one group never run at the same time, and none loses a tick because of another.
 */
class GroupTests {

	private static final AtomicInteger inside = new AtomicInteger();

	private static final AtomicInteger most = new AtomicInteger();

	@Test
	void jobsOfAGroupTakeTurnsOverAllServers() {
		try (TestServer one = server("one"); TestServer two = server("two")) {
			await().until(() -> finished(one, two, "group-first").size() >= 3
					&& finished(one, two, "group-second").size() >= 3);
			assertThat(most).as("runs at the same time").hasValue(1);
			for (String job : new String[] { "group-first", "group-second" }) {
				List<Instant> ticks = started(one, two, job);
				assertThat(ticks).as("ticks of " + job).doesNotHaveDuplicates();
				// Two seconds are enough for both, also on a busy machine
				assertThat(ticks).isSubsetOf(
						Stream.iterate(ticks.get(0), (tick) -> tick.plusSeconds(2)).limit(ticks.size()).toList());
			}
		}
	}

	private static List<JobFinished> finished(TestServer one, TestServer two, String job) {
		return Stream.of(one, two)
			.flatMap((server) -> server.events(JobFinished.class).stream())
			.filter((event) -> event.job().equals(job))
			.toList();
	}

	private static List<Instant> started(TestServer one, TestServer two, String job) {
		List<Instant> ticks = new ArrayList<>();
		for (TestServer server : new TestServer[] { one, two }) {
			server.events(JobStarted.class)
				.stream()
				.filter((event) -> event.job().equals(job))
				.map(JobStarted::tick)
				.forEach(ticks::add);
		}
		ticks.sort(null);
		return ticks;
	}

	private static TestServer server(String id) {
		return new TestServer(id).onRedis().with(Pool.class, Jobs.class).start();
	}

	@Configuration(proxyBeanMethods = false)
	static class Pool {

		@Bean
		ThreadPoolTaskScheduler taskScheduler() {
			ThreadPoolTaskScheduler scheduler = new ThreadPoolTaskScheduler();
			scheduler.setPoolSize(4);
			return scheduler;
		}

	}

	static class Jobs {

		@Scheduled(cron = "0/2 * * * * *")
		@DistributedScheduled(name = "group-first", group = "turns")
		void first() throws InterruptedException {
			work();
		}

		@Scheduled(cron = "0/2 * * * * *")
		@DistributedScheduled(name = "group-second", group = "turns")
		void second() throws InterruptedException {
			work();
		}

		private static void work() throws InterruptedException {
			int now = inside.incrementAndGet();
			most.accumulateAndGet(now, Math::max);
			// As long as a job takes, so that the other one meets it
			assertThat(new CountDownLatch(1).await(200, TimeUnit.MILLISECONDS)).isFalse();
			JobRun.current().assertLockHeld();
			inside.decrementAndGet();
		}

	}

}
