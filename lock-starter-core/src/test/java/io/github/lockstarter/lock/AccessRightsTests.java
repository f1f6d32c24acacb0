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

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.redisson.api.RedissonClient;

import io.github.lockstarter.RunOutcome;
import io.github.lockstarter.SkipReason;
import io.github.lockstarter.fixture.Attempts;
import io.github.lockstarter.fixture.RedisServer;
import io.github.lockstarter.internal.time.TimeSource;
import io.github.lockstarter.schedule.Tick;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

/**
 * The rights that the documentation gives to the user of the locks are enough, and none
 * of them is too much. The line is read from the documentation.
 */
class AccessRightsTests {

	private static final Path DOCUMENTATION = Path.of("..", "docs", "configuration.md");

	private static final String NAMESPACE = "billing";

	private static final Duration LEASE = Duration.ofSeconds(4);

	private static final long OWNER = 4711;

	/** For all tests: each of them makes the user anew. */
	private static final RedisServer redis = RedisServer.start();

	private final String job = "rights-" + UUID.randomUUID();

	private final Instant tick = Instant.ofEpochSecond(Instant.now().getEpochSecond() - 300);

	private List<RunRecord> remembered = List.of();

	private final List<AutoCloseable> open = new ArrayList<>();

	@AfterEach
	void close() throws Exception {
		for (AutoCloseable closeable : this.open) {
			closeable.close();
		}
	}

	@Test
	void theDocumentedRightsAreEnoughForAJob() {
		user();
		theDocumentedRightsAreEnough();
	}

	private void theDocumentedRightsAreEnough() {
		JobLocks one = locks("one");
		JobLocks two = locks("two");
		LockRequest request = request(new Tick.Nominal(this.tick));
		HeldLock lock = granted(one.claim(request).join());
		lock.keep((cause) -> {
		});
		awaitRenewal();
		assertThat(refused(two.claim(request(new Tick.Nominal(this.tick.plusSeconds(1)))).join()).reason())
			.isEqualTo(SkipReason.STILL_RUNNING);
		assertThat(lock.finish(RunOutcome.SUCCEEDED, null).join()).isEqualTo(RunOutcome.SUCCEEDED);
		assertThat(refused(two.claim(request).join()).reason()).isEqualTo(SkipReason.ALREADY_RAN);
	}

	@Test
	void theDocumentedRightsAreEnoughForEveryStep() {
		user();
		steps();
		assertThat(this.remembered).extracting(RunRecord::state)
			.containsExactly(RunRecord.State.SUCCEEDED, RunRecord.State.LOCK_LOST, RunRecord.State.SUCCEEDED,
					RunRecord.State.SUCCEEDED, RunRecord.State.SUCCEEDED);
	}

	@ParameterizedTest
	@MethodSource
	void withoutARightThatIsForOperatorsOnlyJobsRun(String command) {
		userWithout(command);
		theDocumentedRightsAreEnough();
	}

	static Stream<String> withoutARightThatIsForOperatorsOnlyJobsRun() throws IOException {
		Matcher sentence = Pattern.compile("([^.:]+) are for operators only")
			.matcher(Files.readString(DOCUMENTATION).replaceAll("\\s+", " "));
		assertThat(sentence.find()).isTrue();
		return Pattern.compile("`(.+?)`").matcher(sentence.group(1)).results().map((right) -> right.group(1));
	}

	/**
	 * As a user has them who was made before there was a history.
	 */
	@Test
	void withoutTheRightToWriteAHistoryJobsRun() {
		userWithout("xadd");
		steps();
		assertThat(this.remembered).as("the last one is known").hasSize(1);
	}

	/**
	 * What is left out of the list is needed by Redisson from time to time (PING) or for
	 * one question only (INFO, EXISTS).
	 */
	@ParameterizedTest
	@ValueSource(strings = { "evalsha", "script|load", "time", "hexists", "hincrby", "hget", "hmget", "hset", "hdel",
			"del", "pexpire", "pttl", "publish", "xrevrange", "type", "hkeys", "hgetall" })
	void noneOfTheRightsIsTooMuch(String command) {
		userWithout(command);
		assertThatThrownBy(this::steps).rootCause().satisfies(AccessRightsTests::isNoPermission);
	}

