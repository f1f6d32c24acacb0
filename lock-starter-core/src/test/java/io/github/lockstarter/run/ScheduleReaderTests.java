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

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import org.junit.jupiter.api.Test;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.support.PropertySourcesPlaceholderConfigurer;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.scheduling.concurrent.SimpleAsyncTaskScheduler;
import org.springframework.scheduling.concurrent.ThreadPoolTaskScheduler;
import org.springframework.scheduling.config.CronTask;
import org.springframework.scheduling.config.IntervalTask;
import org.springframework.scheduling.config.ScheduledTask;
import org.springframework.scheduling.config.ScheduledTaskHolder;

import io.github.lockstarter.DistributedScheduled;
import io.github.lockstarter.InvalidJobException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

/**
 * What the library knows of a schedule is what Spring does.
 */
class ScheduleReaderTests {

	/**
	 * The clock of the scheduler that a schedule names, and of the one that is taken
	 * where it names none.
	 */
	@Test
	void aCronExpressionWithoutAZoneIsInThatOfItsScheduler() {
		try (TestServer server = new TestServer("one").with(Schedulers.class, Nightly.class).start()) {
			Instant now = Instant.now();
			Map<String, String> zones = Map.of("seoul", "Asia/Seoul", "tokyo", "Asia/Tokyo", "berlin", "Europe/Berlin");
			zones.forEach((job, zone) -> {
				LocalJobs.LocalJob local = job(server, job);
				assertThat(local.schedule()).isEqualTo("0 0 3 * * * " + zone);
				assertThat(local.timetable().next(now).atZone(ZoneId.of(zone)).getHour()).isEqualTo(3);
			});
			assertThat(server.bean(ScheduledTaskHolder.class).getScheduledTasks()).hasSize(3)
				.allSatisfy((task) -> assertThat(job(server, method(task.toString())).timetable().next(now))
					.isCloseTo(task.nextExecution(), within(2, ChronoUnit.SECONDS)));
		}
	}

	private static String method(String task) {
		return task.substring(task.lastIndexOf('.') + 1);
	}

	private static LocalJobs.LocalJob job(TestServer server, String name) {
		return server.bean(LocalJobs.class)
			.all()
			.stream()
			.filter((job) -> job.name().equals(name))
			.findFirst()
			.orElseThrow();
	}

	static class Nightly {

		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled("seoul")
		void seoul() {
		}

		@Scheduled(cron = "0 0 3 * * *", scheduler = "${no.such.property:tokyoScheduler}")
		@DistributedScheduled("tokyo")
		void tokyo() {
		}

