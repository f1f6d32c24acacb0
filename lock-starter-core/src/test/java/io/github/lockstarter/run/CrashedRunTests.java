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
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ExecutorService;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

import org.springframework.scheduling.Trigger;
import org.springframework.scheduling.annotation.Async;
import org.springframework.scheduling.annotation.EnableAsync;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.scheduling.annotation.SchedulingConfigurer;
import org.springframework.scheduling.concurrent.ThreadPoolTaskScheduler;
import org.springframework.scheduling.config.ScheduledTaskRegistrar;

import io.github.lockstarter.CrashPolicy;
import io.github.lockstarter.DistributedScheduled;
import io.github.lockstarter.InvalidJobException;
import io.github.lockstarter.JobFinished;
import io.github.lockstarter.JobLockLost;
import io.github.lockstarter.JobRun;
import io.github.lockstarter.JobSkipped;
import io.github.lockstarter.JobStarted;
import io.github.lockstarter.LockLostPolicy;
import io.github.lockstarter.RedisUnavailablePolicy;
import io.github.lockstarter.RunOutcome;
import io.github.lockstarter.SkipReason;
import io.github.lockstarter.fixture.RecordedEvents;
import io.github.lockstarter.internal.time.TimeSource;
import io.github.lockstarter.lock.Claim;
import io.github.lockstarter.lock.HeldLock;
import io.github.lockstarter.lock.JobLocks;
import io.github.lockstarter.lock.LockRequest;
import io.github.lockstarter.lock.SharedMemory;
import io.github.lockstarter.schedule.Tick;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

/**
 * A tick whose run crashed on another server, and {@link CrashPolicy#RERUN}. On virtual
 * time: the first server has the lock of the tick, and the clock of the second one is a
 * second late.
 */
class CrashedRunTests {

	private static final Duration LEASE = Duration.ofSeconds(3);

	private static final Instant TICK = VirtualServers.THREE;

	private final VirtualServers world = new VirtualServers();

	private final VirtualServers.Server first = this.world.server("first");

	private final VirtualServers.Server second = this.world.server("second").lease(LEASE).ahead(Duration.ofSeconds(-1));

	private final RecordedEvents events = this.second.events();

	private final LogCapture log = new LogCapture(Refusals.class);

	@AfterEach
	void close() {
		this.log.close();
		this.world.close();
	}

	@Test
	void anotherServerRunsTheSameTick() {
		this.second.start(Daily.class);
		HeldLock lock = claim(TICK);
		try (LogCapture runs = new LogCapture(JobRunner.class)) {
			awaitLook();
			Instant died = this.world.now();
			this.first.kill();
			JobStarted started = this.world.until(JobStarted.class);
			assertThat(Duration.between(died, this.world.now())).isLessThan(LEASE.plusSeconds(5));
			assertThat(started.tick()).isEqualTo(TICK);
			assertThat(started.trigger()).isEqualTo(JobRun.Trigger.RERUN);
			assertThat(started.token()).isGreaterThan(lock.token());
			JobFinished finished = this.world.until(JobFinished.class);
			assertThat(finished.trigger()).isEqualTo(JobRun.Trigger.RERUN);
			assertThat(finished.outcome()).isEqualTo(RunOutcome.SUCCEEDED);
			assertThat(this.events.of(JobSkipped.class)).as("it was not given up").isEmpty();
			assertThat(runs.lines("WARN")).singleElement().asString().contains("this tick was started before");
		}
	}

	@Test
	void aHealthyRunIsNotRunAgainHoweverLongItTakes() {
		this.second.start(Daily.class);
		HeldLock lock = claim(TICK);
		awaitLook();
		this.world.pass(LEASE.multipliedBy(100));
		assertThat(looks()).as("one look for each lease").isBetween(100L, 101L);
		assertThat(this.events.all()).isEmpty();
		assertThat(this.world.get(lock.finish(RunOutcome.SUCCEEDED, null))).isEqualTo(RunOutcome.SUCCEEDED);
		assertThat(this.world.until(JobSkipped.class).reason()).isEqualTo(SkipReason.ALREADY_RAN);
		assertThat(this.events.all()).hasSize(1);
	}

