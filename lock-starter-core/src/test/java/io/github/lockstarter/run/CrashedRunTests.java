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
import java.util.List;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.redisson.Redisson;
import org.redisson.config.Config;
import reactor.core.publisher.Mono;

import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.context.event.EventListener;
import org.springframework.scheduling.Trigger;
import org.springframework.scheduling.annotation.Async;
import org.springframework.scheduling.annotation.EnableAsync;
import org.springframework.scheduling.annotation.EnableScheduling;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.scheduling.annotation.SchedulingConfigurer;
import org.springframework.scheduling.concurrent.ThreadPoolTaskScheduler;

import io.github.lockstarter.CrashPolicy;
import io.github.lockstarter.DistributedScheduled;
import io.github.lockstarter.InvalidJobException;
import io.github.lockstarter.JobEvent;
import io.github.lockstarter.JobFinished;
import io.github.lockstarter.JobLockLost;
import io.github.lockstarter.JobRun;
import io.github.lockstarter.JobSkipped;
import io.github.lockstarter.JobStarted;
import io.github.lockstarter.LockLostPolicy;
import io.github.lockstarter.RedisUnavailablePolicy;
import io.github.lockstarter.RunOutcome;
import io.github.lockstarter.SkipReason;
import io.github.lockstarter.fixture.Attempts;
import io.github.lockstarter.fixture.RedisServer;
import io.github.lockstarter.fixture.TcpProxy;
import io.github.lockstarter.internal.time.TimeSource;
import io.github.lockstarter.lock.Claim;
import io.github.lockstarter.lock.HeldLock;
import io.github.lockstarter.lock.JobLocks;
import io.github.lockstarter.lock.LockRequest;
import io.github.lockstarter.lock.LockSettings;
import io.github.lockstarter.schedule.Tick;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

/**
 * One server runs a tick and dies in the middle, or not. Another one is fired for the
 * same tick.
 */
class CrashedRunTests {

	private static final Duration LEASE = Duration.ofSeconds(3);

	private static final RedisServer redis = RedisServer.shared();

	private final String namespace = "crashed-" + UUID.randomUUID();

	private final Instant tick = Instant.ofEpochSecond(Instant.now().getEpochSecond() - 1);

	private final JobLocks first = locks("first", redis.address());

	private final LogCapture log = new LogCapture(Refusals.class);

	@AfterEach
	void close() {
		this.log.close();
		this.first.close();
	}

	@Test
	void anotherServerRunsTheSameTick() {
		HeldLock lock = claim(this.tick);
		try (LogCapture runs = new LogCapture(JobRunner.class);
				AnnotationConfigApplicationContext server = server(Job.class)) {
			awaitLook();
			// It dies: nobody renews its lease any more
			this.first.close();
			Events events = server.getBean(Events.class);
			JobStarted started = events.await(JobStarted.class);
			assertThat(started.tick()).isEqualTo(this.tick);
			assertThat(started.trigger()).isEqualTo(JobRun.Trigger.RERUN);
			assertThat(started.token()).isGreaterThan(lock.token());
			JobFinished finished = events.await(JobFinished.class);
			assertThat(finished.trigger()).isEqualTo(JobRun.Trigger.RERUN);
			assertThat(finished.outcome()).isEqualTo(RunOutcome.SUCCEEDED);
			assertThat(events.of(JobSkipped.class)).as("it was not given up").isEmpty();
			assertThat(runs.lines("WARN")).singleElement().asString().contains("this tick was started before");
		}
	}

	@Test
	void aHealthyRunIsNotRunAgainHoweverLongItTakes() {
		HeldLock lock = claim(this.tick);
		try (AnnotationConfigApplicationContext server = server(Job.class)) {
			Events events = server.getBean(Events.class);
			// Two leases
			await().atMost(Duration.ofSeconds(60)).until(() -> looks() >= 3);
			assertThat(looks()).as("one look for each lease").isEqualTo(3);
			assertThat(events.all).isEmpty();
			assertThat(lock.finish(RunOutcome.SUCCEEDED, null).join()).isEqualTo(RunOutcome.SUCCEEDED);
			assertThat(events.await(JobSkipped.class).reason()).isEqualTo(SkipReason.ALREADY_RAN);
			assertThat(events.all).hasSize(1);
		}
	}

