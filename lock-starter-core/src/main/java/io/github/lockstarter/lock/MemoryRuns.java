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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;

import io.github.lockstarter.RunOutcome;

/**
 * What an owner says of its run in a {@link Memory}. Does what {@code renew.lua},
 * {@code finish.lua} and {@code abandon.lua} do, in the same order.
 *
 * @param memory where
 * @param keys the keys of the job
 * @param terms what was asked for
 * @param owner the owner
 */
record MemoryRuns(Memory memory, LockKeys keys, RequestTerms terms, String owner) {

	Renewal renew(Instant giveUpAt) {
		long now = this.memory.now();
		Renewal.Verdict verdict = Renewal.Verdict.RENEWED;
		if (!this.memory.hexists(this.keys.lock(), this.owner)) {
			verdict = Renewal.Verdict.LOST;
		}
		else if (now > giveUpAt.toEpochMilli()) {
			verdict = Renewal.Verdict.TOO_LATE;
		}
		else {
			this.memory.pexpire(this.keys.lock(), this.terms.lease());
		}
		return new Renewal(verdict, Instant.ofEpochMilli(now));
	}

	/**
	 * Write down an end.
	 * @param told how the run ended, as far as its server knows
	 * @param failure empty for nothing
	 * @param started the answer to its request; {@code null} if it is not known
	 */
	RunOutcome finish(RunOutcome told, String failure, @Nullable Answer started, LockSettings settings) {
		boolean held = free();
		Map<String, String> before = Map.copyOf(this.memory.hgetall(this.keys.state()));
		String last = JobState.text(before, "owner");
		boolean forgotten = held && last.isEmpty() && started != null && started.token() != 0;
		if (!last.equals(this.owner) && !forgotten) {
			return RunOutcome.LOCK_LOST;
		}
		if (!JobState.text(before, "ended").isEmpty() && !forgotten) {
			// The reply was lost and the end is sent again
			return RunOutcome.valueOf(JobState.text(before, "outcome"));
		}
		RunOutcome outcome = held ? told : RunOutcome.LOCK_LOST;
		Map<String, String> run = (forgotten && started != null) ? forgotten(started, settings.server())
				: written(before);
		run.put("outcome", outcome.name());
		run.put("ended", String.valueOf(this.memory.now()));
		if (!failure.isEmpty()) {
			run.put("failure", failure);
		}
		end(before, run, outcome, failure, forgotten);
		long kept = JobState.text(before, "paused").isEmpty() ? this.terms.kept() : this.terms.pauseKept();
		if (forgotten) {
			this.memory.pexpire(this.keys.state(), kept);
		}
		MemoryAcquire.remember(this.memory, this.keys.runs(), run, settings.historyRuns(), kept);
		return outcome;
	}

	private static Map<String, String> written(Map<String, String> before) {
		Map<String, String> run = new LinkedHashMap<>();
		run.put("tick", JobState.text(before, "run-tick"));
		for (String field : List.of("token", "server", "trigger", "started")) {
			run.put(field, JobState.text(before, field));
		}
		return run;
	}

	/**
	 * Return the run of a state that was deleted or evicted meanwhile.
	 */
	private Map<String, String> forgotten(Answer started, String server) {
		Map<String, String> run = new LinkedHashMap<>();
		run.put("tick", String.valueOf(started.tick().toEpochMilli()));
		run.put("token", String.valueOf(started.token()));
		run.put("server", server);
		run.put("trigger", this.terms.request().trigger().name());
		run.put("started", String.valueOf((started.since() != null) ? started.since().toEpochMilli() : 0));
		return run;
	}

