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

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.Period;
import java.time.ZoneId;
import java.util.List;
import java.util.Set;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.reactivex.rxjava3.core.Single;
import kotlinx.coroutines.flow.Flow;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.scheduling.annotation.Scheduled;

import io.github.lockstarter.CrashPolicy;
import io.github.lockstarter.DistributedScheduled;
import io.github.lockstarter.InvalidJobException;
import io.github.lockstarter.JobRun;
import io.github.lockstarter.MissedPolicy;
import io.github.lockstarter.RepeatedHourPolicy;
import io.github.lockstarter.RunOutcome;
import io.github.lockstarter.SkipReason;
import io.github.lockstarter.test.SimulationResult.ClockChange;
import io.github.lockstarter.test.SimulationResult.Effect;
import io.github.lockstarter.test.SimulationResult.Missed;
import io.github.lockstarter.test.SimulationResult.Run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * The simulation that users have of the schedule of a job.
 */
class JobSimulationTests {

	private static final ZoneId BERLIN = ZoneId.of("Europe/Berlin");

	private static final LocalDate DAY = LocalDate.of(2026, 6, 1);

	@Test
	void aYearTellsOfBothNightsInWhichClocksAreChanged() {
		SimulationResult year = JobSimulation.of(NightlyJob.class)
			.zone(BERLIN)
			.from(LocalDate.of(2026, 1, 1))
			.taking(Duration.ofMinutes(10))
			.run();
		// There is no 02:30 on 29 March, and there are two on 25 October
		assertThat(year.runs()).hasSize(364).extracting(Run::outcome).containsOnly(RunOutcome.SUCCEEDED);
		assertThat(year.runs()).extracting((run) -> run.tick().atZone(BERLIN).toLocalTime())
			.containsOnly(LocalTime.of(2, 30));
		assertThat(year.runs()).extracting(Run::server).containsOnly("server-1", "server-2", "server-3");
		assertThat(year.missed()).isEmpty();
		assertThat(year.overlaps()).isEmpty();
		assertThat(year.clockChanges()).hasSize(2);
		ClockChange spring = year.clockChanges().get(0);
		assertThat(spring.effect()).isEqualTo(Effect.SKIPPED);
		assertThat(spring.named()).containsExactly(LocalTime.of(2, 30));
		assertThat(spring.runs()).isEmpty();
		ClockChange autumn = year.clockChanges().get(1);
		assertThat(autumn.effect()).isEqualTo(Effect.REPEATED);
		assertThat(autumn.runs()).extracting(Run::tick).containsExactly(Instant.parse("2026-10-25T00:30:00Z"));
		assertThat(year).hasToString("""
				364 runs, 0 ticks missed, 0 overlaps
				  nightly: clocks of Europe/Berlin put forward at 2026-03-29T02:00: SKIPPED [02:30], 0 runs that day
				  nightly: clocks of Europe/Berlin put back at 2026-10-25T03:00: REPEATED [02:30], 1 runs that day""");
	}

	@Test
	void aJobThatWantsBothHoursHasThem() {
		ClockChange change = JobSimulation.of(TwiceJob.class)
			.from(LocalDate.of(2026, 10, 20))
			.lasting(Period.ofWeeks(1))
			.run()
			.clockChanges()
			.get(0);
		assertThat(change.effect()).isEqualTo(Effect.REPEATED);
		assertThat(change.runs()).extracting(Run::tick)
			.containsExactly(Instant.parse("2026-10-25T00:30:00Z"), Instant.parse("2026-10-25T01:30:00Z"));
	}

	/**
	 * In Havana clocks are put back from one to midnight, and Spring fires at the second
	 * one only; in UTC nothing is put anywhere.
	 */
	@ParameterizedTest
	@CsvSource({ "0 0 0 * * *, America/Havana, 2026-11-01, NONE, 1", "0 0 12 * * *, Europe/Berlin, 2026-03-29, NONE, 1",
			"0 0 * * * *, Europe/Berlin, 2026-03-29, SKIPPED, 23",
			"0 0 * * * *, Europe/Berlin, 2026-10-25, REPEATED, 25" })
	void eachScheduleHasANightOfItsOwn(String cron, ZoneId zone, LocalDate day, Effect effect, int runs) {
		SimulationResult result = cron(cron).zone(zone).from(day.minusDays(1)).lasting(Period.ofDays(2)).run();
		assertThat(result.clockChanges()).extracting(ClockChange::effect).containsExactly(effect);
		assertThat(result.clockChanges().get(0).runs()).hasSize(runs);
		assertThat(result.missed()).isEmpty();
	}

