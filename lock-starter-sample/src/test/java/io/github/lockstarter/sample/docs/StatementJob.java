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
package io.github.lockstarter.sample.docs;

import org.springframework.scheduling.annotation.Scheduled;

import io.github.lockstarter.DistributedScheduled;
import io.github.lockstarter.JobRun;

/**
 * The job of the simulations in docs/testing.md. Not a component: the sample's own
 * application would find it.
 */
class StatementJob {

	@Scheduled(cron = "0 30 2 * * *", zone = "${statements.zone}")
	@DistributedScheduled("statements")
	void send() {
		throw new IllegalStateException("What is simulated sends no statements of " + JobRun.current().tick());
	}

}
