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

import org.junit.jupiter.api.Test;
import org.redisson.api.RedissonClient;

import io.github.lockstarter.RunOutcome;
import io.github.lockstarter.SkipReason;
import io.github.lockstarter.fixture.Attempts;
import io.github.lockstarter.fixture.RedisCluster;
import io.github.lockstarter.fixture.RedisServer;
import io.github.lockstarter.internal.time.TimeSource;
import io.github.lockstarter.schedule.Tick;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * No job runs with a Redisson whose {@code RLock} is not what our scripts take for it.
 */
class LayoutCheckTests {

	private final RedisServer redis = RedisServer.shared();

	private final String namespace = "layout-" + UUID.randomUUID();

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

	private LayoutCheck check() {
		return new LayoutCheck(LockKeys.of("test:", this.namespace, null, "").probe(), TimeSource.system());
	}

	private LockSettings settings() {
		return new LockSettings(this.namespace, "test:", "one", Duration.ofSeconds(20), Duration.ofMinutes(1));
	}

	private static LockRequest request() {
		return new LockRequest("job", new Tick.Manual(), false, Duration.ofMinutes(1), Duration.ZERO);
	}

	private static RedissonClient otherLayout(RedissonClient client) {
		return (RedissonClient) Proxy.newProxyInstance(LayoutCheckTests.class.getClassLoader(),
				new Class<?>[] { RedissonClient.class },
				(proxy, method, arguments) -> method.getName().equals("getLock") && arguments[0] instanceof String name
						? client.getLock(name + ":2") : unwrapped(() -> method.invoke(client, arguments)));
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
