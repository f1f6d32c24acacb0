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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

import org.junit.jupiter.api.Test;

import io.github.lockstarter.fixture.TestTime;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What is said where Redis did not answer in time.
 */
class DeadlineTests {

	private final AtomicLong now = new AtomicLong();

	/**
	 * No address and no password is to blame for that.
	 */
	@Test
	void answersThatAreTooSlowForALockAreMeasured() throws Exception {
		Deadline deadline = deadline(true);
		deadline.await(answerAfter(Duration.ofMillis(700)));
		deadline.await(answerAfter(Duration.ofMillis(690)));
		assertThat(deadline.late()).satisfies((ex) -> {
			assertThat(ex.trouble()).isEqualTo(Trouble.SLOW);
			assertThat(ex)
				.hasMessage("redis://there:6379/0: an answer takes 700 ms, and a lock needs 3 of them within 2000 ms");
		});
	}

	@Test
	void aRedisThatStopsToAnswerIsNotSlow() throws Exception {
		Deadline deadline = deadline(true);
		deadline.await(answerAfter(Duration.ofMillis(2)));
		assertThat(deadline.late()).satisfies((ex) -> {
			assertThat(ex.trouble()).isEqualTo(Trouble.AWAY);
			assertThat(ex).hasMessage("redis://there:6379/0: no answer within 2000 ms");
		});
	}

	@Test
	void theTimeThatItTakesToConnectIsNoAnswer() throws Exception {
		Deadline deadline = deadline(false);
		deadline.await(answerAfter(Duration.ofMillis(1900)));
		deadline.await(answerAfter(Duration.ofMillis(2)));
		assertThat(deadline.late().trouble()).isEqualTo(Trouble.AWAY);
	}

	private Deadline deadline(boolean connected) {
		return new Deadline(Duration.ofSeconds(2), "redis://there:6379/0", connected, new TestTime() {

			@Override
			public long nanoTime() {
				return DeadlineTests.this.now.get();
			}

		});
	}

	private CompletableFuture<String> answerAfter(Duration taken) {
		return new CompletableFuture<>() {

			@Override
			public String get(long timeout, TimeUnit unit) {
				DeadlineTests.this.now.addAndGet(taken.toNanos());
				return "OK";
			}

		};
	}

}
