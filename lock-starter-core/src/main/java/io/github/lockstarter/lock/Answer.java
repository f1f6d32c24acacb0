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
 * What the rules answer to a question or a start.
 *
 * @param verdict yes, or why not
 * @param redisTime the time on Redis's clock
 * @param askAgainAt when to ask again, on Redis's clock
 * @param holder the server that runs or ran last; of a start, the one that ran before it
 * @param since when that run started; of a start, when this one did
 * @param token the fencing token of that run; of a start, of this one
 * @param tick which tick that run was; of a start, this one
 * @param schedule what the schedule of the job is on the server that ran last, if it is
 * another one than on this server
 * @param attempts how often this tick has been started, if no run of it has ended yet and
 * it may be started again; else zero
 * @param open the nominal tick of which no run has ended yet
 * @param lockHolder the field of the lock, where the lock is why the tick is refused
 */
record Answer(Verdict verdict, Instant redisTime, @Nullable Instant askAgainAt, @Nullable String holder,
		@Nullable Instant since, long token, Instant tick, @Nullable String schedule, int attempts,
		@Nullable Instant open, @Nullable String lockHolder) {

}
