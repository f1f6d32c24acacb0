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
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

import io.github.lockstarter.proof.checker.Violation.Invariant;
import io.github.lockstarter.proof.history.Entry;

/**
 * What must never happen. No window in here is wider because a machine was slow, but for
 * those of messages: that a run is told of its loss, and that it begins after its lock
 * was granted, are done by threads that the machine may hold back.
 */
final class SafetyRules {

	private static final double EARLY_MILLIS = 100;

	/** What a thread may take that is not measured, and the library has a margin for. */
	private static final long GRACE = TimeUnit.MILLISECONDS.toNanos(250);

	private static final long RENEWAL_GRACE = TimeUnit.SECONDS.toNanos(1);

	private final Facts facts;

	private final Findings findings;

	SafetyRules(Facts facts, Findings findings) {
		this.facts = facts;
		this.findings = findings;
	}

	void check() {
		for (Rules.Job job : this.facts.rules.jobs()) {
			List<Run> runs = this.facts.runs(job.name());
			oncePerTick(job, runs);
			neverEarly(job, runs);
			noOverlap(job, runs);
			tokensRise(job, runs);
			toldInTime(job, runs.stream().sorted(Comparator.comparingLong(Run::token)).toList());
		}
		this.facts.allRuns().forEach(this::noRunWithoutRedis);
		registerNeverBack();
	}

	/**
	 * In the order of the tokens, which is the order in which Redis granted: ticks rise.
	 * A tick that comes twice, or after a newer one, is what Redis forgot if it lost its
	 * data between the two, and no newer tick had been started since. A tick comes again
	 * if that is the policy of the job, and its run has crashed.
	 */
	private void oncePerTick(Rules.Job job, List<Run> runs) {
		Run newest = null;
		int attempts = 0;
		for (Run run : runs.stream().sorted(Comparator.comparingLong(Run::token)).toList()) {
			if (newest == null || run.tick() > newest.tick()) {
				newest = run;
				attempts = 1;
				continue;
			}
			String text = (run.tick() == newest.tick()) ? "a tick was started twice: %s, and again as %s"
					: "a newer tick had been started: %s, and after it %s";
			text = text.formatted(newest, run);
			if (this.facts.forgotten(newest, run).isPresent()) {
				this.findings.forgotten(Invariant.ONCE_PER_TICK, job.name(), run.at(), text);
				// From here on Redis knows again
				newest = run;
				attempts = 1;
			}
			else if (run.tick() == newest.tick() && attempts < job.attempts() && hasCrashed(newest, run.at())) {
				newest = run;
				attempts++;
			}
			else {
				this.findings.violated(Invariant.ONCE_PER_TICK, job.name(), run.at(), text);
			}
		}
	}

	/**
	 * Tells whether a run may be done again at a moment: its server was dead, or stood
	 * still for so long that its lease was over and was killed later, or it has not ended
	 * under its lock, or Redis could not be told that it has.
	 */
	private boolean hasCrashed(Run run, long at) {
		Optional<Entry.Finished> finished = run.finishes().stream().findFirst();
		if (finished.isPresent() && finished.get().outcome().equals("LOCK_LOST") || run.lost() != null) {
			return true;
		}
		long told = finished.map(Entry.Finished::at).orElse(at);
		if (run.end() != null && this.facts.isSilent(run.server(), run.end().at(), told)) {
			return true;
		}
		Entry.Down down = this.facts.down(run.server());
		return finished.isEmpty() && down != null && down.killed()
				&& (down.at() <= at || couldNotRenew(run, at, down.at()));
	}

	/**
	 * Its lease may be over, and it was killed before it heard of that.
	 */
	private boolean couldNotRenew(Run run, long at, long killed) {
		long lease = this.facts.rules.lease().toNanos();
		long heard = lease / 3 + GRACE;
		return at >= this.facts.granted(run) + lease - GRACE
				&& this.facts.hasStoodAlone(run.server(), Math.max(run.at(), killed - heard), at);
	}

