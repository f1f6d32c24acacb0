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
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import io.github.lockstarter.proof.checker.RecoveryRules.Quiet;
import io.github.lockstarter.proof.checker.Violation.Invariant;
import io.github.lockstarter.proof.history.Entry;

/**
 * No tick is missed in silence. A tick that is due while nothing is wrong has a complete
 * run of its own that begins in its window, unless the job is still running, or is held.
 * One that is due in trouble has a run or a reason, if a server was there to say so. That
 * no tick has two runs, so that none can do for two ticks, is
 * {@link Invariant#ONCE_PER_TICK}.
 */
final class TickRules {

	/** How late a tick may begin while nothing is wrong. */
	private static final long WINDOW = TimeUnit.MILLISECONDS.toNanos(1500);

	/** How long before a tick a server has to be up to have planned it. */
	private static final long AHEAD = TimeUnit.SECONDS.toNanos(1);

	/** How long before a tick nothing may be wrong. */
	private static final long CALM = TimeUnit.MILLISECONDS.toNanos(250);

	/** Who is behind by more comes too late to be of help for a tick each second. */
	private static final long BEHIND_MILLIS = -500;

	/** A machine that stood still for so long may have slept through a tick. */
	private static final long SLEEP = TimeUnit.MILLISECONDS.toNanos(300);

	/** The last ticks may not be decided yet. */
	private static final long TAIL = TimeUnit.SECONDS.toNanos(10);

	/** How long an answer of Redis may be on its way to who says it. */
	private static final long HEARD = TimeUnit.MILLISECONDS.toNanos(500);

	/**
	 * After a fault a client waits for up to three seconds for the answer that was lost
	 * last, and then asks again.
	 */
	private static final long SAYS = TimeUnit.SECONDS.toNanos(4);

	/** How far around a tick one looks for what explains it. */
	private static final long NEARBY = TimeUnit.SECONDS.toNanos(5);

	private final Facts facts;

	private final Findings findings;

	private final List<Quiet> calm;

	private int due;

	private int quiet;

	private int run;

	TickRules(Facts facts, Findings findings, List<Quiet> calm) {
		this.facts = facts;
		this.findings = findings;
		this.calm = calm;
	}

	void check() {
		if (this.facts.hasClock()) {
			this.facts.rules.jobs().stream().filter((job) -> job.kind() == Rules.Kind.CRON).forEach(this::check);
		}
	}

	private void check(Rules.Job job) {
		Map<Long, Run> first = new HashMap<>();
		Map<Long, Run> best = new HashMap<>();
		for (Run run : this.facts.runs(job.name())) {
			first.putIfAbsent(run.tick(), run);
			best.merge(run.tick(), run, TickRules::better);
		}
		long step = job.step().toMillis();
		long tick = ((long) this.facts.latestRedisMillis(this.facts.begin()) / step + 1) * step;
		for (long at = this.facts.when(tick); at < this.facts.end - TAIL; at = this.facts.when(tick)) {
			if (isDue(job, tick, at)) {
				check(job, tick, at, first.get(tick), best.get(tick), !this.facts.skips(job.name(), tick).isEmpty());
			}
			tick += step;
		}
	}

	/**
	 * Where there are two versions of a schedule, a tick is due if somebody has it.
	 */
	private boolean isDue(Rules.Job job, long tick, long at) {
		return !job.isChanged() || this.facts.ups.stream()
			.anyMatch((up) -> this.facts.hasTick(job, up.server(), tick) && this.facts.isUp(up, at, at));
	}

	private static Run better(Run one, Run other) {
		return isOver(one) ? one : other;
	}

	private static boolean isOver(Run run) {
		return run.isComplete() || run.isTimedOut();
	}

