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
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.concurrent.atomic.AtomicReference;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

import org.springframework.scheduling.TaskScheduler;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.scheduling.annotation.SchedulingConfigurer;
import org.springframework.scheduling.concurrent.ConcurrentTaskScheduler;

import io.github.lockstarter.CrashPolicy;
import io.github.lockstarter.DistributedScheduled;
import io.github.lockstarter.InvalidJobException;
import io.github.lockstarter.JobFinished;
import io.github.lockstarter.JobRun;
import io.github.lockstarter.JobSkipped;
import io.github.lockstarter.JobStarted;
import io.github.lockstarter.MissedPolicy;
import io.github.lockstarter.RedisUnavailablePolicy;
import io.github.lockstarter.RunOutcome;
import io.github.lockstarter.SkipReason;
import io.github.lockstarter.lock.Claim;
import io.github.lockstarter.lock.HeldLock;
import io.github.lockstarter.lock.JobLocks;
import io.github.lockstarter.lock.LockRequest;
import io.github.lockstarter.lock.LockSettings;
import io.github.lockstarter.schedule.Tick;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * Nobody was there when a tick came. On virtual time: the job is due every day at three,
 * so no other tick comes by.
 */
class MissedTickTests {

	private static final Duration LEASE = Duration.ofSeconds(10);

	private static final Instant TICK = VirtualServers.THREE;

	/** Long enough for nobody to be about to start the tick. */
	private static final Instant LATER = TICK.plusSeconds(30);

	private static final String NOTHING = "has no tick that was missed";

	private final VirtualServers world = new VirtualServers();

	private final VirtualServers.Server first = this.world.server("first");

	private final VirtualServers.Server second = this.world.server("second");

	private final LogCapture log = new LogCapture(PastTicks.class);

	@AfterEach
	void close() {
		this.log.close();
		this.world.close();
	}

	@Test
	void theTickIsRunOnceOnOneOfTheServersThatStart() {
		ranBefore();
		this.world.passUntil(LATER);
		this.second.start(Once.class);
		this.world.server("third").start(Once.class);
		this.world.until(() -> decided() == 2);
		this.world.until(JobFinished.class);
		this.world.pass(Duration.ofMinutes(1));
		assertThat(this.world.runs()).singleElement().satisfies((run) -> {
			assertThat(run.tick()).isEqualTo(TICK);
			assertThat(run.trigger()).isEqualTo(JobRun.Trigger.CATCH_UP);
		});
		assertNothingMissed(this.world.server("fourth"), Once.class);
	}

	@Test
	void aJobThatNeverRanHasMissedNothing() {
		this.world.passUntil(LATER);
		assertNothingMissed(this.second, Once.class);
	}

	@Test
	void aTickThatWasRunIsNotMissed() {
		end(claim(TICK, Duration.ZERO), RunOutcome.SUCCEEDED);
		this.world.passUntil(LATER);
		assertNothingMissed(this.second, Once.class);
	}

	@Test
	void aTickThatIsTooOldIsLeftOut() {
		ranBefore();
		this.world.passUntil(LATER);
		assertNothingMissed(this.second, Soon.class);
	}

	@Test
	void aTickThatIsHeldIsNotMissed() {
		end(claim(TICK.minusSeconds(60), Duration.ofHours(1)), RunOutcome.SUCCEEDED);
		this.world.passUntil(LATER);
		assertNothingMissed(this.second, Held.class);
	}

	@Test
	void aTickThatARunPassedOverIsNotMissed() {
		HeldLock lock = claim(TICK.minusSeconds(60), Duration.ZERO);
		this.world.passUntil(TICK.plusSeconds(5));
		end(lock, RunOutcome.SUCCEEDED);
		this.world.passUntil(LATER);
		assertNothingMissed(this.second, Once.class);
	}

	@Test
	void aScheduleThatHasChangedHasMissedNothing() {
		ranBefore("0 0 4 * * * UTC");
		this.world.passUntil(LATER);
		assertNothingMissed(this.second, Once.class);
	}

	/**
	 * As by a server whose default zone has another name, by an earlier version, or by
	 * one with another spelling.
	 */
	@Test
	void aScheduleThatIsWrittenInAnotherWayHasNotChanged() {
		ranBefore("00  0 03 * * ? Etc/GMT");
		this.world.passUntil(LATER);
		this.second.start(Once.class);
		assertCaughtUp();
	}

