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
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.atomic.AtomicInteger;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.redisson.client.RedisReadonlyException;

import org.springframework.scheduling.TaskScheduler;
import org.springframework.scheduling.Trigger;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.scheduling.concurrent.ConcurrentTaskScheduler;

import io.github.lockstarter.DistributedScheduled;
import io.github.lockstarter.JobFinished;
import io.github.lockstarter.JobRun;
import io.github.lockstarter.JobSkipped;
import io.github.lockstarter.JobStarted;
import io.github.lockstarter.LockLostException;
import io.github.lockstarter.LockUnavailableException;
import io.github.lockstarter.RedisUnavailablePolicy;
import io.github.lockstarter.RunOutcome;
import io.github.lockstarter.SkipReason;
import io.github.lockstarter.fixture.RecordedEvents;
import io.github.lockstarter.internal.time.VirtualExecutor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * What becomes of a tick when Redis is away, by policy. On virtual time.
 */
class RedisUnavailableTests {

	private static final Instant TICK = VirtualServers.THREE;

	private static final Duration RETRY_WITHIN = Duration.ofMinutes(1);

	private final VirtualServers world = new VirtualServers();

	private final VirtualServers.Server server = this.world.server("one");

	private final RecordedEvents events = this.server.events();

	@AfterEach
	void close() {
		this.world.close();
	}

	@Test
	void retryRunsTheSameTickWhenRedisIsBack() {
		this.server.cut();
		policy(RedisUnavailablePolicy.RETRY, RETRY_WITHIN).start(OneTick.class);
		this.world.passUntil(TICK.plusSeconds(50));
		assertThat(this.events.all()).isEmpty();
		this.server.heal();
		JobStarted started = this.world.until(JobStarted.class);
		assertThat(started.tick()).isEqualTo(TICK);
		assertThat(started.trigger()).isEqualTo(JobRun.Trigger.SCHEDULE);
		assertThat(started.token()).isPositive();
		// A tick that is run in the end was not skipped
		this.world.pass(Duration.ofMinutes(1));
		assertThat(this.events.of(JobSkipped.class)).isEmpty();
	}

	@Test
	void retryHoldsNoThreadOfTheScheduler() {
		this.server.cut();
		policy(RedisUnavailablePolicy.RETRY, RETRY_WITHIN).threads(1);
		try (TestServer server = new TestServer("one").on(this.server).with(OneTick.class, Heartbeat.class).start()) {
			this.world.passUntil(TICK.plus(VirtualServers.ACQUIRE_TIMEOUT).plusMillis(100));
			// The only thread of the scheduler is free for others while the tick waits
			int beats = server.bean(Heartbeat.class).beats;
			this.world.pass(Duration.ofSeconds(10));
			assertThat(server.bean(Heartbeat.class).beats - beats).isBetween(450, 550);
			assertThat(this.events.all()).isEmpty();
			this.server.heal();
			assertThat(this.world.until(JobStarted.class).tick()).isEqualTo(TICK);
		}
	}

	@Test
	void retryGivesUpWhenItsTimeIsOver() {
		this.server.cut();
		policy(RedisUnavailablePolicy.RETRY, Duration.ofSeconds(10)).start(OneTick.class);
		JobSkipped skipped = this.world.until(JobSkipped.class);
		assertThat(this.world.now()).isBetween(TICK.plusSeconds(10),
				TICK.plusSeconds(10).plus(VirtualServers.ACQUIRE_TIMEOUT).plusMillis(100));
		assertThat(skipped.reason()).isEqualTo(SkipReason.REDIS_UNAVAILABLE);
		assertThat(skipped.tick()).isEqualTo(TICK);
		assertThat(skipped.detail()).isNotBlank();
		this.server.heal();
		this.world.pass(Duration.ofMinutes(1));
		assertThat(this.events.all()).hasSize(1);
	}

	@Test
	void retryNeverGoesPastTheNextTick() {
		this.server.cut();
		policy(RedisUnavailablePolicy.RETRY, RETRY_WITHIN).start(EverySecond.class);
		// The retry of one tick ends when the next one fires
		this.world.until(() -> this.events.of(JobSkipped.class).size() >= 10);
		assertThat(this.events.all()).allMatch(JobSkipped.class::isInstance);
		this.server.heal();
		this.world.until(() -> this.events.of(JobStarted.class).size() >= 10);
		assertThat(this.events.of(JobStarted.class)).extracting(JobStarted::tick).doesNotHaveDuplicates();
	}

	/**
	 * By a scheduler of the application, which says so in its own way.
	 */
	@Test
	void retryThatTheSchedulerDoesNotTakeIsSkippedWithItsReason() {
		this.server.cut();
		policy(RedisUnavailablePolicy.RETRY, RETRY_WITHIN);
		FullScheduler scheduler = new FullScheduler(this.server);
		try (TestServer server = on(scheduler)) {
			this.world.passUntil(TICK.plus(VirtualServers.ACQUIRE_TIMEOUT).plusMillis(100));
			assertThat(server.events()).isEmpty();
			scheduler.full = true;
			this.server.heal();
			JobSkipped skipped = this.world.until(JobSkipped.class);
			assertThat(skipped.reason()).isEqualTo(SkipReason.REDIS_UNAVAILABLE);
			assertThat(skipped.tick()).isEqualTo(TICK);
			assertThat(server.events(JobStarted.class)).isEmpty();
		}
	}

