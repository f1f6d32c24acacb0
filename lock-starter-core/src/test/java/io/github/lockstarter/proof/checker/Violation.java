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

/**
 * Something that must not happen, and did.
 *
 * @param invariant what does not hold
 * @param job the job; empty if it is about none
 * @param at when, in nanoseconds of the history
 * @param text what happened
 */
public record Violation(Invariant invariant, String job, long at, String text) {

	@Override
	public String toString() {
		return this.invariant + " " + this.job + ": " + this.text;
	}

	/**
	 * What must hold.
	 */
	public enum Invariant {

		/** A tick is started once at most, and none after a newer one. */
		ONCE_PER_TICK,

		/** No tick starts before its time on Redis's clock. */
		NEVER_EARLY,

		/** Of two runs of a job at most one believes in its lock. */
		NO_OVERLAP,

		/** A later run has a higher token. */
		TOKENS_RISE,

		/** The register takes no value from a run with a lower token. */
		REGISTER_NEVER_BACK,

		/** Who has lost the lock is told before somebody else has it. */
		TOLD_IN_TIME,

		/** No run begins where Redis cannot be asked. */
		NO_RUN_WITHOUT_REDIS,

		/** Nor more runs than the interval of a rate, a delay or a hold allows. */
		NO_EXTRA_RUN,

		/** Every due tick is run in its window, or there is a reason. */
		EVERY_TICK,

		/** What a dead server did is taken over. */
		TAKE_OVER,

		/** After a fault all goes on, without a restart. */
		HEAL,

		/** Every run has one end, and events and bodies agree on it. */
		ONE_END,

		/** What an operator is shown is what happened. */
		AGREEMENT,

		/** Nothing is left behind. */
		NO_LEAK

	}

}
