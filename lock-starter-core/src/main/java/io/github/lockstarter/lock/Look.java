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

import org.jspecify.annotations.Nullable;

/**
 * What Redis says of a job to somebody who claims nothing.
 *
 * @param redisTime what time it is
 * @param open the nominal tick that has been started and not ended, if it may be started
 * again; {@code null} if there is none
 * @param startable whether the tick that was asked for may be started, now or when the
 * lock is free
 * @param schedule what the schedule of the job is on the server that ran last;
 * {@code null} if it is not known
 * @since 0.1.0
 */
public record Look(Instant redisTime, @Nullable Instant open, boolean startable, @Nullable String schedule) {

	static Look of(Answer answer) {
		return new Look(answer.redisTime(), answer.open(), switch (answer.verdict()) {
			case GO, LOCKED, ENDLESS -> true;
			default -> false;
		}, answer.schedule());
	}

}
