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

package io.github.lockstarter.sample.proof.servers;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

import io.github.lockstarter.JobRun;
import io.github.lockstarter.proof.history.Entry;
import io.github.lockstarter.proof.history.HistoryFile;

/**
 * What a job does: it writes down that it begins, that it goes on and that it ends, and
 * writes to the register at the beginning and at the end. Each time the clock is read
 * before the run is asked for its lock.
 */
class Work {

	private static final Duration STEP = Duration.ofMillis(100);

	private final String server;

	private final HistoryFile history;

	private final RegisterClient register;

	Work(String server, HistoryFile history, RegisterClient register) {
		this.server = server;
		this.history = history;
		this.register = register;
	}

	/**
	 * Works, and ends without a further word when it is interrupted.
	 */
	void stopWhenLost(Duration time) throws InterruptedException {
		JobRun run = begin(Register.WRITE);
		long end = System.nanoTime() + time.toNanos();
		for (long left = time.toNanos(); left > 0; left = end - System.nanoTime()) {
			Thread.sleep(Duration.ofNanos(Math.min(left, STEP.toNanos())).toMillis());
			checkpoint(run);
		}
		end(run, Register.WRITE);
	}

	/**
	 * Works, whatever happens to its lock.
	 */
	void goOn(Duration time) {
		goOn(time, Register.WRITE);
	}

	/**
	 * The same, and the register is not told to look at the token.
	 */
	void goOnUnfenced(Duration time) {
		goOn(time, Register.WRITE_ANYWAY);
	}

	private void goOn(Duration time, String way) {
		JobRun run = begin(way);
		long end = System.nanoTime() + time.toNanos();
		for (long left = time.toNanos(); left > 0; left = end - System.nanoTime()) {
			LockSupport.parkNanos(Math.min(left, STEP.toNanos()));
			checkpoint(run);
		}
		end(run, way);
	}

	private JobRun begin(String way) {
		JobRun run = JobRun.current();
		long now = System.nanoTime();
		this.history.add(new Entry.Started(this.server, now, run.name(), run.tick().toEpochMilli(), run.token(),
				run.isLockHeld()));
		this.register.ask(way, Register.BEGIN, run.name(), run.token());
		return run;
	}

	private void checkpoint(JobRun run) {
		long now = System.nanoTime();
		this.history.add(new Entry.Checkpoint(this.server, now, run.name(), run.token(), run.isLockHeld()));
	}

	private void end(JobRun run, String way) {
		this.register.ask(way, Register.END, run.name(), run.token());
		long now = System.nanoTime();
		this.history.add(new Entry.Ended(this.server, now, run.name(), run.token(), run.isLockHeld()));
	}

}
