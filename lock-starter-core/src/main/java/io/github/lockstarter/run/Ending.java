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

package io.github.lockstarter.run;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;

import org.jspecify.annotations.Nullable;

import io.github.lockstarter.RunOutcome;

/**
 * The end of a run, which is being written down. To be followed by
 * {@link JobRunner#ended}.
 *
 * @param run the run
 * @param failure how it failed; {@code null} if it did not
 * @param duration how long it took
 * @param written completed with the outcome that counts, within the acquire timeout;
 * never failed
 */
record Ending(ActiveRun run, @Nullable Throwable failure, Duration duration, CompletableFuture<RunOutcome> written) {

}
