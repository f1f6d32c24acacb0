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

import java.time.Instant;

import org.junit.jupiter.api.ClassOrderer;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestClassOrder;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Import;
import org.springframework.core.SpringVersion;
import org.springframework.scheduling.annotation.EnableScheduling;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

import io.github.lockstarter.DistributedScheduled;
import io.github.lockstarter.JobRun;
import io.github.lockstarter.fixture.RedisServer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Spring's test framework keeps contexts. Since 7.0 it pauses one while another one is
 * used, and starts it again for the next test that wants it.
 */
@TestClassOrder(ClassOrderer.OrderAnnotation.class)
class CachedContextTests {

	private static ConfigurableApplicationContext first;

	@DynamicPropertySource
	static void redis(DynamicPropertyRegistry properties) {
		properties.add("spring.data.redis.url", RedisServer.shared()::address);
	}

	private static void awaitRun(Job job) {
		Instant start = Instant.now();
		await().until(() -> job.lastTick().isAfter(start));
	}

	@Nested
	@Order(1)
	@SpringBootTest(classes = Application.class, webEnvironment = WebEnvironment.NONE,
			properties = { "spring.config.name=none", "spring.application.name=cached-first" })
	class First {

		@Test
		void itsJobRuns(@Autowired ConfigurableApplicationContext context, @Autowired Job job) {
			first = context;
			awaitRun(job);
		}

	}

	@Nested
	@Order(2)
	@SpringBootTest(classes = Application.class, webEnvironment = WebEnvironment.NONE,
			properties = { "spring.config.name=none", "spring.application.name=cached-between" })
	class Between {

		@Test
		void itsJobRunsAndTheFirstContextIsPaused(@Autowired Job job) {
			awaitRun(job);
			boolean pauses = String.valueOf(SpringVersion.getVersion()).startsWith("7");
			assertThat(first.isRunning()).isEqualTo(!pauses);
		}

	}

	@Nested
	@Order(3)
	@SpringBootTest(classes = Application.class, webEnvironment = WebEnvironment.NONE,
			properties = { "spring.config.name=none", "spring.application.name=cached-first" })
	class FirstAgain {

		@Test
		void itsJobRunsAgain(@Autowired ConfigurableApplicationContext context, @Autowired Job job) {
			assertThat(context).isSameAs(first);
			assertThat(context.isRunning()).isTrue();
			awaitRun(job);
		}

	}

	/**
	 * No component: the sample's own application would find it.
	 */
	@EnableAutoConfiguration
	@EnableScheduling
	@Import(Job.class)
	static class Application {

	}

	static class Job {

		private volatile Instant lastTick = Instant.EPOCH;

		@Scheduled(cron = "* * * * * *")
		@DistributedScheduled("cached")
		void run() {
			this.lastTick = JobRun.current().tick();
		}

		/** A method, because the proxy has fields of its own. */
		Instant lastTick() {
			return this.lastTick;
		}

	}

}
