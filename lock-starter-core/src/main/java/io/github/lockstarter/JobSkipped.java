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

import java.time.Duration;
import java.time.Instant;

import org.jspecify.annotations.Nullable;

/**
 * This server did not run a tick, or did not run a call by hand.
 *
 * @param job the name of the job
 * @param server the id of this server
 * @param tick which tick; {@code null} for a call by hand, and for a fixed rate or delay
 * whose due time is not known
 * @param reason why
 * @param holder the server that runs or ran instead; {@code null} if that is not known
 * @param since when that run started, on Redis's clock; {@code null} if that is not known
 * @param detail more for a human, such as the error of Redis or the clock offset; may be
 * {@code null}
 * @param acquireTime how long this server asked until it was refused, the last time if it
 * asked several times; {@code null} if Redis was not asked
 * @since 0.1.0
 */
public record JobSkipped(String job, String server, @Nullable Instant tick, SkipReason reason, @Nullable String holder,
		@Nullable Instant since, @Nullable String detail, @Nullable Duration acquireTime) implements JobEvent {

}
