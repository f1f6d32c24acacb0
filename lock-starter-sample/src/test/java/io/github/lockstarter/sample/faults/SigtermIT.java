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

import io.github.lockstarter.fixture.Shortest;
import io.github.lockstarter.sample.faults.Server.Event;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

import org.springframework.util.function.ThrowingSupplier;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The holder is told to stop in the middle of its run. Slow: it takes the start of six
 * JVMs, and {@code ShutdownTests} shows the same within one.
 */
@Tag("slow")
class SigtermIT {

	private static final int KILLED_BY_SIGTERM = 128 + 15;

	private static final Duration BOUND = Duration.ofSeconds(1);

	@RegisterExtension
	final Servers servers = new Servers("distributed-scheduled.lease=5m");

	@Test
	void theLockIsFreeAsSoonAsTheMethodReturns() {
		assertThat(Shortest.of("from the end of a run on a server that stops to the next run", BOUND, 3,
				ThrowingSupplier.of(this::handOver)))
			.isLessThan(BOUND);
	}

	private Duration handOver() throws Exception {
		this.servers.closeAll();
		this.servers.startAll("one", "two");
		Servers.Pair pair = this.servers.awaitHolder();
		Server holder = pair.holder();
		Event run = holder.await("run");
		holder.terminate();
		holder.await("closing");
		pair.other().tell(BatchProcess.CALL);
		pair.other().await("called-in-vain");
		assertThat(this.servers.isLocked()).isTrue();
		assertThat(this.servers.state("server")).isEqualTo(holder.name());

		Instant returned = this.servers.now();
		holder.tell(BatchProcess.RETURN);
		Event next = pair.other().await("run");
		assertThat(next.token()).isGreaterThan(run.token());
		assertThat(holder.awaitEnd()).isEqualTo(KILLED_BY_SIGTERM);
		assertThat(holder.await("finished").value("outcome")).isEqualTo("SUCCEEDED");
		assertThat(holder.events("run")).as("runs of the server that stops").hasSize(1);

		pair.other().tell(BatchProcess.RETURN);
		assertThat(pair.other().await("finished").value("outcome")).isEqualTo("SUCCEEDED");
		return Duration.between(returned, next.began());
	}

}
