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
import java.util.NoSuchElementException;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicInteger;

import io.reactivex.rxjava3.core.Completable;
import io.reactivex.rxjava3.core.Flowable;
import io.reactivex.rxjava3.core.Maybe;
import io.reactivex.rxjava3.core.Observable;
import io.reactivex.rxjava3.core.Single;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.reactivestreams.Publisher;
import reactor.adapter.JdkFlowAdapter;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.scheduling.annotation.Scheduled;

import io.github.lockstarter.DistributedScheduled;
import io.github.lockstarter.JobFinished;
import io.github.lockstarter.JobRun;
import io.github.lockstarter.JobSkipped;
import io.github.lockstarter.JobStarted;
import io.github.lockstarter.RunOutcome;
import io.github.lockstarter.SkipReason;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

/**
 * Every type that Spring subscribes to, at every tick, for a method that it calls once.
 */
class ReactiveTypesTests {

	private static final Duration PATIENCE = Duration.ofSeconds(30);

	private final String name = "reactive-type-" + UUID.randomUUID();

	@ParameterizedTest
	@ValueSource(classes = { ReturnsMono.class, ReturnsFlux.class, ReturnsPublisher.class, ReturnsFlowPublisher.class,
			ReturnsFlowable.class, ReturnsObservable.class, ReturnsMaybe.class, ReturnsSingle.class,
			ReturnsCompletable.class })
	void eachTickIsARunUnderTheLock(Class<? extends Kind> kind) {
		try (TestServer server = server("server-1", kind)) {
			for (int tick = 1; tick <= 3; tick++) {
				int runs = tick;
				server.scheduler().fire();
				await().atMost(PATIENCE).until(() -> server.events(JobFinished.class).size() == runs);
				assertThat(TestServer.isLocked(this.name)).as("after the end").isFalse();
			}
			assertThat(server.events(JobFinished.class)).extracting(JobFinished::outcome)
				.containsOnly(RunOutcome.SUCCEEDED);
			assertThat(server.events(JobStarted.class)).extracting(JobStarted::tick)
				.containsExactly(Instant.parse("2020-01-01T03:00:00Z"), Instant.parse("2020-01-02T03:00:00Z"),
						Instant.parse("2020-01-03T03:00:00Z"));
			assertThat(server.events(JobStarted.class)).extracting(JobStarted::trigger)
				.containsOnly(JobRun.Trigger.SCHEDULE);
			assertThat(server.target(kind).calls).hasValue(1);
			assertThat(server.target(kind).lockedInside).isNotEmpty().containsOnly(true);
			assertThat(TestServer.state(this.name, "outcome")).isEqualTo("SUCCEEDED");
		}
	}

	/**
	 * Spring would report an error of the publisher, at every tick that another server
	 * runs.
	 */
	@ParameterizedTest
	@ValueSource(classes = { ReturnsMono.class, ReturnsFlux.class, ReturnsPublisher.class, ReturnsFlowPublisher.class,
			ReturnsFlowable.class, ReturnsObservable.class, ReturnsMaybe.class, ReturnsSingle.class,
			ReturnsCompletable.class })
	void theOtherServerSkipsTheTickWithItsReasonAndNoError(Class<? extends Kind> kind) throws Exception {
		try (LogCapture log = new LogCapture(
				Class.forName("org.springframework.scheduling.annotation.ScheduledAnnotationReactiveSupport"));
				TestServer server = server("server-1", kind);
				TestServer other = server("server-2", kind)) {
			server.scheduler().fire();
			server.await(JobFinished.class);
			other.scheduler().fire();
			other.await(JobSkipped.class);
			assertThat(other.events(JobSkipped.class)).singleElement().satisfies((skip) -> {
				assertThat(skip.reason()).isEqualTo(SkipReason.ALREADY_RAN);
				assertThat(skip.holder()).isEqualTo("server-1");
				assertThat(skip.tick()).isEqualTo(Instant.parse("2020-01-01T03:00:00Z"));
			});
			assertThat(other.target(kind).lockedInside).isEmpty();
			other.scheduler().fire();
			other.await(JobFinished.class);
			assertThat(other.target(kind).lockedInside).as("the next tick").isNotEmpty();
			assertThat(log.lines("WARN")).isEmpty();
		}
	}

