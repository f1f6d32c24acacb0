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
package io.github.lockstarter.test;

import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

import org.jspecify.annotations.Nullable;

import org.springframework.util.Assert;

import io.github.lockstarter.JobRun;
import io.github.lockstarter.RedisUnavailablePolicy;
import io.github.lockstarter.internal.time.VirtualMachine;
import io.github.lockstarter.internal.time.VirtualTime;
import io.github.lockstarter.lock.LockSettings;
import io.github.lockstarter.lock.SimulatedLocks;
import io.github.lockstarter.run.RunSettings;
import io.github.lockstarter.run.SimulatedServer;

/**
 * The servers of a {@link JobSimulation}, and what happens to them.
 */
final class SimulatedServers {

	private static final String NAMESPACE = "simulation";

	/** How late threads come. */
	private static final Duration LATENESS = Duration.ofMillis(1);

	/** How long before the beginning servers are started. */
	private static final Duration BEFORE = Duration.ofSeconds(1);

	/** How long after the end they go on, for ticks that wait. */
	private static final Duration AFTER = Duration.ofMinutes(1);

	private static final Duration DAY = Duration.ofDays(1);

	/** More than there are jobs, so that none waits for another. */
	private static final int THREADS = 100;

	private static final Duration LEASE = Duration.ofSeconds(60);

	private static final Duration ACQUIRE_TIMEOUT = Duration.ofSeconds(2);

	private static final Duration MAX_CLOCK_SKEW = Duration.ofMinutes(1);

	private static final Duration RETRY_WITHIN = Duration.ofMinutes(1);

	private final JobSimulation simulation;

	private final SimulatedServer.Declared jobs;

	private final VirtualTime time;

	private final List<SimulatedLocks> locks;

	private final RandomGenerator lengths;

	private final RunLog log;

	private final List<Server> servers = new ArrayList<>();

	private @Nullable RuntimeException failure;

	private SimulatedServers(JobSimulation simulation, SimulatedServer.Declared jobs, VirtualTime time) {
		this.simulation = simulation;
		this.jobs = jobs;
		this.time = time;
		this.lengths = time.random("lengths");
		this.log = new RunLog(this::now);
		this.locks = IntStream.range(0, simulation.areLocksApart() ? simulation.servers() : 1)
			.mapToObj((i) -> new SimulatedLocks(new VirtualMachine(time, "redis")))
			.toList();
		RandomGenerator clocks = time.random("clocks");
		long error = simulation.clockError().toNanos();
		for (int i = 0; i < simulation.servers(); i++) {
			this.servers.add(new Server(i, Duration.ofNanos(clocks.nextLong(-error, error + 1))));
		}
	}

	/**
	 * Play a simulation.
	 */
	static SimulationResult play(JobSimulation simulation, SimulatedServer.Declared jobs, JobSimulation.Window window) {
		Duration error = simulation.clockError();
		try (VirtualTime time = new VirtualTime(window.from().minus(BEFORE).minus(error), simulation.seed())) {
			SimulatedServers servers = new SimulatedServers(simulation, jobs, time);
			List<SimulatedServer.Planned> planned = servers.servers.get(0).create().planned();
			Assert.state(!planned.isEmpty(), () -> jobs.type().getName()
					+ " has no method with @DistributedScheduled, so there is nothing to play");
			servers.play(window.to().plus(AFTER).plus(error));
			return new SimulationReport(window, planned, servers.log).result();
		}
	}

	/**
	 * Return what holds for all runs of a server.
	 */
	static RunSettings settings(String server) {
		return new RunSettings(NAMESPACE, server, LEASE, Duration.ZERO, Duration.ZERO, RedisUnavailablePolicy.RETRY,
				RETRY_WITHIN, true);
	}

	private void play(Instant end) {
		this.servers.forEach(Server::settle);
		this.simulation.down().forEach((window) -> this.servers.forEach((server) -> {
			at(window.from(), server::leave);
			at(window.to(), server::comeBack);
		}));
		this.simulation.crashes().forEach((window) -> at(window.from(), () -> crash(window.to())));
		this.simulation.redisDown().forEach((window) -> {
			at(window.from(), () -> this.locks.forEach((locks) -> locks.reachable(false)));
			at(window.to(), () -> this.locks.forEach((locks) -> locks.reachable(true)));
		});
		this.simulation.deployments().forEach(this::planNext);
		while (now().isBefore(end)) {
			Duration left = Duration.between(now(), end);
			pass((left.compareTo(DAY) < 0) ? left : DAY);
		}
		this.servers.forEach(Server::drain);
		while (this.log.isRunning()) {
			pass(AFTER);
		}
	}

