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

package io.github.lockstarter.proof.checker;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import io.github.lockstarter.proof.checker.Violation.Invariant;
import io.github.lockstarter.proof.history.Entry;
import io.github.lockstarter.proof.history.History;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * One history made by hand for each thing that can be wrong with one, and its healthy
 * twin. Times are milliseconds since the beginning.
 */
class CheckerTests {

	private static final Rules.Job JOB = new Rules.Job("job", Rules.Kind.CRON, Duration.ofSeconds(1), Duration.ZERO);

	private final Scene scene = new Scene(JOB);

	@Test
	void healthyHistory() {
		this.scene.everyTick(0, 30);
		Verdict verdict = this.scene.verdict();
		assertThat(verdict.violations()).isEmpty();
		assertThat(verdict.forgotten()).isEmpty();
		assertThat(verdict.figures().runs()).isEqualTo(30);
		assertThat(verdict.figures().quiet()).isPositive();
	}

	@Test
	void sameTickTwice() {
		this.scene.everyTick(0, 30).run("two", 5500, 5, 20);
		assertBroken(Invariant.ONCE_PER_TICK);
	}

	@Test
	void olderTickAfterNewerOne() {
		this.scene.everyTick(0, 12).everyTick(13, 30).run("two", 13500, 12, 20);
		assertBroken(Invariant.ONCE_PER_TICK);
	}

	@Test
	void sameTickTwiceBecauseRedisForgotIsReportedApart() {
		this.scene.everyTick(0, 30).flush(5400).run("two", 5500, 5, 20);
		Verdict verdict = this.scene.verdict();
		assertThat(verdict.violations()).isEmpty();
		assertThat(verdict.forgotten()).extracting(Violation::invariant).containsExactly(Invariant.ONCE_PER_TICK);
	}

	@Test
	void sameTickTwiceAfterRedisKnowsAgain() {
		this.scene.everyTick(0, 30).flush(5400).run("two", 7500, 5, 20);
		assertBroken(Invariant.ONCE_PER_TICK);
	}

	@Test
	void sameTickThreeTimesIsNotWhatRedisForgotOnce() {
		this.scene.everyTick(0, 30).flush(5400).run("two", 5500, 5, 20).run("one", 5700, 5, 20);
		assertBroken(Invariant.ONCE_PER_TICK);
	}

	@Test
	void beforeItsTime() {
		this.scene.everyTick(0, 12).everyTick(13, 30).run("two", 11850, 12, 20);
		assertBroken(Invariant.NEVER_EARLY);
	}

	@Test
	void withinTheTolerance() {
		this.scene.everyTick(0, 12).everyTick(13, 30).run("two", 11920, 12, 20);
		assertThat(this.scene.verdict().violations()).isEmpty();
	}

	/**
	 * Redis granted it in time, and its clock was set back before the run began.
	 */
	@Test
	void withinTheToleranceWhenItWasGranted() {
		this.scene.everyTick(0, 12).step(11_910, 15).run("two", 11_912, 12, 20, Scene.token(11_909));
		assertThat(this.scene.verdict().brokenFor("job")).doesNotContain(Invariant.NEVER_EARLY);
	}

	@Test
	void believesWhileAnotherOneRuns() {
		this.scene.everyTick(0, 12).everyTick(14, 30);
		this.scene.run("one", 12010, 12, 1200).run("two", 13100, 13, 20);
		assertBrokenAmongOthers(Invariant.NO_OVERLAP);
	}

	@Test
	void whoWasToldDoesNotOverlap() {
		this.scene.everyTick(0, 12).everyTick(16, 30);
		long token = this.scene.start("one", 12010, 12);
		this.scene.checkpoint("one", 13000, token, true).lost("one", 13900, token);
		this.scene.checkpoint("one", 14200, token, false).end("one", 15400, token, false, "LOCK_LOST");
		this.scene.run("two", 15100, 15, 20);
		this.scene.reason(13, 14);
		this.scene.fault("cut", 12500, 15000, "one.1", false);
		assertThat(this.scene.verdict().violations()).isEmpty();
	}

	@Test
	void whoWasNotToldInTime() {
		this.scene.everyTick(0, 12).everyTick(16, 30);
		long token = this.scene.start("one", 12010, 12);
		this.scene.checkpoint("one", 13000, token, true).lost("one", 15950, token);
		this.scene.end("one", 15960, token, false, "LOCK_LOST");
		this.scene.run("two", 15100, 15, 20);
		this.scene.fault("cut", 12500, 15000, "one.1", false);
		assertBroken(Invariant.TOLD_IN_TIME);
	}

	@Test
	void whoStoodStillIsToldWhenItGoesOn() {
		this.scene.everyTick(0, 12).everyTick(16, 30);
		long token = this.scene.start("one", 12010, 12);
		this.scene.checkpoint("one", 13000, token, true).lost("one", 15950, token);
		this.scene.end("one", 15960, token, false, "LOCK_LOST");
		this.scene.run("two", 15100, 15, 20);
		this.scene.stop(13010, 15900, "one.1");
		assertThat(this.scene.verdict().violations()).isEmpty();
	}

	@ParameterizedTest
	@CsvSource({ "15300, true", "15400, false" })
	void whoIsToldByTheMessageOfItsEnd(long end, boolean inTime) {
		this.scene.everyTick(0, 12).everyTick(16, 30);
		long token = this.scene.start("one", 12010, 12);
		this.scene.checkpoint("one", 13000, token, true).end("one", end, token, false, "LOCK_LOST");
		this.scene.run("two", 15100, 15, 20);
		this.scene.fault("cut", 12500, 15000, "one.1", false);
		assertThat(this.scene.verdict().brokenFor("job").contains(Invariant.TOLD_IN_TIME)).isEqualTo(!inTime);
	}

	/**
	 * The clock of one that was suspended stood still, so it is told at its next renewal.
	 */
	@ParameterizedTest
	@CsvSource({ "suspend, 16600, true", "suspend, 16700, false", "stop, 16600, false" })
	void whoWasSuspendedIsToldAtItsNextRenewal(String kind, long lost, boolean inTime) {
		this.scene.everyTick(0, 12).everyTick(18, 30).reason(17);
		long token = this.scene.start("one", 12010, 12);
		this.scene.checkpoint("one", 13000, token, true).lost("one", lost, token);
		this.scene.end("one", 16750, token, false, "LOCK_LOST").run("two", 14500, 14, 20);
		this.scene.stop(kind, 13010, 15000, "one.1").hiccup("one.1", 15000, 1990);
		assertThat(this.scene.verdict().brokenFor("job").contains(Invariant.TOLD_IN_TIME)).isEqualTo(!inTime);
	}

	@Test
	void overlapBecauseRedisForgotEndsAtTheNextRenewal() {
		this.scene.everyTick(0, 12).everyTick(14, 30).flush(12500);
		long token = this.scene.start("one", 12010, 12);
		this.scene.checkpoint("one", 13200, token, true).lost("one", 13300, token);
		this.scene.end("one", 13400, token, false, "LOCK_LOST");
		this.scene.run("two", 13050, 13, 20);
		Verdict verdict = this.scene.verdict();
		assertThat(verdict.violations()).isEmpty();
		assertThat(verdict.forgotten()).extracting(Violation::invariant).containsExactly(Invariant.NO_OVERLAP);
	}

	@Test
	void overlapBecauseRedisForgotThatOutlivesTheNextRenewal() {
		this.scene.everyTick(0, 12).everyTick(14, 14).everyTick(17, 30).flush(12500);
		this.scene.run("one", 12010, 12, 2500).run("two", 13050, 13, 20);
		assertBrokenAmongOthers(Invariant.NO_OVERLAP);
	}

	@Test
	void overlapBecauseRedisForgotMayEndBeforeTheNextRenewal() {
		this.scene.everyTick(0, 12).everyTick(14, 30).flush(12500);
		this.scene.run("one", 12010, 12, 1200).run("two", 13050, 13, 20);
		Verdict verdict = this.scene.verdict();
		assertThat(verdict.violations()).isEmpty();
		assertThat(verdict.forgotten()).extracting(Violation::invariant).containsExactly(Invariant.NO_OVERLAP);
	}

