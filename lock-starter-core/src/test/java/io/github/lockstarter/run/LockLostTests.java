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
import java.util.concurrent.CompletableFuture;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import org.springframework.scheduling.annotation.Scheduled;

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
import io.github.lockstarter.internal.time.VirtualMachine;
import io.github.lockstarter.lock.RunRecord;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * A run whose lock is gone is told, and what it returns counts no more.
 */
class LockLostTests {

	private static final Duration LEASE = Duration.ofSeconds(3);

	private static final Duration LONG = Duration.ofMinutes(10);

	private final VirtualServers world = new VirtualServers();

	private final VirtualServers.Server server = this.world.server("server-1");

	private boolean interrupted;

	@AfterEach
	void close() {
		this.world.close();
	}

	@Test
	void isToldAndInterrupted() {
		try (LogCapture log = new LogCapture(JobRunner.class)) {
			this.server.start(Interrupted.class, this::sleep);
			this.world.until(JobStarted.class);
			this.world.redis().forgetLock("job", null);
			JobLockLost lost = this.world.until(JobLockLost.class);
			JobRun run = this.world.runs().get(0).run();
			assertThat(this.world.now()).as("at the next renewal")
				.isBefore(run.tick().plus(LEASE.dividedBy(3)).plusMillis(100));
			assertThat(lost).isEqualTo(new JobLockLost("job", "server-1", run.tick(), run.token(), lost.cause()));
			assertThat(lost.cause()).contains("not held any more");
			assertThat(run.isLockHeld()).isFalse();
			assertThatExceptionOfType(LockLostException.class).isThrownBy(run::assertLockHeld)
				.withMessageContaining("'job'")
				.withMessageContaining("another server may run it");
			JobFinished finished = this.world.until(JobFinished.class);
			assertThat(this.interrupted).isTrue();
			assertThat(finished.outcome()).as("although it returned").isEqualTo(RunOutcome.LOCK_LOST);
			assertThat(finished.failure()).isNull();
			// Nobody waits until Redis has taken that
			this.world.pass(Duration.ofMillis(100));
			assertThat(this.server.locks().record("job", null, 1).runs()).extracting(RunRecord::state)
				.containsExactly(RunRecord.State.LOCK_LOST);
			assertThat(log.lines("WARN")).singleElement()
				.asString()
				.contains("Lock lost: Run of job at tick " + run.tick(), "Another server may run");
		}
	}

	@Test
	void isLeftAloneIfThatWasAskedFor() {
		this.server.start(GoesOn.class, this::sleep);
		this.world.until(JobStarted.class);
		this.world.redis().forgetLock("job", null);
		this.world.until(JobLockLost.class);
		assertThat(this.world.runs().get(0).run().isLockHeld()).isFalse();
		this.world.pass(LONG.dividedBy(2));
		assertThat(this.server.events().of(JobFinished.class)).as("the method goes on").isEmpty();
		assertThat(this.world.until(JobFinished.class).outcome()).isEqualTo(RunOutcome.LOCK_LOST);
		assertThat(this.interrupted).isFalse();
	}

	/**
	 * Nobody says that the lock is gone. Trust ends before Redis lets go of it.
	 */
	@Test
	void isToldBeforeTheLeaseIsOverWhenRedisIsSilent() {
		List<Boolean> lockedAtTheEndOfTrust = new ArrayList<>();
		this.server.start(GoesOn.class, (machine) -> {
			while (JobRun.current().isLockHeld()) {
				machine.sleep(Duration.ofMillis(1));
			}
			lockedAtTheEndOfTrust.add(this.world.redis().isLocked("job", null));
			machine.sleep(Duration.ofSeconds(1));
		});
		this.world.until(JobStarted.class);
		this.world.pass(LEASE.multipliedBy(10));
		this.server.cut();
		assertThat(this.world.until(JobLockLost.class).cause()).contains("did not confirm");
		assertThat(this.world.until(JobFinished.class).outcome()).isEqualTo(RunOutcome.LOCK_LOST);
		assertThat(lockedAtTheEndOfTrust).as("the lock on Redis").containsExactly(true);
	}

	/**
	 * What interrupts a thread of a machine is real, and so is Redis.
	 */
	@Test
	void theInterruptDoesNotStayOnTheThread() {
		try (TestServer server = new TestServer("server-1").firedByHand()
			.onRedis()
			.acquireTimeout(Duration.ofSeconds(2))
			.with(Busy.class)
			.start()) {
			Busy job = server.bean(Busy.class);
			CompletableFuture<Boolean> interruptedAfterwards = OwnThread.supply(() -> {
				job.run();
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
		this.server.start(Interrupted.class, this::sleep);
		this.world.until(JobStarted.class);
		JobRun run = this.world.runs().get(0).run();
		for (int i = 0; i < 9; i++) {
			this.world.pass(Duration.ofMinutes(1));
			assertThat(run.isLockHeld()).isTrue();
			assertThat(this.world.redis().isLocked("job", null)).isTrue();
		}
		assertThat(this.world.until(JobFinished.class).outcome()).isEqualTo(RunOutcome.SUCCEEDED);
		this.world.pass(Duration.ofMillis(100));
		assertThat(this.world.redis().isLocked("job", null)).isFalse();
	}

	private void sleep(VirtualMachine machine) {
		try {
			machine.sleep(LONG);
		}
		catch (InterruptedException ex) {
			this.interrupted = true;
		}
	}

	static class Interrupted {

		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled(name = "job", lease = "3s")
		void run() {
		}

	}

	static class GoesOn {

		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled(name = "job", lease = "3s", onLockLost = LockLostPolicy.CONTINUE)
		void run() {
		}

	}

	static class Busy {

		@DistributedScheduled(name = "busy", lease = "3s")
		void run() {
			while (!Thread.currentThread().isInterrupted()) {
				Thread.onSpinWait();
			}
		}

	}

}
