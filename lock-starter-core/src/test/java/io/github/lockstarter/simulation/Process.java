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

package io.github.lockstarter.simulation;

import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;

import io.github.lockstarter.JobEvent;
import io.github.lockstarter.JobFinished;
import io.github.lockstarter.JobLockLost;
import io.github.lockstarter.JobRun;
import io.github.lockstarter.JobSkipped;
import io.github.lockstarter.RedisUnavailablePolicy;
import io.github.lockstarter.internal.time.VirtualMachine;
import io.github.lockstarter.lock.Beat;
import io.github.lockstarter.lock.Flaw;
import io.github.lockstarter.lock.JobLocks;
import io.github.lockstarter.operations.SimulatedHeartbeat;
import io.github.lockstarter.proof.history.Entry;
import io.github.lockstarter.run.RunSettings;
import io.github.lockstarter.run.SimulatedServer;

/**
 * One process of a simulation. It writes down what it does, and what it is told.
 */
final class Process {

	private static final Duration STEP = Duration.ofMillis(400);

	/** How late a thread comes. */
	private static final Duration LATENESS = Duration.ofMillis(1);

	private static final int THREADS = 8;

	/** By how much a clock is too fast or too slow, in millionths. */
	private static final long MAX_DRIFT = 300;

	/** One run of so many. */
	private static final int RARE = 8;

	private static final Duration RETRY_WITHIN = Duration.ofMinutes(1);

	/** The jobs of each version. */
	private static final List<SimulatedServer.Declared> VERSIONS = List.of(SimulatedJobs.declared(0, settings("any")),
			SimulatedJobs.declared(1, settings("any")));

	private final Simulation simulation;

	private final String id;

	private final VirtualMachine machine;

	private final Duration skew;

	private final int version;

	private final SplittableRandom chance;

	private final JobLocks locks;

	private final SimulatedServer server;

	private final SimulatedHeartbeat heartbeat;

	private boolean isEnding;

	private boolean isClockDisturbed;

	private boolean isDraining;

	private int running;

	Process(Simulation simulation, String id, Duration skew) {
		this.simulation = simulation;
		this.id = id;
		this.skew = skew;
		this.version = simulation.version();
		this.machine = new VirtualMachine(simulation.time(), id, LATENESS);
		this.machine.setClock(skew);
		this.machine.setDrift(simulation.time().random(id + " drift").nextLong(-MAX_DRIFT, MAX_DRIFT));
		this.chance = simulation.time().random(id + " work");
		this.locks = simulation.redis().locks(this.machine, id);
		this.server = new SimulatedServer(this.machine, settings(id), this.locks, THREADS, VERSIONS.get(this.version),
				this::work, this::told);
		this.heartbeat = new SimulatedHeartbeat(id,
				this.server.planned()
					.stream()
					.map((job) -> new Beat.KnownJob(job.job(), job.group(), job.timetable().text(), null))
					.toList(),
				() -> this.isDraining, this.locks, this.machine);
	}

	private static RunSettings settings(String server) {
		return new RunSettings(Simulation.NAMESPACE, server, Simulation.LEASE, Duration.ZERO, Duration.ZERO,
				RedisUnavailablePolicy.RETRY, RETRY_WITHIN, true);
	}

	void start() {
		add(new Entry.Named(this.id, now(), this.id));
		add(new Entry.Version(this.id, now(), this.version));
		this.machine.execute(() -> {
			this.server.start();
			this.heartbeat.start();
			add(new Entry.Up(this.id, now(), this.skew.toMillis()));
		});
	}

	void kill() {
		this.machine.die();
		add(new Entry.Down(this.id, now(), true));
	}

	/**
	 * End it as an operator does.
	 */
	void terminate(Runnable then) {
		this.isEnding = true;
		this.machine.execute(() -> {
			try {
				this.heartbeat.closing();
				this.server.stop();
				this.heartbeat.end();
			}
			catch (InterruptedException ex) {
				throw new IllegalStateException(ex);
			}
			this.machine.die();
			add(new Entry.Down(this.id, now(), false));
			then.run();
		});
	}

