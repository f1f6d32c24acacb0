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

package io.github.lockstarter.operations;

import java.time.Duration;
import java.time.Instant;
import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * A server, as it told of itself last.
 *
 * @param id its id
 * @param host the name of its host
 * @param version the version of the application; {@code null} if it is not known
 * @param started when it started
 * @param lastSeen when it told of itself last, on Redis's clock
 * @param clockOffset by how much its clock is ahead of Redis's, negative if behind;
 * {@code null} if it is not known
 * @param state whether it takes ticks
 * @param jobs the names of the jobs that it knows
 * @since 0.1.0
 */
public record ServerReport(String id, String host, @Nullable String version, Instant started, Instant lastSeen,
		@Nullable Duration clockOffset, State state, List<String> jobs) {

	/**
	 * Whether a server takes ticks.
	 */
	public enum State {

		/** It takes ticks. */
		UP,

		/** It was told to take no more ticks. */
		DRAINING,

		/** It has said that it ends. It is left out ten minutes later. */
		STOPPED,

		/**
		 * It has not been heard of for 30 seconds and has not said that it ends: it was
		 * killed, or is cut off. It is forgotten after a day.
		 */
		GONE

	}

}
