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
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.redisson.Redisson;
import org.redisson.api.RedissonClient;
import org.redisson.config.Config;
import org.redisson.config.ConstantDelay;

import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.context.event.EventListener;
import org.springframework.scheduling.Trigger;
import org.springframework.scheduling.annotation.EnableScheduling;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.scheduling.concurrent.ThreadPoolTaskScheduler;

import io.github.lockstarter.DistributedScheduled;
import io.github.lockstarter.JobEvent;
import io.github.lockstarter.JobFinished;
import io.github.lockstarter.JobRun;
import io.github.lockstarter.JobSkipped;
import io.github.lockstarter.JobStarted;
import io.github.lockstarter.LockLostException;
import io.github.lockstarter.LockUnavailableException;
import io.github.lockstarter.RedisUnavailablePolicy;
import io.github.lockstarter.RunOutcome;
import io.github.lockstarter.SkipReason;
import io.github.lockstarter.fixture.RedisServer;
import io.github.lockstarter.fixture.TcpProxy;
import io.github.lockstarter.internal.time.TimeSource;
import io.github.lockstarter.lock.JobLocks;
import io.github.lockstarter.lock.LockSettings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * What becomes of a tick when Redis is away, by policy.
 */
class RedisUnavailableTests {

	private static final RedisServer redis = RedisServer.shared();

	private final TcpProxy proxy = TcpProxy.to(redis);

	private final String namespace = "unavailable-" + UUID.randomUUID();

	private AnnotationConfigApplicationContext server;

	private Record record;

	@AfterEach
	void close() {
		this.server.close();
		this.proxy.close();
	}

	@Test
	void retryRunsTheSameTickWhenRedisIsBack() {
		this.proxy.cut();
		start(RedisUnavailablePolicy.RETRY, Duration.ofMinutes(1), OneTick.class);
		awaitFirstFire();
		this.proxy.heal();
		await().until(() -> started() != null);
		assertThat(started().tick()).isEqualTo(this.record.firstTick);
		assertThat(started().trigger()).isEqualTo(JobRun.Trigger.SCHEDULE);
		assertThat(started().token()).isPositive();
		// A tick that is run in the end was not skipped
		assertThat(skipped()).isNull();
	}

	@Test
	void retryHoldsNoThreadOfTheScheduler() {
		this.proxy.hang();
		start(RedisUnavailablePolicy.RETRY, Duration.ofMinutes(1), OneTick.class, Heartbeat.class);
		awaitFirstFire();
		// The only thread of the scheduler is free for others while the tick waits
		int beats = this.server.getBean(Heartbeat.class).beats().size();
		await().until(() -> this.server.getBean(Heartbeat.class).beats().size() > beats + 5);
		assertThat(started()).isNull();
		this.proxy.heal();
		await().until(() -> started() != null);
	}

	@Test
	void retryGivesUpWhenItsTimeIsOver() {
		this.proxy.cut();
		start(RedisUnavailablePolicy.RETRY, Duration.ofMillis(600), OneTick.class);
		await().until(() -> skipped() != null);
		assertThat(skipped().reason()).isEqualTo(SkipReason.REDIS_UNAVAILABLE);
		assertThat(skipped().tick().truncatedTo(ChronoUnit.MILLIS)).isEqualTo(this.record.firstTick);
		assertThat(skipped().detail()).isNotBlank();
		this.proxy.heal();
	}

	@Test
	void retryNeverGoesPastTheNextTick() {
		this.proxy.cut();
		start(RedisUnavailablePolicy.RETRY, Duration.ofMinutes(1), EverySecond.class);
		// The retry of one tick ends when the next one fires
		await().until(() -> this.record.events.stream().filter(JobSkipped.class::isInstance).count() >= 2);
		assertThat(this.record.events).allMatch(JobSkipped.class::isInstance);
		this.proxy.heal();
		await().until(() -> started() != null);
		assertThat(this.record.events.stream()
			.filter(JobStarted.class::isInstance)
			.map(JobStarted.class::cast)
			.map(JobStarted::tick)).doesNotHaveDuplicates();
	}

