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

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.context.event.EventListener;
import org.springframework.scheduling.annotation.Scheduled;

import io.github.lockstarter.DistributedScheduled;
import io.github.lockstarter.JobFinished;
import io.github.lockstarter.JobLockLost;
import io.github.lockstarter.JobRenewalFailed;
import io.github.lockstarter.JobRun;
import io.github.lockstarter.JobStarted;
import io.github.lockstarter.LockLostPolicy;
import io.github.lockstarter.RunOutcome;
import io.github.lockstarter.fixture.OwnThread;
import io.github.lockstarter.fixture.RedisServer;
import io.github.lockstarter.fixture.TcpProxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * A renewal that Redis does not confirm is told before the lock is lost.
 */
class RenewalFailedTests {

	@Test
	void isToldAndTheLockIsKeptIfRedisAnswersAgain() {
		try (VirtualServers world = new VirtualServers()) {
			VirtualServers.Server server = world.server("server-1")
				.start(Renewed.class, (machine) -> machine.sleep(Duration.ofMinutes(1)));
			JobStarted started = world.until(JobStarted.class);
			server.cut();
			JobRenewalFailed failed = world.until(JobRenewalFailed.class);
			server.heal();
			assertThat(failed).isEqualTo(
					new JobRenewalFailed("renewed", "server-1", started.tick(), started.token(), failed.cause()));
			assertThat(failed.cause()).isNotBlank();
			assertThat(world.until(JobFinished.class).outcome()).isEqualTo(RunOutcome.SUCCEEDED);
			assertThat(server.events().of(JobLockLost.class)).isEmpty();
		}
	}

	/**
	 * Which thread hangs shows on real ones only.
	 */
	@ParameterizedTest
	@ValueSource(classes = { HangingListener.class, ThrowingListener.class })
	void aListenerThatHangsOrThrowsHurtsNothing(Class<?> listener) {
		try (LogCapture log = new LogCapture(RunEvents.class);
				TcpProxy line = TcpProxy.to(RedisServer.shared());
				TestServer server = server(line, Job.class, listener)) {
			CompletableFuture<Boolean> call = OwnThread.supply(server.bean(Job.class)::untilTheEndOfTrust);
			server.await(JobStarted.class);
			line.hang();
			server.await(JobLockLost.class);
			call.join();
			assertThat(server.await(JobFinished.class).outcome()).isEqualTo(RunOutcome.LOCK_LOST);
			HangingListener.RELEASE.countDown();
			if (listener == ThrowingListener.class) {
				await().untilAsserted(() -> assertThat(log.lines("WARN")).isNotEmpty()
					.allSatisfy((text) -> assertThat(text).contains("A listener failed on JobRenewalFailed")));
			}
			line.heal();
			// For the next one
			await().until(() -> !TestServer.isLocked("not-renewed"));
		}
	}

	private static TestServer server(TcpProxy line, Class<?>... beans) {
		return new TestServer("server-1").firedByHand()
			.onRedis(line.address())
			.acquireTimeout(Duration.ofSeconds(2))
			.with(beans)
			.start();
	}

	static class Renewed {

		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled(name = "renewed", lease = "15s")
		void run() {
		}

	}

	static class Job {

		@DistributedScheduled(name = "not-renewed", lease = "4s", onLockLost = LockLostPolicy.CONTINUE)
		boolean untilTheEndOfTrust() {
			JobRun run = JobRun.current();
			while (run.isLockHeld()) {
				Thread.onSpinWait();
			}
			return true;
		}

	}

	static class HangingListener {

		static final CountDownLatch RELEASE = new CountDownLatch(1);

		@EventListener
		void on(JobRenewalFailed failed) throws InterruptedException {
			RELEASE.await();
		}

	}

	static class ThrowingListener {

		@EventListener
		void on(JobRenewalFailed failed) {
			throw new IllegalStateException("listener");
		}

	}

}
