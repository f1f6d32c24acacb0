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

import io.github.lockstarter.sample.faults.Server.Event;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The holder is killed in the middle of its run.
 */
class KilledServerIT {

	private static final Duration LEASE = Duration.ofSeconds(3);

	private static final Duration PERIOD = Duration.ofSeconds(1);

	private static final Duration BOUND = Duration.ofSeconds(10);

	@RegisterExtension
	final Servers servers = new Servers("distributed-scheduled.lease=" + LEASE);

	@Test
	void theOtherServerRunsTheNextTickOnceTheLeaseIsOver() throws Exception {
		this.servers.startAll("one", "two");
		Servers.Pair pair = this.servers.awaitHolder();
		Event run = pair.holder().await("run");
		Instant killed = this.servers.now();
		pair.holder().kill();
		pair.holder().awaitEnd();

		Event next = pair.other().await("run");
		assertThat(next.tick()).isAfter(run.tick());
		assertThat(next.token()).isGreaterThan(run.token());
		assertThat(Duration.between(killed, next.began())).as("from the kill to the next run")
			// The last renewal is a third of the lease ago at the most
			.isGreaterThan(LEASE.dividedBy(2))
			// The first tick after the lease
			.isLessThan(LEASE.plus(PERIOD).plus(BOUND));
		pair.other().tell(BatchProcess.RETURN);
		assertThat(pair.other().await("finished").value("outcome")).isEqualTo("SUCCEEDED");
	}

}