	/**
	 * By a scheduler of the application, which says so in its own way.
	 */
	@Test
	void retryThatTheSchedulerDoesNotTakeIsSkippedWithItsReason() {
		this.proxy.cut();
		start(RedisUnavailablePolicy.RETRY, Duration.ofMinutes(1), OneTick.class);
		awaitFirstFire();
		this.record.full = true;
		this.proxy.heal();
		await().until(() -> skipped() != null);
		assertThat(skipped().reason()).isEqualTo(SkipReason.REDIS_UNAVAILABLE);
		assertThat(skipped().tick().truncatedTo(ChronoUnit.MILLIS)).isEqualTo(this.record.firstTick);
		assertThat(started()).isNull();
	}

	@Test
	void skipSkips() {
		this.proxy.cut();
		start(RedisUnavailablePolicy.SKIP, Duration.ofMinutes(1), OneTick.class);
		await().until(() -> skipped() != null);
		assertThat(skipped().reason()).isEqualTo(SkipReason.REDIS_UNAVAILABLE);
		assertThat(started()).isNull();
	}

	@Test
	void failGoesToTheErrorHandler() {
		this.proxy.cut();
		start(RedisUnavailablePolicy.FAIL, Duration.ofMinutes(1), OneTick.class);
		await().until(() -> !this.record.errors.isEmpty());
		assertThat(this.record.errors.peek()).isInstanceOf(LockUnavailableException.class)
			.hasMessageContaining("'job'");
		assertThat(skipped().reason()).isEqualTo(SkipReason.REDIS_UNAVAILABLE);
		assertThat(started()).isNull();
	}

	@Test
	void runRunsWithoutALockAndSaysSo() {
		this.proxy.cut();
		start(RedisUnavailablePolicy.RUN, Duration.ofMinutes(1), OneTick.class);
		await().until(() -> this.record.events.stream().anyMatch(JobFinished.class::isInstance));
		assertThat(started().token()).isZero();
		JobFinished finished = (JobFinished) this.record.events.stream()
			.filter(JobFinished.class::isInstance)
			.findFirst()
			.orElseThrow();
		assertThat(finished.outcome()).isEqualTo(RunOutcome.SUCCEEDED);
		assertThat(this.record.heldInside).containsExactly(false);
		assertThat(this.record.assertion.peek()).isInstanceOf(LockLostException.class)
			.hasMessageContaining("runs without a lock");
	}

	@Test
	void theAnnotationOverridesTheSetting() {
		this.proxy.cut();
		start(RedisUnavailablePolicy.RUN, Duration.ofMinutes(1), SkippingTick.class);
		await().until(() -> skipped() != null);
		assertThat(started()).isNull();
	}

	/**
	 * A replica answers every question and refuses every lock.
	 */
	@Test
	void retryPausesWhereRedisAnswersAndRefusesTheLock() {
		try (RedisServer replica = RedisServer.start()) {
			replica.cli("CONFIG", "SET", "replica-serve-stale-data", "yes");
			replica.cli("REPLICAOF", "127.0.0.1", "1");
			start(replica.address(), RedisUnavailablePolicy.RETRY, Duration.ofMinutes(1), OneTick.class);
			ThreadPoolTaskScheduler scheduler = this.server.getBean(ThreadPoolTaskScheduler.class);
			await().until(() -> scheduler.getScheduledThreadPoolExecutor().getCompletedTaskCount() >= 1);
			long fires = scheduler.getScheduledThreadPoolExecutor().getCompletedTaskCount();
			// It is not fired again before this server has given back what it may have: a
			// storm would have thousands
			await().during(Duration.ofSeconds(2)).until(() -> true);
			assertThat(scheduler.getScheduledThreadPoolExecutor().getCompletedTaskCount() - fires).isLessThan(10);
			assertThat(started()).isNull();
			replica.cli("REPLICAOF", "NO", "ONE");
			await().until(() -> started() != null);
			assertThat(started().tick()).isEqualTo(this.record.firstTick);
		}
	}

	private JobStarted started() {
		return (JobStarted) this.record.events.stream().filter(JobStarted.class::isInstance).findFirst().orElse(null);
	}

	private JobSkipped skipped() {
		return (JobSkipped) this.record.events.stream().filter(JobSkipped.class::isInstance).findFirst().orElse(null);
	}

