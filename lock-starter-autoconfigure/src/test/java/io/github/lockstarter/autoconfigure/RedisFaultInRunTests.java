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
import java.util.concurrent.CompletableFuture;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.context.ConfigurableApplicationContext;

import io.github.lockstarter.JobFinished;
import io.github.lockstarter.JobLockLost;
import io.github.lockstarter.RunOutcome;
import io.github.lockstarter.autoconfigure.RedisFault.Scene;
import io.github.lockstarter.autoconfigure.RedisFaultTests.Jobs;
import io.github.lockstarter.autoconfigure.RedisFaultTests.State;
import io.github.lockstarter.fixture.OwnThread;
import io.github.lockstarter.fixture.RecordedEvents;

import static io.github.lockstarter.autoconfigure.RedisFaultTests.finished;
import static io.github.lockstarter.autoconfigure.RedisFaultTests.skips;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * What becomes of a run while something is wrong with Redis, with the client that is
 * shipped.
 */
class RedisFaultInRunTests {

	private static final Duration LEASE = Duration.ofSeconds(3);

	private static final Duration LONG_LEASE = Duration.ofSeconds(15);

	/**
	 * It is over before the run cannot trust its lock any more.
	 */
	@ParameterizedTest
	@EnumSource(names = { "RESTARTS_WITH_DATA", "NOPERM" })
	void aRunKeepsItsLockThroughAShortFault(RedisFault fault) {
		assertThatALockIsKept(fault);
	}

	/**
	 * Slow: for each of them one waits for the renewal after it.
	 */
	@ParameterizedTest
	@Tag("slow")
	@EnumSource(names = { "HANGS", "NEVER_ANSWERS", "READONLY", "NOAUTH" })
	void aRunKeepsItsLockThroughAnyShortFault(RedisFault fault) {
		assertThatALockIsKept(fault);
	}

	private static void assertThatALockIsKept(RedisFault fault) {
		try (Scene scene = fault.scene();
				ConfigurableApplicationContext context = TroubledApplication.start(Jobs.class, scene.address(fault),
						LONG_LEASE)) {
			scene.application(context);
			RecordedEvents events = context.getBean(RecordedEvents.class);
			Jobs jobs = context.getBean(Jobs.class);
			State state = context.getBean(State.class);
			CompletableFuture<Void> hold = hold(context);
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
	 * just that moment: so one of three will do. None would, were there no margin. Slow:
	 * the lease is as long as it has to be for that.
	 */
	@ParameterizedTest
	@Tag("slow")
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
			State state = context.getBean(State.class);
			state.whenTold = () -> scene.timeToLive("hold");
			CompletableFuture<Void> hold = hold(context);
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
			RecordedEvents events = context.getBean(RecordedEvents.class);
			State state = context.getBean(State.class);
			CompletableFuture<Void> hold = hold(context);
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
			CompletableFuture<Void> next = hold(context);
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
			RecordedEvents events = context.getBean(RecordedEvents.class);
			CompletableFuture<Void> hold = hold(context);
			scene.redis().restart();
			hold.join();
			await().untilAsserted(() -> assertThat(events.lost()).singleElement()
				.extracting(JobLockLost::cause)
				.asString()
				.contains("not held any more"));
		}
	}

	/**
	 * Begin a run, and wait until it has its lock.
	 */
	private static CompletableFuture<Void> hold(ConfigurableApplicationContext context) {
		TestApplication.awaitRedis(context);
		CompletableFuture<Void> hold = OwnThread.run(context.getBean(Jobs.class)::hold);
		await().until(() -> context.getBean(State.class).held != null);
		return hold;
	}

}
