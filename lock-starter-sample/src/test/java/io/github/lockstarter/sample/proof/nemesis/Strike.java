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

package io.github.lockstarter.sample.proof.nemesis;

import java.time.Duration;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;

import io.github.lockstarter.proof.history.Entry;
import io.github.lockstarter.sample.proof.servers.ProofServers;

/**
 * One fault, while it happens.
 */
final class Strike {

	private final Random random;

	private final ProofServers servers;

	private final String server;

	private final String target;

	private final Duration lease;

	private final long at = System.nanoTime();

	private long applied;

	private long healing;

	/**
	 * Begins a fault.
	 * @param server the name of the server that it befalls, if it befalls one
	 */
	Strike(Random random, ProofServers servers, String server, Duration lease) {
		this.random = random;
		this.servers = servers;
		this.server = server;
		this.target = servers.server(server).name();
		this.lease = lease;
	}

	String server() {
		return this.server;
	}

	ProofServers servers() {
		return this.servers;
	}

	Duration lease() {
		return this.lease;
	}

	/**
	 * Says that the fault is in effect.
	 */
	Strike applied() {
		this.applied = System.nanoTime();
		return this;
	}

	/**
	 * Lets the fault last for a while.
	 */
	void last(Duration from, Duration to) {
		if (this.applied == 0) {
			applied();
		}
		sleep(from.plusMillis(this.random.nextLong(to.minus(from).toMillis() + 1)));
		this.healing = System.nanoTime();
	}

	int any(int bound) {
		return this.random.nextInt(bound);
	}

	static void sleep(Duration time) {
		long end = System.nanoTime() + time.toNanos();
		for (long left = time.toNanos(); left > 0; left = end - System.nanoTime()) {
			LockSupport.parkNanos(left);
		}
	}

	Entry.Fault end(FaultKind kind) {
		long end = System.nanoTime();
		String successor = this.servers.server(this.server).name();
		String silences = switch (kind.silences()) {
			case NOBODY -> "";
			case TARGET -> this.target;
			case SOME -> Entry.Fault.SOME;
			case ALL -> "*";
		};
		return new Entry.Fault(Entry.TEST, this.at, (this.applied != 0) ? this.applied : this.at,
				(this.healing != 0) ? this.healing : end, end, kind.name(), kind.hasTarget() ? this.target : "",
				kind.hasTarget() && !successor.equals(this.target) ? successor : "", silences, kind.stops(),
				kind.forgets());
	}

}
