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

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

import org.junit.jupiter.api.Test;
import org.redisson.api.RLock;
import org.redisson.api.RedissonClient;

import io.github.lockstarter.RunOutcome;
import io.github.lockstarter.SkipReason;
import io.github.lockstarter.fixture.Attempts;
import io.github.lockstarter.fixture.RedisCluster;
import io.github.lockstarter.fixture.RedisServer;
import io.github.lockstarter.fixture.TestTime;
import io.github.lockstarter.internal.time.TimeSource;
import io.github.lockstarter.schedule.Tick;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNoException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

/**
 * No job runs with a Redisson whose {@code RLock} is not what our scripts take for it.
 */
class LayoutCheckTests {

	private final RedisServer redis = RedisServer.shared();

	private final String namespace = "layout-" + UUID.randomUUID();

	private volatile Duration later = Duration.ZERO;

	private final TimeSource time = new TestTime() {

		@Override
		public long nanoTime() {
			return super.nanoTime() + LayoutCheckTests.this.later.toNanos();
		}

	};

	@Test
	void theLockOfThisRedissonIsOurs() {
		RedissonClient client = TestRedisson.client(this.redis);
		try {
			check().look(client).join();
			assertThat(this.redis.cli("KEYS", "test:{" + this.namespace + "*")).as("left behind").isEmpty();
		}
		finally {
			client.shutdown();
		}
	}

	@Test
	void itIsOursOnAClusterToo() {
		try (RedisCluster cluster = RedisCluster.start(3)) {
			RedissonClient client = TestRedisson.cluster(cluster);
			try {
				check().look(client).join();
			}
			finally {
				client.shutdown();
			}
		}
	}

	/**
	 * The test of this test: a client whose lock is kept in another place.
	 */
	@Test
	void anotherLayoutIsSeenAndNoJobRuns() {
		LockSettings settings = settings();
		RedissonConnector connector = new RedissonConnector(() -> otherLayout(TestRedisson.client(this.redis)), true,
				"one", TimeSource.system());
		try (JobLocks locks = new JobLocks(new RedisLockStore(connector, "redis", settings, TimeSource.system()),
				settings, TimeSource.system())) {
			Claim claim = locks.claim(request()).join();
			assertThat(claim).isInstanceOfSatisfying(Claim.Refused.class, (refused) -> {
				assertThat(refused.reason()).isEqualTo(SkipReason.INTERNAL_ERROR);
				assertThat(refused.detail()).contains("The RLock of Redisson " + RedissonVersion.found(), "tested with",
						"no job runs");
			});
			assertThat(locks.status().failure()).contains("The RLock of Redisson " + RedissonVersion.found());
		}
	}

	@Test
	void whereTheLookIsForbiddenJobsRun() {
		try (RedisServer strict = RedisServer.start()) {
			strict.cli("ACL", "SETUSER", "limited", "reset", "on", ">s3cret", "~*", "&*", "+@all", "-exists");
			LockSettings settings = settings();
			String address = "redis://limited:s3cret@" + strict.host() + ":" + strict.port();
			RedissonClient client = TestRedisson.client(address, 2000);
			try (JobLocks locks = new JobLocks(TestRedisson.store(client, settings), settings, TimeSource.system())) {
				Attempts.untilDone(locks::ready);
				assertThatThrownBy(() -> check().look(client).join()).rootCause().hasMessageContaining("exists");
				assertThat(locks.claim(request()).join()).isInstanceOfSatisfying(Claim.Granted.class,
						(granted) -> assertThat(granted.lock().finish(RunOutcome.SUCCEEDED, null).join())
							.isEqualTo(RunOutcome.SUCCEEDED));
			}
		}
	}

	/**
	 * In a failover, or because Redis stands still for longer than the lock lives.
	 */
	@Test
	void aLockThatRedisForgetsMeanwhileIsNoOtherLayout() {
		AtomicInteger times = new AtomicInteger(1);
		RedissonClient client = TestRedisson.client(this.redis);
		try {
			check().look(with(client, (name) -> forgotten(client.getLock(name), times))).join();
			assertThat(times).hasValue(0);
		}
		finally {
			client.shutdown();
		}
	}

