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

import org.junit.jupiter.api.Test;

import org.springframework.scheduling.annotation.Scheduled;

import io.github.lockstarter.DistributedScheduled;
import io.github.lockstarter.JobFinished;
import io.github.lockstarter.JobRun.Trigger;
import io.github.lockstarter.JobSkipped;
import io.github.lockstarter.RunOutcome;
import io.github.lockstarter.SkipReason;
import io.github.lockstarter.lock.JobLocks;
import io.github.lockstarter.lock.JobRecord;
import io.github.lockstarter.lock.RunRecord;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * What a job does while operators have paused it, and what is remembered of its runs.
 */
class PausedJobTests {

	@Test
	void aTickOfAPausedJobIsSkippedWithItsReasonOnAllServers() {
		try (TestServer one = new TestServer("server-1").firedByHand().onRedis().with(Cron.class).start();
				TestServer two = new TestServer("server-2").firedByHand().onRedis().with(Cron.class).start()) {
			one.bean(JobLocks.class).pause("paused.cron", null);
			one.scheduler().fire();
			two.scheduler().fire();
			for (TestServer server : new TestServer[] { one, two }) {
				assertThat(server.events()).singleElement().isInstanceOfSatisfying(JobSkipped.class, (skip) -> {
					assertThat(skip.reason()).isEqualTo(SkipReason.PAUSED);
					assertThat(skip.tick()).isNotNull();
				});
			}
			two.bean(Cron.class).run();
			assertThat(two.events(JobFinished.class)).singleElement()
				.satisfies((finished) -> assertThat(finished.trigger()).isEqualTo(Trigger.MANUAL));
		}
	}

	static class Cron {

		@Scheduled(cron = "0 0 3 * * *", zone = "UTC")
		@DistributedScheduled("paused.cron")
		void run() {
		}

	}

	@Test
	void aJobThatIsResumedRunsAtItsNextFire() {
		try (TestServer server = TestServer.running(Rate.class)) {
			server.bean(JobLocks.class).pause("paused.rate", null);
			server.scheduler().fire();
			assertThat(server.events()).singleElement()
				.isInstanceOfSatisfying(JobSkipped.class,
						(skip) -> assertThat(skip.reason()).isEqualTo(SkipReason.PAUSED));
			server.forgetEvents();
			server.bean(JobLocks.class).resume("paused.rate", null);
			server.scheduler().fire();
			assertThat(server.events(JobFinished.class)).singleElement()
				.satisfies((finished) -> assertThat(finished.outcome()).isEqualTo(RunOutcome.SUCCEEDED));
		}
	}

	static class Rate {

		@Scheduled(fixedRate = 3_600_000)
		@DistributedScheduled("paused.rate")
		void run() {
		}

	}

	@Test
	void whatAJobThrowsIsRemembered() {
		try (TestServer server = TestServer.running(Failing.class)) {
			assertThatIllegalStateException().isThrownBy(() -> server.bean(Failing.class).run());
			JobRecord record = server.bean(JobLocks.class).record("paused.failing", null, 10);
			assertThat(record.runs()).singleElement().satisfies((run) -> {
				assertThat(run.state()).isEqualTo(RunRecord.State.FAILED);
				assertThat(run.failure()).isEqualTo("java.lang.IllegalStateException: no orders");
				assertThat(run.server()).isEqualTo("server-1");
				assertThat(run.trigger()).isEqualTo(Trigger.MANUAL);
			});
		}
	}

	static class Failing {

		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled("paused.failing")
		void run() {
			throw new IllegalStateException("no orders");
		}

	}

}
