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
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;

import org.jspecify.annotations.Nullable;

import org.springframework.context.event.EventListener;
import org.springframework.scheduling.concurrent.ConcurrentTaskScheduler;

import io.github.lockstarter.JobEvent;
import io.github.lockstarter.JobRun;
import io.github.lockstarter.fixture.RecordedEvents;
import io.github.lockstarter.internal.time.VirtualExecutor;
import io.github.lockstarter.internal.time.VirtualMachine;
import io.github.lockstarter.internal.time.VirtualTime;
import io.github.lockstarter.lock.Flaw;
import io.github.lockstarter.lock.JobLocks;
import io.github.lockstarter.lock.SimulatedRedis;

/**
 * Servers on virtual time with one Redis in memory, and what happens on them. Nothing
 * happens but while the test lets time pass.
 */
final class VirtualServers implements AutoCloseable {

	/** A bit before three o'clock, by the clock of Redis. */
	static final Instant START = Instant.parse("2026-03-02T02:59:50Z");

	/** When jobs are due that run every day at three. */
	static final Instant THREE = Instant.parse("2026-03-02T03:00:00Z");

	static final Duration ACQUIRE_TIMEOUT = Duration.ofSeconds(2);

	private static final Duration MAX_CLOCK_SKEW = Duration.ofMinutes(1);

	private static final Duration LIMIT = Duration.ofHours(1);

	private static final Duration STEP = Duration.ofMillis(10);

	private static final int THREADS = 10;

	private final VirtualTime time;

	private final SimulatedRedis redis;

	private final RecordedEvents events = new RecordedEvents();

	private final List<Run> runs = new ArrayList<>();

	VirtualServers() {
		this(1, Flaw.NONE);
	}

	/**
	 * Create a world.
	 * @param seed what all chance in it comes from
	 * @param flaw what is wrong with its Redis
	 */
	VirtualServers(long seed, Flaw flaw) {
		this.time = new VirtualTime(START, seed);
		this.redis = new SimulatedRedis(this.time, ACQUIRE_TIMEOUT, MAX_CLOCK_SKEW, flaw, (what, verdict) -> {
		});
	}

	/**
	 * Return a server that is not started yet.
	 */
	Server server(String id) {
		return new Server(id);
	}

	SimulatedRedis redis() {
		return this.redis;
	}

	/**
	 * Return the events of all servers.
	 */
	RecordedEvents events() {
		return this.events;
	}

	/**
	 * Return the runs that have begun, on whichever server.
	 */
	List<Run> runs() {
		return List.copyOf(this.runs);
	}

	/**
	 * Return what time it really is.
	 */
	Instant now() {
		return START.plusNanos(this.time.nanos());
	}

	VirtualTime time() {
		return this.time;
	}

	void pass(Duration duration) {
		this.time.pass(duration);
	}

	/**
	 * Let time pass until it is that late.
	 */
	void passUntil(Instant time) {
		this.time.pass(Duration.between(now(), time));
	}

	/**
	 * Let time pass until something is so.
	 */
	void until(BooleanSupplier condition) {
		Instant end = now().plus(LIMIT);
		while (!condition.getAsBoolean()) {
			if (now().isAfter(end)) {
				List<Object> all = this.events.all();
				throw new AssertionError("Not within " + LIMIT + ", and last there were "
						+ all.subList(Math.max(0, all.size() - 10), all.size()));
			}
			this.time.pass(STEP);
		}
	}

	/**
	 * Let time pass until something of a kind has happened.
	 */
	<T extends JobEvent> T until(Class<T> type) {
		until(() -> !this.events.of(type).isEmpty());
		return this.events.first(type);
	}

	/**
	 * Let time pass until there is a reply.
	 */
	<T> T get(CompletableFuture<T> reply) {
		until(reply::isDone);
		return reply.join();
	}

	@Override
	public void close() {
		this.time.close();
	}

	/**
	 * One server.
	 */
	final class Server {

		private final String id;

		private final VirtualMachine machine;

		private final JobLocks locks;

		private final RecordedEvents events = new RecordedEvents();

		private RunSettings settings;

		private int threads = THREADS;

		private @Nullable SimulatedServer server;