	/** The first attempt is over when its thread is free for the next task. */
	private void awaitFirstFire() {
		ThreadPoolTaskScheduler scheduler = this.server.getBean(ThreadPoolTaskScheduler.class);
		await().until(() -> scheduler.getScheduledThreadPoolExecutor().getCompletedTaskCount() > 0);
	}

	private void start(RedisUnavailablePolicy policy, Duration within, Class<?>... jobs) {
		start(this.proxy.address(), policy, within, jobs);
	}

	private void start(String address, RedisUnavailablePolicy policy, Duration within, Class<?>... jobs) {
		this.record = new Record();
		AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext();
		context.registerBean(RunSettings.class, () -> new RunSettings(this.namespace, "one", Duration.ofSeconds(30),
				Duration.ZERO, Duration.ZERO, policy, within, true));
		context.registerBean(JobLocks.class,
				() -> JobLocks.onRedis(() -> client(address), true, address,
						new LockSettings(this.namespace, "test:", "one", Duration.ofMillis(500), Duration.ofMinutes(1)),
						TimeSource.system()));
		context.registerBean(Record.class, () -> this.record);
		context.register(Server.class);
		context.register(jobs);
		this.server = context;
		context.refresh();
	}

	private static RedissonClient client(String address) {
		Config config = new Config();
		config.setLazyInitialization(true);
		config.setThreads(2);
		config.setNettyThreads(2);
		config.useSingleServer()
			.setAddress(address)
			.setConnectionMinimumIdleSize(1)
			.setTimeout(500)
			.setConnectTimeout(500)
			.setReconnectionDelay(new ConstantDelay(Duration.ofMillis(200)))
			.setRetryAttempts(0);
		return Redisson.create(config);
	}

	static class Record {

		private final Queue<JobEvent> events = new ConcurrentLinkedQueue<>();

		private final Queue<Throwable> errors = new ConcurrentLinkedQueue<>();

		private final Queue<Boolean> heldInside = new ConcurrentLinkedQueue<>();

		private final Queue<Throwable> assertion = new ConcurrentLinkedQueue<>();

		private volatile Instant firstTick;

		private volatile boolean full;

		@EventListener
		void on(JobEvent event) {
			this.events.add(event);
		}

		void inside() {
			JobRun run = JobRun.current();
			this.heldInside.add(run.isLockHeld());
			try {
				run.assertLockHeld();
			}
			catch (LockLostException ex) {
				this.assertion.add(ex);
			}
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableScheduling
	@Import(DistributedSchedulingConfiguration.class)
	static class Server {

		@Bean
		ThreadPoolTaskScheduler taskScheduler(Record record) {
			ThreadPoolTaskScheduler scheduler = new ThreadPoolTaskScheduler() {

				@Override
				public ScheduledFuture<?> schedule(Runnable task, Instant startTime) {
					if (record.firstTick == null) {
						// Redis keeps milliseconds
						record.firstTick = startTime.truncatedTo(ChronoUnit.MILLIS);
					}
					return super.schedule(task, startTime);
				}

				@Override
				public ScheduledFuture<?> schedule(Runnable task, Trigger trigger) {
					if (record.full) {
						throw new RejectedExecutionException("no room");
					}
					return super.schedule(task, trigger);
				}

			};
			scheduler.setPoolSize(1);
			scheduler.setErrorHandler(record.errors::add);
			return scheduler;
		}

	}

	static class OneTick {

		private final Record record;

		OneTick(Record record) {
			this.record = record;
		}

		@Scheduled(initialDelay = 10)
		@DistributedScheduled("job")
		public void run() {
			this.record.inside();
		}

	}

	static class SkippingTick {

		@Scheduled(initialDelay = 10)
		@DistributedScheduled(name = "job", onRedisUnavailable = RedisUnavailablePolicy.SKIP)
		public void run() {
		}

	}

	static class EverySecond {

		@Scheduled(cron = "* * * * * *")
		@DistributedScheduled("job")
		public void run() {
		}

	}

	static class Heartbeat {

		private final Queue<Long> beats = new ConcurrentLinkedQueue<>();

		@Scheduled(fixedRate = 20)
		void beat() {
			this.beats.add(System.nanoTime());
		}

		Queue<Long> beats() {
			return this.beats;
		}

	}

}
