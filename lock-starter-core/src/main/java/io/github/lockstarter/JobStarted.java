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

/**
 * This server acquired the lock and is about to run the job.
 *
 * @param job the name of the job
 * @param server the id of this server
 * @param tick which tick
 * @param token the fencing token of the run
 * @param trigger what started it
 * @param acquireTime how long this server asked until it was granted; where Redis cannot
 * be asked and the job runs all the same, until that was clear
 * @since 0.1.0
 */
public record JobStarted(String job, String server, Instant tick, long token, JobRun.Trigger trigger,
		Duration acquireTime) implements JobEvent {

}