	@Test
	void whereClocksAreNotChangedThereIsNothingToTell() {
		assertThat(cron("0 30 2 * * *").from(DAY).run().clockChanges()).isEmpty();
	}

	@Test
	void theSameSeedGivesTheSameResult() {
		SimulationResult result = deployed(7).run();
		assertThat(deployed(7).run()).isEqualTo(result);
		assertThat(deployed(8).run()).isNotEqualTo(result);
		assertThat(result.runs()).hasSize(7 * 144);
		assertThat(result.missed()).isEmpty();
		assertThat(result.overlaps()).isEmpty();
	}

	private static JobSimulation deployed(long seed) {
		return cron("0 0/10 * * * *").from(DAY)
			.lasting(Period.ofWeeks(1))
			.seed(seed)
			.clocksOffBy(Duration.ofMillis(500))
			.takingBetween(Duration.ofSeconds(5), Duration.ofMinutes(5))
			.deploying("0 0 3 * * *", Duration.ofMinutes(2));
	}

	@Test
	void clocksThatAreOffMakeRunsEarlyOrLateByNoMoreThanThat() {
		List<Run> runs = cron("0 0/10 * * * *").from(DAY)
			.lasting(Period.ofWeeks(1))
			.servers(1)
			.clocksOffBy(Duration.ofSeconds(20))
			.seed(3)
			.run()
			.runs();
		assertThat(runs).hasSize(7 * 144)
			.allSatisfy((run) -> assertThat(run.delay()).isBetween(Duration.ZERO, Duration.ofSeconds(21)));
	}

	@Test
	void locksThatExcludeNobodyAreFoundOut() {
		SimulationResult result = cron("0 0 * * * *").from(DAY)
			.lasting(Period.ofDays(1))
			.taking(Duration.ofMinutes(1))
			.locksApart()
			.run();
		assertThat(result.runs()).hasSize(3 * 24);
		// Of three runs of each tick, each overlaps with each
		assertThat(result.overlaps()).hasSize(3 * 24)
			.allSatisfy((overlap) -> assertThat(overlap.second().tick()).isEqualTo(overlap.first().tick()));
	}

	@Test
	void aJobThatTakesLongerThanItsPeriodMissesTicks() {
		SimulationResult result = cron("0 0 * * * *").from(DAY)
			.lasting(Period.ofDays(1))
			.taking(Duration.ofMinutes(90))
			.run();
		assertThat(result.runs()).hasSize(12);
		assertThat(result.overlaps()).isEmpty();
		assertThat(result.missed()).hasSize(12)
			.allSatisfy((missed) -> assertThat(missed.reasons()).containsOnly(SkipReason.STILL_RUNNING));
	}

	@Test
	void ticksThatComeWhenNoServerIsUpAreMissed() {
		SimulationResult result = cron("0 0 * * * *").from(DAY)
			.lasting(Period.ofDays(1))
			.down(Instant.parse("2026-06-01T04:30:00Z"), Instant.parse("2026-06-01T06:30:00Z"))
			.run();
		assertThat(result.runs()).hasSize(22);
		assertThat(result.missed()).containsExactly(new Missed("job", Instant.parse("2026-06-01T05:00:00Z"), Set.of()),
				new Missed("job", Instant.parse("2026-06-01T06:00:00Z"), Set.of()));
	}

	@Test
	void aJobThatMakesUpForItsLastTickDoesSo() {
		SimulationResult result = JobSimulation.of(CaughtUpJob.class)
			.from(DAY)
			.lasting(Period.ofDays(1))
			.down(Instant.parse("2026-06-01T04:30:00Z"), Instant.parse("2026-06-01T06:30:00Z"))
			.run();
		assertThat(result.missed()).extracting(Missed::tick).containsExactly(Instant.parse("2026-06-01T05:00:00Z"));
		assertThat(result.runs()).filteredOn((run) -> run.trigger() == JobRun.Trigger.CATCH_UP)
			.singleElement()
			.satisfies((run) -> {
				assertThat(run.tick()).isEqualTo("2026-06-01T06:00:00Z");
				assertThat(run.delay()).isBetween(Duration.ofMinutes(30), Duration.ofMinutes(31));
			});
	}

