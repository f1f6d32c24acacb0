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

package io.github.lockstarter.autoconfigure;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Import;
import org.springframework.context.event.EventListener;
import org.springframework.scheduling.annotation.Scheduled;

import io.github.lockstarter.DistributedScheduled;
import io.github.lockstarter.JobFinished;
import io.github.lockstarter.JobLockLost;
import io.github.lockstarter.JobRun;
import io.github.lockstarter.JobSkipped;
import io.github.lockstarter.RunOutcome;
import io.github.lockstarter.SkipReason;
import io.github.lockstarter.autoconfigure.RedisFault.Scene;
import io.github.lockstarter.autoconfigure.TroubledApplication.Events;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Everything that can be wrong with a Redis, with the client that is shipped. It begins
 * while one job is fired every second and another one runs.
 */
@ExtendWith(OutputCaptureExtension.class)
class RedisFaultTests {

	private static final Duration LEASE = Duration.ofSeconds(3);

	private static final Duration LONG_LEASE = Duration.ofSeconds(15);

	/**
	 * Two jobs share the only thread of the scheduler with the beat. The machine may
	 * stand still, too: this tells a bound from none, and only that.
	 */
	private static final Duration LONGEST_PAUSE = TroubledApplication.ACQUIRE_TIMEOUT.multipliedBy(8);

	@ParameterizedTest
	@EnumSource
	void threadsAreLetGoTheCauseIsNamedAndAllIsWellAfterwards(RedisFault fault, CapturedOutput output) {
		try (Scene scene = fault.scene();
				ConfigurableApplicationContext context = TroubledApplication.start(Jobs.class, scene.address(fault),
						LEASE)) {
			scene.application(context);
			Events events = context.getBean(Events.class);
			Jobs jobs = context.getBean(Jobs.class);
			State state = context.getBean(State.class);
			await().until(() -> !finished(events, "tick").isEmpty());
			CompletableFuture<Void> hold = CompletableFuture.runAsync(jobs::hold);
			await().until(() -> state.held != null);

			fault.begin(scene);
			int beats = state.beats.get();
			int others = finished(events, "other").size();
			await().untilAsserted(() -> assertThat(skips(events))
				.anySatisfy((skip) -> assertThat(skip.detail()).contains(fault.cause()))
				.hasSizeGreaterThanOrEqualTo(2));
			TroubledApplication.assertThreadIsLetGo("Redis " + fault, jobs::tick);
			await().until(() -> state.beats.get() >= beats + 5);
			if (fault == RedisFault.WRONGTYPE) {
				await("a job whose lock is fine").until(() -> finished(events, "other").size() >= others + 2);
			}
			if (fault != RedisFault.OOM) {
				await("the run is told")
					.until(() -> events.lost().stream().anyMatch((lost) -> lost.job().equals("hold")));
				hold.join();
				assertThat(state.held.isLockHeld()).isFalse();
			}

			// Afterwards one that was asked for again may be overtaken by the next
			assertThat(skips(events)).extracting(JobSkipped::reason).containsOnly(SkipReason.REDIS_UNAVAILABLE);
			fault.end(scene);
			Instant back = Instant.now();
			await().until(() -> finished(events, "tick").stream().anyMatch((run) -> run.tick().isAfter(back)));
			if (fault == RedisFault.OOM) {
				// A renewal needs no memory
				assertThat(state.held.isLockHeld()).isTrue();
				state.mayReturn.countDown();
				hold.join();
			}
			await().untilAsserted(() -> assertThat(finished(events, "hold")).singleElement()
				.extracting(JobFinished::outcome)
				.isEqualTo((fault != RedisFault.OOM) ? RunOutcome.LOCK_LOST : RunOutcome.SUCCEEDED));
			assertThat(finished(events, "tick").stream().map(JobFinished::tick)).doesNotHaveDuplicates();
			assertThat(Duration.ofNanos(state.longestPause.get())).as("the longest pause of the scheduler")
				.isLessThan(LONGEST_PAUSE);
			await().untilAsserted(() -> {
				assertThat(TroubledApplication.lines(output, "WARN", "ERROR")).filteredOn((line) -> !isOfARun(line))
					.hasSize(1);
				assertThat(TroubledApplication.lines(output, "INFO")).filteredOn((line) -> line.contains(".SkipLog "))
					.filteredOn((line) -> line.matches(".* again(\\..*)?"))
					.singleElement()
					.asString()
					.contains(fault.over());
			});
			// And a run that begins now is one like any other
			jobs.tick();
		}
	}