	/**
	 * Or nobody would know in a year that the tick was missed.
	 */
	@Test
	void whatIsKnownOfAYearlyJobIsKeptForLongerThanAYear() {
		this.first.start(Yearly.class);
		assertThat(this.world.until(JobFinished.class).tick()).isEqualTo(TICK);
		this.first.stop();
		Instant tick = TICK.atZone(ZoneOffset.UTC).plusYears(2).toInstant();
		this.world.passUntil(tick.plusSeconds(30));
		this.second.start(Yearly.class);
		this.world.until(() -> this.world.runs().size() == 2);
		assertThat(this.world.runs()).last().satisfies((run) -> {
			assertThat(run.tick()).isEqualTo(tick);
			assertThat(run.trigger()).isEqualTo(JobRun.Trigger.CATCH_UP);
		});
	}

	/**
	 * Without a zone of its own a cron expression is in that of the scheduler's clock.
	 */
	@Test
	void aTickInTheZoneOfTheSchedulerIsMissedThere() {
		ranBefore();
		this.world.passUntil(LATER);
		TestServer server = new TestServer("second").on(this.second).with(NoonInSeoul.class);
		server.context().registerBean("taskScheduler", TaskScheduler.class, () -> {
			ConcurrentTaskScheduler scheduler = this.second.scheduler();
			scheduler.setClock(this.second.machine().clock().withZone(ZoneId.of("Asia/Seoul")));
			return scheduler;
		});
		try (server) {
			server.start();
			assertCaughtUp();
		}
	}

	/**
	 * The clock of a scheduler behind another one is known when Spring has scheduled its
	 * tasks, and Redis may answer before that.
	 */
	@Test
	void nothingIsLookedForBeforeAllTasksAreScheduled() {
		AtomicReference<@Nullable Boolean> early = new AtomicReference<>();
		TestServer server = new TestServer("second").on(this.second).with(Once.class);
		server.context().registerBean(SchedulingConfigurer.class, () -> (registrar) -> registrar.addTriggerTask(() -> {
		}, (trigger) -> {
			early.set(isSearching(server));
			return null;
		}));
		try (server) {
			server.start();
			assertThat(early).hasValue(false);
			assertThat(isSearching(server)).isTrue();
		}
	}

	@Test
	void aLocalServerKnowsOfNoTickBeforeItsStart() {
		ranBefore();
		this.world.passUntil(LATER);
		try (TestServer server = new TestServer("local").on(this.second)
			.withLocks(JobLocks.inMemory(
					new LockSettings("local", "", "local", Duration.ofSeconds(2), Duration.ofMinutes(1)),
					this.second.machine()))
			.with(Once.class)
			.start()) {
			this.world.until(() -> decided() == 1);
			this.world.pass(Duration.ofMinutes(1));
			assertThat(server.events()).isEmpty();
		}
	}

	/**
	 * The one that was up runs it, and takes its time to begin.
	 */
	@Test
	void aTickThatComesWhileAServerStartsIsNotMissed() {
		ranBefore();
		this.first.ahead(Duration.ofSeconds(-4)).start(Once.class);
		this.world.until(() -> decided() == 1);
		this.world.passUntil(TICK.plusMillis(500));
		this.second.start(Once.class);
		this.world.until(() -> decided() == 2);
		assertThat(this.world.runs()).singleElement().satisfies((run) -> {
			assertThat(run.server()).isEqualTo("first");
			assertThat(run.tick()).isEqualTo(TICK);
			assertThat(run.trigger()).isEqualTo(JobRun.Trigger.SCHEDULE);
		});
		assertThat(this.second.events().all()).isEmpty();
	}

	@Test
	void aTickThatWasGivenUpInAnOutageIsRunAfterIt() {
		ranBefore();
		this.second.start(Impatient.class);
		this.world.until(() -> decided() == 1);
		this.second.cut();
		JobSkipped skipped = this.world.until(JobSkipped.class);
		assertThat(skipped.tick()).isEqualTo(TICK);
		assertThat(skipped.reason()).isEqualTo(SkipReason.REDIS_UNAVAILABLE);
		this.world.pass(Duration.ofMinutes(10));
		assertThat(this.world.runs()).isEmpty();
		this.second.heal();
		assertCaughtUp();
		assertThat(this.world.until(JobFinished.class).outcome()).isEqualTo(RunOutcome.SUCCEEDED);
	}

	@Test
	void aServerThatStartsInAnOutageLooksAfterIt() {
		ranBefore();
		this.world.passUntil(LATER);
		this.second.cut();
		this.second.start(Once.class);
		this.world.pass(Duration.ofMinutes(10));
		assertThat(this.second.events().all()).isEmpty();
		this.second.heal();
		assertCaughtUp();
	}

