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

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

import org.junit.jupiter.api.Test;

import org.springframework.scheduling.annotation.Scheduled;

import io.github.lockstarter.DistributedJobs;
import io.github.lockstarter.DistributedScheduled;
import io.github.lockstarter.JobFinished;
import io.github.lockstarter.JobOptions;
import io.github.lockstarter.JobResult;
import io.github.lockstarter.JobRun;
import io.github.lockstarter.JobSkipped;
import io.github.lockstarter.RunOutcome;
import io.github.lockstarter.SkipReason;
import io.github.lockstarter.fixture.Attempts;
import io.github.lockstarter.fixture.RedisServer;
import io.github.lockstarter.lock.JobLocks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Work of code under the lock of a job.
 */
class DistributedJobsTests {

	@Test
	void workIsDoneUnderTheLock() throws Exception {
		try (TestServer server = onRedis("one")) {
			DistributedJobs jobs = server.bean(DistributedJobs.class);
			JobResult<Boolean> result = jobs.run("by-code", () -> {
				JobRun run = JobRun.current();
				assertThat(run.name()).isEqualTo("by-code");
				assertThat(run.trigger()).isEqualTo(JobRun.Trigger.MANUAL);
				run.assertLockHeld();
				return TestServer.isLocked("by-code");
			});
			assertThat(result).isInstanceOfSatisfying(JobResult.Ran.class, (ran) -> {
				assertThat(ran.value()).isEqualTo(true);
				assertThat(ran.outcome()).isEqualTo(RunOutcome.SUCCEEDED);
				assertThat(ran.token()).isEqualTo(server.events(JobFinished.class).get(0).token());
			});
			assertThat(TestServer.isLocked("by-code")).isFalse();
		}
	}

	@Test
	void anotherServerIsToldWhoRuns() throws Exception {
		try (TestServer one = onRedis("one"); TestServer two = onRedis("two")) {
			DistributedJobs jobsOfTwo = two.bean(DistributedJobs.class);
			JobResult<JobResult<Integer>> result = one.bean(DistributedJobs.class)
				.run("told", () -> jobsOfTwo.run("told", () -> 1));
			assertThat(result).isInstanceOfSatisfying(JobResult.Ran.class,
					(ran) -> assertThat(ran.value()).isInstanceOfSatisfying(JobResult.Skipped.class, (skipped) -> {
						assertThat(skipped.reason()).isEqualTo(SkipReason.STILL_RUNNING);
						assertThat(skipped.holder()).isEqualTo("one");
						assertThat(skipped.since()).isNotNull();
					}));
			assertThat(two.events(JobSkipped.class)).hasSize(1);
		}
	}

	@Test
	void insideAScheduledTaskItBelongsToTheTick() {
		try (TestServer one = onRedis("one", Nightly.class); TestServer two = onRedis("two", Nightly.class)) {
			one.scheduler().fire("run");
			two.scheduler().fire("run");
			assertThat(one.bean(Nightly.class).results).hasSize(2)
				.allSatisfy((result) -> assertThat(result).isInstanceOf(JobResult.Ran.class));
			assertThat(one.events(JobFinished.class)).extracting(JobFinished::trigger)
				.containsOnly(JobRun.Trigger.SCHEDULE);
			assertThat(two.bean(Nightly.class).results).hasSize(2)
				.allSatisfy((result) -> assertThat(result).isInstanceOfSatisfying(JobResult.Skipped.class,
						(skipped) -> assertThat(skipped.reason()).isEqualTo(SkipReason.ALREADY_RAN)));
			two.scheduler().fire("run");
			assertThat(two.bean(Nightly.class).results).as("the next tick").last().isInstanceOf(JobResult.Ran.class);
		}
	}

	@Test
	void whatTheWorkThrowsIsThrownUnchanged() {
		try (TestServer server = onRedis("one")) {
			IOException failure = new IOException("disk");
			assertThatExceptionOfType(IOException.class)
				.isThrownBy(() -> server.bean(DistributedJobs.class).run("fails", () -> {
					throw failure;
				}))
				.isSameAs(failure);
			assertThat(server.events(JobFinished.class)).singleElement()
				.extracting(JobFinished::outcome)
				.isEqualTo(RunOutcome.FAILED);
			assertThat(TestServer.isLocked("fails")).isFalse();
		}
	}

	/**
	 * It would have the state of that job and not its options.
	 */
	@Test
	void theNameOfAnAnnotatedJobIsRefused() {
		try (TestServer server = onRedis("one", Annotated.class)) {
			server.bean(Annotated.class).run();
			String held = TestServer.state("annotated", "held-until");
			assertThat(held).isNotEmpty();
			assertThatIllegalArgumentException()
				.isThrownBy(() -> server.bean(DistributedJobs.class).run("annotated", () -> 1))
				.withMessageStartingWith("Job 'annotated' is " + Annotated.class.getName()
						+ ".run() of bean 'distributedJobsTests.Annotated'")
				.withMessageContaining("give the work a name of its own");
			assertThat(TestServer.state("annotated", "held-until")).isEqualTo(held);
			assertThat(server.events(JobFinished.class)).hasSize(1);
		}
	}

