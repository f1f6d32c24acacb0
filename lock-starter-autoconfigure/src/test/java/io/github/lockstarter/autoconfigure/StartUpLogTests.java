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

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.scheduling.annotation.Scheduled;

import io.github.lockstarter.DistributedScheduled;
import io.github.lockstarter.JobRun;
import io.github.lockstarter.fixture.RedisServer;
import io.github.lockstarter.run.RunSettings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * What an application says when it starts.
 */
@ExtendWith(OutputCaptureExtension.class)
class StartUpLogTests {

	@Test
	void oneLineTellsNamespaceServerAddressAndJobs(CapturedOutput output) {
		RedisServer redis = RedisServer.shared();
		try (ConfigurableApplicationContext context = TestApplication.start(TwoJobs.class,
				"spring.application.name=shop", "distributed-scheduled.server-id=batch-1",
				"spring.data.redis.host=" + redis.host(), "spring.data.redis.port=" + redis.port())) {
			assertThat(context.isActive()).isTrue();
			assertThat(lines(output, "INFO")).singleElement()
				.asString()
				.endsWith("Distributed scheduling: namespace 'shop', server 'batch-1', locks on " + redis.address()
						+ "/0, 2 jobs: settlement, startUpLogTests.TwoJobs.archive");
			assertThat(lines(output, "WARN")).isEmpty();
		}
	}

	@Test
	void theAddressIsShownWithoutThePassword(CapturedOutput output) {
		try (RedisServer redis = RedisServer.start("--requirepass", "s3cret");
				ConfigurableApplicationContext context = TestApplication.start(TwoJobs.class,
						"spring.application.name=shop",
						"spring.data.redis.url=redis://default:s3cret@127.0.0.1:" + redis.port() + "/1")) {
			assertThat(context.isActive()).isTrue();
			assertThat(lines(output, "INFO")).singleElement()
				.asString()
				.contains("locks on redis://127.0.0.1:" + redis.port() + "/1, ");
		}
		assertThat(output).doesNotContain("s3cret");
	}

	@Test
	void aServerWithoutAnIdIsGivenOne(CapturedOutput output) {
		try (ConfigurableApplicationContext context = TestApplication.start(TwoJobs.class, TestApplication.LOCAL)) {
			String server = context.getBean(RunSettings.class).server();
			assertThat(server).matches("[^:]+:" + ProcessHandle.current().pid() + ":[0-9a-f]{4}");
			assertThat(lines(output, "INFO")).singleElement().asString().contains("server '" + server + "'");
		}
	}

	@Test
	void theNamespaceOfThePropertyWins(CapturedOutput output) {
		try (ConfigurableApplicationContext context = TestApplication.start(TwoJobs.class,
				"spring.application.name=shop", "distributed-scheduled.mode=local",
				"distributed-scheduled.namespace=shop-test")) {
			assertThat(context.isActive()).isTrue();
			assertThat(output).contains("namespace 'shop-test'");
		}
	}

	static class TwoJobs {

		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled("settlement")
		void settle() {
		}

		@Scheduled(cron = "0 0 4 * * *")
		@DistributedScheduled
		void archive() {
		}

	}

	/**
	 * Neither namespace nor Redis: an application without jobs has the starter for
	 * nothing, and that must not hurt.
	 */
	@Test
	void anApplicationWithoutJobsSaysNothingAndNeedsNothing(CapturedOutput output) {
		try (ConfigurableApplicationContext context = TestApplication.start(NoJob.class,
				"spring.data.redis.url=nonsense")) {
			assertThat(context.isActive()).isTrue();
			assertThat(output).doesNotContain("Distributed scheduling");
			assertThat(lines(output, "WARN")).isEmpty();
		}
	}

	static class NoJob {

		@Scheduled(cron = "0 0 3 * * *")
		void run() {
		}

	}

	@Test
	void aMethodThatNothingFiresIsAWarning(CapturedOutput output) {
		try (ConfigurableApplicationContext context = TestApplication.start(NotScheduled.class,
				TestApplication.LOCAL)) {
			assertThat(lines(output, "WARN")).filteredOn((line) -> line.contains("@Scheduled"))
				.singleElement()
				.asString()
				.endsWith(NotScheduled.class.getName() + ".run() of bean 'startUpLogTests.NotScheduled' is annotated "
						+ "with @DistributedScheduled but not with @Scheduled. It runs under the lock when other beans call "
						+ "it, and without it when its own bean does; nothing else fires it.");
			context.getBean(NotScheduled.class).run();
			assertThat(context.getBean(NotScheduled.class).calls()).isEqualTo(1);
		}
	}

