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
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.provider.ValueSource;
import org.junit.jupiter.params.ParameterizedTest;
import reactor.core.publisher.Mono;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Lazy;
import org.springframework.context.annotation.ScopedProxyMode;
import org.springframework.context.annotation.Scope;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.scheduling.annotation.SchedulingConfigurer;
import org.springframework.scheduling.support.CronTrigger;
import org.springframework.scheduling.support.ScheduledMethodRunnable;

import io.github.lockstarter.DistributedScheduled;
import io.github.lockstarter.JobEvent;
import io.github.lockstarter.JobFinished;
import io.github.lockstarter.JobRun;
import io.github.lockstarter.JobRun.Trigger;
import io.github.lockstarter.JobSkipped;
import io.github.lockstarter.schedule.ManualScheduler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

/**
 * A tick belongs to the method that was fired for it, and to no other that is called
 * within the fire.
 */
class FireAddressTests {

	private static final Instant THREE = Instant.parse("2020-01-01T03:00:00Z");

	private static final List<String> calls = new CopyOnWriteArrayList<>();

	@BeforeEach
	void forget() {
		calls.clear();
	}

	@Test
	void aJobThatIsCalledByAnotherScheduledMethodIsCalledByHand() {
		try (TestServer server = new TestServer("one").firedByHand()
			.onRedis()
			.with(Nightly.class, EverySecond.class)
			.start()) {
			server.scheduler().fire("nightly");
			String tick = TestServer.state("nightly", "tick");
			assertThat(tick).isEqualTo(String.valueOf(THREE.toEpochMilli()));
			server.scheduler().fire("everySecond");
			server.scheduler().fire("everySecond");
			assertThat(calls).containsExactly("nightly SCHEDULE", "everySecond", "nightly MANUAL", "unscheduled MANUAL",
					"everySecond", "nightly MANUAL", "unscheduled MANUAL");
			assertThat(TestServer.state("nightly", "tick")).as("the tick of the nightly job").isEqualTo(tick);
			assertThat(server.events(JobSkipped.class)).isEmpty();
			assertThat(server.scheduler().tasks()).as("nothing is fired again").hasSize(2);
		}
	}

	@Test
	void aScheduledMethodThatSubscribesToAJobDoesSoByHand() {
		try (TestServer server = TestServer.running(Reactive.class, Subscribing.class)) {
			server.scheduler().fire("subscribing");
			server.scheduler().fire("reactive");
			await().until(() -> calls.size() >= 2);
			assertThat(calls).containsExactly("reactive MANUAL", "reactive SCHEDULE");
		}
	}

	@Test
	void theTickOfATaskOfCodeIsForEachJobWithoutAScheduleOnce() {
		try (TestServer server = TestServer.running(Nightly.class, Reactive.class, ByCron.class)) {
			task(server, "code").fire();
			assertThat(calls).containsExactlyInAnyOrder("unscheduled SCHEDULE", "other SCHEDULE",
					"switchedOff SCHEDULE", "nightly MANUAL", "reactive MANUAL", "reactiveUnscheduled SCHEDULE");
			assertThat(server.events(JobFinished.class)).filteredOn((event) -> event.trigger() == Trigger.SCHEDULE)
				.hasSize(4)
				.allSatisfy((event) -> assertThat(event.tick()).isEqualTo(THREE));
			assertThat(server.events(JobSkipped.class)).isEmpty();
		}
	}

