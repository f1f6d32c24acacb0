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

/**
 * What Redis answers to a renewal.
 *
 * @param verdict whether the lease starts anew, or why not
 * @param redisTime the time on Redis's clock
 */
record Renewal(Verdict verdict, Instant redisTime) {

	/**
	 * The first word of the answer. The names are those in the script.
	 */
	enum Verdict {

		/** The lease starts anew. */
		RENEWED,

		/** The lock is not the caller's any more. */
		LOST,

		/** By Redis's clock the caller has given up. Nothing has changed. */
		TOO_LATE

	}

}