	/**
	 * A single value cannot be missing without an error. A caller who needs the value has
	 * to learn that there is none.
	 */
	@Test
	void aSkippedCallByHandOfASingleIsAnError() {
		try (TestServer server = server("server-1", ReturnsSingle.class)) {
			Single<Object> job = server.bean(ReturnsSingle.class).run();
			assertThat(job.blockingGet()).isEqualTo("done");
			server.bean(RunGate.class).close();
			assertThatThrownBy(job::blockingGet).isInstanceOf(NoSuchElementException.class);
		}
	}

	private TestServer server(String id, Class<?> job) {
		return new TestServer(id).firedByHand().onRedis().property("job", this.name).with(job).start();
	}

	abstract static class Kind {

		final AtomicInteger calls = new AtomicInteger();

		final Queue<Boolean> lockedInside = new ConcurrentLinkedQueue<>();

		void called() {
			this.calls.incrementAndGet();
		}

		Object work() {
			this.lockedInside.add(TestServer.isLocked(JobRun.current().name()));
			return "done";
		}

	}

	static class ReturnsMono extends Kind {

		@Scheduled(cron = "0 0 3 * * *", zone = "UTC")
		@DistributedScheduled("${job}")
		Mono<Object> run() {
			called();
			return Mono.fromCallable(this::work);
		}

	}

	static class ReturnsFlux extends Kind {

		@Scheduled(cron = "0 0 3 * * *", zone = "UTC")
		@DistributedScheduled("${job}")
		Flux<Object> run() {
			called();
			return Flux.defer(() -> Flux.just(work(), work()));
		}

	}

	static class ReturnsPublisher extends Kind {

		@Scheduled(cron = "0 0 3 * * *", zone = "UTC")
		@DistributedScheduled("${job}")
		Publisher<Object> run() {
			called();
			return Mono.fromCallable(this::work);
		}

	}

	static class ReturnsFlowPublisher extends Kind {

		@Scheduled(cron = "0 0 3 * * *", zone = "UTC")
		@DistributedScheduled("${job}")
		Flow.Publisher<Object> run() {
			called();
			return JdkFlowAdapter.publisherToFlowPublisher(Mono.fromCallable(this::work));
		}

	}

	static class ReturnsFlowable extends Kind {

		@Scheduled(cron = "0 0 3 * * *", zone = "UTC")
		@DistributedScheduled("${job}")
		Flowable<Object> run() {
			called();
			return Flowable.fromCallable(this::work);
		}

	}

	static class ReturnsObservable extends Kind {

		@Scheduled(cron = "0 0 3 * * *", zone = "UTC")
		@DistributedScheduled("${job}")
		Observable<Object> run() {
			called();
			return Observable.fromCallable(this::work);
		}

	}

	static class ReturnsMaybe extends Kind {

		@Scheduled(cron = "0 0 3 * * *", zone = "UTC")
		@DistributedScheduled("${job}")
		Maybe<Object> run() {
			called();
			return Maybe.fromCallable(this::work);
		}

	}

	static class ReturnsSingle extends Kind {

		@Scheduled(cron = "0 0 3 * * *", zone = "UTC")
		@DistributedScheduled("${job}")
		Single<Object> run() {
			called();
			return Single.fromCallable(this::work);
		}

	}

	static class ReturnsCompletable extends Kind {

		@Scheduled(cron = "0 0 3 * * *", zone = "UTC")
		@DistributedScheduled("${job}")
		Completable run() {
			called();
			return Completable.fromCallable(this::work);
		}

	}

}
