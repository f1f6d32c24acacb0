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

package io.github.lockstarter.proof.checker;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.ToIntFunction;

import io.github.lockstarter.proof.checker.Violation.Invariant;
import io.github.lockstarter.proof.history.Entry;

/**
 * Every run has one end, what the library tells agrees with what the bodies did, and
 * nothing is left behind.
 */
final class EndRules {

	private static final long SETTLED = TimeUnit.SECONDS.toNanos(10);

	/** What a thread may take that is not measured. */
	private static final long GRACE = TimeUnit.MILLISECONDS.toNanos(250);

	/** More than what comes and goes by itself, and less than one for each tick. */
	private static final int THREADS = 16;

	/**
	 * More than the pools of a client, and the connections that a fault leaves to the
	 * system for a while.
	 */
	private static final int DESCRIPTORS = 32;

	private final Facts facts;

	private final Findings findings;

	EndRules(Facts facts, Findings findings) {
		this.facts = facts;
		this.findings = findings;
	}

	void check() {
		this.facts.allRuns().forEach(this::oneEnd);
		this.facts.allRuns().forEach(this::stopped);
		this.facts.rules.jobs().forEach((job) -> this.facts.runs(job.name()).forEach((run) -> timeout(job, run)));
		for (Entry orphan : this.facts.orphans()) {
			this.findings.violated(Invariant.ONE_END, "", orphan.at(), "it belongs to no run: " + orphan);
		}
		for (Entry.Keys keys : this.facts.keys) {
			if (keys.withoutEnd() > 0) {
				this.findings.violated(Invariant.NO_LEAK, "", keys.at(),
						"%d of %d keys never expire".formatted(keys.withoutEnd(), keys.keys()));
			}
		}
		this.facts.ups.forEach((up) -> {
			noMore(up, "threads", Entry.Vitals::threads, THREADS);
			noMore(up, "open files and connections", Entry.Vitals::descriptors, DESCRIPTORS);
		});
	}

	private void oneEnd(Run run) {
		List<Entry.Finished> finishes = run.finishes();
		if (finishes.isEmpty()) {
			Entry.Down down = this.facts.down(run.server());
			if (down == null || !down.killed()) {
				this.findings.violated(Invariant.ONE_END, run.job(), run.at(), "its end was not told: " + run);
			}
			return;
		}
		String outcome = finishes.get(0).outcome();
		if (finishes.size() > 1) {
			this.findings.violated(Invariant.ONE_END, run.job(), run.at(), "it has several ends: " + finishes);
		}
		boolean succeeded = outcome.equals("SUCCEEDED");
		if (succeeded && (run.end() == null || run.lost() != null)
				|| run.lost() != null && !outcome.equals("LOCK_LOST")) {
			this.findings.violated(Invariant.ONE_END, run.job(), run.at(),
					"it is said to have ended as %s: %s, %s, %s".formatted(outcome, run, run.end(), run.lost()));
		}
	}

	/**
	 * What is told to stop is not said to have ended before it has, also a publisher.
	 */
	private void stopped(Run run) {
		if (!run.finishes().isEmpty() && run.lastDone() > run.finishes().get(0).at()) {
			this.findings.violated(Invariant.ONE_END, run.job(), run.at(),
					"it went on after it was said to have ended as %s: %s".formatted(run.finishes().get(0).outcome(),
							run));
		}
	}

	/**
	 * The time of a run counts from when it was granted at the earliest, and not while
	 * its server stands still.
	 */
	private void timeout(Rules.Job job, Run run) {
		long timeout = job.timeout().toNanos();
		if (run.isTimedOut()
				&& (timeout == 0 || run.finishes().get(0).at() < this.facts.granted(run) + timeout - GRACE)) {
			this.findings.violated(Invariant.ONE_END, run.job(), run.at(), "its time was not over: " + run);
		}
		long took = run.lastDone() - run.at() - this.facts.ownStall(run.server(), run.at(), run.lastDone());
		if (timeout > 0 && took > timeout + GRACE) {
			this.findings.violated(Invariant.ONE_END, run.job(), run.at(),
					"it went on for %d ms: %s".formatted(TimeUnit.NANOSECONDS.toMillis(took), run));
		}
	}

	/**
	 * Compares what a server has at its end, or at the end of all, with what it had when
	 * it was young.
	 */
	private void noMore(Entry.Up up, String what, ToIntFunction<Entry.Vitals> count, int bound) {
		List<Entry.Vitals> vitals = this.facts.vitals.stream()
			.filter((entry) -> entry.server().equals(up.server()) && entry.at() > up.at() + SETTLED)
			.toList();
		if (vitals.size() < 20) {
			return;
		}
		int young = vitals.subList(0, 5).stream().mapToInt(count).max().orElseThrow();
		int old = vitals.subList(vitals.size() - 5, vitals.size()).stream().mapToInt(count).min().orElseThrow();
		if (old > young + bound) {
			this.findings.violated(Invariant.NO_LEAK, "", vitals.get(vitals.size() - 1).at(),
					"%s has %d %s, and had %d".formatted(up.server(), old, what, young));
		}
	}

}
