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

package io.github.lockstarter.operations;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;

import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

import org.springframework.context.event.EventListener;
import org.springframework.core.annotation.Order;
import org.springframework.scheduling.annotation.Scheduled;

import io.github.lockstarter.DistributedJobs;
import io.github.lockstarter.DistributedScheduled;
import io.github.lockstarter.JobEvent;
import io.github.lockstarter.JobFinished;
import io.github.lockstarter.JobLockLost;
import io.github.lockstarter.JobOptions;
import io.github.lockstarter.JobRun.Trigger;
import io.github.lockstarter.JobSkipped;
import io.github.lockstarter.JobStarted;
import io.github.lockstarter.LockUnavailableException;
import io.github.lockstarter.OperatorAction;
import io.github.lockstarter.OperatorAction.Kind;
import io.github.lockstarter.RunOutcome;
import io.github.lockstarter.SkipReason;
import io.github.lockstarter.fixture.RedisServer;
import io.github.lockstarter.fixture.SkippedTime;
import io.github.lockstarter.fixture.TcpProxy;
import io.github.lockstarter.run.LogCapture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

/**
 * What operators see and steer, with two servers on one Redis.
 */
class JobOperationsTests {

	private static final RedisServer redis = RedisServer.shared();

	private final String namespace = "operations-" + UUID.randomUUID();

	private final List<OperatedServer> servers = new ArrayList<>();

	@AfterEach
	void close() {
		Jobs.mayReturn.countDown();
		this.servers.forEach(OperatedServer::close);
		Jobs.mayReturn = new CountDownLatch(1);
	}

	private OperatedServer server(String id) {
		OperatedServer server = new OperatedServer(this.namespace, id);
		this.servers.add(server);
		return server;
	}

	private static ConditionFactory eventually() {
		// A machine that stands still for as long as is waited for Redis is no finding
		return await().atMost(Duration.ofSeconds(40)).ignoreException(LockUnavailableException.class);
	}

	private static ServerReport report(OperatedServer asked, String id) {
		return asked.operations()
			.overview()
			.servers()
			.stream()
			.filter((server) -> server.id().equals(id))
			.findAny()
			.orElse(null);
	}

	private static boolean is(OperatedServer asked, String id, ServerReport.State state) {
		ServerReport report = report(asked, id);
		return report != null && report.state() == state;
	}

	@Test
	void bothServersAreInTheOverviewWithTheirOffsets() {
		OperatedServer one = server("one").start(Jobs.class);
		server("two").start(Jobs.class);
		eventually().until(() -> one.operations()
			.overview()
			.servers()
			.stream()
			.filter((server) -> server.clockOffset() != null)
			.count() == 2);
		Overview overview = one.operations().overview();
		assertThat(overview.namespace()).isEqualTo(this.namespace);
		assertThat(overview.server()).isEqualTo("one");
		assertThat(overview.at()).isBetween(Instant.now().minusSeconds(30), Instant.now().plusSeconds(30));
		assertThat(overview.servers()).extracting(ServerReport::id).containsExactly("one", "two");
		assertThat(overview.servers()).allSatisfy((server) -> {
			assertThat(server.host()).isEqualTo("host-of-" + server.id());
			assertThat(server.version()).isEqualTo("1.0");
			assertThat(server.state()).isEqualTo(ServerReport.State.UP);
			assertThat(server.jobs()).containsExactly("daily", "hangs", "hourly");
			assertThat(server.clockOffset()).isBetween(Duration.ofSeconds(-5), Duration.ofSeconds(5));
		});
		assertThat(overview.warnings()).isEmpty();
		assertThat(overview.jobs()).extracting(JobReport::name).containsExactly("daily", "hangs", "hourly");
		JobReport daily = overview.jobs().get(0);
		assertThat(daily.schedule()).isEqualTo("0 0 3 * * * UTC");
		assertThat(daily.state()).isEqualTo(JobReport.State.IDLE);
		assertThat(daily.next()).isBetween(Instant.now(), Instant.now().plus(Duration.ofHours(25)));
		assertThat(daily.runs()).isEmpty();
	}

	@Test
	void aRefusedServerSaysWhoRan() {
		OperatedServer one = server("one").start(Jobs.class);
		OperatedServer two = server("two").start(Jobs.class);
		one.fire("daily");
		two.fire("daily");
		JobReport here = two.job("daily");
		assertThat(here.skips()).as("at once where it happened").singleElement().satisfies((skip) -> {
			assertThat(skip.server()).isEqualTo("two");
			assertThat(skip.reason()).isEqualTo(SkipReason.ALREADY_RAN);
			assertThat(skip.count()).isEqualTo(1);
			assertThat(skip.holder()).isEqualTo("one");
			assertThat(skip.tick()).isNotNull();
		});
		two.beat();
		eventually().until(() -> !one.job("daily").skips().isEmpty());
		assertThat(one.job("daily").skips()).isEqualTo(millis(here.skips()));
		assertThat(one.operations().overview().refusals()).singleElement().satisfies((refusal) -> {
			assertThat(refusal.server()).isEqualTo("two");
			assertThat(refusal.job()).isEqualTo("daily");
			assertThat(refusal.reason()).isEqualTo(SkipReason.ALREADY_RAN);
		});
		assertThat(one.job("daily").runs()).singleElement().satisfies((run) -> {
			assertThat(run.server()).isEqualTo("one");
			assertThat(run.result()).isEqualTo(RunReport.Result.SUCCEEDED);
		});
	}

