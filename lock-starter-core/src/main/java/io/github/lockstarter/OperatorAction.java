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

package io.github.lockstarter;

import org.jspecify.annotations.Nullable;

/**
 * Somebody steered: published as a Spring application event on the server that was asked,
 * after the action, so that there is a record of it.
 *
 * @param kind what was done
 * @param job the name of the job; {@code null} if it was about the server
 * @param server the id of the server that was asked
 * @param result what came of it, for a human
 * @param operator the name of who asked for it; {@code null} if nobody had signed in, or
 * code of the application did it
 * @since 0.1.0
 */
public record OperatorAction(Kind kind, @Nullable String job, String server, String result, @Nullable String operator) {

	/**
	 * Create an action that nobody is known to have asked for.
	 * @param kind what was done
	 * @param job the name of the job; {@code null} if it was about the server
	 * @param server the id of the server that was asked
	 * @param result what came of it, for a human
	 */
	public OperatorAction(Kind kind, @Nullable String job, String server, String result) {
		this(kind, job, server, result, null);
	}

	/**
	 * What an operator can do.
	 */
	public enum Kind {

		/** Run a job now. */
		RUN,

		/** Pause a job. */
		PAUSE,

		/** Resume a job. */
		RESUME,

		/** Release the lock of a job. */
		RELEASE,

		/** Release the lock of a job, whoever has it. */
		FORCE_RELEASE,

		/** Take no more ticks on this server. */
		DRAIN,

		/** Take ticks on this server again. */
		UNDRAIN

	}

}
