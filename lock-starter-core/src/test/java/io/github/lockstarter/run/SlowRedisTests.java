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

import org.junit.jupiter.api.Test;

import org.springframework.scheduling.annotation.Scheduled;

import io.github.lockstarter.DistributedScheduled;
import io.github.lockstarter.JobFinished;
import io.github.lockstarter.JobSkipped;
import io.github.lockstarter.RunOutcome;
import io.github.lockstarter.fixture.RedisServer;
import io.github.lockstarter.fixture.TcpProxy;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A line to Redis that is so long that an answer takes a good part of the time for which
 * a thread waits.
 */
class SlowRedisTests {

	/**
	 * Also where Redis does not know the scripts yet, which costs a trip more.
	 */
	@Test
	void aJobRunsIfAnAnswerComesInTime() {
		try (TcpProxy line = TcpProxy.to(RedisServer.shared());
				TestServer server = new TestServer("server-1").firedByHand()
					.onRedis(line.address())
					.with(Job.class)
					.start()) {
			line.delay(Duration.ofMillis(350));
			server.scheduler().fire();
			assertThat(server.events(JobFinished.class)).extracting(JobFinished::outcome)
				.containsExactly(RunOutcome.SUCCEEDED);
			assertThat(server.events(JobSkipped.class)).isEmpty();
		}
	}

	static class Job {

		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled("slow-line")
		void run() {
		}

	}

}
