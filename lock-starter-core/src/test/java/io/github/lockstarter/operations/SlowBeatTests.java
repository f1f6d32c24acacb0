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

package io.github.lockstarter.operations;

import java.time.Duration;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.scheduling.config.ScheduledTask;
import org.springframework.scheduling.config.ScheduledTaskHolder;

import io.github.lockstarter.DistributedScheduled;
import io.github.lockstarter.fixture.RedisServer;
import io.github.lockstarter.fixture.SkippedTime;
import io.github.lockstarter.lock.Claim;
import io.github.lockstarter.lock.HeldLock;
import io.github.lockstarter.lock.LockRequest;
import io.github.lockstarter.schedule.Tick;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * A beat asks beans of the application, and those may be slow. Leases do not wait for it.
 */
class SlowBeatTests {

	private static final RedisServer redis = RedisServer.shared();

	private final String namespace = "slow-beat-" + UUID.randomUUID();

	private final String lock = "test:{" + this.namespace + "/held}:lock";

	private final OperatedServer server = new OperatedServer(this.namespace, "one");

	@AfterEach
	void close() {
		SlowHolder.mayReturn.countDown();
		this.server.close();
		SlowHolder.reset();
	}

	@Test
	void aBeanThatHangsKeepsNoLeaseFromBeingRenewed() throws Exception {
		SkippedTime time = new SkippedTime();
		this.server.time(time).start(SlowHolder.class, Jobs.class);
		Duration lease = Duration.ofSeconds(30);
		Claim claim = this.server.locks()
			.claim(new LockRequest("held", new Tick.Manual(), false, lease, Duration.ZERO))
			.get(10, TimeUnit.SECONDS);
		HeldLock lock = ((Claim.Granted) claim).lock();
		AtomicReference<String> lost = new AtomicReference<>();
		SlowHolder.hangs = true;
		this.server.beat();
		assertThat(SlowHolder.asked.await(10, TimeUnit.SECONDS)).isTrue();
		lock.keep(lost::set);
		for (int i = 0; i < 4; i++) {
			// Redis does not skip, and what is renewed has its whole lease again
			redis.cli("PEXPIRE", this.lock, "20000");
			time.skip(lease.dividedBy(3));
			await().until(() -> Long.parseLong(redis.cli("PTTL", this.lock)) > 20_000);
		}
		assertThat(lost).as("why the lock is lost").hasNullValue();
		assertThat(lock.isHeld()).isTrue();
	}

	/**
	 * Asked by each beat for what is scheduled.
	 */
	static class SlowHolder implements ScheduledTaskHolder {

		private static volatile boolean hangs;

		private static volatile CountDownLatch asked = new CountDownLatch(1);

		private static volatile CountDownLatch mayReturn = new CountDownLatch(1);

		static void reset() {
			hangs = false;
			asked = new CountDownLatch(1);
			mayReturn = new CountDownLatch(1);
		}

		@Override
		public Set<ScheduledTask> getScheduledTasks() {
			if (hangs) {
				asked.countDown();
				try {
					mayReturn.await();
				}
				catch (InterruptedException ex) {
					Thread.currentThread().interrupt();
				}
			}
			return Set.of();
		}

	}

	static class Jobs {

		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled(name = "job")
		public void job() {
		}

	}

}
