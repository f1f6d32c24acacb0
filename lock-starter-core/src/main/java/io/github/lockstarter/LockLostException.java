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
 * Thrown by {@link JobRun#assertLockHeld()} when the run can no longer trust its lock.
 * Another server may run the same job now: stop, and write nothing more. Also the error
 * of a publisher that was cancelled for this reason.
 *
 * @since 0.1.0
 */
public class LockLostException extends RuntimeException {

	private static final long serialVersionUID = 1L;

	/**
	 * Create the exception.
	 * @param message which job and tick, and what the lock says
	 */
	public LockLostException(String message) {
		super(message);
	}

}