	private static List<SkipReport> millis(List<SkipReport> skips) {
		return skips.stream()
			.map((skip) -> new SkipReport(skip.server(), skip.reason(), skip.count(), skip.tick(),
					Instant.ofEpochMilli(skip.at().toEpochMilli()), skip.holder(), skip.detail()))
			.toList();
	}

	@Test
	void theRunOfAServerThatDiesIsShownAsCrashedAndTheServerAsGone() {
		OperatedServer one = server("one").start(Jobs.class);
		OperatedServer two = server("two").start(Jobs.class);
		hang(two);
		eventually().until(() -> is(one, "two", ServerReport.State.UP));
		assertThat(one.job("hangs").state()).isEqualTo(JobReport.State.RUNNING);
		assertThat(one.job("hangs").running().server()).isEqualTo("two");
		two.crash();
		// Its lease is over
		redis.cli("PEXPIRE", "test:{" + this.namespace + "/hangs}:lock", "0");
		assertThat(one.job("hangs").state()).isEqualTo(JobReport.State.LOST);
		assertThat(one.job("hangs").running()).isNull();
		assertThat(one.job("hangs").last().result()).isEqualTo(RunReport.Result.CRASHED);
		assertThat(one.job("hangs").consecutiveFailures()).isEqualTo(1);
		silentFor("two", Duration.ofSeconds(31));
		assertThat(report(one, "two").state()).isEqualTo(ServerReport.State.GONE);
		assertThat(one.operations().overview().servers()).extracting(ServerReport::id)
			.as("those that are up come first")
			.containsExactly("one", "two");
	}

	private static Thread hang(OperatedServer server) {
		Thread thread = new Thread(() -> server.fire("hangs"));
		thread.setDaemon(true);
		thread.start();
		eventually().until(() -> server.events(JobStarted.class).stream().anyMatch((run) -> run.job().equals("hangs")));
		return thread;
	}

	private void silentFor(String server, Duration time) {
		redis.cli("HSET", "test:{" + this.namespace + "}:servers", server,
				String.valueOf(System.currentTimeMillis() - time.toMillis()));
	}

	@Test
	void aServerThatEndsSaysSo() {
		OperatedServer one = server("one").start(Jobs.class);
		OperatedServer two = server("two").start(Jobs.class);
		eventually().until(() -> is(one, "two", ServerReport.State.UP));
		two.close();
		assertThat(report(one, "two").state()).isEqualTo(ServerReport.State.STOPPED);
		assertThat(report(one, "one").state()).isEqualTo(ServerReport.State.UP);
	}

	/**
	 * Each restart has a new id: what has stopped in order is soon no news, what was
	 * killed is.
	 */
	@Test
	void aServerThatHasStoppedIsLeftOutSoonAndOneThatWasKilledIsNot() {
		OperatedServer one = server("one").start(Jobs.class);
		OperatedServer stopped = server("stopped").start(Jobs.class);
		OperatedServer killed = server("killed").start(Jobs.class);
		eventually().until(() -> is(one, "stopped", ServerReport.State.UP) && is(one, "killed", ServerReport.State.UP));
		stopped.close();
		killed.crash();
		silentFor("stopped", Duration.ofMinutes(9));
		silentFor("killed", Duration.ofMinutes(9));
		assertThat(report(one, "stopped").state()).isEqualTo(ServerReport.State.STOPPED);
		assertThat(report(one, "killed").state()).isEqualTo(ServerReport.State.GONE);
		silentFor("stopped", Duration.ofMinutes(11));
		silentFor("killed", Duration.ofMinutes(11));
		assertThat(report(one, "stopped")).isNull();
		assertThat(report(one, "killed").state()).isEqualTo(ServerReport.State.GONE);
	}

	@Test
	void theRunOfAServerThatIsGoneIsNoHealthyRunAndSaysUntilWhenItsLockLasts() {
		OperatedServer one = server("one").start(Jobs.class);
		OperatedServer two = server("two").lease(Duration.ofMinutes(10)).start(Jobs.class);
		hang(two);
		eventually().until(() -> is(one, "two", ServerReport.State.UP));
		two.crash();
		redis.cli("PEXPIRE", "test:{" + this.namespace + "/hangs}:lock", "300000");
		assertThat(one.job("hangs").state()).as("it may be slow only").isEqualTo(JobReport.State.RUNNING);
		silentFor("two", Duration.ofSeconds(31));
		JobReport report = one.job("hangs");
		assertThat(report.state()).isEqualTo(JobReport.State.SERVER_GONE);
		assertThat(report.running().server()).isEqualTo("two");
		assertThat(report.lockedUntil()).isBetween(Instant.now().plusSeconds(200), Instant.now().plusSeconds(320));
		assertThat(one.operations().overview().jobs()).filteredOn((job) -> job.name().equals("hangs"))
			.extracting(JobReport::state)
			.containsExactly(JobReport.State.SERVER_GONE);
	}