	/**
	 * Who hears no answer to its next renewal learns it from its own clock.
	 */
	@ParameterizedTest
	@CsvSource({ "one.1, 14400, 14700, true", "one.1, 14400, 14800, false", "two.1, 14400, 14700, false",
			"one.1, 14780, 14700, false" })
	void overlapBecauseRedisForgotEndsWithTheLeaseOfWhoIsCutOff(String cut, long held, long lost, boolean inTime) {
		this.scene.everyTick(0, 12).everyTick(16, 30).flush(12500).run("two", 13050, 13, 20);
		long token = this.scene.start("one", 12010, 12);
		this.scene.checkpoint("one", held, token, true).lost("one", lost, token);
		this.scene.end("one", 14850, token, false, "LOCK_LOST");
		this.scene.fault("cut", 13100, 15000, cut, false).skip("two", 15500, 15);
		assertThat(this.scene.verdict().violations().isEmpty()).isEqualTo(inTime);
	}

	/**
	 * One that was granted first and begins later has lost its lock to the other one.
	 */
	@ParameterizedTest
	@CsvSource({ "13200, 13300, true", "13900, 13300, false", "13200, 14300, false" })
	void overlapBecauseRedisForgotEndsForTheOneThatWasGrantedFirst(long held, long told, boolean inTime) {
		this.scene.everyTick(0, 12).everyTick(16, 30).flush(12050);
		this.scene.run("two", 12110, 12, 3000, Scene.token(12100));
		this.scene.start("one", 12480, 12, Scene.token(12010));
		this.scene.checkpoint("one", held, Scene.token(12010), true).lost("one", told, Scene.token(12010));
		this.scene.end("one", 14400, Scene.token(12010), false, "LOCK_LOST");
		assertThat(this.scene.verdict().violations().isEmpty()).isEqualTo(inTime);
	}

	/**
	 * Redis forgets the lock of the first one, and is then replaced by one that knows of
	 * it, but not of the second one.
	 */
	@ParameterizedTest
	@CsvSource({ "13600, true", "16600, false", ", false" })
	void overlapBecauseRedisForgotTwiceEndsForTheOtherOne(Long told, boolean inTime) {
		this.scene.everyTick(0, 12).everyTick(18, 30).flush(12030).run("one", 12010, 12, 5000);
		long token = this.scene.start("two", 12100, 12);
		this.scene.end("two", 16800, token, told == null, (told != null) ? "LOCK_LOST" : "SUCCEEDED");
		if (told != null) {
			this.scene.lost("two", told, token);
		}
		this.scene.fault("failover", 12020, 13200, "", true);
		assertThat(this.scene.verdict().brokenFor("job").contains(Invariant.NO_OVERLAP)).isEqualTo(!inTime);
	}

	@Test
	void lowerTokenLater() {
		this.scene.everyTick(0, 12).everyTick(13, 30).run("two", 12010, 12, 20, 1);
		assertBrokenAmongOthers(Invariant.TOKENS_RISE);
	}

	@Test
	void tokensRiseAlsoWhenRedisForgot() {
		this.scene.everyTick(0, 12).everyTick(13, 30).flush(11500).run("two", 12010, 12, 20, 1);
		assertBrokenAmongOthers(Invariant.TOKENS_RISE);
	}

	/**
	 * Granted at 12010 and at 12100, in this order.
	 */
	@ParameterizedTest
	@CsvSource({ "12050, true", "11950, false", "12300, false" })
	void tokensFallWhereRedisForgotWhileItsAnswerWasOnItsWay(long forgot, boolean rightly) {
		this.scene.everyTick(0, 12).everyTick(13, 30).flush(forgot);
		this.scene.run("two", 12110, 12, 20, Scene.token(12100)).run("one", 12480, 12, 20, Scene.token(12010));
		Verdict verdict = this.scene.verdict();
		assertThat(verdict.brokenFor("job").contains(Invariant.TOKENS_RISE)).isEqualTo(!rightly);
		assertThat(verdict.forgotten()).extracting(Violation::invariant)
			.hasSize(rightly ? 2 : 0)
			.allMatch((invariant) -> invariant == Invariant.TOKENS_RISE || invariant == Invariant.ONCE_PER_TICK);
	}

	@Test
	void registerGoesBack() {
		this.scene.everyTick(0, 30).written(1000, 20, true).written(1100, 10, true);
		assertBroken(Invariant.REGISTER_NEVER_BACK);
	}

	@Test
	void registerRefusesTheHighestToken() {
		this.scene.everyTick(0, 30).written(1000, 20, true).written(1100, 30, false);
		assertBroken(Invariant.REGISTER_NEVER_BACK);
	}

	@Test
	void registerRefusesLowerTokens() {
		this.scene.everyTick(0, 30).written(1000, 20, true).written(1100, 10, false).written(1200, 20, true);
		assertThat(this.scene.verdict().violations()).isEmpty();
	}

	@Test
	void runWhileRedisIsSilent() {
		this.scene.everyTick(0, 30).fault("pause", 11500, 14500, "", false);
		assertBroken(Invariant.NO_RUN_WITHOUT_REDIS);
	}

	/**
	 * A copy of what was refused has started it, and Redis still says so.
	 */
	@Test
	void runThatWasGrantedBeforeRedisWasSilent() {
		this.scene.everyTick(0, 12).everyTick(14, 30).run("two", 12_900, 12, 20, Scene.token(12_010));
		this.scene.fault("pause", 12_100, 14_000, "", false);
		assertBrokenAmongOthers(Invariant.NO_RUN_WITHOUT_REDIS);
		this.scene.befall("doubling", 11_500, 12_500, "two.1");
		assertThat(this.scene.verdict().brokenFor("job")).doesNotContain(Invariant.NO_RUN_WITHOUT_REDIS);
	}

	@Test
	void runOfTheServerThatIsCutOff() {
		this.scene.everyTick(0, 30).fault("cut", 11500, 14500, "one.1", false);
		assertBroken(Invariant.NO_RUN_WITHOUT_REDIS);
	}

	@Test
	void runOfAnotherServerThanTheOneThatIsCutOff() {
		this.scene.everyTick(0, 30).skip("two", 15600, 15).fault("cut", 11500, 14500, "two.1", false);
		assertThat(this.scene.verdict().violations()).isEmpty();
	}

	@Test
	void runWithoutLock() {
		this.scene.everyTick(0, 12).everyTick(13, 30).run("two", 12010, 12, 20, 0);
		assertBrokenAmongOthers(Invariant.NO_RUN_WITHOUT_REDIS);
	}

	@Test
	void missedInQuietTimes() {
		this.scene.everyTick(0, 12).everyTick(13, 30).skip("one", 12010, 12);
		assertBroken(Invariant.EVERY_TICK);
	}

	@Test
	void lateInQuietTimes() {
		this.scene.everyTick(0, 12).everyTick(16, 30).run("one", 14500, 12, 20);
		assertBroken(Invariant.EVERY_TICK);
	}

	@Test
	void missedBeforeRedisWasReached() {
		this.scene.skip("one", 2500, 1, "REDIS_UNAVAILABLE").skip("one", 3500, 2, "REDIS_UNAVAILABLE");
		this.scene.everyTick(3, 30);
		assertThat(this.scene.verdict().violations()).isEmpty();
	}

	@Test
	void redisIsNotReachedInTime() {
		for (int tick = 1; tick < 10; tick++) {
			this.scene.skip("one", tick * 1000 + 1500, tick, "REDIS_UNAVAILABLE");
		}
		this.scene.everyTick(10, 30);
		assertBrokenAmongOthers(Invariant.HEAL);
	}

	@Test
	void missedInTroubleWithReason() {
		this.scene.everyTick(0, 12).everyTick(14, 30).reason(12, 13).fault("pause", 11500, 13900, "", false);
		assertThat(this.scene.verdict().violations()).isEmpty();
	}

	@Test
	void missedInTroubleWithoutReason() {
		this.scene.everyTick(0, 12).everyTick(14, 30).reason(12).fault("pause", 11500, 13900, "", false);
		assertBroken(Invariant.EVERY_TICK);
	}

