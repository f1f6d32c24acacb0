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
 * How a run ended.
 *
 * @since 0.1.0
 * @see JobFinished
 */
public enum RunOutcome {

	/**
	 * The method returned, or its publisher completed, and the lock was held to the end.
	 */
	SUCCEEDED,

	/**
	 * The method threw an exception, or its publisher failed or was cancelled by its
	 * subscriber.
	 */
	FAILED,

	/**
	 * The lock was lost while the method ran. Whether it returned or threw does not
	 * matter: another server may have run meanwhile.
	 */
	LOCK_LOST,

	/**
	 * The method took longer than {@link DistributedScheduled#timeout()}.
	 */
	TIMED_OUT

}
