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
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;

import org.springframework.scheduling.annotation.Scheduled;

import io.github.lockstarter.DistributedScheduled;
import io.github.lockstarter.JobFinished;
import io.github.lockstarter.JobRun;
import io.github.lockstarter.RunOutcome;
import io.github.lockstarter.internal.time.VirtualMachine;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Jobs of one group never run at the same time, and none loses a tick because of another.
 */
class GroupTests {

	private static final int TICKS = 50;

	private int inside;

	private int most;

	@Test
	void jobsOfAGroupTakeTurnsOverAllServers() {
		try (VirtualServers world = new VirtualServers()) {
			for (String id : List.of("one", "two")) {
				world.server(id).start(Jobs.class, this::work);
			}
			world.pass(Duration.ofSeconds(2 * TICKS + 2));
			assertThat(this.most).as("runs at the same time").isEqualTo(1);
			for (String job : List.of("group-first", "group-second")) {
				List<Instant> ticks = new ArrayList<>();
				world.runs().stream().filter((run) -> run.job().equals(job)).forEach((run) -> ticks.add(run.tick()));
				// Two seconds are enough for both
				assertThat(ticks).as("ticks of " + job)
					.hasSizeGreaterThanOrEqualTo(TICKS)
					.containsExactlyElementsOf(
							Stream.iterate(ticks.get(0), (tick) -> tick.plusSeconds(2)).limit(ticks.size()).toList());
			}
			assertThat(world.events().of(JobFinished.class)).extracting(JobFinished::outcome)
				.containsOnly(RunOutcome.SUCCEEDED);
		}
	}

	private void work(VirtualMachine machine) throws InterruptedException {
		this.inside++;
		this.most = Math.max(this.most, this.inside);
		machine.sleep(Duration.ofMillis(200));
		JobRun.current().assertLockHeld();
		this.inside--;
	}

	static class Jobs {

		@Scheduled(cron = "0/2 * * * * *")
		@DistributedScheduled(name = "group-first", group = "turns")
		void first() {
		}

		@Scheduled(cron = "0/2 * * * * *")
		@DistributedScheduled(name = "group-second", group = "turns")
		void second() {
		}

	}

}
