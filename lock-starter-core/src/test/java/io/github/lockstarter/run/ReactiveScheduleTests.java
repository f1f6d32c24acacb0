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
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.support.DefaultLifecycleProcessor;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.scheduling.concurrent.SimpleAsyncTaskScheduler;
import org.springframework.scheduling.concurrent.ThreadPoolTaskScheduler;

import io.github.lockstarter.DistributedScheduled;
import io.github.lockstarter.JobFinished;
import io.github.lockstarter.JobRun;
import io.github.lockstarter.JobSkipped;
import io.github.lockstarter.JobStarted;
import io.github.lockstarter.RunOutcome;
import io.github.lockstarter.SkipReason;
import io.github.lockstarter.fixture.OwnThread;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Publishers on the schedulers of Spring, which subscribe at each tick, and of which only
 * a fixed delay waits for the end.
 */
class ReactiveScheduleTests {

	private static final Duration MOMENT = Duration.ofMillis(100);

	private final String name = "reactive-schedule-" + UUID.randomUUID();

	private final Work work = new Work();

	private final List<TestServer> servers = new ArrayList<>();

	private final VirtualServers world = new VirtualServers();

	@AfterEach
	void close() {
		this.work.finished.tryEmitEmpty();
		this.servers.forEach(TestServer::close);
		this.world.close();
	}

	@ParameterizedTest
	@ValueSource(classes = { Cron.class, Rate.class })
	void serversShareTheTicks(Class<?> job) {
		TestServer one = startVirtual(this.world.server("server-1"), "server-1", job);
		TestServer two = startVirtual(this.world.server("server-2"), "server-2", job);
		this.world.until(() -> this.work.tokens.size() >= 20);
		assertShared(one, two);
	}

	/**
	 * Spring blocks the thread of its scheduler until the end, so this is in real time.
	 */
	@Test
	void serversShareTheRunsOfAFixedDelay() {
		TestServer one = start(server("server-1", Pool.class, Delay.class).acquireTimeout(Duration.ofSeconds(10)));
		TestServer two = start(server("server-2", Pool.class, Delay.class).acquireTimeout(Duration.ofSeconds(10)));
		patiently().until(() -> this.work.tokens.size() >= 4
				&& one.events(JobSkipped.class).size() + two.events(JobSkipped.class).size() >= 3);
		assertShared(one, two);
	}

	private void assertShared(TestServer one, TestServer two) {
		assertThat(this.work.overlaps).as("runs at one time").hasValue(0);
		assertThat(this.work.tokens).doesNotHaveDuplicates();
		List<JobStarted> started = new ArrayList<>(one.events(JobStarted.class));
		started.addAll(two.events(JobStarted.class));
		assertThat(started).extracting(JobStarted::tick).doesNotHaveDuplicates();
		assertThat(started).extracting(JobStarted::trigger).containsOnly(JobRun.Trigger.SCHEDULE);
		List<JobSkipped> skipped = new ArrayList<>(one.events(JobSkipped.class));
		skipped.addAll(two.events(JobSkipped.class));
		assertThat(skipped).extracting(JobSkipped::reason)
			.isSubsetOf(SkipReason.ALREADY_RAN, SkipReason.SUPERSEDED, SkipReason.NOT_DUE, SkipReason.STILL_RUNNING,
					SkipReason.LOCK_REFUSED);
		assertThat(this.work.calls).as("one for each server").hasValue(2);
	}

	/**
	 * Its next subscription comes after the end, and the lock is released by then.
	 */
	@Test
	void aFixedDelayDoesNotMeetItsOwnLock() {
		TestServer server = start("server-1", Pool.class, Delay.class);
		patiently().until(() -> server.events(JobFinished.class).size() >= 5);
		assertThat(server.events(JobSkipped.class)).extracting(JobSkipped::reason)
			.doesNotContain(SkipReason.STILL_RUNNING, SkipReason.LOCK_REFUSED);
		assertThat(server.events(JobFinished.class)).extracting(JobFinished::outcome)
			.containsOnly(RunOutcome.SUCCEEDED);
	}