	/**
	 * It is lost if everybody says that it was run, unless Redis may have granted it to a
	 * server that is gone.
	 */
	@ParameterizedTest
	@CsvSource({ "ALREADY_RAN, 0, true", "REDIS_UNAVAILABLE, 0, false", "ALREADY_RAN, 13000, false",
			"ALREADY_RAN, 17500, false", "ALREADY_RAN, 18500, true" })
	void missedInTroubleThoughAllSayThatItWasRun(String reason, long killed, boolean missed) {
		this.scene.everyTick(0, 12).everyTick(14, 30).reason(13).fault("cut", 11500, 13900, "two.1", false);
		this.scene.skip("one", 12200, 12, reason).skip("two", 12500, 12, "ALREADY_RAN");
		if (killed > 0) {
			this.scene.kill("two", killed, killed + 500);
		}
		assertThat(this.scene.verdict().brokenFor("job").contains(Invariant.EVERY_TICK)).isEqualTo(missed);
	}

	/**
	 * A copy of what a server was refused may start what another one has given back.
	 */
	@Test
	void missedBecauseACopyCameAfterItWasGivenBack() {
		this.scene.everyTick(0, 12).everyTick(14, 30).reason(13).befall("doubling", 11500, 13900, "two.1");
		this.scene.skip("one", 12200, 12, "ALREADY_RAN").skip("two", 12500, 12, "ALREADY_RAN");
		assertBroken(Invariant.EVERY_TICK);
		this.scene.fault("cut", 11500, 13900, "one.1", false);
		assertThat(this.scene.verdict().brokenFor("job")).doesNotContain(Invariant.EVERY_TICK);
	}

	@Test
	void missedInTroubleWithoutReasonWhileTheMachineSlept() {
		this.scene.everyTick(0, 12).everyTick(14, 30).reason(12).fault("pause", 11500, 13900, "", false);
		this.scene.hiccup("one.1", 13500, 700);
		assertThat(this.scene.verdict().violations()).isEmpty();
	}

	@ParameterizedTest
	@CsvSource({ "true, false", "false, true" })
	void missedInTroubleWithoutReasonWhenEverybodyIsStruck(boolean both, boolean missed) {
		this.scene.everyTick(0, 12).everyTick(14, 30).reason(12).befall("clock", 11500, 13900, "one.1");
		if (both) {
			this.scene.befall("clock", 11500, 13900, "two.1");
		}
		this.scene.skip("two", 15500, 15);
		assertThat(this.scene.verdict().brokenFor("job").contains(Invariant.EVERY_TICK)).isEqualTo(missed);
	}

	/**
	 * The tick comes by the clock of the server at 12700, when it runs the one before.
	 */
	@ParameterizedTest
	@CsvSource({ "790, true, false", "500, true, true", "790, false, true" })
	void missedByAServerThatIsAheadAndWasBusy(long takes, boolean alone, boolean missed) {
		this.scene.clock("one", 0, 300).everyTick(0, 12).everyTick(14, 30).run("one", 12010, 12, takes);
		if (alone) {
			this.scene.befall("clock", 11500, 14500, "two.1").skip("two", 15500, 15);
		}
		assertThat(this.scene.verdict().brokenFor("job").contains(Invariant.EVERY_TICK)).isEqualTo(missed);
	}

	/**
	 * It may wait for the lock for the window of its tick and the lease of a dead one.
	 */
	@ParameterizedTest
	@CsvSource({ "15400, false", "15600, true" })
	void missedByAServerThatIsKilledWhileItMayWait(long killed, boolean missed) {
		this.scene.everyTick(0, 12).everyTick(13, 30).befall("clock", 11500, 16500, "one.1");
		this.scene.kill("two", killed, killed + 1000);
		assertThat(this.scene.verdict().brokenFor("job").contains(Invariant.EVERY_TICK)).isEqualTo(missed);
	}

	@Test
	void stillRunningNeedsNoReason() {
		this.scene.everyTick(0, 12).everyTick(15, 30).run("one", 12010, 12, 2500);
		assertThat(this.scene.verdict().violations()).isEmpty();
	}

	@Test
	void refusedByALateRunOfAnOlderTick() {
		this.scene.everyTick(0, 12).run("two", 13002, 12, 1900).everyTick(15, 30);
		this.scene.skip("one", 14005, 13, "STILL_RUNNING");
		assertThat(this.scene.verdict().violations()).isEmpty();
	}

	@Test
	void refusedByARunThatWasOver() {
		this.scene.everyTick(0, 12).run("two", 13002, 12, 100).everyTick(14, 30);
		this.scene.skip("one", 14005, 13, "STILL_RUNNING");
		assertBroken(Invariant.EVERY_TICK);
	}

	@Test
	void lateBecauseTheJobWasStillRunning() {
		this.scene.everyTick(0, 12).everyTick(15, 30).run("one", 12010, 12, 2500).run("two", 14700, 13, 20);
		assertThat(this.scene.verdict().violations()).isEmpty();
	}

	/**
	 * Its method was cancelled, and what Redis said of it was that it had forgotten it.
	 */
	@Test
	void cancelledWhenRedisHadForgottenIt() {
		long token = Scene.token(12_010);
		this.scene.everyTick(0, 12).everyTick(14, 30);
		this.scene.add(new Entry.Started("one.1", Scene.at(12_010), "job", Scene.EPOCH + 12_000, token, true));
		this.scene.add(new Entry.Finished("one.1", Scene.at(13_900), "job", token, "LOCK_LOST"));
		assertBroken(Invariant.EVERY_TICK);
		this.scene.flush(13_800);
		assertThat(this.scene.verdict().violations()).isEmpty();
	}

	@Test
	void lateBecauseAnOlderTickWasLate() {
		this.scene.everyTick(0, 12).everyTick(16, 30).run("one", 13_100, 12, 2500).run("two", 15_700, 13, 20);
		assertThat(this.scene.verdict().violations()).isEmpty();
	}

	@Test
	void machineThatSleptMayMissATickWithReason() {
		this.scene.everyTick(0, 12).everyTick(13, 30).reason(12).hiccup("one.1", 12900, 900);
		assertThat(this.scene.verdict().violations()).isEmpty();
	}

	@Test
	void killedServerIsReplacedInTime() {
		this.scene.everyTick(0, 12).everyTick(18, 30);
		long token = this.scene.start("one", 12010, 12);
		this.scene.checkpoint("one", 12100, token, true).reason(15, 16, 17).kill("one", 12200, 13000);
		Verdict verdict = this.scene.verdict();
		assertThat(verdict.violations()).isEmpty();
		assertThat(verdict.figures().longestTakeOver()).isBetween(Duration.ofSeconds(5), Duration.ofSeconds(6));
	}

	@Test
	void killedServerIsNotReplacedInTime() {
		this.scene.everyTick(0, 12).everyTick(22, 40);
		long token = this.scene.start("one", 12010, 12);
		this.scene.checkpoint("one", 12100, token, true)
			.reason(13, 14, 15, 16, 17, 18, 19, 20, 21)
			.kill("one", 12200, 13000);
		assertThat(this.scene.verdict().brokenFor("job")).contains(Invariant.TAKE_OVER, Invariant.HEAL);
	}

	/**
	 * What befalls the dead keeps nobody from taking over.
	 */
	@ParameterizedTest
	@CsvSource({ "two.1, true", "one.1, false" })
	void killedServerIsReplacedInTheTimeInWhichNothingElseIsWrong(String target, boolean inTime) {
		this.scene.everyTick(0, 12).everyTick(22, 40);
		long token = this.scene.start("one", 12010, 12);
		this.scene.checkpoint("one", 12100, token, true)
			.reason(13, 14, 15, 16, 17, 18, 19, 20, 21)
			.kill("one", 12200, 13000);
		this.scene.fault("cut", 14000, 17500, target, false);
		assertThat(this.scene.verdict().brokenFor("job").contains(Invariant.TAKE_OVER)).isEqualTo(!inTime);
	}

