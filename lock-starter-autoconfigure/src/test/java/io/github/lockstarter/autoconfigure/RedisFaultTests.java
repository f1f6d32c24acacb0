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
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource.Mode;
import org.junit.jupiter.params.provider.EnumSource;

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
import io.github.lockstarter.fixture.OwnThread;
import io.github.lockstarter.fixture.RecordedEvents;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Everything that can be wrong with a Redis, with the client that is shipped. It begins
 * while one job is fired every second and another one runs.
 */
@ExtendWith(OutputCaptureExtension.class)
class RedisFaultTests {

	private static final Duration LEASE = Duration.ofSeconds(3);

	/**
	 * Two jobs share the only thread of the scheduler with the beat. The machine may
	 * stand still, too: this tells a bound from none, and only that.
	 */
	private static final Duration LONGEST_PAUSE = TroubledApplication.ACQUIRE_TIMEOUT.multipliedBy(8);

	@ParameterizedTest
	@EnumSource(names = { "READONLY", "WRONGTYPE" })
	void threadsAreLetGoTheCauseIsNamedAndAllIsWellAfterwards(RedisFault fault, CapturedOutput output) {
		assertIsFeltAndGotOver(fault, output);
	}

	/**
	 * Slow: for each of them one waits until an application has felt it, and until it is
	 * over.
	 */
	@ParameterizedTest
	@Tag("slow")
	@EnumSource(mode = Mode.EXCLUDE, names = { "READONLY", "WRONGTYPE" })
	void threadsAreLetGoWhateverIsWrongAndAllIsWellAfterwards(RedisFault fault, CapturedOutput output) {
		assertIsFeltAndGotOver(fault, output);
	}

	private static void assertIsFeltAndGotOver(RedisFault fault, CapturedOutput output) {
		try (Scene scene = fault.scene();
				ConfigurableApplicationContext context = TroubledApplication.start(Jobs.class, scene.address(fault),
						LEASE)) {
			scene.application(context);
			RecordedEvents events = context.getBean(RecordedEvents.class);
			Jobs jobs = context.getBean(Jobs.class);
			State state = context.getBean(State.class);
			await().until(() -> !finished(events, "tick").isEmpty());
			CompletableFuture<Void> hold = OwnThread.run(jobs::hold);
			await().until(() -> state.held != null);

			// A client that is slow to connect has been told of, and is over
			int before = output.toString().length();
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
				String since = output.toString().substring(before);
				assertThat(TroubledApplication.lines(since, "WARN", "ERROR")).filteredOn((line) -> !isOfARun(line))
					.hasSize(1);
				assertThat(TroubledApplication.lines(since, "INFO")).filteredOn((line) -> line.contains(".SkipLog "))
					.filteredOn((line) -> line.matches(".* again(\\..*)?"))
					.singleElement()
					.asString()
					.contains(fault.over());
			});
			// And a run that begins now is one like any other
			jobs.tick();
		}
	}

	private static boolean isOfARun(String line) {
		return line.contains("Lock lost: ") || line.contains("has not confirmed the end of");
	}

	static List<JobSkipped> skips(RecordedEvents events) {
		return events.skips().stream().filter((skip) -> skip.job().equals("tick")).toList();
	}

	static List<JobFinished> finished(RecordedEvents events, String job) {
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