	@ParameterizedTest
	@ValueSource(strings = { "evalsha", "hmget", "pttl" })
	void withoutARightAJobIsSkippedAndTheReasonSaysSo(String command) {
		userWithout(command);
		Claim.Refused refused = refused(locks("one").claim(request(new Tick.Nominal(this.tick))).join());
		assertThat(refused.reason()).isEqualTo(SkipReason.REDIS_UNAVAILABLE);
		assertThat(refused.detail()).containsAnyOf("NOPERM", "can't run this command", "ACL failure");
	}

	@Test
	void anotherNamespaceIsOutOfReach() {
		user();
		LockSettings other = new LockSettings("orders", "distributed-scheduled:", "one", Duration.ofSeconds(2),
				Duration.ofMinutes(1));
		JobLocks locks = new JobLocks(open(TestRedisson.store(client(), other)), other, TimeSource.system());
		this.open.add(locks);
		Attempts.untilDone(locks::ready);
		Claim.Refused refused = refused(locks.claim(request(new Tick.Nominal(this.tick))).join());
		assertThat(refused.reason()).isEqualTo(SkipReason.REDIS_UNAVAILABLE);
		assertThat(refused.detail()).contains("NOPERM");
	}

	@ParameterizedTest
	@ValueSource(strings = { "FLUSHALL", "FLUSHDB", "KEYS *", "CONFIG GET maxmemory", "SHUTDOWN NOSAVE", "GET foreign",
			"SET foreign 1", "DEL foreign", "HGETALL foreign", "HSET distributed-scheduled:{orders/job}:lock a 1",
			"DEL distributed-scheduled:{billing2/job}:lock", "PUBLISH news hello", "ACL WHOAMI", "CLIENT LIST",
			"SCRIPT FLUSH", "MONITOR", "EVAL redis.call('flushall') 0" })
	void theUserCanDoNothingElse(String command) {
		user();
		redis.cli("SET", "foreign", "1");
		assertThatThrownBy(() -> redis.cliAs("billing", "s3cret", command.split(" ")))
			.satisfies(AccessRightsTests::isNoPermission);
		assertThat(redis.cli("GET", "foreign")).isEqualTo("1");
	}

	private static void isNoPermission(Throwable ex) {
		assertThat(ex.getMessage()).containsAnyOf("NOPERM", "can't run this command", "ACL failure",
				"can't access at least one of the keys");
	}

	/**
	 * Everything that a job can do in Redis, one after the other.
	 */
	private void steps() {
		LockStore store = open(TestRedisson.store(client(), settings("one")));
		store.ready().join();
		assertThat(store.probe(null).join()).isNotNull();
		Beat.Facts facts = new Beat.Facts("host", null, List.of(new Beat.KnownJob(this.job, null, null, null)));
		Beat.JobNews news = new Beat.JobNews(this.job, Duration.ofDays(1000), null, null, null);
		store
			.beat(new Beat(Beat.Sender.of(Instant.now(), new Random(1)), facts, false, false, List.of(), List.of(),
					List.of(news)), null)
			.join();
		assertThat(store.servers().join().all()).extracting(Servers.Entry::id).contains("one");
		LockRequest nominal = request(new Tick.Nominal(this.tick));
		assertThat(store.look(nominal).join().verdict()).isEqualTo(Verdict.GO);
		start(store, nominal, OWNER);
		// Sent again
		assertThat(store.acquire(nominal, OWNER, null).join().verdict()).isEqualTo(Verdict.STARTED);
		assertThat(store.look(request(new Tick.Manual())).join().verdict()).isEqualTo(Verdict.STILL_RUNNING);
		assertThat(store.acquire(nominal, OWNER + 1, null).join().verdict()).isEqualTo(Verdict.ALREADY_RAN);
		assertThat(store.renew(nominal, OWNER, Instant.now().plusSeconds(60)).join().verdict())
			.isEqualTo(Renewal.Verdict.RENEWED);
		finish(store, nominal, OWNER);
		LockRequest next = request(new Tick.Nominal(this.tick.plusSeconds(1)));
		start(store, next, OWNER + 3);
		store.abandon(next, OWNER + 3).join();
		start(store, next, OWNER + 4);
		finish(store, next, OWNER + 4);
		LockRequest delay = request(new Tick.Delay(Duration.ofHours(1)));
		start(store, delay, OWNER + 2);
		finish(store, delay, OWNER + 2);
		assertThat(store.pause(this.job, null, true).join()).isTrue();
		assertThat(store.look(request(new Tick.Nominal(this.tick.plusSeconds(2)))).join().verdict())
			.isEqualTo(Verdict.PAUSED);
		assertThat(store.pause(this.job, null, false).join()).isTrue();
		LockRequest byHand = request(new Tick.Manual());
		await().atMost(Duration.ofSeconds(20)).until(() -> store.look(byHand).join().verdict() == Verdict.GO);
		start(store, byHand, OWNER + 5);
		JobRecord.Holder holder = store.record(this.job, null, 10).join().holder();
		assertThat(holder).isNotNull();
		assertThat(store.release(this.job, null, holder.owner(), true).join()).isTrue();
		start(store, request(new Tick.Manual()), OWNER + 6);
		finish(store, byHand, OWNER + 6);
		this.remembered = store.record(this.job, null, 10).join().runs();
	}

