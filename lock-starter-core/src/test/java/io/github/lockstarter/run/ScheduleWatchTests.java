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

import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.Test;

import org.springframework.core.env.MapPropertySource;
import org.springframework.scheduling.annotation.Scheduled;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import org.slf4j.LoggerFactory;

import io.github.lockstarter.DistributedScheduled;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Servers that disagree on the schedule of a job say so.
 */
class ScheduleWatchTests {

	@Test
	void anotherZoneIsOneWarningWhoeverRanLast() {
		ListAppender<ILoggingEvent> log = new ListAppender<>();
		Logger logger = (Logger) LoggerFactory.getLogger("io.github.lockstarter.lock.ScheduleWatch");
		log.start();
		logger.addAppender(log);
		try (TestServer berlin = server("one", "Europe/Berlin"); TestServer seoul = server("two", "Asia/Seoul")) {
			berlin.scheduler().fire("cron");
			assertThat(log.list).isEmpty();
			seoul.scheduler().fire("cron");
			assertThat(lines(log)).singleElement()
				.asString()
				.contains("The schedule of schedule-cron is '0 0 3 * * * Asia/Seoul' here, but "
						+ "'0 0 3 * * * Europe/Berlin' on one, which ran it last", "set the zone");
			seoul.scheduler().fire("cron");
			berlin.scheduler().fire("cron");
			assertThat(lines(log)).hasSize(2).last().asString().contains("Asia/Seoul' on two");
			for (int i = 0; i < 3; i++) {
				seoul.scheduler().fire("cron");
				berlin.scheduler().fire("cron");
			}
			assertThat(lines(log)).as("one of each server").hasSize(2);
		}
		finally {
			logger.detachAppender(log);
		}
	}

	@Test
	void intervalsAreComparedToo() {
		ListAppender<ILoggingEvent> log = new ListAppender<>();
		Logger logger = (Logger) LoggerFactory.getLogger("io.github.lockstarter.lock.ScheduleWatch");
		log.start();
		logger.addAppender(log);
		try (TestServer one = server("one", "UTC"); TestServer two = server("two", "Asia/Seoul")) {
			one.scheduler().fire("rate");
			two.scheduler().fire("rate");
			assertThat(log.list).isEmpty();
			one.scheduler().fire("delay");
			two.scheduler().fire("delay");
			assertThat(lines(log)).singleElement()
				.asString()
				.contains("'2h after the last end' here, but '1h after the last end' on one");
		}
		finally {
			logger.detachAppender(log);
		}
	}

	/**
	 * As the default zones of two images may be, and the settings of two deployments.
	 */
	@Test
	void schedulesThatMeanTheSameAreTheSame() throws ClassNotFoundException {
		try (LogCapture log = new LogCapture(Class.forName("io.github.lockstarter.lock.ScheduleWatch"));
				TestServer one = spelled("one", Map.of("cron", "0 0 0 * * MON", "zone", "Etc/UTC", "rate", "60000"));
				TestServer two = spelled("two", Map.of("cron", "0  0 0 ? * 1", "zone", "GMT", "rate", "PT1M"));
				TestServer three = spelled("three", Map.of("cron", "0 0 0 * * mon", "zone", "", "rate", "1m"))) {
			for (TestServer server : List.of(one, two, three, one)) {
				server.scheduler().fire("cron");
				server.scheduler().fire("rate");
			}
			assertThat(TestServer.state("spelled-cron", "schedule")).isEqualTo("0 0 0 * * MON UTC");
			assertThat(TestServer.state("spelled-rate", "schedule")).isEqualTo("every 1m");
			TestServer.state("spelled-cron", "schedule", "0 0 0 * * 1 Zulu");
			TestServer.state("spelled-rate", "schedule", "fixed rate of 60000 milliseconds");
			one.scheduler().fire("cron");
			two.scheduler().fire("rate");
			assertThat(log.lines()).isEmpty();
		}
	}

	private static TestServer spelled(String id, Map<String, Object> properties) {
		TestServer server = new TestServer(id).firedByHand().onRedis().with(Spelled.class);
		server.context().getEnvironment().getPropertySources().addFirst(new MapPropertySource("test", properties));
		return server.start();
	}

	static class Spelled {

		@Scheduled(cron = "${cron}", zone = "${zone}")
		@DistributedScheduled("spelled-cron")
		void cron() {
		}

		@Scheduled(fixedRateString = "${rate}")
		@DistributedScheduled("spelled-rate")
		void rate() {
		}

	}

	private static List<String> lines(ListAppender<ILoggingEvent> log) {
		return log.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
	}

	private static TestServer server(String id, String zone) {
		TestServer server = new TestServer(id).firedByHand().onRedis().with(Jobs.class);
		server.context()
			.getEnvironment()
			.getPropertySources()
			.addFirst(
					new MapPropertySource("test", Map.of("zone", zone, "delay", zone.equals("UTC") ? "PT1H" : "PT2H")));
		return server.start();
	}

	static class Jobs {

		@Scheduled(cron = "0 0 3 * * *", zone = "${zone}")
		@DistributedScheduled("schedule-cron")
		void cron() {
		}

		@Scheduled(fixedRate = 3_600_000)
		@DistributedScheduled("schedule-rate")
		void rate() {
		}

		@Scheduled(fixedDelayString = "${delay}")
		@DistributedScheduled("schedule-delay")
		void delay() {
		}

	}

}
