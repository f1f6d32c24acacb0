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

import io.github.lockstarter.RunOutcome;
import io.github.lockstarter.schedule.Tick;

/**
 * A step of a history that is played on both stores. It says all there is to say, so that
 * any of those before it may be left out.
 *
 * @param what what is done
 * @param server which server does it
 * @param job which job
 * @param owner which owner
 * @param ask what is asked for, or was where nothing is known of the owner
 * @param number what else there is to say: a time, which of several
 * @param refused which write of the script is refused, if any
 */
record TwinStep(What what, int server, int job, int owner, Ask ask, long number, int refused) {

	/** What is done, and how often. */
	enum What {

		ACQUIRE(24, true), LOOK(8, true), RENEW(4, true), FINISH(12, true), ABANDON(5, true), PAUSE(2, true),
		RESUME(4, true), RELEASE(3, true), BEAT(3, true), SERVERS(1, true), PROBE(1, true), LOCK(2, false),
		PERSIST(1, false), ANOTHER_TYPE(1, false), DELETE(3, false), TIME(24, false);

		final int often;

		/** Done by a store, and not to it. */
		final boolean byStore;

		What(int often, boolean byStore) {
			this.often = often;
			this.byStore = byStore;
		}

	}

	RunOutcome outcome() {
		return RunOutcome.values()[(int) (this.number % 4)];
	}

	/**
	 * Return when the caller gives up, if it has said so.
	 */
	@Nullable Instant giveUpAt() {
		return (this.number != Long.MAX_VALUE) ? Instant.ofEpochMilli(this.number) : null;
	}

	@Override
	public String toString() {
		String who = " by " + this.server + " of job " + this.job;
		String broken = (this.refused != PlayedRedis.NONE) ? ", write " + this.refused + " refused" : "";
		return this.what + switch (this.what) {
			case TIME -> " " + this.number + " ms";
			case ACQUIRE -> who + ", owner " + this.owner + ", " + this.ask + ", gives up at " + giveUpAt() + broken;
			case LOOK -> who + ", " + this.ask + broken;
			case RENEW, FINISH, ABANDON -> who + ", owner " + this.owner + ", " + this.number + broken;
			default -> who + ", " + this.number + broken;
		};
	}

	/**
	 * What is asked for.
	 */
	record Ask(Tick tick, boolean ownDueTime, int lease, int atLeast, int atMost, LockRequest.Purpose purpose,
			@Nullable String schedule, long gap) {

		LockRequest of(String job, @Nullable String group) {
			return new LockRequest(job, group, this.schedule, this.tick, this.ownDueTime, Duration.ofMillis(this.lease),
					Duration.ofMillis(this.atLeast), this.atMost, this.purpose, Duration.ofMillis(this.gap));
		}

		Ask with(Tick tick, LockRequest.Purpose purpose) {
			return new Ask(tick, this.ownDueTime, this.lease, this.atLeast, this.atMost, purpose, this.schedule,
					this.gap);
		}

	}

}