	@Test
	void killIsJudgedOnceInTheMidstOfSeveralFaults() {
		this.scene.everyTick(0, 12).everyTick(22, 40);
		this.scene.start("one", 12010, 12);
		this.scene.reason(13, 14, 15, 16, 17, 18, 19, 20, 21).kill("one", 12200, 13000);
		this.scene.fault("cut", 11000, 13500, "one.1", false).befall("drain", 12100, 12500, "one.1");
		assertThat(this.scene.verdict().violations()).extracting(Violation::invariant)
			.containsOnlyOnce(Invariant.TAKE_OVER);
	}

	/**
	 * The lease and the time to recover are over at 19200. The killed one is up again at
	 * 13000, so nobody has to wait for longer than that because of a clock.
	 */
	@ParameterizedTest
	@CsvSource({ "0, 0, false", "-1000, 0, true", "-100, 0, false", "8000, 11500, true", "8000, 0, false",
			"0, 20000, true" })
	void killedServerIsReplacedByOneWhoseClockIsOff(long skew, long up, boolean inTime) {
		this.scene.clock("two", up, skew).everyTick(0, 12);
		long token = this.scene.start("one", 12010, 12);
		this.scene.checkpoint("one", 12100, token, true)
			.reason(13, 14, 15, 16, 17, 18)
			.kill("one", 12200, 13000)
			.run("two", 19500, 19, 20);
		for (int tick = 20; tick < 30; tick++) {
			this.scene.run("two", tick * 1000 + 10, tick, 20);
		}
		assertThat(this.scene.verdict().brokenFor("job").contains(Invariant.TAKE_OVER)).isEqualTo(!inTime);
	}

	@Test
	void killedLateInItsRun() {
		this.scene.everyTick(0, 12).everyTick(18, 30);
		long token = this.scene.start("one", 12010, 12);
		this.scene.checkpoint("one", 13800, token, true).reason(16, 17).kill("one", 13900, 14500);
		assertThat(this.scene.verdict().violations()).isEmpty();
	}

	@Test
	void killedServersTickIsRunAgain() {
		Scene again = again();
		again.start("one", 10010, 10);
		again.kill("one", 10500, 11000).run("two", 12600, 10, 20);
		Verdict verdict = again.verdict();
		assertThat(verdict.violations()).isEmpty();
		assertThat(verdict.figures().reruns()).isOne();
	}

	@Test
	void killedServersTickIsRunAgainUntilItsAttemptsAreUsedUp() {
		Scene again = again();
		again.start("one", 10010, 10);
		again.kill("one", 10100, 10400);
		again.start("two", 12200, 10);
		again.kill("two", 12300, 12400).run("three", 14400, 10, 20);
		assertThat(again.verdict().brokenFor("job")).containsExactly(Invariant.ONCE_PER_TICK);
	}

	@Test
	void killedServersTickIsNotRunAgain() {
		Scene again = again();
		again.start("one", 10010, 10);
		again.kill("one", 10500, 11000).skip("two", 12600, 10);
		assertThat(again.verdict().brokenFor("job")).contains(Invariant.TAKE_OVER);
	}

	@ParameterizedTest
	@CsvSource({ "true, false", "false, true" })
	void killedServersTickNeedNotBeRunAgainWhenItsMethodHadEnded(boolean ended, boolean missed) {
		Scene again = again();
		long token = again.start("one", 10010, 10);
		again.add(ended ? new Entry.Ended("one.1", Scene.at(10400), "job", token, true)
				: new Entry.Checkpoint("one.1", Scene.at(10400), "job", token, true));
		again.kill("one", 10500, 11000).skip("two", 12600, 10);
		assertThat(again.verdict().brokenFor("job").contains(Invariant.TAKE_OVER)).isEqualTo(missed);
	}

	/**
	 * Who hears no answer may have been granted the tick for another lease, which is over
	 * when the next tick is due. The dead one asks for nothing.
	 */
	@ParameterizedTest
	@CsvSource({ "10400, three.1, true", "10600, three.1, false", "10600, one.1, true", "10600, four.1, false" })
	void killedServersTickIsRunAgainUnlessSomebodyMayHaveBeenGrantedIt(long killed, String silent, boolean missed) {
		Scene again = again();
		again.start("one", 10010, 10);
		again.kill("one", killed, 20000).skip("two", 10100, 10, "NOT_DUE");
		again.fault("cut", 10200, 12000, silent, false);
		assertThat(again.verdict().brokenFor("job").contains(Invariant.TAKE_OVER)).isEqualTo(missed);
	}

	@ParameterizedTest
	@CsvSource({ "11000, 12000, two.1, false", "9000, 9900, two.1, true", "11000, 12000, three.1, true" })
	void killedServersTickIsRunAgainByWhoHearsRedis(long at, long end, String silent, boolean missed) {
		Scene again = again();
		again.start("one", 10010, 10);
		again.kill("one", 10400, 20000).skip("two", 10100, 10, "NOT_DUE").fault("cut", at, end, silent, false);
		assertThat(again.verdict().brokenFor("job").contains(Invariant.TAKE_OVER)).isEqualTo(missed);
	}

	/**
	 * Of a server that comes to the tick when the next one is due, or has given it up.
	 */
	@ParameterizedTest
	@CsvSource({ "0, 0, NOT_DUE, true", "-4000, 0, NOT_DUE, true", "-6000, 0, NOT_DUE, false",
			"0, 0, REDIS_UNAVAILABLE, false", "8000, 0, NOT_DUE, true", "8000, 8000, NOT_DUE, false",
			"8000, 10300, NOT_DUE, true", "0, 10300, NOT_DUE, true" })
	void killedServersTickIsRunAgainByWhoComesToIt(long skew, long up, String skip, boolean watched) {
		Scene again = again().clock("two", up, skew);
		again.start("one", 10010, 10);
		again.kill("one", 10500, 20000).skip("two", 10100, 10, skip);
		assertThat(again.verdict().brokenFor("job").contains(Invariant.TAKE_OVER)).isEqualTo(watched);
	}

	/**
	 * Who was told that an older tick was running has given this one up, and does not
	 * watch a server that comes to it later.
	 */
	@ParameterizedTest
	@CsvSource({ "10000, false", "10100, true" })
	void killedServersTickIsNotWatchedByWhoWasRefusedBeforeItBegan(long refused, boolean watched) {
		Scene again = again();
		again.start("one", 10010, 10);
		again.kill("one", 10500, 20000).skip("two", refused, 10, "STILL_RUNNING");
		assertThat(again.verdict().brokenFor("job").contains(Invariant.TAKE_OVER)).isEqualTo(watched);
	}

	@Test
	void newerTickClosesTheOneOfAKilledServer() {
		Scene again = again();
		again.start("one", 10010, 10);
		again.kill("one", 13200, 13900);
		assertThat(again.verdict().violations()).isEmpty();
	}

	@Test
	void tickIsRunAgainWhoseEndItsShardWasNotTold() {
		Scene again = again();
		long token = again.start("one", 10010, 10);
		again.end("one", 11000, 11600, token).run("two", 12600, 10, 20);
		assertThat(again.verdict().brokenFor("job")).containsExactly(Invariant.ONCE_PER_TICK);
		again.shardPause(10500, 12000);
		assertThat(again.verdict().violations()).isEmpty();
	}

	@Test
	void tickThatSucceededIsRunAgain() {
		Scene again = again();
		again.run("one", 10010, 10, 20).run("two", 12600, 10, 20);
		assertThat(again.verdict().brokenFor("job")).containsExactly(Invariant.ONCE_PER_TICK);
	}

	@Test
	void tickIsRunAgainBeforeItsServerIsDead() {
		Scene again = again();
		again.start("one", 10010, 10);
		again.run("two", 10400, 10, 20).kill("one", 10500, 11000);
		assertThat(again.verdict().brokenFor("job")).contains(Invariant.ONCE_PER_TICK);
	}

