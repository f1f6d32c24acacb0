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

import java.lang.reflect.Method;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.support.DefaultListableBeanFactory;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.scheduling.support.CronExpression;

import io.github.lockstarter.LockLostPolicy;
import io.github.lockstarter.RedisUnavailablePolicy;
import io.github.lockstarter.RunOutcome;
import io.github.lockstarter.internal.time.TimeSource;
import io.github.lockstarter.lock.Claim;
import io.github.lockstarter.lock.JobLocks;
import io.github.lockstarter.lock.LockRequest;
import io.github.lockstarter.lock.LockSettings;
import io.github.lockstarter.schedule.ManualScheduler;
import io.github.lockstarter.schedule.PastTimes;
import io.github.lockstarter.schedule.RepeatedHour;
import io.github.lockstarter.schedule.Tick;
import io.github.lockstarter.schedule.Timetable;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * The look for ticks that were missed goes on after a failure.
 */
class PastTicksTests {

	private static final Duration LEASE = Duration.ofSeconds(30);

	private final AtomicBoolean broken = new AtomicBoolean(true);

	private final JobLocks locks = JobLocks.inMemory(
			new LockSettings("past", "test:", "one", Duration.ofSeconds(2), Duration.ofMinutes(1)),
			TimeSource.system());

	/**
	 * Whatever comes after the answer, such as reckoning which tick was the last: it is
	 * said, and the next occasion finds what was missed.
	 */
	@Test
	void aLookThatFailsIsSaidAndBeginsAgain() throws Exception {
		Job job = job();
		DefaultListableBeanFactory beanFactory = new DefaultListableBeanFactory();
		Yearly bean = new Yearly();
		beanFactory.registerSingleton("job", bean);
		Method method = Yearly.class.getDeclaredMethod("run");
		Jobs jobs = new Jobs();
		jobs.add(job, bean, "job", method);
		Claim claim = this.locks
			.claim(new LockRequest("job", null, null, new Tick.Nominal(Instant.parse("2020-01-01T00:00:00Z")), false,
					LEASE, Duration.ZERO, 1))
			.join();
		((Claim.Granted) claim).lock().finish(RunOutcome.SUCCEEDED, null).join();
		ManualScheduler scheduler = new ManualScheduler();
		PastTicks pastTicks = new PastTicks(jobs, () -> this.locks, new RunGate(TimeSource.system()),
				new BeanCalls(jobs, beanFactory), TimeSource.system());
		try (LogCapture log = new LogCapture(PastTicks.class)) {
			pastTicks.look(scheduler);
			await().until(() -> !log.lines("ERROR").isEmpty());
			assertThat(log.lines("ERROR")).singleElement()
				.asString()
				.contains("The look for ticks of job that were missed, or have not ended, has failed");
			assertThat(scheduler.tasks()).isEmpty();
			this.broken.set(false);
			pastTicks.look(job);
			await().until(() -> !scheduler.tasks().isEmpty());
			assertThat(log.lines("INFO")).singleElement().asString().contains("job has missed its tick");
		}
		finally {
			this.locks.close();
		}
	}

	private Job job() {
		List<RepeatedHour.Schedule> crons = List
			.of(new RepeatedHour.Schedule(CronExpression.parse("0 0 0 * * *"), () -> {
				if (this.broken.get()) {
					throw new IllegalStateException("no zone today");
				}
				return ZoneOffset.UTC;
			}));
		// What is reckoned for the question must not fail before the answer
		return new Job("job", null, "here", LEASE, Duration.ZERO, Duration.ZERO, LockLostPolicy.INTERRUPT,
				RedisUnavailablePolicy.RETRY, 1, new Missed(new PastTimes(crons), Duration.ofDays(2)), false,
				RepeatedHour.RUNS_TWICE, Timetable.UNKNOWN, false);
	}

	static class Yearly {

		@Scheduled(cron = "0 0 0 * * *")
		void run() {
		}

	}

}
