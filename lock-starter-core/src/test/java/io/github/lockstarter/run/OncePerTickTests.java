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
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntConsumer;
import java.util.stream.Collectors;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.scheduling.annotation.Scheduled;

import io.github.lockstarter.DistributedScheduled;
import io.github.lockstarter.lock.Flaw;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Eight servers with clocks up to twenty seconds apart, and a job each second that takes
 * a millisecond. Servers join, leave and come back. Every tick is run once.
 */
class OncePerTickTests {

	/** Ticks that are looked at. */
	private static final int TICKS = 100;

	private static final int[] SKEW = { 0, 20, -20, 13, -7, 3, -1, 0 };

	private final List<VirtualServers.Server> servers = new ArrayList<>();

	private int started;

	@ParameterizedTest
	@ValueSource(longs = { 1, 2 })
	void everyTickIsRunOnceWhateverTheClocks(long seed) {
		try (VirtualServers world = new VirtualServers(seed, Flaw.NONE)) {
			assertThat(playWithOthers(world)).isEqualTo(new Verdict(TICKS, 0, 0, 0));
		}
	}

	/**
	 * The red control: with the mutex alone a short job runs many times, or early.
	 */
	@ParameterizedTest
	@ValueSource(longs = { 1, 2 })
	void withoutTheTickRuleTicksAreRunTwice(long seed) {
		try (VirtualServers world = new VirtualServers(seed, Flaw.NO_TICK_RULE)) {
			Verdict verdict = playWithOthers(world);
			assertThat(verdict.duplicates()).isPositive();
			assertThat(verdict.early()).isPositive();
		}
	}

	/**
	 * All clocks but that of the first server are set again and again, by up to twenty
	 * seconds.
	 */
	@ParameterizedTest
	@ValueSource(longs = { 1, 2 })
	void everyTickIsRunOnceWhenClocksJump(long seed) {
		try (VirtualServers world = new VirtualServers(seed, Flaw.NONE)) {
			for (int place = 0; place < SKEW.length; place++) {
				this.servers.add(start(world, 0));
			}
			assertThat(play(world, (step) -> {
				for (int place = 1; place < SKEW.length; place++) {
					this.servers.get(place).ahead(Duration.ofSeconds(SKEW[(place + step) % SKEW.length]));
				}
			})).isEqualTo(new Verdict(TICKS, 0, 0, 0));
		}
	}

	/**
	 * One server after the other leaves and is replaced, while ticks go on.
	 */
	private Verdict playWithOthers(VirtualServers world) {
		for (int skew : SKEW) {
			this.servers.add(start(world, skew));
		}
		return play(world, (step) -> {
			int place = 1 + step % (SKEW.length - 1);
			this.servers.get(place).stop();
			this.servers.set(place, start(world, SKEW[place]));
		});
	}

	private VirtualServers.Server start(VirtualServers world, int skew) {
		return world.server("server-" + this.started++)
			.ahead(Duration.ofSeconds(skew))
			.start(SecondJob.class, (machine) -> machine.sleep(Duration.ofMillis(1)));
	}

	private static Verdict play(VirtualServers world, IntConsumer disturbance) {
		// Servers whose clocks are behind begin with old ticks, and what comes during
		// those is rightly refused
		world.until(() -> world.runs().stream().anyMatch(OncePerTickTests::isOnTime));
		Instant first = Instant.ofEpochSecond(world.now().getEpochSecond() + 2);
		Instant end = first.plusSeconds(TICKS);
		for (int step = 0; step < TICKS / 5; step++) {
			world.passUntil(first.plusSeconds(3 + 4L * step));
			disturbance.accept(step);
		}
		world.passUntil(end);
		return verdict(world.runs(), first, end);
	}

	private static boolean isOnTime(VirtualServers.Run run) {
		return run.begun().isBefore(run.tick().plusMillis(900));
	}

	private static Verdict verdict(List<VirtualServers.Run> runs, Instant first, Instant end) {
		Map<Instant, Long> perTick = runs.stream()
			.filter((run) -> !run.tick().isBefore(first) && run.tick().isBefore(end))
			.collect(Collectors.groupingBy(VirtualServers.Run::tick, TreeMap::new, Collectors.counting()));
		long all = perTick.values().stream().mapToLong(Long::longValue).sum();
		long early = runs.stream().filter((run) -> run.begun().isBefore(run.tick().minusMillis(100))).count();
		return new Verdict(all, all - perTick.size(), TICKS - perTick.size(), early);
	}

	record Verdict(long runs, long duplicates, long missed, long early) {

	}

	static class SecondJob {

		@Scheduled(cron = "* * * * * *")
		@DistributedScheduled
		void run() {
		}

	}

}
