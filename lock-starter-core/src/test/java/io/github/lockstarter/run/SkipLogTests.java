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

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import io.github.lockstarter.JobSkipped;
import io.github.lockstarter.SkipReason;
import io.github.lockstarter.lock.Trouble;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * How loudly a skip is told.
 */
class SkipLogTests {

	private static final Instant TICK = Instant.parse("2026-01-01T03:00:00Z");

	private static final Instant SINCE = Instant.parse("2026-01-01T03:00:00.012Z");

	private final SkipLog log = new SkipLog(System::nanoTime);

	@Test
	void theFirstSkipOfEachJobIsInfoAndLaterOnesAreDebug() {
		try (LogCapture capture = new LogCapture(SkipLog.class)) {
			this.log.skipped(skip("settlement", SkipReason.ALREADY_RAN, null));
			this.log.skipped(skip("settlement", SkipReason.ALREADY_RAN, null));
			this.log.skipped(skip("archive", SkipReason.LOCK_REFUSED, "so close"));
			assertThat(capture.lines()).containsExactly(
					"INFO Lock refused: settlement at tick 2026-01-01T03:00:00Z is not run on server-2: ALREADY_RAN, "
							+ "last run on server-1, started at 2026-01-01T03:00:00.012Z. "
							+ "Later skips of this job for this reason are logged at DEBUG.",
					"DEBUG Lock refused: settlement at tick 2026-01-01T03:00:00Z is not run on server-2: ALREADY_RAN, "
							+ "last run on server-1, started at 2026-01-01T03:00:00.012Z",
					"INFO Lock refused: archive at tick 2026-01-01T03:00:00Z is not run on server-2: LOCK_REFUSED, "
							+ "last run on server-1, started at 2026-01-01T03:00:00.012Z (so close). "
							+ "Later skips of this job for this reason are logged at DEBUG.");
		}
	}

	@ParameterizedTest
	@EnumSource
	void theFirstSkipForEachReasonIsInfo(SkipReason reason) {
		for (SkipReason other : SkipReason.values()) {
			if (other != reason) {
				this.log.skipped(skip("settlement", other, null));
			}
		}
		try (LogCapture capture = new LogCapture(SkipLog.class)) {
			this.log.skipped(skip("settlement", reason, null));
			this.log.skipped(skip("settlement", reason, null));
			assertThat(capture.lines()).filteredOn((line) -> line.contains("at tick"))
				.filteredOn((line) -> line.contains(": " + reason + ", "))
				.extracting((line) -> line.split(" ")[0])
				.containsExactly("INFO", "DEBUG");
		}
	}

	@ParameterizedTest
	@EnumSource(names = { "STILL_RUNNING", "CRASHED" })
	void aJobThatHangsIsToldAgainEveryHour(SkipReason reason) {
		AtomicLong now = new AtomicLong();
		SkipLog log = new SkipLog(now::get);
		try (LogCapture capture = new LogCapture(SkipLog.class)) {
			for (int minutes = 0; minutes <= 120; minutes++) {
				log.skipped(skip("settlement", reason, null));
				log.skipped(skip("settlement", SkipReason.ALREADY_RAN, null));
				now.addAndGet(Duration.ofMinutes(1).toNanos());
			}
			assertThat(capture.lines("INFO")).filteredOn((line) -> line.contains(reason.name()))
				.hasSize(3)
				.allMatch((line) -> line.endsWith("More such skips are logged at DEBUG for an hour."));
			assertThat(capture.lines("INFO")).filteredOn((line) -> line.contains("ALREADY_RAN")).hasSize(1);
		}
	}

	/**
	 * Its own timer began a moment before its first run was granted.
	 */
	@Test
	void aServerThatIsEarlyForItsOwnRateIsNoNews() {
		try (LogCapture capture = new LogCapture(SkipLog.class)) {
			this.log
				.skipped(new JobSkipped("rates", "server-2", null, SkipReason.NOT_DUE, "server-2", SINCE, null, null));
			assertThat(capture.lines("INFO")).isEmpty();
			assertThat(capture.lines("DEBUG")).hasSize(1);
			this.log
				.skipped(new JobSkipped("rates", "server-2", null, SkipReason.NOT_DUE, "server-1", SINCE, null, null));
			assertThat(capture.lines("INFO")).singleElement().asString().contains("NOT_DUE, last run on server-1");
		}
	}

