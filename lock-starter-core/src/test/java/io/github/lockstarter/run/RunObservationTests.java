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
import java.util.concurrent.atomic.AtomicReference;

import io.micrometer.common.KeyValues;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.tck.TestObservationRegistry;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.scheduling.annotation.SchedulingConfigurer;

import io.github.lockstarter.DistributedScheduled;
import io.github.lockstarter.JobFinished;
import io.github.lockstarter.JobSkipped;
import io.github.lockstarter.JobStarted;
import io.github.lockstarter.RunOutcome;
import io.github.lockstarter.fixture.RedisServer;
import io.github.lockstarter.observation.JobObservationContext;
import io.github.lockstarter.observation.JobObservationConvention;

import static io.micrometer.observation.tck.TestObservationRegistryAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/**
 * Runs as traces show them.
 */
class RunObservationTests {

	private static final String NAME = "distributed.scheduled.run";

	private static final String SPRING = "tasks.scheduled.execution";

	@Test
	void aRunIsAChildOfTheScheduledTask() {
		try (TestServer server = TestServer.running(Observing.class, Job.class)) {
			server.scheduler().fire("run");
			JobFinished finished = server.await(JobFinished.class);
			TestObservationRegistry registry = server.bean(TestObservationRegistry.class);
			assertThat(registry).hasNumberOfObservationsEqualTo(2);
			assertThat(registry).hasObservationWithNameEqualTo(NAME)
				.that()
				.hasContextualNameEqualTo("run job")
				.hasLowCardinalityKeyValue("job.name", "job")
				.hasLowCardinalityKeyValue("trigger", "SCHEDULE")
				.hasLowCardinalityKeyValue("outcome", "SUCCEEDED")
				.hasHighCardinalityKeyValue("tick", "2020-01-01T03:00:00Z")
				.hasHighCardinalityKeyValue("token", Long.toString(finished.token()))
				.hasHighCardinalityKeyValue("server", "server-1")
				.hasParentObservationContextSatisfying((parent) -> assertThat(parent.getName()).isEqualTo(SPRING))
				.hasBeenStarted()
				.hasBeenStopped()
				.doesNotHaveError();
			assertThat(registry).hasObservationWithNameEqualTo(SPRING).that().hasBeenStopped();
			assertThat(server.target(Job.class).current).as("current while the method runs").isEqualTo(NAME);
			assertThat(registry).doesNotHaveAnyRemainingCurrentObservation();
		}
	}

	@Test
	void aSkippedTickIsNotObserved() {
		try (TestServer server = TestServer.running(Observing.class, Job.class)) {
			server.bean(Job.class).held();
			server.bean(TestObservationRegistry.class).clear();
			server.bean(Job.class).held();
			assertThat(server.await(JobSkipped.class).job()).isEqualTo("held");
			assertThat(server.bean(TestObservationRegistry.class)).doesNotHaveAnyObservation();
		}
	}

	@Test
	void aFailureIsAnError() {
		try (TestServer server = TestServer.running(Observing.class, Job.class)) {
			assertThatExceptionOfType(IllegalStateException.class).isThrownBy(server.bean(Job.class)::fail);
			assertThat(server.bean(TestObservationRegistry.class)).hasSingleObservationThat()
				.hasNameEqualTo(NAME)
				.hasLowCardinalityKeyValue("trigger", "MANUAL")
				.hasLowCardinalityKeyValue("outcome", "FAILED")
				.hasError(Job.FAILURE);
		}
	}

	/**
	 * The outcome is the one that counts, and the run ends with its lock.
	 */
	@Test
	void aLostLockIsTheOutcome() {
		try (TestServer server = new TestServer("server-1").firedByHand()
			.onRedis()
			.with(Observing.class, Job.class)
			.start()) {
			server.bean(Job.class).loses();
			assertThat(server.await(JobFinished.class).outcome()).isEqualTo(RunOutcome.LOCK_LOST);
			assertThat(server.bean(TestObservationRegistry.class)).hasSingleObservationThat()
				.hasLowCardinalityKeyValue("outcome", "LOCK_LOST");
		}
	}

	/**
	 * Spring hands its observation to a publisher in the context.
	 */
	@Test
	void aRunOfAPublisherIsAChildToo() {
		try (TestServer server = TestServer.running(Observing.class, Job.class)) {
			server.scheduler().fire("reactive");
			server.await(JobFinished.class);
			TestObservationRegistry registry = server.bean(TestObservationRegistry.class);
			await().untilAsserted(() -> assertThat(registry).hasObservationWithNameEqualTo(NAME)
				.that()
				.hasLowCardinalityKeyValue("job.name", "reactive")
				.hasLowCardinalityKeyValue("outcome", "SUCCEEDED")
				.hasParentObservationContextSatisfying((parent) -> assertThat(parent.getName()).isEqualTo(SPRING))
				.hasBeenStopped());
			Observation inContext = server.target(Job.class).inContext.get();
			assertThat(inContext).isNotNull();
			assertThat(inContext.getContext().getName()).isEqualTo(NAME);
			assertThat(server.target(Job.class).current).as("current where it is subscribed to").isEqualTo(NAME);
			assertThat(registry).doesNotHaveAnyRemainingCurrentObservation();
		}
	}

