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

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Test;

import org.springframework.scheduling.support.CronExpression;

import static org.assertj.core.api.Assertions.assertThat;

class DemoTallyTests {

	private static final Instant NOON = Instant.parse("2026-03-02T12:00:00Z");

	private final Window window = new Window(NOON.plusMillis(300), NOON.plusSeconds(6));

	private final List<LoggedRun> log = new ArrayList<>();

	@Test
	void everyTickOnce() {
		settlement(2, "one");
		settlement(4, "two");
		settlement(6, "one");
		assertThat(count()).isEqualTo(new DemoSummary(3, 3, 0, 0, 0, 2));
		assertThat(count().isGood()).isTrue();
		assertThat(count()).hasToString("demo: ticks=3 runs=3 duplicates=0 missed=0 overlaps=0 servers=2");
	}

	@Test
	void countsTicksOfTheWindowOnly() {
		settlement(0, "one");
		settlement(0, "two");
		settlement(2, "one");
		settlement(4, "one");
		settlement(6, "one");
		settlement(8, "one");
		assertThat(count()).isEqualTo(new DemoSummary(3, 3, 0, 0, 1, 2));
	}

	@Test
	void everyRunBeyondTheFirstIsDuplicate() {
		settlement(2, "one");
		settlement(4, "one");
		run("settlement", 4, 4500, 4510, "two");
		run("settlement", 4, 4700, 4710, "one");
		settlement(6, "two");
		assertThat(count()).isEqualTo(new DemoSummary(3, 5, 2, 0, 0, 2));
		assertThat(count().isGood()).isFalse();
	}

	@Test
	void runOfTickThatWasNotDueIsDuplicate() {
		settlement(2, "one");
		settlement(3, "two");
		settlement(4, "one");
		settlement(6, "one");
		assertThat(count()).isEqualTo(new DemoSummary(3, 4, 1, 0, 0, 2));
	}

	@Test
	void tickWithoutRunIsMissed() {
		settlement(4, "one");
		assertThat(count()).isEqualTo(new DemoSummary(3, 1, 0, 2, 0, 2));
		assertThat(count().isGood()).isFalse();
	}

	@Test
	void missedTickDoesNotMakeUpForDuplicate() {
		settlement(2, "one");
		settlement(2, "two", 500);
		settlement(4, "one");
		assertThat(count()).isEqualTo(new DemoSummary(3, 3, 1, 1, 0, 2));
	}

	@Test
	void tickWhoseOnlyRunFailedIsMissed() {
		settlement(2, "one");
		this.log.add(new LoggedRun("settlement", NOON.plusSeconds(4), "one", NOON.plusMillis(4010),
				NOON.plusMillis(4020), false));
		settlement(6, "one");
		assertThat(count()).isEqualTo(new DemoSummary(3, 3, 0, 1, 0, 2));
	}

	@Test
	void pairsOfOneJobThatRunAtOnceOverlap() {
		settlement(2, "one");
		settlement(4, "one");
		settlement(6, "one");
		run("archive", 1, 1000, 2000, "one");
		run("archive", 1, 1500, 1600, "two");
		run("archive", 1, 1550, 1700, "two");
		assertThat(count()).isEqualTo(new DemoSummary(3, 3, 0, 0, 3, 2));
		assertThat(count().isGood()).isFalse();
	}

	@Test
	void runsThatFollowEachOtherDoNotOverlap() {
		run("archive", 1, 1000, 1500, "one");
		run("archive", 1, 1500, 1600, "two");
		run("exchange-rates", 1, 1000, 1600, "two");
		assertThat(count().overlaps()).isZero();
	}

	@Test
	void runWithoutEndOverlapsWithWhatStartsLater() {
		run("archive", 1, 1000, null, "one");
		run("archive", 4, 4000, 4010, "two");
		run("archive", 7, 7000, 7010, "two");
		assertThat(count().overlaps()).isEqualTo(1);
	}

	@Test
	void lostServerOrNoTickIsNotGood() {
		assertThat(new DemoSummary(3, 3, 0, 0, 0, 1).isGood()).isFalse();
		assertThat(new DemoSummary(0, 0, 0, 0, 0, 2).isGood()).isFalse();
	}

	@Test
	void tickAtTheEndIsInTheWindowAndTickAtTheBeginningIsNot() {
		CronExpression cron = CronExpression.parse("*/2 * * * * *");
		assertThat(new Window(NOON, NOON.plusSeconds(4)).ticks(cron, ZoneOffset.UTC))
			.containsExactly(NOON.plusSeconds(2), NOON.plusSeconds(4));
		assertThat(new Window(NOON, NOON.minusSeconds(1)).ticks(cron, ZoneOffset.UTC)).isEmpty();
	}

	private DemoSummary count() {
		List<Instant> ticks = this.window.ticks(CronExpression.parse("*/2 * * * * *"), ZoneOffset.UTC);
		return new DemoTally("settlement", this.window, ticks).count(this.log, 2);
	}

	private void settlement(int second, String server) {
		settlement(second, server, 10);
	}

	private void settlement(int second, String server, int late) {
		run("settlement", second, second * 1000 + late, second * 1000 + late + 30, server);
	}

	private void run(String job, int second, int start, Integer end, String server) {
		this.log.add(new LoggedRun(job, NOON.plusSeconds(second), server, NOON.plusMillis(start),
				(end != null) ? NOON.plus(Duration.ofMillis(end)) : null, true));
	}

}