	@Test
	void whatWasTakenForAnotherLayoutIsLookedAtAgain() {
		AtomicInteger times = new AtomicInteger(2);
		RedissonClient client = TestRedisson.client(this.redis);
		RedissonClient forgetful = with(client, (name) -> forgotten(client.getLock(name), times));
		try {
			LayoutCheck check = check();
			assertThatThrownBy(() -> check.look(forgetful).join()).hasCauseInstanceOf(LayoutMismatchException.class);
			assertThatThrownBy(() -> check.check(forgetful)).isInstanceOf(LayoutMismatchException.class);
			this.later = Duration.ofMinutes(1);
			await().untilAsserted(() -> assertThatNoException().isThrownBy(() -> check.check(forgetful)));
		}
		finally {
			client.shutdown();
		}
	}

	@Test
	void anotherLayoutThatIsSeenLateIsSaidByHealthToo() {
		LockSettings settings = settings();
		AtomicInteger times = new AtomicInteger();
		RedissonClient client = TestRedisson.client(this.redis);
		RedissonClient other = with(client, (name) -> {
			if (times.getAndIncrement() == 0) {
				throw new IllegalStateException("not now");
			}
			return client.getLock(name + ":2");
		});
		RedissonConnector connector = new RedissonConnector(() -> other, true, "one", this.time);
		try (JobLocks locks = new JobLocks(new RedisLockStore(connector, "redis", settings, this.time), settings,
				this.time)) {
			locks.ready().join();
			assertThat(locks.status().failure()).isNull();
			this.later = Duration.ofMinutes(1);
			await().untilAsserted(
					() -> assertThat(locks.claim(request()).join()).isInstanceOfSatisfying(Claim.Refused.class,
							(refused) -> assertThat(refused.reason()).isEqualTo(SkipReason.INTERNAL_ERROR)));
			assertThat(locks.status().failure()).contains("The RLock of Redisson " + RedissonVersion.found());
		}
	}

	private RLock forgotten(RLock lock, AtomicInteger times) {
		return (RLock) Proxy.newProxyInstance(LayoutCheckTests.class.getClassLoader(), new Class<?>[] { RLock.class },
				(proxy, method, arguments) -> {
					if (method.getName().equals("isHeldByThreadAsync")
							&& times.getAndUpdate((left) -> Math.max(0, left - 1)) > 0) {
						this.redis.cli("DEL", lock.getName());
					}
					return unwrapped(() -> method.invoke(lock, arguments));
				});
	}

	private LayoutCheck check() {
		return new LayoutCheck(LockKeys.of("test:", this.namespace, null, "").probe(), this.time);
	}

	private LockSettings settings() {
		return new LockSettings(this.namespace, "test:", "one", Duration.ofSeconds(20), Duration.ofMinutes(1));
	}

	private static LockRequest request() {
		return new LockRequest("job", new Tick.Manual(), false, Duration.ofMinutes(1), Duration.ZERO);
	}

	private static RedissonClient otherLayout(RedissonClient client) {
		return with(client, (name) -> client.getLock(name + ":2"));
	}

	private static RedissonClient with(RedissonClient client, Function<String, RLock> locks) {
		return (RedissonClient) Proxy.newProxyInstance(LayoutCheckTests.class.getClassLoader(),
				new Class<?>[] { RedissonClient.class },
				(proxy, method, arguments) -> method.getName().equals("getLock") && arguments[0] instanceof String name
						? locks.apply(name) : unwrapped(() -> method.invoke(client, arguments)));
	}

	private static Object unwrapped(Call call) throws Throwable {
		try {
			return call.call();
		}
		catch (InvocationTargetException ex) {
			throw ex.getCause();
		}
	}

	private interface Call {

		Object call() throws Exception;

	}

}
