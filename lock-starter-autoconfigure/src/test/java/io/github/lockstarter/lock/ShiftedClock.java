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

import org.redisson.Redisson;
import org.redisson.config.Config;

import io.github.lockstarter.fixture.RedisServer;
import io.github.lockstarter.fixture.TestTime;
import io.github.lockstarter.internal.time.TimeSource;

/**
 * A server whose clock is wrong: applications cannot choose another one than that of
 * their machine, so this stands in the package of the locks.
 */
public final class ShiftedClock {

	private ShiftedClock() {
	}

	/**
	 * Return the locks of such a server.
	 * @param redis what they are kept in
	 * @param settings the settings
	 * @param ahead by how much its clock is ahead of that of this machine
	 * @return the locks
	 */
	public static JobLocks locks(RedisServer redis, LockSettings settings, Duration ahead) {
		Config config = new Config();
		config.setThreads(2);
		config.setNettyThreads(2);
		config.setLazyInitialization(true);
		config.useSingleServer()
			.setAddress(redis.address())
			.setConnectionMinimumIdleSize(1)
			.setConnectionPoolSize(2)
			.setSubscriptionConnectionMinimumIdleSize(0);
		RedissonConnector connector = new RedissonConnector(() -> Redisson.create(config), true, settings.server(),
				TimeSource.system());
		TimeSource time = TestTime.with(Clock.offset(Clock.systemUTC(), ahead));
		return new JobLocks(new RedisLockStore(connector, redis.address(), settings, time), settings, time);
	}

}