	/**
	 * Spring subscribes at the next tick although the last one has not completed.
	 */
	@Test
	void aRunThatIsSlowerThanItsScheduleIsLeftAlone() {
		TestServer server = startVirtual(this.world.server("server-1"), "server-1", Slow.class);
		this.world.until(() -> server.events(JobSkipped.class).size() >= 10);
		assertThat(server.events(JobSkipped.class)).extracting(JobSkipped::reason)
			.containsOnly(SkipReason.STILL_RUNNING);
		assertThat(server.events(JobFinished.class)).isEmpty();
		this.work.finished.tryEmitEmpty();
		this.world.until(() -> server.events(JobFinished.class).size() >= 2);
	}

	@Test
	void retrySubscribesToTheSameTickWhenRedisIsBack() {
		VirtualServers.Server machine = this.world.server("server-1");
		machine.cut();
		TestServer server = startVirtual(machine, "server-1", Once.class);
		this.world.passUntil(VirtualServers.THREE.plusSeconds(30));
		assertThat(server.events()).isEmpty();
		machine.heal();
		this.world.until(JobFinished.class);
		assertThat(server.events(JobStarted.class)).singleElement().satisfies((started) -> {
			assertThat(started.tick()).isEqualTo(VirtualServers.THREE);
			assertThat(started.trigger()).isEqualTo(JobRun.Trigger.SCHEDULE);
		});
		assertThat(server.events(JobSkipped.class)).isEmpty();
		assertThat(this.work.calls).hasValue(1);
	}

	@ParameterizedTest
	@ValueSource(classes = { Pool.class, ThreadPerTask.class })
	void theEndOfTheServerWaitsForARun(Class<?> scheduler) {
		TestServer server = start("server-1", scheduler, Unfinished.class);
		patiently().until(() -> !server.events(JobStarted.class).isEmpty());
		CompletableFuture<Void> close = OwnThread.run(server::close);
		patiently().until(() -> !server.bean(RunLifecycle.class).isRunning());
		assertThat(close).isNotDone();
		assertThat(TestServer.isLocked(this.name)).isTrue();
		this.work.finished.tryEmitEmpty();
		close.join();
		assertThat(server.events(JobFinished.class)).singleElement()
			.extracting(JobFinished::outcome)
			.isEqualTo(RunOutcome.SUCCEEDED);
		assertThat(TestServer.isLocked(this.name)).isFalse();
		assertThat(TestServer.state(this.name, "outcome")).isEqualTo("SUCCEEDED");
	}

	/**
	 * Spring cancels what it has subscribed to. That is known to be the end, so the lock
	 * need not expire.
	 */
	@ParameterizedTest
	@ValueSource(classes = { Pool.class, ThreadPerTask.class })
	void aRunThatOutlivesThePatienceOfItsServerIsCancelledAndReleased(Class<?> scheduler) {
		TestServer server = start("server-1", scheduler, Unfinished.class, Impatient.class);
		patiently().until(() -> !server.events(JobStarted.class).isEmpty());
		server.close();
		assertThat(this.work.cancelled).hasValue(1);
		assertThat(TestServer.isLocked(this.name)).isFalse();
		assertThat(TestServer.state(this.name, "outcome")).isEqualTo("FAILED");
		assertThat(server.events(JobFinished.class)).singleElement().satisfies((finished) -> {
			assertThat(finished.outcome()).isEqualTo(RunOutcome.FAILED);
			assertThat(finished.failure()).isInstanceOf(CancellationException.class);
		});
	}

	private TestServer startVirtual(VirtualServers.Server machine, String id, Class<?> job) {
		this.work.moment = Mono.create((sink) -> machine.machine().execute(() -> {
			try {
				machine.machine().sleep(MOMENT);
				sink.success(1L);
			}
			catch (InterruptedException ex) {
				sink.error(ex);
			}
		}));
		TestServer server = server(id, job).on(machine);
		this.servers.add(server);
		return server.start();
	}

