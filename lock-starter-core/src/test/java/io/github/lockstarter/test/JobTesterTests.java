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
package io.github.lockstarter.test;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.publisher.Mono;

import org.springframework.scheduling.annotation.Scheduled;

import io.github.lockstarter.DistributedScheduled;
import io.github.lockstarter.InvalidJobException;
import io.github.lockstarter.JobFinished;
import io.github.lockstarter.JobLockLost;
import io.github.lockstarter.JobResult;
import io.github.lockstarter.JobRun;
import io.github.lockstarter.JobSkipped;
import io.github.lockstarter.JobStarted;
import io.github.lockstarter.LockLostException;
import io.github.lockstarter.LockLostPolicy;
import io.github.lockstarter.LockUnavailableException;
import io.github.lockstarter.RedisUnavailablePolicy;
import io.github.lockstarter.RunOutcome;
import io.github.lockstarter.SkipReason;
import io.github.lockstarter.fixture.OwnThread;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

/**
 * What users test their jobs with, without a Redis.
 */
@Timeout(60)
class JobTesterTests {

	private static final Instant TICK = Instant.parse("2031-03-30T01:30:00Z");

	private final Invoices invoices = new Invoices();

	@Test
	void theWinnerRuns() throws Exception {
		try (JobTester<InvoiceJob> tester = tester()) {
			JobResult<?> result = tester.run((job) -> job.send(() -> {
				JobRun run = JobRun.current();
				assertThat(run.name()).isEqualTo("invoices");
				assertThat(run.trigger()).isEqualTo(JobRun.Trigger.MANUAL);
				assertThat(run.isLockHeld()).isTrue();
				run.assertLockHeld();
			}));
			assertThat(result).isInstanceOfSatisfying(JobResult.Ran.class, (ran) -> {
				assertThat(ran.outcome()).isEqualTo(RunOutcome.SUCCEEDED);
				assertThat(ran.token()).isPositive().isEqualTo(tester.events(JobStarted.class).get(0).token());
			});
			assertThat(this.invoices.sent).isEqualTo(1);
			assertThat(tester.events()).hasExactlyElementsOfTypes(JobStarted.class, JobFinished.class);
		}
	}

	@Test
	void aValueIsTheResult() throws Exception {
		try (JobTester<InvoiceJob> tester = tester()) {
			assertThat(tester.call(InvoiceJob::count)).isInstanceOfSatisfying(JobResult.Ran.class,
					(ran) -> assertThat(ran.value()).isEqualTo(7));
			tester.refuse(SkipReason.LOCK_REFUSED);
			assertThat(tester.call(InvoiceJob::count)).isInstanceOf(JobResult.Skipped.class);
			assertThat(tester.bean().count()).isZero();
			assertThat(tester.bean().last()).isEmpty();
		}
	}

	@ParameterizedTest
	@EnumSource(value = SkipReason.class, mode = EnumSource.Mode.EXCLUDE, names = { "DRAINING", "IN_TRANSACTION" })
	void aLoserSkipsAndIsToldWhy(SkipReason reason) throws Exception {
		try (JobTester<InvoiceJob> tester = tester()) {
			for (Instant tick : new Instant[] { null, TICK }) {
				if (tick != null) {
					tester.at(tick);
				}
				tester.refuse(reason);
				assertThat(tester.run(InvoiceJob::send)).isInstanceOfSatisfying(JobResult.Skipped.class,
						(skipped) -> assertThat(skipped.reason()).isEqualTo(reason));
				assertThat(this.invoices.sent).isZero();
				JobSkipped event = tester.events(JobSkipped.class).get((tick != null) ? 1 : 0);
				assertThat(event.reason()).isEqualTo(reason);
				assertThat(event.tick()).isEqualTo(tick);
			}
			tester.grant();
			assertThat(tester.run(InvoiceJob::send)).isInstanceOf(JobResult.Ran.class);
			assertThat(tester.events(JobSkipped.class)).hasSize(2);
		}
	}

