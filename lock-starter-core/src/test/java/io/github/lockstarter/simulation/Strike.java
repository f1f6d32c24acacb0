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
import java.util.SplittableRandom;

import io.github.lockstarter.proof.history.Entry;

/**
 * One fault, from its beginning to its end.
 */
final class Strike {

	private final Simulation simulation;

	private final Process victim;

	private final SplittableRandom chance;

	private final Runnable over;

	private final long at;

	private long applied;

	private long healing;

	private String silences = "";

	private String successor = "";

	private boolean isOfRedis = true;

	private boolean stops;

	private boolean forgets;

	Strike(Simulation simulation, Process victim, SplittableRandom chance, Runnable over) {
		this.simulation = simulation;
		this.victim = victim;
		this.chance = chance;
		this.over = over;
		this.applied = simulation.time().nanos();
		// Before whatever it does
		this.at = this.applied - 1;
	}

	/**
	 * Return whom it befalls, if it is none of Redis.
	 */
	Process victim() {
		this.isOfRedis = false;
		return this.victim;
	}

	/**
	 * It befalls nobody.
	 */
	Strike ofRedis() {
		this.isOfRedis = true;
		return this;
	}

	SplittableRandom chance() {
		return this.chance;
	}

	Duration between(Duration from, Duration to) {
		return Duration.ofNanos(this.chance.nextLong(from.toNanos(), to.toNanos()));
	}

	/**
	 * It has an effect from now on only.
	 */
	Strike applies() {
		this.applied = this.simulation.time().nanos();
		return this;
	}

	/**
	 * It is undone now, and may still be felt.
	 */
	void heals() {
		this.healing = this.simulation.time().nanos();
	}

	Strike stops() {
		this.stops = true;
		return this;
	}

	Strike forgets() {
		this.forgets = true;
		return this;
	}

	Strike silencesAll() {
		this.silences = "*";
		return this;
	}

	Strike silencesSome() {
		this.silences = Entry.Fault.SOME;
		return this;
	}

	Strike silencesVictim() {
		this.silences = victim().id();
		return this;
	}

	void succeeded(Process successor) {
		this.successor = successor.id();
	}

	void after(Duration delay, Runnable action) {
		this.simulation.time().after(delay, action);
	}

	/**
	 * Something stood still until now.
	 */
	void hiccup(String source, Duration duration) {
		this.simulation.add(new Entry.Hiccup(source, this.simulation.time().nanos(), duration.toNanos()));
	}

	/**
	 * Nothing has happened.
	 */
	void isNone() {
		this.over.run();
	}

	void end(String kind) {
		long now = this.simulation.time().nanos();
		this.simulation.coverage().accept("fault", kind);
		this.simulation
			.add(new Entry.Fault(Entry.TEST, this.at, this.applied, (this.healing > 0) ? this.healing : now, now, kind,
					this.isOfRedis ? "" : this.victim.id(), this.successor, this.silences, this.stops, this.forgets));
		this.over.run();
	}

}
