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
package io.github.lockstarter.schedule;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Iterator;
import java.util.List;
import java.util.Random;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import org.springframework.scheduling.Trigger;
import org.springframework.scheduling.support.CronTrigger;
import org.springframework.scheduling.support.SimpleTriggerContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * What a trigger answered is handed out once, in order.
 */
class NominalTimesTests {

	private static final Instant FIRST = Instant.parse("2026-01-01T00:00:00Z");

	@Test
	void areHandedOutFirstInFirstOut() {
		Iterator<Instant> answers = List.of(FIRST, FIRST.plusSeconds(1), FIRST.plusSeconds(2)).iterator();
		NominalTimes times = times((context) -> answers.hasNext() ? answers.next() : null);
		SimpleTriggerContext context = new SimpleTriggerContext(Clock.fixed(FIRST.plusSeconds(2), ZoneOffset.UTC));
		assertThat(times.nextExecution(context)).isEqualTo(FIRST);
		assertThat(times.nextExecution(context)).isEqualTo(FIRST.plusSeconds(1));
		assertThat(times.take()).isEqualTo(FIRST);
		assertThat(times.nextExecution(context)).isEqualTo(FIRST.plusSeconds(2));
		assertThat(times.nextExecution(context)).as("the trigger has ended").isNull();
		assertThat(times.take()).isEqualTo(FIRST.plusSeconds(1));
		assertThat(times.take()).isEqualTo(FIRST.plusSeconds(2));
	}

	/**
	 * As after a fire that was rejected: a nightly job must not ask for last night's tick
	 * from then on.
	 */
	@Test
	void areNotTakenByTheFireOfTheNextOne() {
		Instant second = FIRST.plusSeconds(86_400);
		Iterator<Instant> answers = List.of(FIRST, second, second.plusSeconds(86_400)).iterator();
		NominalTimes times = times((context) -> answers.next());
		times.nextExecution(new SimpleTriggerContext(Clock.fixed(FIRST.minusSeconds(5), ZoneOffset.UTC)));
		// Nobody came for the first one
		times.nextExecution(new SimpleTriggerContext(Clock.fixed(second, ZoneOffset.UTC)));
		assertThat(times.take()).isEqualTo(second);
		assertThat(times.take()).as("its own fire, much too late, gets what is known already").isEqualTo(second);
	}

	@Test
	void areNotDroppedWhenTheyAreOnlyLate() {
		Iterator<Instant> answers = List.of(FIRST, FIRST.plusSeconds(1), FIRST.plusSeconds(2)).iterator();
		NominalTimes times = times((context) -> answers.next());
		SimpleTriggerContext context = new SimpleTriggerContext(Clock.fixed(FIRST.plusSeconds(25), ZoneOffset.UTC));
		times.nextExecution(context);
		times.nextExecution(context);
		times.nextExecution(context);
		assertThat(times.take()).isEqualTo(FIRST);
	}

	/**
	 * The time at which the task is fired moves, its tick does not, and neither does the
	 * next one.
	 */
	@Test
	void letOtherServersGoFirst() {
		NominalTimes times = times(new CronTrigger("* * * * * *", ZoneOffset.UTC));
		SimpleTriggerContext context = new SimpleTriggerContext(Clock.fixed(FIRST, ZoneOffset.UTC));
		assertThat(next(times, context)).as("nobody has said that it is a job").isEqualTo(FIRST.plusSeconds(1));
		for (int second = 2; second < 100; second++) {
			boolean won = second % 2 == 0;
			times.settled(won);
			Instant tick = FIRST.plusSeconds(second);
			assertThat(next(times, context)).isBetween(tick.plusMillis(won ? 25 : 0), tick.plusMillis(won ? 44 : 19));
			assertThat(times.take()).isEqualTo(FIRST.plusSeconds(second - 1));
		}
	}

	@Test
	void letNobodyGoFirstWhereATriggerCouldMind() {
		NominalTimes times = times((context) -> FIRST);
		times.settled(true);
		assertThat(next(times, new SimpleTriggerContext())).isEqualTo(FIRST);
	}

	private static Instant next(NominalTimes times, SimpleTriggerContext context) {
		Instant next = times.nextExecution(context);
		context.update(next, next, next);
		return next;
	}

	@Test
	void areNotInvented() {
		NominalTimes times = times(new CronTrigger("0 0 3 * * *"));
		assertThatIllegalStateException().isThrownBy(times::take).withMessageContaining("0 0 3 * * *");
	}

	@Test
	void lookLikeTheTrigger() {
		assertThat(times(new CronTrigger("0 0 3 * * *"))).hasToString("0 0 3 * * *");
	}

	@ParameterizedTest(name = "{0}: {1}")
	@CsvSource({ "PT0.2S, 40", "PT0.5S, 100", "PT1S, 100", "PT10S, 100", "PT60S, 600", "PT1H, 36000" })
	void theToleranceIsOnePercentWithinBounds(Duration interval, long millis) {
		assertThat(new Tick.Rate(interval).tolerance()).hasMillis(millis);
		assertThat(new Tick.Delay(interval).tolerance()).hasMillis(millis);
	}

	private static NominalTimes times(Trigger trigger) {
		return new NominalTimes(trigger, (clock) -> {
		}, new Random(1));
	}

}
