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
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGenerator;

import io.micrometer.observation.ObservationRegistry;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import org.springframework.scheduling.support.CronTrigger;

import io.github.lockstarter.JobFinished;
import io.github.lockstarter.JobSkipped;
import io.github.lockstarter.LockLostPolicy;
import io.github.lockstarter.RedisUnavailablePolicy;
import io.github.lockstarter.RunOutcome;
import io.github.lockstarter.SkipReason;
import io.github.lockstarter.fixture.TestTime;
import io.github.lockstarter.internal.time.TimeSource;
import io.github.lockstarter.internal.time.Timer;
import io.github.lockstarter.internal.time.Workers;
import io.github.lockstarter.lock.SharedMemory;
import io.github.lockstarter.schedule.Fire;
import io.github.lockstarter.schedule.ManualScheduler;
import io.github.lockstarter.schedule.RepeatedHour;
import io.github.lockstarter.schedule.TaskTarget;
import io.github.lockstarter.schedule.TickScheduling;
import io.github.lockstarter.schedule.Timetable;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

/**
 * Servers without an application context.
 */
class JobServerTests {

	private static final Job JOB = new Job("job", null, "here", Duration.ofSeconds(30), Duration.ZERO, Duration.ZERO,
			LockLostPolicy.INTERRUPT, RedisUnavailablePolicy.RETRY, 1, null, false, RepeatedHour.RUNS_TWICE,
			Timetable.UNKNOWN, false);

	private final SharedThreads time = new SharedThreads();

	private final SharedMemory memory = new SharedMemory(this.time);

	private final Queue<Object> events = new ConcurrentLinkedQueue<>();

	private final List<JobServer> servers = new ArrayList<>();

	@AfterEach
	void close() {
		this.servers.forEach(JobServer::close);
		this.time.close();
	}

	/**
	 * They have no thread of their own, so what they cost is memory.
	 */
	@Test
	void aThousandOfThemShareTicks() {
		List<ManualScheduler> schedulers = new ArrayList<>();
		for (int i = 0; i < 1000; i++) {
			schedulers.add(server("server-" + i));
		}
		for (int tick = 0; tick < 3; tick++) {
			schedulers.forEach(ManualScheduler::fire);
		}
		assertThat(this.events).filteredOn(JobFinished.class::isInstance)
			.extracting("tick", "outcome", "server")
			.containsExactly(tuple(Instant.parse("2020-01-01T03:00:00Z"), RunOutcome.SUCCEEDED, "server-0"),
					tuple(Instant.parse("2020-01-02T03:00:00Z"), RunOutcome.SUCCEEDED, "server-0"),
					tuple(Instant.parse("2020-01-03T03:00:00Z"), RunOutcome.SUCCEEDED, "server-0"));
		assertThat(this.events).filteredOn(JobSkipped.class::isInstance)
			.hasSize(3 * 999)
			.extracting("reason")
			.containsOnly(SkipReason.ALREADY_RAN);
	}

	@Test
	void oneThatIsClosedRunsNothing() {
		ManualScheduler scheduler = server("server-1");
		this.servers.get(0).close();
		scheduler.fire();
		assertThat(this.events).singleElement()
			.isInstanceOfSatisfying(JobSkipped.class,
					(skip) -> assertThat(skip.reason()).isEqualTo(SkipReason.CLOSING));
	}

	/**
	 * As the threads of a scheduler that shuts down are.
	 */
	@Test
	void anInterruptedThreadAsksNothing() {
		ManualScheduler scheduler = server("server-1");
		Thread.currentThread().interrupt();
		scheduler.fire();
		assertThat(Thread.interrupted()).as("kept for its owner").isTrue();
		assertThat(this.events).singleElement()
			.isInstanceOfSatisfying(JobSkipped.class,
					(skip) -> assertThat(skip.reason()).isEqualTo(SkipReason.CLOSING));
		assertThat(this.time.owners).as("locks asked for").hasValue(0);
	}

