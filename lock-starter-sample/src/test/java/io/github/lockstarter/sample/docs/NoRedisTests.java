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

import io.github.lockstarter.LockUnavailableException;
import io.github.lockstarter.autoconfigure.DistributedScheduledAutoConfiguration;
import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;

import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * The example of the documentation for a test that has no Redis.
 */
@SpringBootTest(classes = { InvoiceJob.class, Invoices.class },
		properties = { "spring.config.name=none", "distributed-scheduled.namespace=billing", "spring.data.redis.port=1",
				"distributed-scheduled.on-redis-unavailable=fail" })
@ImportAutoConfiguration(DistributedScheduledAutoConfiguration.class)
class NoRedisTests {

	@Test
	void aJobThatDoesNotRunFailsTheTest(@Autowired InvoiceJob job) {
		assertThatExceptionOfType(LockUnavailableException.class).isThrownBy(job::send);
	}

}
