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

package io.github.lockstarter.operations;

import java.time.Instant;

import org.jspecify.annotations.Nullable;

/**
 * What came of the attempt to release a lock.
 *
 * @since 0.1.0
 */
public sealed interface ReleaseResult {

	/**
	 * The lock is free now.
	 *
	 * @param holder who had it; {@code null} if that is not known
	 * @since 0.1.0
	 */
	record Released(@Nullable String holder) implements ReleaseResult {

	}

	/**
	 * The holder may be alive, so its lock was left alone.
	 *
	 * @param holder who has it; {@code null} if that is not known
	 * @param since since when, on Redis's clock; {@code null} if that is not known
	 * @param until when its lease ends, if it is not renewed; {@code null} if never
	 * @since 0.1.0
	 */
	record Refused(@Nullable String holder, @Nullable Instant since, @Nullable Instant until) implements ReleaseResult {

	}

	/**
	 * Nobody has the lock, and nothing keeps the job from running.
	 *
	 * @since 0.1.0
	 */
	record NotLocked() implements ReleaseResult {

	}

}
