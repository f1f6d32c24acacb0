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

import java.time.Duration;
import java.time.Instant;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import org.springframework.scheduling.annotation.Scheduled;

import io.github.lockstarter.DistributedScheduled;
import io.github.lockstarter.JobRun;
import io.github.lockstarter.JobSkipped;
import io.github.lockstarter.SkipReason;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A tick that is due meets a run of the same job. Whether it waits depends on when that
 * run began.
 */
class LateTickTests {

	private static final Instant TICK = VirtualServers.THREE;

	private final VirtualServers world = new VirtualServers();

	@AfterEach
	void close() {
		this.world.close();
	}

	/**
	 * As a server does whose clock is behind: at the time of a tick it runs an older one.
	 */
	@Test
	void aTickIsNotLostToTheLateRunOfAnOlderOne() {
		this.world.server("late")
			.ahead(Duration.ofMillis(-19_950))
			.start(EveryTwentySeconds.class, (machine) -> machine.sleep(Duration.ofSeconds(2)));
		this.world.server("on-time").start(EveryTwentySeconds.class);
		this.world.until(() -> this.world.runs().size() == 2);
		assertThat(this.world.events().of(JobSkipped.class)).as("nothing is given up yet").isEmpty();
		assertThat(this.world.runs()).extracting(VirtualServers.Run::tick).containsExactly(TICK.minusSeconds(20), TICK);
		assertThat(this.world.runs()).extracting(VirtualServers.Run::server).containsExactly("late", "on-time");
		assertThat(this.world.runs()).extracting(VirtualServers.Run::trigger).containsOnly(JobRun.Trigger.SCHEDULE);
	}

	@Test
	void aTickIsSkippedForARunThatBeganBeforeItWasDue() {
		this.world.server("one").start(EveryTwentySeconds.class, (machine) -> machine.sleep(Duration.ofSeconds(30)));
		this.world.passUntil(TICK.plusSeconds(1));
		VirtualServers.Server other = this.world.server("other").start(EveryTwentySeconds.class);
		this.world.until(JobSkipped.class);
		JobSkipped skipped = other.events().first(JobSkipped.class);
		assertThat(skipped.reason()).isEqualTo(SkipReason.STILL_RUNNING);
		assertThat(skipped.tick()).isEqualTo(TICK.plusSeconds(20));
		assertThat(this.world.runs()).extracting(VirtualServers.Run::tick).containsExactly(TICK);
	}

	static class EveryTwentySeconds {

		@Scheduled(cron = "*/20 * * * * *")
		@DistributedScheduled("job")
		void run() {
		}

	}

}
