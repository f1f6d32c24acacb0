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

package io.github.lockstarter.lock;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;

import io.github.lockstarter.JobRun.Trigger;
import io.github.lockstarter.schedule.Tick;

/**
 * Looks at the rules, takes the lock and writes down the start, or answers why not. Does
 * what {@code acquire.lua} does, in the same order, because a script may break off at
 * each of its writes.
 */
final class MemoryAcquire extends MemoryRules {

	/** A tick that is ahead of the clock by more is not remembered. */
	private static final long FURTHEST_TICK = 86_400_000;

	/** When to look again at a lock that is not that of the run it is in the way of. */
	private static final long SOON = 2000;

	/** A key is gone after its last millisecond, not in it. */
	private static final long A_LITTLE_LATER = 20;

	private final LockSettings settings;

	private boolean farAhead;

	/** What is left of the time to live of the lock, as PTTL says it. */
	private long left;

	/** Whether the last run is going on. */
	private boolean running;

	MemoryAcquire(Memory memory, LockKeys keys, LockRequest request, LockSettings settings) {
		super(memory, keys, new RequestTerms(request), settings);
		this.settings = settings;
	}

	/**
	 * Answer as to an owner, and start nothing.
	 */
	Answer look() {
		Answer refusal = refused();
		return (refusal != null) ? refusal : answer(Verdict.GO);
	}

	/**
	 * Start the tick if it may be started.
	 * @param giveUpAt 0 if the caller has not said when it gives up
	 */
	Answer acquire(String owner, long giveUpAt) {
		if ((giveUpAt > 0 && this.now > giveUpAt) || JobState.hasGivenBack(this.state.abandoned, owner)) {
			return answer(Verdict.TOO_LATE);
		}
		if (this.state.owner.equals(owner)) {
			// This start stands, or it came to its end meanwhile, or lost its lock
			if (this.state.ended == null && this.memory.hexists(this.keys.lock(), owner)) {
				this.memory.pexpire(this.keys.lock(), this.terms.lease());
				return answer(Verdict.STARTED);
			}
			return answer(Verdict.LOST);
		}
		Answer refusal = refused();
		return (refusal != null) ? refusal : start(owner);
	}

	private @Nullable Answer refused() {
		Long last = this.state.tick;
		this.farAhead = last != null && last > this.now + FURTHEST_TICK;
		if (this.terms.isNominal() && this.terms.atMost() <= 1 && last != null && !this.farAhead
				&& this.state.paused == null && this.terms.tick() <= last && isNotAhead(this.terms.tick())) {
			return answer((this.terms.tick() == last) ? Verdict.ALREADY_RAN : Verdict.SUPERSEDED);
		}
		this.left = this.memory.pttl(this.keys.lock());
		this.running = isLocked() && this.state.ended == null && isLockOf(this.state.owner);
		repair();
		if (this.open && isLocked()) {
			return answer(Verdict.ALREADY_RAN, lookAgainAt(), "");
		}
		Refusal refusal = refusal(this.running);
		if (refusal != null) {
			return answer(refusal.verdict(), refusal.askAgainAt(), "");
		}
		return isLocked() ? locked() : null;
	}

	private boolean isLocked() {
		return this.left != Memory.GONE;
	}

	/**
	 * Determine whether the lock has a field. A key of another type has none.
	 */
	private boolean isLockOf(String owner) {
		return this.memory.type(this.keys.lock()).equals("hash") && this.memory.hexists(this.keys.lock(), owner);
	}

	/**
	 * Write down what a pause needs, and what clocks have left behind that were ahead.
	 */
	private void repair() {
		if (this.state.paused != null) {
			this.memory.pexpire(this.keys.state(), this.terms.pauseKept());
			this.memory.pexpire(this.keys.runs(), this.terms.pauseKept());
		}
		Long due = this.state.due;
		if (this.terms.isInterval() && due != null && due > this.now + this.terms.interval() + this.terms.tolerance()) {
			this.state.due = this.now + this.terms.interval();
			write(this.terms.dueField(), JobState.text(this.state.due));
		}
		Long heldUntil = this.state.heldUntil;
		if (heldUntil != null && heldUntil > this.now + this.terms.atLeast() + this.terms.tolerance()) {
			this.state.heldUntil = this.now + this.terms.atLeast();
			write("held-until", JobState.text(this.state.heldUntil));
		}
		if (this.farAhead) {
			this.state.tick = null;
			this.open = false;
			write("tick", "");
		}
		Long lease = this.state.lease;
		if (lease != null && (this.left == Memory.ENDLESS || this.left > lease) && isLockOf(this.state.owner)) {
			this.memory.pexpire(this.keys.lock(), lease);
			this.left = lease;
		}
	}

	private void write(String field, String value) {
		this.memory.hset(this.keys.state(), field, value);
	}

	/**
	 * Return when it is known what has become of an open tick that somebody runs, or is
	 * in the way of.
	 */
	private long lookAgainAt() {
		long wait = SOON;
		if (this.left >= 0 && (this.left < wait || this.memory.hexists(this.keys.lock(), this.state.owner))) {
			wait = this.left;
		}
		return this.now + wait + A_LITTLE_LATER;
	}

	private Answer locked() {
		if (this.running) {
			// An earlier version has not written down the lease of its run
			return answer(Verdict.STILL_RUNNING, this.now + ((this.left == Memory.ENDLESS) ? SOON : this.left), "");
		}
		String holder = holder(this.memory, this.keys.lock());
		if (this.left == Memory.ENDLESS) {
			return answer(Verdict.ENDLESS, 0, holder);
		}
		return answer(Verdict.LOCKED, this.now + this.left, holder);
	}

