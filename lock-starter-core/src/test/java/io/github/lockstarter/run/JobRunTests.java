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
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.scheduling.annotation.SchedulingConfigurer;
import org.springframework.scheduling.support.CronTrigger;

import io.github.lockstarter.DistributedScheduled;
import io.github.lockstarter.JobRun;
import io.github.lockstarter.JobRun.Trigger;
import io.github.lockstarter.JobSkipped;
import io.github.lockstarter.JobStarted;
import io.github.lockstarter.SkipReason;
import io.github.lockstarter.schedule.ManualScheduler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * What a run knows of itself, and which tick a call is.
 */
class JobRunTests {

	private static final Instant FIRST = Instant.parse("2020-01-01T03:00:00Z");

	private static final List<Seen> seen = new ArrayList<>();

	@BeforeEach
	void forget() {
		seen.clear();
	}

	@Test
	void currentTellsNameTickTokenServerAndTrigger() {
		try (TestServer server = TestServer.running(Nightly.class)) {
			server.scheduler().fire();
			server.scheduler().fire();
		}
		assertThat(seen).extracting(Seen::job).containsExactly("settlement", "settlement");
		assertThat(seen).extracting(Seen::tick).containsExactly(FIRST, FIRST.plus(Duration.ofDays(1)));
		assertThat(seen).extracting(Seen::server).containsOnly("server-1");
		assertThat(seen).extracting(Seen::trigger).containsOnly(Trigger.SCHEDULE);
		assertThat(seen).extracting(Seen::held).containsOnly(true);
		assertThat(seen.get(0).token()).isPositive();
		assertThat(seen.get(1).token()).isGreaterThan(seen.get(0).token());
	}

	@Test
	void outsideOfAJobThereIsNone() {
		try (TestServer server = TestServer.running(Nightly.class)) {
			server.scheduler().fire();
			assertThat(seen).hasSize(1);
			assertThatIllegalStateException().isThrownBy(JobRun::current)
				.withMessageContaining(Thread.currentThread().getName())
				.withMessageContaining("@DistributedScheduled");
		}
	}

	@Test
	void aCallByHandIsManual() {
		Instant before = Instant.now().minusSeconds(1);
		try (TestServer server = TestServer.running(Nightly.class)) {
			server.bean(Nightly.class).run();
			server.scheduler().fire();
			server.bean(Nightly.class).run();
		}
		assertThat(seen).extracting(Seen::trigger).containsExactly(Trigger.MANUAL, Trigger.SCHEDULE, Trigger.MANUAL);
		assertThat(seen.get(0).tick()).isBetween(before, Instant.now());
		assertThat(seen.get(1).tick()).isEqualTo(FIRST);
		assertThat(seen.get(2).tick()).isBetween(before, Instant.now());
	}

	/**
	 * The scheduler knows no tick that servers share, and neither do we.
	 */
	@Test
	void aTaskOnTheSchedulerItselfIsACallByHand() {
		try (TestServer server = TestServer.running(Nightly.class)) {
			Nightly job = server.bean(Nightly.class);
			server.scheduler().schedule(job::run, ManualScheduler.START.plusSeconds(1));
			List<ManualScheduler.ManualTask> tasks = server.scheduler().tasks();
			tasks.get(tasks.size() - 1).fire();
			assertThat(server.await(JobStarted.class).trigger()).isEqualTo(Trigger.MANUAL);
		}
	}

	static class Nightly {

		@Scheduled(cron = "0 0 3 * * *", zone = "UTC")
		@DistributedScheduled("settlement")
		void run() {
			see();
		}

	}

	@Test
	void theTickOfAnIntervalIsItsDueTime() {
		Instant before = Instant.now().minusSeconds(1);
		try (TestServer server = TestServer.running(Hourly.class)) {
			server.scheduler().fire();
			server.scheduler().fire();
			assertThat(seen).singleElement().satisfies((run) -> {
				assertThat(run.trigger()).isEqualTo(Trigger.SCHEDULE);
				assertThat(run.tick()).isBetween(before, Instant.now());
			});
			assertThat(server.events(JobSkipped.class)).singleElement().satisfies((skip) -> {
				assertThat(skip.reason()).isEqualTo(SkipReason.NOT_DUE);
				assertThat(skip.tick()).isNull();
			});
			assertThat(server.scheduler().tasks()).as("asks again when it is due").hasSize(2);
		}
	}

	static class Hourly {

		@Scheduled(fixedRate = 3_600_000)
		@DistributedScheduled
		void run() {
			see();
		}

	}

