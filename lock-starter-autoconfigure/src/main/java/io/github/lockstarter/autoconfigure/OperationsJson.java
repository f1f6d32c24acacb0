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
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

import org.jspecify.annotations.Nullable;

import io.github.lockstarter.operations.JobReport;
import io.github.lockstarter.operations.Overview;
import io.github.lockstarter.operations.Refusal;
import io.github.lockstarter.operations.ReleaseResult;
import io.github.lockstarter.operations.RunReport;
import io.github.lockstarter.operations.ServerReport;
import io.github.lockstarter.operations.SkipReport;

/**
 * Puts reports into maps of texts, numbers, truth values and lists: whichever Jackson
 * writes them, and however it was configured, the JSON is the same. What is {@code null}
 * is left out.
 */
final class OperationsJson {

	private OperationsJson() {
	}

	static Map<String, Object> overview(Overview overview, boolean writes) {
		Map<String, Object> json = new LinkedHashMap<>();
		put(json, "namespace", overview.namespace());
		put(json, "server", overview.server());
		put(json, "at", overview.at());
		put(json, "writes", writes);
		put(json, "jobs", list(overview.jobs(), OperationsJson::job));
		put(json, "servers", list(overview.servers(), OperationsJson::server));
		put(json, "refusals", list(overview.refusals(), OperationsJson::refusal));
		put(json, "warnings", overview.warnings());
		return json;
	}

	static Map<String, Object> job(JobReport job) {
		Map<String, Object> json = new LinkedHashMap<>();
		put(json, "name", job.name());
		put(json, "group", job.group());
		put(json, "schedule", job.schedule());
		put(json, "method", job.method());
		put(json, "runnableHere", job.runnableHere());
		put(json, "state", job.state());
		put(json, "running", (job.running() != null) ? run(job.running()) : null);
		put(json, "lockedUntil", job.lockedUntil());
		put(json, "last", (job.last() != null) ? run(job.last()) : null);
		put(json, "lastSuccess", job.lastSuccess());
		put(json, "next", job.next());
		put(json, "overdueSince", job.overdueSince());
		put(json, "paused", job.paused());
		put(json, "consecutiveFailures", job.consecutiveFailures());
		put(json, "runs", list(job.runs(), OperationsJson::run));
		put(json, "skips", list(job.skips(), OperationsJson::skip));
		return json;
	}

	private static Map<String, Object> run(RunReport run) {
		Map<String, Object> json = new LinkedHashMap<>();
		put(json, "tick", run.tick());
		put(json, "token", run.token());
		put(json, "server", run.server());
		put(json, "trigger", run.trigger());
		put(json, "started", run.started());
		put(json, "ended", run.ended());
		put(json, "result", run.result());
		put(json, "failure", run.failure());
		return json;
	}

	private static Map<String, Object> skip(SkipReport skip) {
		Map<String, Object> json = new LinkedHashMap<>();
		put(json, "server", skip.server());
		put(json, "reason", skip.reason());
		put(json, "count", skip.count());
		put(json, "tick", skip.tick());
		put(json, "at", skip.at());
		put(json, "holder", skip.holder());
		put(json, "detail", skip.detail());
		return json;
	}

	private static Map<String, Object> server(ServerReport server) {
		Map<String, Object> json = new LinkedHashMap<>();
		put(json, "id", server.id());
		put(json, "host", server.host());
		put(json, "version", server.version());
		put(json, "started", server.started());
		put(json, "lastSeen", server.lastSeen());
		put(json, "clockOffsetMillis", (server.clockOffset() != null) ? server.clockOffset().toMillis() : null);
		put(json, "state", server.state());
		put(json, "jobs", server.jobs());
		return json;
	}

	private static Map<String, Object> refusal(Refusal refusal) {
		Map<String, Object> json = new LinkedHashMap<>();
		put(json, "job", refusal.job());
		put(json, "server", refusal.server());
		put(json, "tick", refusal.tick());
		put(json, "at", refusal.at());
		put(json, "reason", refusal.reason());
		return json;
	}

	private static <T> List<Map<String, Object>> list(List<T> values, Function<T, Map<String, Object>> json) {
		return values.stream().map(json).toList();
	}

	/**
	 * Put a value, if there is one. An instant is written in milliseconds, a constant by
	 * its name.
	 */
	static void put(Map<String, Object> json, String name, @Nullable Object value) {
		if (value instanceof Instant instant) {
			json.put(name, instant.truncatedTo(ChronoUnit.MILLIS).toString());
		}
		else if (value instanceof Enum<?> constant) {
			json.put(name, constant.name());
		}
		else if (value != null) {
			json.put(name, value);
		}
	}

	/**
	 * Return why a lock was not released, for a human.
	 */
	static String text(String job, ReleaseResult.Refused refused) {
		StringBuilder text = new StringBuilder();
		text.append((refused.holder() != null) ? refused.holder() : "Somebody").append(" has the lock of ").append(job);
		if (refused.since() != null) {
			text.append(" since ").append(refused.since().truncatedTo(ChronoUnit.SECONDS));
		}
		text.append(" and may be alive.");
		if (refused.until() != null) {
			text.append(" If it is not, the lock is free at ")
				.append(refused.until().truncatedTo(ChronoUnit.SECONDS))
				.append('.');
		}
		return text.toString();
	}

	static String text(Exception ex) {
		return (ex.getMessage() != null) ? ex.getMessage() : ex.getClass().getSimpleName();
	}

}
