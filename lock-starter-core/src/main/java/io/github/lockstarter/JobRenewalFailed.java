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

import java.time.Instant;

/**
 * A renewal of the lease of a run on this server was not confirmed by Redis in time. The
 * lock is still held, and the renewal is tried again; if none succeeds before the lease
 * is over, a {@link JobLockLost} follows. Published once for each attempt, on a thread of
 * its own.
 *
 * @param job the name of the job
 * @param server the id of this server
 * @param tick which tick
 * @param token the fencing token of the run
 * @param cause what went wrong, for a human
 * @since 0.1.0
 */
public record JobRenewalFailed(String job, String server, Instant tick, long token, String cause) implements JobEvent {

}