	private TestServer start(String id, Class<?>... beans) {
		return start(server(id, beans));
	}

	private TestServer start(TestServer server) {
		this.servers.add(server);
		return server.onRedis().start();
	}

	private TestServer server(String id, Class<?>... beans) {
		TestServer server = new TestServer(id).property("job", this.name).with(beans);
		server.context().registerBean(Work.class, () -> this.work);
		return server;
	}

	private static ConditionFactory patiently() {
		return Awaitility.await().atMost(Duration.ofSeconds(60));
	}

	/**
	 * What the jobs of all servers do.
	 */
	static class Work {

		final AtomicInteger calls = new AtomicInteger();

		final AtomicInteger inside = new AtomicInteger();

		final AtomicInteger overlaps = new AtomicInteger();

		final AtomicInteger cancelled = new AtomicInteger();

		final Queue<Long> tokens = new ConcurrentLinkedQueue<>();

		final Sinks.Empty<Void> finished = Sinks.empty();

		Mono<Long> moment = Mono.delay(MOMENT);

		/**
		 * Takes a moment, on another thread.
		 */
		Mono<Long> aMoment() {
			this.calls.incrementAndGet();
			return Mono.deferContextual((context) -> {
				if (this.inside.incrementAndGet() > 1) {
					this.overlaps.incrementAndGet();
				}
				return this.moment.doOnNext((it) -> {
					this.inside.decrementAndGet();
					this.tokens.add(context.get(JobRun.class).token());
				});
			});
		}

		Mono<Void> untilFinished() {
			this.calls.incrementAndGet();
			return this.finished.asMono().doOnCancel(this.cancelled::incrementAndGet);
		}

	}

	abstract static class Job {

		final Work work;

		Job(Work work) {
			this.work = work;
		}

	}

	static class Cron extends Job {

		Cron(Work work) {
			super(work);
		}

		@Scheduled(cron = "* * * * * *", zone = "UTC")
		@DistributedScheduled("${job}")
		Mono<Long> run() {
			return this.work.aMoment();
		}

	}

	static class Rate extends Job {

		Rate(Work work) {
			super(work);
		}

		@Scheduled(fixedRate = 500)
		@DistributedScheduled("${job}")
		Mono<Long> run() {
			return this.work.aMoment();
		}

	}

	static class Delay extends Job {

		Delay(Work work) {
			super(work);
		}

		@Scheduled(fixedDelay = 200)
		@DistributedScheduled("${job}")
		Mono<Long> run() {
			return this.work.aMoment();
		}

	}

	static class Slow extends Job {

		Slow(Work work) {
			super(work);
		}

		@Scheduled(cron = "* * * * * *", zone = "UTC")
		@DistributedScheduled("${job}")
		Mono<Void> run() {
			return this.work.untilFinished();
		}

	}

	static class Once extends Job {

		Once(Work work) {
			super(work);
		}

		@Scheduled(cron = "0 0 3 * * *", zone = "UTC")
		@DistributedScheduled("${job}")
		Mono<Long> run() {
			return this.work.aMoment();
		}

	}

	static class Unfinished extends Job {

		Unfinished(Work work) {
			super(work);
		}

		@Scheduled(initialDelay = 1)
		@DistributedScheduled("${job}")
		Mono<Void> run() {
			return this.work.untilFinished();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Pool {

		@Bean
		ThreadPoolTaskScheduler taskScheduler() {
			return new ThreadPoolTaskScheduler();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class ThreadPerTask {

		@Bean
		SimpleAsyncTaskScheduler taskScheduler() {
			return new SimpleAsyncTaskScheduler();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Impatient {

		@Bean
		static DefaultLifecycleProcessor lifecycleProcessor() {
			DefaultLifecycleProcessor processor = new DefaultLifecycleProcessor();
			processor.setTimeoutPerShutdownPhase(200);
			return processor;
		}

	}

}
