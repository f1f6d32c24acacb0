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

package io.github.lockstarter.sample.archive;

import java.time.Duration;
import java.time.Instant;

import io.github.lockstarter.DistributedScheduled;
import io.github.lockstarter.sample.runlog.RunLog;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/**
 * Keeps the table of settlements small.
 */
@Component
class ArchiveJob {

	private final SettlementArchive archive;

	private final RunLog runLog;

	private final Duration keep;

	ArchiveJob(SettlementArchive archive, RunLog runLog, @Value("${sample.archive.keep:10s}") Duration keep) {
		this.archive = archive;
		this.runLog = runLog;
		this.keep = keep;
	}

	@Scheduled(fixedDelayString = "${sample.archive.delay:5s}")
	@DistributedScheduled("archive")
	void archive() {
		this.runLog.record(() -> "archived " + this.archive.take(Instant.now().minus(this.keep)) + " settlements");
	}

}
