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

import org.junit.jupiter.api.Test;

import org.springframework.context.ConfigurableApplicationContext;

import io.github.lockstarter.JobFinished;
import io.github.lockstarter.JobSkipped;
import io.github.lockstarter.RunOutcome;
import io.github.lockstarter.autoconfigure.RedisFaultTests.Jobs;
import io.github.lockstarter.autoconfigure.RedisFaultTests.State;
import io.github.lockstarter.fixture.OwnThread;
import io.github.lockstarter.fixture.RecordedEvents;
import io.github.lockstarter.fixture.RedisServer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Two applications share a Redis, and their jobs have the same names.
 */
class TwoApplicationsTests {

	private static final Duration LEASE = Duration.ofMinutes(1);

	@Test
	void jobsOfTheSameNameDoNotMeet() {
		String address = RedisServer.shared().address();
		try (ConfigurableApplicationContext shop = TroubledApplication.start(Jobs.class, address, LEASE);
				ConfigurableApplicationContext bank = TroubledApplication.start(Jobs.class, address, LEASE)) {
			TestApplication.awaitRedis(shop);
			TestApplication.awaitRedis(bank);
			CompletableFuture<Void> ofShop = OwnThread.run(shop.getBean(Jobs.class)::hold);
			CompletableFuture<Void> ofBank = OwnThread.run(bank.getBean(Jobs.class)::hold);
			// Both run at once
			await().until(() -> shop.getBean(State.class).held != null && bank.getBean(State.class).held != null);
			// Both run the same ticks
			await().until(() -> ticks(shop) >= 2 && ticks(bank) >= 2);
			shop.getBean(State.class).mayReturn.countDown();
			ofShop.join();
			assertThat(bank.getBean(State.class).held.isLockHeld()).isTrue();
			bank.getBean(State.class).mayReturn.countDown();
			ofBank.join();
			assertThat(bank.getBean(RecordedEvents.class).finished()).extracting(JobFinished::outcome)
				.containsOnly(RunOutcome.SUCCEEDED);
			assertThat(shop.getBean(RecordedEvents.class).skips()).allMatch(TwoApplicationsTests::hasMetNobodyElse);
			assertThat(bank.getBean(RecordedEvents.class).skips()).allMatch(TwoApplicationsTests::hasMetNobodyElse);
		}
	}

	/**
	 * A rate whose first run was late meets itself: its next fire is not due yet.
	 */
	private static boolean hasMetNobodyElse(JobSkipped skip) {
		return skip.holder() == null || skip.holder().equals(skip.server());
	}

	private static long ticks(ConfigurableApplicationContext application) {
		return application.getBean(RecordedEvents.class)
			.finished()
			.stream()
			.filter((run) -> run.job().equals("tick"))
			.count();
	}

}
