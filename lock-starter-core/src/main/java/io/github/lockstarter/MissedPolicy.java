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

/**
 * What happens to a tick of the schedule that came when no server was up, or when none
 * could ask Redis.
 *
 * @since 0.1.0
 * @see DistributedScheduled#onMissed()
 */
public enum MissedPolicy {

	/**
	 * It is not run. The next tick is run as ever.
	 */
	SKIP,

	/**
	 * The latest tick that was missed is run once, on one server, as trigger
	 * {@link JobRun.Trigger#CATCH_UP}: when a server starts, and when Redis can be asked
	 * again, if that is not too late. Only for cron expressions.
	 * @see DistributedScheduled#missedWithin()
	 */
	RUN_ONCE

}
