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
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.redisson.Redisson;
import org.redisson.api.RedissonClient;
import org.redisson.config.Config;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.aop.AopAutoConfiguration;
import org.springframework.boot.autoconfigure.ssl.SslAutoConfiguration;
import org.springframework.boot.autoconfigure.task.TaskSchedulingAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Primary;
import org.springframework.scheduling.annotation.EnableScheduling;
import org.springframework.scheduling.annotation.Scheduled;

import io.github.lockstarter.DistributedScheduled;
import io.github.lockstarter.JobRun;
import io.github.lockstarter.RedisUnavailablePolicy;
import io.github.lockstarter.fixture.RedisServer;
import io.github.lockstarter.internal.time.TimeSource;
import io.github.lockstarter.lock.JobLocks;
import io.github.lockstarter.lock.LockSettings;
import io.github.lockstarter.operations.JobOperations;
import io.github.lockstarter.operations.JobWatch;
import io.github.lockstarter.operations.OperationsSettings;
import io.github.lockstarter.run.RunSettings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

/**
 * What the auto-configuration makes, and what it leaves to the application.
 */
class DistributedScheduledAutoConfigurationTests {

	private static final String[] LAZY = { "spring.application.name=lazy", "distributed-scheduled.mode=local",
			"spring.main.lazy-initialization=true" };

	private static final RedisServer redis = RedisServer.shared();

	private final String namespace = "auto-" + UUID.randomUUID();

