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

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What the checker found.
 *
 * @param violations what must not happen, and did
 * @param forgotten what would be a violation, had Redis not lost what it knew in between
 * @param figures what there was to judge
 */
public record Verdict(List<Violation> violations, List<Violation> forgotten, Figures figures) {

	/**
	 * Tells whether everything holds.
	 */
	public boolean isGood() {
		return this.violations.isEmpty();
	}

	/**
	 * Returns what does not hold for a job.
	 * @param job the name of the job
	 * @return each once
	 */
	public Set<Violation.Invariant> brokenFor(String job) {
		return this.violations.stream()
			.filter((violation) -> violation.job().equals(job))
			.map(Violation::invariant)
			.collect(Collectors.toSet());
	}

	/**
	 * What there was to judge.
	 *
	 * @param ticks due ticks of cron jobs
	 * @param quiet those of them that were due while nothing was wrong
	 * @param run those that were run
	 * @param runs runs of all jobs
	 * @param lost runs that lost their lock
	 * @param stale runs that began when their trust had ended already: they were told so
	 * @param written values that the register took
	 * @param refused values that the register refused
	 * @param faults faults by their kind
	 * @param skips skips by their reason
	 * @param reruns ticks of a server that was killed which another one ran again
	 * @param longestTakeOver from the death of a server to the next run of what it did
	 * @param longestHeal from the end of a fault to the last job that goes on
	 * @param longestHiccup for how long a process or Redis stood still by itself
	 */
	public record Figures(int ticks, int quiet, int run, int runs, int lost, int stale, int written, int refused,
			Map<String, Long> faults, Map<String, Long> skips, int reruns, Duration longestTakeOver,
			Duration longestHeal, Duration longestHiccup) {

		/**
		 * Returns how many faults there were.
		 */
		public long faultCount() {
			return this.faults.values().stream().mapToLong(Long::longValue).sum();
		}

	}

}
