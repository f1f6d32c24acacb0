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

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReference;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.redisson.Redisson;
import org.redisson.config.Config;
import reactor.core.publisher.Mono;

import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.context.event.EventListener;
import org.springframework.core.env.MapPropertySource;
import org.springframework.scheduling.annotation.EnableScheduling;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.scheduling.annotation.SchedulingConfigurer;
import org.springframework.scheduling.concurrent.ThreadPoolTaskScheduler;

import io.github.lockstarter.CrashPolicy;
import io.github.lockstarter.DistributedScheduled;
import io.github.lockstarter.InvalidJobException;
import io.github.lockstarter.JobEvent;
import io.github.lockstarter.JobFinished;
import io.github.lockstarter.JobRun;
import io.github.lockstarter.JobSkipped;
import io.github.lockstarter.JobStarted;
import io.github.lockstarter.MissedPolicy;
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
 * Nobody was there when a tick came. The jobs have one tick in a year, so none comes by
 * itself but the one that a test names.
 */
class MissedTickTests {

	private static final Duration LEASE = Duration.ofSeconds(10);

	private static final Duration LIMIT = Duration.ofSeconds(60);

	private static final RedisServer redis = RedisServer.shared();

	private final String namespace = "missed-" + UUID.randomUUID();

	/** Long enough ago for nobody to be about to start it. */
	private final Instant tick = Instant.now().truncatedTo(ChronoUnit.SECONDS).minusSeconds(30);

	private final JobLocks first = locks("first", redis.address());

	private final LogCapture log = new LogCapture(PastTicks.class);

	@AfterEach
	void close() {
		this.log.close();
		this.first.close();
	}

	@Test
	void theTickIsRunOnceOnOneOfTheServersThatStart() {
		ranBefore();
		try (AnnotationConfigApplicationContext one = start(Once.class, this.tick);
				AnnotationConfigApplicationContext two = start(Once.class, this.tick)) {
			Events events = new Events();
			await().atMost(LIMIT).until(() -> {
				events.all.clear();
				events.all.addAll(one.getBean(Events.class).all);
				events.all.addAll(two.getBean(Events.class).all);
				return !events.of(JobFinished.class).isEmpty() && decided() == 2;
			});
			assertThat(events.of(JobStarted.class)).singleElement().satisfies((started) -> {
				assertThat(started.tick()).isEqualTo(this.tick);
				assertThat(started.trigger()).isEqualTo(JobRun.Trigger.CATCH_UP);
			});
		}
		assertNothingMissed(Once.class, this.tick);
	}

	@Test
	void aJobThatNeverRanHasMissedNothing() {
		assertNothingMissed(Once.class, this.tick);
	}

	@Test
	void aTickThatWasRunIsNotMissed() {
		claim(this.tick, Duration.ZERO).finish(RunOutcome.SUCCEEDED, null).join();
		assertNothingMissed(Once.class, this.tick);
	}

	@Test
	void aTickThatIsTooOldIsLeftOut() {
		ranBefore();
		assertNothingMissed(Soon.class, this.tick);
	}

	@Test
	void aTickThatIsHeldIsNotMissed() {
		claim(this.tick.minusSeconds(60), Duration.ofHours(1)).finish(RunOutcome.SUCCEEDED, null).join();
		assertNothingMissed(Held.class, this.tick);
	}

	@Test
	void aTickThatARunPassedOverIsNotMissed() {
		ranBefore();
		redis.cli("HSET", state(), "started", millis(this.tick.minusSeconds(5)), "ended",
				millis(this.tick.plusSeconds(5)));
		assertNothingMissed(Once.class, this.tick);
	}

	@Test
	void aScheduleThatHasChangedHasMissedNothing() {
		ranBefore();
		redis.cli("HSET", state(), "schedule", "0 0 3 * * * UTC");
		assertNothingMissed(Once.class, this.tick);
	}

	/**
	 * As by a server whose default zone has another name, by an earlier version, or by
	 * one with another spelling.
	 */
	@Test
	void aScheduleThatIsWrittenInAnotherWayHasNotChanged() {
		ranBefore();
		ZonedDateTime time = this.tick.atZone(ZoneOffset.UTC);
		redis.cli("HSET", state(), "schedule", "%02d  %02d %02d %d %d ? Etc/GMT".formatted(time.getSecond(),
				time.getMinute(), time.getHour(), time.getDayOfMonth(), time.getMonthValue()));
		try (AnnotationConfigApplicationContext server = start(Once.class, this.tick)) {
			JobStarted started = server.getBean(Events.class).await(JobStarted.class);
			assertThat(started.tick()).isEqualTo(this.tick);
			assertThat(started.trigger()).isEqualTo(JobRun.Trigger.CATCH_UP);
		}
	}