	@Test
	void whatIsAskedForAgainIsTheJobAndNotTheTaskOfCode() {
		try (TestServer server = TestServer.running(Nightly.class, ByRate.class)) {
			ManualScheduler.ManualTask code = task(server, "code");
			code.fire();
			code.fire();
			assertThat(calls).containsExactly("task", "unscheduled SCHEDULE", "other SCHEDULE", "task");
			assertThat(server.events(JobSkipped.class)).extracting(JobEvent::job, JobSkipped::reason)
				.hasSize(2)
				.doesNotHaveDuplicates();
			List<ManualScheduler.ManualTask> again = server.scheduler()
				.tasks()
				.stream()
				.filter((task) -> task.toString().matches(".*(unscheduled|other)"))
				.toList();
			assertThat(again).hasSize(2);
			calls.clear();
			server.forgetEvents();
			again.forEach(ManualScheduler.ManualTask::fire);
			assertThat(calls).as("not due by the clock of the locks, but asked for").isEmpty();
			assertThat(server.events(JobSkipped.class)).extracting(JobEvent::job)
				.containsExactlyInAnyOrder("unscheduled", "other");
		}
	}

	/**
	 * Its clock is a little ahead, so the tick is asked for again.
	 */
	@Test
	void aRepetitionOfATaskOfCodeHasItsTick() {
		try (TestServer server = TestServer.running(Nightly.class, Soon.class)) {
			ManualScheduler.ManualTask code = task(server, "code");
			code.fireAfter(Instant.now());
			assertThat(calls).containsExactly("task");
			ManualScheduler.ManualTask again = task(server, "unscheduled");
			Instant tick = Soon.tick;
			await().until(() -> !Instant.now().isBefore(tick));
			again.fire();
			assertThat(calls).containsExactly("task", "unscheduled SCHEDULE");
			assertThat(server.events(JobFinished.class)).extracting(JobFinished::tick, JobFinished::trigger)
				.containsExactly(tuple(tick, Trigger.SCHEDULE));
		}
	}

	@Test
	void aBeanThatIsFoundOnlyWhenItIsCalledHasItsTick() {
		try (TestServer server = TestServer.running(Nightly.class, ByLazyProxy.class)) {
			server.scheduler().tasks().get(server.scheduler().tasks().size() - 1).fire();
			assertThat(calls).containsExactly("nightly SCHEDULE");
		}
	}

	/**
	 * The proxy knows the type that was asked for, or the class of another proxy.
	 */
	@ParameterizedTest
	@ValueSource(classes = { ByLazyInterface.class, ByScopedProxy.class })
	void aBeanThatIsKnownByAnotherTypeHasItsTick(Class<?> configuration) {
		try (TestServer server = TestServer.running(ScopedWork.class, configuration)) {
			server.scheduler().tasks().forEach(ManualScheduler.ManualTask::fire);
			assertThat(calls).containsExactly("work SCHEDULE");
		}
	}

	@Test
	void twoBeansOfOneClassHaveEachTheirOwnTick() {
		try (TestServer server = TestServer.running(Twins.class)) {
			server.scheduler().tasks().forEach(ManualScheduler.ManualTask::fire);
			assertThat(server.events(JobFinished.class)).extracting(JobFinished::job, JobFinished::trigger)
				.containsExactly(tuple("west.twin", Trigger.SCHEDULE), tuple("west.twin", Trigger.MANUAL),
						tuple("east.twin", Trigger.SCHEDULE));
		}
	}

	private static ManualScheduler.ManualTask task(TestServer server, String name) {
		return server.scheduler()
			.tasks()
			.stream()
			.filter((task) -> task.toString().endsWith(name))
			.findFirst()
			.orElseThrow();
	}

	private static void called(String name) {
		calls.add(name + " " + JobRun.current().trigger());
	}

	static class Nightly {

		@Scheduled(cron = "0 0 3 * * *", zone = "UTC")
		@DistributedScheduled("nightly")
		public void nightly() {
			called("nightly");
		}

		@Scheduled(cron = "-")
		@DistributedScheduled("switchedOff")
		public void switchedOff() {
			called("switchedOff");
		}

		@DistributedScheduled("unscheduled")
		void unscheduled() {
			called("unscheduled");
		}

		@DistributedScheduled("other")
		void other() {
			called("other");
		}

	}

	static class EverySecond {

		private final Nightly nightly;

		EverySecond(Nightly nightly) {
			this.nightly = nightly;
		}