	/**
	 * A method may outlive its application.
	 */
	@Test
	void aServerThatSaysNothingButRenewsItsLockStillRuns() {
		OperatedServer one = server("one").start(Jobs.class);
		OperatedServer two = server("two").lease(Duration.ofMinutes(10)).start(Jobs.class);
		hang(two);
		silentFor("two", Duration.ofSeconds(31));
		redis.cli("PEXPIRE", "test:{" + this.namespace + "/hangs}:lock", "599000");
		assertThat(one.job("hangs").state()).isEqualTo(JobReport.State.RUNNING);
	}

	@Test
	void aJobThatFailsIsNotIdle() {
		OperatedServer one = server("one").start(Fails.class);
		for (int failures = 1; failures <= 2; failures++) {
			assertThatIllegalStateException().isThrownBy(one.context().getBean(Fails.class)::run);
			assertThat(one.job("fails").state()).isEqualTo(JobReport.State.FAILING);
			assertThat(one.job("fails").consecutiveFailures()).isEqualTo(failures);
		}
		Fails.failing = false;
		one.context().getBean(Fails.class).run();
		assertThat(one.job("fails").state()).isEqualTo(JobReport.State.IDLE);
	}

	@Test
	void twoApplicationsOfOneNameAreToldThatTheyShareTheTicksOfAJob() {
		OperatedServer one = server("one").start(Jobs.class);
		eventually().until(() -> is(one, "one", ServerReport.State.UP));
		try (LogCapture log = new LogCapture(Heartbeat.class)) {
			server("two").start(OtherJobs.class);
			eventually().until(() -> !log.lines("WARN").isEmpty());
			assertThat(log.lines("WARN")).singleElement()
				.asString()
				.contains("The servers disagree on the method of daily", "JobOperationsTests$Jobs.daily()' on one",
						"JobOperationsTests$OtherJobs.other()' on two", "distributed-scheduled.namespace")
				.doesNotContain("schedule of");
		}
		assertThat(one.operations().overview().warnings()).singleElement()
			.asString()
			.contains("disagree on the method of daily");
	}

	@Test
	void theLastSuccessSurvivesARestartOfTheServerThatRan() {
		Instant before = Instant.now();
		OperatedServer one = server("one").start(Jobs.class);
		assertThat(one.watch().jobs()).containsExactly("daily", "hangs", "hourly");
		assertThat(one.watch().lastSuccess("daily")).isNull();
		one.fire("daily");
		Instant success = one.watch().lastSuccess("daily");
		assertThat(success).isBetween(before.minusSeconds(5), Instant.now().plusSeconds(5));
		one.close();
		OperatedServer again = server("one-again").start(Jobs.class);
		eventually().until(() -> again.watch().lastSuccess("daily") != null);
		assertThat(again.watch().lastSuccess("daily")).isBetween(before.minusSeconds(5), Instant.now().plusSeconds(5));
		assertThat(again.job("daily").lastSuccess()).isBetween(before.minusSeconds(5), Instant.now().plusSeconds(5));
	}

	@Test
	void aPauseStopsBothServersAndAResumeGoesOn() {
		OperatedServer one = server("one").start(Jobs.class);
		OperatedServer two = server("two").start(Jobs.class);
		one.operations().pause("daily");
		assertThat(one.await(OperatorAction.class)).isEqualTo(new OperatorAction(Kind.PAUSE, "daily", "one", "paused"));
		one.fire("daily");
		two.fire("daily");
		assertThat(one.await(JobSkipped.class).reason()).isEqualTo(SkipReason.PAUSED);
		assertThat(two.await(JobSkipped.class).reason()).isEqualTo(SkipReason.PAUSED);
		assertThat(two.job("daily").state()).isEqualTo(JobReport.State.PAUSED);
		assertThat(two.job("daily").paused()).isTrue();
		assertThat(two.operations().pause("daily")).isFalse();
		assertThat(two.await(OperatorAction.class).result()).isEqualTo("was paused before");
		// By hand it can be run all the same
		one.operations().run("daily");
		one.runLast();
		assertThat(one.await(JobFinished.class).trigger()).isEqualTo(Trigger.MANUAL);
		assertThat(two.operations().resume("daily")).isTrue();
		assertThat(two.await(OperatorAction.class))
			.isEqualTo(new OperatorAction(Kind.RESUME, "daily", "two", "resumed"));
		assertThat(one.job("daily").paused()).isFalse();
		assertThat(two.operations().resume("daily")).isFalse();
		assertThat(two.await(OperatorAction.class).result()).isEqualTo("was not paused");
	}