	/**
	 * Or nobody would know in a year that the tick was missed.
	 */
	@Test
	void whatIsKnownOfAYearlyJobIsKeptForLongerThanAYear() {
		ranBefore();
		try (AnnotationConfigApplicationContext server = start(Once.class, this.tick)) {
			server.getBean(Events.class).await(JobFinished.class);
			assertThat(Long.parseLong(redis.cli("PTTL", state()))).isGreaterThan(Duration.ofDays(2 * 365).toMillis());
		}
	}

	/**
	 * Without a zone of its own a cron expression is in that of the scheduler's clock.
	 */
	@Test
	void aTickInTheZoneOfTheSchedulerIsMissedThere() {
		ranBefore();
		ZoneId seoul = ZoneId.of("Asia/Seoul");
		AnnotationConfigApplicationContext server = context(WithoutZone.class, this.tick, redis.address());
		server.getEnvironment()
			.getPropertySources()
			.addFirst(new MapPropertySource("seoul", Map.of("tick", cron(this.tick.atZone(seoul)))));
		server.registerBean(ThreadPoolTaskScheduler.class, () -> {
			ThreadPoolTaskScheduler scheduler = new ThreadPoolTaskScheduler();
			scheduler.setClock(Clock.system(seoul));
			return scheduler;
		});
		server.refresh();
		try (server) {
			JobStarted started = server.getBean(Events.class).await(JobStarted.class);
			assertThat(started.tick()).isEqualTo(this.tick);
			assertThat(started.trigger()).isEqualTo(JobRun.Trigger.CATCH_UP);
		}
	}

	/**
	 * The clock of a scheduler behind another one is known when Spring has scheduled its
	 * tasks, and Redis may answer before that.
	 */
	@Test
	void nothingIsLookedForBeforeAllTasksAreScheduled() {
		AtomicReference<Boolean> early = new AtomicReference<>();
		AnnotationConfigApplicationContext server = context(Once.class, this.tick, redis.address());
		server.registerBean(SchedulingConfigurer.class, () -> (registrar) -> registrar.addTriggerTask(() -> {
		}, (trigger) -> {
			early.set(server.getBean(JobServer.class).pastTicks().isSearching("job"));
			return null;
		}));
		server.refresh();
		try (server) {
			assertThat(early).hasValue(false);
			assertThat(server.getBean(JobServer.class).pastTicks().isSearching("job")).isTrue();
		}
	}

	@Test
	void aLocalServerKnowsOfNoTickBeforeItsStart() {
		AnnotationConfigApplicationContext server = context(Once.class, this.tick, redis.address());
		server.removeBeanDefinition("locks");
		server.registerBean(JobLocks.class, () -> JobLocks.inMemory(settings("local"), TimeSource.system()));
		server.refresh();
		try (server) {
			await().atMost(LIMIT).until(() -> decided() == 1);
			assertThat(server.getBean(Events.class).all).isEmpty();
		}
	}

	/**
	 * The one that was up runs it, and takes its time to begin.
	 */
	@Test
	void aTickThatComesWhileAServerStartsIsNotMissed() {
		Instant soon = Instant.now().truncatedTo(ChronoUnit.SECONDS).plusSeconds(4);
		claim(soon.minusSeconds(60), Duration.ZERO).finish(RunOutcome.SUCCEEDED, null).join();
		try (AnnotationConfigApplicationContext up = start(Once.class, soon)) {
			await().atMost(LIMIT).until(() -> decided() == 1 && !Instant.now().isBefore(soon));
			try (AnnotationConfigApplicationContext starts = start(Once.class, soon)) {
				await().atMost(LIMIT).until(() -> decided() == 2);
				JobStarted started = up.getBean(Events.class).await(JobStarted.class);
				assertThat(started.tick()).isEqualTo(soon);
				assertThat(started.trigger()).isEqualTo(JobRun.Trigger.SCHEDULE);
				assertThat(starts.getBean(Events.class).all).isEmpty();
			}
		}
	}

	@Test
	void aTickThatWasGivenUpInAnOutageIsRunAfterIt() {
		Instant soon = Instant.now().truncatedTo(ChronoUnit.SECONDS).plusSeconds(5);
		claim(soon.minusSeconds(60), Duration.ZERO).finish(RunOutcome.SUCCEEDED, null).join();
		try (TcpProxy proxy = TcpProxy.to(redis);
				AnnotationConfigApplicationContext server = start(Impatient.class, soon, proxy.address())) {
			await().atMost(LIMIT).until(() -> decided() == 1);
			proxy.cut();
			Events events = server.getBean(Events.class);
			JobSkipped skipped = events.await(JobSkipped.class);
			assertThat(skipped.tick()).isEqualTo(soon);
			assertThat(skipped.reason()).isEqualTo(SkipReason.REDIS_UNAVAILABLE);
			proxy.heal();
			JobStarted started = events.await(JobStarted.class);
			assertThat(started.tick()).isEqualTo(soon);
			assertThat(started.trigger()).isEqualTo(JobRun.Trigger.CATCH_UP);
			assertThat(events.await(JobFinished.class).outcome()).isEqualTo(RunOutcome.SUCCEEDED);
		}
	}

