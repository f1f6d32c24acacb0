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

import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;
import org.redisson.client.RedisException;

/**
 * What stores in memory share: keys with a time to live, and the commands of Redis that
 * the scripts use, each under its name and with its meaning. Scripts in Java that use
 * them keep the same as those in Lua, and break off with the same errors.
 */
final class Memory {

	/** What PTTL says of a key that is not there. */
	static final long GONE = -2;

	/** What PTTL says of a key without a time to live. */
	static final long ENDLESS = -1;

	private final InstantSource clock;

	private final boolean expires;

	private MemoryContent content = new MemoryContent();

	private MemoryWrites writes = MemoryWrites.CARRIED_OUT;

	private Instant now = Instant.EPOCH;

	private int sent;

	/**
	 * Create a memory that is empty.
	 * @param clock the time of the store, which may be set forward and back
	 * @param expires whether a time to live ever ends. If not, it stays as it was set
	 */
	Memory(InstantSource clock, boolean expires) {
		this.clock = clock;
		this.expires = expires;
	}

	boolean expires() {
		return this.expires;
	}

	/**
	 * Run a script, alone. One time holds for all of it.
	 */
	synchronized <T> T run(Supplier<T> script) {
		this.now = this.clock.instant();
		this.sent = 0;
		return script.get();
	}

	/**
	 * Do something that is no script's, which nothing hears of and nothing breaks off.
	 */
	synchronized <T> T alter(Supplier<T> change) {
		MemoryWrites writes = this.writes;
		this.writes = MemoryWrites.CARRIED_OUT;
		try {
			return run(change);
		}
		finally {
			this.writes = writes;
		}
	}

	void alter(Runnable change) {
		alter(() -> {
			change.run();
			return true;
		});
	}

	/**
	 * Return what time it is for the script, in milliseconds.
	 */
	long now() {
		return this.now.toEpochMilli();
	}

	/**
	 * Return what time it is for the script, in microseconds.
	 */
	long micros() {
		return this.now.getEpochSecond() * 1_000_000 + this.now.getNano() / 1_000;
	}

	/**
	 * Carry out a command whose error the script looks at, as with {@code redis.pcall}.
	 * @return the error; {@code null} if there is none
	 */
	@Nullable RuntimeException attempt(Runnable command) {
		try {
			command.run();
			return null;
		}
		catch (RuntimeException ex) {
			return ex;
		}
	}

	String type(String key) {
		MemoryKey kept = find(key);
		return (kept != null) ? kept.type.name().toLowerCase(Locale.ROOT) : "none";
	}

	/**
	 * Return a field.
	 * @return the value; empty if it is not there
	 */
	String hget(String key, String field) {
		return hgetall(key).getOrDefault(field, "");
	}

	boolean hexists(String key, String field) {
		return hgetall(key).containsKey(field);
	}

	/**
	 * Return all fields, as long as the script runs.
	 */
	Map<String, String> hgetall(String key) {
		MemoryKey kept = find(key, MemoryKey.Type.HASH);
		return (kept != null) ? Collections.unmodifiableMap(kept.fields) : Map.of();
	}

	void hset(String key, String field, String value) {
		hset(key, Map.of(field, value));
	}

	void hset(String key, Map<String, String> values) {
		send("HSET", key);
		MemoryKey kept = find(key, MemoryKey.Type.HASH);
		if (kept == null) {
			kept = new MemoryKey(MemoryKey.Type.HASH);
			this.content.keys.put(key, kept);
		}
		kept.fields.putAll(values);
	}

	/**
	 * Take a field away, and with the last one the key.
	 * @return whether it was there
	 */
	boolean hdel(String key, String field) {
		send("HDEL", key);
		MemoryKey kept = find(key, MemoryKey.Type.HASH);
		if (kept == null || kept.fields.remove(field) == null) {
			return false;
		}
		if (kept.fields.isEmpty()) {
			this.content.keys.remove(key);
		}
		return true;
	}