	/**
	 * As ever: a newer tick closes an older one.
	 */
	@Test
	void aMissedTickClosesAnOlderOneThatCrashed() {
		end(claim(TICK.minusSeconds(60), Duration.ZERO), RunOutcome.LOCK_LOST);
		this.world.passUntil(LATER);
		this.second.start(Again.class);
		assertCaughtUp();
		this.world.pass(Duration.ofMinutes(1));
		assertThat(this.world.runs()).hasSize(1);
		Claim older = this.world.get(this.first.locks()
			.claim(new LockRequest("job", null, null, new Tick.Nominal(TICK.minusSeconds(60)), false, LEASE,
					Duration.ZERO, 3, LockRequest.Purpose.WATCH)));
		assertThat(older).isInstanceOfSatisfying(Claim.Refused.class,
				(refused) -> assertThat(refused.reason()).isEqualTo(SkipReason.CRASHED));
	}

	@Test
	void aTickThatCrashedIsRunAgainIfNoneWasMissedSince() {
		end(claim(TICK, Duration.ZERO), RunOutcome.LOCK_LOST);
		this.world.passUntil(LATER);
		this.second.start(Again.class);
		JobStarted started = this.world.until(JobStarted.class);
		assertThat(started.tick()).isEqualTo(TICK);
		assertThat(started.trigger()).isEqualTo(JobRun.Trigger.RERUN);
	}

	@Test
	void theLatestOfSeveralSchedulesIsRun() {
		ranBefore();
		this.world.passUntil(LATER);
		try (TestServer server = new TestServer("second").on(this.second).with(Several.class).start()) {
			assertCaughtUp();
			this.world.pass(Duration.ofMinutes(1));
			assertThat(server.events(JobStarted.class)).hasSize(1);
		}
	}

	@Test
	void withoutThePolicyNothingIsLookedFor() {
		try (TestServer server = new TestServer("second").on(this.second).with(Plain.class).start()) {
			assertThat(isSearching(server)).isFalse();
		}
	}

	@Test
	void aDisabledScheduleHasNoTicks() {
		try (TestServer server = new TestServer("first").on(this.first).with(Disabled.class).start()) {
			assertThat(isSearching(server)).isFalse();
		}
		try (TestServer server = new TestServer("second").on(this.second).with(Once.class).start()) {
			assertThat(isSearching(server)).isTrue();
		}
	}

	@Test
	void aMissedTickWaitsForAnotherJobOfItsGroup() {
		end(claim(new LockRequest("job", "group", null, new Tick.Nominal(TICK.minusSeconds(60)), false, LEASE,
				Duration.ZERO)), RunOutcome.SUCCEEDED);
		this.world.passUntil(LATER);
		HeldLock other = claim(new LockRequest("other", "group", null, new Tick.Manual(), false, LEASE, Duration.ZERO));
		other.keep((cause) -> {
		});
		this.second.start(Grouped.class);
		this.world.until(() -> decided() == 1);
		this.world.pass(Duration.ofMinutes(10));
		assertThat(this.second.events().all()).isEmpty();
		end(other, RunOutcome.SUCCEEDED);
		assertCaughtUp();
	}

	@Test
	void anIntervalMissesNoTick() {
		assertRefused(Interval.class, "Interval.run()", "onMissed = RUN_ONCE and a fixed rate or delay",
				"Leave onMissed out");
	}

	@Test
	void aMethodWithoutACronExpressionMissesNoTick() {
		assertRefused(NoCron.class, "NoCron.run()", "no cron expression", "@Scheduled(cron");
	}

	@Test
	void aPublisherIsNotSubscribedToForAMissedTick() {
		assertRefused(Publishes.class, "Publishes.run()", "returns a publisher", "return void");
	}

	@Test
	void zeroIsTooShort() {
		assertRefused(TooSoon.class, "TooSoon.run()", "missedWithin = 0", "1h");
	}

	private static void assertRefused(Class<?> job, String where, String what, String remedy) {
		assertThatThrownBy(() -> TestServer.running(job)).rootCause()
			.isInstanceOfSatisfying(InvalidJobException.class, (ex) -> assertThat(ex.remedy()).contains(remedy))
			.hasMessageContaining(where)
			.hasMessageContaining(what);
	}

	private void assertCaughtUp() {
		JobStarted started = this.world.until(JobStarted.class);
		assertThat(started.tick()).isEqualTo(TICK);
		assertThat(started.trigger()).isEqualTo(JobRun.Trigger.CATCH_UP);
	}

	private void assertNothingMissed(VirtualServers.Server server, Class<?> jobs) {
		long before = decided();
		server.start(jobs);
		this.world.until(() -> decided() > before);
		assertThat(this.log.lines()).last().asString().contains(NOTHING);
		this.world.pass(Duration.ofMinutes(1));
		assertThat(server.events().all()).isEmpty();
	}

	/**
	 * How many servers have looked.
	 */
	private long decided() {
		return this.log.lines()
			.stream()
			.filter((line) -> line.contains("has missed its tick") || line.contains(NOTHING))
			.count();
	}

