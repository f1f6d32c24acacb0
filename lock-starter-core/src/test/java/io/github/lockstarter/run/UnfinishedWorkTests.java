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

import java.io.IOException;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.publisher.Flux;

import org.springframework.scheduling.annotation.Scheduled;

import io.github.lockstarter.DistributedJobs;
import io.github.lockstarter.DistributedScheduled;
import io.github.lockstarter.JobFinished;
import io.github.lockstarter.JobStarted;
import io.github.lockstarter.RunOutcome;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * What is not finished when it is returned is waited for under the lock, or is an error.
 */
@Timeout(60)
class UnfinishedWorkTests {

	private static volatile Object result;

	private final ExecutorService threads = Executors.newCachedThreadPool();

	@AfterEach
	void close() {
		this.threads.shutdownNow();
	}

	@ParameterizedTest
	@EnumSource
	void aFutureIsWaitedForUnderTheLock(Kind kind) throws Exception {
		CompletableFuture<String> work = new CompletableFuture<>();
		FutureTask<String> plain = new FutureTask<>(work::get);
		result = (kind == Kind.PLAIN_FUTURE) ? plain : work;
		try (TestServer server = TestServer.running(Generic.class, Fired.class)) {
			Future<?> call = this.threads.submit(() -> kind.call(server));
			server.await(JobStarted.class);
			assertThat(call.isDone()).isFalse();
			assertThat(server.events(JobFinished.class)).isEmpty();
			this.threads.execute(plain);
			work.complete("done");
			call.get();
			assertThat(server.events(JobFinished.class)).singleElement()
				.extracting(JobFinished::outcome)
				.isEqualTo(RunOutcome.SUCCEEDED);
		}
	}

	@ParameterizedTest
	@EnumSource
	void theFailureOfAFutureIsThatOfTheRun(Kind kind) {
		IOException failure = new IOException("disk");
		result = CompletableFuture.failedFuture(failure);
		try (TestServer server = TestServer.running(Generic.class, Fired.class)) {
			assertThatThrownBy(() -> kind.call(server)).satisfiesAnyOf((ex) -> assertThat(ex).isSameAs(failure),
					(ex) -> assertThat(ex).hasRootCause(failure));
			assertThat(server.events(JobFinished.class)).singleElement().satisfies((finished) -> {
				assertThat(finished.outcome()).isEqualTo(RunOutcome.FAILED);
				assertThat(finished.failure()).isSameAs(failure);
			});
		}
	}

	/**
	 * Who subscribed later would do the work without the lock.
	 */
	@ParameterizedTest
	@EnumSource
	void aPublisherIsAnError(Kind kind) {
		result = Flux.error(new AssertionError("is subscribed to"));
		try (TestServer server = TestServer.running(Generic.class, Fired.class)) {
			assertThatThrownBy(() -> kind.call(server)).isInstanceOf(IllegalStateException.class)
				.hasMessageContaining("has returned a publisher (Flux), to which nobody subscribes under its lock");
			assertThat(server.events(JobFinished.class)).singleElement()
				.extracting(JobFinished::outcome)
				.isEqualTo(RunOutcome.FAILED);
		}
	}

	@Test
	void theTimeoutCancelsAFutureThatHangs() {
		CompletableFuture<String> work = new CompletableFuture<>();
		result = work;
		try (TestServer server = TestServer.running(Hanging.class)) {
			assertThatThrownBy(server.bean(Hanging.class)::run).isInstanceOf(InterruptedException.class);
			assertThat(work).isCancelled();
			assertThat(server.await(JobFinished.class).outcome()).isEqualTo(RunOutcome.TIMED_OUT);
		}
	}

	enum Kind {

		METHOD {

			@Override
			Object call(TestServer server) throws Exception {
				return server.bean(Callable.class).call();
			}

		},

		FIRE {

			@Override
			Object call(TestServer server) {
				server.scheduler().fire("run");
				return "";
			}

		},

		PLAIN_FUTURE {

			@Override
			Object call(TestServer server) throws Exception {
				return METHOD.call(server);
			}

		},

		WORK_OF_CODE {

			@Override
			Object call(TestServer server) throws Exception {
				return server.bean(DistributedJobs.class).run("work", () -> result);
			}

		};

		abstract Object call(TestServer server) throws Exception;

	}

	abstract static class Typed<T> implements Callable<T> {

		@Override
		@SuppressWarnings("unchecked")
		@DistributedScheduled("generic")
		public T call() {
			return (T) result;
		}

	}

	static class Generic extends Typed<Object> {

	}

	static class Fired {

		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled("fired")
		Object run() {
			return result;
		}

	}

	static class Hanging {

		@DistributedScheduled(name = "hanging", timeout = "100ms")
		Object run() throws InterruptedException {
			return result;
		}

	}

}