	@Test
	void noLockSaysThatAServerIsDrainedOrInATransaction() {
		try (JobTester<InvoiceJob> tester = tester()) {
			assertThatIllegalArgumentException().isThrownBy(() -> tester.refuse(SkipReason.DRAINING))
				.withMessageContaining("JobOperations.drain()");
			assertThatIllegalArgumentException().isThrownBy(() -> tester.refuse(SkipReason.IN_TRANSACTION))
				.withMessageContaining("transaction around it");
		}
	}

	@Test
	void whoRunsInsteadIsNamed() throws Exception {
		try (JobTester<InvoiceJob> tester = tester().at(TICK).refuse(SkipReason.STILL_RUNNING)) {
			assertThat(tester.run(InvoiceJob::send)).isInstanceOfSatisfying(JobResult.Skipped.class, (skipped) -> {
				assertThat(skipped.holder()).isEqualTo("another-server");
				assertThat(skipped.since()).isEqualTo(TICK.minusSeconds(1));
			});
		}
	}

	@Test
	void theRulesAreThoseOfTheLibrary() throws Exception {
		try (JobTester<InvoiceJob> tester = tester().at(TICK)) {
			JobResult<?> first = tester.run((job) -> job.send(() -> {
				assertThat(JobRun.current().tick()).isEqualTo(TICK);
				assertThat(JobRun.current().trigger()).isEqualTo(JobRun.Trigger.SCHEDULE);
			}));
			assertThat(first).isInstanceOf(JobResult.Ran.class);
			assertThat(reason(tester)).isEqualTo(SkipReason.ALREADY_RAN);
			assertThat(reason(tester.at(TICK.minusSeconds(1)))).isEqualTo(SkipReason.SUPERSEDED);
			// lockAtLeastFor
			assertThat(reason(tester.at(TICK.plusSeconds(599)))).isEqualTo(SkipReason.HELD);
			assertThat(tester.at(TICK.plusSeconds(600)).run(InvoiceJob::send)).isInstanceOfSatisfying(
					JobResult.Ran.class,
					(ran) -> assertThat(ran.token()).isGreaterThan(((JobResult.Ran<?>) first).token()));
			// One that calls itself
			tester.at(TICK.plusSeconds(1200))
				.run((job) -> job.send(() -> assertThat(reason(tester.at(TICK.plusSeconds(1800))))
					.isEqualTo(SkipReason.STILL_RUNNING)));
			assertThat(this.invoices.sent).isEqualTo(3);
		}
	}

	private static SkipReason reason(JobTester<InvoiceJob> tester) throws Exception {
		return ((JobResult.Skipped<?>) tester.run(InvoiceJob::send)).reason();
	}

	@Test
	void aLostLockInterruptsAndIsNotHeld() throws Exception {
		try (JobTester<InvoiceJob> tester = tester()) {
			JobResult<?> result = tester.run((job) -> job.send(() -> {
				JobRun run = JobRun.current();
				tester.loseLock();
				assertThat(Thread.currentThread().isInterrupted()).isTrue();
				assertThat(run.isLockHeld()).isFalse();
				assertThatExceptionOfType(LockLostException.class).isThrownBy(run::assertLockHeld)
					.withMessageContaining("has lost its lock");
				assertThat(tester.events(JobLockLost.class)).hasSize(1);
			}));
			assertThat(result).isInstanceOfSatisfying(JobResult.Ran.class,
					(ran) -> assertThat(ran.outcome()).isEqualTo(RunOutcome.LOCK_LOST));
			assertThat(Thread.currentThread().isInterrupted()).as("meant for the job").isFalse();
			assertThat(tester.at(TICK).run(InvoiceJob::send)).as("the next run").isInstanceOf(JobResult.Ran.class);
		}
	}

