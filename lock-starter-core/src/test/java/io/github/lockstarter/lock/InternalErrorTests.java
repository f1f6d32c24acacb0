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

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.redisson.client.RedisException;

import io.github.lockstarter.LockUnavailableException;
import io.github.lockstarter.RunOutcome;
import io.github.lockstarter.SkipReason;
import io.github.lockstarter.internal.time.TimeSource;
import io.github.lockstarter.run.LogCapture;
import io.github.lockstarter.schedule.Tick;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * What goes wrong in this application is not blamed on Redis.
 */
class InternalErrorTests {

	private static final LockSettings SETTINGS = new LockSettings("internal", "test:", "one", Duration.ofSeconds(2),
			Duration.ofMinutes(1));

	private final LockRequest request = new LockRequest("failing-job", new Tick.Manual(), false, Duration.ofMinutes(1),
			Duration.ZERO);

	private JobLocks locks;

	enum Step {

		ACQUIRE, FINISH, RECORD

	}

	enum Way {

		THROWS {
			@Override
			<T> CompletableFuture<T> fail() {
				throw new ArithmeticException("long overflow");
			}
		},

		ANSWERS {
			@Override
			<T> CompletableFuture<T> fail() {
				return CompletableFuture.<T>failedFuture(new ArithmeticException("long overflow"))
					.thenApply((value) -> value);
			}
		},

		LACKS_A_CLASS {
			@Override
			<T> CompletableFuture<T> fail() {
				throw new NoClassDefFoundError("long overflow");
			}
		};

		abstract <T> CompletableFuture<T> fail();

	}

	@AfterEach
	void close() {
		this.locks.close();
	}

	private void fails(Step step, Way way) {
		this.locks = new JobLocks(new FailingStore(step, way), SETTINGS, TimeSource.system());
	}

	@ParameterizedTest
	@EnumSource
	void aQuestionThatFails(Way way) {
		fails(Step.ACQUIRE, way);
		theTickIsRefusedWithTheTrueReason();
	}

	private void theTickIsRefusedWithTheTrueReason() {
		try (LogCapture log = new LogCapture(JobLocks.class)) {
			assertThat(this.locks.claim(this.request).join()).isInstanceOfSatisfying(Claim.Refused.class, (refused) -> {
				assertThat(refused.reason()).isEqualTo(SkipReason.INTERNAL_ERROR);
				assertThat(refused.detail()).endsWith(": long overflow").doesNotContain("Redis");
				assertThat(refused.trouble()).isNull();
			});
			assertThat(log.lines("ERROR")).singleElement().asString().contains("failing-job", "Redis is not to blame");
		}
	}

	@ParameterizedTest
	@EnumSource
	void anEndThatFails(Way way) {
		fails(Step.FINISH, way);
		HeldLock lock = ((Claim.Granted) this.locks
			.claim(new LockRequest("failing-job", new Tick.Manual(), false, Duration.ofMillis(500), Duration.ZERO))
			.join()).lock();
		try (LogCapture log = new LogCapture(HeldLock.class)) {
			assertThat(lock.finish(RunOutcome.SUCCEEDED, null).join()).isEqualTo(RunOutcome.SUCCEEDED);
			assertThat(log.lines("ERROR")).singleElement().asString().contains("failing-job", "Redis is not to blame");
		}
	}

	@Test
	void aLookAtTheRecordThatFails() {
		fails(Step.RECORD, Way.ANSWERS);
		try (LogCapture log = new LogCapture(JobLocks.class)) {
			assertThatExceptionOfType(LockUnavailableException.class)
				.isThrownBy(() -> this.locks.record("failing-job", null, 0))
				.withMessageEndingWith("ArithmeticException: long overflow");
			assertThat(log.lines("ERROR")).hasSize(1);
		}
	}

	@Test
	void whatIsOfRedisOrItsConnectionStaysSo() {
		fails(Step.RECORD, Way.ANSWERS);
		assertThat(Trouble.of(new IOException("connection reset"))).isEqualTo(Trouble.AWAY);
		assertThat(Trouble.of(new RedisException("READONLY"))).isEqualTo(Trouble.REFUSING);
		assertThat(Trouble.of(new RedisException("WRONGTYPE", new IllegalStateException())))
			.isNotEqualTo(Trouble.INTERNAL);
		assertThat(Trouble.of(new IllegalStateException("ours"))).isEqualTo(Trouble.INTERNAL);
	}

	/**
	 * Fails at one step.
	 */
	private static final class FailingStore extends InMemoryLockStore {

		private final Step step;

		private final Way way;

		FailingStore(Step step, Way way) {
			super(SETTINGS, TimeSource.system());
			this.step = step;
			this.way = way;
		}

		private <T> CompletableFuture<T> at(Step step, Supplier<CompletableFuture<T>> command) {
			return (step == this.step) ? this.way.fail() : command.get();
		}

		/** So that an end is tried for no longer than a lease. */
		@Override
		public boolean expires() {
			return true;
		}

		@Override
		public CompletableFuture<Answer> acquire(LockRequest request, long owner, Instant giveUpAt) {
			return at(Step.ACQUIRE, () -> super.acquire(request, owner, giveUpAt));
		}

		@Override
		public CompletableFuture<RunOutcome> finish(LockRequest request, long owner, RunOutcome outcome, String failure,
				Answer started) {
			return at(Step.FINISH, () -> super.finish(request, owner, outcome, failure, started));
		}

		@Override
		public CompletableFuture<JobRecord> record(String job, String group, int runs) {
			return at(Step.RECORD, () -> super.record(job, group, runs));
		}

	}

}