	/**
	 * As when that server is closed while it waits for the reply to its start.
	 */
	@Test
	void aTickThatWasSeenRunningAndIsGivenBackIsRun() {
		HeldLock lock = claim(this.tick);
		try (AnnotationConfigApplicationContext server = server(Job.class)) {
			awaitLook();
			lock.abandon();
			Events events = server.getBean(Events.class);
			await().atMost(Duration.ofSeconds(60)).until(() -> !events.all.isEmpty());
			JobFinished finished = events.await(JobFinished.class);
			assertThat(finished.tick()).isEqualTo(this.tick);
			assertThat(finished.trigger()).as("nothing of it was run before").isEqualTo(JobRun.Trigger.SCHEDULE);
			assertThat(events.of(JobSkipped.class)).isEmpty();
		}
	}

	/**
	 * It is fired twice here, by two schedules that meet, so one of the fires could watch
	 * the run of the other.
	 */
	@Test
	void aServerDoesNotRunAgainWhatItHasRunItself() {
		AnnotationConfigApplicationContext server = context(Stubborn.class, redis.address());
		server.registerBean(SchedulingConfigurer.class, () -> (registrar) -> {
			registrar.setScheduler(server.getBean(ThreadPoolTaskScheduler.class));
			for (int i = 0; i < 2; i++) {
				registrar.addTriggerTask(server.getBean("job", Runnable.class), once(this.tick));
			}
		});
		server.registerBean(ThreadPoolTaskScheduler.class, () -> {
			ThreadPoolTaskScheduler scheduler = new ThreadPoolTaskScheduler();
			scheduler.setPoolSize(2);
			return scheduler;
		});
		server.refresh();
		try (server) {
			Events events = server.getBean(Events.class);
			events.await(JobStarted.class);
			redis.cli("DEL", "test:{" + this.namespace + "/job}:lock");
			events.await(JobLockLost.class);
			// Still in its method
			await().atMost(Duration.ofSeconds(60))
				.until(() -> !events.of(JobSkipped.class).isEmpty() || events.of(JobStarted.class).size() > 1);
			server.getBean(MayReturn.class).latch.countDown();
			assertThat(events.of(JobStarted.class)).hasSize(1);
			assertThat(events.of(JobSkipped.class)).singleElement().satisfies((skipped) -> {
				assertThat(skipped.tick()).isEqualTo(this.tick);
				assertThat(skipped.reason()).isEqualTo(SkipReason.ALREADY_RAN);
				assertThat(skipped.holder()).isEqualTo("second");
			});
			assertThat(events.await(JobFinished.class).outcome()).isEqualTo(RunOutcome.LOCK_LOST);
		}
	}

	@Test
	void aTickThatEndedBeforeTheNextOneBeganHasRun() {
		HeldLock lock = claim(this.tick);
		try (AnnotationConfigApplicationContext server = server(Job.class)) {
			awaitLook();
			lock.finish(RunOutcome.SUCCEEDED, null).join();
			claim(this.tick.plusSeconds(1)).finish(RunOutcome.SUCCEEDED, null).join();
			JobSkipped skipped = server.getBean(Events.class).await(JobSkipped.class);
			assertThat(skipped.tick()).isEqualTo(this.tick);
			assertThat(skipped.reason()).isEqualTo(SkipReason.ALREADY_RAN);
		}
	}

	@Test
	void aNewerTickClosesOneThatCrashed() {
		HeldLock lock = claim(this.tick);
		try (AnnotationConfigApplicationContext server = server(Job.class)) {
			awaitLook();
			lock.finish(RunOutcome.LOCK_LOST, null).join();
			claim(this.tick.plusSeconds(1)).finish(RunOutcome.SUCCEEDED, null).join();
			Events events = server.getBean(Events.class);
			JobSkipped skipped = events.await(JobSkipped.class);
			assertThat(skipped.tick()).isEqualTo(this.tick);
			assertThat(skipped.reason()).isEqualTo(SkipReason.CRASHED);
			assertThat(skipped.detail()).contains("a newer tick has started");
			assertThat(events.of(JobStarted.class)).isEmpty();
		}
	}