	/**
	 * Names that code makes up are not remembered for ever.
	 */
	@Test
	void jobsAreForgottenWhenThereAreMoreThanAThousand() {
		for (int i = 0; i < 1000; i++) {
			this.log.skipped(skip("import-" + i, SkipReason.ALREADY_RAN, null));
			this.log.unavailable("import-" + i, "ERR", Trouble.ERROR);
		}
		assertThat(told("import-0")).isEmpty();
		assertThat(told("one-more")).containsExactly("INFO", "WARN");
		assertThat(told("one-more")).isEmpty();
		assertThat(told("import-0")).containsExactly("INFO", "WARN");
	}

	/**
	 * Return how loudly a skip and an error of a job are told.
	 */
	private List<String> told(String job) {
		try (LogCapture capture = new LogCapture(SkipLog.class)) {
			this.log.skipped(skip(job, SkipReason.ALREADY_RAN, null));
			this.log.unavailable(job, "ERR", Trouble.ERROR);
			return capture.lines()
				.stream()
				.map((line) -> line.split(" ")[0])
				.filter((level) -> !level.equals("DEBUG"))
				.toList();
		}
	}

	@Test
	void whatIsNotKnownIsLeftOut() {
		try (LogCapture capture = new LogCapture(SkipLog.class)) {
			this.log
				.skipped(new JobSkipped("settlement", "server-2", null, SkipReason.CLOSING, null, null, null, null));
			assertThat(capture.lines()).singleElement()
				.asString()
				.startsWith("INFO Skipped: settlement is not run on server-2: CLOSING. ");
		}
	}

	@Test
	void redisThatIsAwayIsOneWarningAndOneInfoWhenItIsBack() {
		try (LogCapture capture = new LogCapture(SkipLog.class)) {
			this.log.redisLost("RedisConnectionException: refused");
			this.log.unavailable("settlement", "no answer within 2000 ms", Trouble.AWAY);
			this.log.unavailable("archive", "no answer within 2000 ms", Trouble.AWAY);
			this.log.skipped(skip("settlement", SkipReason.REDIS_UNAVAILABLE, "no answer within 2000 ms"));
			this.log.skipped(skip("archive", SkipReason.REDIS_UNAVAILABLE, "no answer within 2000 ms"));
			this.log.skipped(skip("archive", SkipReason.CLOSING, null));
			assertThat(capture.lines("WARN")).singleElement()
				.asString()
				.contains("RedisConnectionException: refused", "address");
			assertThat(capture.lines()).noneMatch((line) -> line.contains("answers again"));
			this.log.skipped(skip("archive", SkipReason.ALREADY_RAN, null));
			this.log.redisAnswered("settlement");
			assertThat(capture.lines("INFO")).filteredOn((line) -> line.contains("answers again")).hasSize(1);
			this.log.redisLost("gone once more");
			assertThat(capture.lines("WARN")).hasSize(2);
		}
	}

	@Test
	void aShardThatIsAwayIsOneWarningAlthoughOthersAnswer() {
		try (LogCapture capture = new LogCapture(SkipLog.class)) {
			for (int i = 0; i < 3; i++) {
				this.log.unavailable("settlement", "no answer within 2000 ms", Trouble.AWAY);
				this.log.lockTaken("archive");
			}
			assertThat(capture.lines("WARN")).hasSize(1);
			assertThat(capture.lines("INFO")).isEmpty();
			this.log.lockTaken("settlement");
			assertThat(capture.lines("INFO")).singleElement().asString().contains("answers again");
		}
	}

	@Test
	void aMasterThatTakesNoLocksIsOneWarningAlthoughOthersDo() {
		try (LogCapture capture = new LogCapture(SkipLog.class)) {
			for (int i = 0; i < 3; i++) {
				this.log.unavailable("settlement", "OOM command not allowed", Trouble.REFUSING);
				this.log.lockTaken("archive");
			}
			assertThat(capture.lines("WARN")).hasSize(1);
			assertThat(capture.lines("INFO")).isEmpty();
		}
	}

