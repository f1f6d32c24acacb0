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

import java.util.Comparator;
import java.util.List;

import io.github.lockstarter.proof.checker.Violation.Invariant;

/**
 * No more runs than the schedule allows where servers share no ticks. The times are those
 * at which Redis granted, which the tokens follow; that no token is ahead of its run is
 * checked, too.
 */
final class ExtraRunRules {

	/** Redis writes down milliseconds, and tokens are microseconds. */
	private static final double MILLISECOND = 1;

	private final Facts facts;

	private final Findings findings;

	ExtraRunRules(Facts facts, Findings findings) {
		this.facts = facts;
		this.findings = findings;
	}

	void check() {
		for (Rules.Job job : this.facts.rules.jobs()) {
			List<Run> runs = this.facts.runs(job.name()).stream().sorted(Comparator.comparingLong(Run::token)).toList();
			for (Run run : runs) {
				if (run.token() / 1000.0 > this.facts.latestRedisMillis(this.facts.rules.acquireTimeout(), run.at())
						+ 1) {
					extra(job, null, run, "its token is ahead of Redis's clock");
				}
			}
			if (job.kind() == Rules.Kind.CRON) {
				runs.stream()
					.filter((run) -> !this.facts.hasTick(job, run.server(), run.tick()))
					.forEach((run) -> extra(job, null, run, "its server has no such tick"));
			}
			for (int i = 0; i + 1 < runs.size(); i++) {
				check(job, runs.get(i), runs.get(i + 1));
			}
		}
	}

	private void check(Rules.Job job, Run run, Run next) {
		double period = this.facts.shortestPeriod(job, run.at(), next.at()).toMillis();
		double tolerance = Math.min(Math.max(100, period / 100), period / 5);
		double gap = (next.token() - run.token()) / 1000.0;
		switch (job.kind()) {
			case CRON -> {
				if (!job.atLeast().isZero() && next.tick() - run.tick() < job.atLeast().toMillis()) {
					extra(job, run, next, "it was held for " + job.atLeast());
				}
			}
			case RATE -> {
				if (gap < period * 3 / 4 - tolerance - MILLISECOND) {
					extra(job, run, next, "%.0f ms after the last one".formatted(gap));
				}
			}
			case DELAY -> {
				double pause = next.token() / 1000.0 - ended(run);
				if (gap < period - tolerance - MILLISECOND
						|| hasToldItsEnd(run) && pause < period - tolerance - MILLISECOND) {
					extra(job, run, next, "%.0f ms after the start and %.0f ms after the end".formatted(gap, pause));
				}
			}
		}
	}

	/**
	 * Returns when a run ended on Redis's clock, at the earliest: when the method did, or
	 * when Redis had been told, if the clock was set back in between.
	 */
	private double ended(Run run) {
		double ended = this.facts.latestRedisMillis((run.end() != null) ? run.end().at() : run.at());
		return run.finishes()
			.stream()
			.mapToDouble((finished) -> this.facts.latestRedisMillis(finished.at()))
			.reduce(ended, Math::min);
	}

	/**
	 * Tells whether Redis knows when the run ended. It may not where it did not answer.
	 */
	private boolean hasToldItsEnd(Run run) {
		return run.isComplete() && !run.finishes().isEmpty() && run.finishes().get(0).outcome().equals("SUCCEEDED")
				&& !this.facts.isSilent(run.server(), run.end().at(), run.finishes().get(0).at());
	}

	private void extra(Rules.Job job, Run run, Run next, String why) {
		String text = "%s: %s, after %s".formatted(why, next, run);
		if (run != null && this.facts.forgotten(run, next).isPresent()) {
			this.findings.forgotten(Invariant.NO_EXTRA_RUN, job.name(), next.at(), text);
		}
		else {
			this.findings.violated(Invariant.NO_EXTRA_RUN, job.name(), next.at(), text);
		}
	}

}
