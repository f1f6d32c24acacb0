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

import io.github.lockstarter.sample.faults.Server.Event;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The holder is frozen in the middle of its run, for longer than its lease. Slow: it
 * takes the start of two JVMs and a lease that is over.
 */
@Tag("slow")
class FrozenServerIT {

	@RegisterExtension
	final Servers servers = new Servers("distributed-scheduled.lease=6s", "distributed-scheduled.acquire-timeout=1s");

	@Test
	void theOtherServerRunsTheNextTickAndTheFrozenOneBooksNothing() throws Exception {
		try (Ledger ledger = new Ledger()) {
			this.servers.add(ledger.properties());
			this.servers.startAll("one", "two");
			Servers.Pair pair = this.servers.awaitHolder();
			Server frozen = pair.holder();
			Server other = pair.other();
			Event run = frozen.await("run");
			frozen.tell(BatchProcess.BOOK_GUARDED);
			frozen.await("spinning");
			frozen.freeze();

			Event next = other.await("run");
			assertThat(next.tick()).isAfter(run.tick());
			assertThat(next.token()).isGreaterThan(run.token());
			other.tell(BatchProcess.BOOK_FENCED);
			other.await("booked");

			frozen.tell(BatchProcess.BOOK_FENCED);
			frozen.tell(BatchProcess.RETURN);
			frozen.thaw();
			assertThat(frozen.await("woken").value("held")).as("held, at the first instruction after the freeze")
				.isEqualTo("false");
			// The guard, which knows of no register
			frozen.await("rolled-back");
			// The register, whose transaction no guard sees
			frozen.await("refused");
			assertThat(frozen.await("lost").token()).isEqualTo(run.token());
			Event finished = frozen.await("finished");
			assertThat(finished.value("outcome")).isEqualTo("LOCK_LOST");
			assertThat(finished.token()).isEqualTo(run.token());
			assertThat(ledger.entries()).containsExactly("fenced " + next.token());

			// The late end has touched nothing of the other run
			assertThat(other.isRunning()).isTrue();
			assertThat(this.servers.isLocked()).isTrue();
			assertThat(this.servers.state("token")).isEqualTo(String.valueOf(next.token()));
			other.tell(BatchProcess.RETURN);
			assertThat(other.await("finished").value("outcome")).isEqualTo("SUCCEEDED");
		}
	}

}
