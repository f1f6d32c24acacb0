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

package io.github.lockstarter.sample;

import java.time.Duration;

import io.github.lockstarter.DistributedScheduled;
import io.micrometer.observation.tck.TestObservationRegistry;
import org.junit.jupiter.api.Test;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.scheduling.annotation.EnableScheduling;
import org.springframework.scheduling.annotation.Scheduled;

import static io.micrometer.observation.tck.TestObservationRegistryAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * A run in the trace of a scheduled task, as the actuator of this line of Spring Boot
 * sets it up.
 */
class ObservationTests {

	@Test
	void aRunIsAChildOfTheScheduledTask() {
		try (ConfigurableApplicationContext context = SpringApplication.run(Application.class, "--server.port=0",
				"--spring.datasource.url=jdbc:h2:mem:observation", "--distributed-scheduled.mode=local",
				"--distributed-scheduled.namespace=observation", "--distributed-scheduled.server-id=batch-1")) {
			TestObservationRegistry registry = context.getBean(TestObservationRegistry.class);
			await().atMost(Duration.ofSeconds(60))
				.untilAsserted(() -> assertThat(registry).hasObservationWithNameEqualTo("distributed.scheduled.run")
					.that()
					.hasBeenStopped()
					.hasLowCardinalityKeyValue("job.name", "once")
					.hasLowCardinalityKeyValue("outcome", "SUCCEEDED")
					.hasHighCardinalityKeyValue("server", "batch-1")
					.hasParentObservationContextSatisfying(
							(parent) -> assertThat(parent.getName()).isEqualTo("tasks.scheduled.execution")));
		}
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	@EnableScheduling
	@Import(Once.class)
	static class Application {

		@Bean
		TestObservationRegistry observationRegistry() {
			return TestObservationRegistry.create();
		}

	}

	static class Once {

		@Scheduled(fixedDelay = 3_600_000)
		@DistributedScheduled("once")
		void run() {
		}

	}

}
