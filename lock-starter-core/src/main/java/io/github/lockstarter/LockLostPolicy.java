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
 * What happens to a run whose lock is lost. In both cases the run is told:
 * {@link JobRun#isLockHeld()} answers false, {@link JobRun#assertLockHeld()} throws, a
 * {@link JobLockLost} event is published and the outcome is {@link RunOutcome#LOCK_LOST}.
 *
 * @since 0.1.0
 * @see DistributedScheduled#onLockLost()
 */
public enum LockLostPolicy {

	/**
	 * The thread is interrupted. An interrupt is a request: a method that never looks at
	 * it goes on. A publisher is cancelled, and its subscriber gets a
	 * {@link LockLostException}.
	 */
	INTERRUPT,

	/**
	 * The thread, or the publisher, is left alone.
	 */
	CONTINUE

}
