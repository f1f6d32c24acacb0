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
 * One tick that one server did not run, of the last ones.
 *
 * @param job the name of the job
 * @param server the id of the server
 * @param tick which tick; {@code null} if it has none
 * @param at when, on the clock of the server
 * @param reason why
 * @since 0.1.0
 */
public record Refusal(String job, String server, @Nullable Instant tick, Instant at, SkipReason reason) {

}