	@Test
	void whenRedisIsAwayTicksAreMissedUnlessItIsBackSoon() {
		SimulationResult result = cron("0 0 * * * *").from(DAY)
			.lasting(Period.ofDays(1))
			.redisDown(Instant.parse("2026-06-01T03:59:00Z"), Instant.parse("2026-06-01T04:00:30Z"))
			.redisDown(Instant.parse("2026-06-01T07:59:00Z"), Instant.parse("2026-06-01T08:10:00Z"))
			.run();
		assertThat(result.missed()).containsExactly(
				new Missed("job", Instant.parse("2026-06-01T08:00:00Z"), Set.of(SkipReason.REDIS_UNAVAILABLE)));
		assertThat(result.runs().get(4).delay()).isBetween(Duration.ofSeconds(30), Duration.ofSeconds(40));
	}

	@Test
	void aRunThatOutlivesItsLockIsLost() {
		SimulationResult result = cron("0 0 * * * *").from(DAY)
			.lasting(Duration.ofHours(2))
			.taking(Duration.ofMinutes(20))
			.redisDown(Instant.parse("2026-06-01T00:05:00Z"), Instant.parse("2026-06-01T00:15:00Z"))
			.run();
		assertThat(result.runs()).extracting(Run::outcome).containsExactly(RunOutcome.LOCK_LOST, RunOutcome.SUCCEEDED);
		assertThat(result.runs().get(0).end()).isBetween("2026-06-01T00:05:30Z", "2026-06-01T00:06:30Z");
	}

	@Test
	void aTickIsRunAgainWhenItsServerCrashesIfTheJobSaysSo() {
		SimulationResult result = JobSimulation.of(RerunJob.class)
			.from(DAY)
			.lasting(Duration.ofHours(1))
			.taking(Duration.ofMinutes(10))
			.crash(Instant.parse("2026-06-01T00:04:00Z"), Duration.ofHours(1))
			.run();
		assertThat(result.runs()).hasSize(2);
		Run crashed = result.runs().get(0);
		assertThat(crashed.outcome()).isNull();
		assertThat(crashed.end()).isEqualTo("2026-06-01T00:04:00Z");
		Run again = result.runs().get(1);
		assertThat(again.trigger()).isEqualTo(JobRun.Trigger.RERUN);
		assertThat(again.server()).isNotEqualTo(crashed.server());
		assertThat(again.tick()).isEqualTo(crashed.tick());
		assertThat(again.outcome()).isEqualTo(RunOutcome.SUCCEEDED);
		assertThat(result.overlaps()).isEmpty();
	}

	@Test
	void aDeploymentLetsRunsEndThatTakeLessThanAMinute() {
		ListAppender<ILoggingEvent> log = new ListAppender<>();
		log.start();
		Logger root = (Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME);
		root.addAppender(log);
		SimulationResult result = cron("0 0 * * * *").from(DAY)
			.lasting(Duration.ofHours(2))
			.servers(1)
			.taking((run) -> run.tick().equals(Instant.parse("2026-06-01T00:00:00Z")) ? Duration.ofSeconds(40)
					: Duration.ofMinutes(10))
			.deploying("10 0 * * * *", Duration.ofMinutes(1))
			.run();
		assertThat(result.runs()).extracting(Run::outcome).containsExactly(RunOutcome.SUCCEEDED, null);
		assertThat(result.runs().get(1).server()).isEqualTo("server-1.2");
		root.detachAppender(log);
		assertThat(log.list).as("nothing is said by the dead")
			.noneMatch((event) -> event.getLevel().isGreaterOrEqual(Level.ERROR));
	}

	@Test
	void aRateAndADelayRunOncePerInterval() {
		SimulationResult result = JobSimulation.of(IntervalJob.class, "interval=30")
			.from(DAY)
			.lasting(Period.ofDays(1))
			.taking(Duration.ofMinutes(10))
			.run();
		assertThat(result.runs("rate")).hasSize(48);
		assertThat(result.runs("delay")).hasSize(36);
		assertThat(result.missed()).isEmpty();
		assertThat(result.overlaps()).isEmpty();
		assertThat(result.clockChanges()).isEmpty();
	}

