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

import java.time.Instant;

import org.jspecify.annotations.Nullable;

import io.github.lockstarter.SkipReason;

/**
 * The ticks of a job that one server did not run for one reason: how many, and the last
 * of them.
 *
 * @param server the id of the server
 * @param reason why
 * @param count how many since the server started
 * @param tick the last one; {@code null} if it has none
 * @param at when that was, on the clock of the server
 * @param holder who ran instead; {@code null} if that is not known
 * @param detail more for a human; may be {@code null}
 * @since 0.1.0
 */
public record SkipReport(String server, SkipReason reason, long count, @Nullable Instant tick, Instant at,
		@Nullable String holder, @Nullable String detail) {

}
