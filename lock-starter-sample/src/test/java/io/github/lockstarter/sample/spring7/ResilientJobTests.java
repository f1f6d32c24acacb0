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

package io.github.lockstarter.sample.spring7;

import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import io.github.lockstarter.DistributedScheduled;
import io.github.lockstarter.JobFinished;
import io.github.lockstarter.JobRun;
import io.github.lockstarter.RunOutcome;
import org.junit.jupiter.api.Test;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.event.EventListener;
import org.springframework.resilience.annotation.ConcurrencyLimit;
import org.springframework.resilience.annotation.EnableResilientMethods;
import org.springframework.resilience.annotation.Retryable;
import org.springframework.scheduling.annotation.EnableScheduling;
import org.springframework.scheduling.annotation.Scheduled;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * One tick is one run, however many attempts it takes.
 */
class ResilientJobTests {

	@Test
	void allAttemptsAreOneRunUnderOneLock() throws InterruptedException {
		try (ConfigurableApplicationContext context = start(SucceedsAtLast.class)) {
			JobFinished finished = context.getBean(Finished.class).runs.poll(30, TimeUnit.SECONDS);
			assertThat(finished).isNotNull();
			assertThat(finished.trigger()).isEqualTo(JobRun.Trigger.SCHEDULE);
			assertThat(finished.outcome()).isEqualTo(RunOutcome.SUCCEEDED);
			List<Long> tokens = context.getBean(SucceedsAtLast.class).tokens();
			assertThat(tokens.subList(0, 3)).containsOnly(finished.token());
		}
	}

	@Test
	void aTickWhoseAttemptsAllFailHasFailed() throws InterruptedException {
		try (ConfigurableApplicationContext context = start(AlwaysFails.class)) {
			JobFinished finished = context.getBean(Finished.class).runs.poll(30, TimeUnit.SECONDS);
			assertThat(finished).isNotNull();
			assertThat(finished.outcome()).isEqualTo(RunOutcome.FAILED);
			assertThat(context.getBean(AlwaysFails.class).attempts()).isGreaterThanOrEqualTo(3);
		}
	}

	@Test
	void aLimitOnConcurrencyIsOutsideOfTheLock() {
		try (ConfigurableApplicationContext context = start(Limited.class)) {
			Finished finished = context.getBean(Finished.class);
			await().until(() -> finished.runs.size() >= 2);
			assertThat(finished.runs).allSatisfy((run) -> {
				assertThat(run.trigger()).isEqualTo(JobRun.Trigger.SCHEDULE);
				assertThat(run.outcome()).isEqualTo(RunOutcome.SUCCEEDED);
			});
		}
	}

	private static ConfigurableApplicationContext start(Class<?> job) {
		return new SpringApplicationBuilder(Application.class, Finished.class, job).web(WebApplicationType.NONE)
			.properties("spring.application.name=resilient", "distributed-scheduled.mode=local",
					"spring.datasource.url=jdbc:h2:mem:resilient")
			.run();
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	@EnableScheduling
	@EnableResilientMethods
	static class Application {

	}

	static class Finished {

		private final BlockingQueue<JobFinished> runs = new LinkedBlockingQueue<>();

		@EventListener
		void on(JobFinished finished) {
			this.runs.add(finished);
		}

	}

	static class SucceedsAtLast {

		private final List<Long> tokens = new CopyOnWriteArrayList<>();

		List<Long> tokens() {
			return this.tokens;
		}

		@Scheduled(cron = "* * * * * *")
		@DistributedScheduled
		@Retryable(maxRetries = 3, delay = 1)
		void run() {
			JobRun run = JobRun.current();
			run.assertLockHeld();
			this.tokens.add(run.token());
			if (this.tokens.size() < 3) {
				throw new IllegalStateException("not yet");
			}
		}

	}

	static class AlwaysFails {

		private final AtomicInteger attempts = new AtomicInteger();

		int attempts() {
			return this.attempts.get();
		}

		@Scheduled(cron = "* * * * * *")
		@DistributedScheduled
		@Retryable(maxRetries = 2, delay = 1)
		void run() {
			this.attempts.incrementAndGet();
			throw new IllegalStateException("never");
		}

	}

	static class Limited {

		@Scheduled(cron = "* * * * * *")
		@DistributedScheduled
		@ConcurrencyLimit(1)
		void run() {
			JobRun.current().assertLockHeld();
		}

	}

}