	@Test
	void aJobThatIsCalledByAJobDoesNotInheritItsTick() {
		try (TestServer server = TestServer.running(Outer.class, Inner.class)) {
			server.scheduler().fire();
			server.scheduler().fire();
		}
		assertThat(seen).extracting(Seen::job)
			.containsExactly("outer.run", "inner", "outer.run", "outer.run", "inner", "outer.run");
		assertThat(seen).extracting(Seen::trigger)
			.containsExactly(Trigger.SCHEDULE, Trigger.MANUAL, Trigger.SCHEDULE, Trigger.SCHEDULE, Trigger.MANUAL,
					Trigger.SCHEDULE);
		assertThat(seen.get(2)).as("back in the outer run").isEqualTo(seen.get(0));
		assertThat(seen.get(1).tick()).isNotEqualTo(FIRST);
	}

	static class Outer {

		private final Inner inner;

		Outer(Inner inner) {
			this.inner = inner;
		}

		@Scheduled(cron = "0 0 3 * * *", zone = "UTC")
		@DistributedScheduled("outer.run")
		void run() {
			see();
			this.inner.run();
			see();
		}

	}

	static class Inner {

		@Scheduled(cron = "-")
		@DistributedScheduled("inner")
		void run() {
			see();
		}

	}

	@Test
	void aJobThatCallsItselfIsRefused() {
		try (TestServer server = TestServer.running(Recursive.class)) {
			server.scheduler().fire();
			assertThat(seen).hasSize(1);
			assertThat(server.events(JobSkipped.class)).singleElement().satisfies((skip) -> {
				assertThat(skip.reason()).isEqualTo(SkipReason.STILL_RUNNING);
				assertThat(skip.holder()).isEqualTo("server-1");
				assertThat(skip.since()).isNotNull();
				assertThat(skip.tick()).isNull();
			});
			server.scheduler().fire();
			assertThat(seen).as("the lock was released all the same").hasSize(2);
		}
	}

	static class Recursive {

		private final ObjectProvider<Recursive> self;

		Recursive(ObjectProvider<Recursive> self) {
			this.self = self;
		}

		@Scheduled(cron = "0 0 3 * * *", zone = "UTC")
		@DistributedScheduled
		void run() {
			see();
			this.self.getObject().run();
		}

	}

	/**
	 * As a retry does: it is no new tick.
	 */
	@Test
	void aSecondCallWithinOneFireIsTheSameTick() {
		try (TestServer server = TestServer.running(Twice.class, Unscheduled.class)) {
			server.scheduler().fire();
			assertThat(seen).singleElement().satisfies((run) -> {
				assertThat(run.tick()).isEqualTo(FIRST);
				assertThat(run.trigger()).isEqualTo(Trigger.SCHEDULE);
			});
			assertThat(server.events(JobSkipped.class)).as("the tick was run").isEmpty();
			server.bean(Unscheduled.class).run();
			assertThat(seen).last().extracting(Seen::trigger).isEqualTo(Trigger.MANUAL);
		}
	}

	@Configuration(proxyBeanMethods = false)
	static class Twice {

		@Bean
		SchedulingConfigurer twice(Unscheduled job) {
			return (registrar) -> registrar.addTriggerTask(() -> {
				job.run();
				job.run();
			}, new CronTrigger("0 0 3 * * *", ZoneOffset.UTC));
		}

	}

	static class Unscheduled {

		@DistributedScheduled
		void run() {
			see();
		}

	}

	/**
	 * Not wrapped, its ticks would run as calls by hand, on every server.
	 */
	@Test
	void aSchedulerThatALaterConfigurerChoosesFiresTicksToo() {
		try (TestServer server = new TestServer("server-1").firedByHand()
			.with(Nightly.class, OwnScheduler.class)
			.start()) {
			server.context().getBean("ownScheduler", ManualScheduler.class).fire();
			assertThat(server.events(JobStarted.class)).singleElement().satisfies((started) -> {
				assertThat(started.trigger()).isEqualTo(Trigger.SCHEDULE);
				assertThat(started.tick()).isEqualTo(FIRST);
			});
		}
	}

	/**
	 * The way the reference manual shows it. Its beans are registered after those of what
	 * it imports.
	 */
	@Configuration(proxyBeanMethods = false)
	@Import(DistributedSchedulingConfiguration.class)
	static class OwnScheduler {

		@Bean
		ManualScheduler ownScheduler() {
			return new ManualScheduler();
		}

		@Bean
		SchedulingConfigurer ownConfigurer(ManualScheduler ownScheduler) {
			return (registrar) -> registrar.setTaskScheduler(ownScheduler);
		}

	}

	private static void see() {
		JobRun run = JobRun.current();
		run.assertLockHeld();
		seen.add(new Seen(run.name(), run.tick(), run.token(), run.server(), run.trigger(), run.isLockHeld()));
	}

	record Seen(String job, Instant tick, long token, String server, Trigger trigger, boolean held) {

	}

}
