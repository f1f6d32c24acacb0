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
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

import io.github.lockstarter.proof.checker.Violation.Invariant;
import io.github.lockstarter.proof.history.Entry;

/**
 * What was broken works again, in time and by itself.
 */
final class RecoveryRules {

	/** How long it may take to see that a lease is over, and to run the tick again. */
	private static final long MOMENT = TimeUnit.MILLISECONDS.toNanos(500);

	private final Facts facts;

	private final Findings findings;

	private final List<Quiet> quiet = new ArrayList<>();

	/** One server may be killed in the midst of several faults. */
	private final Set<Entry.Down> takenOver = new HashSet<>();

	private long longestHeal;

	private long longestTakeOver;

	private int reruns;

	RecoveryRules(Facts facts, Findings findings) {
		this.facts = facts;
		this.findings = findings;
	}

	void check() {
		long calm = started();
		for (Entry.Fault fault : this.facts.faults) {
			if (fault.at() > calm) {
				this.quiet.add(new Quiet(calm, fault.at()));
			}
			calm = Math.max(calm, heal(fault));
			takeOver(fault);
		}
		this.quiet.add(new Quiet(calm, this.facts.end));
	}

	/**
	 * Returns when all was well for the first time: a server is up before it has reached
	 * Redis, and does so in as much time as it has after a fault.
	 */
	private long started() {
		long begin = this.facts.begin();
		long started = begin;
		for (Rules.Job job : this.facts.rules.jobs()) {
			started = Math.max(started, healed("start", begin, job.name(), deadline(begin, job, 0, (fault) -> true),
					this.facts.wentOn(job.name(), begin)));
		}
		long deadline = begin + bound();
		for (Entry.Up up : this.facts.ups) {
			// Who is ahead may have nothing to tell for a long time
			if (up.at() <= begin) {
				started = Math.max(started,
						this.facts.decided(up.server(), up.at())
							.stream()
							.filter((at) -> at <= deadline)
							.findFirst()
							.orElse(0));
			}
		}
		return started;
	}

	/**
	 * Returns when all was well again.
	 */
	private long heal(Entry.Fault fault) {
		long healed = fault.end();
		for (Rules.Job job : this.facts.rules.jobs()) {
			healed = Math.max(healed, healed("end of a " + fault.kind(), fault.end(), job.name(),
					deadline(fault.end(), job, 0, (other) -> true), this.facts.wentOn(job.name(), fault.end())));
		}
		this.longestHeal = Math.max(this.longestHeal, healed - fault.end());
		if (!fault.target().isEmpty()) {
			String server = fault.successor().isEmpty() ? fault.target() : fault.successor();
			// What comes early waits until it is due, and there is no entry of that
			long deadline = afterCalm(fault.end(), bound() + this.facts.ahead(server), Duration.ZERO,
					(other) -> this.facts.mayBefall(other, server));
			Entry.Down down = this.facts.down(server);
			// One that is gone soon after that may have had nothing to tell
			if (down == null || down.at() > deadline) {
				healed = Math.max(healed, healed("end of a " + fault.kind(), fault.end(), server, deadline,
						this.facts.decided(server, fault.end())));
			}
		}
		return healed;
	}

	private long healed(String cause, long since, String what, long calm, OptionalLong evidence) {
		long deadline = calm + this.facts.stall(since, calm);
		if (evidence.isPresent() && evidence.getAsLong() <= deadline) {
			return evidence.getAsLong();
		}
		// Where the history ends before that, nobody knows
		if (this.facts.end > deadline) {
			this.findings.violated(Invariant.HEAL, what, since,
					"nothing of it within %d ms after the %s".formatted((deadline - since) / 1_000_000, cause));
		}
		return deadline;
	}

	/**
	 * Returns when some time has passed in which none of the faults went on that matter,
	 * and what each of them may have cost.
	 */
	private long afterCalm(long since, long calm, Duration cost, Predicate<Entry.Fault> matters) {
		long at = since;
		long left = calm;
		for (Entry.Fault fault : this.facts.faultsSince(since)) {
			if (fault.end() <= at || !matters.test(fault)) {
				continue;
			}
			if (fault.at() >= at + left) {
				break;
			}
			left += cost.toNanos() - Math.max(0, fault.at() - at);
			at = fault.end();
		}
		return at + left;
	}

	private long bound() {
		return this.facts.rules.lease().plus(Rules.RECOVERY).toNanos();
	}

	/**
	 * A job goes on with its next tick. Where that comes seldom, each fault in the way
	 * may cost one.
	 */
	private long deadline(long since, Rules.Job job, long late, Predicate<Entry.Fault> matters) {
		if (job.period().compareTo(Rules.RECOVERY) < 0) {
			return afterCalm(since, bound() + late, Duration.ZERO, matters);
		}
		long next = this.facts.rules.lease().plus(job.period()).toNanos() + MOMENT;
		return afterCalm(since, next + late, job.period(), matters);
	}