	@ParameterizedTest
	@ValueSource(strings = { "mono", "flux", "single", "flow" })
	void aPublisherTakesItsTimeAndIsCancelledWhenThatIsOver(String job) {
		SimulationResult result = JobSimulation.of(PublisherJobs.class)
			.from(DAY)
			.lasting(Duration.ofHours(2))
			.taking((run) -> Duration.ofMinutes(run.tick().equals(Instant.parse("2026-06-01T01:00:00Z")) ? 50 : 10))
			.run();
		assertThat(result.runs(job)).extracting(Run::outcome)
			.containsExactly(RunOutcome.SUCCEEDED, RunOutcome.TIMED_OUT);
		assertThat(result.runs(job).get(0).end()).isBetween("2026-06-01T00:10:00Z", "2026-06-01T00:10:01Z");
		assertThat(result.runs(job).get(1).end()).isBetween("2026-06-01T01:20:00Z", "2026-06-01T01:20:01Z");
		assertThat(result.missed()).isEmpty();
	}

	@Test
	void aPublisherWithADelayIsSubscribedToWhenTheLastRunHasEnded() {
		SimulationResult result = JobSimulation.of(PublisherWithDelayJob.class)
			.from(DAY)
			.lasting(Period.ofDays(1))
			.taking(Duration.ofMinutes(10))
			.run();
		assertThat(result.runs()).hasSize(36).extracting(Run::outcome).containsOnly(RunOutcome.SUCCEEDED);
		assertThat(result.overlaps()).isEmpty();
	}

	@Test
	void aDeploymentCancelsAPublisherThatTakesLongerThanAMinute() {
		SimulationResult result = JobSimulation.of(PublisherJobs.class)
			.from(DAY)
			.lasting(Duration.ofHours(1))
			.servers(1)
			.taking((run) -> run.name().equals("mono") ? Duration.ofMinutes(10) : Duration.ofSeconds(40))
			.deploying("10 0 * * * *", Duration.ofMinutes(1))
			.run();
		assertThat(result.runs("mono")).extracting(Run::outcome).containsExactly(RunOutcome.FAILED);
		assertThat(result.runs("mono").get(0).end()).isBetween("2026-06-01T00:01:10Z", "2026-06-01T00:01:12Z");
		assertThat(result.runs("flux")).extracting(Run::outcome).containsExactly(RunOutcome.SUCCEEDED);
	}

	@Test
	void jobsOfOneGroupDoNotOverlapAndJobsOfNoneDo() {
		SimulationResult result = JobSimulation.of(GroupedJobs.class)
			.from(DAY)
			.lasting(Duration.ofHours(6))
			.taking(Duration.ofMinutes(10))
			.run();
		assertThat(result.runs()).hasSize(18);
		assertThat(result.overlaps()).isEmpty();
		assertThat(result.missed()).isEmpty();
		Run one = result.runs("one").get(0);
		Run other = result.runs("other").get(0);
		assertThat((one.start().isBefore(other.start()) ? other : one).delay()).isGreaterThan(Duration.ofMinutes(9));
		assertThat(result.runs("alone").get(0).delay()).isLessThan(Duration.ofSeconds(1));
	}

	@Test
	void jobsOfOneGroupThatOverlapAreFoundOut() {
		SimulationResult result = JobSimulation.of(GroupedJobs.class)
			.from(DAY)
			.lasting(Duration.ofHours(1))
			.taking(Duration.ofMinutes(10))
			.locksApart()
			.run();
		assertThat(result.overlaps()).anyMatch((overlap) -> !overlap.first().job().equals(overlap.second().job()));
	}

	@Test
	void ticksAreHeldForAsLongAsTheJobSays() {
		SimulationResult result = JobSimulation.of(HeldJob.class).from(DAY).lasting(Duration.ofHours(1)).run();
		assertThat(result.runs()).hasSize(20);
		assertThat(result.missed()).hasSize(40)
			.allSatisfy((missed) -> assertThat(missed.reasons()).containsOnly(SkipReason.HELD));
	}

	@Test
	void theMethodIsNotCalled() {
		assertThat(JobSimulation.of(ThrowingJob.class).from(DAY).lasting(Duration.ofHours(1)).run().runs())
			.extracting(Run::outcome)
			.hasSize(1)
			.containsOnly(RunOutcome.SUCCEEDED);
	}

