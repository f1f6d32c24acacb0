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

package io.github.lockstarter.run;

import org.jspecify.annotations.Nullable;

import io.github.lockstarter.schedule.Fire;

/**
 * One call of a job's method: what was decided about it before any other advice, and how
 * it has gone so far. It travels with the invocation, to whichever thread that goes, and
 * is shared by all of its clones.
 */
final class JobCall {

	private final @Nullable Fire fire;

	private final boolean admitted;

	private volatile @Nullable Throwable failure;

	/**
	 * Create a call.
	 * @param fire the fire that is meant for the job; {@code null} for a call by hand
	 * @param admitted whether it was found already that this server takes the tick
	 */
	JobCall(@Nullable Fire fire, boolean admitted) {
		this.fire = fire;
		this.admitted = admitted;
	}

	@Nullable Fire fire() {
		return this.fire;
	}

	boolean isAdmitted() {
		return this.admitted;
	}

	/**
	 * A run of this call has failed.
	 */
	void failed(Throwable failure) {
		this.failure = failure;
	}

	/**
	 * Return how the last run of this call failed.
	 * @return {@code null} if none has
	 */
	@Nullable Throwable failure() {
		return this.failure;
	}

}