	/**
	 * As when that server is closed while it waits for the reply to its start.
	 */
	@Test
	void aTickThatWasSeenRunningAndIsGivenBackIsRun() {
		this.second.start(Daily.class);
		HeldLock lock = claim(TICK);
		awaitLook();
		lock.abandon();
		JobFinished finished = this.world.until(JobFinished.class);
		assertThat(finished.tick()).isEqualTo(TICK);
		assertThat(finished.trigger()).as("nothing of it was run before").isEqualTo(JobRun.Trigger.SCHEDULE);
		assertThat(this.events.of(JobSkipped.class)).isEmpty();
	}

	/**
	 * It is fired twice here, by two schedules that meet, so one of the fires could watch
	 * the run of the other.
	 */
	@Test
	void aServerDoesNotRunAgainWhatItHasRunItself() {
		this.second.start(Stubborn.class, (machine) -> machine.sleep(Duration.ofMinutes(10)));
		this.world.until(JobStarted.class);
		this.world.redis().forgetLock("job", null);
		this.world.until(JobLockLost.class);
		// Still in its method
		this.world
			.until(() -> !this.events.of(JobSkipped.class).isEmpty() || this.events.of(JobStarted.class).size() > 1);
		assertThat(this.events.of(JobFinished.class)).isEmpty();
		assertThat(this.world.until(JobFinished.class).outcome()).isEqualTo(RunOutcome.LOCK_LOST);
		assertThat(this.events.of(JobStarted.class)).hasSize(1);
		assertThat(this.events.of(JobSkipped.class)).singleElement().satisfies((skipped) -> {
			assertThat(skipped.tick()).isEqualTo(TICK);
			assertThat(skipped.reason()).isEqualTo(SkipReason.ALREADY_RAN);
			assertThat(skipped.holder()).isEqualTo("second");
		});
	}

	@Test
	void aTickThatEndedBeforeTheNextOneBeganHasRun() {
		this.second.start(Daily.class);
		HeldLock lock = claim(TICK);
		awaitLook();
		end(lock, RunOutcome.SUCCEEDED);
		run(TICK.plusSeconds(1), RunOutcome.SUCCEEDED);
		JobSkipped skipped = this.world.until(JobSkipped.class);
		assertThat(skipped.tick()).isEqualTo(TICK);
		assertThat(skipped.reason()).isEqualTo(SkipReason.ALREADY_RAN);
	}

	@Test
	void aNewerTickClosesOneThatCrashed() {
		this.second.start(Daily.class);
		HeldLock lock = claim(TICK);
		awaitLook();
		end(lock, RunOutcome.LOCK_LOST);
		run(TICK.plusSeconds(1), RunOutcome.SUCCEEDED);
		JobSkipped skipped = this.world.until(JobSkipped.class);
		assertThat(skipped.tick()).isEqualTo(TICK);
		assertThat(skipped.reason()).isEqualTo(SkipReason.CRASHED);
		assertThat(skipped.detail()).contains("a newer tick has started");
		assertThat(this.events.of(JobStarted.class)).isEmpty();
	}

	@Test
	void aTickWhoseAttemptsAreUsedUpIsGivenUpWithAReason() {
		this.second.start(TwoAttempts.class);
		run(TICK, RunOutcome.LOCK_LOST);
		assertThat(claim(TICK).isRerun()).isTrue();
		awaitLook();
		this.first.kill();
		JobSkipped skipped = this.world.until(JobSkipped.class);
		assertThat(skipped.reason()).isEqualTo(SkipReason.CRASHED);
		assertThat(skipped.detail()).contains("started 2 times");
		assertThat(skipped.holder()).isEqualTo("first");
		assertThat(this.events.of(JobStarted.class)).isEmpty();
	}

