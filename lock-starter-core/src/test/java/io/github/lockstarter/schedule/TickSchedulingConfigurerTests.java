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
package io.github.lockstarter.schedule;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.beans.factory.DisposableBean;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.scheduling.TaskScheduler;
import org.springframework.scheduling.annotation.EnableScheduling;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.scheduling.annotation.SchedulingConfigurer;
import org.springframework.scheduling.concurrent.ThreadPoolTaskScheduler;
import org.springframework.scheduling.config.ScheduledTaskHolder;
import org.springframework.scheduling.config.ScheduledTaskRegistrar;
import org.springframework.scheduling.support.PeriodicTrigger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Every way in which a Spring application schedules a method hands it its tick.
 */
class TickSchedulingConfigurerTests {

	private static final List<String> seen = Collections.synchronizedList(new ArrayList<>());

	@Test
	void aCronMethodSeesTheTimesOfItsExpressionInItsZone() {
		try (Application application = start(Cron.class)) {
			application.scheduler.fire();
			application.scheduler.fire();
			assertThat(seen).containsExactly("Nominal[at=2020-01-01T18:00:00Z]", "Nominal[at=2020-01-02T18:00:00Z]");
		}
	}

	static class Cron {

		@Scheduled(cron = "0 0 3 * * *", zone = "Asia/Seoul")
		void run() {
			see();
		}

	}

	@Test
	void eachOfSeveralSchedulesOfAMethodHasATickOfItsOwn() {
		try (Application application = start(Several.class)) {
			application.scheduler.tasks().forEach(ManualScheduler.ManualTask::fire);
			assertThat(seen).containsExactlyInAnyOrder("Nominal[at=2020-01-01T03:00:00Z]",
					"Nominal[at=2020-01-01T04:00:00Z]", "Rate[interval=PT1M]", "Rate[interval=PT2M]",
					"Delay[interval=PT1M]");
		}
	}

	static class Several {

		@Scheduled(cron = "0 0 3 * * *", zone = "UTC")
		@Scheduled(cron = "0 0 4 * * *", zone = "UTC")
		@Scheduled(fixedRate = 60_000)
		@Scheduled(fixedRateString = "PT2M", initialDelay = 5000)
		@Scheduled(fixedDelay = 60_000)
		void run() {
			see();
		}

	}

	@Test
	void everyFormOfARateOrADelayIsAnInterval() {
		try (Application application = start(Forms.class)) {
			application.scheduler.tasks().forEach(ManualScheduler.ManualTask::fire);
			assertThat(seen).containsExactlyInAnyOrder("Rate[interval=PT1S]", "Rate[interval=PT2M]",
					"Rate[interval=PT3S]", "Rate[interval=PT1H]", "Delay[interval=PT4S]", "Delay[interval=PT5M]",
					"Delay[interval=PT6S]", "Delay[interval=PT24H]");
		}
	}

	static class Forms {

		@Scheduled(fixedRate = 1000)
		@Scheduled(fixedRate = 2, timeUnit = TimeUnit.MINUTES, initialDelay = 1)
		@Scheduled(fixedRateString = "3s")
		@Scheduled(fixedRateString = "PT1H", initialDelayString = "PT1M")
		@Scheduled(fixedDelay = 4000)
		@Scheduled(fixedDelay = 5, timeUnit = TimeUnit.MINUTES)
		@Scheduled(fixedDelayString = "${no.such.property:6000}")
		@Scheduled(fixedDelayString = "1", timeUnit = TimeUnit.DAYS)
		void run() {
			see();
		}

	}

	@Test
	void aMacroIsAnExpressionAndADashIsNone() {
		try (Application application = start(Macros.class)) {
			application.scheduler.tasks().forEach(ManualScheduler.ManualTask::fire);
			assertThat(seen).containsExactlyInAnyOrder("Nominal[at=2020-01-01T01:00:00Z]",
					"Nominal[at=2020-01-02T00:00:00Z]");
		}
	}

	static class Macros {

		@Scheduled(cron = "@hourly", zone = "UTC")
		@Scheduled(cron = "@daily", zone = "UTC")
		@Scheduled(cron = "-")
		@Scheduled(cron = "${no.such.property:-}")
		void run() {
			see();
		}

	}

