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
import java.time.Instant;
import java.util.UUID;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import io.github.lockstarter.DistributedScheduled;
import io.github.lockstarter.InvalidJobException;
import io.github.lockstarter.JobFinished;
import io.github.lockstarter.JobLockLost;
import io.github.lockstarter.JobRun;
import io.github.lockstarter.JobSkipped;
import io.github.lockstarter.JobStarted;
import io.github.lockstarter.RunOutcome;
import io.github.lockstarter.SkipReason;
import io.github.lockstarter.fixture.RedisServer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

/**
 * Jobs of Kotlin: suspending functions, which Spring calls at every tick, and flows, to
 * which it subscribes.
 */
class KotlinJobTests {

	private static final Duration PATIENCE = Duration.ofSeconds(30);

	private final String name = "kotlin-" + UUID.randomUUID();

	private final KotlinWork work = new KotlinWork();

	@ParameterizedTest
	@ValueSource(classes = { SuspendingJob.class, FlowJob.class, SuspendingFlowJob.class })
	void theLockIsHeldUntilTheCoroutineEnds(Class<?> job) {
		try (TestServer server = server("server-1", job); TestServer other = server("server-2", job)) {
			server.scheduler().fire();
			JobStarted started = server.await(JobStarted.class);
			assertThat(started.tick()).isEqualTo(Instant.parse("2020-01-01T03:00:00Z"));
			await().atMost(PATIENCE).until(() -> this.work.getRuns().size() == 1);
			assertThat(this.work.getRuns().get(0).token()).isEqualTo(started.token());
			assertThat(this.work.getCurrent()).isEqualTo(this.work.getRuns());
			assertThat(TestServer.isLocked(this.name)).isTrue();
			other.scheduler().fire();
			assertThat(other.await(JobSkipped.class).holder()).isEqualTo("server-1");
			assertThat(this.work.getRuns()).hasSize(1);
			this.work.getMayEnd().complete("done");
			assertThat(server.await(JobFinished.class).outcome()).isEqualTo(RunOutcome.SUCCEEDED);
			assertThat(TestServer.isLocked(this.name)).isFalse();
			server.scheduler().fire();
			await().atMost(PATIENCE).until(() -> server.events(JobFinished.class).size() == 2);
			assertThat(this.work.getRuns()).as("the next tick").hasSize(2);
		}
	}

	@ParameterizedTest
	@ValueSource(classes = { SuspendingJob.class, FlowJob.class, SuspendingFlowJob.class })
	void aLossCancelsTheCoroutine(Class<?> job) {
		try (TestServer server = server("server-1", job)) {
			server.scheduler().fire();
			await().atMost(PATIENCE).until(() -> this.work.getRuns().size() == 1);
			RedisServer.shared().cli("DEL", TestServer.lockKey(this.name));
			server.await(JobLockLost.class);
			assertThat(server.await(JobFinished.class).outcome()).isEqualTo(RunOutcome.LOCK_LOST);
			await().atMost(PATIENCE).until(() -> this.work.getCancelled().size() == 1);
		}
	}

	@ParameterizedTest
	@ValueSource(classes = { SuspendingJob.class, FlowJob.class, SuspendingFlowJob.class })
	void aCoroutineBeginsAndEndsAlsoWhereTheApplicationHasFilledReactorsPool(Class<?> job) throws InterruptedException {
		try (TestServer server = server("server-1", job)) {
			FullPool pool = new FullPool();
			try (pool) {
				server.scheduler().fire();
				server.await(JobStarted.class);
				await().atMost(PATIENCE).until(() -> this.work.getRuns().size() == 1);
				this.work.getMayEnd().complete("done");
				assertThat(server.await(JobFinished.class).outcome()).isEqualTo(RunOutcome.SUCCEEDED);
				assertThat(TestServer.isLocked(this.name)).isFalse();
			}
		}
	}

	/**
	 * A coroutine may begin when the call that starts it has returned.
	 */
	@ParameterizedTest
	@ValueSource(classes = { SuspendingJob.class, FlowJob.class, SuspendingFlowJob.class })
	void aJobInsideACoroutineDoesNotInheritItsTick(Class<?> job) {
		try (TestServer server = server("server-1", job, Other.class)) {
			this.work.getMayEnd().complete("done");
			this.work.setFirst(server.bean(Other.class)::run);
			server.scheduler().fire();
			await().atMost(PATIENCE).until(() -> server.events(JobFinished.class).size() == 2);
			assertThat(server.events(JobStarted.class)).extracting(JobStarted::job, JobStarted::trigger)
				.containsExactly(tuple(this.name, JobRun.Trigger.SCHEDULE),
						tuple(this.name + "-other", JobRun.Trigger.MANUAL));
			assertThat(server.events(JobFinished.class)).extracting(JobFinished::outcome)
				.containsOnly(RunOutcome.SUCCEEDED);
		}
	}

	static class Other {

		@DistributedScheduled("${job}-other")
		void run() {
		}

	}

	/**
	 * Its work has begun, once and for all, when the function returns.
	 */
	@Test
	void aDeferredIsRefused() {
		try (TestServer server = new TestServer("server-1").firedByHand()
			.property("job", this.name)
			.with(DeferredJob.class)) {
			assertThatThrownBy(server::start).rootCause()
				.isInstanceOf(InvalidJobException.class)
				.hasMessageContaining("returns before its work is done (Deferred)");
		}
	}

	private TestServer server(String id, Class<?>... jobs) {
		TestServer server = new TestServer(id).firedByHand().onRedis().property("job", this.name).with(jobs);
		server.context().registerBean(KotlinWork.class, () -> this.work);
		return server.start();
	}

}
