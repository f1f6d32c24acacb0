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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.redisson.Redisson;
import org.redisson.api.RedissonClient;
import org.redisson.config.Config;

import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.context.support.DefaultLifecycleProcessor;
import org.springframework.scheduling.TaskScheduler;
import org.springframework.scheduling.annotation.EnableScheduling;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.scheduling.concurrent.SimpleAsyncTaskScheduler;
import org.springframework.scheduling.concurrent.ThreadPoolTaskScheduler;

import io.github.lockstarter.DistributedScheduled;
import io.github.lockstarter.JobFinished;
import io.github.lockstarter.JobLockLost;
import io.github.lockstarter.JobSkipped;
import io.github.lockstarter.RunOutcome;
import io.github.lockstarter.SkipReason;
import io.github.lockstarter.fixture.OwnThread;
import io.github.lockstarter.fixture.RecordedEvents;
import io.github.lockstarter.fixture.RedisServer;
import io.github.lockstarter.internal.time.TimeSource;
import io.github.lockstarter.lock.Claim;
import io.github.lockstarter.lock.JobLocks;
import io.github.lockstarter.lock.LockRequest;
import io.github.lockstarter.lock.LockSettings;
import io.github.lockstarter.schedule.Tick;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * A server is closed while a job runs, on every kind of scheduler.
 */
class ShutdownTests {

	private static final RedisServer redis = RedisServer.shared();

	private static final Duration LEASE = Duration.ofSeconds(4);

	private final String namespace = "shutdown-" + UUID.randomUUID();

	private final String key = "test:{" + this.namespace + "/job}:lock";

	private final Record record = new Record();

	private final RecordedEvents events = new RecordedEvents();

	enum Kind {

		POOL {
			@Override
			TaskScheduler scheduler() {
				return new ThreadPoolTaskScheduler();
			}
		},

		POOL_THAT_AWAITS_TERMINATION {
			@Override
			TaskScheduler scheduler() {
				ThreadPoolTaskScheduler scheduler = new ThreadPoolTaskScheduler();
				scheduler.setWaitForTasksToCompleteOnShutdown(true);
				scheduler.setAwaitTerminationSeconds(20);
				return scheduler;
			}
		},

		THREAD_PER_TASK {
			@Override
			TaskScheduler scheduler() {
				return new SimpleAsyncTaskScheduler();
			}
		},

		THREAD_PER_TASK_THAT_AWAITS_TERMINATION {
			@Override
			TaskScheduler scheduler() {
				SimpleAsyncTaskScheduler scheduler = new SimpleAsyncTaskScheduler();
				scheduler.setTaskTerminationTimeout(20_000);
				return scheduler;
			}
		};

		abstract TaskScheduler scheduler();

	}

	@ParameterizedTest
	@EnumSource(Kind.class)
	void aRunningJobIsWaitedForAndItsLockIsReleased(Kind kind) throws Exception {
		AnnotationConfigApplicationContext server = server(kind, Duration.ofSeconds(20), Duration.ofMinutes(1));
		this.record.inside.await();
		CompletableFuture<Void> closing = OwnThread.run(server::close);
		await().until(() -> server.getBean(RunGate.class).isClosed());
		assertThat(closing).isNotDone();
		assertThat(redis.cli("EXISTS", this.key)).isEqualTo("1");
		this.record.goOn.countDown();
		closing.join();
		assertThat(redis.cli("EXISTS", this.key)).as("released, and not left to expire").isEqualTo("0");
		assertThat(this.record.interrupted).containsExactly(false);
		assertThat(this.events.first(JobFinished.class).outcome()).isEqualTo(RunOutcome.SUCCEEDED);
		// The next server need not wait
		try (JobLocks next = locks(ShutdownTests::client, true, "next")) {
			await().until(() -> next.claim(new LockRequest("job", new Tick.Manual(), false, LEASE, Duration.ZERO))
				.join() instanceof Claim.Granted);
		}
		redis.cli("DEL", this.key);
	}