	/**
	 * It would be silent about the next outage until then.
	 */
	@Test
	void aJobWhoseNextTickIsANightAwayIsNotWaitedFor() {
		AtomicLong now = new AtomicLong();
		SkipLog log = new SkipLog(now::get);
		try (LogCapture capture = new LogCapture(SkipLog.class)) {
			log.unavailable("nightly", "no answer within 2000 ms", Trouble.AWAY);
			log.lockTaken("hourly");
			assertThat(capture.lines("INFO")).isEmpty();
			now.addAndGet(Duration.ofMinutes(3).toNanos());
			log.lockTaken("hourly");
			assertThat(capture.lines("INFO")).singleElement().asString().contains("answers again");
			log.unavailable("hourly", "no answer within 2000 ms", Trouble.AWAY);
			assertThat(capture.lines("WARN")).hasSize(2);
		}
	}

	@Test
	void redisThatWasAwayAtTheStartIsBackWithTheFirstAnswer() {
		try (LogCapture capture = new LogCapture(SkipLog.class)) {
			this.log.redisLost("RedisConnectionException: refused");
			this.log.redisAnswered("settlement");
			assertThat(capture.lines("INFO")).singleElement().asString().contains("answers again");
		}
	}

	/**
	 * A replica answers every question. Only a lock that it gives shows that it is none
	 * any more.
	 */
	@Test
	void redisThatTakesNoLocksIsOneWarningAlthoughItAnswers() {
		try (LogCapture capture = new LogCapture(SkipLog.class)) {
			// Its master is gone, and it is not yet told to take over
			this.log.redisLost("RedisConnectionException: refused");
			for (String job : List.of("settlement", "archive", "settlement")) {
				this.log.unavailable(job, "READONLY", Trouble.REFUSING);
				this.log.redisAnswered(job);
				this.log.skipped(skip("rates", SkipReason.ALREADY_RAN, null));
			}
			assertThat(capture.lines("WARN")).hasSize(1);
			assertThat(capture.lines()).noneMatch((line) -> line.contains("again."));
			this.log.lockTaken("rates");
			this.log.lockTaken("archive");
			assertThat(capture.lines()).noneMatch((line) -> line.contains("again."));
			this.log.lockTaken("settlement");
			this.log.lockTaken("archive");
			assertThat(capture.lines("INFO")).filteredOn((line) -> line.contains("Redis takes locks again")).hasSize(1);
			this.log.unavailable("archive", "OOM command not allowed", Trouble.REFUSING);
			assertThat(capture.lines("WARN")).last()
				.asString()
				.contains("takes no locks: OOM command not allowed", "more memory")
				.doesNotContain("master", "rights");
		}
	}

