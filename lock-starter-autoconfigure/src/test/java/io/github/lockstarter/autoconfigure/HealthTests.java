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
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.actuate.health.Health;
import org.springframework.boot.actuate.health.HealthIndicator;
import org.springframework.boot.actuate.health.Status;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.assertj.AssertableApplicationContext;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Configuration;
import org.springframework.scheduling.annotation.EnableScheduling;

import io.github.lockstarter.DistributedScheduled;
import io.github.lockstarter.fixture.BareProxy;
import io.github.lockstarter.fixture.RedisServer;
import io.github.lockstarter.lock.JobLocks;
import io.github.lockstarter.lock.LockSettings;
import io.github.lockstarter.lock.ShiftedClock;
import io.github.lockstarter.operations.JobWatch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * What the actuator is told of the locks.
 */
class HealthTests {

	private static final String BEAN = "distributedScheduledHealthIndicator";

	private static final String BOOT_3 = "org.springframework.boot.actuate";

	private static final Duration TIMEOUT = Duration.ofSeconds(1);

	private final String namespace = "health-" + UUID.randomUUID();

	private final ApplicationContextRunner runner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(DistributedScheduledAutoConfiguration.class))
		.withUserConfiguration(Scheduling.class)
		.withPropertyValues("spring.application.name=" + this.namespace, "distributed-scheduled.server-id=batch-1",
				"distributed-scheduled.acquire-timeout=" + TIMEOUT.toMillis());

	private ApplicationContextRunner on(RedisServer redis) {
		return this.runner.withBean(Job.class).withPropertyValues("spring.data.redis.url=" + redis.address());
	}

	@Test
	void allIsWell() {
		try (RedisServer redis = RedisServer.start("--requirepass", "s3cret")) {
			String address = "redis://127.0.0.1:" + redis.port();
			this.runner.withBean(Job.class)
				.withPropertyValues("spring.data.redis.url=" + address.replace("//", "//default:s3cret@"))
				.run((context) -> {
					awaitStatus(context, Status.UP);
					await().untilAsserted(() -> assertThat(health(context).getDetails())
						.containsOnlyKeys("locks", "namespace", "server", "clockOffset", "clockAhead")
						.containsEntry("locks", address + "/0")
						.containsEntry("namespace", this.namespace)
						.containsEntry("server", "batch-1")
						.containsEntry("clockAhead", false)
						.hasEntrySatisfying("clockOffset",
								(offset) -> assertThat(offset).asString().matches("-?\\d+ ms")));
					assertThat(health(context).toString()).doesNotContain("s3cret");
				});
		}
	}

	@Test
	void aRedisThatStandsStillIsDownUntilItAnswers() {
		try (RedisServer redis = RedisServer.start()) {
			on(redis).run((context) -> {
				awaitStatus(context, Status.UP);
				redis.pause();
				TroubledApplication.assertThreadIsLetGo("health of a silent Redis", () -> health(context));
				assertThat(health(context)).satisfies((health) -> {
					assertThat(health.getStatus()).isEqualTo(Status.DOWN);
					assertThat(health.getDetails()).containsKey("failure");
				});
				redis.resume();
				awaitStatus(context, Status.UP);
			});
		}
	}

	@Test
	void aRedisThatIsNotThereIsDownUntilItIs() {
		try (RedisServer redis = RedisServer.reserved()) {
			on(redis).run((context) -> {
				assertThat(health(context).getStatus()).isEqualTo(Status.DOWN);
				redis.startAgain();
				awaitStatus(context, Status.UP);
			});
		}
	}

	@Test
	void aRedisThatTakesNoLocksIsDown() {
		try (RedisServer redis = RedisServer.start()) {
			on(redis).run((context) -> {
				awaitStatus(context, Status.UP);
				redis.cli("REPLICAOF", "127.0.0.1", "1");
				awaitStatus(context, Status.DOWN);
				assertThat(health(context).getDetails().get("failure")).asString().contains("READONLY");
				redis.cli("REPLICAOF", "NO", "ONE");
				awaitStatus(context, Status.UP);
			});
		}
	}

	@Test
	void aRedisThatMayEvictLocksIsUpAndSaysSo() {
		try (RedisServer redis = RedisServer.start("--maxmemory-policy", "allkeys-lru")) {
			on(redis).run((context) -> await().untilAsserted(() -> {
				Health health = health(context);
				assertThat(health.getStatus()).isEqualTo(Status.UP);
				assertThat(health.getDetails()).containsEntry("mayEvictLocks",
						List.of("maxmemory-policy is 'allkeys-lru' on " + redis.host() + ":" + redis.port()));
			}));
		}
	}

	/**
	 * The ticks of cron expressions are skipped here, and run elsewhere.
	 */
	@Test
	void aClockThatIsAheadIsNotUpAndTakesNoServerOutOfALoadBalancer() {
		onShiftedClock(Duration.ofMinutes(10)).run((context) -> {
			awaitStatus(context, Status.UNKNOWN);
			await().untilAsserted(() -> assertThat(health(context).getDetails()).containsEntry("clockAhead", true)
				.doesNotContainKey("failure")
				.hasEntrySatisfying("clockOffset",
						(offset) -> assertThat(offset).asString().matches("(59|60)\\d{4} ms")));
		});
	}

	@Test
	void aClockThatIsBehindIsUp() {
		onShiftedClock(Duration.ofMinutes(-10)).run((context) -> {
			awaitStatus(context, Status.UP);
			await().untilAsserted(() -> assertThat(health(context).getDetails()).containsEntry("clockAhead", false)
				.hasEntrySatisfying("clockOffset",
						(offset) -> assertThat(offset).asString().matches("-(59|60)\\d{4} ms")));
		});
	}

	private ApplicationContextRunner onShiftedClock(Duration ahead) {
		LockSettings settings = new LockSettings(this.namespace, "test:", "batch-1", TIMEOUT, Duration.ofMinutes(1));
		return this.runner.withBean(Job.class)
			.withBean("shifted", JobLocks.class, () -> ShiftedClock.locks(RedisServer.shared(), settings, ahead));
	}

	/**
	 * That is the same on all servers.
	 */
	@Test
	void aJobThatIsOverdueIsNotUpAndTakesNoServerOutOfALoadBalancer() {
		Map<String, Instant> overdue = new ConcurrentHashMap<>();
		this.runner.withBean(Job.class)
			.withBean("watch", JobWatch.class, () -> new FixedWatch(overdue), (bean) -> bean.setPrimary(true))
			.withPropertyValues("distributed-scheduled.mode=local")
			.run((context) -> {
				assertThat(health(context).getStatus()).isEqualTo(Status.UP);
				assertThat(health(context).getDetails()).doesNotContainKey("overdue");
				overdue.put("job", Instant.parse("2026-08-02T03:00:00Z"));
				assertThat(health(context).getStatus()).isEqualTo(Status.UNKNOWN);
				assertThat(health(context).getDetails()).containsEntry("overdue",
						Map.of("job", "since 2026-08-02T03:00:00Z"));
				overdue.clear();
				assertThat(health(context).getStatus()).isEqualTo(Status.UP);
			});
	}

	/**
	 * Others can run it, and to restart this server is for an operator to decide.
	 */
	@Test
	void aJobThatRanPastItsLockIsNotUpAndTakesNoServerOutOfALoadBalancer() {
		this.runner.withBean(Ticking.class).withPropertyValues("distributed-scheduled.mode=local").run((context) -> {
			assertThat(health(context).getStatus()).isEqualTo(Status.UP);
			assertThat(health(context).getDetails()).doesNotContainKey("bypassed");
			BareProxy.strip(context.getBean(Ticking.class));
			awaitStatus(context, Status.UNKNOWN);
			assertThat(health(context).getDetails()).containsEntry("bypassed", Set.of("ticking"));
		});
	}

	@Test
	void aRedisThatIsAwayIsDownAlsoIfAJobIsOverdue() {
		try (RedisServer redis = RedisServer.reserved()) {
			on(redis)
				.withBean("watch", JobWatch.class, () -> new FixedWatch(Map.of("job", Instant.EPOCH)),
						(bean) -> bean.setPrimary(true))
				.run((context) -> {
					assertThat(health(context).getStatus()).isEqualTo(Status.DOWN);
					assertThat(health(context).getDetails()).containsKeys("failure", "overdue");
				});
		}
	}

	@Test
	void locksOfThisJvmAreUp() {
		this.runner.withBean(Job.class)
			.withPropertyValues("distributed-scheduled.mode=local")
			.run((context) -> assertThat(health(context)).satisfies((health) -> {
				assertThat(health.getStatus()).isEqualTo(Status.UP);
				assertThat(health.getDetails()).containsEntry("locks", "this JVM only");
			}));
	}

	/**
	 * It needs neither Redis nor a namespace, and the question makes no locks.
	 */
	@Test
	void anApplicationWithoutJobsIsUp() {
		this.runner.withPropertyValues("spring.application.name=", "spring.data.redis.url=redis://127.0.0.1:1")
			.run((context) -> {
				assertThat(health(context).getStatus()).isEqualTo(Status.UP);
				assertThat(health(context).getDetails()).containsEntry("locks", "none, because there are no jobs");
				assertThat(context.getBeanFactory().containsSingleton("distributedScheduledLocks")).isFalse();
			});
	}

	@ParameterizedTest
	@ValueSource(strings = { "management.health.distributed-scheduled.enabled", "management.health.defaults.enabled" })
	void itCanBeSwitchedOff(String property) {
		ApplicationContextRunner local = this.runner.withBean(Job.class)
			.withPropertyValues("distributed-scheduled.mode=local");
		local.run((context) -> assertThat(context).hasBean(BEAN));
		local.withPropertyValues(property + "=false")
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(BEAN));
	}

	@Test
	void withoutAnActuatorThereIsNone() {
		this.runner.withBean(Job.class)
			.withPropertyValues("distributed-scheduled.mode=local")
			.withClassLoader(new FilteredClassLoader(BOOT_3))
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(BEAN));
	}

	private static void awaitStatus(AssertableApplicationContext context, Status status) {
		await().atMost(Duration.ofSeconds(30)).until(() -> health(context).getStatus(), status::equals);
	}

	private static Health health(AssertableApplicationContext context) {
		assertThat(context).hasNotFailed();
		return context.getBean(BEAN, HealthIndicator.class).health();
	}

	@Configuration(proxyBeanMethods = false)
	@EnableScheduling
	static class Scheduling {

	}

	/**
	 * Public, because its proxy is made in another class loader.
	 */
	public static class Job {

		@DistributedScheduled("job")
		public void run() {
		}

	}

}
