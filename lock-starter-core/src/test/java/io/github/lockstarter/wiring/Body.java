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
package io.github.lockstarter.wiring;

import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

import io.github.lockstarter.JobRun;

/**
 * What every body of a job says of itself: the run that it is in, or that it is in none.
 */
public final class Body {

	/** What a body says that runs without its lock. */
	static final String UNLOCKED = "UNLOCKED";

	private static final Queue<Call> calls = new ConcurrentLinkedQueue<>();

	private Body() {
	}

	/**
	 * Note that the body of a job is carried out.
	 */
	public static void run() {
		calls.add(call());
	}

	private static Call call() {
		try {
			JobRun run = JobRun.current();
			run.assertLockHeld();
			return new Call(run.trigger().name(), run.name(), run.token());
		}
		catch (IllegalStateException ex) {
			return new Call(UNLOCKED, "none", 0);
		}
	}

	static void forget() {
		calls.clear();
	}

	static List<Call> calls() {
		return List.copyOf(calls);
	}

	/**
	 * One call of a body.
	 *
	 * @param trigger what started its run, or that there was none
	 * @param job the name of its job
	 * @param token the token of its run
	 */
	record Call(String trigger, String job, long token) {

	}

}