	@Test
	void withoutThePolicyATickIsNotRunAgain() {
		this.second.start(Once.class);
		run(TICK, RunOutcome.LOCK_LOST);
		assertThat(this.world.until(JobSkipped.class).reason()).isEqualTo(SkipReason.ALREADY_RAN);
		this.world.pass(Duration.ofMinutes(1));
		assertThat(this.events.of(JobStarted.class)).isEmpty();
	}

	/**
	 * The tick travels to the other thread each time it is fired.
	 */
	@Test
	void anAsynchronousMethodIsRunAgain() {
		awaitRerun(new TestServer("second").on(this.second).with(AsyncJob.class));
	}

	@Test
	void aPublisherIsSubscribedToAgain() {
		awaitRerun(new TestServer("second").on(this.second).with(Publishes.class, Subscriber.class));
	}

	private void awaitRerun(TestServer server) {
		try (server) {
			server.start();
			HeldLock lock = claim(TICK);
			awaitLook();
			this.first.kill();
			JobStarted started = this.world.until(JobStarted.class);
			assertThat(started.tick()).isEqualTo(TICK);
			assertThat(started.trigger()).isEqualTo(JobRun.Trigger.RERUN);
			assertThat(started.token()).isGreaterThan(lock.token());
			assertThat(this.world.until(JobFinished.class).outcome()).isEqualTo(RunOutcome.SUCCEEDED);
			assertThat(this.events.of(JobSkipped.class)).isEmpty();
		}
	}

	/**
	 * A call by hand has no tick that another server could run again.
	 */
	@Test
	void aRunByHandThatCrashesIsNotRunAgain() {
		try (TestServer server = new TestServer("second").on(this.second).with(AsBean.class).start()) {
			HeldLock lock = claim(
					new LockRequest("job", null, null, new Tick.Manual(), false, LEASE, Duration.ZERO, 3));
			end(lock, RunOutcome.LOCK_LOST);
			JobStarted started = this.world.until(JobStarted.class);
			assertThat(started.trigger()).as("its own tick").isEqualTo(JobRun.Trigger.SCHEDULE);
			this.world.until(JobFinished.class);
			server.bean(AsBean.class).run();
			assertThat(this.events.of(JobStarted.class)).extracting(JobStarted::trigger)
				.containsExactly(JobRun.Trigger.SCHEDULE, JobRun.Trigger.MANUAL);
		}
	}

	@Test
	void aRedisThatForgetsRunsNothingAgain() {
		this.second.start(Daily.class);
		claim(TICK);
		awaitLook();
		this.world.redis().forget("job", null);
		assertThat(this.world.until(JobSkipped.class).reason()).isEqualTo(SkipReason.ALREADY_RAN);
		this.world.pass(Duration.ofMinutes(1));
		assertThat(this.events.of(JobStarted.class)).isEmpty();
	}

	/**
	 * As when the only server is killed, and started again.
	 */
	@Test
	void aServerThatStartsLaterRunsTheTickThatCrashed() {
		HeldLock lock = claim(TICK);
		this.first.kill();
		this.world.pass(Duration.ofHours(2));
		this.second.start(Daily.class);
		JobStarted started = this.world.until(JobStarted.class);
		assertThat(started.tick()).isEqualTo(TICK);
		assertThat(started.trigger()).isEqualTo(JobRun.Trigger.RERUN);
		assertThat(started.token()).isGreaterThan(lock.token());
		assertThat(this.world.until(JobFinished.class).outcome()).isEqualTo(RunOutcome.SUCCEEDED);
	}

	@Test
	void aServerThatStartsDuringARunWatchesIt() {
		claim(TICK);
		this.world.pass(Duration.ofMinutes(1));
		this.second.start(Daily.class);
		awaitLook();
		assertThat(this.events.all()).isEmpty();
		this.first.kill();
		assertThat(this.world.until(JobStarted.class).tick()).isEqualTo(TICK);
	}