	static class NotScheduled {

		private final AtomicInteger calls = new AtomicInteger();

		@DistributedScheduled
		void run() {
			assertThat(JobRun.current().trigger()).isEqualTo(JobRun.Trigger.MANUAL);
			this.calls.incrementAndGet();
		}

		int calls() {
			return this.calls.get();
		}

	}

	@Test
	void jobsWithoutEnableSchedulingAreAWarning(CapturedOutput output) {
		try (ConfigurableApplicationContext context = TestApplication.start(List.of(NoScheduling.class, TwoJobs.class),
				TestApplication.LOCAL)) {
			assertThat(context.isActive()).isTrue();
			assertThat(lines(output, "WARN")).filteredOn((line) -> line.contains("Scheduling is not enabled"))
				.singleElement()
				.asString()
				.contains("no @Scheduled method of a job is fired on this server",
						TwoJobs.class.getName() + ".settle() of bean", TwoJobs.class.getName() + ".archive() of bean",
						"Put @EnableScheduling on a configuration class");
		}
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class NoScheduling {

	}

	@Test
	void localLocksAreAWarningAndWork(CapturedOutput output) {
		try (ConfigurableApplicationContext context = TestApplication.start(EverySecond.class, TestApplication.LOCAL)) {
			assertThat(lines(output, "WARN")).singleElement()
				.asString()
				.contains("distributed-scheduled.mode is 'local'", "every other server runs them too",
						"Leave it out on servers");
			assertThat(lines(output, "INFO")).first().asString().contains("locks on this JVM only, 1 job: ");
			await().until(() -> context.getBean(EverySecond.class).ticks() > 0);
		}
	}

	static class EverySecond {

		private final AtomicInteger ticks = new AtomicInteger();

		@Scheduled(cron = "* * * * * *")
		@DistributedScheduled
		void run() {
			JobRun run = JobRun.current();
			assertThat(run.trigger()).isEqualTo(JobRun.Trigger.SCHEDULE);
			run.assertLockHeld();
			this.ticks.incrementAndGet();
		}

		int ticks() {
			return this.ticks.get();
		}

	}

	/**
	 * The second server says why it does not run, once at INFO.
	 */
	@Test
	void theFirstSkipIsShown(CapturedOutput output) {
		RedisServer redis = RedisServer.shared();
		String[] one = { "spring.application.name=first-skip", "distributed-scheduled.server-id=batch-1",
				"spring.data.redis.url=" + redis.address() };
		String[] two = one.clone();
		two[1] = "distributed-scheduled.server-id=batch-2";
		try (ConfigurableApplicationContext first = TestApplication.start(LongHeld.class, one);
				ConfigurableApplicationContext second = TestApplication.start(LongHeld.class, two)) {
			TestApplication.awaitRedis(first);
			TestApplication.awaitRedis(second);
			first.getBean(LongHeld.class).run();
			second.getBean(LongHeld.class).run();
			second.getBean(LongHeld.class).run();
			assertThat(lines(output, "INFO")).filteredOn((line) -> line.contains("is not run on batch-2"))
				.singleElement()
				.asString()
				.contains("startUpLogTests.LongHeld.run is not run on batch-2: HELD, last run on batch-1, started at ",
						"Later skips of this job for this reason are logged at DEBUG.");
		}
	}

	static class LongHeld {

		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled(lockAtLeastFor = "1h")
		void run() {
		}

	}

	/**
	 * What is logged by us at INFO; at other levels what is logged by anybody.
	 */
	private static List<String> lines(CapturedOutput output, String level) {
		return output.toString()
			.lines()
			.filter((line) -> line.contains(" " + level + " "))
			.filter((line) -> !TroubledApplication.isOfTheFixture(line))
			.filter((line) -> !level.equals("INFO") || line.contains("] i.g.l")
					|| line.contains("] io.github.lockstarter"))
			.toList();
	}

}
