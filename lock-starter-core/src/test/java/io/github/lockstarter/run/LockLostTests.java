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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import io.github.lockstarter.DistributedScheduled;
import io.github.lockstarter.JobFinished;
import io.github.lockstarter.JobLockLost;
import io.github.lockstarter.JobRun;
import io.github.lockstarter.JobStarted;
import io.github.lockstarter.LockLostException;
import io.github.lockstarter.LockLostPolicy;
import io.github.lockstarter.RunOutcome;
import io.github.lockstarter.fixture.OwnThread;
import io.github.lockstarter.fixture.RedisServer;
import io.github.lockstarter.fixture.TcpProxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/**
 * A run whose lock is gone is told, and what it returns counts no more.
 */
class LockLostTests {

	@Test
	void isToldAndInterrupted() {
		try (LogCapture log = new LogCapture(JobRunner.class);
				TestServer server = new TestServer("server-1").firedByHand().onRedis().with(Job.class).start()) {
			Job job = server.bean(Job.class);
			CompletableFuture<Void> call = OwnThread.run(job::waiting);
			server.await(JobStarted.class);
			RedisServer.shared().cli("DEL", TestServer.lockKey("waiting"));
			call.join();
			JobRun run = job.run();
			JobLockLost lost = server.await(JobLockLost.class);
			assertThat(lost).isEqualTo(new JobLockLost("waiting", "server-1", run.tick(), run.token(), lost.cause()));
			assertThat(lost.cause()).contains("not held any more");
			assertThat(run.isLockHeld()).isFalse();
			assertThatExceptionOfType(LockLostException.class).isThrownBy(run::assertLockHeld)
				.withMessageContaining("'waiting'")
				.withMessageContaining("another server may run it");
			assertThat(server.target(Job.class).interrupted).isTrue();
			JobFinished finished = server.await(JobFinished.class);
			assertThat(finished.outcome()).as("although it returned").isEqualTo(RunOutcome.LOCK_LOST);
			assertThat(finished.failure()).isNull();
			// Nobody waits until Redis has taken that
			await().untilAsserted(() -> assertThat(TestServer.state("waiting", "outcome")).isEqualTo("LOCK_LOST"));
			assertThat(log.lines("WARN")).singleElement()
				.asString()
				.contains("Lock lost: Run of waiting at tick " + run.tick(), "Another server may run");
		}
	}

	@Test
	void isLeftAloneIfThatWasAskedFor() {
		try (TestServer server = new TestServer("server-1").firedByHand().onRedis().with(Job.class).start()) {
			Job job = server.bean(Job.class);
			CompletableFuture<Void> call = OwnThread.run(job::goesOn);
			server.await(JobStarted.class);
			RedisServer.shared().cli("DEL", TestServer.lockKey("goes-on"));
			server.await(JobLockLost.class);
			assertThat(job.run().isLockHeld()).isFalse();
			assertThat(call).as("the method goes on").isNotDone();
			server.target(Job.class).mayReturn.countDown();
			call.join();
			assertThat(server.target(Job.class).interrupted).isFalse();
			assertThat(server.await(JobFinished.class).outcome()).isEqualTo(RunOutcome.LOCK_LOST);
		}
	}

	/**
	 * Nobody says that the lock is gone. Trust ends before Redis lets go of it.
	 */
	@Test
	void isToldBeforeTheLeaseIsOverWhenRedisIsSilent() {
		try (TcpProxy line = TcpProxy.to(RedisServer.shared());
				TestServer server = new TestServer("server-1").firedByHand()
					.onRedis(line.address())
					.acquireTimeout(Duration.ofMillis(500))
					.with(Job.class)
					.start()) {
			Job job = server.bean(Job.class);
			CompletableFuture<Boolean> lockedAtTheEndOfTrust = OwnThread.supply(job::untilTheEndOfTrust);
			server.await(JobStarted.class);
			line.hang();
			assertThat(lockedAtTheEndOfTrust.join()).as("the lock on Redis").isTrue();
			// The clock says it, or the end of the method that sees it as soon
			assertThat(server.await(JobLockLost.class).cause()).containsAnyOf("did not confirm",
					"over before the run ended");
			assertThat(server.await(JobFinished.class).outcome()).isEqualTo(RunOutcome.LOCK_LOST);
			line.heal();
		}
	}

	@Test
	void theInterruptDoesNotStayOnTheThread() {
		try (TestServer server = new TestServer("server-1").firedByHand().onRedis().with(Job.class).start()) {
			Job job = server.bean(Job.class);
			CompletableFuture<Boolean> interruptedAfterwards = OwnThread.supply(() -> {
				job.busy();
				return Thread.interrupted();
			});
			server.await(JobStarted.class);
			RedisServer.shared().cli("DEL", TestServer.lockKey("busy"));
			assertThat(interruptedAfterwards.join()).isFalse();
			assertThat(server.await(JobFinished.class).outcome()).isEqualTo(RunOutcome.LOCK_LOST);
		}
	}

	/**
	 * What outlives its lease by far is not lost.
	 */
	@Test
	void aRunThatIsRenewedKeepsItsLock() {
		try (TestServer server = new TestServer("server-1").firedByHand().onRedis().with(Job.class).start()) {
			Job job = server.bean(Job.class);
			CompletableFuture<Void> call = OwnThread.run(job::goesOn);
			server.await(JobStarted.class);
			long start = System.nanoTime();
			await().until(() -> System.nanoTime() - start > 4_000_000_000L);
			assertThat(job.run().isLockHeld()).isTrue();
			assertThat(TestServer.isLocked("goes-on")).isTrue();
			server.target(Job.class).mayReturn.countDown();
			call.join();
			assertThat(server.await(JobFinished.class).outcome()).isEqualTo(RunOutcome.SUCCEEDED);
			assertThat(TestServer.isLocked("goes-on")).isFalse();
		}
	}

	static class Job {

		private final CountDownLatch mayReturn = new CountDownLatch(1);

		private volatile @Nullable JobRun run;

		private volatile boolean interrupted;

		@DistributedScheduled(name = "waiting", lease = "3s")
		void waiting() {
			goOnUntilItMayReturn();
		}

		@DistributedScheduled(name = "goes-on", lease = "3s", onLockLost = LockLostPolicy.CONTINUE)
		void goesOn() {
			goOnUntilItMayReturn();
		}

		@DistributedScheduled(name = "busy", lease = "3s")
		void busy() {
			while (!Thread.currentThread().isInterrupted()) {
				Thread.onSpinWait();
			}
		}

		@DistributedScheduled(name = "silent", lease = "10s", onLockLost = LockLostPolicy.CONTINUE)
		boolean untilTheEndOfTrust() {
			JobRun run = JobRun.current();
			while (run.isLockHeld()) {
				Thread.onSpinWait();
			}
			return TestServer.isLocked("silent");
		}

		private void goOnUntilItMayReturn() {
			this.run = JobRun.current();
			try {
				this.mayReturn.await();
			}
			catch (InterruptedException ex) {
				this.interrupted = true;
			}
		}

		JobRun run() {
			await().until(() -> this.run != null);
			JobRun run = this.run;
			assertThat(run).isNotNull();
			return run;
		}

	}

}
