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

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.MDC;
import reactor.core.publisher.Mono;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.scheduling.annotation.Async;
import org.springframework.scheduling.annotation.EnableAsync;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.scheduling.concurrent.ThreadPoolTaskExecutor;

import io.github.lockstarter.DistributedScheduled;
import io.github.lockstarter.JobFinished;
import io.github.lockstarter.JobRun;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * What log lines say that are written during a run, and the line that is written after
 * it.
 */
class LogContextTests {

	@AfterEach
	void clear() {
		MDC.clear();
	}

	@Test
	void oneLinePerRunSaysWhichJobAtWhichTickWithWhichTokenOnWhichServerForHowLong() {
		try (LogCapture log = new LogCapture(JobRunner.class); TestServer server = TestServer.running(Job.class)) {
			server.scheduler().fire("run");
			JobFinished finished = server.events(JobFinished.class).get(1);
			assertThat(log.lines("INFO")).filteredOn((line) -> line.startsWith("INFO Ran outer"))
				.singleElement()
				.asString()
				.matches("INFO Ran outer at tick 2020-01-01T03:00:00Z with token " + finished.token()
						+ " on server-1 in \\d+ ms: SUCCEEDED");
		}
	}

	@Test
	void aRunIsInTheContextOfItsThreadAndANestedOneInItsPlace() {
		MDC.put("user", "me");
		MDC.put("job", "mine");
		MDC.put(LogContext.TOKEN, "of somebody else");
		Map<String, String> before = MDC.getCopyOfContextMap();
		try (TestServer server = TestServer.running(Job.class)) {
			server.scheduler().fire("run");
			Job job = server.target(Job.class);
			assertThat(job.seen).containsOnlyKeys("outer", "inner", "outer again");
			assertThat(job.seen.get("outer")).containsEntry(LogContext.JOB, "outer")
				.containsEntry(LogContext.TOKEN, job.tokens.get("outer"))
				.containsEntry("user", "me")
				.containsEntry("job", "mine");
			assertThat(job.seen.get("inner")).containsEntry(LogContext.JOB, "inner")
				.containsEntry(LogContext.TOKEN, job.tokens.get("inner"));
			assertThat(job.seen.get("outer again")).isEqualTo(job.seen.get("outer"));
			assertThat(MDC.getCopyOfContextMap()).isEqualTo(before);
		}
	}

	@Test
	void nothingIsLeftOfARunThatThrows() {
		try (TestServer server = TestServer.running(Job.class)) {
			assertThatIllegalStateException().isThrownBy(server.bean(Job.class)::fail);
			assertThat(MDC.get(LogContext.JOB)).isNull();
			assertThat(MDC.get(LogContext.TOKEN)).isNull();
			assertThat(server.target(Job.class).seen.get("fails")).containsEntry(LogContext.JOB, "fails");
		}
	}

	@Test
	void itIsOnTheThreadOfTheMethod() throws Exception {
		try (TestServer server = TestServer.running(Pool.class, Job.class)) {
			server.bean(Job.class).async();
			JobFinished finished = server.await(JobFinished.class);
			assertThat(server.target(Job.class).seen.get("async")).containsEntry(LogContext.JOB, "async")
				.containsEntry(LogContext.TOKEN, Long.toString(finished.token()));
			Map<String, String> left = server.bean(ThreadPoolTaskExecutor.class).submit(() -> context()).get();
			assertThat(left).doesNotContainKeys(LogContext.JOB, LogContext.TOKEN);
		}
	}

	@Test
	void itIsThereWhereTheRunOfAPublisherIsCurrent() {
		try (TestServer server = TestServer.running(Job.class)) {
			server.bean(Job.class).reactive().block();
			JobFinished finished = server.await(JobFinished.class);
			assertThat(server.target(Job.class).seen.get("reactive")).containsEntry(LogContext.JOB, "reactive")
				.containsEntry(LogContext.TOKEN, Long.toString(finished.token()));
			assertThat(MDC.get(LogContext.JOB)).isNull();
		}
	}

	private static Map<String, String> context() {
		Map<String, String> context = MDC.getCopyOfContextMap();
		return (context != null) ? context : new HashMap<>();
	}

	static class Job {

		private final Map<String, Map<String, String>> seen = new ConcurrentHashMap<>();

		private final Map<String, String> tokens = new ConcurrentHashMap<>();

		private final ObjectProvider<Job> self;

		Job(ObjectProvider<Job> self) {
			this.self = self;
		}

		@Scheduled(cron = "0 0 3 * * *", zone = "UTC")
		@DistributedScheduled("outer")
		void run() {
			see("outer");
			this.self.getObject().inner();
			see("outer again");
		}

		@DistributedScheduled("inner")
		void inner() {
			see("inner");
		}

		@DistributedScheduled("fails")
		void fail() {
			see("fails");
			throw new IllegalStateException("no orders");
		}

		@Async
		@DistributedScheduled("async")
		void async() {
			see("async");
		}

		@DistributedScheduled("reactive")
		Mono<Void> reactive() {
			return Mono.fromRunnable(() -> see("reactive"));
		}

		private void see(String where) {
			this.seen.put(where, context());
			this.tokens.put(where, Long.toString(JobRun.current().token()));
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAsync
	static class Pool {

		@Bean
		ThreadPoolTaskExecutor taskExecutor() {
			ThreadPoolTaskExecutor executor = new ThreadPoolTaskExecutor();
			executor.setCorePoolSize(1);
			executor.setMaxPoolSize(1);
			return executor;
		}

	}

}
