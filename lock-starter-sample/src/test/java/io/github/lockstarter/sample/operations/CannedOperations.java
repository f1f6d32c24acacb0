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

package io.github.lockstarter.sample.operations;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

import io.github.lockstarter.JobRun.Trigger;
import io.github.lockstarter.SkipReason;
import io.github.lockstarter.operations.JobOperations;
import io.github.lockstarter.operations.JobReport;
import io.github.lockstarter.LockUnavailableException;
import io.github.lockstarter.operations.Overview;
import io.github.lockstarter.operations.Refusal;
import io.github.lockstarter.operations.ReleaseResult;
import io.github.lockstarter.operations.RunReport;
import io.github.lockstarter.operations.ServerReport;
import io.github.lockstarter.operations.SkipReport;

/**
 * What an operator sees at one moment that never changes, so that the JSON can be
 * compared to the letter. Writes down what it is told to do.
 */
class CannedOperations implements JobOperations {

	/** A name with everything that HTML, SQL, templates and shells care for. */
	static final String HOSTILE = "<script>alert(1)</script>\"'{{x}}";

	static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");

	private final List<String> calls = new ArrayList<>();

	private final Set<String> stopped = new HashSet<>();

	private String operator;

	private Overview overview;

	private boolean redisAway;

	List<String> calls() {
		return this.calls;
	}

	/**
	 * Be as at the beginning.
	 */
	void forget() {
		this.calls.clear();
		this.stopped.clear();
		this.operator = null;
		this.overview = null;
		this.redisAway = false;
	}

	void redisAway(boolean redisAway) {
		this.redisAway = redisAway;
	}

	/**
	 * Show something else.
	 */
	void show(Overview overview) {
		this.overview = overview;
	}

	@Override
	public Overview overview() {
		connect();
		if (this.overview != null) {
			return this.overview;
		}
		ServerReport one = new ServerReport("one", "host-1", "1.2", NOON.minusSeconds(60), NOON.minusSeconds(5),
				Duration.ofMillis(-12), ServerReport.State.UP, List.of(HOSTILE, "settlement"));
		ServerReport two = new ServerReport("two", "host-2", null, NOON.minusSeconds(50), NOON.minusSeconds(4), null,
				ServerReport.State.DRAINING, List.of("settlement"));
		return new Overview("billing", "one", NOON, List.of(hostile(), settlement()), List.of(one, two), List
			.of(new Refusal("settlement", "two", NOON.minusSeconds(1), NOON.minusMillis(993), SkipReason.ALREADY_RAN)),
				List.of("Servers disagree."));
	}

	@Override
	public Optional<JobReport> job(String name) {
		return overview().jobs().stream().filter((job) -> job.name().equals(name)).findAny();
	}

	private static JobReport hostile() {
		return new JobReport(HOSTILE, null, null, null, false, JobReport.State.OVERDUE, null, null, null, null, null,
				NOON.minusSeconds(600), false, 0, List.of(), List.of());
	}

	private static JobReport settlement() {
		RunReport running = new RunReport(NOON, 12, "one", Trigger.SCHEDULE, NOON.plusNanos(3_456_789), null,
				RunReport.Result.RUNNING, null);
		RunReport last = new RunReport(NOON.minusSeconds(1), 11, "two", Trigger.MANUAL, NOON.minusMillis(1000),
				NOON.minusMillis(500), RunReport.Result.FAILED, "java.lang.IllegalStateException: <b>no</b>");
		SkipReport skip = new SkipReport("two", SkipReason.ALREADY_RAN, 7, NOON.minusSeconds(1), NOON.minusMillis(993),
				"one", "started by one");
		return new JobReport("settlement", "money", "cron * * * * * *", "org.acme.Settlement.run()", true,
				JobReport.State.RUNNING, running, NOON.plusSeconds(60), last, NOON.minusSeconds(30),
				NOON.plusSeconds(1), null, true, 1, List.of(last), List.of(skip));
	}

	@Override
	public JobOperations by(String operator) {
		this.operator = operator;
		return this;
	}

	/**
	 * Return the name of who did something last.
	 */
	String operator() {
		return this.operator;
	}

	@Override
	public boolean pause(String job) {
		call("pause " + known(job));
		return this.stopped.add(job);
	}

	@Override
	public boolean resume(String job) {
		call("resume " + known(job));
		return this.stopped.remove(job);
	}

	@Override
	public void run(String job) {
		call("run " + known(job));
		if (job.equals(HOSTILE)) {
			throw new IllegalStateException("Scheduling ends on this server.");
		}
	}

	@Override
	public ReleaseResult release(String job, boolean force) {
		call("release " + known(job) + (force ? " by force" : ""));
		if (job.equals(HOSTILE)) {
			return new ReleaseResult.NotLocked();
		}
		return force ? new ReleaseResult.Released("two")
				: new ReleaseResult.Refused("two", NOON.minusSeconds(9), NOON.plusSeconds(51));
	}

	@Override
	public boolean drain() {
		call("drain");
		return this.stopped.add("");
	}

	@Override
	public boolean undrain() {
		call("undrain");
		return this.stopped.remove("");
	}

	@Override
	public boolean isDraining() {
		return this.stopped.contains("");
	}

	private String known(String job) {
		if (!job.equals(HOSTILE) && !job.equals("settlement")) {
			throw new IllegalArgumentException("No server knows a job '" + job + "'.");
		}
		return job;
	}

	private void call(String call) {
		connect();
		this.calls.add(call);
	}

	private void connect() {
		if (this.redisAway) {
			throw new LockUnavailableException("Redis on 127.0.0.1:6379 does not answer");
		}
	}

}