	@Test
	void skipSkips() {
		this.server.cut();
		policy(RedisUnavailablePolicy.SKIP, RETRY_WITHIN).start(OneTick.class);
		assertSkipped();
	}

	@Test
	void failGoesToTheErrorHandler() {
		this.server.cut();
		policy(RedisUnavailablePolicy.FAIL, RETRY_WITHIN);
		List<Throwable> errors = new ArrayList<>();
		ConcurrentTaskScheduler scheduler = this.server.scheduler();
		scheduler.setErrorHandler(errors::add);
		TestServer server = on(scheduler);
		assertSkipped();
		assertThat(errors).singleElement()
			.isInstanceOfSatisfying(LockUnavailableException.class,
					(ex) -> assertThat(ex).hasMessageContaining("'job'"));
		server.close();
	}

	@Test
	void runRunsWithoutALockAndSaysSo() {
		this.server.cut();
		List<Boolean> heldInside = new ArrayList<>();
		policy(RedisUnavailablePolicy.RUN, RETRY_WITHIN).start(OneTick.class,
				(machine) -> heldInside.add(JobRun.current().isLockHeld()));
		JobFinished finished = this.world.until(JobFinished.class);
		assertThat(this.events.first(JobStarted.class).token()).isZero();
		assertThat(finished.outcome()).isEqualTo(RunOutcome.SUCCEEDED);
		assertThat(heldInside).containsExactly(false);
		JobRun run = this.world.runs().get(0).run();
		assertThatExceptionOfType(LockLostException.class).isThrownBy(run::assertLockHeld)
			.withMessageContaining("runs without a lock");
	}

	@Test
	void theAnnotationOverridesTheSetting() {
		this.server.cut();
		policy(RedisUnavailablePolicy.RUN, RETRY_WITHIN).start(SkippingTick.class);
		assertSkipped();
	}

	/**
	 * A replica answers every question and refuses every lock.
	 */
	@Test
	void retryPausesWhereRedisAnswersAndRefusesTheLock() {
		AtomicInteger refused = new AtomicInteger();
		this.world.redis().refuse(Set.of("HSET", "XADD", "HDEL", "DEL", "PEXPIRE", "PUBLISH"), () -> {
			refused.incrementAndGet();
			return new RedisReadonlyException("READONLY You can't write against a read only replica.");
		});
		policy(RedisUnavailablePolicy.RETRY, RETRY_WITHIN).start(OneTick.class);
		this.world.passUntil(TICK.plusSeconds(50));
		// A storm would have thousands
		assertThat(refused).hasValueBetween(10, 60);
		assertThat(this.events.all()).isEmpty();
		this.world.redis().accept();
		assertThat(this.world.until(JobStarted.class).tick()).isEqualTo(TICK);
	}

	private void assertSkipped() {
		JobSkipped skipped = this.world.until(JobSkipped.class);
		assertThat(skipped.reason()).isEqualTo(SkipReason.REDIS_UNAVAILABLE);
		this.server.heal();
		this.world.pass(Duration.ofMinutes(5));
		assertThat(this.events.all()).hasSize(1);
	}

	private VirtualServers.Server policy(RedisUnavailablePolicy policy, Duration within) {
		return this.server.settings((settings) -> new RunSettings(settings.namespace(), settings.server(),
				settings.lease(), settings.lockAtLeastFor(), settings.timeout(), policy, within, settings.spread()));
	}

	private TestServer on(TaskScheduler scheduler) {
		TestServer server = new TestServer("one").on(this.server).with(OneTick.class);
		server.context().registerBean("taskScheduler", TaskScheduler.class, () -> scheduler);
		return server.start();
	}

	static final class FullScheduler extends ConcurrentTaskScheduler {

		private boolean full;

		FullScheduler(VirtualServers.Server server) {
			super(new VirtualExecutor(server.machine(), 1));
			setClock(server.machine().clock());
		}

		@Override
		public @Nullable ScheduledFuture<?> schedule(Runnable task, Trigger trigger) {
			if (this.full) {
				throw new RejectedExecutionException("no room");
			}
			return super.schedule(task, trigger);
		}

	}

	static class OneTick {

		@Scheduled(cron = "0 0 3 * * *", zone = "UTC")
		@DistributedScheduled("job")
		public void run() {
		}

	}

	static class SkippingTick {

		@Scheduled(cron = "0 0 3 * * *", zone = "UTC")
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

		private int beats;

		@Scheduled(fixedRate = 20)
		void beat() {
			this.beats++;
		}

	}

}
