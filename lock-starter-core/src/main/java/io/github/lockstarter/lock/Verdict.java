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

import org.jspecify.annotations.Nullable;

import io.github.lockstarter.SkipReason;

/**
 * The first word of what the rules answer. The names are those in the scripts.
 */
enum Verdict {

	GO(null), STARTED(null), EARLY(null), LOCKED(null), ENDLESS(null), LOST(null), TOO_LATE(null),

	ALREADY_RAN(SkipReason.ALREADY_RAN), SUPERSEDED(SkipReason.SUPERSEDED), NOT_DUE(SkipReason.NOT_DUE),
	HELD(SkipReason.HELD), STILL_RUNNING(SkipReason.STILL_RUNNING), CLOCK_AHEAD(SkipReason.CLOCK_AHEAD),
	CRASHED(SkipReason.CRASHED), PAUSED(SkipReason.PAUSED);

	private final @Nullable SkipReason skipReason;

	Verdict(@Nullable SkipReason skipReason) {
		this.skipReason = skipReason;
	}

	@Nullable SkipReason skipReason() {
		return this.skipReason;
	}

}