	@Test
	void whatCannotBeIsRefused() {
		assertThatExceptionOfType(InvalidJobException.class)
			.isThrownBy(() -> JobSimulation.of(BriefJob.class).from(DAY).run());
		assertThatIllegalStateException().isThrownBy(() -> JobSimulation.of(Object.class).from(DAY).run())
			.withMessageContaining("java.lang.Object");
		JobSimulation simulation = cron("0 0 * * * *");
		assertThatIllegalStateException().isThrownBy(simulation::run).withMessageContaining("from(");
		assertThatIllegalArgumentException().isThrownBy(() -> simulation.taking(Duration.ofDays(-1)));
		assertThatIllegalArgumentException().isThrownBy(() -> simulation.servers(0));
		assertThatIllegalArgumentException().isThrownBy(() -> simulation.deploying("daily", Duration.ZERO));
		assertThatIllegalStateException().isThrownBy(() -> simulation.from(DAY).lasting(Duration.ZERO).run());
	}

	@Test
	void aDurationThatCannotBeToldFailsTheTest() {
		assertThatIllegalStateException()
			.isThrownBy(() -> cron("0 0 * * * *").from(DAY).taking((run) -> Duration.ofDays(-1)).run())
			.havingCause()
			.withMessageContaining("PT-24H");
	}

	private static JobSimulation cron(String cron) {
		return JobSimulation.of(AnyJob.class, "cron=" + cron);
	}

	static class AnyJob {

		@Scheduled(cron = "${cron}")
		@DistributedScheduled("job")
		void run() {
		}

	}

	static class NightlyJob {

		@Scheduled(cron = "0 30 2 * * *")
		@DistributedScheduled("nightly")
		void run() {
		}

	}

	static class TwiceJob {

		@Scheduled(cron = "0 30 2 * * *", zone = "Europe/Berlin")
		@DistributedScheduled(name = "twice", repeatedHour = RepeatedHourPolicy.TWICE)
		void run() {
		}

	}

	static class CaughtUpJob {

		@Scheduled(cron = "0 0 * * * *")
		@DistributedScheduled(name = "caught-up", onMissed = MissedPolicy.RUN_ONCE)
		void run() {
		}

	}

	static class RerunJob {

		@Scheduled(cron = "0 0 * * * *")
		@DistributedScheduled(name = "rerun", onCrash = CrashPolicy.RERUN)
		void run() {
		}

	}

	static class IntervalJob {

		@Scheduled(fixedRateString = "${interval}m")
		@DistributedScheduled("rate")
		void rate() {
		}

		@Scheduled(fixedDelayString = "PT${interval}M")
		@DistributedScheduled("delay")
		void delay() {
		}

	}

	static class PublisherJobs {

		@Scheduled(cron = "0 0 * * * *")
		@DistributedScheduled(name = "mono", timeout = "20m")
		Mono<Void> mono() {
			throw new IllegalStateException("no method is called");
		}

		@Scheduled(cron = "0 0 * * * *")
		@DistributedScheduled(name = "flux", timeout = "20m")
		Flux<String> flux() {
			throw new IllegalStateException("no method is called");
		}

		@Scheduled(cron = "0 0 * * * *")
		@DistributedScheduled(name = "single", timeout = "20m")
		Single<String> single() {
			throw new IllegalStateException("no method is called");
		}

		@Scheduled(cron = "0 0 * * * *")
		@DistributedScheduled(name = "flow", timeout = "20m")
		Flow<String> flow() {
			throw new IllegalStateException("no method is called");
		}

	}

	static class PublisherWithDelayJob {

		@Scheduled(fixedDelayString = "PT30M")
		@DistributedScheduled("delay")
		Mono<Void> delay() {
			throw new IllegalStateException("no method is called");
		}

	}

	static class GroupedJobs {

		@Scheduled(cron = "0 0 * * * *")
		@DistributedScheduled(name = "one", group = "both")
		void one() {
		}

		@Scheduled(cron = "0 0 * * * *")
		@DistributedScheduled(name = "other", group = "both")
		void other() {
		}

		@Scheduled(cron = "0 0 * * * *")
		@DistributedScheduled(name = "alone")
		void alone() {
		}

	}

	static class HeldJob {

		@Scheduled(cron = "0 * * * * *")
		@DistributedScheduled(name = "held", lockAtLeastFor = "3m")
		void run() {
		}

	}

	static class ThrowingJob {

		ThrowingJob() {
			throw new IllegalStateException("no object is needed");
		}

		@Scheduled(cron = "0 0 * * * *")
		@DistributedScheduled("throwing")
		void run() {
			throw new IllegalStateException("no method is called");
		}

	}

	static class BriefJob {

		@Scheduled(cron = "0 0 * * * *")
		@DistributedScheduled(name = "brief", lease = "1ms")
		void run() {
		}

	}

}
