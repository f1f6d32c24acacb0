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
import java.util.Random;

import org.junit.jupiter.api.Test;

import org.springframework.context.ApplicationContext;
import org.springframework.context.PayloadApplicationEvent;
import org.springframework.context.support.StaticApplicationContext;

import io.github.lockstarter.JobFinished;
import io.github.lockstarter.JobLockLost;
import io.github.lockstarter.JobRun.Trigger;
import io.github.lockstarter.JobSkipped;
import io.github.lockstarter.JobStarted;
import io.github.lockstarter.RunOutcome;
import io.github.lockstarter.SkipReason;
import io.github.lockstarter.internal.time.TimeSource;
import io.github.lockstarter.lock.Beat;
import io.github.lockstarter.lock.Pulse.Activity;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link Diary}.
 */
class DiaryTests {

	private static final String JOB = "job";

	private static final Instant NOW = Instant.now();

	private static final Beat.Sender SENDER = Beat.Sender.of(NOW, new Random(1));

	private final ApplicationContext context = new StaticApplicationContext();

	private final Diary diary = new Diary(this.context, TimeSource.system());

	@Test
	void eventsComeInTheirOrder() {
		assertThat(this.diary.supportsAsyncExecution()).isFalse();
	}

	/**
	 * Spring passes the events of a child context on to its parent.
	 */
	@Test
	void whatHappensInAChildContextIsNotThatOfThisServer() {
		JobStarted started = new JobStarted(JOB, "me", NOW, 1, Trigger.SCHEDULE, Duration.ZERO);
		this.diary.onApplicationEvent(new PayloadApplicationEvent<>(new StaticApplicationContext(), started));
		assertThat(this.diary.draft(SENDER, null, false, false).beat().news()).isEmpty();
		this.diary.onApplicationEvent(new PayloadApplicationEvent<>(this.context, started));
		assertThat(this.diary.draft(SENDER, null, false, false).beat().news()).hasSize(1);
	}

	@Test
	void aRunGoesOnUntilItHasEnded() {
		start(1);
		assertThat(going()).isEqualTo(NOW);
		end(1);
		assertThat(going()).isBefore(NOW);
	}

	@Test
	void anEndThatIsToldTwiceEndsNoOtherRun() {
		start(1);
		end(1);
		start(2);
		end(1);
		assertThat(going()).isEqualTo(NOW);
	}

	@Test
	void aRunThatLostItsLockDoesNotGoOnThoughItHangs() {
		start(1);
		this.diary.write(new JobLockLost(JOB, "me", NOW, 1, "test"));
		assertThat(going()).isBefore(NOW);
	}

	@Test
	void whatARefusalSaysIsKnownHereAndNotTold() {
		skip(NOW, SkipReason.ALREADY_RAN);
		assertThat(this.diary.with(JOB, Activity.NONE, NOW).begun()).isNotNull();
		assertThat(this.diary.draft(SENDER, null, false, false).beat().news()).isEmpty();
	}

	@Test
	void aTickThatIsRefusedInAPauseTellsOfIt() {
		skip(NOW, SkipReason.PAUSED);
		assertThat(this.diary.draft(SENDER, null, false, false).beat().news()).extracting(Beat.JobNews::paused)
			.containsExactly(true);
	}

	@Test
	void aLateTickThatIsRefusedAfterAPauseDoesNotTellOfOne() {
		skip(NOW.minusSeconds(5), SkipReason.PAUSED);
		assertThat(this.diary.draft(SENDER, null, false, false).beat().news()).isEmpty();
	}

	private void start(long token) {
		this.diary.write(new JobStarted(JOB, "me", NOW, token, Trigger.SCHEDULE, Duration.ZERO));
	}

	private void end(long token) {
		this.diary.write(new JobFinished(JOB, "me", NOW, token, Trigger.SCHEDULE, RunOutcome.SUCCEEDED,
				Duration.ofMillis(1), null));
	}

	private void skip(Instant tick, SkipReason reason) {
		this.diary.write(new JobSkipped(JOB, "me", tick, reason, "other", NOW, null, null));
	}

	private Instant going() {
		return this.diary.with(JOB, Activity.NONE, NOW).going();
	}

}