	/**
	 * Its lease is over, and it cannot say that it knows.
	 */
	@ParameterizedTest
	@CsvSource({ "14000, 12600, true", "12500, 12600, false", "14000, 11500, false" })
	void tickIsRunAgainWhileItsServerStandsStillAndIsKilledThen(long stopped, long again, boolean rightly) {
		Scene scene = again();
		scene.start("one", 10010, 10);
		scene.stop(10100, stopped, "one.1").run("two", again, 10, 20).kill("one", 13500, 14500);
		assertThat(scene.verdict().brokenFor("job").contains(Invariant.ONCE_PER_TICK)).isEqualTo(!rightly);
	}

	/**
	 * One fault after the other kept it from its renewals.
	 */
	@ParameterizedTest
	@CsvSource({ "12900, 12950, true", "12500, 12950, false" })
	void tickIsRunAgainWhileItsServerStandsAloneAndIsKilledThen(long goesOn, long cut, boolean rightly) {
		Scene scene = again();
		scene.start("one", 10010, 10);
		scene.stop(10100, goesOn, "one.1").fault("cut", cut - 100, 14000, "one.1", false);
		scene.run("two", 12400, 10, 20).kill("one", 13900, 14500);
		assertThat(scene.verdict().brokenFor("job").contains(Invariant.ONCE_PER_TICK)).isEqualTo(!rightly);
	}

	@Test
	void tickWhoseRunLostItsLockIsRunAgain() {
		Scene again = again();
		long token = again.start("one", 10010, 10);
		again.lost("one", 11900, token).end("one", 12500, token, false, "LOCK_LOST").run("two", 12100, 10, 20);
		again.fault("cut", 10100, 12800, "one.1", false);
		assertThat(again.verdict().violations()).isEmpty();
	}

	@Test
	void lostRunAndItsRerunBothSucceed() {
		Scene again = again();
		long token = again.start("one", 10010, 10);
		again.end("one", 13500, token, false, "SUCCEEDED").run("two", 12100, 10, 20);
		assertThat(again.verdict().brokenFor("job")).contains(Invariant.ONCE_PER_TICK);
	}

	@Test
	void tickWhoseEndRedisWasNotToldIsRunAgain() {
		Scene again = again();
		again.run("one", 10010, 10, 500).fault("cut", 10300, 12800, "one.1", false);
		again.run("two", 12600, 10, 20);
		assertThat(again.verdict().violations()).isEmpty();
	}

	@Test
	void rerunWithALowerToken() {
		Scene again = again();
		long token = again.start("one", 10010, 10);
		again.kill("one", 10500, 11000).run("two", 12600, 10, 20, token - 1);
		assertThat(again.verdict().brokenFor("job")).contains(Invariant.TOKENS_RISE);
	}

	/**
	 * A tick each five seconds, two attempts.
	 */
	private static Scene again() {
		Scene again = new Scene(new Rules.Job("job", Rules.Kind.CRON, Duration.ofSeconds(5), Duration.ZERO, 2));
		for (int tick = 0; tick < 40; tick += 5) {
			if (tick != 10) {
				again.run("one", tick * 1000 + 10, tick, 20);
			}
		}
		return again;
	}

	@Test
	void doesNotHeal() {
		this.scene.everyTick(0, 12).reason(12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25).everyTick(26, 40);
		this.scene.fault("pause", 11500, 13900, "", false);
		assertBrokenAmongOthers(Invariant.HEAL);
	}

	/**
	 * Of the seven seconds that there are for it, 1.1 pass before the second fault.
	 */
	@ParameterizedTest
	@CsvSource({ "25, true", "26, false" })
	void healsInTheTimeInWhichNothingElseIsWrong(int tick, boolean heals) {
		this.scene.everyTick(0, 12).everyTick(tick, 40);
		for (int missed = 12; missed < tick; missed++) {
			this.scene.reason(missed);
		}
		this.scene.fault("pause", 11500, 13900, "", false).fault("pause", 15000, 20000, "", false);
		assertThat(this.scene.verdict().brokenFor("job").contains(Invariant.HEAL)).isEqualTo(!heals);
	}

	/**
	 * One tick each twenty seconds.
	 */
	@ParameterizedTest
	@CsvSource({ "40, false, true", "60, false, false", "60, true, true", "80, true, false" })
	void jobThatSeldomComesHealsWithItsNextTick(int tick, boolean isInTheWay, boolean heals) {
		Scene seldom = seldom(tick).run("one", 20010, 20, 20).fault("pause", 30000, 31000, "", false);
		if (isInTheWay) {
			seldom.fault("pause", 39500, 40500, "", false);
		}
		assertThat(seldom.verdict().brokenFor("job").contains(Invariant.HEAL)).isEqualTo(!heals);
	}

	@ParameterizedTest
	@CsvSource({ "40, true", "60, false" })
	void jobThatSeldomComesIsTakenOverWithItsNextTick(int tick, boolean inTime) {
		Scene seldom = seldom(tick);
		seldom.start("one", 20010, 20);
		seldom.kill("one", 20100, 20400);
		assertThat(seldom.verdict().brokenFor("job").contains(Invariant.TAKE_OVER)).isEqualTo(!inTime);
	}

	private static Scene seldom(int next) {
		Scene seldom = new Scene(new Rules.Job("job", Rules.Kind.CRON, Duration.ofSeconds(20), Duration.ZERO));
		seldom.run("two", 10, 0, 20);
		for (int tick = next; tick < 140; tick += 20) {
			seldom.run("two", tick * 1000L + 10, tick, 20);
		}
		return seldom;
	}

	@Test
	void serverThatWasCutOffDoesNotHeal() {
		this.scene.everyTick(0, 40).fault("cut", 11500, 13900, "two.1", false);
		assertThat(this.scene.verdict().brokenFor("two.1")).containsExactly(Invariant.HEAL);
	}

	@ParameterizedTest
	@CsvSource({ "two.1, true", "'', true", "one.1, false" })
	void serverThatIsCutOffAgainHealsLater(String target, boolean heals) {
		this.scene.everyTick(0, 40).skip("two", 25500, 25).fault("cut", 11500, 13900, "two.1", false);
		this.scene.fault("cut", 15000, 20000, target, false);
		assertThat(this.scene.verdict().brokenFor("two.1").contains(Invariant.HEAL)).isEqualTo(!heals);
	}

	@ParameterizedTest
	@CsvSource({ "20800, true", "21000, false" })
	void serverThatIsGoneSoonAfterItWasCutOffNeedNotHeal(long killed, boolean soon) {
		this.scene.everyTick(0, 40).fault("cut", 11500, 13900, "two.1", false).kill("two", killed, killed + 1000);
		assertThat(this.scene.verdict().brokenFor("two.1").contains(Invariant.HEAL)).isEqualTo(!soon);
	}

	@Test
	void runWithoutEnd() {
		this.scene.everyTick(0, 12).everyTick(15, 30);
		this.scene.start("one", 12010, 12);
		this.scene.reason(13, 14);
		assertThat(this.scene.verdict().brokenFor("job")).contains(Invariant.ONE_END);
	}

	@Test
	void lostRunThatIsSaidToHaveSucceeded() {
		this.scene.everyTick(0, 12).everyTick(13, 30);
		long token = this.scene.start("one", 12010, 12);
		this.scene.lost("one", 12100, token).end("one", 12200, token, false, "SUCCEEDED");
		assertThat(this.scene.verdict().brokenFor("job")).contains(Invariant.ONE_END);
	}

	@ParameterizedTest
	@CsvSource({ "12031, false", "12029, true" })
	void runThatGoesOnAfterItsEnd(long said, boolean goesOn) {
		this.scene.everyTick(0, 12).everyTick(13, 30);
		long token = this.scene.start("one", 12010, 12);
		this.scene.checkpoint("one", 12030, token, true).end("one", 12020, said, token);
		assertThat(this.scene.verdict().brokenFor("job").contains(Invariant.ONE_END)).isEqualTo(goesOn);
	}

	@ParameterizedTest
	@CsvSource({ "300, 12320, true", "300, 12040, false", "0, 12320, false" })
	void runIsSaidToHaveTimedOut(int timeout, long end, boolean hasTimedOut) {
		Scene limited = limited(timeout);
		long token = limited.start("one", 12010, 12);
		limited.add(new Entry.Finished("one.1", Scene.at(end), "job", token, "TIMED_OUT"));
		assertThat(limited.verdict().violations()).extracting(Violation::invariant)
			.isEqualTo(hasTimedOut ? List.of() : List.of(Invariant.ONE_END));
	}

