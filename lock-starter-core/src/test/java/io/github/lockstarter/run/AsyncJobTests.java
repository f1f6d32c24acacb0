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

import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.task.SyncTaskExecutor;
import org.springframework.scheduling.annotation.Async;
import org.springframework.scheduling.annotation.EnableAsync;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.scheduling.concurrent.ThreadPoolTaskExecutor;
import org.springframework.scheduling.config.TaskManagementConfigUtils;

import io.github.lockstarter.DistributedScheduled;
import io.github.lockstarter.InvalidJobException;
import io.github.lockstarter.JobFinished;
import io.github.lockstarter.JobRun;
import io.github.lockstarter.JobSkipped;
import io.github.lockstarter.RunOutcome;
import io.github.lockstarter.SkipReason;
import io.github.lockstarter.schedule.ManualScheduler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

/**
 * The tick travels with a call to another thread, and the lock is held there.
 */
class AsyncJobTests {

	@ParameterizedTest
	@ValueSource(classes = { OnMethod.class, OnClass.class, OnSubclass.class })
	void theTickTravelsWithTheCall(Class<? extends Recording> type) {
		try (TestServer server = TestServer.running(Pool.class, type)) {
			server.scheduler().fire("run");
			JobFinished finished = server.await(JobFinished.class);
			assertThat(finished.trigger()).isEqualTo(JobRun.Trigger.SCHEDULE);
			assertThat(finished.tick()).isEqualTo(ManualScheduler.START.plusSeconds(3 * 3600));
			assertThat(finished.outcome()).isEqualTo(RunOutcome.SUCCEEDED);
			assertThat(server.target(type).threads).singleElement().asString().startsWith("pool-of-test-");
		}
	}

	@Test
	void theLockIsHeldUntilTheMethodReturnsOnTheOtherThread() {
		try (TestServer one = new TestServer("one").firedByHand().onRedis().with(Pool.class, Blocking.class).start();
				TestServer two = new TestServer("two").firedByHand()
					.onRedis()
					.with(Pool.class, Blocking.class)
					.start()) {
			one.scheduler().fire("run");
			await().until(() -> one.target(Blocking.class).inside);
			assertThat(TestServer.isLocked("async-blocking")).isTrue();
			two.scheduler().fire("run");
			assertThat(two.await(JobSkipped.class).reason()).isEqualTo(SkipReason.ALREADY_RAN);
			one.target(Blocking.class).end.countDown();
			one.await(JobFinished.class);
			assertThat(TestServer.isLocked("async-blocking")).isFalse();
		}
	}

	@Test
	void anExecutorThatStaysOnTheThreadIsFineToo() {
		try (TestServer server = TestServer.running(SameThread.class, OnMethod.class)) {
			server.scheduler().fire("run");
			assertThat(server.await(JobFinished.class).trigger()).isEqualTo(JobRun.Trigger.SCHEDULE);
			server.bean(OnMethod.class).run();
			assertThat(server.events(JobFinished.class)).last()
				.extracting(JobFinished::trigger)
				.as("nothing of the tick is left on the thread")
				.isEqualTo(JobRun.Trigger.MANUAL);
		}
	}

	@Test
	void aCallByHandIsOneOnTheOtherThread() {
		try (TestServer server = TestServer.running(Pool.class, OnMethod.class)) {
			server.bean(OnMethod.class).run();
			assertThat(server.await(JobFinished.class).trigger()).isEqualTo(JobRun.Trigger.MANUAL);
		}
	}

	@ParameterizedTest
	@ValueSource(classes = { OnMethod.class, OnClass.class, OnSubclass.class })
	void anAspectThatIsWovenIntoTheClassIsRefused(Class<?> type) {
		try (TestServer server = new TestServer("one").firedByHand().with(type)) {
			server.context()
				.registerBean(TaskManagementConfigUtils.ASYNC_EXECUTION_ASPECT_BEAN_NAME, Object.class, Object::new);
			assertThatThrownBy(server::start).rootCause()
				.isInstanceOf(InvalidJobException.class)
				.hasMessageContaining("is @Async by AspectJ");
		}
	}