	private void check(Rules.Job job, long tick, long at, Run first, Run run, boolean reason) {
		this.due++;
		long stall = this.facts.stall(at - AHEAD, at + WINDOW);
		long window = at + WINDOW + stall;
		boolean nothingWrong = stall < SLEEP && isAble(job, tick, at, window)
				&& this.calm.stream().anyMatch((time) -> time.contains(at - CALM, window));
		if (nothingWrong) {
			this.quiet++;
		}
		boolean mayWait = isRunning(job, at) || isRefused(job, tick) || isHeld(job, tick);
		if (run != null) {
			this.run++;
			if (nothingWrong && !mayWait && first.at() > window && !isAfterALateOne(job, first, at)) {
				missed(job, tick, at, "it began late, and nothing was wrong: " + first);
			}
			else if (nothingWrong && !isOver(run) && run.at() + WINDOW < this.facts.end
					&& this.calm.stream().anyMatch((time) -> time.contains(at, lastSeen(run)))) {
				missed(job, tick, at, "it did not come to its end, and nothing was wrong: " + run);
			}
		}
		else if (!mayWait) {
			if (nothingWrong) {
				missed(job, tick, at, "nobody ran it, and nothing was wrong" + around(job, tick, at));
			}
			else if (!reason && stall < SLEEP && isAble(job, tick, at, this.facts.said(at, window))) {
				missed(job, tick, at, "nobody ran it, and nobody says why" + around(job, tick, at));
			}
			else if (reason && isSaidToHaveRun(job, tick, at)) {
				missed(job, tick, at, "nobody ran it, and all say that somebody did" + around(job, tick, at));
			}
		}
	}

	/**
	 * Tells whether all servers say of a tick that it was run, though no server was ended
	 * or stood still that may have been granted it, and Redis has forgotten nothing. What
	 * a server was refused at last may come once more, and start a tick for nobody that
	 * another one has given back.
	 */
	private boolean isSaidToHaveRun(Rules.Job job, long tick, long at) {
		List<Entry.Skipped> said = this.facts.skips(job.name(), tick);
		long last = said.stream().mapToLong(Entry.Skipped::at).max().orElse(at) + this.facts.rules.lease().toNanos();
		List<Entry.Fault> faults = this.facts.faults(at - AHEAD, last).toList();
		return said.stream().allMatch((skip) -> skip.reason().equals("ALREADY_RAN"))
				&& faults.stream().noneMatch((fault) -> fault.forgets() || fault.stops() || isGone(fault, last))
				&& !(faults.stream().anyMatch(Entry.Fault::mayDouble)
						&& faults.stream().anyMatch((fault) -> !fault.silences().isEmpty()));
	}

	/**
	 * Tells whether the server was ended that a fault befell, before it can have said
	 * what became of a tick: it asks again for it when one fault is over, and another one
	 * may befall it then.
	 */
	private boolean isGone(Entry.Fault fault, long at) {
		Entry.Down down = this.facts.down(fault.target());
		if (down == null) {
			return false;
		}
		long until = Math.max(at, fault.end() + SAYS);
		for (Entry.Fault next : this.facts.faults(fault.at(), down.at()).toList()) {
			if (next.target().equals(fault.target()) && next.at() <= until) {
				until = Math.max(until, next.end() + SAYS);
			}
		}
		return down.at() <= until;
	}

	private long lastSeen(Run run) {
		Entry.Down down = this.facts.down(run.server());
		long seen = (run.end() != null) ? run.end().at() : run.at() + WINDOW;
		if (run.finishes().isEmpty() && down != null) {
			seen = Math.max(seen, down.at());
		}
		else if (!run.finishes().isEmpty()) {
			seen = Math.max(seen, run.finishes().get(0).at());
		}
		return Math.max(seen, (run.lost() != null) ? run.lost().at() : seen);
	}

	private void missed(Rules.Job job, long tick, long at, String text) {
		this.findings.violated(Invariant.EVERY_TICK, job.name(), at, "tick %d: %s".formatted(tick, text));
	}