	@Test
	void aServerThatStartsInAnOutageLooksAfterIt() {
		ranBefore();
		try (TcpProxy proxy = TcpProxy.to(redis)) {
			proxy.cut();
			try (AnnotationConfigApplicationContext server = start(Once.class, this.tick, proxy.address())) {
				assertThat(server.getBean(JobLocks.class).ready()).failsWithin(LIMIT);
				proxy.heal();
				assertThat(server.getBean(Events.class).await(JobStarted.class).trigger())
					.isEqualTo(JobRun.Trigger.CATCH_UP);
			}
		}
	}

	/**
	 * As ever: a newer tick closes an older one.
	 */
	@Test
	void aMissedTickClosesAnOlderOneThatCrashed() {
		HeldLock crashed = claim(this.tick.minusSeconds(60), Duration.ZERO);
		crashed.finish(RunOutcome.LOCK_LOST, null).join();
		try (AnnotationConfigApplicationContext server = start(Again.class, this.tick)) {
			Events events = server.getBean(Events.class);
			JobStarted started = events.await(JobStarted.class);
			assertThat(started.tick()).isEqualTo(this.tick);
			assertThat(started.trigger()).isEqualTo(JobRun.Trigger.CATCH_UP);
			events.await(JobFinished.class);
			assertThat(events.of(JobStarted.class)).hasSize(1);
			assertThat(redis.cli("HGET", state(), "crashed")).isEqualTo(millis(this.tick.minusSeconds(60)));
		}
	}

	@Test
	void aTickThatCrashedIsRunAgainIfNoneWasMissedSince() {
		claim(this.tick, Duration.ZERO).finish(RunOutcome.LOCK_LOST, null).join();
		try (AnnotationConfigApplicationContext server = start(Again.class, this.tick)) {
			JobStarted started = server.getBean(Events.class).await(JobStarted.class);
			assertThat(started.tick()).isEqualTo(this.tick);
			assertThat(started.trigger()).isEqualTo(JobRun.Trigger.RERUN);
		}
	}

	@Test
	void theLatestOfSeveralSchedulesIsRun() {
		ranBefore();
		try (AnnotationConfigApplicationContext server = start(Several.class, this.tick)) {
			assertThat(server.getBean(Events.class).await(JobStarted.class).tick()).isEqualTo(this.tick);
			server.getBean(Events.class).await(JobFinished.class);
			assertThat(server.getBean(Events.class).of(JobStarted.class)).hasSize(1);
		}
	}

	@Test
	void withoutThePolicyNothingIsLookedFor() {
		try (AnnotationConfigApplicationContext server = start(Plain.class, this.tick)) {
			assertThat(server.getBean(JobServer.class).pastTicks().isSearching("job")).isFalse();
		}
	}

	@Test
	void aDisabledScheduleHasNoTicks() {
		ranBefore();
		try (AnnotationConfigApplicationContext server = start(Disabled.class, this.tick)) {
			assertThat(server.getBean(JobServer.class).pastTicks().isSearching("job")).isFalse();
		}
		try (AnnotationConfigApplicationContext server = start(Once.class, this.tick)) {
			assertThat(server.getBean(JobServer.class).pastTicks().isSearching("job")).isTrue();
		}
	}

