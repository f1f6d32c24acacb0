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

import java.time.Instant;
import java.util.List;

import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.scheduling.annotation.SchedulingConfigurer;

import io.github.lockstarter.DistributedScheduled;
import io.github.lockstarter.JobSkipped;
import io.github.lockstarter.JobStarted;
import io.github.lockstarter.SkipReason;
import io.github.lockstarter.schedule.ManualScheduler.ManualTask;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A tick that waits when its server is paused is skipped, and stays so.
 */
class PausedTickTests {

	@Test
	void aTickThatWasSkippedIsNotRunWhenTheServerGoesOn() {
		try (TestServer server = TestServer.running(Tasks.class, Job.class)) {
			server.scheduler().tasks().get(0).fire();
			assertThat(server.events(JobSkipped.class)).isEmpty();
			List<ManualTask> tasks = server.scheduler().tasks();
			assertThat(tasks).as("the tick is fired again").hasSize(2);
			server.context().stop();
			assertThat(server.events(JobSkipped.class)).singleElement()
				.extracting(JobSkipped::reason)
				.isEqualTo(SkipReason.CLOSING);
			server.context().start();
			tasks.get(1).fire();
			assertThat(server.events(JobStarted.class)).isEmpty();
			assertThat(server.events(JobSkipped.class)).hasSize(1);
		}
	}

	@Configuration(proxyBeanMethods = false)
	static class Tasks {

		/**
		 * As on a server whose clock is ahead: the tick has not come yet.
		 */
		@Bean
		SchedulingConfigurer ahead(ObjectProvider<Job> job) {
			Instant tick = Instant.now().plusSeconds(30);
			return (registrar) -> registrar.addTriggerTask(() -> job.getObject().run(), (context) -> tick);
		}

	}

	static class Job {

		@DistributedScheduled("paused")
		void run() {
		}

	}

}