	@Test
	void whoThrowsBecauseOfTheLossIsReportedAsLost() {
		try (JobTester<InvoiceJob> tester = tester()) {
			assertThatExceptionOfType(LockLostException.class).isThrownBy(() -> tester.run((job) -> job.send(() -> {
				tester.loseLock();
				JobRun.current().assertLockHeld();
			})));
			assertThat(tester.events(JobFinished.class)).singleElement()
				.extracting(JobFinished::outcome)
				.isEqualTo(RunOutcome.LOCK_LOST);
		}
	}

	@Test
	void aPolicyOfContinueIsHonoured() throws Exception {
		try (JobTester<PatientJob> tester = JobTester.of(new PatientJob())) {
			tester.run((job) -> job.run(() -> {
				tester.loseLock();
				assertThat(Thread.currentThread().isInterrupted()).isFalse();
				assertThat(JobRun.current().isLockHeld()).isFalse();
			}));
			assertThat(tester.events(JobFinished.class)).singleElement()
				.extracting(JobFinished::outcome)
				.isEqualTo(RunOutcome.LOCK_LOST);
		}
	}

	@Test
	void theLockMayBeLostFromAnotherThread() throws Exception {
		try (JobTester<InvoiceJob> tester = tester()) {
			tester.run((job) -> job.send(() -> {
				CompletableFuture<Void> loser = OwnThread.run(tester::loseLock);
				assertThatExceptionOfType(InterruptedException.class)
					.isThrownBy(() -> new CompletableFuture<>().get(30, TimeUnit.SECONDS));
				loser.join();
				assertThat(JobRun.current().isLockHeld()).isFalse();
			}));
		}
	}

	/**
	 * As it is when a job has a timeout, or listeners that wait.
	 */
	@Test
	void whatIsPublishedMeanwhileByAnotherThreadDisturbsNobody() throws Exception {
		try (JobTester<InvoiceJob> tester = tester()) {
			AtomicBoolean over = new AtomicBoolean();
			CompletableFuture<Void> other = OwnThread.run(() -> {
				while (!over.get()) {
					tester.bean().count();
				}
			});
			for (int i = 0; i < 2000; i++) {
				tester.run(InvoiceJob::last);
			}
			over.set(true);
			other.join();
		}
	}

	@Test
	void thereMustBeALockToLose() {
		try (JobTester<InvoiceJob> tester = tester()) {
			assertThatIllegalStateException().isThrownBy(tester::loseLock)
				.withMessageContaining("No job holds a lock now");
		}
	}

	@Test
	void theSubscriptionOfAPublisherIsCancelledWhenItsLockIsLost() {
		try (JobTester<PublishingJob> tester = JobTester.of(new PublishingJob())) {
			Mono<String> mono = tester.bean().mono();
			assertThat(tester.events()).isEmpty();
			CompletableFuture<String> subscribed = mono.toFuture();
			await().atMost(Duration.ofSeconds(30)).until(() -> !tester.events(JobStarted.class).isEmpty());
			tester.loseLock();
			assertThatExceptionOfType(ExecutionException.class).isThrownBy(() -> subscribed.get(30, TimeUnit.SECONDS))
				.withCauseInstanceOf(LockLostException.class);
			tester.refuse(SkipReason.ALREADY_RAN);
			assertThat(mono.blockOptional(Duration.ofSeconds(30))).isEmpty();
			assertThatIllegalStateException().isThrownBy(() -> tester.run(PublishingJob::mono))
				.withMessageContaining("use bean()");
		}
	}

	@Test
	void thePoliciesForAnUnavailableRedisAreHonoured() throws Exception {
		try (JobTester<Policies> tester = JobTester.of(new Policies())) {
			tester.refuse(SkipReason.REDIS_UNAVAILABLE);
			assertThat(tester.call(Policies::run)).isInstanceOfSatisfying(JobResult.Ran.class, (ran) -> {
				assertThat(ran.token()).isZero();
				assertThat(ran.value()).isEqualTo(false);
			});
			assertThatExceptionOfType(LockUnavailableException.class).isThrownBy(() -> tester.run(Policies::fail));
		}
	}

