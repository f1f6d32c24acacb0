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
package io.github.lockstarter.sample.faults;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

import io.github.lockstarter.sample.faults.Server.Event;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Two servers with a job at a fixed rate of a second, half a second apart. When a run
 * began is read off its token, which follows Redis's clock. What this machine stood still
 * is measured in all three processes, and allowed for where that could cost a run; it can
 * never add one, or bring two closer together. Slow: a rate is seen over many periods.
 */
@Tag("slow")
class SteadyRateIT {

	private static final Duration PERIOD = Duration.ofSeconds(1);

	private static final Duration WINDOW = Duration.ofSeconds(20);

	private static final Duration LEASE = Duration.ofSeconds(3);

	private static final Duration PAUSE = Duration.ofMillis(300);

	@RegisterExtension
	final Servers servers = new Servers("distributed-scheduled.lease=" + LEASE, "faults.attempts=0");

	/** What stood still without being asked to, in milliseconds. */
	private final AtomicLong stalls = new AtomicLong();

	private final Thread meter = new Thread(() -> RateJobs.measureStalls(this.stalls::addAndGet), "stalls");

	private long stallsBefore;

	private int pauses;

	private long paused;

	/** From when on runs are counted. */
	private Instant first = Instant.MIN;

	@BeforeEach
	void measure() {
		this.meter.setDaemon(true);
		this.meter.start();
	}

	@AfterEach
	void stopMeasuring() {
		this.meter.interrupt();
	}

	@Test
	void oncePerSecondAlsoWithPausesAndAfterAServerIsKilled() throws Exception {
		start("on");
		Instant begin = runs().get(0);
		for (int i = 0; last().isBefore(begin.plus(WINDOW)); i++) {
			pause(this.servers.all().get(i % 2));
			int before = runs().size();
			Awaitility.await("the next runs").atMost(Server.LIMIT).until(() -> runs().size() > before + 1);
		}
		List<Instant> runs = window(begin, WINDOW);
		System.out.printf("fixed rate: runs=%d shortest=%s longest=%s stalls=%d ms pauses=%d ms%n", runs.size(),
				shortest(runs), longest(runs), stalls(), this.paused);
		check(runs, WINDOW, stalls());
		assertThat(this.servers.all()).as("those who ran")
			.allSatisfy((server) -> assertThat(server.find("run")).isPresent());

		Server killed = awaitRunning();
		Instant last = last();
		killed.kill();
		killed.awaitEnd();
		int before = runs().size();
		Awaitility.await("runs of the other").atMost(Server.LIMIT).until(() -> runs().size() >= before + 4);
		List<Instant> after = runs().stream().filter((run) -> !run.isBefore(last)).toList();
		System.out.printf("fixed rate, after the kill: longest=%s%n", longest(after));
		assertThat(longest(after)).isLessThan(LEASE.plusSeconds(2).plusMillis(stalls()));
		assertThat(shortest(after)).isGreaterThanOrEqualTo(Duration.ofMillis(650));
	}

	/**
	 * What the check is worth.
	 */
	@Test
	void withoutTheLockThereAreTooManyRuns() throws Exception {
		start("off");
		Duration window = Duration.ofSeconds(6);
		Instant begin = runs().get(0);
		Awaitility.await().atMost(Server.LIMIT).until(() -> last().isAfter(begin.plus(window)));
		assertThatExceptionOfType(AssertionError.class).isThrownBy(() -> check(window(begin, window), window, stalls()))
			.withMessageContaining("runs");
	}

	private static void check(List<Instant> runs, Duration window, long stalls) {
		long periods = window.dividedBy(PERIOD);
		assertThat(runs.size()).as("runs").isBetween((int) (periods - 2 - (stalls + 999) / 1000), (int) periods + 1);
		assertThat(shortest(runs)).as("shortest gap").isGreaterThanOrEqualTo(Duration.ofMillis(650));
		assertThat(longest(runs)).as("longest gap").isLessThan(LEASE.plusSeconds(2).plusMillis(stalls));
	}

	/**
	 * Waits until both have run or have been refused for a while, so that no start of a
	 * server is in what is counted.
	 */
	private void start(String lock) throws IOException {
		this.servers.add("faults.lock=" + lock);
		this.servers.start("one", "faults.phase=0");
		this.servers.start("two", "faults.phase=500");
		this.servers.all().forEach((server) -> server.await("ready"));
		Awaitility.await("some runs").atMost(Server.LIMIT).until(() -> allRuns().size() >= 5);
		this.first = allRuns().get(4);
		this.stallsBefore = allStalls();
	}

	/**
	 * Freezes a server for a moment.
	 */
	private void pause(Server server) throws IOException {
		this.pauses++;
		long frozen = System.nanoTime();
		server.freeze();
		Awaitility.await().pollDelay(PAUSE).until(() -> true);
		server.thaw();
		this.paused += Duration.ofNanos(System.nanoTime() - frozen).toMillis();
	}

	private Server awaitRunning() {
		List<Server> running = new ArrayList<>();
		Awaitility.await("a run").atMost(Server.LIMIT).pollInterval(Duration.ofMillis(5)).until(() -> {
			this.servers.all().stream().filter(Server::isRunning).forEach(running::add);
			return !running.isEmpty();
		});
		return running.get(0);
	}

	/**
	 * Returns what stood still since the start, less what was frozen on purpose for no
	 * longer than it should be.
	 */
	private long stalls() {
		return Math.max(0, allStalls() - this.stallsBefore - this.paused)
				+ Math.max(0, this.paused - this.pauses * (PAUSE.toMillis() + 150));
	}

	private long allStalls() {
		return this.stalls.get() + this.servers.all()
			.stream()
			.flatMap((server) -> server.events("stall").stream())
			.mapToLong((stall) -> Long.parseLong(stall.value("ms")))
			.sum();
	}

	private List<Instant> window(Instant begin, Duration length) {
		return runs().stream().filter((run) -> !run.isAfter(begin.plus(length))).toList();
	}

	/**
	 * Returns the newest run. It is found in one look: between two of them there may be
	 * one more.
	 */
	private Instant last() {
		List<Instant> runs = runs();
		return runs.get(runs.size() - 1);
	}

	private List<Instant> runs() {
		return allRuns().stream().filter((run) -> !run.isBefore(this.first)).toList();
	}

	/**
	 * Returns when runs began in whole milliseconds, because that is how due times are
	 * counted: a token has microseconds, and two of them may be a part of a millisecond
	 * nearer to each other than the runs are to the rules.
	 */
	private List<Instant> allRuns() {
		return this.servers.all()
			.stream()
			.flatMap((server) -> server.events("run").stream())
			.map((run) -> run.began().truncatedTo(ChronoUnit.MILLIS))
			.sorted()
			.toList();
	}

	private static Duration shortest(List<Instant> runs) {
		return gaps(runs).stream().min(Duration::compareTo).orElseThrow();
	}

	private static Duration longest(List<Instant> runs) {
		return gaps(runs).stream().max(Duration::compareTo).orElseThrow();
	}

	private static List<Duration> gaps(List<Instant> runs) {
		List<Duration> gaps = new ArrayList<>();
		for (int i = 1; i < runs.size(); i++) {
			gaps.add(Duration.between(runs.get(i - 1), runs.get(i)));
		}
		return gaps;
	}

}
