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

import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.context.annotation.Import;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Example of docs/testing.md: a whole application, without a Redis.
 */
@SpringBootTest(classes = LocalModeTests.Application.class, webEnvironment = WebEnvironment.NONE, properties = {
		"spring.config.name=none", "spring.application.name=billing", "distributed-scheduled.mode=local" })
class LocalModeTests {

	@Test
	void theJobRuns(@Autowired InvoiceJob job, @Autowired Invoices invoices) {
		job.send();
		assertThat(invoices.sent).hasSize(3);
	}

	@EnableAutoConfiguration
	@Import({ InvoiceJob.class, Invoices.class })
	static class Application {

	}

}
