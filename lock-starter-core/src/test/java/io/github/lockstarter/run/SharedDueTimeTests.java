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
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.scheduling.annotation.Scheduled;

import io.github.lockstarter.DistributedScheduled;
import io.github.lockstarter.JobSkipped;
import io.github.lockstarter.JobStarted;
import io.github.lockstarter.SkipReason;
import io.github.lockstarter.fixture.RedisServer;
import io.github.lockstarter.lock.BusyStore;
import io.github.lockstarter.lock.JobLocks;
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
	 * An operator's {@code PERSIST}, or a restore.
	 */
	@ParameterizedTest
	@ValueSource(strings = { "rate", "delay" })
	void aLockThatNeverEndsIsSaidToAndNotAskedForAgain(String method) {
		RedisServer redis = RedisServer.shared();
		String key = TestServer.lockKey("shared-" + method);
		TestServer.state("shared-" + method, "due", "0");
		redis.cli("HSET", key, "somebody:1", "1");
		try (TestServer server = server("one")) {
			int tasks = server.scheduler().tasks().size();
			server.scheduler().fire(method);
			assertThat(server.events(JobSkipped.class)).singleElement().satisfies((skip) -> {
				assertThat(skip.reason()).isEqualTo(SkipReason.LOCK_REFUSED);
				assertThat(skip.detail()).contains("never expires");
			});
			assertThat(server.scheduler().tasks()).hasSize(tasks);
		}
		finally {
			redis.cli("DEL", key);
		}
	}

	/**
	 * Whatever makes Redis say so again and again.
	 */
	@ParameterizedTest
	@ValueSource(strings = { "rate", "delay" })
	void noAnswerIsAskedForAgainWithoutAPause(String method) {
		try (TestServer server = new TestServer("one").firedByHand().with(Hourly.class)) {
			server.context().registerBean("locks", JobLocks.class, BusyStore::locks, (bean) -> bean.setLazyInit(true));
			server.start();
			int tasks = server.scheduler().tasks().size();
			server.scheduler().fire(method);
			assertThat(server.scheduler().tasks()).hasSize(tasks + 1)
				.last()
				.satisfies((again) -> assertThat(again.delay()).isPositive());
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

	/**
	 * The way to say once: the next run would be due when nobody is left.
	 */
	@ParameterizedTest
	@ValueSource(strings = { "delay", "delayInSeconds", "rate", "textInHours", "plainNumber" })
	void anIntervalWithoutAnEndRunsOnceOverAllServers(String method) {
		try (TestServer one = once("one"); TestServer two = once("two")) {
			for (int round = 0; round < 2; round++) {
				one.scheduler().fire(method);
				two.scheduler().fire(method);
			}
			assertThat(one.events(JobStarted.class)).hasSize(1);
			assertThat(one.events(JobSkipped.class)).extracting(JobSkipped::reason).containsExactly(SkipReason.NOT_DUE);
			assertThat(two.events(JobStarted.class)).isEmpty();
			assertThat(two.events(JobSkipped.class)).extracting(JobSkipped::reason)
				.containsExactly(SkipReason.NOT_DUE, SkipReason.NOT_DUE);
		}
	}

	private static TestServer once(String id) {
		return new TestServer(id).firedByHand().onRedis().with(WithoutAnEnd.class).start();
	}

	static class WithoutAnEnd {

		@Scheduled(fixedDelay = Long.MAX_VALUE)
		@DistributedScheduled("once-delay")
		void delay() {
		}

		@Scheduled(fixedDelay = Long.MAX_VALUE, timeUnit = TimeUnit.SECONDS)
		@DistributedScheduled("once-delay-seconds")
		void delayInSeconds() {
		}

		@Scheduled(fixedRate = Long.MAX_VALUE, initialDelay = 1000)
		@DistributedScheduled("once-rate")
		void rate() {
		}

		@Scheduled(fixedDelayString = "PT2562047788015215H")
		@DistributedScheduled("once-text")
		void textInHours() {
		}

		@Scheduled(fixedRateString = "9223372036854775807")
		@DistributedScheduled(name = "once-number", lockAtLeastFor = "1s")
		void plainNumber() {
		}

	}

	/**
	 * The clock of the server is fast, by less and by more than the tolerance, so its own
	 * timer comes before an hour is over, and its next one nearly an hour later.
	 */
	@ParameterizedTest
	@ValueSource(doubles = { 0.999, 0.98 })
	void aDelayOfAnHourOnAFastClockRunsTwentyFourTimesADay(double hour) {
		try (TestServer server = new TestServer("fast").firedByHand().onRedis().with(FastClock.class).start()) {
			assertThat(new Day(server, "fast", hour, true).runs()).isEqualTo(24);
		}
	}

	/**
	 * What the test above is worth.
	 */
	@Test
	void byItsOwnTimerAloneItWouldRunTwelveTimesADay() {
		try (TestServer server = new TestServer("fast").firedByHand().onRedis().with(OwnTimer.class).start()) {
			assertThat(new Day(server, "own-timer", 0.98, false).runs()).isEqualTo(12);
		}
	}

	/**
	 * Twenty-three hours and a half of Redis's time. Time passes by taking it off the due
	 * time: nothing else in the state of the job is compared with it.
	 */
	private static final class Day {

		private static final Duration LENGTH = HOUR.multipliedBy(47).dividedBy(2);

		private final TestServer server;

		private final String job;

		private final double speed;

		private final PriorityQueue<Planned> planned = new PriorityQueue<>(Comparator.comparing(Planned::at));

		private final boolean asksAgain;

		private Duration now = Duration.ZERO;

		/**
		 * Plan a day.
		 * @param speed how much of Redis's time passes in the server's
		 * @param asksAgain whether the server asks when it was told to
		 */
		Day(TestServer server, String job, double speed, boolean asksAgain) {
			this.server = server;
			this.job = job;
			this.speed = speed;
			this.asksAgain = asksAgain;
		}

		int runs() {
			// Whatever another day has left behind
			TestServer.state(this.job, "due", "0");
			ManualTask timer = this.server.scheduler().task("run");
			this.planned.add(new Planned(Duration.ZERO, timer));
			Planned next = this.planned.remove();
			while (next.at().compareTo(LENGTH) < 0) {
				pass(next.at().minus(this.now));
				int tasks = this.server.scheduler().tasks().size();
				next.task().runnable().run();
				List<ManualTask> again = this.server.scheduler().tasks();
				if (this.asksAgain) {
					again.subList(tasks, again.size()).forEach((task) -> plan(task, task.delay()));
				}
				if (next.task() == timer) {
					plan(timer, HOUR);
				}
				next = this.planned.remove();
			}
			return this.server.events(JobStarted.class).size();
		}

		private void plan(ManualTask task, Duration wait) {
			this.planned.add(new Planned(this.now.plusMillis((long) (wait.toMillis() * this.speed)), task));
		}

		private void pass(Duration time) {
			this.now = this.now.plus(time);
			long due = Long.parseLong(TestServer.state(this.job, "due"));
			TestServer.state(this.job, "due", String.valueOf(due - time.toMillis()));
		}

		private record Planned(Duration at, ManualTask task) {

		}

	}

	static class FastClock {

		@Scheduled(fixedDelay = 3_600_000)
		@DistributedScheduled("fast")
		void run() {
		}

	}

	static class OwnTimer {

		@Scheduled(fixedDelay = 3_600_000)
		@DistributedScheduled("own-timer")
		void run() {
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