	@ParameterizedTest
	@CsvSource({ "500, false, true", "600, false, false", "700, true, true" })
	void runThatTakesLongerThanItsTimeout(long takes, boolean stops, boolean inTime) {
		Scene limited = limited(300).run("one", 12010, 12, takes);
		if (stops) {
			limited.stop(12020, 12200, "one.1");
		}
		assertThat(limited.verdict().brokenFor("job").contains(Invariant.ONE_END)).isEqualTo(!inTime);
	}

	@ParameterizedTest
	@CsvSource({ "7, true", "8, false", "9, false" })
	void nobodyRunsATickOfOneOfTwoVersions(int left, boolean mayBe) {
		Scene changed = changed().everyTickBut(left);
		assertThat(changed.verdict().violations()).extracting(Violation::invariant)
			.isEqualTo(mayBe ? List.of() : List.of(Invariant.EVERY_TICK));
	}

	@ParameterizedTest
	@CsvSource({ "two, true", "one, false" })
	void tickIsRunByAServerThatHasIt(String server, boolean has) {
		Scene changed = changed().everyTickBut(9).run(server, 9010, 9, 20);
		assertThat(changed.verdict().violations()).extracting(Violation::invariant)
			.isEqualTo(has ? List.of() : List.of(Invariant.NO_EXTRA_RUN));
	}

	@Test
	void tickThatOnlyADeadServerHadIsNotDue() {
		Scene changed = changed().everyTickBut(9).kill("two", 8200, 8300);
		assertThat(changed.verdict().brokenFor("job")).isEmpty();
	}

	@ParameterizedTest
	@CsvSource({ "11500, true", "10900, false" })
	void faultMayCostAServerItsNextTickOfAnotherVersion(long end, boolean mayBe) {
		Scene changed = changed().everyTickBut(15).befall("clock-backwards", 9500, end, "two.1");
		changed.skip("two", 12500, 12);
		assertThat(changed.verdict().brokenFor("job").contains(Invariant.EVERY_TICK)).isEqualTo(!mayBe);
	}

	/**
	 * One of two servers has the other version.
	 */
	private static Scene changed() {
		Scene changed = new Scene(new Rules.Job("job", Rules.Kind.CRON, Duration.ofSeconds(2), Duration.ZERO)
			.changedTo(Duration.ofSeconds(3)));
		return changed.add(new Entry.Version("two.1", Scene.at(0), 1));
	}

	@ParameterizedTest
	@CsvSource({ "1, 1450, true", "1, 1300, false", "0, 1450, false" })
	void shorterVersionOfADelayCounts(int version, int pause, boolean mayBe) {
		Scene delay = new Scene(new Rules.Job("job", Rules.Kind.DELAY, Duration.ofSeconds(2), Duration.ZERO)
			.changedTo(Duration.ofMillis(1500)));
		delay.add(new Entry.Version("two.1", Scene.at(0), version));
		for (long at = 10; at < 30_000; at += 20 + pause) {
			delay.run("one", at, 0, 20);
		}
		assertThat(delay.verdict().brokenFor("job").contains(Invariant.NO_EXTRA_RUN)).isEqualTo(!mayBe);
	}

	private static Scene limited(int timeout) {
		Scene limited = new Scene(JOB.limitedTo(Duration.ofMillis(timeout)));
		return limited.everyTick(0, 12).everyTick(13, 30);
	}

	@Test
	void runThatWasGrantedBeforeRedisForgotAndBeganAfterwards() {
		this.scene.everyTick(0, 12).everyTick(13, 30).flush(12020);
		this.scene.run("one", 12060, 12, 40, Scene.token(12010)).run("two", 12065, 12, 40);
		Verdict verdict = this.scene.verdict();
		assertThat(verdict.violations()).isEmpty();
		assertThat(verdict.forgotten()).extracting(Violation::invariant)
			.contains(Invariant.ONCE_PER_TICK, Invariant.NO_OVERLAP);
	}

	@Test
	void runThatWasGrantedAfterRedisForgot() {
		this.scene.everyTick(0, 12).everyTick(13, 30).flush(12001);
		this.scene.run("one", 12060, 12, 40, Scene.token(12010)).run("two", 12065, 12, 40);
		assertThat(this.scene.verdict().brokenFor("job")).contains(Invariant.ONCE_PER_TICK, Invariant.NO_OVERLAP);
	}

	@Test
	void runThatWakesAfterItsLeaseTakesTheLockOfNobody() {
		this.scene.everyTick(0, 12).everyTick(16, 30).reason(13, 14);
		long token = this.scene.start("one", 15010, 15);
		this.scene.stop(12005, 15015, "two.1").stale("two", 15020, 12, Scene.token(12004));
		this.scene.end("one", 15040, token, true, "SUCCEEDED");
		assertThat(this.scene.verdict().violations()).isEmpty();
	}

	@Test
	void threadsThatPileUp() {
		this.scene.everyTick(0, 60).vitals("one.1", 60, 3, 0);
		assertThat(this.scene.verdict().brokenFor("")).containsExactly(Invariant.NO_LEAK);
	}

	@Test
	void connectionsThatPileUp() {
		this.scene.everyTick(0, 60).vitals("one.1", 60, 0, 3);
		assertThat(this.scene.verdict().brokenFor("")).containsExactly(Invariant.NO_LEAK);
	}

	@Test
	void aFewMoreConnections() {
		this.scene.everyTick(0, 60).vitals("one.1", 40, 0, 1);
		assertThat(this.scene.verdict().violations()).isEmpty();
	}

	@Test
	void keyWithoutEnd() {
		this.scene.everyTick(0, 30).add(new Entry.Keys(Entry.REDIS, Scene.at(29000), 4, 1));
		assertThat(this.scene.verdict().brokenFor("")).containsExactly(Invariant.NO_LEAK);
	}

	@Test
	void rateTooOften() {
		Scene rates = new Scene(new Rules.Job("job", Rules.Kind.RATE, Duration.ofSeconds(2), Duration.ZERO));
		rates.run("one", 1000, 1, 20).run("two", 2800, 2, 20);
		assertThat(rates.verdict().violations()).isEmpty();
		rates.run("one", 4000, 3, 20);
		assertThat(rates.verdict().brokenFor("job")).containsExactly(Invariant.NO_EXTRA_RUN);
	}

	@Test
	void delayTooShort() {
		Scene delays = new Scene(new Rules.Job("job", Rules.Kind.DELAY, Duration.ofSeconds(1), Duration.ZERO));
		delays.run("one", 1000, 1, 500).run("two", 2450, 2, 20);
		assertThat(delays.verdict().violations()).isEmpty();
		delays.run("one", 3000, 3, 500).run("two", 4300, 4, 20);
		assertThat(delays.verdict().brokenFor("job")).containsExactly(Invariant.NO_EXTRA_RUN);
	}

	/**
	 * Redis writes down milliseconds, which may be up to one less.
	 */
	@ParameterizedTest
	@CsvSource({ "RATE, 2000, 2399, true", "RATE, 2000, 2398, false", "DELAY, 1000, 2399, true",
			"DELAY, 1000, 2398, false" })
	void tooOftenByMoreThanAMillisecond(Rules.Kind kind, long period, long next, boolean fine) {
		Scene scene = new Scene(new Rules.Job("job", kind, Duration.ofMillis(period), Duration.ZERO));
		scene.run("one", 1000, 1, 500).run("two", next, 2, 20);
		assertThat(scene.verdict().brokenFor("job").contains(Invariant.NO_EXTRA_RUN)).isEqualTo(!fine);
	}

