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
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.IntConsumer;
import java.util.function.IntFunction;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;
import org.redisson.Redisson;
import org.redisson.api.RedissonClient;
import org.redisson.config.Config;

import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.scheduling.annotation.EnableScheduling;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.scheduling.concurrent.ThreadPoolTaskScheduler;

import io.github.lockstarter.DistributedScheduled;
import io.github.lockstarter.JobRun;
import io.github.lockstarter.fixture.RedisServer;
import io.github.lockstarter.internal.time.TimeSource;
import io.github.lockstarter.lock.JobLocks;
import io.github.lockstarter.lock.LockSettings;
import io.github.lockstarter.lock.MutexOnly;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Eight servers with clocks up to twenty seconds apart, and a job each second that takes
 * a millisecond. Servers join, leave and come back. Every tick is run once.
 */
class OncePerTickTests {

	/** Ticks that are looked at. */
	private static final int TICKS = 32;

	/** Ticks that are enough for what happens at each of them. */
	private static final int FEW_TICKS = 8;

	private static final int[] SKEW = { 0, 20, -20, 13, -7, 3, -1, 0 };

	private static final RedisServer redis = RedisServer.shared();

	private final String namespace = "once-" + UUID.randomUUID();

	private final Queue<Run> runs = new ConcurrentLinkedQueue<>();

	private final List<AnnotationConfigApplicationContext> servers = new ArrayList<>();

	private final RedissonClient redisson = client();

	@Test
	void everyTickIsRunOnceWhateverTheClocks() {
		Verdict verdict = play(UnaryOperator.identity(), TICKS);
		assertThat(verdict).isEqualTo(new Verdict(TICKS, TICKS, 0, 0, 0));
	}

	/**
	 * The red control: with the mutex alone a short job runs many times, or early.
	 */
	@Test
	void withoutTheTickRuleTicksAreRunTwice() {
		Verdict verdict = play((locks) -> MutexOnly.locks(locks), FEW_TICKS);
		assertThat(verdict.duplicates()).isPositive();
	}

	/**
	 * All clocks but that of the first server are set again and again, by up to twenty
	 * seconds.
	 */
	@Test
	void everyTickIsRunOnceWhenClocksJump() {
		List<JumpingClock> clocks = IntStream.of(SKEW).mapToObj((skew) -> new JumpingClock()).toList();
		Verdict verdict = play((place) -> server("jumps-" + place, clocks.get(place), UnaryOperator.identity()),
				(step) -> {
					for (int place = 1; place < SKEW.length; place++) {
						clocks.get(place).offset = Duration.ofSeconds(SKEW[(place + step) % SKEW.length]);
					}
				}, TICKS);
		assertThat(verdict).isEqualTo(new Verdict(TICKS, TICKS, 0, 0, 0));
	}

	private Verdict play(UnaryOperator<JobLocks> locks, int ticks) {
		// One server after the other leaves and is replaced, while ticks go on
		IntFunction<AnnotationConfigApplicationContext> start = (place) -> server(SKEW[place], locks);
		return play(start, (step) -> {
			int place = 1 + step % (SKEW.length - 1);
			this.servers.get(place).close();
			this.servers.set(place, start.apply(place));
		}, ticks);
	}

	private Verdict play(IntFunction<AnnotationConfigApplicationContext> start, IntConsumer disturbance, int ticks) {
		try {
			for (int place = 0; place < SKEW.length; place++) {
				this.servers.add(start.apply(place));
			}
			// Servers whose clocks are behind begin with old ticks, and what comes during
			// those is rightly refused
			await().atMost(Duration.ofSeconds(60)).until(() -> this.runs.stream().anyMatch(Run::isOnTime));
			Instant first = redisTime().plusSeconds(2);
			first = Instant.ofEpochSecond(first.getEpochSecond());
			Instant end = first.plusSeconds(ticks);
			for (int step = 0; step < ticks / 5; step++) {
				awaitRedisTime(first.plusSeconds(3 + 4L * step));
				disturbance.accept(step);
			}
			awaitRedisTime(end);
			return verdict(first, end, ticks);
		}
		finally {
			this.servers.forEach(AnnotationConfigApplicationContext::close);
			this.redisson.shutdown();
		}
	}

