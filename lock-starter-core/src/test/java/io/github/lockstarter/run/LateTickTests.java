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
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;

import org.junit.jupiter.api.Test;

import org.springframework.aop.framework.AopProxyUtils;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.context.event.EventListener;
import org.springframework.scheduling.Trigger;
import org.springframework.scheduling.annotation.EnableScheduling;
import org.springframework.scheduling.annotation.SchedulingConfigurer;
import org.springframework.scheduling.concurrent.ThreadPoolTaskScheduler;
import org.springframework.scheduling.config.ScheduledTaskRegistrar;

import io.github.lockstarter.DistributedScheduled;
import io.github.lockstarter.JobEvent;
import io.github.lockstarter.JobRun;
import io.github.lockstarter.JobSkipped;
import io.github.lockstarter.JobStarted;
import io.github.lockstarter.SkipReason;
import io.github.lockstarter.internal.time.TimeSource;
import io.github.lockstarter.lock.JobLocks;
import io.github.lockstarter.lock.LockSettings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * A tick that is due meets a run of the same job. Whether it waits depends on when that
 * run began.
 */
class LateTickTests {

	private final Job job = new Job();

	/**
	 * As a server does whose clock is behind: at the time of a tick it runs an older one.
	 */
	@Test
	void aTickIsNotLostToTheLateRunOfAnOlderOne() throws InterruptedException {
		Instant now = Instant.now().truncatedTo(ChronoUnit.MILLIS);
		Instant old = now.minusSeconds(20);
		// Two threads: the old tick is running when the one that is due is asked for
		try (AnnotationConfigApplicationContext server = server(old, now.plusMillis(50))) {
			assertThat(server.isRunning()).isTrue();
			this.job.inside.await();
			await().until(() -> !Instant.now().isBefore(now.plusMillis(300)));
			// Nothing is given up yet
			assertThat(this.job.events).noneMatch(JobSkipped.class::isInstance);
			this.job.goOn.countDown();
			await().until(() -> this.job.ticks().size() == 2);
			assertThat(this.job.ticks()).containsExactly(old, now.plusMillis(50));
			assertThat(this.job.events).noneMatch(JobSkipped.class::isInstance);
		}
	}

	@Test
	void aTickIsSkippedForARunThatBeganBeforeItWasDue() throws InterruptedException {
		Instant now = Instant.now().truncatedTo(ChronoUnit.MILLIS);
		try (AnnotationConfigApplicationContext server = server(now, now.plusSeconds(4))) {
			assertThat(server.isRunning()).isTrue();
			this.job.inside.await();
			await().until(() -> this.job.events.stream().anyMatch(JobSkipped.class::isInstance));
			JobSkipped skipped = (JobSkipped) this.job.events.stream()
				.filter(JobSkipped.class::isInstance)
				.findFirst()
				.orElseThrow();
			assertThat(skipped.reason()).isEqualTo(SkipReason.STILL_RUNNING);
			assertThat(skipped.tick()).isEqualTo(now.plusSeconds(4));
			this.job.goOn.countDown();
		}
		assertThat(this.job.ticks()).containsExactly(now);
	}

	private AnnotationConfigApplicationContext server(Instant first, Instant second) {
		String namespace = "late-" + UUID.randomUUID();
		AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext();
		context.registerBean(RunSettings.class,
				() -> new RunSettings(namespace, "one", Duration.ofSeconds(30), Duration.ZERO, Duration.ZERO));
		context.registerBean(JobLocks.class,
				() -> JobLocks.inMemory(
						new LockSettings(namespace, "test:", "one", Duration.ofSeconds(2), Duration.ofMinutes(1)),
						TimeSource.system()));
		context.registerBean("job", Job.class, () -> this.job);
		context.registerBean(SchedulingConfigurer.class,
				() -> (registrar) -> configure(registrar, context, List.of(first, second)));
		context.register(Server.class);
		context.refresh();
		return context;
	}

	private static void configure(ScheduledTaskRegistrar registrar, AnnotationConfigApplicationContext context,
			List<Instant> times) {
		ThreadPoolTaskScheduler scheduler = new ThreadPoolTaskScheduler();
		scheduler.setPoolSize(2);
		scheduler.setDaemon(true);
		scheduler.initialize();
		registrar.setTaskScheduler(scheduler);
		Job job = context.getBean(Job.class);
		Job target = (Job) AopProxyUtils.getSingletonTarget(job);
		registrar.addTriggerTask(job::run, once(times.get(0)));
		registrar.addTriggerTask(() -> {
			// However late the first one is
			await().until(() -> target.inside.getCount() == 0);
			job.run();
		}, once(times.get(1)));
	}

	private static Trigger once(Instant time) {
		Queue<Instant> once = new ConcurrentLinkedQueue<>(List.of(time));
		return (context) -> once.poll();
	}

	@Configuration(proxyBeanMethods = false)
	@EnableScheduling
	@Import(DistributedSchedulingConfiguration.class)
	static class Server {

	}

	static class Job {

		private final CountDownLatch inside = new CountDownLatch(1);

		private final CountDownLatch goOn = new CountDownLatch(1);

		private final Queue<JobEvent> events = new ConcurrentLinkedQueue<>();

		@DistributedScheduled("job")
		public void run() {
			assertThat(JobRun.current().trigger()).isEqualTo(JobRun.Trigger.SCHEDULE);
			this.inside.countDown();
			await().until(() -> this.goOn.getCount() == 0);
		}

		@EventListener
		public void on(JobEvent event) {
			this.events.add(event);
		}

		List<Instant> ticks() {
			return this.events.stream()
				.filter(JobStarted.class::isInstance)
				.map((event) -> ((JobStarted) event).tick())
				.toList();
		}

	}

}