	@Test
	void whatTheJobThrowsIsThrownUnchanged() {
		IOException failure = new IOException("disk");
		try (JobTester<InvoiceJob> tester = tester()) {
			for (Instant tick : List.of(TICK, TICK.plusSeconds(600))) {
				assertThatExceptionOfType(IOException.class)
					.isThrownBy(() -> tester.at(tick).run((job) -> job.send(() -> {
						throw failure;
					})))
					.isSameAs(failure);
			}
			assertThat(tester.events(JobFinished.class)).extracting(JobFinished::outcome)
				.containsOnly(RunOutcome.FAILED);
		}
	}

	@Test
	void placeholdersAreResolved() throws Exception {
		try (JobTester<Configured> tester = JobTester.of(new Configured(), "reports.name=daily", "reports.lease=5m")) {
			assertThat(tester.call(Configured::run)).isInstanceOfSatisfying(JobResult.Ran.class,
					(ran) -> assertThat(ran.value()).isEqualTo("daily"));
		}
		assertThatExceptionOfType(InvalidJobException.class).isThrownBy(() -> JobTester.of(new Configured()))
			.withMessageContaining("is \"${reports.lease}\", which is not a duration");
		assertThatIllegalArgumentException().isThrownBy(() -> JobTester.of(new Configured(), "daily"))
			.withMessageContaining("name=value");
	}

	@Test
	void whatAnApplicationRefusesIsRefused() {
		assertThatExceptionOfType(InvalidJobException.class).isThrownBy(() -> JobTester.of(new WithFinalMethod()))
			.withMessageContaining("is final");
	}

	@Test
	void anObjectWithoutJobsIsNoJob() {
		assertThatIllegalArgumentException().isThrownBy(() -> JobTester.of(new Invoices()))
			.withMessageContaining("has no method with @DistributedScheduled");
	}

	@Test
	void aMethodThatIsNoJobIsNotTakenForOne() {
		try (JobTester<InvoiceJob> tester = tester()) {
			assertThatIllegalStateException().isThrownBy(() -> tester.run(InvoiceJob::notAJob))
				.withMessageContaining("has asked for no lock");
		}
	}

	private JobTester<InvoiceJob> tester() {
		return JobTester.of(new InvoiceJob(this.invoices));
	}

	static class Invoices {

		int sent;

	}

	interface Body {

		void run() throws Exception;

	}

	static class InvoiceJob {

		private final Invoices invoices;

		InvoiceJob(Invoices invoices) {
			this.invoices = invoices;
		}

		@Scheduled(cron = "0 */10 * * * *")
		@DistributedScheduled(name = "invoices", lockAtLeastFor = "10m")
		void send(Body... bodies) throws Exception {
			this.invoices.sent++;
			for (Body body : bodies) {
				body.run();
			}
		}

		@DistributedScheduled
		int count() {
			return 7;
		}

		@DistributedScheduled
		Optional<String> last() {
			return Optional.of("");
		}

		void notAJob() {
		}

	}

	static class PatientJob {

		@DistributedScheduled(onLockLost = LockLostPolicy.CONTINUE)
		void run(Body body) throws Exception {
			body.run();
		}

	}

	static class PublishingJob {

		@DistributedScheduled
		Mono<String> mono() {
			return Mono.never();
		}

	}

	static class Policies {

		@DistributedScheduled(onRedisUnavailable = RedisUnavailablePolicy.RUN)
		boolean run() {
			return JobRun.current().isLockHeld();
		}

		@DistributedScheduled(onRedisUnavailable = RedisUnavailablePolicy.FAIL)
		void fail() {
		}

	}

	static class Configured {

		@DistributedScheduled(name = "${reports.name}", lease = "${reports.lease}")
		String run() {
			return JobRun.current().name();
		}

	}

	static class WithFinalMethod {

		@DistributedScheduled
		final void run() {
		}

	}

}