	@Test
	void aThreadThatIsInterruptedWhileItAsksGivesBackWhatItGot() {
		ManualScheduler interrupted = server("server-1");
		ManualScheduler other = server("server-2");
		this.time.isInterrupting = true;
		interrupted.fire();
		this.time.isInterrupting = false;
		assertThat(Thread.interrupted()).as("kept for its owner").isTrue();
		this.time.awaitSent();
		other.fire();
		assertThat(this.events).hasSize(3);
		assertThat(this.events).element(0)
			.isInstanceOfSatisfying(JobSkipped.class,
					(skip) -> assertThat(skip.reason()).isEqualTo(SkipReason.CLOSING));
		assertThat(this.events).element(2)
			.isInstanceOfSatisfying(JobFinished.class,
					(finished) -> assertThat(finished.server()).isEqualTo("server-2"));
		assertThat(this.time.owners).as("locks asked for").hasValue(2);
	}

	/**
	 * A server whose job is fired every day at three.
	 */
	private ManualScheduler server(String id) {
		RunSettings settings = new RunSettings("shared", id, Duration.ofSeconds(30), Duration.ZERO, Duration.ZERO);
		JobServer server = new JobServer(new Jobs(), () -> settings, () -> this.memory.locks(id),
				new RunEvents(this.events::add), () -> new RunObservations(ObservationRegistry.NOOP, null),
				new SimulatedServer.Known(), (place) -> null, this.time);
		this.servers.add(server);
		ManualScheduler scheduler = new ManualScheduler();
		server.scheduling().wrap(scheduler).schedule(() -> run(server), new CronTrigger("0 0 3 * * *"));
		server.scheduling().open();
		return scheduler;
	}

	private static void run(JobServer server) {
		Fire fire = Fire.take();
		try {
			new BlockingCall(server.runner()).call(JOB, new JobCall(fire, false), (run) -> null);
		}
		catch (Throwable ex) {
			throw new IllegalStateException(ex);
		}
	}

	/**
	 * The threads of one server, for all.
	 */
	private static final class SharedThreads extends TestTime {

		private final TimeSource system = TimeSource.system();

		private final Timer timer = this.system.timer("shared");

		private final Workers workers = this.system.workers("shared");

		/** How many owners were drawn: each request for a lock has one. */
		private final AtomicInteger owners = new AtomicInteger();

		/** Whether whoever waits is interrupted, at the last moment. */
		private volatile boolean isInterrupting;

		@Override
		public RandomGenerator random(String use) {
			RandomGenerator random = super.random(use);
			return use.equals("owners") ? () -> {
				this.owners.incrementAndGet();
				return random.nextLong();
			} : random;
		}

		@Override
		public <T extends @Nullable Object> T await(Future<T> reply, Duration limit)
				throws InterruptedException, ExecutionException, TimeoutException {
			T answer = super.await(reply, limit);
			if (this.isInterrupting) {
				throw new InterruptedException();
			}
			return answer;
		}

		@Override
		public Timer timer(String name) {
			return new Timer() {

				@Override
				public @Nullable Future<?> schedule(Runnable step, Duration delay) {
					return SharedThreads.this.timer.schedule(step, delay);
				}

				@Override
				public void retire() {
				}

				@Override
				public void close() {
				}

			};
		}

		@Override
		public Workers workers(String name) {
			return new Workers() {

				@Override
				public void execute(Runnable step) {
					SharedThreads.this.workers.execute(step);
				}

				@Override
				public void close() {
				}

			};
		}

		/**
		 * Wait until all has been sent that was to be sent before.
		 */
		void awaitSent() {
			CompletableFuture<Void> sent = new CompletableFuture<>();
			this.timer.schedule(() -> sent.complete(null), Duration.ZERO);
			sent.join();
		}

		void close() {
			this.timer.close();
			this.workers.close();
		}

	}

}