	private Verdict verdict(Instant first, Instant end, int ticks) {
		Map<Instant, Long> perTick = this.runs.stream()
			.filter((run) -> !run.tick().isBefore(first) && run.tick().isBefore(end))
			.collect(Collectors.groupingBy(Run::tick, TreeMap::new, Collectors.counting()));
		long runs = perTick.values().stream().mapToLong(Long::longValue).sum();
		long duplicates = runs - perTick.size();
		long early = this.runs.stream().filter((run) -> run.redisTime().isBefore(run.tick().minusMillis(100))).count();
		return new Verdict(ticks, runs, duplicates, ticks - perTick.size(), early);
	}

	private void awaitRedisTime(Instant time) {
		await().atMost(Duration.ofSeconds(60))
			.pollInterval(Duration.ofMillis(50))
			.until(() -> !redisTime().isBefore(time));
	}

	private static Instant redisTime() {
		String[] time = redis.cli("TIME").split("\\s+");
		return Instant.ofEpochSecond(Long.parseLong(time[0]), Long.parseLong(time[1]) * 1000);
	}

	private AnnotationConfigApplicationContext server(int skew, UnaryOperator<JobLocks> locks) {
		return server("skew" + skew + "-" + UUID.randomUUID().toString().substring(0, 4),
				Clock.offset(Clock.systemUTC(), Duration.ofSeconds(skew)), locks);
	}

	private AnnotationConfigApplicationContext server(String id, Clock clock, UnaryOperator<JobLocks> locks) {
		AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext();
		context.registerBean(RunSettings.class,
				() -> new RunSettings(this.namespace, id, Duration.ofSeconds(30), Duration.ZERO, Duration.ZERO));
		context.registerBean(JobLocks.class,
				() -> locks.apply(JobLocks.onRedis(() -> this.redisson, false, redis.address(),
						new LockSettings(this.namespace, "test:", id, Duration.ofSeconds(2), Duration.ofMinutes(1)),
						TimeSource.system())));
		context.registerBean(Clock.class, () -> clock);
		context.registerBean("runs", Runs.class, () -> new Runs(this.runs));
		context.register(Server.class);
		context.refresh();
		return context;
	}

	private static RedissonClient client() {
		Config config = new Config();
		config.setThreads(2);
		config.setNettyThreads(2);
		config.useSingleServer().setAddress(redis.address()).setConnectionMinimumIdleSize(1).setRetryAttempts(0);
		return Redisson.create(config);
	}

	/**
	 * A wall clock that is set.
	 */
	static final class JumpingClock extends Clock {

		private volatile Duration offset = Duration.ZERO;

		@Override
		public Instant instant() {
			return Instant.now().plus(this.offset);
		}

		@Override
		public ZoneId getZone() {
			return ZoneOffset.UTC;
		}

		@Override
		public Clock withZone(ZoneId zone) {
			return this;
		}

	}

	record Run(Instant tick, Instant redisTime) {

		boolean isOnTime() {
			return this.redisTime.isBefore(this.tick.plusMillis(900));
		}

	}

	record Runs(Queue<Run> all) {

	}

	record Verdict(int ticks, long runs, long duplicates, long missed, long early) {

	}

	@Configuration(proxyBeanMethods = false)
	@EnableScheduling
	@Import(DistributedSchedulingConfiguration.class)
	static class Server {

		@Bean
		ThreadPoolTaskScheduler taskScheduler(Clock clock) {
			ThreadPoolTaskScheduler scheduler = new ThreadPoolTaskScheduler();
			scheduler.setClock(clock);
			scheduler.setPoolSize(2);
			return scheduler;
		}

		@Bean
		SecondJob secondJob(Runs runs) {
			return new SecondJob(runs);
		}

	}

	static class SecondJob {

		private final Runs runs;

		SecondJob(Runs runs) {
			this.runs = runs;
		}

		@Scheduled(cron = "* * * * * *")
		@DistributedScheduled
		void run() throws InterruptedException {
			this.runs.all().add(new Run(JobRun.current().tick(), redisTime()));
			// This is what the job takes, not a wait for something
			Thread.sleep(1);
		}

	}

}