	/**
	 * The queue of the other thread is no place for what this server does not take.
	 */
	@Test
	void aServerThatTakesNoTicksSaysSoBeforeTheHop() {
		try (TestServer server = TestServer.running(NoThread.class, OnMethod.class)) {
			server.bean(LocalJobs.class).drain();
			server.scheduler().fire("run");
			assertThat(server.events(JobSkipped.class)).extracting(JobSkipped::reason)
				.containsExactly(SkipReason.DRAINING);
		}
	}

	@Test
	void aServerThatDrainsAfterTheHopSkipsThere() {
		try (TestServer server = TestServer.running(NoThread.class, OnMethod.class)) {
			server.scheduler().fire("run");
			server.bean(LocalJobs.class).drain();
			assertThat(server.events(JobSkipped.class)).isEmpty();
			server.context().getBean("taskExecutor", Waiting.class).runAll();
			assertThat(server.events(JobSkipped.class)).extracting(JobSkipped::reason, JobSkipped::tick)
				.containsExactly(tuple(SkipReason.DRAINING, ManualScheduler.START.plusSeconds(3 * 3600)));
		}
	}

	/**
	 * The thread that works off the queue is in a fire of its own.
	 */
	@Test
	void aCallKeepsItsOwnFireOnAThreadThatIsInAnother() {
		try (TestServer server = TestServer.running(NoThread.class, OnMethod.class, Other.class)) {
			server.scheduler().fire("run");
			server.bean(OnMethod.class).run();
			server.bean(Other.class).waiting = server.context().getBean("taskExecutor", Waiting.class);
			server.scheduler().fire("other");
			assertThat(server.events(JobFinished.class)).extracting(JobFinished::trigger)
				.containsExactly(JobRun.Trigger.SCHEDULE, JobRun.Trigger.MANUAL);
		}
	}

	static class Other {

		volatile @Nullable Waiting waiting;

		@Scheduled(fixedDelay = 1000)
		void other() {
			Objects.requireNonNull(this.waiting).runAll();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAsync
	static class NoThread {

		@Bean
		Executor taskExecutor() {
			return new Waiting();
		}

	}

	/**
	 * Runs what it was given when it is told to.
	 */
	static class Waiting implements Executor {

		private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();

		@Override
		public void execute(Runnable task) {
			this.tasks.add(task);
		}

		void runAll() {
			for (Runnable task = this.tasks.poll(); task != null; task = this.tasks.poll()) {
				task.run();
			}
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAsync
	static class Pool {

		@Bean
		ThreadPoolTaskExecutor taskExecutor() {
			ThreadPoolTaskExecutor executor = new ThreadPoolTaskExecutor();
			executor.setThreadNamePrefix("pool-of-test-");
			return executor;
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAsync
	static class SameThread {

		@Bean
		Executor taskExecutor() {
			return new SyncTaskExecutor();
		}

	}

	abstract static class Recording {

		final Queue<String> threads = new ConcurrentLinkedQueue<>();

		void record() {
			this.threads.add(Thread.currentThread().getName());
		}

	}

	static class OnMethod extends Recording {

		@Async
		@Scheduled(cron = "0 0 3 * * *", zone = "UTC")
		@DistributedScheduled("async-method")
		void run() {
			record();
		}

	}

	@Async
	static class OnClass extends Recording {

		@Scheduled(cron = "0 0 3 * * *", zone = "UTC")
		@DistributedScheduled("async-class")
		void run() {
			record();
		}

	}

	static class Inherited extends Recording {

		@Scheduled(cron = "0 0 3 * * *", zone = "UTC")
		@DistributedScheduled("async-subclass")
		void run() {
			record();
		}

	}

	@Async
	static class OnSubclass extends Inherited {

	}

	static class Blocking {

		final CountDownLatch end = new CountDownLatch(1);

		volatile boolean inside;

		@Async
		@Scheduled(cron = "0 0 3 * * *", zone = "UTC")
		@DistributedScheduled("async-blocking")
		void run() throws InterruptedException {
			this.inside = true;
			this.end.await();
		}

	}

}