	@Test
	void aTickWhoseAttemptsAreUsedUpIsGivenUpWithAReason() {
		claim(this.tick).finish(RunOutcome.LOCK_LOST, null).join();
		HeldLock second = claim(this.tick);
		assertThat(second.isRerun()).isTrue();
		try (AnnotationConfigApplicationContext server = server(TwoAttempts.class)) {
			awaitLook();
			this.first.close();
			Events events = server.getBean(Events.class);
			JobSkipped skipped = events.await(JobSkipped.class);
			assertThat(skipped.reason()).isEqualTo(SkipReason.CRASHED);
			assertThat(skipped.detail()).contains("started 2 times");
			assertThat(skipped.holder()).isEqualTo("first");
			assertThat(events.of(JobStarted.class)).isEmpty();
		}
	}

	@Test
	void withoutThePolicyATickIsNotRunAgain() {
		claim(this.tick).finish(RunOutcome.LOCK_LOST, null).join();
		try (AnnotationConfigApplicationContext server = server(Once.class)) {
			Events events = server.getBean(Events.class);
			assertThat(events.await(JobSkipped.class).reason()).isEqualTo(SkipReason.ALREADY_RAN);
			assertThat(events.of(JobStarted.class)).isEmpty();
		}
	}

	/**
	 * The tick travels to the other thread each time it is fired.
	 */
	@Test
	void anAsynchronousMethodIsRunAgain() {
		HeldLock lock = claim(this.tick);
		try (AnnotationConfigApplicationContext server = server(AsyncJob.class)) {
			awaitRerun(lock, server);
		}
	}

	@Test
	void aPublisherIsSubscribedToAgain() {
		HeldLock lock = claim(this.tick);
		AnnotationConfigApplicationContext server = context(Publishes.class, redis.address());
		server.registerBean(SchedulingConfigurer.class, () -> (registrar) -> registrar
			.addTriggerTask(() -> server.getBean(Publishes.class).run().subscribe(), once(this.tick)));
		server.refresh();
		try (server) {
			awaitRerun(lock, server);
		}
	}

	private void awaitRerun(HeldLock lock, AnnotationConfigApplicationContext server) {
		awaitLook();
		this.first.close();
		Events events = server.getBean(Events.class);
		JobStarted started = events.await(JobStarted.class);
		assertThat(started.tick()).isEqualTo(this.tick);
		assertThat(started.trigger()).isEqualTo(JobRun.Trigger.RERUN);
		assertThat(started.token()).isGreaterThan(lock.token());
		assertThat(events.await(JobFinished.class).outcome()).isEqualTo(RunOutcome.SUCCEEDED);
		assertThat(events.of(JobSkipped.class)).isEmpty();
	}

	/**
	 * A call by hand has no tick that another server could run again.
	 */
	@Test
	void aRunByHandThatCrashesIsNotRunAgain() {
		Attempts.untilDone(this.first::ready);
		Claim claim = this.first
			.claim(new LockRequest("job", null, null, new Tick.Manual(), false, LEASE, Duration.ZERO, 3))
			.join();
		((Claim.Granted) claim).lock().finish(RunOutcome.LOCK_LOST, null).join();
		try (AnnotationConfigApplicationContext server = server(Job.class)) {
			Events events = server.getBean(Events.class);
			JobStarted started = events.await(JobStarted.class);
			assertThat(started.trigger()).as("its own tick").isEqualTo(JobRun.Trigger.SCHEDULE);
			events.await(JobFinished.class);
			server.getBean("job", Runnable.class).run();
			assertThat(events.of(JobStarted.class)).extracting(JobStarted::trigger)
				.containsExactly(JobRun.Trigger.SCHEDULE, JobRun.Trigger.MANUAL);
		}
	}

	@Test
	void aRedisThatForgetsRunsNothingAgain() {
		claim(this.tick);
		try (AnnotationConfigApplicationContext server = server(Job.class)) {
			awaitLook();
			redis.cli("DEL", "test:{" + this.namespace + "/job}:lock", "test:{" + this.namespace + "/job}:job:state");
			Events events = server.getBean(Events.class);
			assertThat(events.await(JobSkipped.class).reason()).isEqualTo(SkipReason.ALREADY_RAN);
			assertThat(events.of(JobStarted.class)).isEmpty();
		}
	}