	/**
	 * It is over before the run cannot trust its lock any more.
	 */
	@ParameterizedTest
	@EnumSource(names = { "RESTARTS_WITH_DATA", "HANGS", "NEVER_ANSWERS", "READONLY", "NOAUTH", "NOPERM" })
	void aRunKeepsItsLockThroughAShortFault(RedisFault fault) {
		try (Scene scene = fault.scene();
				ConfigurableApplicationContext context = TroubledApplication.start(Jobs.class, scene.address(fault),
						LONG_LEASE)) {
			scene.application(context);
			Events events = context.getBean(Events.class);
			Jobs jobs = context.getBean(Jobs.class);
			State state = context.getBean(State.class);
			TestApplication.awaitRedis(context);
			CompletableFuture<Void> hold = CompletableFuture.runAsync(jobs::hold);
			await().until(() -> state.held != null);
			fault.begin(scene);
			jobs.tick();
			assertThat(skips(events)).isNotEmpty();
			assertThat(state.held.isLockHeld()).isTrue();
			fault.end(scene);
			long left = Long.parseLong(scene.redis().cli("PTTL", scene.lockKey("hold")));
			assertThat(left).isPositive();
			await("a renewal").until(() -> Long.parseLong(scene.redis().cli("PTTL", scene.lockKey("hold"))) > left);
			assertThat(state.held.isLockHeld()).isTrue();
			state.mayReturn.countDown();
			hold.join();
			assertThat(finished(events, "hold")).singleElement()
				.extracting(JobFinished::outcome)
				.isEqualTo(RunOutcome.SUCCEEDED);
			assertThat(scene.redis().cli("EXISTS", scene.lockKey("hold"))).isEqualTo("0");
			assertThat(events.lost()).isEmpty();
		}
	}

	/**
	 * Redis still keeps the lock when the run learns that it is not renewed any more. The
	 * margin is less than half a second, and the machine may stand still for longer in
	 * just that moment: so one of three will do. None would, were there no margin.
	 */
	@ParameterizedTest
	@EnumSource(names = { "NOAUTH", "NOPERM" })
	void aRunIsToldBeforeRedisLetsGoOfItsLock(RedisFault fault) {
		long left = leftWhenTold(fault);
		for (int i = 1; i < 3 && left <= 0; i++) {
			left = leftWhenTold(fault);
		}
		assertThat(left).as("what Redis leaves to the lock").isPositive();
	}

	private static long leftWhenTold(RedisFault fault) {
		try (Scene scene = fault.scene();
				ConfigurableApplicationContext context = TroubledApplication.start(Jobs.class, scene.address(fault),
						LEASE.multipliedBy(3))) {
			scene.application(context);
			Jobs jobs = context.getBean(Jobs.class);
			State state = context.getBean(State.class);
			TestApplication.awaitRedis(context);
			state.whenTold = () -> scene.timeToLive("hold");
			CompletableFuture<Void> hold = CompletableFuture.runAsync(jobs::hold);
			await().until(() -> state.held != null);
			fault.begin(scene);
			hold.join();
			await().until(() -> state.leftWhenTold.get() != State.NOT_TOLD);
			fault.end(scene);
			return state.leftWhenTold.get();
		}
	}