	@Test
	void aServerThatStartsWhileRedisIsAwayLooksWhenItIsBack() {
		run(TICK, RunOutcome.LOCK_LOST);
		this.world.pass(Duration.ofMinutes(1));
		this.second.cut();
		this.second.start(Daily.class);
		this.world.pass(Duration.ofMinutes(10));
		assertThat(this.events.all()).isEmpty();
		this.second.heal();
		assertThat(this.world.until(JobStarted.class).tick()).isEqualTo(TICK);
	}

	/**
	 * Also with a policy that would run a tick without a lock that nobody has started.
	 */
	@Test
	void aRunThatCrashesWhileRedisIsAwayIsRunAgainUnderTheLock() {
		this.second.start(RunsWithoutLock.class);
		HeldLock lock = claim(TICK);
		awaitLook();
		try (LogCapture skips = new LogCapture(SkipLog.class)) {
			this.second.cut();
			this.first.kill();
			this.world.until(() -> !skips.lines("WARN").isEmpty());
		}
		assertThat(this.events.all()).isEmpty();
		this.second.heal();
		JobStarted started = this.world.until(JobStarted.class);
		assertThat(started.trigger()).isEqualTo(JobRun.Trigger.RERUN);
		assertThat(started.token()).isGreaterThan(lock.token());
	}

	/**
	 * The tick is known to be open, so it is not one that nobody has started.
	 */
	@Test
	void whatWasFoundAtStartIsRunUnderTheLockOnly() {
		run(TICK, RunOutcome.LOCK_LOST);
		this.world.pass(Duration.ofMinutes(1));
		try (LogCapture found = new LogCapture(PastTicks.class); LogCapture skips = new LogCapture(SkipLog.class)) {
			// It has one thread, which is busy until Redis is away
			this.second.threads(1).start(BusyAtFirst.class, (machine) -> {
				if (JobRun.current().name().equals("at-first")) {
					machine.sleep(Duration.ofSeconds(10));
				}
			});
			this.world.until(() -> found.lines().stream().anyMatch((line) -> line.contains("started and not ended")));
			assertThat(this.world.runs()).extracting(VirtualServers.Run::job).containsExactly("at-first");
			this.second.cut();
			this.world.until(() -> skips.lines("WARN").stream().anyMatch((line) -> line.contains("Redis")));
			this.world.pass(Duration.ofSeconds(5));
			assertThat(this.world.runs()).hasSize(1);
			this.second.heal();
			this.world.until(() -> this.world.runs().size() == 2);
			assertThat(this.world.runs()).last().satisfies((run) -> {
				assertThat(run.job()).isEqualTo("job");
				assertThat(run.token()).as("of a lock").isPositive();
				assertThat(run.trigger()).isEqualTo(JobRun.Trigger.RERUN);
			});
		}
	}

	@Test
	void aServerThatClosesGivesItUpWithAReason() {
		this.second.start(Daily.class);
		HeldLock lock = claim(TICK);
		awaitLook();
		this.second.stop();
		assertThat(this.events.of(JobSkipped.class)).extracting(JobSkipped::reason).containsExactly(SkipReason.CLOSING);
		assertThat(lock.isHeld()).isTrue();
	}

