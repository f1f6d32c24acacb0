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

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.scheduling.annotation.Scheduled;

import io.github.lockstarter.DistributedScheduled;
import io.github.lockstarter.autoconfigure.TestApplication.FailureText;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * An application on whose class path an older Redisson comes first. The build runs this
 * once more with such a jar.
 */
@ExtendWith(OutputCaptureExtension.class)
@EnabledIfSystemProperty(named = OldRedissonTests.VERSION, matches = ".+")
class OldRedissonTests {

	static final String VERSION = "redisson.version.too-old";

	@Test
	void itStopsTheApplicationWithBothVersions(CapturedOutput output) {
		FailureText text = TestApplication.failure(output, Job.class, "distributed-scheduled.mode=redis");
		assertThat(text.description()).isEqualTo("Redisson %s is on the class path, and locks need 4.0.0 or later."
			.formatted(System.getProperty(VERSION)));
		assertThat(text.action()).contains("org.redisson:redisson to 4.0.0 or later");
	}

	static class Job {

		@Scheduled(cron = "* * * * * *")
		@DistributedScheduled
		void run() {
		}

	}

}
