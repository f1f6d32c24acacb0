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
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.redisson.Redisson;
import org.redisson.api.RedissonClient;
import org.redisson.config.Config;

import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.scheduling.annotation.EnableScheduling;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.scheduling.annotation.SchedulingConfigurer;
import org.springframework.scheduling.config.ScheduledTaskRegistrar;

import io.github.lockstarter.DistributedScheduled;
import io.github.lockstarter.JobRun;
import io.github.lockstarter.fixture.RedisServer;
import io.github.lockstarter.internal.time.TimeSource;
import io.github.lockstarter.lock.JobLocks;
import io.github.lockstarter.lock.LockSettings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Three servers, started one after the other, with a job at a fixed rate and one with a
 * fixed delay. When a run started is read off its token, which follows Redis's clock, so
 * a busy test machine does not matter.
 */
class OncePerIntervalTests {

	private static final long PERIOD = 600;

	/** 100 ms: what may be early. */
	private static final long TOLERANCE = 100;

	private static final RedisServer redis = RedisServer.shared();

	private final String namespace = "interval-" + UUID.randomUUID();

	private final Starts rate = Starts.none();

	private final Starts delay = Starts.none();

	private final Starts trigger = Starts.none();

	private final RedissonClient redisson = client();

	private final List<AnnotationConfigApplicationContext> servers = new ArrayList<>();

	@AfterEach
	void close() {
		this.servers.forEach(AnnotationConfigApplicationContext::close);
		this.redisson.shutdown();
	}

	@Test
	void aRateIsOncePerPeriodOverAllServers() {
		List<Long> starts = run(this.rate, 15);
		assertThat(gaps(starts))
			.allSatisfy((gap) -> assertThat(gap).isGreaterThanOrEqualTo(PERIOD * 3 / 4 - TOLERANCE));
		// Over the long run never more than one per period
		long elapsed = starts.get(starts.size() - 1) - starts.get(0) + TOLERANCE;
		assertThat((starts.size() - 1) * PERIOD).isLessThanOrEqualTo(elapsed);
	}

	@Test
	void aDelayCountsFromTheEndOfTheLastRunOnWhateverServer() {
		List<Long> starts = run(this.delay, 10);
		assertThat(gaps(starts)).allSatisfy((gap) -> assertThat(gap).isGreaterThanOrEqualTo(PERIOD - TOLERANCE));
	}

	/**
	 * A trigger of the application's own may count from the last run on its server. Its
	 * ticks are what each server named, to the millisecond.
	 */
	@Test
	void aTriggerThatCountsFromTheLastRunDoesNotRunOnceOnEachServer() {
		List<Instant> ticks = new ArrayList<>();
		run(this.trigger, 10);
		ticks.addAll(this.trigger.ticks());
		for (int i = 1; i < ticks.size(); i++) {
			assertThat(Duration.between(ticks.get(i - 1), ticks.get(i)))
				.isGreaterThanOrEqualTo(Duration.ofMillis(PERIOD * 3 / 4 - 1));
		}
	}

	/**
	 * The next server takes over at the shared due time, and not one period of its own
	 * later.
	 */
	@Test
	void theOthersGoOnWhenTheServerThatRanLeaves() {
		run(this.rate, 4);
		this.servers.remove(0).close();
		this.servers.remove(0).close();
		int before = this.rate.tokens().size();
		await().until(() -> this.rate.tokens().size() >= before + 4);
	}

	private List<Long> run(Starts starts, int runs) {
		for (int i = 0; i < 3; i++) {
			this.servers.add(server("server-" + i));
			int atLeast = i + 1;
			await().until(() -> starts.tokens().size() >= atLeast);
		}
		await().atMost(Duration.ofSeconds(60)).until(() -> starts.tokens().size() >= runs);
		return starts.tokens().stream().map((token) -> token / 1000).sorted().toList();
	}

	private static List<Long> gaps(List<Long> starts) {
		List<Long> gaps = new ArrayList<>();
		for (int i = 1; i < starts.size(); i++) {
			gaps.add(starts.get(i) - starts.get(i - 1));
		}
		return gaps;
	}

	private AnnotationConfigApplicationContext server(String id) {
		AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext();
		context.registerBean(RunSettings.class,
				() -> new RunSettings(this.namespace, id, Duration.ofSeconds(30), Duration.ZERO, Duration.ZERO));
		context.registerBean(JobLocks.class,
				() -> JobLocks.onRedis(() -> this.redisson, false, redis.address(),
						new LockSettings(this.namespace, "test:", id, Duration.ofSeconds(2), Duration.ofMinutes(1)),
						TimeSource.system()));
		context.registerBean(RateJob.class, () -> new RateJob(this.rate));
		context.registerBean(DelayJob.class, () -> new DelayJob(this.delay));
		context.registerBean(TriggerJob.class, () -> new TriggerJob(this.trigger));
		context.registerBean(SchedulingConfigurer.class, () -> new OwnTrigger(context.getBean(TriggerJob.class)));
		context.register(Server.class);
		context.refresh();
		return context;
	}

	private static RedissonClient client() {
		Config config = new Config();
		config.setThreads(2);
		config.setNettyThreads(2);
		config.useSingleServer().setAddress(redis.address()).setConnectionMinimumIdleSize(1).setRetryAttempts(0);
		return Redisson.create(config);
	}

	record Starts(Queue<Long> tokens, Queue<Instant> ticks) {

		static Starts none() {
			return new Starts(new ConcurrentLinkedQueue<>(), new ConcurrentLinkedQueue<>());
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableScheduling
	@Import(DistributedSchedulingConfiguration.class)
	static class Server {

	}

	static class RateJob {

		private final Starts starts;

		RateJob(Starts starts) {
			this.starts = starts;
		}

		@Scheduled(fixedRate = PERIOD)
		@DistributedScheduled
		void run() {
			this.starts.tokens().add(JobRun.current().token());
		}

	}

	static class DelayJob {

		private final Starts starts;

		DelayJob(Starts starts) {
			this.starts = starts;
		}

		@Scheduled(fixedDelay = PERIOD)
		@DistributedScheduled
		void run() {
			this.starts.tokens().add(JobRun.current().token());
		}

	}

	static class TriggerJob {

		private final Starts starts;

		TriggerJob(Starts starts) {
			this.starts = starts;
		}

		@DistributedScheduled
		void run() {
			this.starts.ticks().add(JobRun.current().tick());
			this.starts.tokens().add(JobRun.current().token());
		}

	}

	private record OwnTrigger(TriggerJob job) implements SchedulingConfigurer {

		@Override
		public void configureTasks(ScheduledTaskRegistrar registrar) {
			registrar.addTriggerTask(this.job::run, (context) -> {
				Instant last = context.lastCompletion();
				return ((last != null) ? last : context.getClock().instant()).plusMillis(PERIOD);
			});
		}

	}

}
