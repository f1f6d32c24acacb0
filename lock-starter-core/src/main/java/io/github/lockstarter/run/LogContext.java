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

package io.github.lockstarter.run;

import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

import io.github.lockstarter.JobRun;

/**
 * What every log line of a thread says while it is in a run. The names begin with the
 * library's, because applications and frameworks have a "job" and a "token" of their own.
 */
final class LogContext {

	static final String JOB = "distributedScheduled.job";

	static final String TOKEN = "distributedScheduled.token";

	private LogContext() {
	}

	/**
	 * Call something, and leave the thread as it was.
	 */
	static @Nullable Object call(JobRun run, ActiveRun.Body body) throws Throwable {
		String outerJob = MDC.get(JOB);
		String outerToken = MDC.get(TOKEN);
		try {
			MDC.put(JOB, run.name());
			MDC.put(TOKEN, Long.toString(run.token()));
			return body.proceed();
		}
		finally {
			restore(JOB, outerJob);
			restore(TOKEN, outerToken);
		}
	}

	private static void restore(String key, @Nullable String value) {
		if (value != null) {
			MDC.put(key, value);
		}
		else {
			MDC.remove(key);
		}
	}

}
