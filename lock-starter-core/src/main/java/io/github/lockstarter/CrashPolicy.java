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
 * What happens to a tick of the schedule when the server that runs it dies in the middle.
 * A run that lost its lock counts as one that died, whatever it does afterwards; a run
 * that ends under its lock, also by an exception or a timeout, is never repeated.
 *
 * @since 0.1.0
 * @see DistributedScheduled#onCrash()
 */
public enum CrashPolicy {

	/**
	 * It is not run again: at most once. The next tick is run as ever.
	 */
	SKIP,

	/**
	 * Another server runs the same tick again once the lease is over, with a higher
	 * token, as trigger {@link JobRun.Trigger#RERUN}: at least once, until the attempts
	 * are used up or a newer tick has started. The method must bear to be run again after
	 * any part of it. Only for cron expressions.
	 */
	RERUN

}
