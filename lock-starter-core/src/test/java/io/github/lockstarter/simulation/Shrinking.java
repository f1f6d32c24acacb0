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
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.IntStream;

import io.github.lockstarter.lock.Flaw;
import io.github.lockstarter.proof.checker.Violation.Invariant;
import io.github.lockstarter.simulation.Simulation.Played;

/**
 * Makes a play that shows a violation as small as it can be: few faults, little time, few
 * servers.
 */
final class Shrinking {

	private final Flaw flaw;

	private final Invariant invariant;

	private Played smallest;

	private Shrinking(Played played, Flaw flaw) {
		this.smallest = played;
		this.flaw = flaw;
		this.invariant = played.verdict().violations().get(0).invariant();
	}

	/**
	 * Return the smallest play that shows the first violation of another one.
	 */
	static Played shrink(Played played, Flaw flaw) {
		Shrinking shrinking = new Shrinking(played, flaw);
		shrinking.fewerFaults();
		shrinking.lessTime();
		shrinking.fewerServers();
		return shrinking.smallest;
	}

	/**
	 * Leave out halves, quarters and so on of the faults, and at last one by one for as
	 * long as one can be left out.
	 * @see <a href="https://doi.org/10.1109/32.988498">Zeller and Hildebrandt,
	 * Simplifying and Isolating Failure-Inducing Input</a>
	 */
	private void fewerFaults() {
		int most = (int) this.smallest.scenario().duration().toSeconds() * 4;
		List<Integer> faults = IntStream.range(0, most).boxed().toList();
		for (int part = most / 2; part > 0;) {
			List<Integer> less = without(faults, part);
			if (part > 1 || less.size() == faults.size()) {
				part /= 2;
			}
			faults = less;
		}
	}

	private List<Integer> without(List<Integer> faults, int part) {
		List<Integer> left = faults;
		for (int from = 0; from < left.size();) {
			List<Integer> less = new ArrayList<>(left);
			less.subList(from, Math.min(from + part, less.size())).clear();
			Scenario scenario = this.smallest.scenario();
			if (shows(new Scenario(scenario.seed(), scenario.servers(), scenario.duration(), new TreeSet<>(less)))) {
				left = less;
			}
			else {
				from += part;
			}
		}
		return left;
	}

	private void lessTime() {
		Predicate<Duration> shorter = (duration) -> {
			Scenario scenario = this.smallest.scenario();
			return shows(new Scenario(scenario.seed(), scenario.servers(), duration, scenario.faults()));
		};
		for (Duration duration = this.smallest.scenario().duration(); duration.toSeconds() > 5
				&& shorter.test(duration.minusSeconds(5)); duration = duration.minusSeconds(5)) {
			// It was long enough
		}
	}

	private void fewerServers() {
		Scenario scenario = this.smallest.scenario();
		for (int servers = 1; servers < scenario.servers(); servers++) {
			if (shows(new Scenario(scenario.seed(), servers, scenario.duration(), scenario.faults()))) {
				return;
			}
		}
	}

	private boolean shows(Scenario scenario) {
		Played played = Simulation.play(scenario, this.flaw, new Coverage());
		boolean shows = played.verdict()
			.violations()
			.stream()
			.anyMatch((violation) -> violation.invariant() == this.invariant);
		if (shows) {
			this.smallest = played;
		}
		return shows;
	}

}
