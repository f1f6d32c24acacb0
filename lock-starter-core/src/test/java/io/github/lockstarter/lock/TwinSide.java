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
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;

import org.jspecify.annotations.Nullable;
import org.redisson.client.RedisException;

import io.github.lockstarter.fixture.Attempts;
import io.github.lockstarter.internal.time.TimeSource;

/**
 * One of two stores on which the same is done. What it says has no trace of which it is.
 */
interface TwinSide extends AutoCloseable {

	/**
	 * Begin anew, with none of these keys.
	 */
	void begin(List<String> keys);

	LockStore store(String server);

	/**
	 * Set the clock.
	 * @param refused which write of each script is refused, if any
	 */
	void at(long now, int refused);

	/**
	 * Return how an owner is named in a lock.
	 */
	String named(String owner);

	void lock(LockKeys keys, String field, @Nullable Long lease);

	void persist(String key);

	void anotherType(String key, @Nullable Long timeToLive);

	void delete(String key);

	/**
	 * Return all that is kept under keys: type, time to live, fields.
	 */
	CompletableFuture<List<String>> kept(List<String> keys);

	@Override
	void close();

	/**
	 * The scripts, on a Redis whose clock is played.
	 */
	final class OnRedis implements TwinSide {

		private static final String KEPT = """
				local reply = {}
				local function add(value)
					table.insert(reply, tostring(value))
				end
				for i = 1, #KEYS do
					local type = redis.call('TYPE', KEYS[i]).ok
					local rows = {}
					if type == 'hash' then
						rows = { redis.call('HGETALL', KEYS[i]) }
					elseif type == 'stream' then
						for _, entry in ipairs(redis.call('XREVRANGE', KEYS[i], '+', '-')) do
							table.insert(rows, entry[2])
						end
					end
					add(type)
					add(redis.call('PTTL', KEYS[i]))
					add(#rows)
					for _, row in ipairs(rows) do
						add(#row)
						for _, value in ipairs(row) do
							add(value)
						end
					end
				end
				return reply
				""";

		private final PlayedRedis redis;

		private final String namespace;

		private final Map<String, LockStore> stores = new TreeMap<>();

		/** What has ever been there. */
		private final Set<String> keys = new TreeSet<>();

		OnRedis(PlayedRedis redis, String namespace) {
			this.redis = redis;
			this.namespace = namespace;
			this.keys.add(PlayedRedis.clock(namespace));
			at(PlayedRedis.BEGIN, PlayedRedis.NONE);
			TwinHistory.SERVERS.forEach((server) -> this.stores.put(server, connected(server)));
		}

		private LockStore connected(String server) {
			LockStore store = new RedisLockStore(
					new RedissonConnector(this.redis::client, false, server, TimeSource.system()), "test",
					TwinHistory.settings(this.namespace, server), TimeSource.system());
			Attempts.untilDone(store::ready);
			return store;
		}

		@Override
		public void begin(List<String> keys) {
			this.redis.delete(this.keys);
			this.keys.addAll(keys);
		}

		@Override
		public LockStore store(String server) {
			return Objects.requireNonNull(this.stores.get(server));
		}

		@Override
		public void at(long now, int refused) {
			this.redis.at(this.namespace, now, refused);
		}

		@Override
		public String named(String owner) {
			return owner.matches("-?\\d+") ? this.redis.client().getId() + ":" + owner : owner;
		}

		@Override
		public void lock(LockKeys keys, String field, @Nullable Long lease) {
			eval("if redis.call('EXISTS', KEYS[1]) == 0 then redis.call('HSET', KEYS[1], ARGV[1], '1') "
					+ "if ARGV[2] ~= '' then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end end return {}", keys.lock(),
					field, (lease != null) ? lease : "");
		}

		@Override
		public void persist(String key) {
			eval("redis.call('PERSIST', KEYS[1]) return {}", key);
		}