	private static void start(LockStore store, LockRequest request, long owner) {
		assertThat(store.acquire(request, owner, null).join().verdict()).isEqualTo(Verdict.STARTED);
	}

	private static void finish(LockStore store, LockRequest request, long owner) {
		assertThat(store.finish(request, owner, RunOutcome.SUCCEEDED, null, null).join())
			.isEqualTo(RunOutcome.SUCCEEDED);
		// Sent again
		assertThat(store.finish(request, owner, RunOutcome.SUCCEEDED, null, null).join())
			.isEqualTo(RunOutcome.SUCCEEDED);
	}

	private void awaitRenewal() {
		String key = LockKeys.of("distributed-scheduled:", NAMESPACE, null, this.job).lock();
		long[] last = { Long.MAX_VALUE };
		await().atMost(Duration.ofSeconds(20)).until(() -> {
			long left = Long.parseLong(redis.cli("PTTL", key));
			boolean more = left > last[0];
			last[0] = left;
			return more;
		});
	}

	private LockRequest request(Tick tick) {
		return new LockRequest(this.job, tick, false, LEASE, Duration.ofMillis(1));
	}

	private JobLocks locks(String server) {
		JobLocks locks = new JobLocks(TestRedisson.store(client(), settings(server)), settings(server),
				TimeSource.system());
		this.open.add(locks);
		return locks;
	}

	private static LockSettings settings(String server) {
		return new LockSettings(NAMESPACE, "distributed-scheduled:", server, Duration.ofSeconds(2),
				Duration.ofMinutes(1));
	}

	private static RedissonClient client() {
		return TestRedisson.client("redis://billing:s3cret@" + redis.host() + ":" + redis.port(), 2000);
	}

	private LockStore open(LockStore store) {
		this.open.add(store);
		return store;
	}

	private static HeldLock granted(Claim claim) {
		assertThat(claim).isInstanceOf(Claim.Granted.class);
		return ((Claim.Granted) claim).lock();
	}

	private static Claim.Refused refused(Claim claim) {
		assertThat(claim).isInstanceOf(Claim.Refused.class);
		return (Claim.Refused) claim;
	}

	private static void user() {
		make(documented());
	}

	private static void userWithout(String command) {
		String rights = documented().replaceFirst(" \\+" + Pattern.quote(command) + "(?= |$)", "");
		assertThat(rights).isNotEqualTo(documented());
		make(rights);
	}

	private static void make(String user) {
		redis.cli("SCRIPT", "FLUSH");
		redis.cli(user.split(" "));
	}

	private static String documented() {
		try {
			return Files.readAllLines(DOCUMENTATION)
				.stream()
				.filter((line) -> line.startsWith("ACL SETUSER billing "))
				.findFirst()
				.orElseThrow();
		}
		catch (IOException ex) {
			throw new IllegalStateException(ex);
		}
	}

}
