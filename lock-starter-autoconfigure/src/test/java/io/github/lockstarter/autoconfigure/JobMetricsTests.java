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

package io.github.lockstarter.autoconfigure;

import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.search.RequiredSearch;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.boot.actuate.autoconfigure.metrics.CompositeMeterRegistryAutoConfiguration;
import org.springframework.boot.actuate.autoconfigure.metrics.MetricsAutoConfiguration;
import org.springframework.boot.actuate.autoconfigure.metrics.export.simple.SimpleMetricsExportAutoConfiguration;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.logging.LogLevel;
import org.springframework.boot.logging.LoggingSystem;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ApplicationEvent;
import org.springframework.context.ApplicationListener;
import org.springframework.context.PayloadApplicationEvent;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.scheduling.annotation.EnableScheduling;
import org.springframework.scheduling.annotation.Scheduled;

import io.github.lockstarter.DistributedJobs;
import io.github.lockstarter.DistributedScheduled;
import io.github.lockstarter.JobEvent;
import io.github.lockstarter.JobLockLost;
import io.github.lockstarter.JobRenewalFailed;
import io.github.lockstarter.JobRun.Trigger;
import io.github.lockstarter.JobStarted;
import io.github.lockstarter.RunOutcome;
import io.github.lockstarter.SkipReason;
import io.github.lockstarter.fixture.BareProxy;
import io.github.lockstarter.fixture.OwnThread;
import io.github.lockstarter.fixture.RedisServer;
import io.github.lockstarter.lock.JobLocks;
import io.github.lockstarter.lock.LockSettings;
import io.github.lockstarter.lock.ShiftedClock;
import io.github.lockstarter.operations.JobWatch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

/**
 * What is counted and timed.
 */
@ExtendWith(OutputCaptureExtension.class)
class JobMetricsTests {

	private static final String PREFIX = "distributed.scheduled.";

	private static final Duration PATIENCE = Duration.ofSeconds(30);

	private final String namespace = "metrics-" + UUID.randomUUID();

	private final ApplicationContextRunner runner = new ApplicationContextRunner()
		.withConfiguration(
				AutoConfigurations.of(MetricsAutoConfiguration.class, CompositeMeterRegistryAutoConfiguration.class,
						SimpleMetricsExportAutoConfiguration.class, DistributedScheduledAutoConfiguration.class))
		.withUserConfiguration(Scheduling.class)
		.withPropertyValues("spring.application.name=" + this.namespace, "distributed-scheduled.server-id=batch-1");

	private final ApplicationContextRunner local = this.runner.withBean(Job.class)
		.withPropertyValues("distributed-scheduled.mode=local");

	@Test
	void everyCounterIsThereBeforeAnythingHasHappened() {
		this.local.run((context) -> {
			for (RunOutcome outcome : RunOutcome.values()) {
				assertThat(meter(context, "runs", "outcome", outcome.name()).timer().count()).isZero();
			}
			for (SkipReason reason : SkipReason.values()) {
				assertThat(meter(context, "skips", "reason", reason.name()).counter().count()).isZero();
			}
			assertThat(meter(context, "renewals.failed").counter().count()).isZero();
			assertThat(meter(context, "locks.lost").counter().count()).isZero();
			assertThat(meter(context, "bypassed").counter().count()).isZero();
			assertThat(meter(context, "running").gauge().value()).isZero();
			assertThat(meter(context, "overdue").gauge().value()).isZero();
			assertThat(meter(context, "last.success.age").timeGauge().value()).isNaN();
		});
	}

	@Test
	void runsAreTimedByTheirOutcome() {
		this.local.run((context) -> {
			Job job = context.getBean(Job.class);
			job.run();
			job.run();
			assertThatIllegalStateException().isThrownBy(job::fail);
			assertThat(meter(context, "runs", "outcome", "SUCCEEDED").timer().count()).isEqualTo(2);
			assertThat(meter(context, "runs", "outcome", "SUCCEEDED").timer().totalTime(TimeUnit.NANOSECONDS))
				.isPositive();
			assertThat(ofJob(context, "failing", "runs").tag("outcome", "FAILED").timer().count()).isEqualTo(1);
			assertThat(meter(context, "acquire", "result", "granted").timer().count()).isEqualTo(2);
			await().atMost(PATIENCE)
				.untilAsserted(() -> assertThat(meter(context, "last.success.age").timeGauge().value(TimeUnit.SECONDS))
					.isBetween(0.0, 60.0));
		});
	}