	/**
	 * As when the only server is killed, and started again.
	 */
	@Test
	void aServerThatStartsLaterRunsTheTickThatCrashed() {
		HeldLock lock = claim(this.tick);
		this.first.close();
		try (AnnotationConfigApplicationContext server = start(Yearly.class, redis.address())) {
			Events events = server.getBean(Events.class);
			JobStarted started = events.await(JobStarted.class);
			assertThat(started.tick()).isEqualTo(this.tick);
			assertThat(started.trigger()).isEqualTo(JobRun.Trigger.RERUN);
			assertThat(started.token()).isGreaterThan(lock.token());
			assertThat(events.await(JobFinished.class).outcome()).isEqualTo(RunOutcome.SUCCEEDED);
		}
	}

	@Test
	void aServerThatStartsDuringARunWatchesIt() {
		claim(this.tick);
		try (AnnotationConfigApplicationContext server = start(Yearly.class, redis.address())) {
			awaitLook();
			Events events = server.getBean(Events.class);
			assertThat(events.all).isEmpty();
			this.first.close();
			assertThat(events.await(JobStarted.class).tick()).isEqualTo(this.tick);
		}
	}

	@Test
	void aServerThatStartsWhileRedisIsAwayLooksWhenItIsBack() {
		claim(this.tick).finish(RunOutcome.LOCK_LOST, null).join();
		try (TcpProxy proxy = TcpProxy.to(redis)) {
			proxy.cut();
			try (AnnotationConfigApplicationContext server = start(Yearly.class, proxy.address())) {
				assertThat(server.getBean(JobLocks.class).ready()).failsWithin(Duration.ofSeconds(60));
				proxy.heal();
				assertThat(server.getBean(Events.class).await(JobStarted.class).tick()).isEqualTo(this.tick);
			}
		}
	}

	/**
	 * Also with a policy that would run a tick without a lock that nobody has started.
	 */
	@Test
	void aRunThatCrashesWhileRedisIsAwayIsRunAgainUnderTheLock() {
		HeldLock lock = claim(this.tick);
		try (TcpProxy proxy = TcpProxy.to(redis);
				AnnotationConfigApplicationContext server = server(RunsWithoutLock.class, proxy.address())) {
			awaitLook();
			Events events = server.getBean(Events.class);
			try (LogCapture skips = new LogCapture(SkipLog.class)) {
				proxy.cut();
				this.first.close();
				await().atMost(Duration.ofSeconds(60)).until(() -> !skips.lines("WARN").isEmpty());
			}
			assertThat(events.all).isEmpty();
			proxy.heal();
			JobStarted started = events.await(JobStarted.class);
			assertThat(started.trigger()).isEqualTo(JobRun.Trigger.RERUN);
			assertThat(started.token()).isGreaterThan(lock.token());
		}
	}

	/**
	 * The tick is known to be open, so it is not one that nobody has started.
	 */
	@Test
	void whatWasFoundAtStartIsRunUnderTheLockOnly() {
		claim(this.tick).finish(RunOutcome.LOCK_LOST, null).join();
		CountDownLatch mayFire = new CountDownLatch(1);
		ThreadPoolTaskScheduler scheduler = new ThreadPoolTaskScheduler();
		try (TcpProxy proxy = TcpProxy.to(redis);
				AnnotationConfigApplicationContext server = context(YearlyWithoutLock.class, proxy.address());
				LogCapture skips = new LogCapture(SkipLog.class)) {
			server.registerBean(ThreadPoolTaskScheduler.class, () -> scheduler);
			// It has one thread, which is busy until Redis is away
			server.registerBean(SchedulingConfigurer.class,
					() -> (registrar) -> scheduler.execute(() -> awaitLatch(mayFire)));
			server.refresh();
			await("the schedule, and what was found").atMost(Duration.ofSeconds(60))
				.until(() -> scheduler.getScheduledThreadPoolExecutor().getQueue().size() == 2);
			proxy.cut();
			mayFire.countDown();
			await().atMost(Duration.ofSeconds(60)).until(() -> !skips.lines("WARN").isEmpty());
			Events events = server.getBean(Events.class);
			proxy.heal();
			JobStarted started = events.await(JobStarted.class);
			assertThat(started.token()).as("of a lock").isPositive();
			assertThat(started.trigger()).isEqualTo(JobRun.Trigger.RERUN);
		}
	}

	@Test
	void aServerThatClosesGivesItUpWithAReason() {
		HeldLock lock = claim(this.tick);
		Events events;
		try (AnnotationConfigApplicationContext server = server(Job.class)) {
			awaitLook();
			events = server.getBean(Events.class);
		}
		assertThat(events.of(JobSkipped.class)).extracting(JobSkipped::reason).containsExactly(SkipReason.CLOSING);
		assertThat(lock.isHeld()).isTrue();
	}

