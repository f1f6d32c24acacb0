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

package io.github.lockstarter.lock;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.UUID;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

import io.github.lockstarter.SkipReason;
import io.github.lockstarter.fixture.RedisServer;
import io.github.lockstarter.fixture.TestTime;
import io.github.lockstarter.schedule.Tick;

import static org.assertj.core.api.Assertions.assertThat;

class ClockWatchTests {

	private final ListAppender<ILoggingEvent> log = new ListAppender<>();

	private final Logger logger = (Logger) LoggerFactory.getLogger(ClockWatch.class);

	private final Instant redisTime = Instant.parse("2026-01-01T00:00:00Z");

	@BeforeEach
	void listen() {
		this.log.start();
		this.logger.addAppender(this.log);
	}

	@AfterEach
	void stop() {
		this.logger.detachAppender(this.log);
	}

	private ClockWatch watch(Duration offset) {
		return new ClockWatch(Clock.fixed(this.redisTime.plus(offset), ZoneOffset.UTC), Duration.ofMinutes(1));
	}

	@Test
	void aServerThatIsBehindIsToldOnce() {
		ClockWatch watch = watch(Duration.ofMinutes(-5));
		watch.answered(watch.now(), this.redisTime);
		watch.answered(watch.now(), this.redisTime);
		assertThat(watch.offset()).isEqualTo(Duration.ofMinutes(-5));
		assertThat(this.log.list).singleElement().satisfies((event) -> {
			assertThat(event.getLevel()).isEqualTo(Level.WARN);
			assertThat(event.getFormattedMessage()).contains("5m behind", "NTP", "if the clock of Redis");
		});
		// Redis's clock is set back: all is well again
		watch.answered(watch.now(), this.redisTime.minus(Duration.ofMinutes(5)));
		assertThat(this.log.list).last().extracting(ILoggingEvent::getLevel).isEqualTo(Level.INFO);
	}

	@Test
	void aServerThatIsAheadIsNotBehind() {
		ClockWatch watch = watch(Duration.ofMinutes(5));
		watch.answered(watch.now(), this.redisTime);
		assertThat(watch.offset()).isEqualTo(Duration.ofMinutes(5));
		assertThat(this.log.list).isEmpty();
	}

	@Test
	void theOffsetIsMeasuredOnEveryQuestion() {
		LockSettings settings = new LockSettings("clock", "test:", "one", Duration.ofSeconds(2), Duration.ofMinutes(1));
		Clock ahead = Clock.offset(Clock.systemUTC(), Duration.ofMinutes(10));
		RedisServer redis = RedisServer.shared();
		try (JobLocks locks = new JobLocks(TestRedisson.store(TestRedisson.client(redis), settings), settings,
				TestTime.with(ahead))) {
			Claim claim = locks
				.claim(new LockRequest("job-" + UUID.randomUUID(), new Tick.Nominal(ahead.instant()), false,
						Duration.ofSeconds(30), Duration.ZERO))
				.join();
			assertThat(claim).isInstanceOfSatisfying(Claim.Refused.class, (refused) -> {
				assertThat(refused.reason()).isEqualTo(SkipReason.CLOCK_AHEAD);
				assertThat(refused.detail()).contains("on Redis it is")
					.containsPattern("this server is (9m5\\d+s|10m)(\\d+s)? ahead");
			});
		}
	}

}