	/**
	 * What a human wants to know first: what the servers said of the tick, and what ran
	 * then.
	 */
	private String around(Rules.Job job, long tick, long at) {
		Stream<String> said = this.facts.skips(job.name(), tick)
			.stream()
			.map((skip) -> "%s said %s at %+d ms".formatted(skip.server(), skip.reason(), millis(skip.at() - at)));
		Stream<String> ran = this.facts.runs(job.name())
			.stream()
			.filter((run) -> run.at() < at + NEARBY && until(run) > at - NEARBY)
			.map((run) -> "%s ran tick %+d ms from %+d to %+d ms".formatted(run.server(), run.tick() - tick,
					millis(run.at() - at), millis(until(run) - at)));
		Stream<String> wrong = this.facts.faults.stream()
			.filter((fault) -> fault.at() < at + NEARBY && fault.end() > at - NEARBY)
			.map((fault) -> "%s %s from %+d to %+d ms".formatted(fault.kind(), fault.target(), millis(fault.at() - at),
					millis(fault.end() - at)));
		return Stream.of(said, ran, wrong).flatMap((texts) -> texts).collect(Collectors.joining(", ", " (", ")"));
	}

	private static long millis(long nanos) {
		return TimeUnit.NANOSECONDS.toMillis(nanos);
	}

	/**
	 * Tells whether a server was up that has the tick and could run it in time by its own
	 * clock, and that nothing befell. One that is ahead must have been there when the
	 * tick came on its clock, and not have run the job then itself.
	 * <p>
	 * Where there are two versions of a schedule, that the job goes on says nothing of
	 * each of them: a fault may have cost a server one more tick of its own.
	 */
	private boolean isAble(Rules.Job job, long tick, long at, long window) {
		return this.facts.ups.stream().filter((up) -> this.facts.hasTick(job, up.server(), tick)).anyMatch((up) -> {
			long comes = at - this.facts.ahead(up.server());
			long before = AHEAD + (job.isChanged() ? this.facts.period(job, up.server()).toNanos() : 0);
			return this.facts.isUp(up, comes - AHEAD, window) && up.skew() >= BEHIND_MILLIS
					&& !isStruck(up.server(), at - before, window) && !isRunning(job, up.server(), comes, at);
		});
	}

	private boolean isRunning(Rules.Job job, String server, long from, long to) {
		return this.facts.runs(job.name())
			.stream()
			.anyMatch((run) -> run.server().equals(server) && run.at() <= to && until(run) >= from);
	}

	private boolean isStruck(String server, long from, long to) {
		return this.facts.faults(from, to).anyMatch((fault) -> fault.target().equals(server));
	}

	/**
	 * A run that had begun when the tick came, and had not ended: also one whose server
	 * is dead, for as long as Redis keeps its lock.
	 */
	private boolean isRunning(Rules.Job job, long at) {
		return this.facts.runs(job.name()).stream().anyMatch((run) -> run.at() <= at && until(run) >= at);
	}

	/**
	 * Tells whether an older tick was late, and came just before a run that began late
	 * for that.
	 */
	private boolean isAfterALateOne(Rules.Job job, Run late, long at) {
		return this.facts.runs(job.name())
			.stream()
			.anyMatch((run) -> run.tick() < late.tick() && run.at() <= at + WINDOW && until(run) >= late.at() - WINDOW);
	}

	/**
	 * A server says that another tick was running when it gave this one up, and that is
	 * so. The run may have begun when this tick was due, but was not asked for yet: that
	 * of an older tick, on a server whose clock is behind.
	 */
	private boolean isRefused(Rules.Job job, long tick) {
		return this.facts.skips(job.name(), tick)
			.stream()
			.filter((skip) -> skip.reason().equals("STILL_RUNNING"))
			.anyMatch((skip) -> this.facts.runs(job.name())
				.stream()
				.anyMatch((run) -> run.tick() != tick && run.at() <= skip.at() && until(run) >= skip.at() - HEARD));
	}

	private long until(Run run) {
		if (!run.finishes().isEmpty()) {
			return run.finishes().get(0).at();
		}
		Entry.Down down = this.facts.down(run.server());
		long dead = (down != null) ? down.at() : this.facts.end;
		return dead + this.facts.rules.lease().toNanos();
	}

	private boolean isHeld(Rules.Job job, long tick) {
		long hold = job.atLeast().toMillis();
		return hold > 0 && this.facts.runs(job.name())
			.stream()
			.anyMatch((run) -> run.tick() < tick && tick < run.tick() + hold);
	}

	int due() {
		return this.due;
	}

	int quiet() {
		return this.quiet;
	}

	int run() {
		return this.run;
	}

}
