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

package io.github.lockstarter.autoconfigure;

import java.util.Map;

import org.junit.jupiter.api.Test;

import org.springframework.boot.actuate.autoconfigure.endpoint.EndpointAutoConfiguration;
import org.springframework.boot.actuate.endpoint.web.WebEndpointResponse;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.assertj.AssertableApplicationContext;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Configuration;
import org.springframework.scheduling.annotation.EnableScheduling;

import io.github.lockstarter.DistributedScheduled;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * When there are endpoints for operators. What they answer over the web is tested with
 * the sample.
 */
class OperationsEndpointConfigurationTests {

	private static final String EXPOSED = "management.endpoints.web.exposure.include=distributedscheduled,distributedscheduledpage";

	private static final String WRITES = "distributed-scheduled.operations.writes-enabled=true";

	private final ApplicationContextRunner plain = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(DistributedScheduledAutoConfiguration.class))
		.withUserConfiguration(Scheduling.class)
		.withBean(Job.class)
		.withPropertyValues("spring.application.name=shop", "distributed-scheduled.mode=local");

	private final ApplicationContextRunner runner = this.plain
		.withConfiguration(AutoConfigurations.of(EndpointAutoConfiguration.class));

	@Test
	void thereAreNoneUntilTheyAreExposed() {
		this.runner.withPropertyValues(WRITES)
			.run((context) -> assertThat(context).hasNotFailed()
				.doesNotHaveBean(OperationsEndpoint.class)
				.doesNotHaveBean(OperationsWrites.class)
				.doesNotHaveBean(OperationsPage.class));
	}

	@Test
	void theyAreForReadingUntilWritesAreEnabled() {
		this.runner.withPropertyValues(EXPOSED).run((context) -> {
			assertThat(context).hasSingleBean(OperationsPage.class).doesNotHaveBean(OperationsWrites.class);
			assertThat(overview(context)).containsEntry("writes", false);
		});
		this.runner.withPropertyValues(EXPOSED, WRITES).run((context) -> {
			assertThat(context).hasSingleBean(OperationsWrites.class);
			assertThat(overview(context)).containsEntry("writes", true);
		});
		this.runner.withPropertyValues(EXPOSED, WRITES, "management.endpoints.access.max-permitted=READ_ONLY")
			.run((context) -> assertThat(overview(context)).containsEntry("writes", false));
	}

	@Test
	void withoutAnActuatorThereAreNone() {
		this.plain.withPropertyValues(EXPOSED, WRITES)
			.withClassLoader(new FilteredClassLoader("org.springframework.boot.actuate"))
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(OperationsEndpoint.class));
	}

	private static Map<String, Object> overview(AssertableApplicationContext context) {
		WebEndpointResponse<Map<String, Object>> response = context.getBean(OperationsEndpoint.class).look(null);
		assertThat(response.getStatus()).isEqualTo(200);
		assertThat(response.getBody()).containsEntry("namespace", "shop");
		return response.getBody();
	}

	@Configuration(proxyBeanMethods = false)
	@EnableScheduling
	static class Scheduling {

	}

	/**
	 * Public, because its proxy is made in another class loader.
	 */
	public static class Job {

		@DistributedScheduled("job")
		public void run() {
		}

	}

}