	/**
	 * Redis is there all the time, and has forgotten the lock.
	 */
	@ParameterizedTest
	@ValueSource(strings = { "FLUSHALL", "DEL" })
	void aRunWhoseLockIsForgottenIsToldAndTheNextOneGetsIt(String command) {
		try (Scene scene = RedisFault.REFUSES.scene();
				ConfigurableApplicationContext context = TroubledApplication.start(Jobs.class, scene.redis().address(),
						LEASE)) {
			scene.application(context);
			Events events = context.getBean(Events.class);
			Jobs jobs = context.getBean(Jobs.class);
			State state = context.getBean(State.class);
			TestApplication.awaitRedis(context);
			CompletableFuture<Void> hold = CompletableFuture.runAsync(jobs::hold);
			await().until(() -> state.held != null);
			long token = state.held.token();
			if (command.equals("DEL")) {
				scene.redis().cli("DEL", scene.lockKey("hold"));
			}
			else {
				scene.redis().cli(command);
			}
			hold.join();
			await().untilAsserted(() -> assertThat(events.lost()).singleElement()
				.extracting(JobLockLost::cause)
				.asString()
				.contains("not held any more"));
			assertThat(finished(events, "hold")).singleElement()
				.extracting(JobFinished::outcome)
				.isEqualTo(RunOutcome.LOCK_LOST);
			state.held = null;
			CompletableFuture<Void> next = CompletableFuture.runAsync(jobs::hold);
			await().until(() -> state.held != null);
			assertThat(state.held.token()).isGreaterThan(token);
			state.mayReturn.countDown();
			next.join();
			assertThat(finished(events, "hold")).last()
				.extracting(JobFinished::outcome)
				.isEqualTo(RunOutcome.SUCCEEDED);
		}
	}

	/**
	 * Redis comes back within the lease, and has forgotten everything.
	 */
	@Test
	void aRestartWithoutDataIsALostLock() {
		try (Scene scene = RedisFault.REFUSES.scene();
				ConfigurableApplicationContext context = TroubledApplication.start(Jobs.class, scene.redis().address(),
						LONG_LEASE)) {
			scene.application(context);
			Events events = context.getBean(Events.class);
			TestApplication.awaitRedis(context);
			CompletableFuture<Void> hold = CompletableFuture.runAsync(context.getBean(Jobs.class)::hold);
			await().until(() -> context.getBean(State.class).held != null);
			scene.redis().restart();
			hold.join();
			await().untilAsserted(() -> assertThat(events.lost()).singleElement()
				.extracting(JobLockLost::cause)
				.asString()
				.contains("not held any more"));
		}
	}

	private static boolean isOfARun(String line) {
		return line.contains("Lock lost: ") || line.contains("has not confirmed the end of");
	}

	private static List<JobSkipped> skips(Events events) {
		return events.skips().stream().filter((skip) -> skip.job().equals("tick")).toList();
	}

	private static List<JobFinished> finished(Events events, String job) {
		return events.finished().stream().filter((run) -> run.job().equals(job)).toList();
	}

	static class State {

		static final long NOT_TOLD = Long.MIN_VALUE;

		final CountDownLatch mayReturn = new CountDownLatch(1);

		final AtomicInteger beats = new AtomicInteger();

		final AtomicLong longestPause = new AtomicLong();

		final AtomicLong leftWhenTold = new AtomicLong(NOT_TOLD);

		volatile LongSupplier whenTold = () -> 0;

		volatile long lastBeat;

		volatile @Nullable JobRun held;

		@EventListener
		void on(JobLockLost lost) {
			this.leftWhenTold.set(this.whenTold.getAsLong());
		}

		void beat() {
			long now = System.nanoTime();
			if (this.beats.getAndIncrement() > 0) {
				this.longestPause.accumulateAndGet(now - this.lastBeat, Math::max);
			}
			this.lastBeat = now;
		}

	}

	@Import(State.class)
	static class Jobs {

		private final State state;

		Jobs(State state) {
			this.state = state;
		}

		@Scheduled(cron = "* * * * * *")
		@DistributedScheduled("tick")
		void tick() {
		}

		@Scheduled(fixedDelay = 1000)
		@DistributedScheduled("other")
		void other() {
		}

		@Scheduled(fixedDelay = 100)
		void beat() {
			this.state.beat();
		}

		@DistributedScheduled("hold")
		void hold() {
			this.state.held = JobRun.current();
			try {
				this.state.mayReturn.await();
			}
			catch (InterruptedException ex) {
				// The lock is lost
			}
		}

	}

}
