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
 * Redis could not be asked: for the lock of a job whose policy is
 * {@link RedisUnavailablePolicy#FAIL}, and so the job has not run; or for what an
 * operator wants to know, or to change.
 *
 * @since 0.1.0
 */
public class LockUnavailableException extends RuntimeException {

	private static final long serialVersionUID = 1L;

	/**
	 * Create the exception.
	 * @param message which job, and what Redis said
	 */
	public LockUnavailableException(String message) {
		super(message);
	}

}