	void del(String key) {
		send("DEL", key);
		this.content.keys.remove(key);
	}

	/**
	 * Keep a text, which no script expects.
	 */
	void set(String key, String text) {
		send("SET", key);
		MemoryKey kept = new MemoryKey(MemoryKey.Type.STRING);
		kept.fields.put("", text);
		this.content.keys.put(key, kept);
	}

	void pexpire(String key, long timeToLive) {
		send("PEXPIRE", key);
		MemoryKey kept = find(key);
		if (kept != null && timeToLive > 0) {
			kept.expire(timeToLive, now());
		}
		else {
			this.content.keys.remove(key);
		}
	}

	void persist(String key) {
		send("PERSIST", key);
		MemoryKey kept = find(key);
		if (kept != null) {
			kept.expire(null, now());
		}
	}

	long pttl(String key) {
		MemoryKey kept = find(key);
		if (kept == null) {
			return GONE;
		}
		Long left = this.expires ? kept.left(now()) : kept.timeToLive();
		return (left != null) ? left : ENDLESS;
	}

	/**
	 * Add an entry that is newer than all others, and keep the newest.
	 * @param atMost how many
	 */
	void xadd(String key, int atMost, long id, Map<String, String> entry) {
		send("XADD", key);
		MemoryKey kept = find(key, MemoryKey.Type.STREAM);
		if (id <= ((kept != null) ? kept.lastId : 0)) {
			throw new RedisException(
					"ERR The ID specified in XADD is equal or smaller than the target stream top item");
		}
		if (kept == null) {
			kept = new MemoryKey(MemoryKey.Type.STREAM);
			this.content.keys.put(key, kept);
		}
		kept.entries.put(id, entry);
		kept.lastId = id;
		while (kept.entries.size() > atMost) {
			kept.entries.pollFirstEntry();
		}
	}

	/**
	 * Return the entries of a stream, the newest first.
	 * @param atMost how many
	 */
	List<Map<String, String>> xrevrange(String key, int atMost) {
		MemoryKey kept = find(key, MemoryKey.Type.STREAM);
		List<Map<String, String>> entries = new ArrayList<>();
		if (kept != null) {
			kept.entries.descendingMap().values().stream().limit(atMost).forEach(entries::add);
		}
		return entries;
	}

	/**
	 * Nobody in memory listens. It is a write like the others, and may be refused.
	 */
	void publish(String channel) {
		send("PUBLISH", channel);
	}

	private void send(String command, String key) {
		this.writes.before(new MemoryWrites.Write(command, key, this.sent++));
	}

	private @Nullable MemoryKey find(String key, MemoryKey.Type type) {
		MemoryKey kept = find(key);
		if (kept != null && kept.type != type) {
			throw new RedisException("WRONGTYPE Operation against a key holding the wrong kind of value");
		}
		return kept;
	}

	private @Nullable MemoryKey find(String key) {
		MemoryKey kept = this.content.keys.get(key);
		if (kept != null && isOver(kept)) {
			this.content.keys.remove(key);
			return null;
		}
		return kept;
	}

	/**
	 * A key is gone after its last millisecond, not in it.
	 */
	private boolean isOver(MemoryKey kept) {
		Long left = kept.left(now());
		return this.expires && left != null && left < 0;
	}

	/**
	 * Take away all keys whose time is over by now. Redis does that now and then, too: a
	 * clock that is set back later does not bring them back.
	 */
	void sweep() {
		this.content.keys.values().removeIf(this::isOver);
	}

	/**
	 * Return a copy of all that is kept.
	 */
	synchronized MemoryContent copy() {
		return this.content.copy();
	}

	/**
	 * Replace all that is kept by a copy of something that was.
	 */
	synchronized void restore(MemoryContent content) {
		this.content = content.copy();
	}

	/**
	 * Let something hear of all writes from now on.
	 */
	synchronized void writes(MemoryWrites writes) {
		this.writes = writes;
	}

}
