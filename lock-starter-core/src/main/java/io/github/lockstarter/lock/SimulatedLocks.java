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

import java.time.temporal.ChronoUnit;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

import org.redisson.client.RedisConnectionException;

import io.github.lockstarter.internal.time.TimeSource;
import io.github.lockstarter.internal.time.VirtualMachine;

/**
 * Locks in memory that the servers of a simulation share, in place of a Redis. They
 * expire by a clock of their own, answer at once, and may be out of reach.
 *
 * @since 0.1.0
 */
public final class SimulatedLocks {

	private final Memory memory;

	private boolean reachable = true;

	/**
	 * Create locks that nobody holds.
	 * @param time the time of the locks
	 */
	public SimulatedLocks(TimeSource time) {
		this.memory = new Memory(() -> time.now().truncatedTo(ChronoUnit.MICROS), true);
	}

	/**
	 * Return the locks of a server.
	 * @param settings its settings
	 * @param server where it runs
	 * @return the locks
	 */
	public JobLocks locks(LockSettings settings, VirtualMachine server) {
		return new JobLocks(new Store(settings, server), settings, server);
	}

	/**
	 * Let them be out of reach from now on, or answer again. What is kept stays.
	 * @param reachable whether they answer
	 */
	public void reachable(boolean reachable) {
		this.reachable = reachable;
	}

	/**
	 * The locks as one server sees them.
	 */
	private final class Store extends InMemoryLockStore {

		private final VirtualMachine server;

		Store(LockSettings settings, VirtualMachine server) {
			super(settings, SimulatedLocks.this.memory);
			this.server = server;
		}

		@Override
		<T> CompletableFuture<T> run(Supplier<T> script) {
			if (!this.server.isAlive()) {
				// Nobody is there who could ask, or hear an answer
				return new CompletableFuture<>();
			}
			return SimulatedLocks.this.reachable ? super.run(script)
					: CompletableFuture.failedFuture(new RedisConnectionException("the simulation says so"));
		}

		@Override
		public String describe() {
			return "a simulated Redis";
		}

	}

}
