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

import java.util.HashMap;
import java.util.Map;

import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.redisson.api.RedissonClient;

import io.github.lockstarter.fixture.Attempts;
import io.github.lockstarter.fixture.RedisServer;
import io.github.lockstarter.internal.time.TimeSource;

/**
 * The clients of a test class, one for each server: to make one and to connect it takes
 * longer than most tests do.
 */
final class SharedClients implements AfterAllCallback {

	private final Map<String, RedissonClient> clients = new HashMap<>();

	/**
	 * Return the client of a server.
	 */
	RedissonClient of(String server) {
		return this.clients.computeIfAbsent(server, (id) -> TestRedisson.client(RedisServer.shared()));
	}

	/**
	 * Return a store that is connected, and does not end its client.
	 */
	LockStore store(LockSettings settings) {
		RedissonClient client = of(settings.server());
		LockStore store = new RedisLockStore(
				new RedissonConnector(() -> client, false, settings.server(), TimeSource.system()), "test", settings,
				TimeSource.system());
		Attempts.untilDone(store::ready);
		return store;
	}

	@Override
	public void afterAll(ExtensionContext context) {
		this.clients.values().forEach(RedissonClient::shutdown);
	}

}
