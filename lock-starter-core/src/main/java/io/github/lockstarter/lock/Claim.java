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
import java.time.Instant;

import org.jspecify.annotations.Nullable;

import io.github.lockstarter.SkipReason;

/**
 * What came of asking for a tick.
 *
 * @since 0.1.0
 */
public sealed interface Claim {

	/**
	 * The tick is claimed and the lock is held.
	 *
	 * @param lock the lock
	 */
	record Granted(HeldLock lock) implements Claim {

	}

	/**
	 * The tick is not due yet on Redis's clock: this server's clock is a little ahead. No
	 * skip; ask again.
	 *
	 * @param delay how long until the tick is due
	 */
	record Early(Duration delay) implements Claim {

	}

	/**
	 * Somebody else has the tick, or nobody can have it.
	 *
	 * @param reason why
	 * @param holder the server that runs or ran last; {@code null} if not known
	 * @param since when that run started; {@code null} if not known
	 * @param askAgainIn when it makes sense to ask again; {@code null} if it does not.
	 * With {@link SkipReason#ALREADY_RAN}: the run has not ended, and if it crashes, this
	 * tick may be run again
	 * @param detail more for a human; may be {@code null}
	 * @param trouble what is wrong with Redis; {@code null} unless the reason is
	 * {@link SkipReason#REDIS_UNAVAILABLE}
	 * @param acquireTime how long it took to learn that; {@code null} if no answer of
	 * Redis was waited for
	 */
	record Refused(SkipReason reason, @Nullable String holder, @Nullable Instant since, @Nullable Duration askAgainIn,
			@Nullable String detail, @Nullable Trouble trouble, @Nullable Duration acquireTime) implements Claim {

		/**
		 * A refusal by a Redis with which nothing is wrong.
		 * @param reason why
		 * @param holder the server that runs or ran last
		 * @param since when that run started
		 * @param askAgainIn when it makes sense to ask again
		 * @param detail more for a human
		 */
		public Refused(SkipReason reason, @Nullable String holder, @Nullable Instant since,
				@Nullable Duration askAgainIn, @Nullable String detail) {
			this(reason, holder, since, askAgainIn, detail, null, null);
		}

		/**
		 * Return the same refusal, with the time that it took.
		 * @param acquireTime how long it took to learn that
		 * @return the refusal
		 */
		public Refused after(@Nullable Duration acquireTime) {
			return new Refused(this.reason, this.holder, this.since, this.askAgainIn, this.detail, this.trouble,
					acquireTime);
		}

	}

}
