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

package io.github.lockstarter.lock;

/**
 * The {@code RLock} of this Redisson is not what our scripts take for it: the two would
 * not exclude each other. Not a trouble of Redis, and it does not pass.
 */
final class LayoutMismatchException extends RuntimeException {

	private static final long serialVersionUID = 1L;

	LayoutMismatchException(String difference) {
		super("The RLock of Redisson " + RedissonVersion.found() + " is laid out in another way than that of "
				+ RedissonVersion.NEWEST + ", which this version of lock-starter was tested with (" + difference
				+ "). Jobs and programs that hold such a lock would run at the same time, so no job runs. Set the "
				+ "version of org.redisson:redisson to " + RedissonVersion.NEWEST
				+ ", or take a lock-starter that knows the newer one.");
	}

}
