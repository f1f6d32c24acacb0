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

import java.time.Instant;

import org.junit.jupiter.api.Test;

import io.github.lockstarter.JobFinished;
import io.github.lockstarter.JobResult;
import io.github.lockstarter.LockLostException;
import io.github.lockstarter.RunOutcome;
import io.github.lockstarter.SkipReason;
import io.github.lockstarter.test.JobAssert;
import io.github.lockstarter.test.JobTester;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Examples of docs/testing.md: one object, and no context.
 */
class InvoiceJobTests {

	private final Invoices invoices = new Invoices();

	@Test
	void theWinnerSendsAll() throws Exception {
		try (JobTester<InvoiceJob> tester = JobTester.of(new InvoiceJob(this.invoices))) {
			JobResult<?> result = tester.run(InvoiceJob::send);
			assertThat(result).isInstanceOf(JobResult.Ran.class);
			assertThat(this.invoices.sent).containsExactly("A-1", "A-2", "A-3");
		}
	}

	@Test
	void whoeverIsRefusedSendsNothing() throws Exception {
		try (JobTester<InvoiceJob> tester = JobTester.of(new InvoiceJob(this.invoices))) {
			tester.refuse(SkipReason.STILL_RUNNING);
			JobResult<?> result = tester.run(InvoiceJob::send);
			assertThat(result).isInstanceOfSatisfying(JobResult.Skipped.class,
					(skipped) -> assertThat(skipped.reason()).isEqualTo(SkipReason.STILL_RUNNING));
			assertThat(this.invoices.sent).isEmpty();
		}
	}

	@Test
	void afterALossNothingMoreIsSent() {
		JobTester<?>[] tester = new JobTester<?>[1];
		Invoices losing = new Invoices() {
			@Override
			void send(String invoice) {
				super.send(invoice);
				tester[0].loseLock();
			}
		};
		try (JobTester<InvoiceJob> job = JobTester.of(new InvoiceJob(losing))) {
			tester[0] = job;
			assertThatExceptionOfType(LockLostException.class).isThrownBy(() -> job.run(InvoiceJob::send));
			assertThat(losing.sent).containsExactly("A-1");
			assertThat(job.events(JobFinished.class)).extracting(JobFinished::outcome)
				.containsExactly(RunOutcome.LOCK_LOST);
		}
	}

	@Test
	void aNightIsBilledOnce() throws Exception {
		Instant night = Instant.parse("2026-03-02T03:00:00Z");
		try (JobTester<InvoiceJob> tester = JobTester.of(new InvoiceJob(this.invoices)).at(night)) {
			assertThat(tester.run(InvoiceJob::send)).isInstanceOf(JobResult.Ran.class);
			assertThat(tester.run(InvoiceJob::send)).isInstanceOf(JobResult.Skipped.class);
			assertThat(this.invoices.sent).hasSize(3);
		}
	}

	@Test
	void sendIsLocked() {
		JobAssert.assertLocked(InvoiceJob.class, InvoiceJob::send);
		JobAssert.assertLocked(InvoiceJob.class, "send");
	}

}