	@ParameterizedTest
	@EnumSource(Kind.class)
	void theLogSaysForWhichRunAServerThatStopsWaits(Kind kind) throws Exception {
		try (LogCapture log = new LogCapture(RunLifecycle.class)) {
			AnnotationConfigApplicationContext server = server(kind, Duration.ofSeconds(20), Duration.ofMinutes(1));
			this.record.inside.await();
			CompletableFuture<Void> closing = OwnThread.run(server::close);
			await().until(() -> log.lines("INFO").stream().anyMatch((line) -> line.contains("waits for a run")));
			assertThat(log.lines("INFO")).last().asString().contains("waits for a run to end: job at tick ", " for ");
			this.record.goOn.countDown();
			closing.join();
			assertThat(log.lines("INFO")).last().asString().contains("All runs have ended, after ");
			assertThat(log.lines("INFO")).filteredOn((line) -> line.contains("waits for")).hasSize(1);
		}
	}

	@Test
	void aServerWithoutRunsStopsWithoutALine() throws Exception {
		this.record.goOn.countDown();
		AnnotationConfigApplicationContext server = server(Kind.POOL, Duration.ofSeconds(20), LEASE);
		this.events.await(JobFinished.class);
		try (LogCapture log = new LogCapture(RunLifecycle.class)) {
			server.close();
			assertThat(log.lines()).isEmpty();
		}
	}

	/**
	 * It outlives every patience. Its lock is left to expire, because the method still
	 * runs.
	 */
	@ParameterizedTest
	@EnumSource(names = { "POOL", "THREAD_PER_TASK" })
	void theLockOfAJobThatIgnoresTheEndIsNotReleasedWhileItRuns(Kind kind) throws Exception {
		AnnotationConfigApplicationContext server = server(kind, Duration.ofMillis(200), LEASE);
		this.record.inside.await();
		try (LogCapture log = new LogCapture(JobRunner.class)) {
			server.close();
			assertThat(log.lines("WARN")).filteredOn((line) -> line.contains("have not ended: job at tick "))
				.hasSize(1);
		}
		assertThat(redis.cli("EXISTS", this.key)).isEqualTo("1");
		await().until(() -> "0".equals(redis.cli("EXISTS", this.key)));
		// It ends after all, too late: that changes nothing and hurts nobody
		this.record.goOn.countDown();
		await().until(() -> !this.record.interrupted.isEmpty());
	}

	/**
	 * The scheduler awaits its tasks when it is destroyed, after every phase is over.
	 * Until then the lease goes on.
	 */
	@ParameterizedTest
	@EnumSource(names = { "POOL_THAT_AWAITS_TERMINATION", "THREAD_PER_TASK_THAT_AWAITS_TERMINATION" })
	void theLeaseIsRenewedForAsLongAsTheSchedulerWaits(Kind kind) throws Exception {
		AnnotationConfigApplicationContext server = server(kind, Duration.ofMillis(200), LEASE);
		this.record.inside.await();
		CompletableFuture<Void> closing = OwnThread.run(server::close);
		await().until(() -> server.getBean(RunGate.class).isClosed());
		// For longer than the lease
		await().during(LEASE.plusMillis(500))
			.atMost(LEASE.plusSeconds(30))
			.until(() -> "1".equals(redis.cli("EXISTS", this.key)));
		assertThat(closing).isNotDone();
		this.record.goOn.countDown();
		closing.join();
		assertThat(redis.cli("EXISTS", this.key)).as("released, and not left to expire").isEqualTo("0");
		assertThat(this.events.of(JobLockLost.class)).isEmpty();
	}

	/**
	 * As an application that runs once.
	 */
	@ParameterizedTest
	@EnumSource(names = { "POOL", "THREAD_PER_TASK" })
	void aJobThatClosesItsOwnApplicationIsNotWaitedForAndItsLockIsReleased(Kind kind) throws Exception {
		CompletableFuture<Void> closed = new CompletableFuture<>();
		// The pool waits for the run itself, for as long as it is allowed to
		Duration patience = (kind == Kind.POOL) ? Duration.ofMillis(500) : Duration.ofMinutes(10);
		AnnotationConfigApplicationContext server = server(kind, patience, Duration.ofMinutes(1));
		this.record.inside.await();
		this.record.last = () -> {
			server.close();
			closed.complete(null);
		};
		this.record.goOn.countDown();
		closed.get(60, TimeUnit.SECONDS);
		await().untilAsserted(() -> assertThat(redis.cli("EXISTS", this.key)).isEqualTo("0"));
		assertThat(redis.cli("HGET", this.key.replace(":lock", ":job:state"), "outcome")).isEqualTo("SUCCEEDED");
	}