		@Override
		public void anotherType(String key, @Nullable Long timeToLive) {
			eval("redis.call('SET', KEYS[1], '1') "
					+ "if ARGV[1] ~= '' then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end return {}", key,
					(timeToLive != null) ? timeToLive : "");
		}

		@Override
		public void delete(String key) {
			eval("redis.call('DEL', KEYS[1]) return {}", key);
		}

		private void eval(String script, String key, Object... args) {
			this.redis.eval(script, List.of(key), args).join();
		}

		@Override
		public CompletableFuture<List<String>> kept(List<String> keys) {
			String client = this.redis.client().getId() + ":";
			return this.redis.eval(KEPT, List.copyOf(keys)).thenApply((reply) -> {
				List<String> kept = new ArrayList<>();
				int next = 0;
				for (int i = 0; i < keys.size(); i++) {
					String head = reply.get(next) + " " + reply.get(next + 1);
					int rows = Integer.parseInt(reply.get(next + 2));
					next += 3;
					List<Map<String, String>> all = new ArrayList<>();
					for (int row = 0; row < rows; row++) {
						int size = Integer.parseInt(reply.get(next++));
						Map<String, String> fields = new TreeMap<>();
						for (int field = 0; field < size; field += 2) {
							fields.put(reply.get(next + field).replace(client, ""),
									reply.get(next + field + 1).replace(client, ""));
						}
						all.add(fields);
						next += size;
					}
					kept.add(head + " " + all);
				}
				return kept;
			});
		}

		@Override
		public void close() {
			this.redis.delete(this.keys);
			this.stores.values().forEach(LockStore::close);
		}

	}

	/**
	 * The twin in memory.
	 */
	class InMemory implements TwinSide {

		private final String namespace;

		private long now = PlayedRedis.BEGIN;

		private Memory memory = new Memory(this::now, true);

		InMemory(String namespace) {
			this.namespace = namespace;
		}

		Memory memory(InstantSource clock) {
			return new Memory(clock, true);
		}

		private Instant now() {
			return Instant.ofEpochMilli(this.now);
		}

		@Override
		public void begin(List<String> keys) {
			this.memory = memory(this::now);
		}

		@Override
		public LockStore store(String server) {
			return store(TwinHistory.settings(this.namespace, server), this.memory);
		}

		LockStore store(LockSettings settings, Memory memory) {
			return new InMemoryLockStore(settings, memory);
		}

		private MemoryFaults faults() {
			return new MemoryFaults(this.memory);
		}

		@Override
		public void at(long now, int refused) {
			this.now = now;
			faults().writes((write) -> {
				if (write.number() == refused) {
					throw new RedisException("ERR refused");
				}
			});
		}

		@Override
		public String named(String owner) {
			return owner;
		}

		@Override
		public void lock(LockKeys keys, String field, @Nullable Long lease) {
			faults().lock(keys, field, (lease != null) ? Duration.ofMillis(lease) : null);
		}

		@Override
		public void persist(String key) {
			faults().persist(key);
		}

		@Override
		public void anotherType(String key, @Nullable Long timeToLive) {
			faults().anotherType(key, (timeToLive != null) ? Duration.ofMillis(timeToLive) : null);
		}

		@Override
		public void delete(String key) {
			faults().forget(key);
		}

		@Override
		public CompletableFuture<List<String>> kept(List<String> keys) {
			return CompletableFuture.completedFuture(this.memory.alter(() -> keys.stream().map(this::kept).toList()));
		}

		private String kept(String key) {
			String type = this.memory.type(key);
			List<Map<String, String>> rows = new ArrayList<>();
			if (type.equals("hash")) {
				rows.add(new TreeMap<>(this.memory.hgetall(key)));
			}
			else if (type.equals("stream")) {
				this.memory.xrevrange(key, Integer.MAX_VALUE).forEach((row) -> rows.add(new TreeMap<>(row)));
			}
			return type + " " + this.memory.pttl(key) + " " + rows;
		}

		@Override
		public void close() {
		}

	}

}
