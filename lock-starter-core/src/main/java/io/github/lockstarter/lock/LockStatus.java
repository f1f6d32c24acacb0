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

import java.time.Duration;
import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * Whether the locks of a server work, at the moment of the question.
 *
 * @param namespace what keeps the jobs of different applications apart
 * @param server the id of this server
 * @param place what the locks are kept in, without secrets
 * @param failure why no lock can be had: Redis does not answer, or it takes no locks;
 * {@code null} if locks can be had
 * @param clockOffset by how much the clock of this server is ahead of Redis's, negative
 * if it is behind; {@code null} if that is not known
 * @param maxClockSkew how far it may be ahead
 * @param evictions what each server of Redis that may evict locks says of itself; empty
 * if none does, or if it is not known
 * @since 0.1.0
 */
public record LockStatus(String namespace, String server, String place, @Nullable String failure,
		@Nullable Duration clockOffset, Duration maxClockSkew, List<String> evictions) {

	/**
	 * Make the list immutable.
	 * @param namespace as above
	 * @param server as above
	 * @param place as above
	 * @param failure as above
	 * @param clockOffset as above
	 * @param maxClockSkew as above
	 * @param evictions as above
	 */
	public LockStatus {
		evictions = List.copyOf(evictions);
	}

	/**
	 * Tell whether the clock of this server is so far ahead of Redis's that ticks with a
	 * nominal time, such as those of cron expressions, are skipped here.
	 * @return whether it is; false if that is not known
	 */
	public boolean isClockAhead() {
		return this.clockOffset != null && this.clockOffset.compareTo(this.maxClockSkew) > 0;
	}

}
