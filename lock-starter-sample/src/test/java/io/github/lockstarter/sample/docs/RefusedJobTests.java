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
package io.github.lockstarter.sample.docs;

import java.util.concurrent.CompletableFuture;

import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import io.github.lockstarter.DistributedScheduled;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.scheduling.annotation.EnableScheduling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;

/**
 * What cannot be locked stops an application, and its text is that of a failure analysis.
 */
@ExtendWith(OutputCaptureExtension.class)
class RefusedJobTests {

	@ParameterizedTest
	@ValueSource(classes = { FinalMethod.class, StaticMethod.class, PrivateMethod.class, ReturnsFuture.class })
	void theApplicationDoesNotStart(Class<?> job, CapturedOutput output) {
		assertThatException()
			.isThrownBy(() -> new SpringApplicationBuilder(Application.class, job).web(WebApplicationType.NONE)
				.properties("spring.config.name=none", "spring.application.name=refused",
						"distributed-scheduled.mode=local")
				.run()
				.close());
		assertThat(output).contains("APPLICATION FAILED TO START", "Description:", job.getName() + ".run() of bean",
				"Action:");
		assertThat(output).containsAnyOf("bypasses the proxy and the job would run on every server, without its lock.",
				"so its lock would be released too early.");
	}

	@EnableAutoConfiguration
	@EnableScheduling
	static class Application {

	}

	static class FinalMethod {

		@DistributedScheduled
		final void run() {
		}

	}

	static class StaticMethod {

		@DistributedScheduled
		static void run() {
		}

	}

	static class PrivateMethod {

		@DistributedScheduled
		private void run() {
		}

	}

	static class ReturnsFuture {

		@DistributedScheduled
		CompletableFuture<String> run() {
			return CompletableFuture.completedFuture("");
		}

	}

}