	/**
	 * It counts from the start then.
	 */
	@ParameterizedTest
	@CsvSource({ "one.1, 2100, true", "two.1, 2100, false", "one.1, 1850, false" })
	void delayAfterAnEndThatRedisWasNotTold(String cut, long next, boolean fine) {
		Scene delays = new Scene(new Rules.Job("job", Rules.Kind.DELAY, Duration.ofSeconds(1), Duration.ZERO));
		long token = delays.start("one", 1000, 1);
		delays.end("one", 1500, 1820, token).run("two", next, 2, 20).fault("cut", 1400, 1840, cut, false);
		assertThat(delays.verdict().brokenFor("job").contains(Invariant.NO_EXTRA_RUN)).isEqualTo(!fine);
	}

	/**
	 * Redis counts from when it was told of the end until it grants, by its own clock.
	 */
	@ParameterizedTest
	@CsvSource({ "1540, 100, 2460, true", "1540, 100, 2457, false", "2399, 50, 2399, true", "2399, 50, 2398, false" })
	void delayAcrossAStepOfTheClock(long stepped, long back, long next, boolean fine) {
		Scene delays = new Scene(new Rules.Job("job", Rules.Kind.DELAY, Duration.ofSeconds(1), Duration.ZERO));
		long token = delays.start("one", 1000, 1);
		delays.end("one", 1500, 1560, token).step(stepped, back);
		long granted = (stepped < next) ? next - back : next;
		delays.run("two", next + 3, 2, 20, Scene.token(granted));
		assertThat(delays.verdict().brokenFor("job").contains(Invariant.NO_EXTRA_RUN)).isEqualTo(!fine);
	}

	@Test
	void notHeldForLongEnough() {
		Scene held = new Scene(new Rules.Job("job", Rules.Kind.CRON, Duration.ofSeconds(1), Duration.ofSeconds(3)));
		for (int tick = 0; tick < 30; tick += 3) {
			held.run("one", tick * 1000 + 10, tick, 20);
		}
		assertThat(held.verdict().violations()).isEmpty();
		held.run("two", 14010, 14, 20);
		assertThat(held.verdict().brokenFor("job")).contains(Invariant.NO_EXTRA_RUN);
	}

	@Test
	void redisRemembersWhatHappened() {
		this.scene.everyTick(0, 30).remembers(0, 30);
		assertThat(this.scene.verdict().violations()).isEmpty();
	}

	@Test
	void twoProcessesHaveOneName() {
		this.scene.everyTick(0, 30).remembers(0, 30).named("three", "one-id");
		assertThat(this.scene.verdict().brokenFor("")).containsExactly(Invariant.AGREEMENT);
	}

	@Test
	void redisRemembersTheLastRunsOnly() {
		this.scene.everyTick(0, 30).remembers(10, 30);
		assertThat(this.scene.verdict().violations()).isEmpty();
	}

	@Test
	void redisDoesNotRememberARun() {
		this.scene.everyTick(0, 30).remembers(0, 12).remembers(13, 30);
		assertBroken(Invariant.AGREEMENT);
	}

	@Test
	void redisRemembersARunTwice() {
		this.scene.everyTick(0, 30).remembers(0, 30).remembers(12, 13);
		assertBroken(Invariant.AGREEMENT);
	}

	@Test
	void redisRemembersARunThatNobodyBegan() {
		this.scene.everyTick(0, 30).remembers(0, 30).remembered(12500, 12, "one", "SUCCEEDED");
		assertBroken(Invariant.AGREEMENT);
	}

	/**
	 * The command that had started it came again, and so did the one that ended it.
	 */
	@Test
	void redisRemembersARunOfACopy() {
		this.scene.everyTick(0, 30).remembers(13, 30).remembered(12300, 12, "one", "SUCCEEDED");
		this.scene.flush(12_250);
		assertBroken(Invariant.AGREEMENT);
		this.scene.fault("doubling", 12_000, 12_400, "one.1", false);
		assertThat(this.scene.verdict().violations()).isEmpty();
	}

	/**
	 * Each start of a rate is a tick of its own.
	 */
	@Test
	void redisRemembersARunOfACopyOfARate() {
		Scene rates = new Scene(new Rules.Job("job", Rules.Kind.RATE, Duration.ofSeconds(2), Duration.ZERO));
		rates.run("one", 1000, 1, 20).remembered(1300, 7, "one", "SUCCEEDED").flush(1250);
		assertThat(rates.verdict().brokenFor("job")).contains(Invariant.AGREEMENT);
		rates.fault("doubling", 900, 1400, "one.1", false);
		assertThat(rates.verdict().brokenFor("job")).doesNotContain(Invariant.AGREEMENT);
	}

	@Test
	void redisRemembersAnotherServer() {
		this.scene.everyTick(0, 30).remembers(0, 12).remembers(13, 30).remembered(12010, 12, "two", "SUCCEEDED");
		assertBroken(Invariant.AGREEMENT);
	}

	@Test
	void redisRemembersAnotherOutcome() {
		this.scene.everyTick(0, 30).remembers(0, 12).remembers(13, 30).remembered(12010, 12, "one", "CRASHED");
		assertBroken(Invariant.AGREEMENT);
	}

	@Test
	void redisWasNotToldOfTheOutcome() {
		this.scene.everyTick(0, 30).remembers(0, 12).remembers(13, 30).remembered(12010, 12, "one", "CRASHED");
		this.scene.fault("cut", 12015, 12500, "one.1", false);
		assertThat(this.scene.verdict().violations()).isEmpty();
	}

	@Test
	void redisForgotTheLastRun() {
		this.scene.everyTick(0, 30).remembers(0, 12).remembers(13, 30).flush(12500);
		assertThat(this.scene.verdict().violations()).isEmpty();
	}

	@Test
	void countersAgree() {
		this.scene.everyTick(0, 30).skip("one", 12020, 11).skip("one", 13020, 12);
		this.scene.counted("one", Entry.Counted.RUNS, "SUCCEEDED", 30).counted("one", Entry.Counted.RUNS, "FAILED", 0);
		this.scene.counted("one", Entry.Counted.SKIPS, "SUPERSEDED", 2);
		assertThat(this.scene.verdict().violations()).isEmpty();
	}

	@Test
	void runsAreCountedTwice() {
		this.scene.everyTick(0, 30).counted("one", Entry.Counted.RUNS, "SUCCEEDED", 31);
		assertBroken(Invariant.AGREEMENT);
	}

	@Test
	void skipsAreNotCounted() {
		this.scene.everyTick(0, 30).skip("one", 12020, 11);
		this.scene.counted("one", Entry.Counted.RUNS, "SUCCEEDED", 30);
		assertBroken(Invariant.AGREEMENT);
	}

	@Test
	void skipsThatOperatorsAreNotShown() {
		this.scene.everyTick(0, 30).skip("one", 12020, 11).ended("one", 30_050).listed("one", true);
		assertBroken(Invariant.AGREEMENT);
	}

	@Test
	void aServerThatEndedIsListedAsThat() {
		this.scene.everyTick(0, 30).ended("one", 30_050).listed("one", true);
		assertThat(this.scene.verdict().violations()).isEmpty();
	}

	@Test
	void aServerThatEndedIsNotListed() {
		this.scene.everyTick(0, 30).ended("one", 30_050).listed("two", true);
		assertThat(this.scene.verdict().brokenFor("")).containsExactly(Invariant.AGREEMENT);
	}

	@Test
	void aServerThatEndedIsListedAsAlive() {
		this.scene.everyTick(0, 30).ended("one", 30_050).listed("one", false);
		assertThat(this.scene.verdict().brokenFor("")).containsExactly(Invariant.AGREEMENT);
	}

	/**
	 * It may not have reached Redis.
	 */
	@Test
	void aServerThatEndedJustAfterAFaultIsListedAsAlive() {
		this.scene.everyTick(0, 30).ended("one", 30_050).listed("one", false);
		this.scene.fault("cut", 20_000, 21_000, "one.1", false);
		assertThat(this.scene.verdict().violations()).isEmpty();
	}

	@Test
	void aServerThatWasKilledIsListedAsEnded() {
		this.scene.everyTick(0, 30).killed("one", 30_050).listed("one", true);
		assertThat(this.scene.verdict().brokenFor("")).containsExactly(Invariant.AGREEMENT);
	}

	private void assertBroken(Invariant invariant) {
		assertThat(this.scene.verdict().brokenFor("job")).containsExactly(invariant);
	}

