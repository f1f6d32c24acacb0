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

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;

import io.github.lockstarter.DistributedScheduled;
import io.github.lockstarter.JobFinished;
import io.github.lockstarter.JobRun;
import io.github.lockstarter.JobSkipped;
import io.github.lockstarter.SkipReason;
import io.github.lockstarter.autoconfigure.TroubledApplication.EverySecond;
import io.github.lockstarter.fixture.RecordedEvents;
import io.github.lockstarter.fixture.RedisServer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Redis is away. The application starts all the same, no scheduler thread is held for
 * long, and jobs run again as soon as Redis answers.
 */
@ExtendWith(OutputCaptureExtension.class)
class RedisDownTests {

	@Test
	void downAtTheStart(CapturedOutput output) {
		try (RedisServer redis = RedisServer.reserved();
				ConfigurableApplicationContext context = TroubledApplication.start(EverySecond.class,
						redis.address())) {
			RecordedEvents events = context.getBean(RecordedEvents.class);
			await().until(() -> events.skips().size() >= 2);
			assertThat(events.skips()).allSatisfy((skip) -> {
				assertThat(skip.reason()).isEqualTo(SkipReason.REDIS_UNAVAILABLE);
				assertThat(skip.tick()).isNotNull();
				assertThat(skip.detail()).isNotEmpty();
			});
			redis.startAgain();
			Instant back = Instant.now();
			// The next attempt to connect is a second away at the most
			Instant connected = back.plusSeconds(1).plus(TroubledApplication.ACQUIRE_TIMEOUT);
			await().until(() -> events.started().stream().filter((run) -> run.tick().isAfter(connected)).count() >= 2);
			assertThat(events.skips()).as("ticks after Redis was back that were skipped")
				.noneMatch((skip) -> skip.tick() != null && skip.tick().isAfter(connected));
			assertThat(events.started()).allSatisfy((run) -> assertThat(run.tick()).isAfter(back.minusSeconds(2)));
			TroubledApplication.assertOneWarningAndOneInfo(output);
		}
	}

	@Test
	void killedWhileTheApplicationRuns(CapturedOutput output) {
		try (RedisServer redis = RedisServer.start();
				ConfigurableApplicationContext context = TroubledApplication.start(EverySecond.class,
						redis.address())) {
			RecordedEvents events = context.getBean(RecordedEvents.class);
			await().until(() -> !events.finished().isEmpty());
			redis.kill();
			await().until(() -> !events.skips().isEmpty());
			TroubledApplication.assertThreadIsLetGo("killed Redis", context.getBean(EverySecond.class)::run);
			redis.startAgain();
			Instant back = Instant.now();
			await().until(() -> events.started().stream().anyMatch((run) -> run.tick().isAfter(back)));
			assertThat(events.skips()).extracting(JobSkipped::reason).containsOnly(SkipReason.REDIS_UNAVAILABLE);
			assertThat(events.skips()).noneMatch((skip) -> skip.tick() != null && skip.tick().isAfter(back));
			TroubledApplication.assertOneWarningAndOneInfo(output);
		}
	}

	/**
	 * What a job has done stays done. Its thread doesn't wait for Redis to hear of it.
	 */
	@Test
	void killedWhileAJobRuns() {
		TroubledApplication.assertThreadIsLetGo("end of a run whose Redis was killed", 3, () -> {
			try (RedisServer redis = RedisServer.start();
					ConfigurableApplicationContext context = TroubledApplication.start(KillsRedis.class,
							redis.address())) {
				KillsRedis job = context.getBean(KillsRedis.class);
				job.victim(redis);
				TestApplication.awaitRedis(context);
				assertThat(job.run()).isEqualTo("done");
				Duration held = Duration.ofNanos(System.nanoTime() - job.ended());
				assertThat(context.getBean(RecordedEvents.class).all()).last().isInstanceOf(JobFinished.class);
				return held;
			}
		});
	}

	static class KillsRedis {

		private RedisServer victim;

		private long ended;

		void victim(RedisServer victim) {
			this.victim = victim;
		}

		long ended() {
			return this.ended;
		}

		@DistributedScheduled
		String run() {
			JobRun.current().assertLockHeld();
			this.victim.kill();
			this.ended = System.nanoTime();
			return "done";
		}

	}

}
