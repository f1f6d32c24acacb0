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

package io.github.lockstarter.sample.runlog;

import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.function.Supplier;

import io.github.lockstarter.JobRun;

import org.springframework.context.ApplicationEventPublisher;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.util.Assert;

/**
 * The log of all runs of all jobs. The start is written before the work and stays
 * whatever becomes of the work, so a run that failed or died is there too.
 */
@Component
public class RunLog {

	private static final int MAX_RESULT = 500;

	private final JdbcClient jdbc;

	private final ApplicationEventPublisher events;

	RunLog(JdbcClient jdbc, ApplicationEventPublisher events) {
		this.jdbc = jdbc;
		this.events = events;
	}

	/**
	 * Does the work of the current run and logs its start and its end. Must not be called
	 * in a transaction, because a rollback would take the row away.
	 * @param work does the work, and says in a few words what it did
	 */
	public void record(Supplier<String> work) {
		Assert.state(!TransactionSynchronizationManager.isActualTransactionActive(),
				"The run log must not be part of a transaction");
		JobRun run = JobRun.current();
		started(run);
		boolean succeeded = false;
		String result = "an error";
		try {
			result = work.get();
			succeeded = true;
		}
		catch (RuntimeException ex) {
			result = ex.getClass().getSimpleName() + ": " + ex.getMessage();
			throw ex;
		}
		finally {
			ended(run, succeeded, result);
		}
	}

	private void started(JobRun run) {
		this.jdbc.sql("""
				insert into run_log (job, tick, server, token, trigger, started_at)
				values (?, ?, ?, ?, ?, ?)""")
			.params(run.name(), utc(run.tick()), run.server(), run.token(), run.trigger().name(), utc(Instant.now()))
			.update();
	}

	private void ended(JobRun run, boolean succeeded, String result) {
		this.jdbc.sql("""
				update run_log set ended_at = ?, succeeded = ?, result = ?
				where job = ? and server = ? and token = ?""")
			.params(utc(Instant.now()), succeeded, result.substring(0, Math.min(result.length(), MAX_RESULT)),
					run.name(), run.server(), run.token())
			.update();
		this.events.publishEvent(new RunLogged(run.name(), run.tick(), result));
	}

	private static OffsetDateTime utc(Instant instant) {
		return instant.atOffset(ZoneOffset.UTC);
	}

}
