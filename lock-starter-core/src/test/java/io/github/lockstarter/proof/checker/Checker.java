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
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;

import io.github.lockstarter.proof.history.Entry;
import io.github.lockstarter.proof.history.History;

/**
 * From a history to a verdict. The same history has the same verdict.
 */
public final class Checker {

	private Checker() {
	}

	/**
	 * Judges a history.
	 * @param history what happened
	 * @param rules what it is judged by
	 * @return the verdict
	 */
	public static Verdict check(History history, Rules rules) {
		Facts facts = new Facts(history, rules);
		Findings findings = new Findings();
		new SafetyRules(facts, findings).check();
		new ExtraRunRules(facts, findings).check();
		new EndRules(facts, findings).check();
		new AgreementRules(facts, findings).check();
		RecoveryRules recovery = new RecoveryRules(facts, findings);
		recovery.check();
		TickRules ticks = new TickRules(facts, findings, recovery.quiet());
		ticks.check();
		return new Verdict(List.copyOf(findings.violations), List.copyOf(findings.forgotten),
				figures(facts, recovery, ticks));
	}

	private static Verdict.Figures figures(Facts facts, RecoveryRules recovery, TickRules ticks) {
		List<Run> runs = facts.allRuns();
		return new Verdict.Figures(ticks.due(), ticks.quiet(), ticks.run(), runs.size(),
				(int) runs.stream().filter((run) -> run.lost() != null).count(),
				(int) runs.stream().filter(Run::isStale).count(),
				(int) facts.written.stream().filter(Entry.Written::accepted).count(),
				(int) facts.written.stream().filter((written) -> !written.accepted()).count(),
				count(facts.faults, Entry.Fault::kind), count(facts.skips, Entry.Skipped::reason), recovery.reruns(),
				recovery.longestTakeOver(), recovery.longestHeal(), Duration.ofNanos(facts.longestHiccup()));
	}

	private static <T> Map<String, Long> count(List<T> all, Function<T, String> by) {
		return all.stream().collect(Collectors.groupingBy(by, TreeMap::new, Collectors.counting()));
	}

}
