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
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import org.springframework.context.ApplicationListener;
import org.springframework.context.PayloadApplicationEvent;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.event.EventListener;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.scheduling.concurrent.ThreadPoolTaskScheduler;

import io.github.lockstarter.DistributedScheduled;
import io.github.lockstarter.JobEvent;
import io.github.lockstarter.JobFinished;
import io.github.lockstarter.JobRun;
import io.github.lockstarter.JobRun.Trigger;
import io.github.lockstarter.JobSkipped;
import io.github.lockstarter.JobStarted;
import io.github.lockstarter.RunOutcome;
import io.github.lockstarter.SkipReason;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * What is told of a run, and what becomes of an exception.
 */
class JobEventTests {

	private static final Instant TICK = Instant.parse("2020-01-01T03:00:00Z");

	@Test
	void aRunIsToldWhenItStartsAndWhenItEnds() {
		try (TestServer server = TestServer.running(Job.class)) {
			server.scheduler().fire();
			assertThat(server.events()).hasSize(2);
			assertThat(server.events().get(0)).isInstanceOfSatisfying(JobStarted.class, (started) -> {
				assertThat(started).isEqualTo(new JobStarted("job.run", "server-1", TICK,
						server.bean(Job.class).token(), Trigger.SCHEDULE, started.acquireTime()));
				assertThat(started.acquireTime()).isPositive().isLessThan(Duration.ofMinutes(1));
			});
			assertThat(server.events().get(1)).isInstanceOfSatisfying(JobFinished.class, (finished) -> {
				assertThat(finished.job()).isEqualTo("job.run");
				assertThat(finished.server()).isEqualTo("server-1");
				assertThat(finished.tick()).isEqualTo(TICK);
				assertThat(finished.token()).isEqualTo(server.bean(Job.class).token());
				assertThat(finished.trigger()).isEqualTo(Trigger.SCHEDULE);
				assertThat(finished.outcome()).isEqualTo(RunOutcome.SUCCEEDED);
				assertThat(finished.duration()).isPositive().isLessThan(Duration.ofMinutes(1));
				assertThat(finished.failure()).isNull();
			});
		}
	}

	static class Job {

		private @Nullable RuntimeException failure;

		private long token;

		@Scheduled(cron = "0 0 3 * * *", zone = "UTC")
		@DistributedScheduled("job.run")
		void run() {
			this.token = JobRun.current().token();
			if (this.failure != null) {
				throw this.failure;
			}
		}

		void fail(RuntimeException failure) {
			this.failure = failure;
		}

		long token() {
			return this.token;
		}

	}

	@Test
	void aSkipTellsWhyAndWhoRanAndSinceWhen() {
		try (TestServer one = new TestServer("server-1").firedByHand().onRedis().with(Job.class).start();
				TestServer two = new TestServer("server-2").firedByHand().onRedis().with(Job.class).start()) {
			Instant before = Instant.now().minusSeconds(2);
			one.scheduler().fire();
			two.scheduler().fire();
			assertThat(one.events(JobFinished.class)).hasSize(1);
			assertThat(two.events()).singleElement().isInstanceOfSatisfying(JobSkipped.class, (skip) -> {
				assertThat(skip.job()).isEqualTo("job.run");
				assertThat(skip.server()).isEqualTo("server-2");
				assertThat(skip.tick()).isEqualTo(TICK);
				assertThat(skip.reason()).isEqualTo(SkipReason.ALREADY_RAN);
				assertThat(skip.holder()).isEqualTo("server-1");
				assertThat(skip.since()).isBetween(before, Instant.now().plusSeconds(2));
				assertThat(skip.acquireTime()).isPositive().isLessThan(Duration.ofMinutes(1));
			});
			two.scheduler().fire();
			one.forgetEvents();
			one.scheduler().fire();
			assertThat(one.events(JobSkipped.class)).singleElement()
				.extracting(JobSkipped::holder)
				.isEqualTo("server-2");
		}
	}

	@Test
	void anExceptionReachesTheErrorHandlerUnchangedAndTheLockIsReleased() throws Exception {
		try (TestServer server = new TestServer("server-1").onRedis()
			.with(ErrorHandling.class, Failing.class)
			.start()) {
			ErrorHandling handling = server.bean(ErrorHandling.class);
			assertThat(handling.errors.poll(30, TimeUnit.SECONDS)).isSameAs(Failing.FAILURE);
			JobFinished finished = server.await(JobFinished.class);
			assertThat(finished.outcome()).isEqualTo(RunOutcome.FAILED);
			assertThat(finished.failure()).isSameAs(Failing.FAILURE);
			assertThat(TestServer.isLocked("failing")).isFalse();
			assertThat(TestServer.state("failing", "outcome")).isEqualTo("FAILED");
			assertThat(TestServer.state("failing", "ended")).isNotEqualTo("(nil)");
		}
	}

