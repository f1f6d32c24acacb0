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
import java.util.stream.IntStream;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.scheduling.annotation.SchedulingConfigurer;
import org.springframework.scheduling.config.ScheduledTaskRegistrar;

import io.github.lockstarter.DistributedScheduled;
import io.github.lockstarter.JobStarted;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Three servers, started one after the other, with a job at a fixed rate and one with a
 * fixed delay, on virtual time. When a run started is read off its token, which follows
 * Redis's clock.
 */
class OncePerIntervalTests {

	private static final long PERIOD = 600;

	/** 100 ms: what may be early. */
	private static final long TOLERANCE = 100;

	private static final int RUNS = 50;

	private final VirtualServers world = new VirtualServers();

	private final List<VirtualServers.Server> servers = new ArrayList<>();

	@AfterEach
	void close() {
		this.world.close();
	}

	@Test
	void aRateIsOncePerPeriodOverAllServers() {
		start();
		List<Long> starts = starts("rate", RUNS);
		assertThat(gaps(starts))
			.allSatisfy((gap) -> assertThat(gap).isGreaterThanOrEqualTo(PERIOD * 3 / 4 - TOLERANCE));
		// Over the long run one per period
		long elapsed = starts.get(starts.size() - 1) - starts.get(0);
		assertThat((starts.size() - 1) * PERIOD).isBetween(elapsed - PERIOD, elapsed + TOLERANCE);
	}

	@Test
	void aDelayCountsFromTheEndOfTheLastRunOnWhateverServer() {
		start();
		assertThat(gaps(starts("delay", RUNS)))
			.allSatisfy((gap) -> assertThat(gap).isGreaterThanOrEqualTo(PERIOD - TOLERANCE));
	}

	/**
	 * A trigger of the application's own may count from the last run on its server. Its
	 * ticks are what each server named, to the millisecond.
	 */
	@Test
	void aTriggerThatCountsFromTheLastRunDoesNotRunOnceOnEachServer() {
		List<TestServer> servers = new ArrayList<>();
		for (int i = 0; i < 3; i++) {
			servers.add(new TestServer("server-" + i).on(this.world.server("server-" + i))
				.with(TriggerJob.class, OwnTrigger.class)
				.start());
			starts("trigger", i + 1);
		}
		starts("trigger", RUNS);
		List<Instant> ticks = this.world.events().of(JobStarted.class).stream().map(JobStarted::tick).toList();
		for (int i = 1; i < ticks.size(); i++) {
			assertThat(Duration.between(ticks.get(i - 1), ticks.get(i)))
				.isGreaterThanOrEqualTo(Duration.ofMillis(PERIOD * 3 / 4 - 1));
		}
		servers.forEach(TestServer::close);
	}

	/**
	 * The next server takes over at the shared due time, and not one period of its own
	 * later.
	 */
	@Test
	void theOthersGoOnWhenTheServerThatRanLeaves() {
		start();
		List<Long> before = starts("rate", 4);
		this.servers.remove(0).stop();
		this.servers.remove(0).stop();
		List<Long> starts = starts("rate", before.size() + 4);
		assertThat(gaps(starts)).allSatisfy((gap) -> assertThat(gap).isLessThan(2 * PERIOD));
		assertThat(starts.get(before.size()) - starts.get(before.size() - 1)).isLessThan(PERIOD * 3 / 2);
	}

	private void start() {
		for (int i = 0; i < 3; i++) {
			this.servers.add(this.world.server("server-" + i).start(Jobs.class));
			starts("rate", i + 1);
		}
	}

	/**
	 * Return when the runs of a job started, as soon as there are so many.
	 */
	private List<Long> starts(String job, int runs) {
		this.world.until(() -> starts(job).size() >= runs);
		return starts(job);
	}

	private List<Long> starts(String job) {
		return this.world.events()
			.of(JobStarted.class)
			.stream()
			.filter((started) -> started.job().equals(job))
			.map((started) -> started.token() / 1000)
			.sorted()
			.toList();
	}

	private static List<Long> gaps(List<Long> starts) {
		return IntStream.range(1, starts.size()).mapToObj((i) -> starts.get(i) - starts.get(i - 1)).toList();
	}

	static class Jobs {

		@Scheduled(fixedRate = PERIOD)
		@DistributedScheduled("rate")
		void rate() {
		}

		@Scheduled(fixedDelay = PERIOD)
		@DistributedScheduled("delay")
		void delay() {
		}

	}

	static class TriggerJob {

		@DistributedScheduled("trigger")
		void run() {
		}

	}

	record OwnTrigger(TriggerJob job) implements SchedulingConfigurer {

		@Override
		public void configureTasks(ScheduledTaskRegistrar registrar) {
			registrar.addTriggerTask(this.job::run, (context) -> {
				Instant last = context.lastCompletion();
				return ((last != null) ? last : context.getClock().instant()).plusMillis(PERIOD);
			});
		}

	}

}