	private void neverEarly(Rules.Job job, List<Run> runs) {
		if (job.kind() != Rules.Kind.CRON) {
			return;
		}
		for (Run run : runs) {
			double early = run.tick() - this.facts.latestRedisMillis(this.facts.rules.acquireTimeout(), run.at());
			if (early > EARLY_MILLIS) {
				this.findings.violated(Invariant.NEVER_EARLY, job.name(), run.at(),
						"%.0f ms before its time on Redis's clock: %s".formatted(early, run));
			}
		}
	}

	/**
	 * A run holds its lock from its start until the last moment in which it believed in
	 * it. Nothing is read off a clock that others might not share, so nothing is
	 * tolerated.
	 */
	private void noOverlap(Rules.Job job, List<Run> runs) {
		for (int i = 0; i < runs.size(); i++) {
			Run run = runs.get(i);
			for (int j = i + 1; j < runs.size() && runs.get(j).at() <= run.lastHeld(); j++) {
				Run next = runs.get(j);
				if (!next.isStale()) {
					overlap(job, run, next);
				}
			}
		}
	}

	/**
	 * If Redis forgot a lock, the run that it granted first has lost it, and learns so at
	 * its next renewal; or the other one, whose start Redis forgot, too.
	 */
	private void overlap(Rules.Job job, Run run, Run next) {
		String text = "%s began while %s believed in its lock, which it did for %d ms more".formatted(next, run,
				TimeUnit.NANOSECONDS.toMillis(run.lastHeld() - next.at()));
		Optional<Entry.Fault> forgotten = this.facts.forgotten(run, next);
		boolean inOrder = run.token() <= next.token();
		Run first = inOrder ? run : next;
		Run second = inOrder ? next : run;
		if (forgotten.isPresent() && (first.lastHeld() <= told(first, forgotten.get().end()) || hasLost(second))) {
			this.findings.forgotten(Invariant.NO_OVERLAP, job.name(), next.at(), text);
		}
		else {
			this.findings.violated(Invariant.NO_OVERLAP, job.name(), next.at(), text);
		}
	}

	/**
	 * Tells whether a run lost its lock because Redis forgot it after it was granted, and
	 * was told so in time.
	 */
	private boolean hasLost(Run run) {
		return run.told() < Long.MAX_VALUE && this.facts.forgotten(run, run.told())
			.filter((forgotten) -> run.told() <= told(run, forgotten.end()))
			.isPresent();
	}

	/**
	 * Returns until when a run learns that Redis has its lock no more: from the answer to
	 * its next renewal, or from its own clock where there is no answer.
	 */
	private long told(Run run, long since) {
		long lease = this.facts.rules.lease().toNanos();
		long renewal = since + lease / 3 + RENEWAL_GRACE;
		long told = this.facts.isSilent(run.server(), since, renewal) ? since + lease + GRACE : renewal;
		return told + this.facts.ownStall(run.server(), since, told);
	}

	/**
	 * A run whose server heard late that it was granted may begin after a later one, if
	 * Redis forgot it in between.
	 */
	private void tokensRise(Rules.Job job, List<Run> runs) {
		Run highest = null;
		for (Run run : runs) {
			if (run.isStale()) {
				continue;
			}
			if (highest != null && run.token() <= highest.token()) {
				String text = "%s began after %s".formatted(run, highest);
				if (run.token() < highest.token() && this.facts.granted(run) <= this.facts.granted(highest)
						&& this.facts.forgotten(run, highest).isPresent()) {
					this.findings.forgotten(Invariant.TOKENS_RISE, job.name(), run.at(), text);
				}
				else {
					this.findings.violated(Invariant.TOKENS_RISE, job.name(), run.at(), text);
				}
			}
			else {
				highest = run;
			}
		}
	}

