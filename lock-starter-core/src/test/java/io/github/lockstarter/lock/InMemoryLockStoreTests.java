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

package io.github.lockstarter.lock;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;

import org.junit.jupiter.api.Test;

import io.github.lockstarter.RunOutcome;
import io.github.lockstarter.internal.time.TimeSource;
import io.github.lockstarter.schedule.Tick;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The contract, in memory.
 */
class InMemoryLockStoreTests extends LockStoreContract {

	@Override
	LockStore store(LockSettings settings) {
		return new InMemoryLockStore(settings, TimeSource.system());
	}

	@Override
	LockStore sameLocks(LockStore store, LockSettings settings) {
		return ((InMemoryLockStore) store).as(settings);
	}

	@Test
	void aTickOfAnotherClockIsRememberedIfItIsNotAheadByMoreThanADay() {
		AtomicReference<Duration> ahead = new AtomicReference<>(Duration.ofDays(2));
		InstantSource clock = () -> Instant.now().plus(ahead.get());
		LockStore store = new InMemoryLockStore(settings("one"), clock);
		Instant later = this.tick.plus(ahead.get());
		run(store, nominal(later), 1);
		ahead.set(Duration.ofDays(1).plusHours(1));
		assertThat(ask(store, nominal(this.tick.plus(ahead.get())))).isEqualTo(Verdict.SUPERSEDED);
		ahead.set(Duration.ZERO);
		assertThat(ask(store, nominal(this.tick))).isEqualTo(Verdict.GO);
		run(store, nominal(this.tick), 2);
		assertThat(ask(store, nominal(this.tick))).isEqualTo(Verdict.ALREADY_RAN);
	}

	@Test
	void aDueTimeThatOthersHaveFollowedOrThatCameDuringAPauseIsNow() {
		Duration interval = Duration.ofMinutes(1);
		for (Tick kind : List.of(new Tick.Rate(interval), new Tick.Delay(interval))) {
			AtomicReference<Instant> time = new AtomicReference<>(this.tick);
			LockStore store = new InMemoryLockStore(settings("one"), time::get);
			LockRequest request = request(kind, Duration.ZERO);
			run(store, request, 1);
			time.updateAndGet((now) -> now.plusSeconds(90));
			assertThat(acquire(store, request, 2).tick()).as("late").isEqualTo(this.tick.plusSeconds(60));
			get(store.finish(request, 2, RunOutcome.SUCCEEDED, null, null));
			time.updateAndGet((now) -> now.plusSeconds(8 * 3600));
			assertThat(get(store.record(this.job, null, 0)).due()).isEqualTo(time.get());
			assertThat(acquire(store, request, 3).tick()).as("a night later").isEqualTo(time.get());
			get(store.finish(request, 3, RunOutcome.SUCCEEDED, null, null));
			get(store.pause(this.job, null, true));
			time.updateAndGet((now) -> now.plusSeconds(80));
			get(store.pause(this.job, null, false));
			assertThat(acquire(store, request, 4).tick()).as("paused").isEqualTo(time.get());
		}
	}

	/**
	 * As a script has, however slow this machine is.
	 */
	@Test
	void aStepHasOneTime() {
		AtomicReference<Instant> time = new AtomicReference<>(Instant.now());
		LockStore store = new InMemoryLockStore(settings("one"), () -> time.updateAndGet((now) -> now.plusMillis(1)));
		Answer started = acquire(store, nominal(this.tick), 1);
		assertThat(started.since()).isEqualTo(started.redisTime());
		Answer refused = get(store.look(nominal(this.tick.plusSeconds(1))));
		assertThat(refused.askAgainAt()).isEqualTo(refused.redisTime().plus(LEASE));
	}

}
