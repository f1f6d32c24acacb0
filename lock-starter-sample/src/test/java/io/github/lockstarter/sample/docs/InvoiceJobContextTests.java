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

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import io.github.lockstarter.SkipReason;
import io.github.lockstarter.autoconfigure.DistributedScheduledAutoConfiguration;
import io.github.lockstarter.test.TestLocks;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.context.annotation.Import;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Examples of docs/testing.md: the beans of a context, with locks that do what the test
 * says. No Redis is there.
 */
@SpringBootTest(classes = { InvoiceJob.class, Invoices.class },
		properties = { "spring.config.name=none", "distributed-scheduled.namespace=billing" })
@ImportAutoConfiguration(DistributedScheduledAutoConfiguration.class)
@Import(TestLocks.class)
class InvoiceJobContextTests {

	@Autowired
	private InvoiceJob job;

	@Autowired
	private Invoices invoices;

	@Autowired
	private TestLocks locks;

	@AfterEach
	void grant() {
		this.locks.grant();
		this.invoices.sent.clear();
	}

	@Test
	void theWinnerSendsAll() {
		this.job.send();
		assertThat(this.invoices.sent).hasSize(3);
	}

	@Test
	void whoeverIsRefusedSendsNothing() {
		this.locks.refuse(SkipReason.LOCK_REFUSED);
		this.job.send();
		assertThat(this.invoices.sent).isEmpty();
	}

}
