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

import java.time.Instant;

import org.jspecify.annotations.Nullable;

/**
 * Whether a tick may be started, by the state of its job in a {@link Memory}. Does what
 * {@code rules.lua} does, in the same order.
 */
class MemoryRules {

	final Memory memory;

	final LockKeys keys;

	final RequestTerms terms;

	final long now;

	JobState state;

	/**
	 * Whether this very tick was started before, by a run that has not ended under its
	 * lock, and may be started again.
	 */
	boolean open;

	private final long maxSkew;

	/**
	 * Read the state of a job.
	 */
	MemoryRules(Memory memory, LockKeys keys, RequestTerms terms, LockSettings settings) {
		this.memory = memory;
		this.keys = keys;
		this.terms = terms;
		this.maxSkew = settings.maxClockSkew().toMillis();
		this.now = memory.now();
		this.state = JobState.read(memory.hgetall(keys.state()), terms.dueField());
		this.open = terms.isNominal() && terms.atMost() > 1 && is(this.state.tick, terms.tick())
				&& is(this.state.open, terms.tick());
	}

	static boolean is(@Nullable Long number, long other) {
		return number != null && number == other;
	}

	final Answer answer(Verdict verdict) {
		return answer(verdict, 0, "");
	}

	/**
	 * Answer by what is known now.
	 * @param askAgainAt 0 where there is no reason to
	 * @param lockHolder empty where the lock is not why
	 */
	final Answer answer(Verdict verdict, long askAgainAt, String lockHolder) {
		JobState state = this.state;
		boolean same = state.schedule.equals(this.terms.schedule());
		return new Answer(verdict, Instant.ofEpochMilli(this.now), JobState.time(askAgainAt), textOrNull(state.server),
				JobState.time(state.started), state.token, Instant.ofEpochMilli(state.runTick),
				same ? null : textOrNull(state.schedule), this.open ? state.attempts : 0,
				JobState.time((state.open != null) ? state.open : 0), textOrNull(lockHolder));
	}

	private static @Nullable String textOrNull(String text) {
		return text.isEmpty() ? null : text;
	}

	/**
	 * Return why the tick may not be started.
	 * @return {@code null} if it may
	 */
	final @Nullable Refusal refusal(boolean running) {
		if (this.terms.isNominal()) {
			return ofNominal(this.terms.tick(), running);
		}
		Long heldUntil = this.state.heldUntil;
		if (!this.terms.isInterval()) {
			return (heldUntil != null && this.now < heldUntil) ? new Refusal(Verdict.HELD, heldUntil) : null;
		}
		// A call by hand is not refused
		if (this.state.paused != null) {
			return new Refusal(Verdict.PAUSED);
		}
		long soon = this.now + this.terms.tolerance();
		Long due = this.state.due;
		if (due != null && soon < due) {
			return new Refusal(Verdict.NOT_DUE, due);
		}
		return (heldUntil != null && soon < heldUntil) ? new Refusal(Verdict.HELD, heldUntil) : null;
	}

	private @Nullable Refusal ofNominal(long tick, boolean running) {
		if (tick > this.now + this.terms.tolerance()) {
			return (tick - this.now > this.maxSkew) ? new Refusal(Verdict.CLOCK_AHEAD)
					: new Refusal(Verdict.EARLY, tick);
		}
		// Nobody has ended this tick
		if (this.open) {
			if (this.state.attempts >= this.terms.atMost()) {
				return new Refusal(Verdict.CRASHED);
			}
			return passOver(tick) ? new Refusal(Verdict.PAUSED) : null;
		}
		Long last = this.state.tick;
		if (last != null && tick == last) {
			return new Refusal(Verdict.ALREADY_RAN);
		}
		if (last != null && tick < last) {
			boolean crashed = this.terms.atMost() > 1 && is(this.state.crashed, tick);
			return new Refusal(crashed ? Verdict.CRASHED : Verdict.SUPERSEDED);
		}
		if (last != null && tick < last + this.terms.interval()) {
			return new Refusal(Verdict.NOT_DUE);
		}
		return ofNewer(tick, running);
	}

	private @Nullable Refusal ofNewer(long tick, boolean running) {
		Long resumed = this.state.resumed;
		if (passOver(tick) || (resumed != null && isNotAhead(resumed) && tick < resumed)) {
			return new Refusal(Verdict.PAUSED);
		}
		// A run of it was seen, and nobody can tell how it ended
		if (this.terms.is(LockRequest.Purpose.WATCH) && !is(this.state.givenBack, tick)) {
			return new Refusal(Verdict.ALREADY_RAN);
		}
		if (this.terms.is(LockRequest.Purpose.CATCH_UP)) {
			// A job that never ran has missed nothing
			if (this.state.tick == null) {
				return new Refusal(Verdict.ALREADY_RAN);
			}
			// It came during a run
			Long ended = this.state.ended;
			if (this.state.started <= tick && ((ended != null) ? ended >= tick : running)) {
				return new Refusal(Verdict.STILL_RUNNING);
			}
		}
		Long heldUntil = this.state.heldUntil;
		return (heldUntil != null && tick < heldUntil) ? new Refusal(Verdict.HELD) : null;
	}

	/**
	 * Refuse a tick because the job is paused, or because this tick or a newer one was
	 * refused while it was.
	 */
	private boolean passOver(long tick) {
		Long passed = this.state.passed;
		if (this.state.paused == null) {
			return passed != null && isNotAhead(passed) && tick <= passed;
		}
		if (passed == null || passed < tick) {
			this.state.passed = tick;
			this.memory.hset(this.keys.state(), "passed", String.valueOf(tick));
		}
		return true;
	}

	/**
	 * What a clock has put down that was ahead of this one does not count.
	 */
	final boolean isNotAhead(long time) {
		return time <= this.now + this.terms.tolerance();
	}

	/**
	 * Why a tick may not be started.
	 *
	 * @param verdict why
	 * @param askAgainAt when to ask again; 0 if there is no reason to
	 */
	record Refusal(Verdict verdict, long askAgainAt) {

		Refusal(Verdict verdict) {
			this(verdict, 0);
		}

	}

}
