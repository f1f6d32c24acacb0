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

import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.Stream;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.scheduling.annotation.Scheduled;

import io.github.lockstarter.DistributedScheduled;
import io.github.lockstarter.fixture.RecordedEvents;
import io.github.lockstarter.fixture.Shortest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * An application whose Redis gives it trouble.
 */
final class TroubledApplication {

	static final Duration ACQUIRE_TIMEOUT = Duration.ofSeconds(1);

	/**
	 * How long a thread may be held. Redisson as it comes holds it for 5 to 20 seconds.
	 */
	static final Duration BOUND = ACQUIRE_TIMEOUT.plusMillis(100);

	/** How often the machine may spoil a measurement. */
	private static final int ATTEMPTS = 10;

	private TroubledApplication() {
	}

	/**
	 * Calls more than once only where the machine stood still, too.
	 */
	static void assertThreadIsLetGo(String what, Runnable call) {
		assertThreadIsLetGo(what, ATTEMPTS, () -> {
			long start = System.nanoTime();
			call.run();
			return Duration.ofNanos(System.nanoTime() - start);
		});
	}

	static void assertThreadIsLetGo(String what, int attempts, Supplier<Duration> held) {
		assertThat(Shortest.of(what, BOUND, attempts, held)).as("for how long the thread is held: " + what)
			.isLessThan(BOUND);
	}

	static ConfigurableApplicationContext start(Class<?> job, String url) {
		return start(job, url, Duration.ofSeconds(60));
	}

	static ConfigurableApplicationContext start(Class<?> job, String url, Duration lease) {
		return TestApplication.start(List.of(TestApplication.App.class, RecordedEvents.class, job),
				"spring.application.name=down-" + UUID.randomUUID(), "spring.data.redis.url=" + url,
				"distributed-scheduled.acquire-timeout=" + ACQUIRE_TIMEOUT.toMillis(),
				"distributed-scheduled.lease=" + lease.toMillis());
	}

	static List<String> lines(CapturedOutput output, String... levels) {
		return lines(output.toString(), levels);
	}

	static List<String> lines(String output, String... levels) {
		return output.lines()
			.filter((line) -> Stream.of(levels).anyMatch((level) -> line.matches("[\\d:.]+ " + level + " .*")))
			.filter((line) -> !line.contains("but not with @Scheduled"))
			.filter((line) -> !isOfTheFixture(line))
			// At some garbage collection, about any Redisson of this JVM
			.filter((line) -> !line.contains("ResourceLeakDetector"))
			.toList();
	}

	/**
	 * Tell whether a line is about the container of the Redis for tests.
	 */
	static boolean isOfTheFixture(String line) {
		return line.matches(".*] (o\\.t\\.|org\\.testcontainers|tc\\.).*");
	}

	/**
	 * Of anybody: what Redisson has to say is said by us. Several threads may notice at
	 * once, and the one that says it may be later than the one that is tested.
	 */
	static void assertOneWarningAndOneInfo(CapturedOutput output) {
		await().untilAsserted(() -> {
			assertThat(lines(output, "WARN", "ERROR")).singleElement()
				.asString()
				.contains("Redis cannot be asked for locks: ",
						"Jobs wait or are skipped on this server until it answers", "address");
			assertThat(lines(output, "INFO")).filteredOn((line) -> line.contains("Redis answers again")).hasSize(1);
		});
	}

	static class EverySecond {

		@Scheduled(cron = "* * * * * *")
		@DistributedScheduled
		void run() {
		}

	}

	static class ByHand {

		@DistributedScheduled
		void run() {
		}

	}

}