	private void pass(Duration duration) {
		this.time.pass(duration);
		if (this.failure != null) {
			throw new IllegalStateException("Nobody says how long a run takes", this.failure);
		}
	}

	private void at(Instant time, Runnable action) {
		this.time.after(Duration.between(now(), time), action);
	}

	private void crash(Instant to) {
		for (Server server : this.servers) {
			if (this.log.isRunning(server.id)) {
				server.crash();
				at(to, server::comeBack);
			}
		}
	}

	private void planNext(JobSimulation.Deployment deployment) {
		ZonedDateTime next = deployment.cron().next(now().atZone(this.simulation.zone()));
		if (next != null) {
			at(next.toInstant(), () -> {
				deploy(deployment.downtime(), 0);
				planNext(deployment);
			});
		}
	}

	private void deploy(Duration downtime, int index) {
		if (index < this.servers.size()) {
			Server server = this.servers.get(index);
			server.leave();
			server.whenGone(() -> this.time.after(downtime, () -> {
				server.comeBack();
				deploy(downtime, index + 1);
			}));
		}
	}

	private Instant now() {
		return this.time.start().plusNanos(this.time.nanos());
	}

	private Duration length(JobRun run) {
		try {
			return this.simulation.length(run, this.lengths);
		}
		catch (RuntimeException ex) {
			this.failure = ex;
			throw ex;
		}
	}

	/**
	 * One server, which may be there or not, each time as another process.
	 */
	private final class Server {

		private final int index;

		private final Duration clockError;

		private final List<Runnable> whenGone = new ArrayList<>();

		private String id;

		private int starts;

		private VirtualMachine machine;

		private @Nullable SimulatedServer process;

		private boolean isEnding;

		/** For how many reasons it is not to be there. */
		private int reasonsToLeave;

		Server(int index, Duration clockError) {
			this.index = index;
			this.clockError = clockError;
			this.id = name();
			this.machine = machine();
		}

		private String name() {
			String name = "server-" + (this.index + 1);
			return (this.starts > 1) ? name + "." + this.starts : name;
		}

		private VirtualMachine machine() {
			VirtualMachine machine = new VirtualMachine(SimulatedServers.this.time, this.id, LATENESS);
			machine.setClock(this.clockError);
			return machine;
		}

		SimulatedServer create() {
			VirtualMachine machine = this.machine;
			SimulatedLocks locks = SimulatedServers.this.locks.get(this.index % SimulatedServers.this.locks.size());
			LockSettings lockSettings = new LockSettings(NAMESPACE, "", this.id, ACQUIRE_TIMEOUT, MAX_CLOCK_SKEW, 0,
					Duration.ZERO, 0);
			RunLog log = SimulatedServers.this.log;
			return new SimulatedServer(machine, settings(this.id), locks.locks(lockSettings, machine), THREADS,
					SimulatedServers.this.jobs, (run) -> log.run(run, () -> {
						Duration length = length(run);
						if (!length.isZero()) {
							machine.sleep(length);
						}
					}), (event) -> {
						if (machine.isAlive()) {
							log.told(event);
						}
					});
		}

		void leave() {
			this.reasonsToLeave++;
			settle();
		}

		void comeBack() {
			this.reasonsToLeave--;
			settle();
		}

		/**
		 * Come or go, as it should be by now.
		 */
		void settle() {
			SimulatedServer process = this.process;
			if (process == null && this.reasonsToLeave == 0) {
				start();
			}
			else if (process != null && this.reasonsToLeave > 0 && !this.isEnding) {
				this.isEnding = true;
				VirtualMachine machine = this.machine;
				machine.execute(() -> stop(process, machine));
			}
		}

		private void start() {
			this.starts++;
			this.id = name();
			this.machine = machine();
			SimulatedServer process = create();
			this.process = process;
			this.machine.execute(process::start);
		}

		private void stop(SimulatedServer process, VirtualMachine machine) {
			try {
				process.stop();
			}
			catch (InterruptedException ex) {
				throw new IllegalStateException(ex);
			}
			machine.die();
			gone();
		}

		void crash() {
			this.reasonsToLeave++;
			this.machine.die();
			gone();
		}

		private void gone() {
			SimulatedServers.this.log.died(this.id);
			this.process = null;
			this.isEnding = false;
			List<Runnable> actions = List.copyOf(this.whenGone);
			this.whenGone.clear();
			actions.forEach(Runnable::run);
			settle();
		}

		/**
		 * Do something as soon as this server is not there.
		 */
		void whenGone(Runnable action) {
			if (this.process == null) {
				action.run();
			}
			else {
				this.whenGone.add(action);
			}
		}

		void drain() {
			if (this.process != null) {
				this.process.drain(true);
			}
		}

	}

}