		@Scheduled(fixedDelay = 1000)
		void everySecond() {
			calls.add("everySecond");
			this.nightly.nightly();
			this.nightly.unscheduled();
		}

	}

	static class Reactive {

		@Scheduled(cron = "0 0 3 * * *", zone = "UTC")
		@DistributedScheduled("reactive")
		Mono<Void> reactive() {
			return Mono.fromRunnable(() -> called("reactive"));
		}

		@DistributedScheduled("reactive-unscheduled")
		Mono<Void> unscheduled() {
			return Mono.fromRunnable(() -> called("reactiveUnscheduled"));
		}

	}

	static class Subscribing {

		private final Reactive reactive;

		Subscribing(Reactive reactive) {
			this.reactive = reactive;
		}

		@Scheduled(fixedDelay = 1000)
		void subscribing() {
			this.reactive.reactive().block();
		}

	}

	/**
	 * A task with a name.
	 *
	 * @param body what it does
	 */
	record Code(Runnable body) implements Runnable {

		@Override
		public void run() {
			this.body.run();
		}

		@Override
		public String toString() {
			return "code";
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class ByCron {

		@Bean
		SchedulingConfigurer code(Nightly jobs, Reactive reactive) {
			return (registrar) -> registrar.addCronTask(new Code(() -> {
				jobs.unscheduled();
				jobs.other();
				jobs.switchedOff();
				jobs.nightly();
				jobs.unscheduled();
				reactive.reactive().block();
				reactive.unscheduled().block();
			}), "0 0 3 * * *");
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class ByRate {

		@Bean
		SchedulingConfigurer code(Nightly jobs) {
			return (registrar) -> registrar.addFixedRateTask(new Code(() -> {
				calls.add("task");
				jobs.unscheduled();
				jobs.other();
			}), Duration.ofHours(1));
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Soon {

		private static volatile Instant tick = Instant.EPOCH;

		@Bean
		SchedulingConfigurer code(Nightly jobs) {
			return (registrar) -> registrar.addTriggerTask(new Code(() -> {
				calls.add("task");
				jobs.unscheduled();
			}), (context) -> {
				tick = Instant.ofEpochMilli(System.currentTimeMillis() + 1000);
				return tick;
			});
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class ByLazyProxy {

		@Bean
		SchedulingConfigurer code(@Lazy Nightly jobs) throws NoSuchMethodException {
			ScheduledMethodRunnable task = new ScheduledMethodRunnable(jobs, "nightly");
			return (registrar) -> registrar.addTriggerTask(task, new CronTrigger("0 0 3 * * *"));
		}

	}

	interface Work {

		void work();

	}

	@Scope(proxyMode = ScopedProxyMode.TARGET_CLASS)
	static class ScopedWork implements Work {

		@Override
		@DistributedScheduled("work")
		public void work() {
			called("work");
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class ByLazyInterface {

		@Bean
		SchedulingConfigurer code(@Lazy Work jobs) throws NoSuchMethodException {
			ScheduledMethodRunnable task = new ScheduledMethodRunnable(jobs, "work");
			return (registrar) -> registrar.addTriggerTask(task, new CronTrigger("0 0 3 * * *"));
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class ByScopedProxy {

		@Bean
		SchedulingConfigurer code(ScopedWork jobs) throws NoSuchMethodException {
			jobs.toString();
			ScheduledMethodRunnable task = new ScheduledMethodRunnable(jobs, "work");
			return (registrar) -> registrar.addTriggerTask(task, new CronTrigger("0 0 3 * * *"));
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Twins {

		@Bean
		Twin west() {
			return new Twin(null);
		}

		@Bean
		Twin east(Twin west) {
			return new Twin(west);
		}

	}

	static class Twin {

		private final @Nullable Twin other;

		Twin(@Nullable Twin other) {
			this.other = other;
		}

		@Scheduled(cron = "0 0 3 * * *", zone = "UTC")
		@DistributedScheduled
		void twin() {
			if (this.other != null) {
				this.other.twin();
			}
		}

	}

}