		@Scheduled(cron = "0 0 3 * * *", zone = "Europe/Berlin", scheduler = "tokyoScheduler")
		@DistributedScheduled("berlin")
		void berlin() {
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Schedulers {

		@Bean
		ThreadPoolTaskScheduler taskScheduler() {
			ThreadPoolTaskScheduler scheduler = new ThreadPoolTaskScheduler();
			scheduler.setClock(Clock.system(ZoneId.of("Asia/Seoul")));
			return scheduler;
		}

		@Bean(defaultCandidate = false)
		SimpleAsyncTaskScheduler tokyoScheduler() {
			SimpleAsyncTaskScheduler scheduler = new SimpleAsyncTaskScheduler();
			scheduler.setClock(Clock.system(ZoneId.of("Asia/Tokyo")));
			return scheduler;
		}

	}

	@Test
	void eachExpressionIsReadOnceAndAnIntervalIsWhatSpringHasScheduled() {
		try (TestServer server = TestServer.running(Counter.class, Counted.class)) {
			// By Spring, and by the library
			assertThat(server.bean(Counter.class).read).hasValue(4);
			IntervalTask rate = server.bean(ScheduledTaskHolder.class)
				.getScheduledTasks()
				.stream()
				.map(ScheduledTask::getTask)
				.filter(IntervalTask.class::isInstance)
				.map(IntervalTask.class::cast)
				.findFirst()
				.orElseThrow();
			assertThat(job(server, "counted-rate").timetable().intervals()).singleElement()
				.satisfies((interval) -> assertThat(interval.interval()).isEqualTo(rate.getIntervalDuration()));
		}
	}

	/**
	 * Such as one with a random minute.
	 */
	@Test
	void aCronExpressionIsWhatSpringHasScheduled() {
		try (TestServer server = TestServer.running(Counter.class, CountedCrons.class)) {
			List<String> scheduled = server.bean(ScheduledTaskHolder.class)
				.getScheduledTasks()
				.stream()
				.map((task) -> ((CronTask) task.getTask()).getExpression())
				.toList();
			LocalJobs.LocalJob job = job(server, "counted-crons");
			assertThat(scheduled).hasSize(2).doesNotContain("1 0 3 * * *");
			assertThat(job.schedule()).contains(scheduled.get(0) + " UTC", scheduled.get(1) + " Asia/Tokyo");
			int second = Integer.parseInt(scheduled.get(0).substring(0, 1));
			assertThat(job.timetable().next(Instant.parse("2026-01-01T02:59:00Z")))
				.isEqualTo(Instant.parse("2026-01-01T03:00:00Z").plusSeconds(second));
		}
	}

	static class CountedCrons {

		@Scheduled(cron = "#{@'scheduleReaderTests.Counter'.cron()}", zone = "UTC")
		@Scheduled(cron = "#{@'scheduleReaderTests.Counter'.cron()}", zone = "Asia/Tokyo")
		@DistributedScheduled("counted-crons")
		void run() {
		}

	}

	static class Counter {

		private final AtomicInteger read = new AtomicInteger();

		public String cron() {
			return this.read.incrementAndGet() + " 0 3 * * *";
		}

		public long rate() {
			return 60_000 * this.read.incrementAndGet();
		}

	}

	static class Counted {

		@Scheduled(cron = "#{@'scheduleReaderTests.Counter'.cron()}")
		@DistributedScheduled("counted-cron")
		void cron() {
		}

		@Scheduled(fixedRateString = "#{@'scheduleReaderTests.Counter'.rate()}")
		@DistributedScheduled("counted-rate")
		void rate() {
		}

	}

	@Test
	void whatCannotBeReadIsSaidWithItsPlace() {
		assertThatThrownBy(() -> TestServer.running(PropertySourcesPlaceholderConfigurer.class, NoSuchCron.class))
			.cause()
			.isInstanceOf(InvalidJobException.class)
			.hasMessageContaining("The attribute 'cron' of @Scheduled on " + NoSuchCron.class.getName()
					+ ".run() of bean 'scheduleReaderTests.NoSuchCron' cannot be read: \"${no.such.cron}\". "
					+ "Could not resolve placeholder 'no.such.cron'")
			.hasMessageContaining("${name:value}");
	}

	static class NoSuchCron {

		@Scheduled(cron = "${no.such.cron}")
		@DistributedScheduled
		void run() {
		}

	}

	@Test
	void anIntervalIsReadInItsUnit() {
		try (TestServer server = TestServer.running(Intervals.class)) {
			assertThat(job(server, "days").schedule()).isEqualTo("every 1d");
			assertThat(job(server, "text").schedule()).isEqualTo("10s after the last end");
			assertThat(job(server, "once").schedule()).isEqualTo("once after each start");
			assertThat(job(server, "off").schedule()).isNull();
			assertThat(job(server, "days").timetable().intervals()).singleElement()
				.satisfies((interval) -> assertThat(interval.initialDelay()).isEqualTo(Duration.ofDays(2)));
		}
	}

	static class Intervals {

		@Scheduled(fixedRate = 1, initialDelay = 2, timeUnit = TimeUnit.DAYS)
		@DistributedScheduled("days")
		void days() {
		}

		@Scheduled(fixedDelayString = "PT10S")
		@DistributedScheduled("text")
		void text() {
		}

		@Scheduled(initialDelay = 1)
		@DistributedScheduled("once")
		void once() {
		}

		@Scheduled(cron = "-")
		@DistributedScheduled("off")
		void off() {
		}

	}

}