	/**
	 * What a killed server did is done by another one: the same tick where it is to be
	 * run again, unless a newer one is due before the lease is over.
	 */
	private void takeOver(Entry.Fault fault) {
		Entry.Down down = this.facts.down(fault.target());
		if (down == null || !down.killed() || down.at() < fault.at() || down.at() > fault.end()
				|| !this.takenOver.add(down)) {
			return;
		}
		for (Rules.Job job : this.facts.rules.jobs()) {
			List<Run> runs = this.facts.runs(job.name());
			Optional<Run> died = runs.stream()
				.filter((run) -> run.server().equals(fault.target()) && run.finishes().isEmpty())
				.reduce((first, second) -> second);
			if (died.isEmpty()) {
				continue;
			}
			boolean again = isToBeRunAgain(job, runs, died.get(), down);
			OptionalLong next = runs.stream()
				.filter((run) -> run.at() > down.at() && (!again || run.tick() == died.get().tick()))
				.mapToLong(Run::at)
				.min();
			long deadline = deadline(down.at(), job, lateness(fault.target(), down.at()),
					(other) -> !other.target().equals(fault.target()));
			deadline += this.facts.stall(down.at(), deadline);
			if (next.isPresent() && next.getAsLong() <= deadline) {
				this.longestTakeOver = Math.max(this.longestTakeOver, next.getAsLong() - down.at());
				this.reruns += again ? 1 : 0;
			}
			else if (this.facts.end > deadline) {
				this.findings.violated(Invariant.TAKE_OVER, job.name(), down.at(),
						"nobody took over what %s did when it was killed".formatted(fault.target()));
			}
		}
	}

	/**
	 * Nobody who is left may be on time: a server whose clock is behind comes to its
	 * ticks that much later, and one whose clock is ahead has none of those that had come
	 * by its clock before it was up.
	 * @return by how much the first one is late that comes on time
	 */
	private long lateness(String gone, long at) {
		return this.facts.ups.stream().filter((up) -> !up.server().equals(gone)).filter((up) -> {
			long from = Math.max(at, up.at());
			return this.facts.isUp(up, from, from);
		}).mapToLong((up) -> {
			long skew = Duration.ofMillis(up.skew()).toNanos();
			return (skew < 0) ? Math.max(at, up.at()) - skew : Math.max(at, up.at() + skew);
		}).min().orElse(at) - at;
	}

	private boolean isToBeRunAgain(Rules.Job job, List<Run> runs, Run died, Entry.Down down) {
		long attempts = runs.stream()
			.filter((run) -> run.tick() == died.tick())
			.filter((run) -> run.at() < down.at())
			.count();
		boolean newer = runs.stream().anyMatch((run) -> run.at() < down.at() && run.token() > died.token());
		// What has come to the end of its method may have told Redis so
		if (attempts >= job.attempts() || newer || died.end() != null || !this.facts.hasClock()) {
			return false;
		}
		long free = down.at() + this.facts.rules.lease().toNanos();
		free += this.facts.stall(down.at(), free + MOMENT) + MOMENT;
		if (this.facts.isAnybodySilent(died.server(), down.at(), free)) {
			// Who hears no answer may have been granted it, and gives it back unseen
			free += this.facts.rules.lease().toNanos();
		}
		return this.facts.when(died.tick() + job.period().toMillis()) > free
				&& this.facts.forgotten(died, free).isEmpty() && died.lost() == null && isWatched(job, died, free);
	}

	/**
	 * A tick is run again by who was fired for it and has not given it up, or has started
	 * since and looked for it; by nobody who comes to it when the next one is due.
	 */
	private boolean isWatched(Rules.Job job, Run died, long free) {
		long next = this.facts.when(died.tick() + job.period().toMillis());
		return this.facts.ups.stream().filter((up) -> !up.server().equals(died.server())).anyMatch((up) -> {
			long fired = this.facts.when(died.tick() - up.skew());
			boolean comes = up.at() <= fired ? !hasGivenUp(up.server(), died) : up.at() > died.at();
			return comes && Math.max(fired, up.at()) < next && this.facts.isUp(up, up.at(), free)
					&& !this.facts.isSilent(up.server(), Math.max(died.at(), up.at()), next);
		});
	}

	/**
	 * Tells whether a server does not look at the tick of a run any more: it gave it up
	 * without Redis, or because an older tick was running, before this run began.
	 */
	private boolean hasGivenUp(String server, Run run) {
		return this.facts.skips(run.job(), run.tick())
			.stream()
			.filter((skip) -> skip.server().equals(server))
			.anyMatch((skip) -> skip.isGivenUp() || (skip.reason().equals("STILL_RUNNING") && skip.at() < run.at()));
	}

	/**
	 * Returns the times in which nothing was wrong.
	 */
	List<Quiet> quiet() {
		return this.quiet;
	}

	int reruns() {
		return this.reruns;
	}

	Duration longestHeal() {
		return Duration.ofNanos(this.longestHeal);
	}

	Duration longestTakeOver() {
		return Duration.ofNanos(this.longestTakeOver);
	}

	/**
	 * A time in which nothing was wrong.
	 *
	 * @param from when the last fault was healed
	 * @param to when the next one came
	 */
	record Quiet(long from, long to) {

		boolean contains(long begin, long end) {
			return this.from <= begin && end <= this.to;
		}

	}

}