	/**
	 * For what cannot be wrong alone.
	 */
	private void assertBrokenAmongOthers(Invariant invariant) {
		assertThat(this.scene.verdict().brokenFor("job")).contains(invariant);
	}

	/**
	 * A history that is being made. Two servers are up from the beginning.
	 */
	private static final class Scene {

		/** The clocks begin somewhere, on a full second. */
		private static final long EPOCH = 1_800_000_000_000L;

		private static final long ORIGIN = 77_000_000_000L;

		private final List<Entry> entries = new ArrayList<>();

		private final Rules rules;

		Scene(Rules.Job job) {
			this.rules = new Rules(List.of(job), Duration.ofSeconds(2), Duration.ofMillis(500));
			add(new Entry.Up("one.1", at(0), 0));
			add(new Entry.Up("two.1", at(0), 0));
			named("one", "one-id").named("two", "two-id");
			add(new Entry.RedisTime(Entry.TEST, at(0), at(1), EPOCH * 1000));
		}

		Scene clock(String server, long up, long skew) {
			this.entries.removeIf((entry) -> entry instanceof Entry.Up other && other.server().equals(server + ".1"));
			return add(new Entry.Up(server + ".1", at(up), skew));
		}

		static long at(long millis) {
			return ORIGIN + millis * 1_000_000;
		}

		Scene add(Entry entry) {
			this.entries.add(entry);
			return this;
		}

		Verdict verdict() {
			List<Entry> all = new ArrayList<>(this.entries);
			long last = all.stream().mapToLong(Entry::at).max().orElseThrow();
			all.add(new Entry.Vitals("two.1", last + 10_000_000, 10, 100));
			return Checker.check(new History(all), this.rules);
		}

		Scene vitals(String server, int seconds, int threads, int descriptors) {
			for (int second = 0; second < seconds; second++) {
				add(new Entry.Vitals(server, at(second * 1000), 20 + second * threads, 100 + second * descriptors));
			}
			return this;
		}

		/**
		 * Redis's clock is set back.
		 */
		Scene step(long at, long back) {
			for (long shown : List.of(at, at - back)) {
				add(new Entry.RedisTime(Entry.TEST, at(at), at(at), (EPOCH + shown) * 1000));
			}
			return this;
		}

		Scene everyTick(int from, int to) {
			for (int tick = from; tick < to; tick++) {
				run("one", tick * 1000 + 10, tick, 20);
			}
			return this;
		}

		/**
		 * Each even tick on one server, and each third of the others on the other one.
		 */
		Scene everyTickBut(int left) {
			for (int tick = 0; tick < 30; tick++) {
				if (tick != left && (tick % 2 == 0 || tick % 3 == 0)) {
					run((tick % 2 == 0) ? "one" : "two", tick * 1000 + 10, tick, 20);
				}
			}
			return this;
		}

		Scene run(String server, long at, int tick, long takes) {
			return run(server, at, tick, takes, token(at));
		}

		Scene run(String server, long at, int tick, long takes, long token) {
			start(server, at, tick, token);
			return end(server, at + takes, token, true, "SUCCEEDED");
		}

		long start(String server, long at, int tick) {
			start(server, at, tick, token(at));
			return token(at);
		}

		private void start(String server, long at, int tick, long token) {
			add(new Entry.Started(server + ".1", at(at), "job", EPOCH + tick * 1000L, token, true));
		}

		Scene stale(String server, long at, int tick, long token) {
			add(new Entry.Started(server + ".1", at(at), "job", EPOCH + tick * 1000L, token, false));
			return lost(server, at + 5, token).end(server, at + 10, token, false, "LOCK_LOST");
		}

		static long token(long at) {
			return (EPOCH + at) * 1000;
		}

		Scene checkpoint(String server, long at, long token, boolean held) {
			return add(new Entry.Checkpoint(server + ".1", at(at), "job", token, held));
		}

		Scene lost(String server, long at, long token) {
			return add(new Entry.Lost(server + ".1", at(at), "job", token));
		}

		Scene end(String server, long at, long token, boolean held, String outcome) {
			add(new Entry.Ended(server + ".1", at(at), "job", token, held));
			return add(new Entry.Finished(server + ".1", at(at) + 1, "job", token, outcome));
		}

		/**
		 * The run waited until it was said to have ended.
		 */
		Scene end(String server, long at, long said, long token) {
			add(new Entry.Ended(server + ".1", at(at), "job", token, true));
			return add(new Entry.Finished(server + ".1", at(said), "job", token, "SUCCEEDED"));
		}

		Scene shardPause(long at, long end) {
			return add(new Entry.Fault(Entry.TEST, at(at), at(at), at(end), at(end), "shard-pause", "", "",
					Entry.Fault.SOME, false, false));
		}

		/**
		 * What is remembered of {@link #everyTick}; asked when all is over.
		 */
		Scene remembers(int from, int to) {
			for (int tick = from; tick < to; tick++) {
				remembered(tick * 1000 + 10, tick, "one", "SUCCEEDED");
			}
			return this;
		}

		Scene remembered(long started, int tick, String server, String result) {
			return add(new Entry.Remembered("two.1", at(30_100), "job", EPOCH + tick * 1000L, token(started),
					server + "-id", result));
		}

		Scene named(String server, String id) {
			return add(new Entry.Named(server + ".1", at(0), id));
		}

		Scene counted(String server, String meter, String label, long count) {
			return add(new Entry.Counted(server + ".1", at(30_100), "job", meter, label, count));
		}

		Scene listed(String server, boolean ended) {
			return add(new Entry.Listed(server + ".1", at(30_100), ended));
		}

		Scene ended(String server, long at) {
			return add(new Entry.Down(server + ".1", at(at), false));
		}

		Scene killed(String server, long at) {
			return add(new Entry.Down(server + ".1", at(at), true));
		}

		Scene written(long at, long token, boolean accepted) {
			return add(new Entry.Written("one.1", at(at), "job", token, accepted));
		}

		Scene skip(String server, long at, int tick) {
			return skip(server, at, tick, "SUPERSEDED");
		}

		Scene skip(String server, long at, int tick, String reason) {
			return add(new Entry.Skipped(server + ".1", at(at), "job", EPOCH + tick * 1000L, reason));
		}

		Scene reason(int... ticks) {
			for (int tick : ticks) {
				skip("one", tick * 1000L + 500, tick);
			}
			return this;
		}

		Scene hiccup(String server, long at, long millis) {
			return add(new Entry.Hiccup(server, at(at), millis * 1_000_000));
		}

		/**
		 * Cuts a server off, or Redis from all if there is no target.
		 */
		Scene fault(String kind, long at, long end, String target, boolean forgets) {
			return add(new Entry.Fault(Entry.TEST, at(at), at(at), at(end), at(end), kind, target, "",
					target.isEmpty() ? "*" : target, false, forgets));
		}

		Scene flush(long at) {
			return add(new Entry.Fault(Entry.TEST, at(at), at(at + 1), at(at + 2), at(at + 3), "flush", "", "", "",
					false, true));
		}

		/**
		 * What befalls a server that hears Redis.
		 */
		Scene befall(String kind, long at, long end, String target) {
			return add(
					new Entry.Fault(Entry.TEST, at(at), at(at), at(end), at(end), kind, target, "", "", false, false));
		}

		Scene stop(long at, long end, String target) {
			return stop("stop", at, end, target);
		}

		Scene stop(String kind, long at, long end, String target) {
			return add(
					new Entry.Fault(Entry.TEST, at(at), at(at), at(end), at(end), kind, target, "", "", true, false));
		}

		Scene kill(String server, long at, long end) {
			add(new Entry.Down(server + ".1", at(at), true));
			add(new Entry.Up(server + ".2", at(end), 0));
			add(new Entry.Skipped(server + ".2", at(end + 500), "job", EPOCH + end / 1000 * 1000, "LOCK_REFUSED"));
			return add(new Entry.Fault(Entry.TEST, at(at - 5), at(at), at(at), at(end), "kill", server + ".1",
					server + ".2", "", false, false));
		}

	}

}