	@Test
	void aQualifierStillChoosesTheScheduler() {
		try (Application application = start(Qualified.class, OtherScheduler.class)) {
			ManualScheduler other = application.context.getBean("batchScheduler", ManualScheduler.class);
			assertThat(application.scheduler.tasks()).hasSize(1);
			assertThat(other.tasks()).hasSize(2);
			other.tasks().forEach(ManualScheduler.ManualTask::fire);
			assertThat(seen).containsExactlyInAnyOrder("Nominal[at=2020-01-01T03:00:00Z]", "Rate[interval=PT1M]");
			application.scheduler.fire();
			assertThat(seen).hasSize(3).last().isEqualTo("Nominal[at=2020-01-01T04:00:00Z]");
		}
	}

	static class Qualified {

		@Scheduled(cron = "0 0 3 * * *", zone = "UTC", scheduler = "batchScheduler")
		@Scheduled(fixedRate = 60_000, scheduler = "${no.such.property:batchScheduler}")
		@Scheduled(cron = "0 0 4 * * *", zone = "UTC")
		void run() {
			see();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class OtherScheduler {

		@Bean
		ManualScheduler batchScheduler() {
			return new ManualScheduler();
		}

	}

	/**
	 * The clock is that of the scheduler that does the work. The router in front of it
	 * doesn't know it.
	 */
	@ParameterizedTest
	@ValueSource(longs = { 20, -20 })
	void aRepetitionBehindAQualifierIsMeasuredOnTheClockOfThatScheduler(long offset) {
		Repeating.offset = Duration.ofSeconds(offset);
		Repeating.firedAt.clear();
		try (Application application = start(Repeating.class)) {
			await().until(() -> Repeating.firedAt.size() == 2);
			assertThat(Duration.ofNanos(Repeating.firedAt.get(1) - Repeating.firedAt.get(0)))
				.isGreaterThan(Repeating.DELAY.minusMillis(20));
			assertThat(application.scheduler.tasks()).isEmpty();
		}
	}

	@Configuration(proxyBeanMethods = false)
	static class Repeating {

		static final Duration DELAY = Duration.ofMillis(200);

		static final List<Long> firedAt = Collections.synchronizedList(new ArrayList<>());

		static Duration offset = Duration.ZERO;

		@Bean
		ThreadPoolTaskScheduler skewed() {
			ThreadPoolTaskScheduler scheduler = new ThreadPoolTaskScheduler();
			scheduler.setClock(Clock.offset(Clock.systemUTC(), offset));
			return scheduler;
		}

		@Scheduled(fixedRate = 3_600_000, scheduler = "skewed")
		void run() {
			firedAt.add(System.nanoTime());
			Fire fire = Fire.take();
			if (firedAt.size() == 1 && fire != null) {
				fire.askAgainIn(DELAY);
			}
		}

	}

	@Test
	void aMethodThatRunsOnceSeesWhenItIsToRun() {
		Instant before = Instant.now();
		try (Application application = start(Once.class)) {
			application.scheduler.fire();
			assertThat(seen).singleElement().satisfies((tick) -> {
				assertThat(tick).startsWith("Nominal[at=");
				assertThat(Instant.parse(tick.substring(11, tick.length() - 1)))
					.isBetween(before.plus(Duration.ofHours(1)), Instant.now().plus(Duration.ofHours(1)));
			});
		}
	}

	static class Once {

		@Scheduled(initialDelay = 3_600_000)
		void run() {
			see();
		}

	}

	@ParameterizedTest
	@ValueSource(classes = { OwnScheduler.class, OwnUnorderedScheduler.class, OwnLastScheduler.class })
	void theSchedulerThatAConfigurerChoosesIsTheOneThatIsWrapped(Class<?> configurer) {
		try (Application application = start(Cron.class, configurer)) {
			ManualScheduler own = application.context.getBean(Own.class).scheduler;
			assertThat(application.scheduler.tasks()).isEmpty();
			own.fire();
			assertThat(seen).containsExactly("Nominal[at=2020-01-01T18:00:00Z]");
		}
	}

	abstract static class Own implements SchedulingConfigurer {

		final ManualScheduler scheduler = new ManualScheduler();

	}

	@Order(1)
	static class OwnScheduler extends Own {

		@Override
		public void configureTasks(ScheduledTaskRegistrar registrar) {
			registrar.setTaskScheduler(this.scheduler);
		}

	}

	static class OwnUnorderedScheduler extends Own {

		@Override
		public void configureTasks(ScheduledTaskRegistrar registrar) {
			registrar.setScheduler(this.scheduler);
		}

	}

	@Order(Ordered.LOWEST_PRECEDENCE)
	static class OwnLastScheduler extends Own {

		@Override
		public void configureTasks(ScheduledTaskRegistrar registrar) {
			registrar.setTaskScheduler(this.scheduler);
		}

	}

	@Test
	void aConfigurerMaySetAnExecutor() {
		try (Application application = start(EverySecond.class, OwnExecutor.class)) {
			await().until(() -> !seen.isEmpty());
			assertThat(seen.get(0)).matches("Nominal\\[at=[-:0-9T]+Z]");
			assertThat(application.scheduler.tasks()).isEmpty();
		}
	}

	static class EverySecond {

		@Scheduled(cron = "* * * * * *")
		void run() {
			see();
		}

	}

	static class OwnExecutor implements SchedulingConfigurer, DisposableBean {

		private final ScheduledExecutorService executor = Executors.newSingleThreadScheduledExecutor();

		@Override
		public void configureTasks(ScheduledTaskRegistrar registrar) {
			registrar.setScheduler(this.executor);
		}

		@Override
		public void destroy() {
			this.executor.shutdownNow();
		}

	}

	@Test
	void tasksThatAConfigurerAddsSeeTheirTick() {
		try (Application application = start(Added.class)) {
			application.scheduler.tasks().forEach(ManualScheduler.ManualTask::fire);
			assertThat(seen).containsExactlyInAnyOrder("Nominal[at=2020-01-01T00:00:10Z]", "Rate[interval=PT1M]",
					"Delay[interval=PT2M]", "Rate[interval=PT3M]", "Delay[interval=PT4M]",
					"Nominal[at=2020-01-01T00:00:05Z]");
		}
	}

	static class Added implements SchedulingConfigurer {

		@Override
		public void configureTasks(ScheduledTaskRegistrar registrar) {
			PeriodicTrigger rate = new PeriodicTrigger(Duration.ofMinutes(3));
			rate.setFixedRate(true);
			registrar.addCronTask(TickSchedulingConfigurerTests::see, "10 * * * * *");
			registrar.addFixedRateTask(TickSchedulingConfigurerTests::see, Duration.ofMinutes(1));
			registrar.addFixedDelayTask(TickSchedulingConfigurerTests::see, Duration.ofMinutes(2));
			registrar.addTriggerTask(TickSchedulingConfigurerTests::see, rate);
			registrar.addTriggerTask(TickSchedulingConfigurerTests::see, new PeriodicTrigger(Duration.ofMinutes(4)));
			registrar.addTriggerTask(TickSchedulingConfigurerTests::see,
					(context) -> context.getClock().instant().plusSeconds(5));
		}

	}

	@Test
	void whatSpringTellsOfItsTasksStaysTheSame() {
		try (Application application = start(Several.class)) {
			ScheduledTaskHolder holder = application.context.getBean(ScheduledTaskHolder.class);
			assertThat(holder.getScheduledTasks()).hasSize(5)
				.allSatisfy((task) -> assertThat(task).hasToString(Several.class.getName() + ".run"));
			assertThat(application.scheduler.tasks())
				.allSatisfy((task) -> assertThat(task).hasToString(Several.class.getName() + ".run"));
		}
	}

	private static void see() {
		Fire fire = Fire.take();
		seen.add((fire != null) ? fire.tick().toString() : "no fire");
	}

	private static Application start(Class<?>... beans) {
		seen.clear();
		return new Application(beans);
	}

	@Configuration(proxyBeanMethods = false)
	@EnableScheduling
	static class Base {

		@Bean
		TickSchedulingConfigurer ticks() {
			return new TickSchedulingConfigurer(TickScheduling.unchecked(), (scheduler) -> {
			});
		}

	}

	private static final class Application implements AutoCloseable {

		private final AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext();

		private final ManualScheduler scheduler = new ManualScheduler();

		Application(Class<?>... beans) {
			this.context.register(Base.class);
			this.context.registerBean("taskScheduler", TaskScheduler.class, () -> this.scheduler);
			Stream.of(beans).forEach(this.context::register);
			this.context.refresh();
		}

		@Override
		public void close() {
			this.context.close();
		}

	}

}