	@Test
	void aTickThatFiresWhileTheServerClosesIsSkipped() throws Exception {
		AnnotationConfigApplicationContext server = server(Kind.THREAD_PER_TASK, Duration.ofSeconds(20), LEASE);
		this.record.inside.await();
		CompletableFuture<Void> closing = OwnThread.run(server::close);
		await().until(() -> server.getBean(RunGate.class).isClosed());
		Job job = this.record.job;
		job.run();
		assertThat(this.events.of(JobSkipped.class)).extracting(JobSkipped::reason).contains(SkipReason.CLOSING);
		this.record.goOn.countDown();
		closing.join();
	}

	/**
	 * As a test framework does with contexts that it keeps.
	 */
	@Test
	void aPausedServerGoesOnWhenItIsStartedAgain() throws Exception {
		this.record.goOn.countDown();
		try (AnnotationConfigApplicationContext server = server(Kind.POOL, Duration.ofSeconds(20), LEASE)) {
			this.record.inside.await();
			server.stop();
			server.start();
			int before = this.record.interrupted.size();
			this.record.job.run();
			assertThat(this.record.interrupted).hasSizeGreaterThan(before);
		}
	}

	private AnnotationConfigApplicationContext server(Kind kind, Duration patience, Duration lease) {
		AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext();
		context.registerBean(RunSettings.class,
				() -> new RunSettings(this.namespace, "one", lease, Duration.ZERO, Duration.ZERO));
		// Lazy, as the documentation asks for: made after the schedulers
		context.registerBean("locks", JobLocks.class, () -> locks(ShutdownTests::client, true, "one"),
				(bean) -> bean.setLazyInit(true));
		context.registerBean("lifecycleProcessor", DefaultLifecycleProcessor.class, () -> {
			DefaultLifecycleProcessor processor = new DefaultLifecycleProcessor();
			processor.setTimeoutPerShutdownPhase(patience.toMillis());
			return processor;
		});
		context.registerBean("taskScheduler", TaskScheduler.class, kind::scheduler);
		context.registerBean(Record.class, () -> this.record);
		context.registerBean(RecordedEvents.class, () -> this.events);
		context.register(Server.class, Job.class);
		context.refresh();
		this.record.job = context.getBean(Job.class);
		return context;
	}

	private JobLocks locks(Supplier<RedissonClient> client, boolean shutDown, String server) {
		return JobLocks.onRedis(client, shutDown, redis.address(),
				new LockSettings(this.namespace, "test:", server, LEASE.dividedBy(2), Duration.ofMinutes(1)),
				TimeSource.system());
	}

	private static RedissonClient client() {
		Config config = new Config();
		config.setThreads(2);
		config.setNettyThreads(2);
		config.useSingleServer().setAddress(redis.address()).setConnectionMinimumIdleSize(1).setRetryAttempts(0);
		return Redisson.create(config);
	}

	static class Record {

		private final CountDownLatch inside = new CountDownLatch(1);

		private final CountDownLatch goOn = new CountDownLatch(1);

		private final Queue<Boolean> interrupted = new ConcurrentLinkedQueue<>();

		private volatile Job job;

		/** What a run does at its end. */
		private volatile Runnable last = () -> {
		};

	}

	@Configuration(proxyBeanMethods = false)
	@EnableScheduling
	@Import(DistributedSchedulingConfiguration.class)
	static class Server {

	}

	static class Job {

		private final Record record;

		Job(Record record) {
			this.record = record;
		}

		@Scheduled(initialDelay = 1)
		@DistributedScheduled("job")
		public void run() {
			this.record.inside.countDown();
			boolean interrupted = false;
			while (true) {
				try {
					this.record.goOn.await();
					break;
				}
				catch (InterruptedException ex) {
					interrupted = true;
				}
			}
			this.record.interrupted.add(interrupted);
			this.record.last.run();
		}

	}

}
