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

import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * What came of the attempt to release a lock.
 *
 * @since 0.1.0
 */
public sealed interface LockRelease {

	/**
	 * Nothing keeps the job from running any more.
	 *
	 * @param holder who had the lock; {@code null} if nobody had
	 * @param wrongKeys what was in the way because it was of another type than the keys
	 * of the job are, for a human
	 */
	record Released(JobRecord.@Nullable Holder holder, List<String> wrongKeys) implements LockRelease {

		/**
		 * Make the list immutable.
		 * @param holder as above
		 * @param wrongKeys as above
		 */
		public Released {
			wrongKeys = List.copyOf(wrongKeys);
		}

	}

	/**
	 * The lock was left alone.
	 *
	 * @param holder who has it
	 */
	record Refused(JobRecord.Holder holder) implements LockRelease {

	}

	/**
	 * Nobody had the lock, and nothing kept the job from running.
	 */
	record NotLocked() implements LockRelease {

	}

}