	@Test
	void whoAskedForAnActionIsNamedInTheLogAndInTheEvent() {
		OperatedServer one = server("one").start(Jobs.class);
		try (LogCapture log = new LogCapture(LockOperations.class)) {
			one.operations().by("alice").pause("daily");
			assertThat(one.await(OperatorAction.class))
				.isEqualTo(new OperatorAction(Kind.PAUSE, "daily", "one", "paused", "alice"));
			one.operations().by("eve\nINFO RUN of daily by 'bob'\u2028").drain();
			assertThat(one.await(OperatorAction.class).operator()).isEqualTo("eve?INFO RUN of daily by 'bob'?");
			one.operations().undrain();
			assertThat(one.await(OperatorAction.class).operator()).isNull();
			assertThat(log.lines("INFO")).containsExactly("INFO PAUSE of daily by 'alice': paused",
					"INFO DRAIN of this server by 'eve?INFO RUN of daily by 'bob'?': takes no more ticks",
					"INFO UNDRAIN of this server by an operator whose name is not known: takes ticks again");
		}
	}

	@Test
	void aServerThatIsDrainedTwiceSaysSo() {
		OperatedServer one = server("one").start(Jobs.class);
		assertThat(one.operations().undrain()).isFalse();
		assertThat(one.operations().drain()).isTrue();
		assertThat(one.operations().drain()).isFalse();
		assertThat(one.operations().undrain()).isTrue();
	}

	@Test
	void aJobThatIsResumedRunsItsNextTick() {
		OperatedServer one = server("one").start(Jobs.class);
		one.operations().pause("hourly");
		one.fire("hourly");
		assertThat(one.await(JobSkipped.class).reason()).isEqualTo(SkipReason.PAUSED);
		one.operations().resume("hourly");
		one.fire("hourly");
		assertThat(one.await(JobFinished.class).outcome()).isEqualTo(RunOutcome.SUCCEEDED);
	}

	@Test
	void aJobIsRunNowOnTheServerThatIsAsked() {
		OperatedServer one = server("one").start(Jobs.class);
		one.operations().run("daily");
		assertThat(one.events(JobStarted.class)).as("it returns at once").isEmpty();
		assertThat(one.await(OperatorAction.class).kind()).isEqualTo(Kind.RUN);
		one.runLast();
		JobFinished finished = one.await(JobFinished.class);
		assertThat(finished.trigger()).isEqualTo(Trigger.MANUAL);
		assertThat(finished.outcome()).isEqualTo(RunOutcome.SUCCEEDED);
		assertThat(one.job("daily").last().trigger()).isEqualTo(Trigger.MANUAL);
		assertThatIllegalArgumentException().isThrownBy(() -> one.operations().run("nightly"))
			.withMessageContaining("nightly")
			.withMessageContaining("daily, hangs, hourly");
	}

	@Test
	void aRateIsDueNextAnIntervalAfterItsRun() {
		OperatedServer one = server("one").start(Jobs.class);
		assertThat(one.job("hourly").next()).isNull();
		one.fire("hourly");
		assertThat(one.job("hourly").next()).isEqualTo(one.job("hourly").last().started().plus(Duration.ofHours(1)));
	}

	@Test
	void aPublisherIsRunNowToo() {
		OperatedServer one = server("one").start(Publishes.class);
		one.operations().run("publishes");
		one.runLast();
		assertThat(one.await(JobFinished.class).trigger()).isEqualTo(Trigger.MANUAL);
		assertThat(one.events(JobFinished.class)).hasSize(1);
	}

	@Test
	void aJobThatOnlyOthersKnowIsReportedAndPausedButNotRunHere() {
		OperatedServer one = server("one").start(Jobs.class);
		OperatedServer two = server("two").start(Publishes.class);
		eventually().until(() -> two.operations().job("daily").isPresent());
		assertThat(two.job("daily").schedule()).isEqualTo("0 0 3 * * * UTC");
		assertThat(two.job("daily").method()).endsWith("JobOperationsTests$Jobs.daily()");
		assertThat(two.job("daily").runnableHere()).isFalse();
		assertThat(two.job("publishes").runnableHere()).isTrue();
		two.operations().pause("daily");
		one.fire("daily");
		assertThat(one.await(JobSkipped.class).reason()).isEqualTo(SkipReason.PAUSED);
		assertThatIllegalArgumentException().isThrownBy(() -> two.operations().run("daily"))
			.withMessageContaining("no method");
		assertThatIllegalArgumentException().isThrownBy(() -> two.operations().pause("nightly"))
			.withMessageContaining("daily, hangs, hourly, publishes");
		assertThat(two.operations().job("nightly")).isEmpty();
	}

	@Test
	void whatCodeRunsIsReported() throws Exception {
		OperatedServer one = server("one").start(Jobs.class);
		OperatedServer two = server("two").start(Jobs.class);
		two.context().getBean(DistributedJobs.class).run(JobOptions.named("report").withGroup("reports"), () -> "done");
		two.beat();
		eventually().until(() -> one.operations().job("report").isPresent());
		assertThat(one.job("report").group()).isEqualTo("reports");
		assertThat(one.job("report").method()).isNull();
		assertThat(one.job("report").runnableHere()).isFalse();
		assertThat(two.job("report").runnableHere()).as("also where it was run").isFalse();
		assertThat(one.job("report").last().result()).isEqualTo(RunReport.Result.SUCCEEDED);
	}

