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

package io.github.lockstarter.sample.proof.servers;

import java.time.Duration;

import io.github.lockstarter.LockUnavailableException;
import io.github.lockstarter.operations.JobOperations;
import io.github.lockstarter.operations.JobReport;
import io.github.lockstarter.operations.RunReport;
import io.github.lockstarter.proof.history.Entry;
import io.github.lockstarter.proof.history.HistoryFile;
import org.awaitility.Awaitility;

import org.springframework.beans.factory.ObjectProvider;

/**
 * Writes down what Redis remembers of the runs of jobs, as an operator is shown it.
 */
class Memory {

	private static final Duration LIMIT = Duration.ofSeconds(30);

	private final String server;

	private final HistoryFile history;

	private final ObjectProvider<JobOperations> operations;

	Memory(String server, HistoryFile history, ObjectProvider<JobOperations> operations) {
		this.server = server;
		this.history = history;
		this.operations = operations;
	}

	void writeDown(String... jobs) {
		for (String job : jobs) {
			JobReport report = Awaitility.await(job)
				.atMost(LIMIT)
				.ignoreExceptionsInstanceOf(LockUnavailableException.class)
				.until(() -> this.operations.getObject().job(job).orElseThrow(), (found) -> true);
			long now = System.nanoTime();
			for (RunReport run : report.runs()) {
				this.history.add(new Entry.Remembered(this.server, now, job, run.tick().toEpochMilli(), run.token(),
						run.server(), run.result().name()));
			}
		}
		System.out.println(ProofServers.REPORTED);
	}

}