		private Server(String id) {
			this.id = id;
			this.machine = new VirtualMachine(VirtualServers.this.time, id);
			this.locks = VirtualServers.this.redis.locks(this.machine, id);
			this.settings = new RunSettings(SimulatedRedis.NAMESPACE, id, Duration.ofSeconds(30), Duration.ZERO,
					Duration.ZERO);
		}

		/**
		 * Set its clock.
		 */
		Server ahead(Duration ahead) {
			this.machine.setClock(ahead);
			return this;
		}

		Server settings(UnaryOperator<RunSettings> change) {
			this.settings = change.apply(this.settings);
			return this;
		}

		Server lease(Duration lease) {
			return settings((now) -> new RunSettings(now.namespace(), now.server(), lease, now.lockAtLeastFor(),
					now.timeout(), now.onRedisUnavailable(), now.retryWithin(), now.spread()));
		}

		Server threads(int threads) {
			this.threads = threads;
			return this;
		}

		Server start(Class<?> jobs) {
			return start(jobs, (machine) -> {
			});
		}

		/**
		 * Start it.
		 * @param jobs the class whose methods are its jobs
		 * @param body what they do
		 */
		Server start(Class<?> jobs, Body body) {
			this.server = new SimulatedServer(this.machine, this.settings, this.locks, this.threads, jobs,
					(run) -> run(run, body), this::told);
			this.machine.execute(this.server::start);
			return this;
		}

		private void run(JobRun run, Body body) throws InterruptedException {
			VirtualServers.this.runs
				.add(new Run(this.id, run.name(), run.tick(), now(), run.trigger(), run.token(), run));
			body.run(this.machine);
		}

		void told(JobEvent event) {
			if (this.machine.isAlive()) {
				this.events.accept(event);
				VirtualServers.this.events.accept(event);
			}
		}

		/**
		 * End it as an operator does.
		 */
		void stop() {
			CompletableFuture<Boolean> stopped = new CompletableFuture<>();
			this.machine.execute(() -> {
				try {
					started().stop();
				}
				catch (InterruptedException ex) {
					throw new IllegalStateException(ex);
				}
				stopped.complete(true);
			});
			get(stopped);
			this.machine.die();
		}

		/**
		 * Nothing is done on it any more.
		 */
		void kill() {
			this.machine.die();
		}

		private SimulatedServer started() {
			SimulatedServer server = this.server;
			if (server == null) {
				throw new IllegalStateException(this.id + " is not started");
			}
			return server;
		}

		/**
		 * Return a scheduler with threads of its own.
		 */
		ConcurrentTaskScheduler scheduler() {
			ConcurrentTaskScheduler scheduler = new ConcurrentTaskScheduler(
					new VirtualExecutor(this.machine, this.threads));
			scheduler.setClock(this.machine.clock());
			return scheduler;
		}

		RunSettings settings() {
			return this.settings;
		}

		VirtualMachine machine() {
			return this.machine;
		}

		JobLocks locks() {
			return this.locks;
		}

		/**
		 * Return its own events.
		 */
		RecordedEvents events() {
			return this.events;
		}

		/**
		 * From now on nothing that is sent arrives.
		 */
		void cut() {
			VirtualServers.this.redis.begin(this.machine, SimulatedRedis.Weather.CUT);
		}

		/**
		 * What is sent arrives again.
		 */
		void heal() {
			VirtualServers.this.redis.end(this.machine, SimulatedRedis.Weather.CUT);
		}

	}

	/**
	 * Is told what happens in a context.
	 */
	interface Told {

		@EventListener
		void on(JobEvent event);

	}

	/**
	 * What a job does.
	 */
	interface Body {

		/**
		 * Do it, on the thread that runs the job.
		 * @param machine where it runs
		 * @throws InterruptedException if it is interrupted
		 */
		void run(VirtualMachine machine) throws InterruptedException;

	}

	/**
	 * A run that has begun.
	 *
	 * @param server where
	 * @param job what
	 * @param tick for which tick
	 * @param begun when it began, by the clock of Redis
	 * @param trigger why
	 * @param token its token
	 * @param run the run itself
	 */
	record Run(String server, String job, Instant tick, Instant begun, JobRun.Trigger trigger, long token, JobRun run) {

	}

}