	private void end(Map<String, String> before, Map<String, String> run, RunOutcome outcome, String failure,
			boolean forgotten) {
		Map<String, String> end = new LinkedHashMap<>();
		String now = String.valueOf(this.memory.now());
		end.put("ended", now);
		end.put("outcome", outcome.name());
		end.put("failure", failure);
		end.put("undo", "");
		if (forgotten) {
			again(run, end);
		}
		Long failures = JobState.number(before, "failures");
		if (outcome == RunOutcome.SUCCEEDED) {
			end.put("succeeded", now);
			end.put("failures", "");
		}
		else {
			end.put("failures", String.valueOf(((failures != null) ? failures : 0) + 1));
		}
		String tick = JobState.text(before, "run-tick");
		if (outcome != RunOutcome.LOCK_LOST && !tick.isEmpty() && tick.equals(JobState.text(before, "open"))) {
			// This tick has ended under its lock
			end.put("open", "");
			end.put("attempts", "");
		}
		if (this.terms.delay() > 0) {
			end.put(this.terms.dueField(), String.valueOf(this.memory.now() + this.terms.delay()));
		}
		this.memory.hset(this.keys.state(), end);
	}

	/**
	 * Write down the start, too, because nothing is left of it.
	 */
	private void again(Map<String, String> run, Map<String, String> end) {
		end.put("owner", this.owner);
		end.put("run-tick", JobState.text(run, "tick"));
		for (String field : List.of("token", "server", "trigger", "started")) {
			end.put(field, JobState.text(run, field));
		}
		long tick = Long.parseLong(JobState.text(run, "tick"));
		if (this.terms.isNominal()) {
			end.put("tick", String.valueOf(tick));
		}
		else if (this.terms.kind().equals("RATE")) {
			long interval = this.terms.interval();
			long soonest = Long.parseLong(JobState.text(run, "started")) + interval * 3 / 4;
			end.put(this.terms.dueField(), String.valueOf(Math.max(tick + interval, soonest)));
		}
		if (this.terms.atLeast() > 0) {
			end.put("held-until", String.valueOf(tick + this.terms.atLeast()));
		}
	}

	/**
	 * Give back the lock, and the tick.
	 * @return 1 if there was a tick to give back, or 0
	 */
	long abandon() {
		free();
		Map<String, String> before = Map.copyOf(this.memory.hgetall(this.keys.state()));
		Map<String, String> change = new LinkedHashMap<>();
		String abandoned = JobState.text(before, "abandoned");
		if (!JobState.hasGivenBack(abandoned, this.owner)) {
			change.put("abandoned", JobState.givenBackBy(abandoned, this.owner));
		}
		boolean givesTickBack = JobState.text(before, "owner").equals(this.owner)
				&& !JobState.text(before, "undo").isEmpty();
		if (givesTickBack) {
			undo(before, change);
		}
		if (!change.isEmpty()) {
			RuntimeException error = this.memory.attempt(() -> this.memory.hset(this.keys.state(), change));
			if (error != null && givesTickBack) {
				throw error;
			}
		}
		// Also where this broke off here before
		if (this.memory.pttl(this.keys.state()) == Memory.ENDLESS) {
			this.memory.pexpire(this.keys.state(), this.terms.kept());
		}
		return givesTickBack ? 1 : 0;
	}

	private void undo(Map<String, String> before, Map<String, String> change) {
		String[] undo = JobState.text(before, "undo").split(";", -1);
		change.put("tick", undo[0]);
		change.put(this.terms.dueField(), undo[1]);
		change.put("held-until", undo[2]);
		change.put("open", undo[3]);
		change.put("attempts", undo[4]);
		String tick = JobState.text(before, "run-tick");
		if (!tick.isEmpty() && tick.equals(JobState.text(before, "open")) && !tick.equals(undo[3])) {
			// Others may have seen this tick run, and wait for what becomes of it
			change.put("given-back", tick);
		}
		for (String field : List.of("owner", "server", "started", "run-tick", "undo", "trigger")) {
			change.put(field, "");
		}
	}

	/**
	 * Free the lock if it is the owner's. Does what {@code free.lua} does.
	 */
	private boolean free() {
		if (!this.memory.hdel(this.keys.lock(), this.owner)) {
			return false;
		}
		this.memory.publish(this.keys.lock());
		return true;
	}

}
