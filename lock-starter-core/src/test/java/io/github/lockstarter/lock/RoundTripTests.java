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

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.UUID;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.redisson.api.RedissonClient;

import io.github.lockstarter.RunOutcome;
import io.github.lockstarter.SkipReason;
import io.github.lockstarter.fixture.Monitor;
import io.github.lockstarter.fixture.Attempts;
import io.github.lockstarter.fixture.RedisServer;
import io.github.lockstarter.fixture.SkippedTime;
import io.github.lockstarter.schedule.Tick;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Counts the commands that Redis receives.
 */
class RoundTripTests {

	private final RedisServer redis = RedisServer.shared();

	private final String job = "trips-" + UUID.randomUUID();

	private static final Duration LEASE = Duration.ofMinutes(30);

	private final SkippedTime time = new SkippedTime();

	private final Instant tick = Instant.ofEpochSecond(Instant.now().getEpochSecond() - 300);

	private RedissonClient one;

	private RedissonClient two;

	private JobLocks locksOfOne;

	private JobLocks locksOfTwo;

	private Monitor monitor;

	@BeforeEach
	void connect() {
		this.one = TestRedisson.client(this.redis);
		this.two = TestRedisson.client(this.redis);
		this.locksOfOne = locks(this.one, "one");
		this.locksOfTwo = locks(this.two, "two");
		this.monitor = this.redis.monitor();
	}

	private JobLocks locks(RedissonClient client, String server) {
		LockSettings settings = new LockSettings("trips", "test:", server, Duration.ofSeconds(2),
				Duration.ofMinutes(1));
		LockStore store = TestRedisson.store(client, settings);
		Attempts.untilDone(store::ready);
		JobLocks locks = new JobLocks(store, settings, this.time);
		// A script is sent in full once
		LockRequest request = new LockRequest("warm-up", new Tick.Manual(), false, LEASE, Duration.ZERO);
		HeldLock lock = granted(locks.claim(request).join());
		store.renew(request, 0, Instant.now()).join();
		lock.finish(RunOutcome.SUCCEEDED, null).join();
		return locks;
	}

	@AfterEach
	void disconnect() {
		this.monitor.close();
		this.locksOfOne.close();
		this.locksOfTwo.close();
	}

	private LockRequest request(long plus) {
		return new LockRequest(this.job, new Tick.Nominal(this.tick.plusSeconds(plus)), false, LEASE, Duration.ZERO);
	}

	private static HeldLock granted(Claim claim) {
		assertThat(claim).isInstanceOf(Claim.Granted.class);
		return ((Claim.Granted) claim).lock();
	}

	/**
	 * What the servers sent; what scripts call inside Redis is not counted, nor what is
	 * asked once for each connection.
	 */
	private List<String> commands() {
		return this.monitor.received()
			.stream()
			.filter((command) -> !command.client().startsWith("lua"))
			.map((command) -> command.args().get(0).toUpperCase(Locale.ROOT))
			.filter((command) -> !command.equals("PING") && !command.equals("ECHO") && !command.equals("INFO"))
			.toList();
	}

	/**
	 * What scripts call inside Redis.
	 */
	private List<String> inScripts() {
		return this.monitor.received()
			.stream()
			.filter((command) -> command.client().startsWith("lua"))
			.map((command) -> command.args().get(0).toUpperCase(Locale.ROOT))
			.toList();
	}

	@Test
	void aWinnerMakesOneTripBeforeTheMethodAndOneAfterIt() {
		HeldLock lock = granted(this.locksOfOne.claim(request(0)).join());
		assertThat(commands()).containsExactly("EVALSHA");
		this.monitor.forget();
		lock.finish(RunOutcome.SUCCEEDED, null).join();
		assertThat(commands()).containsExactly("EVALSHA");
	}

	/**
	 * What a script does is work for Redis, and no other server is served meanwhile.
	 */
	@Test
	void aWinnerIsFourteenCommandsOfWorkForRedis() {
		granted(this.locksOfOne.claim(request(0)).join()).finish(RunOutcome.SUCCEEDED, null).join();
		this.monitor.forget();
		HeldLock lock = granted(this.locksOfOne.claim(request(1)).join());
		assertThat(inScripts()).containsExactly("HMGET", "TIME", "PTTL", "HSET", "PEXPIRE", "HSET", "PEXPIRE");
		this.monitor.forget();
		lock.finish(RunOutcome.SUCCEEDED, null).join();
		assertThat(inScripts()).containsExactly("HDEL", "PUBLISH", "HMGET", "TIME", "HSET", "XADD", "PEXPIRE");
	}

	@Test
	void aLoserMakesOneTrip() {
		granted(this.locksOfOne.claim(request(0)).join()).finish(RunOutcome.SUCCEEDED, null).join();
		this.monitor.forget();
		assertThat(this.locksOfTwo.claim(request(0)).join()).isInstanceOfSatisfying(Claim.Refused.class,
				(refused) -> assertThat(refused.reason()).isEqualTo(SkipReason.ALREADY_RAN));
		assertThat(commands()).containsExactly("EVALSHA");
		assertThat(inScripts()).containsExactly("HMGET", "TIME");
	}

	@Test
	void aBeatMakesOneTripForAllJobs() {
		Beat.Sender sender = Beat.Sender.of(Instant.now(), new Random(1));
		List<Beat.JobNews> news = List.of(new Beat.JobNews("one", Duration.ZERO, null, null, null),
				new Beat.JobNews("two", Duration.ZERO, Duration.ZERO, null, null));
		Beat.Facts facts = new Beat.Facts("host", "1.0", List.of());
		// The script is sent in full once
		this.locksOfOne.beat(new Beat(sender, facts, false, false, List.of(), List.of(), news)).join();
		this.monitor.forget();
		this.locksOfOne
			.beat(new Beat(sender.next().after(sender, new Random(2)), null, false, false, List.of(), List.of(), news))
			.join();
		assertThat(commands()).containsExactly("EVALSHA");
		assertThat(inScripts()).doesNotContain("PUBLISH");
	}

	@Test
	void aRunningJobMakesOneTripPerThirdOfALease() {
		HeldLock lock = granted(this.locksOfOne.claim(request(0)).join());
		this.monitor.forget();
		lock.keep((cause) -> {
		});
		renewals(lock, 4);
		assertThat(lock.isHeld()).isTrue();
		lock.finish(RunOutcome.SUCCEEDED, null).join();
	}

	/**
	 * Skip thirds of a lease, and see one command in each of them.
	 */
	private void renewals(HeldLock lock, int thirds) {
		for (int i = 0; i < thirds; i++) {
			this.time.skip(LEASE.dividedBy(3).minusMinutes(1));
			assertThat(commands()).hasSize(i);
			this.time.skip(Duration.ofMinutes(1));
			await().until(() -> lock.left().compareTo(LEASE.minusMinutes(1)) > 0);
			assertThat(commands()).hasSize(i + 1);
		}
	}

	@Test
	void twoHundredRunsLeaveNoRenewalBehind() {
		for (int i = 0; i < 200; i++) {
			HeldLock lock = granted(this.locksOfOne.claim(request(i)).join());
			lock.keep((cause) -> {
			});
			lock.finish(RunOutcome.SUCCEEDED, null).join();
		}
		HeldLock last = granted(this.locksOfOne.claim(request(200)).join());
		this.monitor.forget();
		last.keep((cause) -> {
		});
		// Of the last one alone
		renewals(last, 2);
		last.finish(RunOutcome.SUCCEEDED, null).join();
	}

}