	@Test
	void theLockOfALiveServerIsReleasedWithForceOnly() throws Exception {
		OperatedServer one = server("one").start(Jobs.class);
		SkippedTime time = new SkippedTime();
		OperatedServer two = server("two").time(time).start(Jobs.class);
		assertThat(one.operations().release("hangs", false)).isEqualTo(new ReleaseResult.NotLocked());
		Thread run = hang(two);
		eventually().until(() -> is(one, "two", ServerReport.State.UP));
		assertThat(one.operations().release("hangs", false)).isInstanceOfSatisfying(ReleaseResult.Refused.class,
				(refused) -> {
					assertThat(refused.holder()).isEqualTo("two");
					assertThat(refused.since()).isNotNull();
					assertThat(refused.until()).isNotNull();
				});
		assertThat(one.await(OperatorAction.class))
			.isEqualTo(new OperatorAction(Kind.RELEASE, "hangs", "one", "refused, held by two"));
		assertThat(one.operations().release("hangs", true)).isEqualTo(new ReleaseResult.Released("two"));
		assertThat(one.await(OperatorAction.class).kind()).isEqualTo(Kind.FORCE_RELEASE);
		// Its next renewal
		time.skip(Duration.ofSeconds(20));
		two.await(JobLockLost.class);
		Jobs.mayReturn.countDown();
		run.join(30_000);
		assertThat(two.await(JobFinished.class).outcome()).isEqualTo(RunOutcome.LOCK_LOST);
		assertThat(one.job("hangs").last().result()).isEqualTo(RunReport.Result.LOCK_LOST);
	}

	@Test
	void theLockOfADeadServerIsReleased() {
		OperatedServer one = server("one").start(Jobs.class);
		OperatedServer two = server("two").lease(Duration.ofMinutes(10)).start(Jobs.class);
		OperatedServer three = server("three").start(Publishes.class);
		hang(two);
		eventually().until(() -> is(one, "two", ServerReport.State.UP));
		two.crash();
		assertThat(one.operations().release("hangs", false)).as("it may be alive")
			.isInstanceOf(ReleaseResult.Refused.class);
		silentFor("two", Duration.ofSeconds(31));
		assertThat(one.operations().release("hangs", false)).as("it has renewed its lock a moment ago")
			.isInstanceOf(ReleaseResult.Refused.class);
		redis.cli("PEXPIRE", "test:{" + this.namespace + "/hangs}:lock", "361000");
		assertThat(one.operations().release("hangs", false)).as("of the holder's lease, 61 % are left")
			.isInstanceOf(ReleaseResult.Refused.class);
		redis.cli("PEXPIRE", "test:{" + this.namespace + "/hangs}:lock", "300000");
		assertThat(three.operations().release("hangs", false)).as("it has not been renewed for long")
			.isEqualTo(new ReleaseResult.Released("two"));
		assertThat(one.job("hangs").state()).isEqualTo(JobReport.State.LOST);
	}

	@Test
	void aServerThatIsDrainedLeavesItsTicksToOthers() {
		OperatedServer one = server("one").start(Jobs.class);
		OperatedServer two = server("two").start(Jobs.class);
		eventually().until(() -> is(one, "two", ServerReport.State.UP));
		two.operations().drain();
		assertThat(two.operations().isDraining()).isTrue();
		assertThat(two.await(OperatorAction.class))
			.isEqualTo(new OperatorAction(Kind.DRAIN, null, "two", "takes no more ticks"));
		two.fire("daily");
		assertThat(two.await(JobSkipped.class).reason()).isEqualTo(SkipReason.DRAINING);
		one.fire("daily");
		assertThat(one.await(JobFinished.class).outcome()).isEqualTo(RunOutcome.SUCCEEDED);
		eventually().until(() -> is(one, "two", ServerReport.State.DRAINING));
		two.operations().run("hourly");
		two.runLast();
		assertThat(two.await(JobFinished.class).trigger()).as("by hand it runs").isEqualTo(Trigger.MANUAL);
		two.operations().undrain();
		assertThat(two.operations().isDraining()).isFalse();
		two.fire("daily");
		assertThat(two.events(JobFinished.class)).extracting(JobFinished::job).containsExactly("hourly", "daily");
		eventually().until(() -> is(one, "two", ServerReport.State.UP));
	}

	@Test
	void serversThatDisagreeOnAScheduleAreAWarning() {
		OperatedServer one = server("one").property("zone", "Europe/Berlin").start(Jobs.class);
		OperatedServer two = server("two").property("zone", "Asia/Seoul").start(Jobs.class);
		eventually().until(() -> !one.operations().overview().warnings().isEmpty());
		assertThat(one.operations().overview().warnings()).singleElement()
			.asString()
			.contains("disagree on the schedule of daily", "'0 0 3 * * * Asia/Seoul' on two",
					"'0 0 3 * * * Europe/Berlin' on one");
		assertThat(one.job("daily").schedule()).as("its own").isEqualTo("0 0 3 * * * Europe/Berlin");
		two.close();
		assertThat(one.operations().overview().warnings()).as("it is gone").isEmpty();
	}