	/**
	 * Redis is down, and when it is up it wants a password. The first reason is untrue by
	 * then, and who has mended it waits for the wrong thing.
	 */
	@Test
	void anotherReasonForTheSameTroubleIsSaidOnce() {
		try (LogCapture capture = new LogCapture(SkipLog.class)) {
			for (int round = 0; round < 3; round++) {
				for (String job : List.of("settlement", "archive")) {
					this.log.unavailable(job, "Connection refused: redis:6379", Trouble.AWAY);
					this.log.unavailable(job, "no answer within 2000 ms", Trouble.AWAY);
					this.log.unavailable(job, "NOAUTH Authentication required", Trouble.AWAY);
					this.log.unavailable(job, "READONLY You can't write", Trouble.REFUSING);
				}
			}
			assertThat(capture.lines("WARN")).singleElement().asString().contains("Connection refused: redis:6379");
			assertThat(capture.lines("INFO")).satisfiesExactly(
					(line) -> assertThat(line).contains("NOAUTH Authentication required", "the password"),
					(line) -> assertThat(line).contains("READONLY You can't write", "the master"));
			this.log.lockTaken("settlement");
			this.log.lockTaken("archive");
			this.log.unavailable("archive", "NOAUTH Authentication required", Trouble.AWAY);
			assertThat(capture.lines("WARN")).hasSize(2);
		}
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|',
			textBlock = """
					no answer within 2000 ms | right address | password
					Connection refused: 127.0.0.1:6379 | right address | password
					WRONGPASS invalid username-password pair or user is disabled | password | Check that Redis runs
					NOAUTH Authentication required | password | address
					TRYAGAIN Multiple keys request during rehashing of slot | ends by itself | address
					LOADING Redis is loading the dataset in memory | ends by itself | password
					ERR DB index is out of range | number of the database | password
					ERR max number of clients reached | maxclients | password
					unknown host my_redis | name of the host | password
					TLS with Redis failed: PKIX path building failed | certificate | password
					ERR This instance has cluster support disabled | in no cluster | password
					ERR unknown command `SENTINEL`, with args beginning with: | sentinels | renamed
					MOVED redirection loop detected. Node redis://10.0.0.5:6379 | as a cluster | Check that Redis runs
					ERR ACL failure in script: User app has no permissions to run the 'time' command | the rights | password
					DENIED Redis is running in protected mode because no password is set | protected-mode | Check that Redis runs
					the client of Redis is shut down | RedissonClient | Check that Redis runs
					what answers is no Redis: SSH-2.0-OpenSSH_9.2 | address and port | password
					the sentinels know no master of that name | sentinels call the master | password
					""")
	void theAdviceFitsTheReason(String reason, String advice, String noAdvice) {
		try (LogCapture capture = new LogCapture(SkipLog.class)) {
			this.log.unavailable("settlement", reason, Trouble.AWAY);
			assertThat(capture.lines("WARN")).singleElement().asString().contains(reason);
			assertThat(capture.lines("WARN")
				.get(0)
				.substring(capture.lines("WARN").get(0).indexOf(reason) + reason.length())).contains(advice)
				.doesNotContain(noAdvice);
		}
	}

	@Test
	void anErrorOfRedisConcernsOneJobAndIsOneWarningToo() {
		try (LogCapture capture = new LogCapture(SkipLog.class)) {
			for (int i = 0; i < 3; i++) {
				this.log.unavailable("settlement", "RedisException: WRONGTYPE", Trouble.ERROR);
				this.log.skipped(skip("settlement", SkipReason.REDIS_UNAVAILABLE, null));
				this.log.skipped(skip("archive", SkipReason.ALREADY_RAN, null));
			}
			assertThat(capture.lines("WARN")).singleElement()
				.asString()
				.contains("the lock of settlement with an error: RedisException: WRONGTYPE");
			this.log.lockTaken("archive");
			assertThat(capture.lines("INFO")).noneMatch((line) -> line.contains("without an error again"));
			this.log.lockTaken("settlement");
			this.log.lockTaken("settlement");
			assertThat(capture.lines("INFO")).filteredOn((line) -> line.contains("without an error again")).hasSize(1);
		}
	}

	@Test
	void aClockThatIsAheadIsOneWarningAndOneInfoWhenItIsRight() {
		try (LogCapture capture = new LogCapture(SkipLog.class)) {
			this.log.skipped(skip("settlement", SkipReason.CLOCK_AHEAD, "the time on Redis is 02:00"));
			this.log.skipped(skip("archive", SkipReason.CLOCK_AHEAD, "the time on Redis is 02:00"));
			assertThat(capture.lines("WARN")).singleElement()
				.asString()
				.contains("ahead of Redis's", "max-clock-skew", "settlement fires at 2026-01-01T03:00:00Z",
						"the time on Redis is 02:00", "NTP");
			this.log.clockFine();
			this.log.clockFine();
			assertThat(capture.lines("INFO")).filteredOn((line) -> line.contains("close enough")).hasSize(1);
		}
	}

	private static JobSkipped skip(String job, SkipReason reason, @Nullable String detail) {
		return new JobSkipped(job, "server-2", TICK, reason, "server-1", SINCE, detail, null);
	}

}