	private static boolean isSearching(TestServer server) {
		return server.bean(JobServer.class).pastTicks().isSearching("job");
	}

	private void ranBefore() {
		ranBefore(null);
	}

	private void ranBefore(@Nullable String schedule) {
		end(claim(new LockRequest("job", null, schedule, new Tick.Nominal(TICK.minusSeconds(60)), false, LEASE,
				Duration.ZERO)), RunOutcome.SUCCEEDED);
	}

	/**
	 * Let the first server begin a tick, when it has come.
	 */
	private HeldLock claim(Instant tick, Duration atLeast) {
		if (this.world.now().isBefore(tick)) {
			this.world.passUntil(tick);
		}
		return claim(new LockRequest("job", null, null, new Tick.Nominal(tick), false, LEASE, atLeast, 3));
	}

	private HeldLock claim(LockRequest request) {
		Claim claim = this.world.get(this.first.locks().claim(request));
		assertThat(claim).isInstanceOf(Claim.Granted.class);
		return ((Claim.Granted) claim).lock();
	}

	/**
	 * End a run, and let Redis hear of it.
	 */
	private void end(HeldLock lock, RunOutcome outcome) {
		this.world.get(lock.finish(outcome, null));
		this.world.pass(Duration.ofMillis(100));
	}

	static class Once {

		@Scheduled(cron = "0 0 3 * * *", zone = "UTC")
		@DistributedScheduled(name = "job", onMissed = MissedPolicy.RUN_ONCE)
		void run() {
		}

	}

	static class Yearly {

		@Scheduled(cron = "0 0 3 2 3 *")
		@DistributedScheduled(name = "job", onMissed = MissedPolicy.RUN_ONCE)
		void run() {
		}

	}

	static class NoonInSeoul {

		@Scheduled(cron = "0 0 12 * * *")
		@DistributedScheduled(name = "job", onMissed = MissedPolicy.RUN_ONCE)
		void run() {
		}

	}

	static class Plain {

		@Scheduled(cron = "0 0 3 * * *", zone = "UTC")
		@DistributedScheduled(name = "job")
		void run() {
		}

	}

	static class Soon {

		@Scheduled(cron = "0 0 3 * * *", zone = "UTC")
		@DistributedScheduled(name = "job", onMissed = MissedPolicy.RUN_ONCE, missedWithin = "20s")
		void run() {
		}

	}

	static class Held {

		@Scheduled(cron = "0 0 3 * * *", zone = "UTC")
		@DistributedScheduled(name = "job", onMissed = MissedPolicy.RUN_ONCE, lockAtLeastFor = "1h")
		void run() {
		}

	}

	static class Impatient {

		@Scheduled(cron = "0 0 3 * * *", zone = "UTC")
		@DistributedScheduled(name = "job", onMissed = MissedPolicy.RUN_ONCE,
				onRedisUnavailable = RedisUnavailablePolicy.SKIP)
		void run() {
		}

	}

	static class Again {

		@Scheduled(cron = "0 0 3 * * *", zone = "UTC")
		@DistributedScheduled(name = "job", onMissed = MissedPolicy.RUN_ONCE, onCrash = CrashPolicy.RERUN)
		void run() {
		}

	}

	static class Several {

		@Scheduled(cron = "0 0 3 29 2 *", zone = "UTC")
		@Scheduled(cron = "0 0 3 * * *", zone = "UTC")
		@Scheduled(cron = "-")
		@DistributedScheduled(name = "job", onMissed = MissedPolicy.RUN_ONCE)
		void run() {
		}

	}

	static class Disabled {

		@Scheduled(cron = "-")
		@DistributedScheduled(name = "job", onMissed = MissedPolicy.RUN_ONCE)
		void run() {
		}

	}

	static class Grouped {

		@Scheduled(cron = "0 0 3 * * *", zone = "UTC")
		@DistributedScheduled(name = "job", group = "group", onMissed = MissedPolicy.RUN_ONCE)
		void run() {
		}

	}

	static class Interval {

		@Scheduled(fixedRate = 60_000)
		@DistributedScheduled(onMissed = MissedPolicy.RUN_ONCE)
		void run() {
		}

	}

	static class NoCron {

		@DistributedScheduled(onMissed = MissedPolicy.RUN_ONCE)
		void run() {
		}

	}

	static class Publishes {

		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled(onMissed = MissedPolicy.RUN_ONCE)
		Mono<Void> run() {
			return Mono.empty();
		}

	}

	static class TooSoon {

		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled(onMissed = MissedPolicy.RUN_ONCE, missedWithin = "0s")
		void run() {
		}

	}

}