	/**
	 * As EST is written by servers on several versions of Java.
	 */
	@Test
	void serversThatWriteOneScheduleInAnotherWayAgree() {
		OperatedServer one = server("one").property("zone", "Etc/GMT+5").start(Jobs.class);
		server("two").property("zone", "America/Panama").start(Jobs.class);
		eventually().until(() -> is(one, "two", ServerReport.State.UP));
		assertThat(one.operations().overview().warnings()).isEmpty();
	}

	@Test
	void aHostileNameIsATextEverywhere() {
		String hostile = Hostile.NAME;
		OperatedServer one = server("one").start(Hostile.class);
		OperatedServer two = server("two").start(Jobs.class);
		one.fire("run");
		one.beat();
		eventually().until(() -> two.operations().job(hostile).isPresent());
		two.operations().pause(hostile);
		one.fire("run");
		assertThat(one.await(JobSkipped.class).reason()).isEqualTo(SkipReason.PAUSED);
		one.beat();
		eventually().until(() -> !two.job(hostile).skips().isEmpty());
		JobReport report = two.job(hostile);
		assertThat(report.name()).isEqualTo(hostile);
		assertThat(report.group()).isEqualTo(hostile);
		assertThat(report.paused()).isTrue();
		assertThat(report.runs()).hasSize(1);
		assertThat(two.operations().overview().jobs()).extracting(JobReport::name).contains(hostile);
		assertThat(redis.cli("KEYS", "test:{" + this.namespace + "*").lines()).isNotEmpty()
			.allMatch((key) -> key.startsWith("test:{" + this.namespace) && !key.contains("<script>alert(1)</"));
	}

	@Test
	void aListenerThatThrowsHurtsNothing() {
		OperatedServer one = server("one").start(Jobs.class, Throws.class);
		one.fire("daily");
		assertThat(one.watch().lastSuccess("daily")).isNotNull();
		one.operations().pause("daily");
		assertThat(one.job("daily").paused()).isTrue();
		one.fire("daily");
		assertThat(one.job("daily").skips()).singleElement()
			.extracting(SkipReport::reason)
			.isEqualTo(SkipReason.PAUSED);
		one.operations().drain();
		assertThat(one.operations().isDraining()).isTrue();
	}

	@Test
	void anOverdueJobIsToldUntilSomebodyRunsItOrItIsPaused() {
		Instant before = Instant.now();
		OperatedServer one = server("one").overdueAfter(Duration.ofSeconds(2)).start(EverySecond.class);
		OperatedServer two = server("two").start(EverySecond.class);
		eventually().until(() -> one.watch().overdueSince("every-second") != null);
		assertThat(one.watch().overdueSince("every-second")).as("no tick before its start counts")
			.isBetween(before, Instant.now().plusSeconds(5));
		assertThat(one.job("every-second").state()).isEqualTo(JobReport.State.OVERDUE);
		assertThat(one.watch().overdueSince("off")).as("it is switched off").isNull();
		one.operations().pause("every-second");
		assertThat(one.watch().overdueSince("every-second")).as("it is paused").isNull();
		one.operations().resume("every-second");
		eventually().until(() -> one.watch().overdueSince("every-second") != null);
		eventually().until(() -> {
			// Not one after the other: which of the beats comes first is open, and two
			// seconds are short
			two.operations().run("every-second");
			two.runLast();
			two.beat();
			one.beat();
			return one.watch().overdueSince("every-second") == null;
		});
		assertThat(two.await(JobFinished.class).outcome()).isEqualTo(RunOutcome.SUCCEEDED);
	}

