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

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import io.github.lockstarter.proof.checker.Violation.Invariant;
import io.github.lockstarter.proof.history.Entry;

/**
 * What an operator is shown is what happened: the history on Redis and the counters of
 * each process agree with what the processes wrote down themselves.
 */
final class AgreementRules {

	/** A run that ended just before Redis was asked may not be there yet. */
	private static final long MOMENT = TimeUnit.SECONDS.toNanos(1);

	/** A server tells of itself every ten seconds. */
	private static final long HEARD = TimeUnit.SECONDS.toNanos(11);

	/**
	 * In microseconds, as tokens are: a server that has just started cannot say when it
	 * gives up.
	 */
	private static final long LATEST_COPY = TimeUnit.SECONDS.toMicros(3);

	private final Facts facts;

	private final Findings findings;

	AgreementRules(Facts facts, Findings findings) {
		this.facts = facts;
		this.findings = findings;
	}

	void check() {
		this.facts.named.stream().collect(Collectors.groupingBy(Entry.Named::id)).values().forEach(this::isOne);
		if (!this.facts.remembered.isEmpty()) {
			this.facts.rules.jobs().forEach(this::history);
		}
		Stream
			.concat(this.facts.counted.stream().map(Entry.Counted::server),
					this.facts.listed.stream().filter(Entry.Listed::ended).map(Entry.Listed::server))
			.distinct()
			.forEach(this::counters);
		if (!this.facts.listed.isEmpty()) {
			this.facts.named.forEach(this::listed);
		}
	}

	private void isOne(List<Entry.Named> those) {
		if (those.size() > 1) {
			this.findings.violated(Invariant.AGREEMENT, "", those.get(1).at(), "two processes have one name: " + those);
		}
	}

	private void history(Rules.Job job) {
		Map<Long, Run> runs = new HashMap<>();
		this.facts.runs(job.name()).forEach((run) -> runs.put(run.token(), run));
		Set<Long> there = new HashSet<>();
		List<Entry.Remembered> remembered = this.facts.remembered.stream()
			.filter((entry) -> entry.job().equals(job.name()))
			.toList();
		for (Entry.Remembered entry : remembered) {
			if (!there.add(entry.token())) {
				differs(job, entry.at(), "Redis remembers it twice: " + entry);
			}
			check(job, entry, runs.get(entry.token()));
		}
		// What Redis forgot is not missing, nor what is older than the oldest that it
		// remembers
		long asked = remembered.stream().mapToLong(Entry.Remembered::at).min().orElse(this.facts.end);
		long oldest = there.stream().mapToLong(Long::longValue).min().orElse(0);
		for (Run run : runs.values()) {
			if (run.token() > oldest && !there.contains(run.token()) && hasEnded(run, asked - MOMENT)
					&& this.facts.forgotten(run, asked).isEmpty() && !isInTrouble(run)) {
				differs(job, run.at(), "Redis does not remember it: " + run);
			}
		}
	}

	private void check(Rules.Job job, Entry.Remembered entry, Run run) {
		if (run == null) {
			// One that was granted, and whose server was killed before its first
			// instruction
			if (!entry.result().equals("CRASHED") && !entry.result().equals("RUNNING") && !isOfACopy(job, entry)) {
				differs(job, entry.at(), "Redis remembers a run that nobody began: " + entry);
			}
			return;
		}
		if (run.tick() != entry.tick() || !isOf(run.server(), entry.ran())) {
			differs(job, run.at(), "Redis remembers %s as %s".formatted(run, entry));
		}
		Optional<String> outcome = run.finishes().stream().findFirst().map(Entry.Finished::outcome);
		if (outcome.isEmpty() || !hasEnded(run, entry.at() - MOMENT) || isInTrouble(run)) {
			return;
		}
		// Nobody but its server knows of a run with a successor whether it lost its lock
		// or died
		boolean lost = outcome.get().equals("LOCK_LOST") && entry.result().equals("CRASHED");
		if (!outcome.get().equals(entry.result()) && !lost) {
			differs(job, run.at(),
					"it has ended as %s, and Redis says %s: %s".formatted(outcome.get(), entry.result(), run));
		}
	}

