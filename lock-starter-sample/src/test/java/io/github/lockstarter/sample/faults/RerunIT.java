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
import java.util.HashSet;
import java.util.List;
import java.util.Set;

import io.github.lockstarter.sample.faults.Server.Event;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Holders are killed in the middle of ticks that are run again. Slow: each kill costs the
 * start of a JVM and a lease.
 */
@Tag("slow")
class RerunIT {

	/**
	 * A machine that stands still for longer than this loses the lock of a run, and the
	 * tick is run again without a kill.
	 */
	private static final Duration LEASE = Duration.ofSeconds(6);

	private static final Duration BOUND = Duration.ofSeconds(5);

	/**
	 * Of each tick two runs are killed, the third one ends it. Each kill is the start of
	 * another JVM, so CI does few; 20 of them take a minute or more.
	 */
	private static final int KILLS = Integer.getInteger("rerun.kills", 6);

	@RegisterExtension
	final Servers servers = new Servers("distributed-scheduled.lease=" + LEASE,
			"distributed-scheduled.acquire-timeout=1s");

	private final List<Event> runs = new ArrayList<>();

	private Duration longest = Duration.ZERO;

	private Instant killed;

	private int started;

	@Test
	void everyTickIsRunAgainUntilItEnds() throws Exception {
		start("faults.attempts=3", 4);
		Set<Instant> ticks = new HashSet<>();
		for (int kills = 0; kills < KILLS; kills += 2) {
			Awaitility.await("one to run, and two to run it again")
				.atMost(Server.LIMIT)
				.until(() -> alive().size() >= 3);
			Instant tick = fire();
			ticks.add(tick);
			assertThat(awaitRun(tick).value("trigger")).isEqualTo("SCHEDULE");
			killHolder();
			// In good time for the next tick
			start(1);
			assertThat(awaitRun(tick).value("trigger")).isEqualTo("RERUN");
			killHolder();
			start(1);
			assertThat(awaitRun(tick).value("trigger")).isEqualTo("RERUN");
			Server holder = holder();
			holder.tell(BatchProcess.RETURN);
			awaitEnd(holder, tick);
			assertThat(this.servers.state("open")).as("the open tick").isIn("", "(nil)");
		}
		assertThat(this.runs).filteredOn((run) -> run.value("trigger").equals("RERUN")).hasSize(KILLS);
		assertThat(this.runs).extracting(Event::token).isSorted().doesNotHaveDuplicates();
		assertThat(finished()).as("runs that ended").allMatch((end) -> end.value("outcome").equals("SUCCEEDED"));
		assertThat(finished()).extracting(Event::tick).containsExactlyInAnyOrderElementsOf(ticks);
		assertThat(this.servers.all()).flatExtracting((server) -> server.events("run")).hasSameSizeAs(this.runs);
		System.out.println("rerun: " + KILLS + " kills, longest take-over " + this.longest.toMillis() + " ms");
	}

	@Test
	void aTickThatKillsEveryServerIsGivenUp() throws Exception {
		start("faults.attempts=2", 3);
		Instant tick = fire();
		assertThat(awaitRun(tick).value("trigger")).isEqualTo("SCHEDULE");
		killHolder();
		assertThat(awaitRun(tick).value("trigger")).isEqualTo("RERUN");
		killHolder();
		Server left = alive().get(0);
		Event skipped = left.await("skipped");
		assertThat(skipped.tick()).isEqualTo(tick);
		assertThat(skipped.value("reason")).isEqualTo("CRASHED");
		assertThat(left.events("run")).isEmpty();
		// The next tick is not hurt, and closes it
		Instant next = fire();
		assertThat(awaitRun(next).value("trigger")).isEqualTo("SCHEDULE");
		left.tell(BatchProcess.RETURN);
		awaitEnd(left, next);
		assertThat(this.servers.state("crashed")).isEqualTo(String.valueOf(tick.toEpochMilli()));
	}

	@Test
	void aServerThatIsStoppedHasNotCrashed() throws Exception {
		start("faults.attempts=3", 2);
		Instant tick = fire();
		awaitRun(tick);
		Server holder = holder();
		holder.terminate();
		holder.await("closing");
		holder.tell(BatchProcess.RETURN);
		assertThat(holder.await("finished").value("outcome")).isEqualTo("SUCCEEDED");
		holder.awaitEnd();
		Server left = alive().stream().filter((server) -> server != holder).findFirst().orElseThrow();
		assertThat(left.await("skipped").value("reason")).isEqualTo("ALREADY_RAN");
		assertThat(left.events("run")).isEmpty();
	}

	private void start(String property, int count) throws IOException {
		this.servers.add(property);
		start(count);
		this.servers.all().forEach((server) -> server.await("ready"));
	}

	private void start(int count) throws IOException {
		for (int i = 0; i < count; i++) {
			this.servers.start("s" + ++this.started);
		}
	}

	private List<Server> alive() {
		return this.servers.all()
			.stream()
			.filter((server) -> server.isAlive() && server.find("ready").isPresent())
			.toList();
	}

	/**
	 * Fires a tick on all servers that are ready.
	 */
	private Instant fire() {
		Instant tick = this.servers.now().truncatedTo(ChronoUnit.MILLIS);
		alive().forEach((server) -> server.tell(BatchProcess.TICK + tick));
		return tick;
	}

	private Event awaitRun(Instant tick) {
		Awaitility.await("a run")
			.atMost(Server.LIMIT)
			.pollInterval(Duration.ofMillis(10))
			.until(() -> this.servers.all().stream().anyMatch(RerunIT::isHolder));
		Event run = holder().events("run").get(holder().events("run").size() - 1);
		assertThat(run.tick()).isEqualTo(tick);
		this.runs.add(run);
		if (run.value("trigger").equals("RERUN")) {
			Duration takeOver = Duration.between(this.killed, run.began());
			assertThat(takeOver).as("from the kill to the next run").isLessThan(LEASE.plus(BOUND));
			this.longest = (takeOver.compareTo(this.longest) > 0) ? takeOver : this.longest;
		}
		return run;
	}

	/**
	 * Kills the server that runs.
	 */
	private void killHolder() throws InterruptedException {
		Server holder = holder();
		this.killed = this.servers.now();
		holder.kill();
		holder.awaitEnd();
	}

	private void awaitEnd(Server server, Instant tick) {
		Awaitility.await("the end of a run")
			.atMost(Server.LIMIT)
			.pollInterval(Duration.ofMillis(10))
			.until(() -> server.events("finished").stream().anyMatch((end) -> end.tick().equals(tick)));
	}

	private List<Event> finished() {
		return this.servers.all().stream().flatMap((server) -> server.events("finished").stream()).toList();
	}

	private Server holder() {
		return this.servers.all().stream().filter(RerunIT::isHolder).findFirst().orElseThrow();
	}

	private static boolean isHolder(Server server) {
		return server.isAlive() && server.isRunning();
	}

}
