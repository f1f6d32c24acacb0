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

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * What operators see of a job in a {@link Memory}, and do with it. Does what
 * {@code record.lua}, {@code pause.lua} and {@code release.lua} do, in the same order.
 *
 * @param memory where
 * @param keys the keys of the job
 */
record MemoryOperations(Memory memory, LockKeys keys) {

	private static final List<String> RUN = List.of("tick", "token", "server", "trigger", "started", "ended", "outcome",
			"failure");

	JobRecord record(int runs) {
		List<String> reply = new ArrayList<>();
		reply.add(String.valueOf(this.memory.now()));
		for (Object key : this.keys.all()) {
			reply.add(this.memory.type((String) key));
		}
		Map<String, String> state = reply.get(2).equals("hash") ? this.memory.hgetall(this.keys.state()) : Map.of();
		String last = JobState.text(state, "owner");
		String holder = reply.get(1).equals("hash") ? holder(last) : "";
		boolean holdsLock = !holder.isEmpty() && holder.equals(last);
		String outcome = last.isEmpty() ? "" : outcome(state, holdsLock);
		reply.add(holder);
		reply.add(holder.isEmpty() ? "" : String.valueOf(timeToLive()));
		reply.add(holdsLock ? "1" : "");
		reply.add((holdsLock && this.memory.expires()) ? JobState.text(state, "lease") : "");
		reply.add(JobState.text(state, "paused"));
		reply.add(failures(state, outcome));
		reply.add(JobState.text(state, "succeeded"));
		reply.add(JobState.text(state, "held-until"));
		reply.add(JobState.text(state, "due"));
		if (!last.isEmpty()) {
			reply.add(JobState.text(state, "run-tick"));
			RUN.subList(1, 6).forEach((field) -> reply.add(JobState.text(state, field)));
			reply.add(outcome);
			reply.add(JobState.text(state, "failure"));
		}
		if (reply.get(3).equals("stream") && runs > 0) {
			this.memory.xrevrange(this.keys.runs(), runs)
				.forEach((run) -> RUN.forEach((field) -> reply.add(JobState.text(run, field))));
		}
		return new RecordReader(reply).read(this.keys, runs);
	}

	private String holder(String last) {
		return this.memory.hexists(this.keys.lock(), last) ? last : MemoryAcquire.holder(this.memory, this.keys.lock());
	}

	/**
	 * Where no lock expires, none has an end.
	 */
	private long timeToLive() {
		return this.memory.expires() ? this.memory.pttl(this.keys.lock()) : Memory.ENDLESS;
	}

	/**
	 * A run that nobody has ended is over when its lock is gone.
	 */
	private static String outcome(Map<String, String> state, boolean holdsLock) {
		String outcome = JobState.text(state, "outcome");
		if (!outcome.isEmpty()) {
			return outcome;
		}
		RunRecord.State over = JobState.text(state, "lost").isEmpty() ? RunRecord.State.CRASHED
				: RunRecord.State.LOCK_LOST;
		return (holdsLock ? RunRecord.State.RUNNING : over).name();
	}

	/**
	 * A crash is counted by the next start, and until then here.
	 */
	private static String failures(Map<String, String> state, String outcome) {
		Long failures = JobState.number(state, "failures");
		if (outcome.equals(RunRecord.State.CRASHED.name())) {
			return String.valueOf(((failures != null) ? failures : 0) + 1);
		}
		return JobState.text(state, "failures");
	}

	/**
	 * Refuse the ticks of the schedule from now on, or no more.
	 * @return whether that is a change
	 */
	boolean pause(boolean paused) {
		String state = this.keys.state();
		if (this.memory.hexists(state, "paused") == paused) {
			return false;
		}
		String now = String.valueOf(this.memory.now());
		if (!paused) {
			this.memory.hset(state, "resumed", now);
			this.memory.hdel(state, "paused");
			return true;
		}
		this.memory.hset(state, "paused", now);
		long kept = RequestTerms.PAUSE_KEPT.toMillis();
		for (String key : List.of(state, this.keys.runs())) {
			if (this.memory.pttl(key) < kept) {
				this.memory.pexpire(key, kept);
			}
		}
		return true;
	}

	/**
	 * Take away what keeps the job from running.
	 * @param owner whose lock it is; {@code null} if it is nobody's
	 * @return false if somebody else has the lock
	 */
	boolean release(@Nullable String owner, boolean alive) {
		String field = (owner != null) ? owner : "";
		String lock = this.memory.type(this.keys.lock());
		if (lock.equals("hash")) {
			if (!this.memory.hexists(this.keys.lock(), field)) {
				return false;
			}
			this.memory.del(this.keys.lock());
			this.memory.publish(this.keys.lock());
			if (alive && isGoingOn(field)) {
				this.memory.hset(this.keys.state(), "lost", "1");
			}
		}
		else if (!lock.equals("none")) {
			this.memory.del(this.keys.lock());
		}
		String state = this.memory.type(this.keys.state());
		if (state.equals("hash")) {
			this.memory.hdel(this.keys.state(), "held-until");
		}
		else if (!state.equals("none")) {
			this.memory.del(this.keys.state());
		}
		String runs = this.memory.type(this.keys.runs());
		if (!runs.equals("stream") && !runs.equals("none")) {
			this.memory.del(this.keys.runs());
		}
		return true;
	}

	private boolean isGoingOn(String owner) {
		Map<String, String> state = this.memory.type(this.keys.state()).equals("hash")
				? this.memory.hgetall(this.keys.state()) : Map.of();
		return owner.equals(state.get("owner")) && JobState.text(state, "ended").isEmpty();
	}

}