	/**
	 * That a run does not believe in its lock any more is {@link Invariant#NO_OVERLAP}.
	 * This is about the message to it.
	 * @param runs in the order in which they were granted
	 */
	private void toldInTime(Rules.Job job, List<Run> runs) {
		for (int i = 0; i + 1 < runs.size(); i++) {
			Run run = runs.get(i);
			// One that is stale at its first instruction was granted long before
			Optional<Run> other = runs.stream().skip(i + 1).filter((later) -> !later.isStale()).findFirst();
			if (other.isEmpty()) {
				break;
			}
			Run next = other.get();
			Entry.Down down = this.facts.down(run.server());
			if (run.end() != null && run.end().at() <= next.at()
					|| run.lost() == null && (run.end() == null || run.isStale() || hasLost(next))) {
				// Nothing was to be told, or the other one was told, or EndRules sees it
				continue;
			}
			long deadline = next.at() + GRACE + this.facts.ownStall(run.server(), next.at() - GRACE, next.at() + GRACE);
			// A machine that was suspended has a clock that stood still
			deadline = Math.max(deadline, this.facts.stillUntil(run.server(), next.at()) + GRACE);
			long goesOn = deadline;
			Optional<Entry.Fault> unaware = this.facts.forgotten(run, next)
				.or(() -> this.facts.suspended(run.server(), run.at(), goesOn));
			if (unaware.isPresent()) {
				deadline = Math.max(deadline, told(run, unaware.get().end()));
				if (run.end() != null && run.end().at() <= deadline) {
					// It ended before it could have learnt so
					continue;
				}
			}
			if (down != null && down.killed() && down.at() <= deadline) {
				continue;
			}
			if (run.told() > deadline) {
				this.findings.violated(Invariant.TOLD_IN_TIME, job.name(), next.at(),
						"%s was not told that it had lost its lock when %s began".formatted(run, next));
			}
		}
	}

	/**
	 * Tells whether a copy of what its server was refused has started a run, before Redis
	 * took no writes any more. To tell that the lock is held takes none.
	 */
	private boolean wasGrantedBefore(Run run, Entry.Fault fault) {
		long granted = this.facts.when(TimeUnit.MICROSECONDS.toMillis(run.token()));
		return granted < fault.applied() && this.facts.faults(granted, granted).anyMatch(Entry.Fault::mayDouble);
	}

	private void noRunWithoutRedis(Run run) {
		if (run.token() == 0) {
			this.findings.violated(Invariant.NO_RUN_WITHOUT_REDIS, run.job(), run.at(), "it has no lock: " + run);
		}
		for (Entry.Fault fault : this.facts.faults(run.at(), run.at()).toList()) {
			if (!fault.silences().equals("*") && !fault.silences().equals(run.server())) {
				continue;
			}
			long from = fault.applied() + this.facts.rules.acquireTimeout().toNanos() + GRACE;
			long stall = this.facts.ownStall(run.server(), fault.at(), run.at());
			if (run.at() > from + stall && run.at() < fault.healing() && !wasGrantedBefore(run, fault)) {
				this.findings.violated(Invariant.NO_RUN_WITHOUT_REDIS, run.job(), run.at(),
						"%s began %s after Redis had stopped answering".formatted(run,
								Duration.ofNanos(run.at() - fault.applied())));
			}
		}
	}

	/**
	 * In the order in which the register was asked.
	 */
	private void registerNeverBack() {
		Map<String, Entry.Written> highest = new HashMap<>();
		for (Entry.Written written : this.facts.written) {
			Entry.Written before = highest.get(written.job());
			if (before != null && written.token() < before.token()) {
				if (written.accepted()) {
					this.findings.violated(Invariant.REGISTER_NEVER_BACK, written.job(), written.at(),
							"token %d of %s was taken after %d".formatted(written.token(), written.server(),
									before.token()));
				}
			}
			else if (!written.accepted()) {
				this.findings.violated(Invariant.REGISTER_NEVER_BACK, written.job(), written.at(),
						"token %d of %s was refused, and none was higher".formatted(written.token(), written.server()));
			}
			else {
				highest.put(written.job(), written);
			}
		}
	}

}
