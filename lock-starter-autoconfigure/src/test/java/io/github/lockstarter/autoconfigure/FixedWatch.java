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

package io.github.lockstarter.autoconfigure;

import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;

import org.jspecify.annotations.Nullable;

import io.github.lockstarter.operations.JobWatch;

/**
 * Knows one job, and what it is told: a job is overdue after minutes only.
 */
final class FixedWatch implements JobWatch {

	private final Map<String, Instant> overdue;

	private final AtomicReference<@Nullable Instant> lastSuccess = new AtomicReference<>();

	FixedWatch(Map<String, Instant> overdue) {
		this.overdue = overdue;
	}

	void lastSuccess(Instant lastSuccess) {
		this.lastSuccess.set(lastSuccess);
	}

	@Override
	public @Nullable Instant lastSuccess(String job) {
		return this.lastSuccess.get();
	}

	@Override
	public @Nullable Instant overdueSince(String job) {
		return this.overdue.get(job);
	}

	@Override
	public Collection<String> jobs() {
		return List.of("job");
	}

}