	/**
	 * Return the field by which somebody has a lock. Does what {@code holder.lua} does.
	 * @return empty if nobody is named
	 */
	static String holder(Memory memory, String lock) {
		String[] fields = memory.hgetall(lock).keySet().stream().limit(2).toArray(String[]::new);
		if (fields.length > 0 && !fields[0].equals("mode")) {
			return fields[0];
		}
		return (fields.length > 1) ? fields[1] : "";
	}

	private Answer start(String owner) {
		take(owner);
		JobState before = this.state;
		this.state = next(before, owner);
		Map<String, String> start = started();
		start.put("undo", before.undo());
		Trigger trigger = this.terms.request().trigger();
		if (this.terms.isNominal()) {
			trigger = this.open ? Trigger.RERUN : trigger;
			nominal(before, start);
		}
		else {
			interval(before, start);
		}
		start.put("run-tick", String.valueOf(this.state.runTick));
		start.put("trigger", trigger.name());
		if (this.terms.atLeast() > 0) {
			start.put("held-until", String.valueOf(this.state.runTick + this.terms.atLeast()));
		}
		if (!this.terms.schedule().isEmpty()) {
			start.put("schedule", this.terms.schedule());
		}
		write(before, start);
		this.open = this.terms.isNominal() && this.state.open != null;
		return answer(Verdict.STARTED);
	}

	/**
	 * Take the lock. Does what {@code take.lua} does.
	 */
	private void take(String owner) {
		this.memory.hset(this.keys.lock(), owner, "1");
		RuntimeException error = this.memory.attempt(() -> this.memory.pexpire(this.keys.lock(), this.terms.lease()));
		if (error != null) {
			this.memory.hdel(this.keys.lock(), owner);
			throw error;
		}
	}

	private Map<String, String> started() {
		Map<String, String> start = new LinkedHashMap<>();
		start.put("owner", this.state.owner);
		start.put("server", this.settings.server());
		start.put("started", String.valueOf(this.now));
		start.put("token", String.valueOf(this.state.token));
		start.put("lease", String.valueOf(this.terms.lease()));
		for (String field : List.of("ended", "outcome", "failure", "lost")) {
			start.put(field, "");
		}
		return start;
	}

	/**
	 * Return what is answered of the state from now on: of a start, who ran before it.
	 */
	private JobState next(JobState before, String owner) {
		JobState next = new JobState();
		next.owner = owner;
		next.server = before.server;
		next.started = this.now;
		next.schedule = before.schedule;
		next.open = before.open;
		next.token = Math.max(before.token + 1, this.memory.micros());
		return next;
	}

	private void nominal(JobState before, Map<String, String> start) {
		long tick = this.terms.tick();
		this.state.runTick = tick;
		start.put("tick", String.valueOf(tick));
		start.put("given-back", "");
		if (this.open) {
			start.put("crashed", "");
		}
		else if (before.open != null) {
			// Nobody has ended the tick before, and nobody will
			start.put("crashed", JobState.text(before.open));
		}
		boolean opens = this.terms.atMost() > 1;
		this.state.attempts = this.open ? before.attempts + 1 : 1;
		this.state.open = opens ? Long.valueOf(tick) : null;
		start.put("open", JobState.text(this.state.open));
		start.put("attempts", opens ? String.valueOf(this.state.attempts) : "");
	}

	/**
	 * A due time is late, and not of another day, for as long as no other one has passed.
	 * One that came before the end of a pause is not made up for.
	 */
	private void interval(JobState before, Map<String, String> start) {
		long interval = this.terms.interval();
		long due = (before.due != null) ? before.due : this.now;
		Long resumed = before.resumed;
		if (this.now - due >= interval || (resumed != null && isNotAhead(resumed) && due < resumed)) {
			due = this.now;
		}
		this.state.runTick = this.terms.isInterval() ? Math.min(due, this.now) : this.now;
		if (this.terms.request().tick() instanceof Tick.Rate) {
			start.put(this.terms.dueField(),
					String.valueOf(Math.max(due + interval, this.now + Math.floorDiv(interval * 3, 4L))));
		}
		else if (this.terms.isInterval()) {
			start.put(this.terms.dueField(), String.valueOf(this.now + interval));
		}
	}

	private void write(JobState before, Map<String, String> start) {
		boolean crashed = !before.owner.isEmpty() && before.ended == null;
		if (crashed) {
			start.put("failures", String.valueOf(before.failures + 1));
		}
		long kept = (before.paused != null) ? this.terms.pauseKept() : this.terms.kept();
		this.memory.hset(this.keys.state(), start);
		this.memory.pexpire(this.keys.state(), kept);
		if (crashed) {
			RunRecord.State outcome = before.lost ? RunRecord.State.LOCK_LOST : RunRecord.State.CRASHED;
			remember(this.memory, this.keys.runs(), before.run(outcome), this.settings.historyRuns(), kept);
		}
	}

	/**
	 * Add a run to a history. Does what {@code history.lua} does: nothing that is wrong
	 * with the history keeps a job from running.
	 */
	static void remember(Memory memory, String runs, Map<String, String> run, int atMost, long kept) {
		if (atMost > 0) {
			Long token = JobState.number(run, "token");
			memory.attempt(() -> memory.xadd(runs, atMost, (token != null) ? token : 0, run));
			memory.attempt(() -> memory.pexpire(runs, kept));
		}
	}

}