	static class Failing {

		static final RuntimeException FAILURE = new IllegalArgumentException("no orders");

		@Scheduled(fixedDelay = 3_600_000)
		@DistributedScheduled("failing")
		void run() {
			throw FAILURE;
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class ErrorHandling {

		private final BlockingQueue<Throwable> errors = new LinkedBlockingQueue<>();

		@Bean
		ThreadPoolTaskScheduler taskScheduler() {
			ThreadPoolTaskScheduler scheduler = new ThreadPoolTaskScheduler();
			scheduler.setErrorHandler(this.errors::add);
			return scheduler;
		}

	}

	@ParameterizedTest
	@MethodSource("failures")
	void whateverTheMethodThrowsIsThrown(Throwable failure) {
		try (TestServer server = TestServer.running(Throwing.class)) {
			Throwing job = server.bean(Throwing.class);
			assertThatThrownBy(() -> job.run(failure)).isSameAs(failure);
			assertThat(server.await(JobFinished.class).failure()).isSameAs(failure);
			assertThat(server.await(JobFinished.class).outcome()).isEqualTo(RunOutcome.FAILED);
			assertThatThrownBy(() -> job.run(failure)).as("the lock was released").isSameAs(failure);
			assertThat(server.events(JobSkipped.class)).isEmpty();
		}
	}

	static Stream<Throwable> failures() {
		return Stream.of(new IllegalStateException("unchecked"), new IOException("checked"),
				new AssertionError("error"), new InterruptedException("interrupted"));
	}

	static class Throwing {

		@DistributedScheduled
		void run(Throwable failure) throws Throwable {
			throw failure;
		}

	}

	/**
	 * Neither the run, nor its lock, nor its exception: all of them are the same as
	 * without the listener.
	 */
	@ParameterizedTest
	@MethodSource("listeners")
	void aListenerThatThrowsHurtsNothing(Class<? extends BadListener> listener) {
		try (LogCapture log = new LogCapture(RunEvents.class);
				TestServer server = TestServer.running(Job.class, listener)) {
			Job job = server.bean(Job.class);
			server.scheduler().fire();
			assertThat(job.token()).isPositive();
			RuntimeException failure = new IllegalStateException("job");
			job.fail(failure);
			assertThatThrownBy(() -> server.scheduler().fire()).isSameAs(failure);
			assertThatThrownBy(job::run).as("the lock was released").isSameAs(failure);
			assertThat(server.bean(BadListener.class).heard).map(Object::getClass)
				.isEqualTo(List.of(JobStarted.class, JobFinished.class, JobStarted.class, JobFinished.class,
						JobStarted.class, JobFinished.class));
			assertThat(log.lines("WARN")).hasSize(6)
				.allSatisfy((line) -> assertThat(line).contains("A listener failed on Job"));
		}
	}

	@ParameterizedTest
	@MethodSource("listeners")
	void aListenerThatThrowsOnASkipHurtsNothing(Class<? extends BadListener> listener) {
		try (LogCapture log = new LogCapture(RunEvents.class);
				TestServer server = TestServer.running(HeldForLong.class, listener)) {
			assertThat(server.bean(HeldForLong.class).run()).isEqualTo("ran");
			assertThat(server.bean(HeldForLong.class).run()).isNull();
			assertThat(server.bean(BadListener.class).heard).last().isInstanceOf(JobSkipped.class);
			assertThat(log.lines("WARN")).last().asString().contains("A listener failed on JobSkipped");
		}
	}

	static Stream<Class<? extends BadListener>> listeners() {
		return Stream.of(CheckedListener.class, UncheckedListener.class, ErrorListener.class);
	}

	static class HeldForLong {

		@DistributedScheduled(lockAtLeastFor = "1h")
		@Nullable String run() {
			return "ran";
		}

	}

	abstract static class BadListener {

		final BlockingQueue<Object> heard = new LinkedBlockingQueue<>();

	}

	static class CheckedListener extends BadListener {

		@EventListener
		void on(JobEvent event) throws IOException {
			this.heard.add(event);
			throw new IOException("listener");
		}

	}

	static class UncheckedListener extends BadListener {

		@EventListener
		void on(JobEvent event) {
			this.heard.add(event);
			throw new IllegalStateException("listener");
		}

	}

	/**
	 * One that was compiled against another version of a library.
	 */
	static class ErrorListener extends BadListener implements ApplicationListener<PayloadApplicationEvent<?>> {

		@Override
		public void onApplicationEvent(PayloadApplicationEvent<?> event) {
			this.heard.add(event.getPayload());
			throw new NoSuchMethodError("listener");
		}

	}

}