	@Test
	void whereRedisIsAwayTheOperatorIsToldSoInTime() {
		try (TcpProxy proxy = TcpProxy.to(redis)) {
			OperatedServer one = server("one").at(proxy.address())
				.acquireTimeout(Duration.ofMillis(300))
				.start(Jobs.class);
			one.operations().overview();
			proxy.hang();
			long begin = System.nanoTime();
			assertThatThrownBy(() -> one.operations().overview()).isInstanceOf(LockUnavailableException.class)
				.hasMessageContaining("no answer within 300 ms");
			assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(20));
			assertThatThrownBy(() -> one.operations().pause("daily")).isInstanceOf(LockUnavailableException.class);
			assertThat(one.await(OperatorAction.class)).as("it may have been done").satisfies((action) -> {
				assertThat(action.kind()).isEqualTo(Kind.PAUSE);
				assertThat(action.result()).startsWith("not confirmed: ").contains("no answer within 300 ms");
			});
			assertThat(one.watch().lastSuccess("daily")).isNull();
			one.close();
		}
	}

	@Test
	void whatWasNotToldWhileRedisWasAwayIsToldLater() {
		OperatedServer two = server("two").start(Jobs.class);
		try (TcpProxy proxy = TcpProxy.to(redis)) {
			OperatedServer one = server("one").at(proxy.address()).start(Jobs.class);
			eventually().until(() -> is(two, "one", ServerReport.State.UP));
			proxy.hang();
			one.fire("daily");
			assertThat(one.operations().isDraining()).isFalse();
			one.operations().drain();
			proxy.heal();
			eventually().until(() -> {
				one.beat();
				return is(two, "one", ServerReport.State.DRAINING);
			});
			eventually().until(
					() -> two.job("daily").skips().stream().anyMatch((skip) -> skip.reason() == SkipReason.DRAINING));
			one.close();
		}
	}

	@Test
	void anApplicationWithoutJobsMakesNoLocksAndSaysNothing() {
		OperatedServer none = server("none").refresh();
		none.beat();
		assertThat(none.operations().overview().jobs()).isEmpty();
		assertThat(none.operations().overview().servers()).isEmpty();
		assertThat(none.operations().job("daily")).isEmpty();
		assertThat(none.watch().jobs()).isEmpty();
		assertThatIllegalArgumentException().isThrownBy(() -> none.operations().pause("daily"));
		none.operations().drain();
		none.operations().undrain();
		assertThat(none.context().getBeanFactory().containsSingleton("locks")).isFalse();
		assertThat(redis.cli("KEYS", "test:{" + this.namespace + "*")).isEmpty();
	}

	@Test
	void itWorksInMemoryToo() {
		OperatedServer one = server("one").inMemory().start(Jobs.class);
		one.fire("daily");
		eventually().until(() -> is(one, "one", ServerReport.State.UP));
		assertThat(one.job("daily").last().result()).isEqualTo(RunReport.Result.SUCCEEDED);
		assertThat(one.watch().lastSuccess("daily")).isNotNull();
		one.operations().pause("daily");
		one.fire("daily");
		assertThat(one.job("daily").state()).isEqualTo(JobReport.State.PAUSED);
		one.operations().resume("daily");
		assertThat(one.operations().release("daily", false)).isEqualTo(new ReleaseResult.NotLocked());
		assertThat(one.operations().overview().jobs()).hasSize(3);
	}

	@Test
	void aRedisThatDoesNotAllowItIsOneWarning() {
		try (RedisServer own = RedisServer.start(); LogCapture log = new LogCapture(Heartbeat.class)) {
			own.cli("ACL", "SETUSER", "old", "on", ">secret", "~test:{" + this.namespace + "/*", "&*", "+@all");
			OperatedServer one = server("one").at("redis://old:secret@" + own.host() + ":" + own.port())
				.start(Jobs.class);
			one.fire("daily");
			assertThat(one.await(JobFinished.class).outcome()).isEqualTo(RunOutcome.SUCCEEDED);
			eventually().until(() -> {
				one.beat();
				return !log.lines("WARN").isEmpty();
			});
			one.operations().drain();
			assertThat(log.lines("WARN")).singleElement().asString().contains("does not let this server tell");
			one.operations().undrain();
			hang(one);
			assertThatThrownBy(() -> one.operations().overview()).isInstanceOf(LockUnavailableException.class);
			assertThatThrownBy(() -> one.operations().release("hangs", false))
				.isInstanceOf(LockUnavailableException.class);
			assertThat(one.operations().release("hangs", true)).isEqualTo(new ReleaseResult.Released("one"));
			// Its end waits for the run
			Jobs.mayReturn.countDown();
			one.close();
		}
	}

	@Test
	void twoServersWithOneIdAreOneWarning() {
		try (LogCapture log = new LogCapture(Heartbeat.class)) {
			OperatedServer one = server("same").start(Jobs.class);
			eventually().until(() -> is(one, "same", ServerReport.State.UP));
			OperatedServer two = server("same").start(Jobs.class);
			eventually().until(() -> {
				one.beat();
				two.beat();
				return log.lines("WARN").size() == 2;
			});
			assertThat(log.lines("WARN")).allMatch((line) -> line.contains("Another process is server 'same', too"));
			one.fire("daily");
			two.fire("daily");
			assertThat(one.await(JobFinished.class).outcome()).isEqualTo(RunOutcome.SUCCEEDED);
			assertThat(two.await(JobSkipped.class).reason()).isEqualTo(SkipReason.ALREADY_RAN);
			one.beat();
			two.beat();
			one.close();
			two.close();
			assertThat(log.lines("WARN")).hasSize(2);
		}
	}

	/**
	 * As for a checkpoint.
	 */
	@Test
	void aServerThatIsStoppedAndStartedAgainTellsOfItselfAndRuns() {
		OperatedServer one = server("one").start(Jobs.class);
		eventually().until(() -> is(one, "one", ServerReport.State.UP));
		String started = redis.cli("HGET", record("one"), "started");
		one.context().stop();
		redis.cli("DEL", record("one"));
		one.context().start();
		eventually().until(() -> redis.cli("HGET", record("one"), "started").equals(started));
		assertThat(is(one, "one", ServerReport.State.UP)).isTrue();
		one.fire("daily");
		assertThat(one.await(JobFinished.class).outcome()).isEqualTo(RunOutcome.SUCCEEDED);
		one.close();
	}

	/**
	 * As after a checkpoint of a server, or from a snapshot of its machine: what one of
	 * them had, the other one has, too.
	 */
	@Test
	void twoCopiesOfOneServerAreOneWarningEach() {
		try (LogCapture log = new LogCapture(Heartbeat.class)) {
			OperatedServer one = server("same").start(Jobs.class);
			eventually().until(() -> is(one, "same", ServerReport.State.UP));
			OperatedServer two = server("same").copyOf(one).start(Jobs.class);
			eventually().until(() -> {
				one.beat();
				two.beat();
				return log.lines("WARN").size() == 2;
			});
			assertThat(log.lines("WARN")).allMatch((line) -> line.contains("Another process is server 'same', too")
					&& line.contains("Restart servers that were restored from one image"));
			one.fire("daily");
			two.fire("daily");
			assertThat(one.await(JobFinished.class).outcome()).isEqualTo(RunOutcome.SUCCEEDED);
			assertThat(two.await(JobSkipped.class).reason()).isEqualTo(SkipReason.ALREADY_RAN);
			one.close();
			two.close();
		}
	}

	/**
	 * From before this process, whose predecessor had the same id.
	 */
	@Test
	void aRedisThatHasGoneBackInTimeIsNoOtherServer() {
		try (LogCapture log = new LogCapture(Heartbeat.class)) {
			OperatedServer one = server("same").start(Jobs.class);
			eventually().until(() -> is(one, "same", ServerReport.State.UP));
			String started = redis.cli("HGET", record("same"), "started");
			redis.cli("HSET", record("same"), "started", "1", "mark", "of a predecessor");
			one.beat();
			eventually().until(() -> redis.cli("HGET", record("same"), "started").equals(started));
			assertThat(log.lines("WARN")).isEmpty();
		}
	}

	/**
	 * One that ends takes its time, and is followed by one with the same id.
	 */
	@Test
	void aServerThatEndsLeavesItsIdToTheNext() throws Exception {
		try (LogCapture log = new LogCapture(Heartbeat.class)) {
			OperatedServer one = server("same").start(Jobs.class);
			eventually().until(() -> is(one, "same", ServerReport.State.UP));
			String before = redis.cli("HGET", record("same"), "started");
			Thread run = hang(one);
			Thread end = new Thread(one::close);
			end.start();
			eventually().until(() -> {
				one.fire("daily");
				return one.events(JobSkipped.class).stream().anyMatch((skip) -> skip.reason() == SkipReason.CLOSING);
			});
			OperatedServer two = server("same").start(Jobs.class);
			eventually().until(() -> !redis.cli("HGET", record("same"), "started").equals(before));
			one.beat();
			run.interrupt();
			end.join();
			assertThat(redis.cli("HGET", record("same"), "started")).isNotEqualTo(before);
			assertThat(report(two, "same").state()).isEqualTo(ServerReport.State.UP);
			assertThat(log.lines("WARN")).isEmpty();
		}
	}

	private String record(String server) {
		return "test:{" + this.namespace + "}:server:" + server;
	}

	static class Jobs {

		static volatile CountDownLatch mayReturn = new CountDownLatch(1);

		@Scheduled(cron = "0 0 3 * * *", zone = "${zone:UTC}")
		@DistributedScheduled("daily")
		void daily() {
		}

		@Scheduled(fixedRate = 3_600_000)
		@DistributedScheduled("hourly")
		void hourly() {
		}

		@Scheduled(cron = "0 0 4 * * *", zone = "UTC")
		@DistributedScheduled("hangs")
		void hangs() {
			try {
				mayReturn.await();
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
			}
		}

	}

	static class OtherJobs {

		@Scheduled(cron = "0 0 3 * * *", zone = "UTC")
		@DistributedScheduled("daily")
		void other() {
		}

	}

	static class Fails {

		static volatile boolean failing = true;

		@Scheduled(cron = "0 0 3 * * *", zone = "UTC")
		@DistributedScheduled("fails")
		public void run() {
			if (failing) {
				throw new IllegalStateException("no");
			}
		}

	}

	static class Publishes {

		@Scheduled(cron = "0 0 3 * * *", zone = "UTC")
		@DistributedScheduled("publishes")
		Mono<Void> run() {
			return Mono.empty();
		}

	}

	static class Hostile {

		static final String NAME = "<script>alert(1)</script>\"'{{x}}";

		@Scheduled(cron = "0 0 3 * * *", zone = "UTC")
		@DistributedScheduled(name = "<script>alert(1)</script>\"'{{x}}", group = "<script>alert(1)</script>\"'{{x}}")
		void run() {
		}

	}

	static class EverySecond {

		@Scheduled(cron = "* * * * * *")
		@DistributedScheduled("every-second")
		void run() {
		}

		@Scheduled(cron = "-")
		@DistributedScheduled("off")
		void off() {
		}

	}

	static class Throws {

		@EventListener
		@Order(0)
		void on(JobEvent event) {
			throw new IllegalStateException("listener");
		}

		@EventListener
		@Order(0)
		void on(OperatorAction action) {
			throw new IllegalStateException("listener");
		}

	}

}
