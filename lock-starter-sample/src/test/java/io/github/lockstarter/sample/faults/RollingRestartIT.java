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

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

import io.github.lockstarter.sample.faults.Server.Event;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Three servers are restarted one after the other while their job is due every second.
 * Slow: that is the start of six JVMs.
 */
@Tag("slow")
class RollingRestartIT {

	private static final Duration TICKS = Duration.ofSeconds(10);

	private static final Duration WORK = Duration.ofMillis(300);

	private static final int ATTEMPTS = 3;

	/** A machine that stands still more often tells nothing. */
	private static final int MOST_PASSED_OVER = 4;

	/**
	 * The lease is so long that a lock which is not released costs ticks, and the runs
	 * are so long that a restart meets one.
	 */
	@RegisterExtension
	final Servers servers = new Servers("distributed-scheduled.lease=5m", "faults.work=" + WORK.toMillis() + "ms");

	/**
	 * A machine that stands still for longer than a period costs ticks that nobody was
	 * asked for. Then it is done again: what the library spoils it spoils each time.
	 */
	@Test
	void noTickIsMissedAndNoneIsRunTwice() throws Exception {
		List<Instant> unexplained = restartAll(1);
		for (int attempt = 2; !unexplained.isEmpty() && attempt <= ATTEMPTS; attempt++) {
			System.out.println("rolling restart: missed " + unexplained + ", once more");
			unexplained = restartAll(attempt);
		}
		assertThat(unexplained).as("ticks that were missed each time, at last").isEmpty();
	}

	/**
	 * Restarts three servers, one after the other.
	 * @return the ticks that were missed although no run was held up
	 */
	private List<Instant> restartAll(int attempt) throws Exception {
		int before = this.servers.all().size();
		this.servers.startAll("one-" + attempt, "two-" + attempt, "three-" + attempt);
		List<Server> old = new ArrayList<>(this.servers.all().subList(before, this.servers.all().size()));
		awaitWarm(old);
		Instant first = tickAfter(Instant.now());
		List<Server> running = new ArrayList<>();
		while (!old.isEmpty()) {
			Server server = awaitRunning(old);
			old.remove(server);
			server.terminate();
			server.awaitEnd();
			Server next = this.servers.start(server.name() + "-again");
			next.await("ready");
			running.add(next);
		}
		Instant last = max(tickAfter(Instant.now()), first.plus(TICKS));
		Awaitility.await("tick " + last)
			.atMost(Server.LIMIT)
			.until(() -> ticks().anyMatch((tick) -> !tick.isBefore(last)));
		running.forEach(Server::terminate);
		for (Server server : running) {
			server.awaitEnd();
		}

		List<Instant> due = Stream.iterate(first, (tick) -> !tick.isAfter(last), (tick) -> tick.plusSeconds(1))
			.toList();
		List<Instant> run = ticks().filter((tick) -> !tick.isBefore(first) && !tick.isAfter(last)).sorted().toList();
		assertThat(run).doesNotHaveDuplicates();
		assertThat(events("finished").map((event) -> event.value("outcome"))).containsOnly("SUCCEEDED");
		assertThat(this.servers.all().stream().filter(RollingRestartIT::wasStoppedInARun))
			.as("servers that were stopped in a run")
			.isNotEmpty();
		List<Instant> missed = due.stream().filter((tick) -> !run.contains(tick)).toList();
		List<Instant> unexplained = missed.stream().filter((tick) -> !isPassedOver(tick)).toList();
		return (missed.size() < MOST_PASSED_OVER) ? unexplained : missed;
	}

	/**
	 * Tells whether the machine held up the run before for so long that it was still
	 * going on when this tick came.
	 */
	private boolean isPassedOver(Instant tick) {
		return events("run").filter((run) -> run.tick().equals(tick.minusSeconds(1)))
			.anyMatch((run) -> run.at().plus(WORK).isAfter(tick.minus(WORK)));
	}

	/**
	 * Waits until every server has got through a tick. While three of them start at once
	 * the first ticks may be late, and a run that is late by a period costs the next one.
	 */
	private static void awaitWarm(List<Server> servers) {
		Awaitility.await("a tick on each server")
			.atMost(Server.LIMIT)
			.until(() -> servers.stream()
				.allMatch((server) -> server.find("skipped").or(() -> server.find("finished")).isPresent()));
	}

	/**
	 * Waits until one of the servers runs the job; but not for long, because others may
	 * be quicker again and again.
	 */
	private static Server awaitRunning(List<Server> servers) {
		Instant limit = Instant.now().plusSeconds(2);
		Awaitility.await()
			.pollInterval(Duration.ofMillis(10))
			.until(() -> Instant.now().isAfter(limit) || servers.stream().anyMatch(Server::isRunning));
		return servers.stream().filter(Server::isRunning).findFirst().orElse(servers.get(0));
	}

	private static boolean wasStoppedInARun(Server server) {
		Instant closing = server.await("closing").at();
		return server.events("finished").stream().anyMatch((event) -> event.at().isAfter(closing));
	}

	private Stream<Instant> ticks() {
		return events("run").map(Event::tick);
	}

	private Stream<Event> events(String type) {
		return this.servers.all().stream().flatMap((server) -> server.events(type).stream());
	}

	private static Instant tickAfter(Instant time) {
		return time.truncatedTo(ChronoUnit.SECONDS).plusSeconds(1);
	}

	private static Instant max(Instant one, Instant other) {
		return one.isBefore(other) ? other : one;
	}

}
