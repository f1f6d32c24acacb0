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
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;

import io.github.lockstarter.lock.Flaw;
import io.github.lockstarter.proof.checker.Violation;
import io.github.lockstarter.simulation.Simulation.Played;

/**
 * Many plays, on all processors: each play is for one of them.
 */
final class Plays {

	private final Flaw flaw;

	private final Coverage coverage = new Coverage();

	private final List<Played> violated = new ArrayList<>();

	private final AtomicLong next;

	private long plays;

	private long ticks;

	private long faults;

	private Throwable failure;

	private Plays(long firstSeed, Flaw flaw) {
		this.next = new AtomicLong(firstSeed);
		this.flaw = flaw;
	}

	/**
	 * Play seeds, one after the other.
	 * @param firstSeed the first one
	 * @param flaw what is wrong with Redis
	 * @param goOn asked before each play
	 * @return what came of them
	 */
	static Plays of(long firstSeed, Flaw flaw, BooleanSupplier goOn) throws InterruptedException {
		Plays plays = new Plays(firstSeed, flaw);
		List<Thread> threads = new ArrayList<>();
		for (int i = 0; i < Runtime.getRuntime().availableProcessors(); i++) {
			Thread thread = new Thread(() -> plays.play(goOn), "plays-" + i);
			thread.start();
			threads.add(thread);
		}
		for (Thread thread : threads) {
			thread.join();
		}
		if (plays.failure != null) {
			throw new IllegalStateException("A play has failed", plays.failure);
		}
		return plays;
	}

	/**
	 * Play seeds from the first one on, until one shows a violation.
	 * @param flaw what is wrong with Redis
	 * @param most how many are played at most
	 * @return what came of them
	 */
	static Plays untilViolated(Flaw flaw, int most) {
		Plays plays = new Plays(1, flaw);
		plays.play(() -> plays.violated.isEmpty() && plays.plays < most);
		return plays;
	}

	private void play(BooleanSupplier goOn) {
		Coverage coverage = new Coverage();
		while (goOn.getAsBoolean()) {
			long seed = this.next.getAndIncrement();
			try {
				add(Simulation.play(Scenario.of(seed), this.flaw, coverage));
			}
			catch (Throwable ex) {
				failed(new IllegalStateException("Seed " + seed, ex));
				break;
			}
		}
		add(coverage);
	}

	private synchronized void add(Played played) {
		this.plays++;
		this.ticks += played.ticks();
		this.faults += played.verdict().figures().faultCount();
		if (!played.isFine()) {
			this.violated.add(played);
		}
	}

	private synchronized void add(Coverage coverage) {
		this.coverage.add(coverage);
	}

	private synchronized void failed(Throwable failure) {
		this.failure = failure;
	}

	List<Played> violated() {
		return this.violated;
	}

	List<Long> violatedSeeds() {
		return this.violated.stream().map((played) -> played.scenario().seed()).toList();
	}

	Coverage coverage() {
		return this.coverage;
	}

	long plays() {
		return this.plays;
	}

	long ticks() {
		return this.ticks;
	}

	long faults() {
		return this.faults;
	}

	/**
	 * Return what has happened too seldom: less than a thousand times in half a million
	 * ticks.
	 */
	Map<String, Long> rare() {
		return this.coverage.below(Math.max(1, this.ticks / 500));
	}

	/**
	 * Return what is wrong, and how to play it again, for a human.
	 */
	String report() {
		StringBuilder report = new StringBuilder();
		for (Played played : this.violated.subList(0, Math.min(3, this.violated.size()))) {
			Played small = Shrinking.shrink(played, this.flaw);
			report.append("seed %d: %d violations. Play it again: %s%n".formatted(played.scenario().seed(),
					played.verdict().violations().size(), small.scenario().command()));
			for (Violation violation : small.verdict().violations()) {
				report.append("  at %s: %s%n".formatted(Duration.ofNanos(violation.at()), violation));
			}
		}
		return report.toString();
	}

}
