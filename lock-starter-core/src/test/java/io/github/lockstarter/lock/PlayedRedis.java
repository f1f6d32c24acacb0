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
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;

import org.redisson.api.RScript;
import org.redisson.api.RedissonClient;
import org.redisson.client.codec.StringCodec;

import io.github.lockstarter.fixture.RedisServer;

/**
 * A real Redis whose clock is played: it stands until it is set, forward or back. A
 * prelude in front of each script answers TIME, and keeps times to live of which a
 * millisecond is a minute of the real clock, a long time ahead: so no time passes but the
 * one that is played, and a key is gone when that says so.
 */
final class PlayedRedis implements AutoCloseable {

	/** No write is refused. */
	static final int NONE = -1;

	/** Where the played clock begins. */
	static final long BEGIN = 1_785_632_400_000L;

	private static final String PRELUDE = """
			local real = redis
			local namespace = KEYS[1] and string.match(KEYS[1], '{([^/}]*)')
			local clock = namespace and real.call('GET', 'twin-clock:' .. namespace) or '0 -1'
			local played, refused = string.match(clock, '^(%d+) (-?%d+)$')
			played, refused = tonumber(played), tonumber(refused)
			local real_time = real.call('TIME')
			local real_now = real_time[1] * 1000 + math.floor(real_time[2] / 1000)
			local writes = { HSET = true, HINCRBY = true, HDEL = true, PEXPIRE = true, DEL = true, XADD = true, PUBLISH = true }
			local sent = 0
			-- What is left of a time to live that is played; or nil, and the real one
			local function left(key)
				local ttl = real.call('PTTL', key)
				if ttl < 1e16 then
					return nil, ttl
				end
				return math.floor((real_now + ttl - 1e17) / 60000 + 0.5) + @BEGIN@ - played
			end
			local function sweep(key)
				local ttl = left(key)
				if ttl and ttl < 0 then
					real.call('DEL', key)
				end
			end
			local function carry_out(how, name, key, ...)
				if name == 'TIME' then
					return { string.format('%.0f', math.floor(played / 1000)), string.format('%.0f', played % 1000 * 1000) }
				end
				if writes[name] then
					sent = sent + 1
					if sent == refused + 1 then
						-- An error, and nothing else
						return how('HSET')
					end
				end
				if name == 'PUBLISH' or name == 'CLUSTER' then
					return how(name, key, ...)
				end
				sweep(key)
				if name == 'PTTL' then
					local ttl, other = left(key)
					return ttl or other
				end
				if name == 'PEXPIRE' and tonumber((...)) > 0 then
					return how('PEXPIREAT', key, string.format('%.0f', 1e17 + (played + tonumber((...)) - @BEGIN@) * 60000))
				end
				return how(name, key, ...)
			end
			local redis = setmetatable({
				call = function(...) return carry_out(real.call, ...) end,
				pcall = function(...) return carry_out(real.pcall, ...) end
			}, { __index = real })
			""";

	private final RedissonClient real;

	private final UnaryOperator<String> edit;

	private final Map<String, String> digests = new ConcurrentHashMap<>();

	private final RedissonClient client;

	/**
	 * Play the clock of a Redis.
	 * @param edit what becomes of each script
	 */
	PlayedRedis(RedisServer redis, UnaryOperator<String> edit) {
		this.real = TestRedisson.client(redis.address(), 30_000);
		this.edit = edit;
		this.client = (RedissonClient) Proxy.newProxyInstance(getClass().getClassLoader(),
				new Class<?>[] { RedissonClient.class }, (proxy, method, args) -> {
					Object result = invoke(this.real, method, args);
					return (result instanceof RScript script) ? played(script) : result;
				});
	}

	private RScript played(RScript script) {
		return (RScript) Proxy.newProxyInstance(getClass().getClassLoader(), new Class<?>[] { RScript.class },
				(proxy, method, args) -> invoke(script, method, played(method.getName(), args.clone())));
	}

	private Object[] played(String method, Object[] args) {
		int place = method.startsWith("scriptLoad") ? args.length - 1
				: Arrays.asList(args).indexOf(RScript.Mode.READ_WRITE) + 1;
		String text = (String) args[place];
		if (method.startsWith("evalSha")) {
			args[place] = this.digests.getOrDefault(text, text);
			return args;
		}
		String played = PRELUDE.replace("@BEGIN@", String.valueOf(BEGIN)) + this.edit.apply(text);
		this.digests.put(sha1(text), sha1(played));
		args[place] = played;
		return args;
	}

	private static Object invoke(Object target, Method method, Object[] args) throws Throwable {
		try {
			return method.invoke(target, args);
		}
		catch (InvocationTargetException ex) {
			throw ex.getCause();
		}
	}

	private static String sha1(String text) {
		try {
			return HexFormat.of()
				.formatHex(MessageDigest.getInstance("SHA-1").digest(text.getBytes(StandardCharsets.UTF_8)));
		}
		catch (NoSuchAlgorithmException ex) {
			throw new IllegalStateException(ex);
		}
	}

	RedissonClient client() {
		return this.client;
	}

	/**
	 * Set the clock of a namespace.
	 * @param refused which write of each script is refused, if any, from 0
	 */
	void at(String namespace, long now, int refused) {
		this.real.getBucket(clock(namespace), StringCodec.INSTANCE).set(now + " " + refused);
	}

	/**
	 * Return the key of the clock of a namespace.
	 */
	static String clock(String namespace) {
		return "twin-clock:" + namespace;
	}

	CompletableFuture<List<String>> eval(String text, List<Object> keys, Object... args) {
		RScript script = this.client.getScript(StringCodec.INSTANCE);
		return script.<List<String>>evalAsync(RScript.Mode.READ_WRITE, text, RScript.ReturnType.LIST, keys, args)
			.toCompletableFuture();
	}

	void delete(Collection<String> keys) {
		this.real.getKeys().delete(keys.toArray(String[]::new));
	}

	@Override
	public void close() {
		this.real.shutdown();
	}

}