	@Test
	void aMissedTickWaitsForAnotherJobOfItsGroup() {
		claim(new LockRequest("job", "group", null, new Tick.Nominal(this.tick.minusSeconds(60)), false, LEASE,
				Duration.ZERO))
			.finish(RunOutcome.SUCCEEDED, null)
			.join();
		HeldLock other = claim(new LockRequest("other", "group", null, new Tick.Manual(), false, LEASE, Duration.ZERO));
		other.keep((cause) -> {
		});
		try (LogCapture waits = new LogCapture(Refusals.class);
				AnnotationConfigApplicationContext server = start(Grouped.class, this.tick)) {
			Events events = server.getBean(Events.class);
			await().atMost(LIMIT)
				.until(() -> waits.lines().stream().anyMatch((line) -> line.contains("is asked for again")));
			assertThat(events.all).isEmpty();
			other.finish(RunOutcome.SUCCEEDED, null).join();
			assertThat(events.await(JobStarted.class).trigger()).isEqualTo(JobRun.Trigger.CATCH_UP);
		}
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

	private void ranBefore() {
		claim(this.tick.minusSeconds(60), Duration.ZERO).finish(RunOutcome.SUCCEEDED, null).join();
	}

	private void assertNothingMissed(Class<?> job, Instant tick) {
		long before = decided();
		try (AnnotationConfigApplicationContext server = start(job, tick)) {
			await().atMost(LIMIT).until(() -> decided() > before);
			assertThat(this.log.lines()).last().asString().contains("has no tick that was missed");
			assertThat(server.getBean(Events.class).all).isEmpty();
		}
	}

	/**
	 * How many servers have looked.
	 */
	private long decided() {
		return this.log.lines()
			.stream()
			.filter((line) -> line.contains("has missed its tick") || line.contains("has no tick that was missed"))
			.count();
	}

	private String state() {
		return "test:{" + this.namespace + "/job}:job:state";
	}

	private static String millis(Instant time) {
		return String.valueOf(time.toEpochMilli());
	}

	private HeldLock claim(Instant tick, Duration atLeast) {
		return claim(new LockRequest("job", null, null, new Tick.Nominal(tick), false, LEASE, atLeast, 3));
	}

	private HeldLock claim(LockRequest request) {
		Attempts.untilDone(this.first::ready);
		Claim claim = this.first.claim(request).join();
		assertThat(claim).isInstanceOf(Claim.Granted.class);
		return ((Claim.Granted) claim).lock();
	}

	private AnnotationConfigApplicationContext start(Class<?> job, Instant tick) {
		return start(job, tick, redis.address());
	}

	private AnnotationConfigApplicationContext start(Class<?> job, Instant tick, String address) {
		AnnotationConfigApplicationContext context = context(job, tick, address);
		context.refresh();
		return context;
	}

	private AnnotationConfigApplicationContext context(Class<?> job, Instant tick, String address) {
		AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext();
		context.getEnvironment()
			.getPropertySources()
			.addFirst(new MapPropertySource("test", Map.of("tick", cron(tick.atZone(ZoneOffset.UTC)))));
		context.registerBean(RunSettings.class,
				() -> new RunSettings(this.namespace, "second", LEASE, Duration.ZERO, Duration.ZERO));
		context.registerBean("locks", JobLocks.class, () -> locks("second", address));
		context.registerBean(Events.class);
		context.registerBean("job", job);
		context.register(Server.class);
		return context;
	}

	private static String cron(ZonedDateTime time) {
		return "%d %d %d %d %d *".formatted(time.getSecond(), time.getMinute(), time.getHour(), time.getDayOfMonth(),
				time.getMonthValue());
	}

	private LockSettings settings(String server) {
		return new LockSettings(this.namespace, "test:", server, Duration.ofSeconds(2), Duration.ofMinutes(1));
	}

	private JobLocks locks(String server, String address) {
		return JobLocks.onRedis(() -> Redisson.create(config(address)), true, address, settings(server),
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

	@Configuration(proxyBeanMethods = false)
	@EnableScheduling
	@Import(DistributedSchedulingConfiguration.class)
	static class Server {

	}

	static class Once {

		@Scheduled(cron = "${tick}", zone = "UTC")
		@DistributedScheduled(name = "job", onMissed = MissedPolicy.RUN_ONCE)
		void run() {
		}

	}

	static class WithoutZone {

		@Scheduled(cron = "${tick}")
		@DistributedScheduled(name = "job", onMissed = MissedPolicy.RUN_ONCE)
		void run() {
		}

	}

	static class Plain {

		@Scheduled(cron = "${tick}", zone = "UTC")
		@DistributedScheduled(name = "job")
		void run() {
		}

	}

	static class Soon {

		@Scheduled(cron = "${tick}", zone = "UTC")
		@DistributedScheduled(name = "job", onMissed = MissedPolicy.RUN_ONCE, missedWithin = "20s")
		void run() {
		}

	}

	static class Held {

		@Scheduled(cron = "${tick}", zone = "UTC")
		@DistributedScheduled(name = "job", onMissed = MissedPolicy.RUN_ONCE, lockAtLeastFor = "1h")
		void run() {
		}

	}

	static class Impatient {

		@Scheduled(cron = "${tick}", zone = "UTC")
		@DistributedScheduled(name = "job", onMissed = MissedPolicy.RUN_ONCE,
				onRedisUnavailable = RedisUnavailablePolicy.SKIP)
		void run() {
		}

	}

	static class Again {

		@Scheduled(cron = "${tick}", zone = "UTC")
		@DistributedScheduled(name = "job", onMissed = MissedPolicy.RUN_ONCE, onCrash = CrashPolicy.RERUN)
		void run() {
		}

	}

	static class Several {

		@Scheduled(cron = "0 0 3 29 2 *", zone = "UTC")
		@Scheduled(cron = "${tick}", zone = "UTC")
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

		@Scheduled(cron = "${tick}", zone = "UTC")
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
			org.awaitility.Awaitility.await().atMost(LIMIT).until(() -> !of(type).isEmpty());
			return of(type).get(0);
		}

	}

}
