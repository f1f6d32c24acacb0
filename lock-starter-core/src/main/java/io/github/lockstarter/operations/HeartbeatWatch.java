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

import java.time.Duration;
import java.time.Instant;
import java.util.Collection;

import org.jspecify.annotations.Nullable;

import io.github.lockstarter.run.LocalJobs;
import io.github.lockstarter.run.LocalJobs.LocalJob;

/**
 * Answers from what the heartbeat has heard last, and what has happened here since.
 */
final class HeartbeatWatch implements JobWatch {

	private final LocalJobs jobs;

	private final Heartbeat heartbeat;

	private final Duration overdueAfter;

	HeartbeatWatch(LocalJobs jobs, Heartbeat heartbeat, Duration overdueAfter) {
		this.jobs = jobs;
		this.heartbeat = heartbeat;
		this.overdueAfter = overdueAfter;
	}

	@Override
	public @Nullable Instant lastSuccess(String job) {
		Instant now = this.heartbeat.now();
		Instant succeeded = this.heartbeat.activity(job, now).succeeded();
		// Whoever subtracts it from the time of this server gets its age
		return (succeeded != null) ? this.heartbeat.time().now().minus(Duration.between(succeeded, now)) : null;
	}

	@Override
	public @Nullable Instant overdueSince(String job) {
		Instant now = this.heartbeat.now();
		return this.jobs.all()
			.stream()
			.filter((local) -> local.name().equals(job))
			.findAny()
			.map((local) -> Overdue.since(local, this.heartbeat.activity(job, now), this.heartbeat.started(now), now,
					this.overdueAfter))
			.orElse(null);
	}

	@Override
	public Collection<String> jobs() {
		return this.jobs.all().stream().map(LocalJob::name).toList();
	}

}