	/**
	 * A scheduler that waits for its tasks waits for those that run, and not for a look
	 * in five minutes. It is one of Spring's, so this is in real time.
	 */
	@Test
	void aServerThatClosesDoesNotWaitForItsNextLook() {
		SharedMemory memory = new SharedMemory(TimeSource.system());
		try (JobLocks other = memory.locks("first")) {
			Instant tick = Instant.ofEpochSecond(Instant.now().getEpochSecond() - 1);
			other.claim(request(tick, Duration.ofMinutes(5))).join();
			TestServer server = new TestServer("second").withLocks(memory.locks("second")).with(ByHand.class);
			server.context()
				.registerBean(SchedulingConfigurer.class,
						() -> (registrar) -> registrar.addTriggerTask(server.bean(Runnable.class), once(tick)));
			ThreadPoolTaskScheduler scheduler = new ThreadPoolTaskScheduler();
			scheduler.setWaitForTasksToCompleteOnShutdown(true);
			scheduler.setAwaitTerminationSeconds(30);
			server.context().registerBean(ThreadPoolTaskScheduler.class, () -> scheduler);
			server.start();
			await().until(() -> looks() > 0);
			ExecutorService executor = scheduler.getScheduledExecutor();
			server.close();
			assertThat(executor.isTerminated()).as("nothing was left to wait for").isTrue();
		}
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

	/**
	 * Let the first server begin a tick, when it has come.
	 */
	private HeldLock claim(Instant tick) {
		if (this.world.now().isBefore(tick)) {
			this.world.passUntil(tick);
		}
		return claim(request(tick, LEASE));
	}

	private HeldLock claim(LockRequest request) {
		Claim claim = this.world.get(this.first.locks().claim(request));
		assertThat(claim).isInstanceOf(Claim.Granted.class);
		HeldLock lock = ((Claim.Granted) claim).lock();
		lock.keep((cause) -> {
		});
		return lock;
	}

	private void run(Instant tick, RunOutcome outcome) {
		end(claim(tick), outcome);
	}

	/**
	 * End a run, and let Redis hear of it.
	 */
	private void end(HeldLock lock, RunOutcome outcome) {
		this.world.get(lock.finish(outcome, null));
		this.world.pass(Duration.ofMillis(100));
	}

	private static LockRequest request(Instant tick, Duration lease) {
		return new LockRequest("job", null, null, new Tick.Nominal(tick), false, lease, Duration.ZERO, 3);
	}

	/**
	 * The other server has seen the run, and will look again.
	 */
	private void awaitLook() {
		this.world.until(() -> looks() > 0);
	}

	private long looks() {
		return this.log.lines().stream().filter((line) -> line.contains("is asked for again")).count();
	}

	private static Trigger once(Instant time) {
		Queue<Instant> once = new ArrayDeque<>(List.of(time));
		return (context) -> once.poll();
	}

	static class Daily {

		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled(name = "job", onCrash = CrashPolicy.RERUN)
		void run() {
		}

	}

	static class Stubborn {

		@Scheduled(cron = "0 0 3 * * *")
		@Scheduled(cron = "0 0 * * * *")
		@DistributedScheduled(name = "job", onCrash = CrashPolicy.RERUN, onLockLost = LockLostPolicy.CONTINUE)
		void run() {
		}

	}

	static class TwoAttempts {

		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled(name = "job", onCrash = CrashPolicy.RERUN, maxAttempts = 2)
		void run() {
		}

	}

	static class RunsWithoutLock {

		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled(name = "job", onCrash = CrashPolicy.RERUN,
				onRedisUnavailable = RedisUnavailablePolicy.RUN)
		void run() {
		}

	}

	static class BusyAtFirst {

		@Scheduled(fixedDelay = 86_400_000)
		@DistributedScheduled("at-first")
		void atFirst() {
		}

		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled(name = "job", onCrash = CrashPolicy.RERUN,
				onRedisUnavailable = RedisUnavailablePolicy.RUN)
		void run() {
		}

	}

	static class Once {

		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled("job")
		void run() {
		}

	}

	@EnableAsync
	static class AsyncJob {

		@Async
		@Scheduled(cron = "0 0 3 * * *", zone = "UTC")
		@DistributedScheduled(name = "job", onCrash = CrashPolicy.RERUN)
		void run() {
		}

	}

	static class AsBean {

		@Scheduled(cron = "0 0 3 * * *", zone = "UTC")
		@DistributedScheduled(name = "job", onCrash = CrashPolicy.RERUN)
		void run() {
		}

	}

	static class ByHand implements Runnable {

		@Override
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

	record Subscriber(Publishes publishes) implements SchedulingConfigurer {

		@Override
		public void configureTasks(ScheduledTaskRegistrar registrar) {
			registrar.addCronTask(() -> this.publishes.run().subscribe(), "0 0 3 * * *");
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

}