	@Test
	void aConventionOfTheApplicationIsUsed() {
		try (TestServer server = TestServer.running(Observing.class, Job.class, OwnConvention.class)) {
			server.bean(Job.class).run();
			assertThat(server.bean(TestObservationRegistry.class)).hasSingleObservationThat()
				.hasNameEqualTo("batch.run")
				.hasLowCardinalityKeyValue("tenant", "shop")
				.hasLowCardinalityKeyValue("job.name", "job");
		}
	}

	@Test
	void withoutARegistryNothingIsObserved() {
		try (TestServer server = TestServer.running(Job.class)) {
			server.bean(Job.class).run();
			assertThat(server.await(JobFinished.class).outcome()).isEqualTo(RunOutcome.SUCCEEDED);
			assertThat(server.target(Job.class).current).isNull();
		}
	}

	@Test
	void aHandlerThatThrowsHurtsNothing() {
		try (LogCapture log = new LogCapture(RunObservations.class);
				TestServer server = TestServer.running(Observing.class, Job.class)) {
			server.bean(TestObservationRegistry.class).observationConfig().observationHandler(new BadHandler());
			server.bean(Job.class).run();
			assertThat(server.events(JobStarted.class)).hasSize(1);
			assertThat(server.await(JobFinished.class).outcome()).isEqualTo(RunOutcome.SUCCEEDED);
			server.bean(Job.class).run();
			assertThat(server.events(JobFinished.class)).as("the lock was released").hasSize(2);
			assertThat(server.bean(TestObservationRegistry.class)).doesNotHaveAnyRemainingCurrentObservation();
			assertThat(log.lines("WARN")).isNotEmpty()
				.allSatisfy((line) -> assertThat(line).contains("could not be observed"));
		}
	}

	@Configuration(proxyBeanMethods = false)
	static class Observing {

		@Bean
		TestObservationRegistry observationRegistry() {
			return TestObservationRegistry.create();
		}

		@Bean
		SchedulingConfigurer observedScheduling(ObservationRegistry registry) {
			return (registrar) -> registrar.setObservationRegistry(registry);
		}

	}

	static class Job {

		static final IllegalStateException FAILURE = new IllegalStateException("no orders");

		private final AtomicReference<@Nullable Observation> inContext = new AtomicReference<>();

		private final @Nullable ObservationRegistry registry;

		private volatile @Nullable String current;

		Job(ObjectProvider<ObservationRegistry> registry) {
			this.registry = registry.getIfAvailable();
		}

		@Scheduled(cron = "0 0 3 * * *", zone = "UTC")
		@DistributedScheduled("job")
		void run() {
			seeCurrent();
		}

		@DistributedScheduled(name = "held", lockAtLeastFor = "1h")
		void held() {
		}

		@Scheduled(cron = "0 0 5 * * *", zone = "UTC")
		@DistributedScheduled("reactive")
		Mono<Void> reactive() {
			return Mono.deferContextual((context) -> {
				seeCurrent();
				this.inContext.set(context.getOrDefault(RunObservations.REACTOR_KEY, null));
				return Mono.delay(Duration.ofMillis(50)).then();
			});
		}

		@DistributedScheduled("fails")
		void fail() {
			throw FAILURE;
		}

		@DistributedScheduled(name = "loses", lease = "3s")
		void loses() {
			RedisServer.shared().cli("DEL", TestServer.lockKey("loses"));
		}

		private void seeCurrent() {
			Observation current = (this.registry != null) ? this.registry.getCurrentObservation() : null;
			this.current = (current != null) ? current.getContext().getName() : null;
		}

	}

	static class OwnConvention implements JobObservationConvention {

		@Override
		public String getName() {
			return "batch.run";
		}

		@Override
		public KeyValues getLowCardinalityKeyValues(JobObservationContext context) {
			return JobObservationConvention.super.getLowCardinalityKeyValues(context).and("tenant", "shop");
		}

	}

	/**
	 * Throws wherever it can.
	 */
	static class BadHandler implements ObservationHandler<JobObservationContext> {

		@Override
		public void onStart(JobObservationContext context) {
			throw new IllegalStateException("start");
		}

		@Override
		public void onScopeOpened(JobObservationContext context) {
			throw new IllegalStateException("open");
		}

		@Override
		public void onScopeClosed(JobObservationContext context) {
			throw new IllegalStateException("close");
		}

		@Override
		public void onStop(JobObservationContext context) {
			throw new NoSuchMethodError("stop");
		}

		@Override
		public boolean supportsContext(Observation.Context context) {
			return context instanceof JobObservationContext;
		}

	}

}