	@Test
	void skipsAreCountedByTheirReason() {
		this.local.run((context) -> {
			Job job = context.getBean(Job.class);
			job.held();
			job.held();
			assertThat(ofJob(context, "held", "skips").tag("reason", "HELD").counter().count()).isEqualTo(1);
			assertThat(ofJob(context, "held", "acquire").tag("result", "refused").timer().count()).isEqualTo(1);
			assertThat(ofJob(context, "held", "acquire").tag("result", "granted").timer().count()).isEqualTo(1);
		});
	}

	@Test
	void aRedisThatCannotBeAskedIsNoRefusal() {
		this.runner.withBean(Job.class)
			.withPropertyValues("spring.data.redis.url=redis://127.0.0.1:1",
					"distributed-scheduled.on-redis-unavailable=skip", "distributed-scheduled.acquire-timeout=500ms")
			.run((context) -> {
				context.getBean(Job.class).run();
				assertThat(meter(context, "skips", "reason", "REDIS_UNAVAILABLE").counter().count()).isEqualTo(1);
				assertThat(meter(context, "acquire", "result", "unavailable").timer().count()).isEqualTo(1);
			});
	}

	@Test
	void aFireThatDidNotComeToItsLockIsCounted() {
		this.runner.withBean(Ticking.class).withPropertyValues("distributed-scheduled.mode=local").run((context) -> {
			BareProxy.strip(context.getBean(Ticking.class));
			await().atMost(PATIENCE)
				.untilAsserted(() -> assertThat(ofJob(context, "ticking", "bypassed").counter().count()).isEqualTo(1));
		});
	}

	@Test
	void aRunThatGoesOnIsCounted() {
		this.local.run((context) -> {
			Job job = context.getBean(Job.class);
			CompletableFuture<Void> call = OwnThread.run(job::untilItMayReturn);
			await().atMost(PATIENCE)
				.untilAsserted(() -> assertThat(ofJob(context, "long", "running").gauge().value()).isEqualTo(1));
			Job.MAY_RETURN.countDown();
			call.join();
			assertThat(ofJob(context, "long", "running").gauge().value()).isZero();
		});
	}

	/**
	 * A run by hand has no tick that it could lag behind, and one of an old tick is late
	 * on purpose.
	 */
	@Test
	void theLagIsThatOfTheSchedule() {
		this.local.run((context) -> {
			Instant tick = Instant.now().minusSeconds(90);
			for (Trigger trigger : Trigger.values()) {
				context.publishEvent(new JobStarted("job", "batch-1", tick, 1, trigger, Duration.ofMillis(3)));
			}
			assertThat(meter(context, "start.lag").timer().count()).isEqualTo(1);
			assertThat(meter(context, "start.lag").timer().totalTime(TimeUnit.SECONDS)).isBetween(89.0, 150.0);
			context.publishEvent(new JobStarted("early", "batch-1", Instant.now().plusSeconds(60), 1, Trigger.SCHEDULE,
					Duration.ofMillis(3)));
			assertThat(ofJob(context, "early", "start.lag").timer().totalTime(TimeUnit.SECONDS)).isZero();
		});
	}

	/**
	 * By Redis's clock, so that a server whose own is ahead does not seem late.
	 */
	@Test
	void theClockOffsetIsMeasuredAndTakenIntoAccount() {
		Duration ahead = Duration.ofSeconds(40);
		LockSettings settings = new LockSettings(this.namespace, "test:", "batch-1", Duration.ofSeconds(2),
				Duration.ofMinutes(1));
		this.runner.withBean(Job.class)
			.withBean("shifted", JobLocks.class, () -> ShiftedClock.locks(RedisServer.shared(), settings, ahead))
			.run((context) -> {
				await().atMost(PATIENCE).untilAsserted(() -> {
					context.getBean(Job.class).run();
					assertThat(context.getBean(MeterRegistry.class)
						.get(PREFIX + "clock.offset")
						.timeGauge()
						.value(TimeUnit.SECONDS)).isCloseTo(40, within(10.0));
				});
				context.publishEvent(new JobStarted("lagging", "batch-1", Instant.now().minusSeconds(100), 1,
						Trigger.SCHEDULE, Duration.ofMillis(3)));
				assertThat(ofJob(context, "lagging", "start.lag").timer().totalTime(TimeUnit.SECONDS)).isBetween(45.0,
						90.0);
			});
	}

