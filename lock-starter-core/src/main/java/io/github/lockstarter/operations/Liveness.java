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

package io.github.lockstarter.operations;

import java.time.Duration;

import io.github.lockstarter.lock.JobRecord;
import io.github.lockstarter.lock.Servers;

/**
 * Whether the holder of a lock may be alive.
 */
final class Liveness {

	private Liveness() {
	}

	/**
	 * Determine whether a holder may be alive. One that nobody knows may be; and so may
	 * one that is silent, or has said that it ends, but has renewed its lease, which a
	 * server does at a third of it: a method may outlive its application.
	 */
	static boolean mayBeAlive(JobRecord.Holder holder, Servers servers) {
		Servers.Entry server = servers.all()
			.stream()
			.filter((entry) -> entry.id().equals(holder.server()))
			.findAny()
			.orElse(null);
		if (server == null || !servers.isGone(server)) {
			return true;
		}
		if (holder.until() == null) {
			return false;
		}
		if (holder.lease() == null) {
			return true;
		}
		Duration left = Duration.between(servers.redisTime(), holder.until());
		return left.compareTo(holder.lease().multipliedBy(6).dividedBy(10)) > 0;
	}

}