	/**
	 * A scheduler that waits for its tasks waits for those that run, and not for a look
	 * in five minutes.
	 */
	@Test
	void aServerThatClosesDoesNotWaitForItsNextLook() {
		claim(this.tick, Duration.ofMinutes(5));
		AnnotationConfigApplicationContext server = context(Job.class, redis.address());
		server.registerBean(ThreadPoolTaskScheduler.class, () -> {
			ThreadPoolTaskScheduler scheduler = new ThreadPoolTaskScheduler();
			scheduler.setWaitForTasksToCompleteOnShutdown(true);
			scheduler.setAwaitTerminationSeconds(30);
			return scheduler;
		});
		server.registerBean(SchedulingConfigurer.class,
				() -> (registrar) -> registrar.addTriggerTask(server.getBean("job", Runnable.class), once(this.tick)));
		server.refresh();
		awaitLook();
		ExecutorService executor = server.getBean(ThreadPoolTaskScheduler.class).getScheduledExecutor();
		server.close();
		assertThat(executor.isTerminated()).as("nothing was left to wait for").isTrue();
	}

	@Test
	void anIntervalHasNoTickThatCouldBeRunAgain() {
		assertThatThrownBy(() -> TestServer.running(Interval.class)).rootCause()
			.isInstanceOf(InvalidJobException.class)
			.hasMessageContaining("Interval.run()")
			.hasMessageContaining("onCrash = RERUN and a fixed rate or delay");
	}

	@Test
	void aRunAtTheStartOfAServerIsNoTickOfOthers() {
		assertThatThrownBy(() -> TestServer.running(OneTime.class)).rootCause()
			.isInstanceOf(InvalidJobException.class)
			.hasMessageContaining("OneTime.run()")
			.hasMessageContaining("onCrash = RERUN and runs once after each start of a server");
	}

	@Test
	void oneAttemptIsNoRerun() {
		assertThatThrownBy(() -> TestServer.running(OneAttempt.class)).rootCause()
			.isInstanceOf(InvalidJobException.class)
			.hasMessageContaining("OneAttempt.run()")
			.hasMessageContaining("maxAttempts = 1");
	}

	private HeldLock claim(Instant tick) {
		return claim(tick, LEASE);
	}

	private HeldLock claim(Instant tick, Duration lease) {
		Attempts.untilDone(this.first::ready);
		Claim claim = this.first
			.claim(new LockRequest("job", null, null, new Tick.Nominal(tick), false, lease, Duration.ZERO, 3))
			.join();
		assertThat(claim).isInstanceOf(Claim.Granted.class);
		HeldLock lock = ((Claim.Granted) claim).lock();
		lock.keep((cause) -> {
		});
		return lock;
	}

	/**
	 * The other server has seen the run, and will look again.
	 */
	private void awaitLook() {
		await().atMost(Duration.ofSeconds(60)).until(() -> looks() > 0);
	}

	private long looks() {
		return this.log.lines().stream().filter((line) -> line.contains("is asked for again")).count();
	}

	private JobLocks locks(String server, String address) {
		return JobLocks.onRedis(() -> Redisson.create(config(address)), true, address,
				new LockSettings(this.namespace, "test:", server, Duration.ofSeconds(2), Duration.ofMinutes(1)),
				TimeSource.system());
	}

	private static Config config(String address) {
		Config config = new Config();
		config.setLazyInitialization(true);
		config.setThreads(2);
		config.setNettyThreads(2);
		config.useSingleServer()
			.setAddress(address)
			.setConnectionMinimumIdleSize(1)
			.setConnectionPoolSize(4)
			.setSubscriptionConnectionMinimumIdleSize(0)
			.setTimeout(2000)
			.setRetryAttempts(0);
		return config;
	}

	private AnnotationConfigApplicationContext server(Class<? extends Runnable> job) {
		return server(job, redis.address());
	}

	private AnnotationConfigApplicationContext server(Class<? extends Runnable> job, String address) {
		AnnotationConfigApplicationContext context = context(job, address);
		context.registerBean(SchedulingConfigurer.class,
				() -> (registrar) -> registrar.addTriggerTask(context.getBean("job", Runnable.class), once(this.tick)));
		context.refresh();
		return context;
	}

