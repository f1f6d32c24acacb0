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
import java.time.Instant;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;

import io.github.lockstarter.JobSkipped;
import io.github.lockstarter.SkipReason;
import io.github.lockstarter.autoconfigure.TroubledApplication.ByHand;
import io.github.lockstarter.autoconfigure.TroubledApplication.EverySecond;
import io.github.lockstarter.fixture.RecordedEvents;
import io.github.lockstarter.fixture.RedisServer;
import io.github.lockstarter.fixture.TcpProxy;
import io.github.lockstarter.lock.JobLocks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Redis takes what it is sent and does not answer, or refuses to. That is no different
 * from a Redis that is away.
 */
@ExtendWith(OutputCaptureExtension.class)
class RedisSilentTests {

	/**
	 * Connections stay open and nothing is answered.
	 */
	@Test
	void silentWhileTheApplicationRuns(CapturedOutput output) {
		try (RedisServer redis = RedisServer.start();
				ConfigurableApplicationContext context = TroubledApplication.start(EverySecond.class,
						redis.address())) {
			RecordedEvents events = context.getBean(RecordedEvents.class);
			await().until(() -> !events.finished().isEmpty());
			redis.pause();
			TroubledApplication.assertThreadIsLetGo("silent Redis", context.getBean(EverySecond.class)::run);
			await().until(() -> events.skips().size() >= 2);
			assertThat(events.skips()).extracting(JobSkipped::reason).containsOnly(SkipReason.REDIS_UNAVAILABLE);
			redis.resume();
			Instant back = Instant.now();
			await().until(() -> events.started().stream().anyMatch((run) -> run.tick().isAfter(back)));
			TroubledApplication.assertOneWarningAndOneInfo(output);
		}
	}

	/**
	 * Whoever connects to a Redis that accepts and says nothing.
	 */
	@Test
	void silentAtTheStart(CapturedOutput output) {
		try (TcpProxy line = TcpProxy.to(RedisServer.shared())) {
			line.hang();
			try (ConfigurableApplicationContext context = TroubledApplication.start(ByHand.class, line.address())) {
				RecordedEvents events = context.getBean(RecordedEvents.class);
				ByHand job = context.getBean(ByHand.class);
				TroubledApplication.assertThreadIsLetGo("Redis that was silent from the start", job::run);
				assertThat(events.skips()).isNotEmpty()
					.extracting(JobSkipped::reason)
					.containsOnly(SkipReason.REDIS_UNAVAILABLE);
				line.heal();
				await().until(() -> {
					job.run();
					return !events.started().isEmpty();
				});
				await().untilAsserted(() -> assertThat(TroubledApplication.lines(output, "WARN", "ERROR"))
					.filteredOn((text) -> text.contains("Redis cannot be asked"))
					.hasSize(1));
			}
		}
	}

	@ParameterizedTest
	@CsvSource({ "'', NOAUTH", "wr0ng@, WRONGPASS" })
	void aPasswordThatIsWrong(String password, String cause, CapturedOutput output) {
		try (RedisServer redis = RedisServer.start("--requirepass", "s3cret");
				ConfigurableApplicationContext context = TroubledApplication.start(ByHand.class,
						redis.address().replace("//", "//" + password))) {
			// The first attempt to connect may take longer than a call waits
			assertThat(context.getBean(JobLocks.class).ready()).failsWithin(Duration.ofSeconds(30));
			context.getBean(ByHand.class).run();
			assertThat(context.getBean(RecordedEvents.class).skips()).singleElement().satisfies((skip) -> {
				assertThat(skip.reason()).isEqualTo(SkipReason.REDIS_UNAVAILABLE);
				assertThat(skip.detail()).contains(cause);
			});
			// Said once, by the thread that connects or by this one: whichever was first
			await().untilAsserted(() -> assertThat(TroubledApplication.lines(output, "WARN"))
				.filteredOn((line) -> line.contains("Redis cannot be asked"))
				.singleElement()
				.asString()
				.contains(cause));
		}
		assertThat(output).doesNotContain("wr0ng");
	}

}