	@Test
	void anAnnotatedJobIsExcludedByItsGroup() throws Exception {
		try (TestServer server = onRedis("one", Grouped.class)) {
			Grouped grouped = server.bean(Grouped.class);
			server.bean(DistributedJobs.class)
				.run(JobOptions.named("beside").withGroup("by-code-and-annotation"), () -> {
					grouped.run();
					return null;
				});
			assertThat(server.target(Grouped.class).runs).isEmpty();
			assertThat(server.events(JobSkipped.class)).singleElement()
				.extracting(JobSkipped::reason)
				.isEqualTo(SkipReason.LOCK_REFUSED);
		}
	}

	@Test
	void optionsAreHeeded() throws Exception {
		try (TestServer server = onRedis("one")) {
			DistributedJobs jobs = server.bean(DistributedJobs.class);
			JobOptions options = JobOptions.named("with-options")
				.withGroup("options")
				.withLease(Duration.ofSeconds(90))
				.withLockAtLeastFor(Duration.ofHours(1));
			JobResult<Long> first = jobs.run(options, () -> Long
				.parseLong(RedisServer.shared().cli("PTTL", "test:{" + TestServer.NAMESPACE + "/:options}:lock")));
			assertThat(first).isInstanceOfSatisfying(JobResult.Ran.class,
					(ran) -> assertThat((Long) ran.value()).isBetween(60_001L, 90_000L));
			assertThat(jobs.run(options, () -> 1L)).isInstanceOfSatisfying(JobResult.Skipped.class,
					(skipped) -> assertThat(skipped.reason()).isEqualTo(SkipReason.HELD));
		}
	}

	@Test
	void optionsThatCannotWorkAreRefused() {
		try (TestServer server = onRedis("one")) {
			DistributedJobs jobs = server.bean(DistributedJobs.class);
			assertThatIllegalArgumentException().isThrownBy(() -> jobs.run(" ", () -> 1))
				.withMessage("A job needs a name");
			assertThatIllegalArgumentException().isThrownBy(() -> jobs.run("x".repeat(201), () -> 1))
				.withMessageContaining("at most 200 characters");
			assertThatIllegalArgumentException().isThrownBy(() -> jobs.run("x\n2026-01-01 INFO Ran y", () -> 1))
				.withMessageContaining("line break")
				.withMessageNotContaining("\n");
			assertThatIllegalArgumentException()
				.isThrownBy(() -> jobs.run(JobOptions.named("x").withGroup("y\r\nz"), () -> 1))
				.withMessageContaining("line break")
				.withMessageNotContaining("\n");
			assertThatIllegalArgumentException()
				.isThrownBy(() -> jobs.run(JobOptions.named("x").withLease(Duration.ofMillis(1)), () -> 1))
				.withMessageContaining("at least one second");
			assertThatIllegalArgumentException()
				.isThrownBy(() -> jobs.run(JobOptions.named("x").withTimeout(Duration.ofSeconds(-1)), () -> 1))
				.withMessageContaining("between zero and a year");
			assertThatIllegalArgumentException()
				.isThrownBy(() -> jobs.run(JobOptions.named("x").withLease(Duration.ofSeconds(2)), () -> 1))
				.withMessage(
						"The lease must be longer than 2s106ms, the time that a thread may wait for Redis and a margin: 2s");
		}
	}

	/**
	 * Without an annotated method, and so without anything that would make the locks.
	 */
	@Test
	void whoOnlyInjectsTheBeanHasLocks() {
		try (TestServer server = onRedis("one", Injecting.class)) {
			assertThat(server.context().getBeanFactory().containsSingleton("locks")).isTrue();
		}
		try (TestServer server = onRedis("two")) {
			assertThat(server.context().getBeanFactory().containsSingleton("locks")).isFalse();
		}
	}

	@Test
	void whoAsksForTheBeanLaterHasLocksToo() throws Exception {
		try (TestServer server = onRedis("three")) {
			DistributedJobs jobs = server.bean(DistributedJobs.class);
			Attempts.untilDone(server.bean(JobLocks.class)::ready);
			assertThat(jobs.run("later", () -> 1)).isInstanceOf(JobResult.Ran.class);
		}
	}

	private static TestServer onRedis(String id, Class<?>... beans) {
		TestServer server = new TestServer(id).firedByHand().onRedis().with(beans).start();
		if (beans.length > 0) {
			Attempts.untilDone(server.bean(JobLocks.class)::ready);
		}
		return server;
	}

	static class Nightly {

		final List<JobResult<Integer>> results = new CopyOnWriteArrayList<>();

		private final DistributedJobs jobs;

		Nightly(DistributedJobs jobs) {
			this.jobs = jobs;
		}

		@Scheduled(cron = "0 0 3 * * *")
		void run() throws Exception {
			this.results.add(this.jobs.run("nightly-one", () -> 1));
			this.results.add(this.jobs.run("nightly-two", () -> 2));
		}

	}

	static class Annotated {

		final List<Long> runs = new CopyOnWriteArrayList<>();

		@DistributedScheduled(name = "annotated", lockAtLeastFor = "1h")
		void run() {
			this.runs.add(JobRun.current().token());
		}

	}

	static class Grouped {

		final List<Long> runs = new CopyOnWriteArrayList<>();

		@DistributedScheduled(group = "by-code-and-annotation")
		void run() {
			this.runs.add(JobRun.current().token());
		}

	}

	static class Injecting {

		Injecting(DistributedJobs jobs) {
			assertThat(jobs).isNotNull();
		}

	}

}
