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

package io.github.lockstarter.sample.demo;

import java.io.PrintStream;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;

import io.github.lockstarter.JobFinished;
import io.github.lockstarter.JobSkipped;
import io.github.lockstarter.SkipReason;
import io.github.lockstarter.sample.runlog.RunLogged;

import org.springframework.context.annotation.Profile;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;

/**
 * Tells the launcher what happens to the jobs of this server.
 */
@Component
@Profile("demo")
class DemoReporter {

	private final PrintStream out = System.out;

	/**
	 * What the current run of each job did. There is never more than one run of a job
	 * here.
	 */
	private final Map<String, String> results = new ConcurrentHashMap<>();

	private final AtomicBoolean ready = new AtomicBoolean();

	@EventListener
	void logged(RunLogged logged) {
		this.results.put(logged.job(), logged.result());
	}

	@EventListener
	void finished(JobFinished finished) {
		ready();
		String result = this.results.remove(finished.job());
		if (result == null) {
			result = String.valueOf(finished.failure());
		}
		report(new Report.Finished(finished.job(), finished.tick(), finished.token(), finished.outcome(),
				finished.duration(), result));
	}

	@EventListener
	void skipped(JobSkipped skipped) {
		if (skipped.reason() != SkipReason.REDIS_UNAVAILABLE) {
			ready();
		}
		report(new Report.Skipped(skipped.job(), skipped.tick(), skipped.reason(), skipped.holder(), skipped.detail()));
	}

	/**
	 * A server that has just started may have to wait for its first connection to Redis.
	 */
	private void ready() {
		if (this.ready.compareAndSet(false, true)) {
			report(new Report.Ready());
		}
	}

	private void report(Report report) {
		// One write, because the log goes the same way
		this.out.print(report.toLine() + "\n");
		this.out.flush();
	}

}