	private AnnotationConfigApplicationContext start(Class<? extends Runnable> job, String address) {
		AnnotationConfigApplicationContext context = context(job, address);
		context.refresh();
		return context;
	}

	private AnnotationConfigApplicationContext context(Class<?> job, String address) {
		AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext();
		context.registerBean(RunSettings.class,
				() -> new RunSettings(this.namespace, "second", LEASE, Duration.ZERO, Duration.ZERO));
		context.registerBean(JobLocks.class, () -> locks("second", address));
		context.registerBean(Events.class);
		context.registerBean("job", job);
		context.register(Server.class);
		return context;
	}

	private static void awaitLatch(CountDownLatch latch) {
		try {
			latch.await();
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	private static Trigger once(Instant time) {
		Queue<Instant> once = new ConcurrentLinkedQueue<>(List.of(time));
		return (context) -> once.poll();
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAsync
	@EnableScheduling
	@Import(DistributedSchedulingConfiguration.class)
	static class Server {

	}

	static class Job implements Runnable {

		@Override
		@DistributedScheduled(name = "job", onCrash = CrashPolicy.RERUN)
		public void run() {
		}

	}

	static class AsyncJob implements Runnable {

		@Override
		@Async
		@DistributedScheduled(name = "job", onCrash = CrashPolicy.RERUN)
		public void run() {
		}

	}

	static class Publishes {

		@DistributedScheduled(name = "job", onCrash = CrashPolicy.RERUN)
		Mono<Void> run() {
			return Mono.empty();
		}

	}

	static class Yearly implements Runnable {

		@Override
		@Scheduled(cron = "0 0 3 1 1 *")
		@DistributedScheduled(name = "job", onCrash = CrashPolicy.RERUN)
		public void run() {
		}

	}

	static class MayReturn {

		private final CountDownLatch latch = new CountDownLatch(1);

	}

	@Import(MayReturn.class)
	static class Stubborn implements Runnable {

		private final MayReturn mayReturn;

		Stubborn(MayReturn mayReturn) {
			this.mayReturn = mayReturn;
		}

		@Override
		@DistributedScheduled(name = "job", onCrash = CrashPolicy.RERUN, onLockLost = LockLostPolicy.CONTINUE)
		public void run() {
			awaitLatch(this.mayReturn.latch);
		}

	}

	static class YearlyWithoutLock implements Runnable {

		@Override
		@Scheduled(cron = "0 0 3 1 1 *")
		@DistributedScheduled(name = "job", onCrash = CrashPolicy.RERUN,
				onRedisUnavailable = RedisUnavailablePolicy.RUN)
		public void run() {
		}

	}

	static class TwoAttempts implements Runnable {

		@Override
		@DistributedScheduled(name = "job", onCrash = CrashPolicy.RERUN, maxAttempts = 2)
		public void run() {
		}

	}

	static class RunsWithoutLock implements Runnable {

		@Override
		@DistributedScheduled(name = "job", onCrash = CrashPolicy.RERUN,
				onRedisUnavailable = RedisUnavailablePolicy.RUN)
		public void run() {
		}

	}

	static class Interval {

		@Scheduled(fixedDelay = 60_000)
		@DistributedScheduled(onCrash = CrashPolicy.RERUN)
		void run() {
		}

	}

	static class OneTime {

		@Scheduled(initialDelay = 1000)
		@DistributedScheduled(onCrash = CrashPolicy.RERUN)
		void run() {
		}

	}

	static class OneAttempt {

		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled(onCrash = CrashPolicy.RERUN, maxAttempts = 1)
		void run() {
		}

	}

	static class Once implements Runnable {

		@Override
		@DistributedScheduled(name = "job")
		public void run() {
		}

	}

	static class Events {

		private final Queue<JobEvent> all = new ConcurrentLinkedQueue<>();

		@EventListener
		void on(JobEvent event) {
			this.all.add(event);
		}

		<T extends JobEvent> List<T> of(Class<T> type) {
			return this.all.stream().filter(type::isInstance).map(type::cast).toList();
		}

		<T extends JobEvent> T await(Class<T> type) {
			org.awaitility.Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> !of(type).isEmpty());
			return of(type).get(0);
		}

	}

}
