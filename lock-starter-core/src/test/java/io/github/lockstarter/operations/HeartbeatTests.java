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
import java.util.List;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import org.springframework.scheduling.annotation.Scheduled;

import io.github.lockstarter.DistributedScheduled;
import io.github.lockstarter.internal.time.VirtualMachine;
import io.github.lockstarter.internal.time.VirtualTime;
import io.github.lockstarter.lock.Beat;
import io.github.lockstarter.lock.Flaw;
import io.github.lockstarter.lock.JobLocks;
import io.github.lockstarter.lock.SimulatedRedis;
import io.github.lockstarter.run.RunSettings;
import io.github.lockstarter.run.SimulatedServer;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link Heartbeat} on virtual time. What a beat costs on a real Redis is in
 * {@code RoundTripTests}.
 */
class HeartbeatTests {

	private final VirtualTime time = new VirtualTime(Instant.parse("2026-03-02T12:00:00Z"), 1);

	private final SimulatedRedis redis = new SimulatedRedis(this.time, Duration.ofSeconds(2), Flaw.NONE,
			(what, which) -> {
			});

	@AfterEach
	void close() {
		this.time.close();
	}

	private void start(String id) {
		VirtualMachine machine = new VirtualMachine(this.time, id);
		JobLocks locks = this.redis.locks(machine, id);
		SimulatedServer server = new SimulatedServer(machine,
				new RunSettings(SimulatedRedis.NAMESPACE, id, Duration.ofSeconds(30), Duration.ZERO, Duration.ZERO),
				locks, 4, Jobs.class, (job) -> {
				}, (event) -> {
				});
		SimulatedHeartbeat heartbeat = new SimulatedHeartbeat(id, List.of(new Beat.KnownJob("daily", null, null, null)),
				() -> false, locks, machine);
		machine.execute(() -> {
			server.start();
			heartbeat.start();
		});
	}

	/**
	 * All that a server has to say, for all its jobs, is one command every ten seconds.
	 */
	@Test
	void anIdleServerSendsOneCommandEveryTenSecondsForAllItsJobs() {
		start("one");
		start("two");
		// What comes right after the start is over by then
		this.time.pass(Duration.ofSeconds(15));
		long started = this.redis.commands();
		this.time.pass(Duration.ofMinutes(1));
		assertThat(this.redis.commands() - started).as("in a minute, by two servers").isEqualTo(12);
	}

	static class Jobs {

		@Scheduled(cron = "0 0 3 * * *", zone = "UTC")
		@DistributedScheduled("daily")
		void daily() {
		}

		@Scheduled(fixedRate = 3_600_000, initialDelay = 3_600_000)
		@DistributedScheduled("hourly")
		void hourly() {
		}

	}

}