	/**
	 * Begin to do something to its clocks, unless something is done to them already.
	 */
	boolean disturbClock() {
		boolean begins = !this.isClockDisturbed;
		this.isClockDisturbed = true;
		return begins;
	}

	void leaveClock() {
		this.isClockDisturbed = false;
	}

	/**
	 * Determine whether it is up and not about to end.
	 */
	boolean isThere() {
		return this.machine.isAlive() && !this.isEnding;
	}

	boolean isRunning() {
		return this.running > 0;
	}

	String id() {
		return this.id;
	}

	VirtualMachine machine() {
		return this.machine;
	}

	Duration skew() {
		return this.skew;
	}

	JobLocks locks() {
		return this.locks;
	}

	/**
	 * Take no more ticks, or take them again.
	 */
	void drain(boolean draining) {
		this.isDraining = draining;
		this.server.drain(draining);
	}

	private long now() {
		return this.simulation.time().nanos();
	}

	private void add(Entry entry) {
		this.simulation.add(entry);
	}

	private void told(JobEvent event) {
		if (!this.machine.isAlive()) {
			return;
		}
		this.heartbeat.told(event);
		if (event instanceof JobSkipped skipped) {
			long tick = (skipped.tick() != null) ? skipped.tick().toEpochMilli() : 0;
			add(new Entry.Skipped(this.id, now(), skipped.job(), tick, skipped.reason().name()));
		}
		else if (event instanceof JobLockLost lost) {
			add(new Entry.Lost(this.id, now(), lost.job(), lost.token()));
		}
		else if (event instanceof JobFinished finished) {
			if (SimulatedJobs.isPublisher(finished.job())) {
				this.simulation.coverage().accept("publisher", finished.outcome().name());
			}
			add(new Entry.Finished(this.id, now(), finished.job(), finished.token(), finished.outcome().name()));
		}
	}

	/**
	 * What every job does: it says that it begins, goes on and ends, and writes to the
	 * register. Each time the clock is read before the run is asked for its lock.
	 */
	private void work(JobRun run) throws InterruptedException {
		String job = run.name();
		long begun = now();
		add(new Entry.Started(this.id, begun, job, run.tick().toEpochMilli(), run.token(), run.isLockHeld()));
		this.running++;
		try {
			this.simulation.coverage().began(run, this.version);
			this.simulation.write(this.id, run);
			long end = begun + length(job).toNanos();
			for (long left = end - now(); left > 0; left = end - now()) {
				pause(job, Math.min(left, STEP.toNanos()));
				long looked = now();
				add(new Entry.Checkpoint(this.id, looked, job, run.token(), run.isLockHeld()));
			}
			listen(job);
			this.simulation.write(this.id, run);
			long ended = now();
			add(new Entry.Ended(this.id, ended, job, run.token(), run.isLockHeld()));
			if (SimulatedJobs.isPublisher(job) && this.chance.nextInt(RARE) == 0) {
				throw new IllegalStateException("Some of them fail");
			}
		}
		finally {
			this.running--;
		}
	}

	/**
	 * Return how long a run takes: sometimes longer than it may.
	 */
	private Duration length(String job) {
		Duration length = SimulatedJobs.workOf(job);
		return (job.equals(SimulatedJobs.MONO) && this.chance.nextInt(RARE) == 0) ? length.multipliedBy(3) : length;
	}

	private void pause(String job, long nanos) throws InterruptedException {
		try {
			this.machine.sleep(Duration.ofNanos(nanos));
		}
		catch (InterruptedException ex) {
			if (!isDeaf(job)) {
				throw ex;
			}
		}
	}

	/**
	 * It may have been interrupted while it waited to hear of its lock.
	 */
	private void listen(String job) throws InterruptedException {
		if (Thread.currentThread().isInterrupted() && !isDeaf(job)) {
			throw new InterruptedException();
		}
	}

	private boolean isDeaf(String job) {
		return SimulatedJobs.isPublisher(job) ? this.simulation.flaw() == Flaw.NO_CANCEL
				: job.equals(SimulatedJobs.SLOW);
	}

}
