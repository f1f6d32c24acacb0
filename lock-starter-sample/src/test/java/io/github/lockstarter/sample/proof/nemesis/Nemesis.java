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
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

import io.github.lockstarter.proof.checker.Rules;
import io.github.lockstarter.proof.history.Entry;
import io.github.lockstarter.proof.history.HistoryFile;
import io.github.lockstarter.sample.proof.servers.Jobs;
import io.github.lockstarter.sample.proof.servers.ProofServers;
import io.github.lockstarter.sample.proof.servers.Register;

/**
 * Lets faults happen, one after the other: all kinds in an order that a seed gives, and
 * then again in another one. Between two of them it waits until the jobs go on, and for
 * some ticks more, in which nothing is wrong. Whether they go on in time is not its
 * business.
 */
public final class Nemesis {

	/** Far longer than the checker lets it be. */
	private static final Duration PATIENCE = Duration.ofSeconds(30);

	private static final Duration POLL = Duration.ofMillis(50);

	private final Random random;

	private final List<FaultKind> kinds = new ArrayList<>(FaultKind.ofServers());

	private final ProofServers servers;

	private final Register register;

	private final HistoryFile history;

	private final Rules rules;

	/**
	 * Creates a nemesis.
	 * @param seed what gives the order
	 * @param layout the Redis that faults happen to
	 * @param servers the servers that faults happen to
	 * @param register knows who runs
	 * @param history where faults are written down
	 * @param rules which jobs there are
	 */
	public Nemesis(long seed, Layout layout, ProofServers servers, Register register, HistoryFile history,
			Rules rules) {
		this.random = new Random(seed);
		if (layout instanceof Layout.Single single) {
			this.kinds.addAll(FaultKind.of(single));
		}
		else if (layout instanceof Layout.Sentinel sentinel) {
			this.kinds.addAll(FaultKind.of(sentinel));
		}
		else if (layout instanceof Layout.Cluster cluster) {
			this.kinds.addAll(FaultKind.of(cluster));
		}
		this.servers = servers;
		this.register = register;
		this.history = history;
		this.rules = rules;
	}

	/**
	 * Lets each fault that befalls one server or Redis happen once.
	 * @param quiet for how long nothing is wrong between two of them
	 * @param names of the faults; all if there are none
	 * @throws Exception when a fault cannot be done
	 */
	public void each(Duration quiet, String... names) throws Exception {
		for (FaultKind kind : shuffled(this.kinds)) {
			if (names.length == 0 || List.of(names).contains(kind.name())) {
				happen(kind, quiet);
			}
		}
	}

	/**
	 * Lets faults happen until time is over.
	 * @param time for how long
	 * @param quiet for how long nothing is wrong between two of them
	 * @throws Exception when a fault cannot be done
	 */
	public void all(Duration time, Duration quiet) throws Exception {
		long end = System.nanoTime() + time.toNanos();
		List<FaultKind> all = new ArrayList<>(this.kinds);
		all.addAll(FaultKind.ofManyServers());
		while (true) {
			for (FaultKind kind : shuffled(all)) {
				if (System.nanoTime() - end > 0) {
					return;
				}
				happen(kind, quiet);
			}
		}
	}

	private List<FaultKind> shuffled(List<FaultKind> kinds) {
		List<FaultKind> shuffled = new ArrayList<>(kinds);
		Collections.shuffle(shuffled, this.random);
		return shuffled;
	}

	private void happen(FaultKind kind, Duration quiet) throws Exception {
		String victim = victim(kind);
		Strike strike = new Strike(this.random, this.servers, victim, this.rules.lease());
		kind.act().happen(strike);
		Entry.Fault fault = strike.end(kind);
		this.history.add(fault);
		System.out.printf("proof: %s %s, %d ms%n", kind, fault.target(), (fault.end() - fault.at()) / 1_000_000);
		awaitAllJobs(fault.end());
		Strike.sleep(quiet);
	}

	/**
	 * Three times of four the one that runs a job which takes long: what happens to
	 * nobody who holds a lock proves little. Whoever is killed runs the job whose ticks
	 * are run again.
	 */
	private String victim(FaultKind kind) {
		List<String> names = this.servers.names();
		String any = names.get(this.random.nextInt(names.size()));
		boolean fatal = kind.name().equals("kill");
		String job = (fatal || this.random.nextInt(3) == 0) ? Jobs.AGAIN : Jobs.SLOW;
		if (this.random.nextInt(4) == 0 && !fatal) {
			return any;
		}
		long end = System.nanoTime() + PATIENCE.toNanos();
		while (this.register.runner(job).isEmpty() && System.nanoTime() - end < 0) {
			Strike.sleep(POLL);
		}
		String runner = this.register.runner(job).orElse(any);
		return names.stream().filter((name) -> runner.startsWith(name)).findFirst().orElseThrow();
	}

	private void awaitAllJobs(long since) {
		long end = System.nanoTime() + PATIENCE.toNanos();
		while (System.nanoTime() - end < 0
				&& !this.rules.jobs().stream().allMatch((job) -> this.register.hasBegun(job.name(), since))) {
			Strike.sleep(POLL);
		}
	}

}
