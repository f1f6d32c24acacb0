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

import org.jspecify.annotations.Nullable;

/**
 * What happens to a {@link Memory} that no {@link LockStore} does: others write to it,
 * and it loses what it kept. For simulations.
 *
 * @param memory to which
 */
record MemoryFaults(Memory memory) {

	/**
	 * Return a copy of all that is kept, as a replica has it that hears nothing from now
	 * on.
	 */
	MemoryContent copy() {
		return this.memory.copy();
	}

	/**
	 * Go on with what was kept once, as after a failover to that replica.
	 */
	void restore(MemoryContent content) {
		this.memory.restore(content);
	}

	/**
	 * Let something hear of all writes, which may break off a script at each of them. It
	 * does not hear of what is done here.
	 */
	void writes(MemoryWrites writes) {
		this.memory.writes(writes);
	}

	/**
	 * As by FLUSHALL, or by a restart.
	 */
	void forgetEverything() {
		this.memory.restore(new MemoryContent());
	}

	/**
	 * Forget one job, and the lock of its group.
	 */
	void forget(LockKeys keys) {
		keys.all().forEach((key) -> forget((String) key));
	}

	/**
	 * Forget one key, as by DEL or an eviction.
	 */
	void forget(String key) {
		this.memory.alter(() -> this.memory.del(key));
	}

	/**
	 * Forget all keys whose time is over by now: a clock that is set back afterwards does
	 * not bring them back.
	 */
	void sweep() {
		this.memory.alter(this.memory::sweep);
	}

	/**
	 * Let somebody who is none of ours take a lock, as by {@code RLock.tryLock}.
	 * @param field the field of the lock
	 * @param lease {@code null} for none
	 * @return false if somebody has it
	 */
	boolean lock(LockKeys keys, String field, @Nullable Duration lease) {
		String lock = keys.lock();
		return this.memory.alter(() -> {
			if (!this.memory.type(lock).equals("none")) {
				return false;
			}
			this.memory.hset(lock, field, "1");
			if (lease != null) {
				this.memory.pexpire(lock, lease.toMillis());
			}
			return true;
		});
	}

	/**
	 * Take the time to live of a key away.
	 */
	void persist(String key) {
		this.memory.alter(() -> this.memory.persist(key));
	}

	/**
	 * Replace a key by one of another type.
	 * @param timeToLive {@code null} for no end
	 */
	void anotherType(String key, @Nullable Duration timeToLive) {
		this.memory.alter(() -> {
			this.memory.set(key, "of another type");
			if (timeToLive != null) {
				this.memory.pexpire(key, timeToLive.toMillis());
			}
		});
	}

}