	/**
	 * Whether Redis had forgotten a run when the command that had started it came again,
	 * and after that the one that had ended it. A rate or a delay has a tick for each
	 * start.
	 */
	private boolean isOfACopy(Rules.Job job, Entry.Remembered entry) {
		return this.facts.runs(job.name())
			.stream()
			.filter((run) -> run.tick() == entry.tick() || job.kind() != Rules.Kind.CRON)
			.filter((run) -> run.token() < entry.token() && run.token() + LATEST_COPY > entry.token()
					&& isOf(run.server(), entry.ran()))
			.anyMatch((run) -> this.facts.forgotten(run, entry.at()).isPresent() && this.facts.faults.stream()
				.anyMatch((fault) -> fault.mayDouble() && fault.at() <= run.at() && fault.end() >= run.at()));
	}

	private boolean isOf(String server, String id) {
		return this.facts.named.stream().anyMatch((name) -> name.server().equals(server) && name.id().equals(id));
	}

	private static boolean hasEnded(Run run, long before) {
		return !run.finishes().isEmpty() && run.finishes().get(0).at() < before;
	}

	/**
	 * Whether Redis may not have been told of the end, or its server or the machine stood
	 * still.
	 */
	private boolean isInTrouble(Run run) {
		long end = run.finishes().get(0).at() + this.facts.rules.lease().toNanos();
		return this.facts.faults.stream().anyMatch((fault) -> fault.at() <= end && fault.end() >= run.at())
				|| this.facts.stall(run.at(), end) > this.facts.rules.acquireTimeout().toNanos() / 2;
	}

	/**
	 * A server that ends while all is well says so, and one that is killed does not.
	 */
	private void listed(Entry.Named process) {
		Entry.Down down = this.facts.down(process.server());
		if (down == null) {
			return;
		}
		boolean ended = this.facts.listed.stream()
			.anyMatch((entry) -> entry.server().equals(process.server()) && entry.ended());
		if (ended && down.killed()) {
			this.findings.violated(Invariant.AGREEMENT, "", down.at(),
					process.server() + " was killed, and has said that it ends");
		}
		if (!ended && !down.killed() && isQuiet(down.at())) {
			this.findings.violated(Invariant.AGREEMENT, "", down.at(),
					process.server() + " has ended, and operators are not shown it");
		}
	}

	/**
	 * Whether all has been well for long enough that a server was heard.
	 */
	private boolean isQuiet(long at) {
		return this.facts.faults.stream().allMatch((fault) -> fault.end() < at - HEARD || fault.at() > at + MOMENT);
	}

	/**
	 * Servers tell each other of skips, and not of runs: those are on Redis.
	 */
	private void counters(String server) {
		boolean countsRuns = this.facts.counted.stream().anyMatch((entry) -> entry.meter().equals(Entry.Counted.RUNS));
		Map<String, List<Entry.Skipped>> skips = this.facts.skips.stream()
			.filter((skip) -> skip.server().equals(server))
			.collect(Collectors.groupingBy(Entry.Skipped::job));
		for (Rules.Job job : this.facts.rules.jobs()) {
			agree(server, job, Entry.Counted.SKIPS,
					skips.getOrDefault(job.name(), List.of())
						.stream()
						.collect(Collectors.groupingBy(Entry.Skipped::reason, Collectors.counting())));
			if (countsRuns) {
				agree(server, job, Entry.Counted.RUNS, runs(server, job.name()));
			}
		}
	}

	private Map<String, Long> runs(String server, String job) {
		return this.facts.runs(job)
			.stream()
			.flatMap((run) -> run.finishes().stream())
			.filter((finished) -> finished.server().equals(server))
			.collect(Collectors.groupingBy(Entry.Finished::outcome, Collectors.counting()));
	}

	private void agree(String server, Rules.Job job, String meter, Map<String, Long> written) {
		Map<String, Long> counted = this.facts.counted.stream()
			.filter((entry) -> entry.server().equals(server) && entry.job().equals(job.name())
					&& entry.meter().equals(meter) && entry.count() > 0)
			.collect(Collectors.toMap(Entry.Counted::label, Entry.Counted::count));
		if (!counted.equals(written)) {
			differs(job, this.facts.end,
					"%s counts %s of %s, and has written down %s".formatted(server, counted, meter, written));
		}
	}

	private void differs(Rules.Job job, long at, String text) {
		this.findings.violated(Invariant.AGREEMENT, job.name(), at, text);
	}

}