	private final ApplicationContextRunner runner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(DistributedScheduledAutoConfiguration.class,
				AopAutoConfiguration.class, TaskSchedulingAutoConfiguration.class, SslAutoConfiguration.class))
		.withUserConfiguration(Scheduling.class)
		.withPropertyValues("spring.application.name=" + this.namespace, "spring.data.redis.url=" + redis.address());

	private final ApplicationContextRunner local = this.runner.withPropertyValues("distributed-scheduled.mode=local");

	@Test
	void theClientOfTheLocksIsNoBean() {
		this.runner.withBean(Job.class).run((context) -> {
			assertThat(context).hasSingleBean(JobLocks.class).doesNotHaveBean(RedissonClient.class);
			context.getBean(Job.class).run();
			assertThat(context.getBean(Job.class).calls()).isEqualTo(1);
		});
	}

	@Test
	void theClientOfTheLocksIsShutDownWithTheContext() {
		String name = "client-" + UUID.randomUUID();
		this.runner.withBean(Job.class).withPropertyValues("spring.data.redis.client-name=" + name).run((context) -> {
			context.getBean(Job.class).run();
			assertThat(redis.cli("CLIENT", "LIST")).contains("name=" + name);
		});
		await().until(() -> !redis.cli("CLIENT", "LIST").contains("name=" + name));
	}

	@Test
	void theRedissonClientOfTheApplicationIsUsedAndNotShutDown() {
		RedissonClient own = client();
		try {
			this.runner.withBean(Job.class)
				.withBean("own", RedissonClient.class, () -> own, (bean) -> bean.setDestroyMethodName(""))
				.withPropertyValues("spring.data.redis.url=redis://no.such.host.invalid:1")
				.run((context) -> {
					context.getBean(Job.class).run();
					assertThat(context.getBean(Job.class).calls()).isEqualTo(1);
					assertThat(context.getBean(JobLocks.class).describe())
						.startsWith("Redis of the bean 'own' (redis://");
				});
			assertThat(own.isShutdown()).isFalse();
		}
		finally {
			own.shutdown();
		}
	}

	@Test
	void thePrimaryRedissonClientIsUsed() {
		this.runner.withBean(Job.class).withUserConfiguration(TwoClients.class).run((context) -> {
			assertThat(context).hasNotFailed();
			assertThat(context.getBean(JobLocks.class).describe()).startsWith("Redis of the bean 'locks' (redis://");
		});
	}

	@Configuration(proxyBeanMethods = false)
	static class TwoClients {

		@Bean(destroyMethod = "shutdown")
		@Primary
		RedissonClient locks() {
			return client();
		}

		@Bean(destroyMethod = "shutdown")
		RedissonClient sessions() {
			return client();
		}

	}

	/**
	 * The locks are gone before their client is.
	 */
	@Test
	void theClientOfTheApplicationOutlivesTheLocks() {
		this.runner.withBean(Job.class).withUserConfiguration(OwnClient.class).run((context) -> {
			context.getBean(Job.class).run();
			assertThat(context.getBeanFactory().getDependentBeans("redisson")).contains("distributedScheduledLocks");
		});
	}

	@Configuration(proxyBeanMethods = false)
	static class OwnClient {

		@Bean(destroyMethod = "shutdown")
		RedissonClient redisson() {
			return client();
		}

	}

	@Test
	void locksAndSettingsOfTheApplicationAreLeftAlone() {
		RunSettings settings = new RunSettings("mine", "my-server", Duration.ofSeconds(9), Duration.ZERO,
				Duration.ZERO);
		this.runner.withBean(Job.class)
			.withBean("mySettings", RunSettings.class, () -> settings)
			.withBean("myLocks", JobLocks.class,
					() -> JobLocks.inMemory(
							new LockSettings("mine", "", "my-server", Duration.ofSeconds(1), Duration.ZERO),
							TimeSource.system()))
			.run((context) -> {
				assertThat(context).hasSingleBean(JobLocks.class).hasSingleBean(RunSettings.class).hasBean("myLocks");
				context.getBean(Job.class).run();
				assertThat(context.getBean(Job.class).run().server()).isEqualTo("my-server");
			});
	}

	@Test
	void anApplicationWithoutJobsMakesNeitherLocksNorSettings() {
		new ApplicationContextRunner()
			.withConfiguration(AutoConfigurations.of(DistributedScheduledAutoConfiguration.class))
			.withUserConfiguration(Scheduling.class)
			.run((context) -> {
				assertThat(context).hasNotFailed();
				assertThat(context.getBeanFactory().containsSingleton("distributedScheduledLocks")).isFalse();
				assertThat(context.getBeanFactory().containsSingleton("distributedScheduledRunSettings")).isFalse();
			});
	}

	@Test
	void propertiesBecomeSettings() {
		this.local.withBean(Job.class)
			.withPropertyValues("distributed-scheduled.namespace=ns", "distributed-scheduled.server-id=batch-1",
					"distributed-scheduled.lease=90s", "distributed-scheduled.lock-at-least-for=5s",
					"distributed-scheduled.timeout=1h", "distributed-scheduled.on-redis-unavailable=skip",
					"distributed-scheduled.retry-within=10s", "distributed-scheduled.spread=false")
			.run((context) -> assertThat(context.getBean(RunSettings.class))
				.isEqualTo(new RunSettings("ns", "batch-1", Duration.ofSeconds(90), Duration.ofSeconds(5),
						Duration.ofHours(1), RedisUnavailablePolicy.SKIP, Duration.ofSeconds(10), false)));
	}

	@Test
	void operatorsSeeAndSteerWhereThereAreJobs() {
		this.local.withBean(Job.class)
			.withPropertyValues("distributed-scheduled.overdue-after=10m", "spring.application.version=1.2",
					"distributed-scheduled.server-id=batch-1")
			.run((context) -> {
				assertThat(context.getBean(OperationsSettings.class).overdueAfter()).isEqualTo(Duration.ofMinutes(10));
				JobOperations operations = context.getBean("distributedScheduledOperations", JobOperations.class);
				await().atMost(Duration.ofSeconds(30)).until(() -> !operations.overview().servers().isEmpty());
				assertThat(operations.overview().servers()).singleElement().satisfies((server) -> {
					assertThat(server.id()).isEqualTo("batch-1");
					assertThat(server.version()).isEqualTo("1.2");
					assertThat(server.host()).isNotBlank();
					assertThat(server.jobs()).containsExactly("the-job");
				});
				assertThat(context.getBean("distributedScheduledWatch", JobWatch.class).jobs())
					.containsExactly("the-job");
			});
	}

	@Test
	void withoutJobsThereIsNobodyToTell() {
		this.runner.run((context) -> {
			assertThat(context.getBean(JobOperations.class).overview().servers()).isEmpty();
			assertThat(context.getBeanFactory().containsSingleton("distributedScheduledLocks")).isFalse();
		});
	}

	@Test
	void theDefaultsAreThoseOfTheDocumentation() {
		this.local.withBean(Job.class).run((context) -> {
			DistributedScheduledProperties properties = context.getBean(DistributedScheduledProperties.class);
			assertThat(properties).isEqualTo(new DistributedScheduledProperties(
					DistributedScheduledProperties.Mode.LOCAL, null, "distributed-scheduled:", null,
					Duration.ofSeconds(60), Duration.ZERO, Duration.ZERO, Duration.ofSeconds(2), Duration.ofMinutes(1),
					DistributedScheduledProperties.OnRedisUnavailable.RETRY, Duration.ofMinutes(1), true, 100, true,
					new DistributedScheduledProperties.Replicas(0, Duration.ofMillis(500)), Duration.ofMinutes(5), null,
					new DistributedScheduledProperties.Operations(false)));
			assertThat(context.getBean(RunSettings.class).namespace()).isEqualTo(this.namespace);
		});
	}

	/**
	 * A message may hold a secret.
	 */
	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void theMessageOfWhatARunThrewLeavesTheProcessOnlyIfItMay(boolean may) {
		String key = "distributed-scheduled:{" + this.namespace + "/failing}:failing:";
		this.runner.withBean(FailingJob.class)
			.withPropertyValues("distributed-scheduled.history-messages=" + may)
			.run((context) -> {
				assertThatIllegalStateException().isThrownBy(context.getBean(FailingJob.class)::run)
					.withMessage("s3cret");
				assertThat(context.getBean(JobOperations.class).job("failing").orElseThrow().last().failure())
					.isEqualTo("java.lang.IllegalStateException" + (may ? ": s3cret" : ""));
				String kept = redis.cli("HGETALL", key + "state") + redis.cli("XRANGE", key + "runs", "-", "+");
				assertThat(kept).contains("java.lang.IllegalStateException");
				assertThat(kept.contains("s3cret")).isEqualTo(may);
			});
	}

	@Test
	void theKeyPrefixIsThatOfTheProperty() {
		this.runner.withBean(Job.class).withPropertyValues("distributed-scheduled.key-prefix=my:").run((context) -> {
			context.getBean(Job.class).run();
			assertThat(redis.cli("EXISTS", "my:{" + this.namespace + "/the-job}:the-job:state")).isEqualTo("1");
		});
	}

	/**
	 * Nothing that an application switches off switches the locks off.
	 */
	@ParameterizedTest
	@ValueSource(strings = { "spring.aop.auto=false", "spring.aop.proxy-target-class=false",
			"spring.aop.proxy-target-class=true" })
	void jobsAreLockedWhateverTheSettingsOfAop(String property) {
		this.local.withBean(Job.class)
			.withPropertyValues(property)
			.run((context) -> assertThat(context.getBean(Job.class).run().name()).isEqualTo("the-job"));
	}

	@Test
	void jobsAreLockedWithoutTheAutoConfigurationOfAop() {
		new ApplicationContextRunner()
			.withConfiguration(AutoConfigurations.of(DistributedScheduledAutoConfiguration.class))
			.withUserConfiguration(Scheduling.class)
			.withBean(Job.class)
			.withPropertyValues(TestApplication.LOCAL)
			.run((context) -> assertThat(context.getBean(Job.class).run().name()).isEqualTo("the-job"));
	}

	@Test
	void lazyInitializationKeepsTheJobs() {
		try (ConfigurableApplicationContext context = TestApplication.start(EverySecond.class, LAZY)) {
			assertThat(context.isActive()).isTrue();
			await().until(() -> EverySecond.runs.get() > 0);
			assertThat(EverySecond.last.trigger()).isEqualTo(JobRun.Trigger.SCHEDULE);
		}
	}

	@Test
	void lazyInitializationKeepsTheGuards() {
		assertThatThrownBy(() -> TestApplication.start(FinalMethod.class, LAZY).close()).rootCause()
			.hasMessageContaining("FinalMethod.run() of bean")
			.hasMessageContaining("is final");
	}

	static class FinalMethod {

		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled
		final void run() {
		}

	}

	private static RedissonClient client() {
		Config config = new Config();
		config.setThreads(2);
		config.setNettyThreads(2);
		config.useSingleServer()
			.setAddress(redis.address())
			.setConnectionMinimumIdleSize(1)
			.setConnectionPoolSize(2)
			.setSubscriptionConnectionMinimumIdleSize(0);
		return Redisson.create(config);
	}

	@Configuration(proxyBeanMethods = false)
	@EnableScheduling
	static class Scheduling {

	}

	static class FailingJob {

		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled("failing")
		public void run() {
			throw new IllegalStateException("s3cret");
		}

	}

	static class Job {

		private final AtomicInteger calls = new AtomicInteger();

		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled("the-job")
		JobRun run() {
			this.calls.incrementAndGet();
			return JobRun.current();
		}

		int calls() {
			return this.calls.get();
		}

	}

	static class EverySecond {

		static final AtomicInteger runs = new AtomicInteger();

		static volatile JobRun last;

		@Scheduled(cron = "* * * * * *")
		@DistributedScheduled
		void run() {
			last = JobRun.current();
			runs.incrementAndGet();
		}

	}

}
