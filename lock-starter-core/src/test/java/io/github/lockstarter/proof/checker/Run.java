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

import java.util.ArrayList;
import java.util.List;

import io.github.lockstarter.proof.history.Entry;

/**
 * One run, put together from what its server wrote.
 */
final class Run {

	final Entry.Started start;

	/** The last moment after which it still believed in its lock. */
	private long lastHeld;

	/** The last moment in which it did something. */
	private long lastDone;

	private Entry.Ended end;

	private Entry.Lost lost;

	private final List<Entry.Finished> finishes = new ArrayList<>();

	Run(Entry.Started start) {
		this.start = start;
		this.lastDone = start.at();
		this.lastHeld = start.held() ? start.at() : Long.MIN_VALUE;
	}

	void add(Entry.Checkpoint checkpoint) {
		held(checkpoint.at(), checkpoint.held());
	}

	void add(Entry.Ended ended) {
		held(ended.at(), ended.held());
		this.end = ended;
	}

	void add(Entry.Finished finished) {
		this.finishes.add(finished);
	}

	void add(Entry.Lost lost) {
		this.lost = lost;
	}

	private void held(long at, boolean held) {
		this.lastDone = Math.max(this.lastDone, at);
		if (held) {
			this.lastHeld = Math.max(this.lastHeld, at);
		}
	}

	String server() {
		return this.start.server();
	}

	String job() {
		return this.start.job();
	}

	long tick() {
		return this.start.tick();
	}

	long token() {
		return this.start.token();
	}

	long at() {
		return this.start.at();
	}

	long lastHeld() {
		return this.lastHeld;
	}

	long lastDone() {
		return this.lastDone;
	}

	/**
	 * Tells whether it was told at its first instruction that its trust had ended.
	 */
	boolean isStale() {
		return !this.start.held();
	}

	/**
	 * Returns the end of its body, or {@code null}.
	 */
	Entry.Ended end() {
		return this.end;
	}

	Entry.Lost lost() {
		return this.lost;
	}

	/**
	 * Returns when it was told that it had lost its lock: by the message of that, or by
	 * that of its end.
	 */
	long told() {
		long ended = this.finishes.stream()
			.filter((finished) -> finished.outcome().equals("LOCK_LOST"))
			.mapToLong(Entry.Finished::at)
			.min()
			.orElse(Long.MAX_VALUE);
		return (this.lost != null) ? Math.min(this.lost.at(), ended) : ended;
	}

	List<Entry.Finished> finishes() {
		return this.finishes;
	}

	/**
	 * Tells whether it came to its end, with its lock.
	 */
	boolean isComplete() {
		return this.end != null && this.end.held() && this.lost == null;
	}

	/**
	 * Tells whether it was stopped because its time was over.
	 */
	boolean isTimedOut() {
		return this.finishes.stream().findFirst().filter((end) -> end.outcome().equals("TIMED_OUT")).isPresent();
	}

	@Override
	public String toString() {
		return "tick " + tick() + " token " + token() + " on " + server();
	}

}
