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
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

import org.junit.jupiter.api.Test;
import org.redisson.Redisson;
import org.redisson.api.RedissonClient;
import org.redisson.config.Config;

import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.context.event.EventListener;
import org.springframework.scheduling.annotation.EnableScheduling;
import org.springframework.scheduling.annotation.Scheduled;

import io.github.lockstarter.DistributedScheduled;
import io.github.lockstarter.JobEvent;
import io.github.lockstarter.JobRun;
import io.github.lockstarter.JobSkipped;
import io.github.lockstarter.JobStarted;
import io.github.lockstarter.SkipReason;
import io.github.lockstarter.fixture.RedisServer;
import io.github.lockstarter.internal.time.TimeSource;
import io.github.lockstarter.lock.JobLocks;
import io.github.lockstarter.lock.LockSettings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Somebody who is no run of the job holds its lock. The tick is not lost: it is asked for
 * again until the lock is free, or the next tick has come.
 */
class ForeignLockTests {

	private static final RedisServer redis = RedisServer.shared();

	private final String namespace = "foreign-lock-" + UUID.randomUUID();

	@Test
	void theTickIsRunWhenTheLockIsFree() throws Exception {
		play(3000, (events) -> {
			JobStarted started = (JobStarted) events.remove();
			assertThat(started.trigger()).isEqualTo(JobRun.Trigger.SCHEDULE);
			// No skip before: the tick was not given up
			assertThat(events).noneMatch(JobSkipped.class::isInstance);
		});
	}

	@Test
	void aLockThatIsHeldForLongerIsGivenUpWithAReason() throws Exception {
		play(-1, (events) -> {
			JobSkipped skipped = (JobSkipped) events.remove();
			assertThat(skipped.reason()).isEqualTo(SkipReason.LOCK_REFUSED);
			assertThat(skipped.tick()).isNotNull();
		});
	}

	private void play(long lease, Consumer<Queue<JobEvent>> check) throws Exception {
		RedissonClient redisson = client();
		String key = "test:{" + this.namespace + "/job}:lock";
		if (lease > 0) {
			assertThat(redisson.getLock(key).tryLockAsync(0, lease, TimeUnit.MILLISECONDS, 1).get()).isTrue();
		}
		else {
			// Somebody else's lock, which is never free
			redis.cli("HSET", key, "somebody", "1");
		}
		try (AnnotationConfigApplicationContext server = server(redisson)) {
			Queue<JobEvent> events = server.getBean(Job.class).events();
			await().until(() -> !events.isEmpty());
			check.accept(events);
		}
		finally {
			redis.cli("DEL", key);
			redisson.shutdown();
		}
	}

	private AnnotationConfigApplicationContext server(RedissonClient redisson) {
		AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext();
		context.registerBean(RunSettings.class,
				() -> new RunSettings(this.namespace, "one", Duration.ofSeconds(30), Duration.ZERO, Duration.ZERO));
		context.registerBean(JobLocks.class,
				() -> JobLocks.onRedis(() -> redisson, false, redis.address(),
						new LockSettings(this.namespace, "test:", "one", Duration.ofSeconds(2), Duration.ofMinutes(1)),
						TimeSource.system()));
		context.register(Server.class, Job.class);
		context.refresh();
		return context;
	}

	private static RedissonClient client() {
		Config config = new Config();
		config.useSingleServer().setAddress(redis.address()).setConnectionMinimumIdleSize(1);
		return Redisson.create(config);
	}

	@Configuration(proxyBeanMethods = false)
	@EnableScheduling
	@Import(DistributedSchedulingConfiguration.class)
	static class Server {

	}

	static class Job {

		private final Queue<JobEvent> events = new ConcurrentLinkedQueue<>();

		@Scheduled(initialDelay = 100)
		@DistributedScheduled("job")
		void run() {
		}

		Queue<JobEvent> events() {
			return this.events;
		}

		@EventListener
		void on(JobEvent event) {
			this.events.add(event);
		}

	}

}