	@Test
	void failedRenewalsAndLostLocksAreCounted() {
		this.local.run((context) -> {
			context.publishEvent(new JobRenewalFailed("job", "batch-1", Instant.EPOCH, 1, "no answer"));
			context.publishEvent(new JobRenewalFailed("job", "batch-1", Instant.EPOCH, 1, "no answer"));
			context.publishEvent(new JobLockLost("job", "batch-1", Instant.EPOCH, 1, "no answer"));
			assertThat(meter(context, "renewals.failed").counter().count()).isEqualTo(2);
			assertThat(meter(context, "locks.lost").counter().count()).isEqualTo(1);
		});
	}

	@Test
	void aJobThatIsOverdueAndTheAgeOfItsLastSuccess() {
		Map<String, Instant> overdue = new ConcurrentHashMap<>();
		FixedWatch watch = new FixedWatch(overdue);
		this.local.withBean("watch", JobWatch.class, () -> watch, (bean) -> bean.setPrimary(true)).run((context) -> {
			assertThat(meter(context, "overdue").gauge().value()).isZero();
			overdue.put("job", Instant.EPOCH);
			assertThat(meter(context, "overdue").gauge().value()).isEqualTo(1);
			watch.lastSuccess(Instant.now().minusSeconds(3600));
			assertThat(meter(context, "last.success.age").timeGauge().value(TimeUnit.SECONDS)).isCloseTo(3600,
					within(60.0));
		});
	}

	/**
	 * It has no name before it runs.
	 */
	@Test
	void aJobOfCodeIsCountedFromItsFirstRunOn() {
		this.local.run((context) -> {
			context.getBean(DistributedJobs.class).run("of-code", () -> 1);
			assertThat(ofJob(context, "of-code", "runs").tag("outcome", "SUCCEEDED").timer().count()).isEqualTo(1);
			assertThat(ofJob(context, "of-code", "locks.lost").counter().count()).isZero();
		});
	}

	@Test
	void aListenerThatThrowsHidesNothing() {
		this.local.withBean("throwing", Throwing.class).run((context) -> {
			context.getBean(Job.class).run();
			assertThat(meter(context, "acquire", "result", "granted").timer().count()).isEqualTo(1);
			assertThat(meter(context, "runs", "outcome", "SUCCEEDED").timer().count()).isEqualTo(1);
			assertThat(meter(context, "running").gauge().value()).isZero();
		});
	}

	/**
	 * Micrometer warns of a gauge that is. Once in a JVM, and after that for who debugs.
	 */
	@Test
	void nothingIsRegisteredTwice(CapturedOutput output) {
		LoggingSystem logging = LoggingSystem.get(getClass().getClassLoader());
		logging.setLogLevel(MeterRegistry.class.getName(), LogLevel.DEBUG);
		try {
			this.local.run((context) -> {
				context.getBean(Job.class).run();
				MeterRegistry late = new SimpleMeterRegistry();
				context.getBean(JobMetrics.class).bindTo(late);
				assertThat(late.get(PREFIX + "running").tag("job.name", "job").gauge().value()).isZero();
				// Jobs of code, each by several threads at once
				IntStream.range(0, 1000)
					.parallel()
					.forEach((i) -> context.publishEvent(
							new JobRenewalFailed("of-code-" + i % 100, "batch-1", Instant.EPOCH, 1, "no answer")));
				assertThat(ofJob(context, "of-code-99", "renewals.failed").counter().count()).isEqualTo(10);
			});
			assertThat(output).doesNotContain("already registered");
		}
		finally {
			logging.setLogLevel(MeterRegistry.class.getName(), null);
		}
	}

