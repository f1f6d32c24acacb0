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

import io.github.lockstarter.sample.faults.Server.Event;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * One holder after the other is killed in the middle of the same tick of a job that is
 * run again.
 */
class RerunIT {

	private static final Duration LEASE = Duration.ofSeconds(3);

	private static final Duration BOUND = Duration.ofSeconds(15);

	@RegisterExtension
	final Servers servers = new Servers("distributed-scheduled.lease=" + LEASE, "faults.rerun=true");

	@Test
	void anotherServerRunsTheSameTickAgainUntilOneEndsIt() throws Exception {
		this.servers.startAll("one", "two", "three", "four");
		Instant tick = this.servers.now().truncatedTo(ChronoUnit.SECONDS).plusSeconds(1);
		this.servers.all().forEach((server) -> server.tell(BatchProcess.TICK + tick));

		List<Server> left = new ArrayList<>(this.servers.all());
		List<Event> runs = new ArrayList<>();
		Instant killed = null;
		while (left.size() > 1) {
			Server holder = awaitHolder(left);
			Event run = holder.await("run");
			runs.add(run);
			if (killed != null) {
				assertThat(Duration.between(killed, run.began())).as("from the kill to the next run")
					.isLessThan(LEASE.plus(BOUND));
			}
			left.remove(holder);
			killed = this.servers.now();
			holder.kill();
			holder.awaitEnd();
		}
		Server last = awaitHolder(left);
		runs.add(last.await("run"));
		last.tell(BatchProcess.RETURN);
		Event finished = last.await("finished");

		assertThat(runs).extracting(Event::tick).containsOnly(tick);
		assertThat(runs).extracting((run) -> run.value("trigger"))
			.containsExactly("SCHEDULE", "RERUN", "RERUN", "RERUN");
		assertThat(runs).extracting(Event::token).isSorted().doesNotHaveDuplicates();
		assertThat(finished.value("outcome")).isEqualTo("SUCCEEDED");
		assertThat(this.servers.all()).as("runs that ended")
			.flatExtracting((server) -> server.events("finished"))
			.hasSize(1);
		assertThat(this.servers.state("outcome")).isEqualTo("SUCCEEDED");
		assertThat(this.servers.state("open")).isIn("", "(nil)");
		// Nobody had given it up before. A server that was still starting may have been
		// fired for it twice
		assertThat(this.servers.all()).flatExtracting((server) -> server.events("skipped"))
			.allSatisfy((skipped) -> assertThat(skipped.at()).isAfterOrEqualTo(finished.at()));
	}

	private static Server awaitHolder(List<Server> servers) {
		Awaitility.await("a run")
			.atMost(Server.LIMIT)
			.pollInterval(Duration.ofMillis(10))
			.until(() -> servers.stream().anyMatch(Server::isRunning));
		return servers.stream().filter(Server::isRunning).findFirst().orElseThrow();
	}

}