	@Test
	void noTagHasAValueOfItsOwnForEachTickOrServer() {
		this.local.run((context) -> {
			Job job = context.getBean(Job.class);
			job.run();
			job.held();
			job.held();
			assertThat(context.getBean(MeterRegistry.class)
				.getMeters()
				.stream()
				.map(Meter::getId)
				.filter((id) -> id.getName().startsWith(PREFIX))
				.flatMap((id) -> id.getTags().stream())
				.filter((tag) -> !tag.getKey().equals("job.name"))
				.map(Tag::getValue)
				.collect(Collectors.toSet())).isSubsetOf(allowed());
		});
	}

	private static Set<String> allowed() {
		Set<String> allowed = new HashSet<>(Set.of("granted", "refused", "unavailable"));
		Arrays.stream(RunOutcome.values()).map(Enum::name).forEach(allowed::add);
		Arrays.stream(SkipReason.values()).map(Enum::name).forEach(allowed::add);
		return allowed;
	}

	@Test
	void anApplicationWithoutJobsHasNoneAndMakesNoLocks() {
		this.runner.withPropertyValues("spring.application.name=", "spring.data.redis.url=redis://127.0.0.1:1")
			.run((context) -> {
				assertThat(context).hasNotFailed();
				assertThat(context.getBean(MeterRegistry.class)
					.get(PREFIX + "clock.offset")
					.timeGauge()
					.value(TimeUnit.SECONDS)).isNaN();
				assertThat(context.getBean(MeterRegistry.class).find(PREFIX + "runs").meters()).isEmpty();
				assertThat(context.getBeanFactory().containsSingleton("distributedScheduledLocks")).isFalse();
			});
	}

	@Test
	void withoutMicrometerThereAreNone() {
		new ApplicationContextRunner()
			.withConfiguration(AutoConfigurations.of(DistributedScheduledAutoConfiguration.class))
			.withUserConfiguration(Scheduling.class)
			.withBean(Job.class)
			.withPropertyValues("spring.application.name=" + this.namespace, "distributed-scheduled.mode=local")
			.withClassLoader(new FilteredClassLoader("io.micrometer.core"))
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean("distributedScheduledMetrics"));
	}

	@Test
	void withoutARegistryNothingIsHurt() {
		new ApplicationContextRunner()
			.withConfiguration(AutoConfigurations.of(DistributedScheduledAutoConfiguration.class))
			.withUserConfiguration(Scheduling.class)
			.withBean(Job.class)
			.withPropertyValues("spring.application.name=" + this.namespace, "distributed-scheduled.mode=local")
			.run((context) -> {
				context.getBean(Job.class).run();
				assertThat(context).hasBean("distributedScheduledMetrics");
			});
	}

	private static RequiredSearch meter(ApplicationContext context, String name, String... tags) {
		return ofJob(context, "job", name).tags(tags);
	}

	private static RequiredSearch ofJob(ApplicationContext context, String job, String name) {
		return context.getBean(MeterRegistry.class).get(PREFIX + name).tag("job.name", job);
	}

	@Configuration(proxyBeanMethods = false)
	@EnableScheduling
	static class Scheduling {

	}

	static class Throwing implements ApplicationListener<ApplicationEvent>, Ordered {

		@Override
		public int getOrder() {
			return Ordered.HIGHEST_PRECEDENCE + 10;
		}

		@Override
		public void onApplicationEvent(ApplicationEvent event) {
			if (event instanceof PayloadApplicationEvent<?> carrier && carrier.getPayload() instanceof JobEvent) {
				throw new IllegalStateException("not for you");
			}
		}

	}

	/**
	 * Public, because its proxy is made in another class loader.
	 */
	public static class Job {

		static final CountDownLatch MAY_RETURN = new CountDownLatch(1);

		@Scheduled(cron = "0 0 3 1 1 *")
		@DistributedScheduled("job")
		public void run() {
		}

		@DistributedScheduled("failing")
		public void fail() {
			throw new IllegalStateException("no orders");
		}

		@DistributedScheduled(name = "held", lockAtLeastFor = "1h")
		public void held() {
		}

		@DistributedScheduled("long")
		public void untilItMayReturn() {
			try {
				MAY_RETURN.await();
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
			}
		}

	}

}
