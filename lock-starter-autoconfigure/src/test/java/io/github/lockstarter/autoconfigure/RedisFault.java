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

package io.github.lockstarter.autoconfigure;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;

import org.jspecify.annotations.Nullable;

import org.springframework.context.ApplicationContext;

import io.github.lockstarter.fixture.OwnThread;
import io.github.lockstarter.fixture.RedisServer;
import io.github.lockstarter.fixture.TcpProxy;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What can be wrong with a Redis, and how it is brought about on a real one.
 */
enum RedisFault {

	/**
	 * Its port refuses. It is started again without its data.
	 */
	REFUSES("refused", "Redis answers again") {
		@Override
		void begin(Scene scene) {
			scene.redis.kill();
		}

		@Override
		void end(Scene scene) {
			scene.redis.startAgain();
		}
	},

	/**
	 * The same, and it has kept its data.
	 */
	RESTARTS_WITH_DATA("refused", "Redis answers again", "--appendonly", "yes", "--appendfsync", "always") {
		@Override
		void begin(Scene scene) {
			scene.redis.kill();
		}

		@Override
		void end(Scene scene) {
			scene.redis.startAgain();
		}
	},

	HANGS("", "Redis answers again") {
		@Override
		void begin(Scene scene) {
			scene.redis.pause();
		}

		@Override
		void end(Scene scene) {
			scene.redis.resume();
		}
	},

	/**
	 * Connections are accepted, and what is sent is never answered.
	 */
	NEVER_ANSWERS("", "Redis answers again") {
		@Override
		void begin(Scene scene) {
			scene.line.hang();
		}

		@Override
		void end(Scene scene) {
			scene.line.heal();
		}
	},

	/**
	 * It reads a dump of sixty megabytes, slowly, in which every lock is that was held.
	 */
	LOADING("LOADING", "Redis answers again", "--key-load-delay", "20000", "--rdbcompression", "no") {
		@Override
		void begin(Scene scene) {
			scene.redis.cli("EVAL",
					"local v = string.rep('x', 100000) for i = 1, 600 do redis.call('SET', 'filler' .. i, v) end", "0");
			scene.redis.cli("SAVE");
			scene.redis.kill();
			// Returns when Redis has loaded everything, or fails when that takes long
			scene.loading = OwnThread.run(scene.redis::startAgain).exceptionally((ex) -> null);
		}

		@Override
		void end(Scene scene) {
			if (scene.loading != null) {
				scene.loading.join();
			}
		}
	},

	READONLY("READONLY", "Redis takes locks again") {
		@Override
		void begin(Scene scene) {
			scene.redis.cli("REPLICAOF", "127.0.0.1", "1");
		}

		@Override
		void end(Scene scene) {
			scene.redis.cli("REPLICAOF", "NO", "ONE");
		}
	},

	/**
	 * A password was set, and this application doesn't know it.
	 */
	NOAUTH("NOAUTH", "Redis answers again") {
		@Override
		void begin(Scene scene) {
			scene.admin("CONFIG SET requirepass s3cret");
			// Who is in stays in, so all have to come again
			scene.admin("CLIENT KILL TYPE normal SKIPME yes");
		}

		@Override
		void end(Scene scene) {
			scene.admin("CONFIG SET requirepass \"\"");
		}
	},

	/**
	 * The rights of this application were taken away.
	 */
	NOPERM("NOPERM", "Redis takes locks again") {
		@Override
		void begin(Scene scene) {
			scene.redis.cli("ACL", "SETUSER", "app", "-@write", "-@scripting");
		}

		@Override
		void end(Scene scene) {
			scene.redis.cli("ACL", "SETUSER", "app", "+@all");
		}
	},

	/**
	 * Redisson takes the code out of the text, and it is put back.
	 */
	OOM("OOM command not allowed", "Redis takes locks again", "--maxmemory-policy", "noeviction") {
		@Override
		void begin(Scene scene) {
			scene.redis.cli("CONFIG", "SET", "maxmemory", "1");
		}

		@Override
		void end(Scene scene) {
			scene.redis.cli("CONFIG", "SET", "maxmemory", "0");
		}
	},

	/**
	 * Somebody wrote over the locks of two jobs.
	 */
	WRONGTYPE("WRONGTYPE", "without an error again") {
		@Override
		void begin(Scene scene) {
			scene.redis.cli("SET", scene.lockKey("tick"), "foreign");
			scene.redis.cli("SET", scene.lockKey("hold"), "foreign");
		}

		@Override
		void end(Scene scene) {
			scene.redis.cli("DEL", scene.lockKey("tick"), scene.lockKey("hold"));
		}
	};

	private final String cause;

	private final String over;

	private final String[] redisArgs;

	RedisFault(String cause, String over, String... redisArgs) {
		this.cause = cause;
		this.over = over;
		this.redisArgs = redisArgs;
	}

	abstract void begin(Scene scene);

	abstract void end(Scene scene);

	/**
	 * What the reason of a skipped tick must contain.
	 */
	String cause() {
		return this.cause;
	}

	/**
	 * What the log says when it is over.
	 */
	String over() {
		return this.over;
	}

	/**
	 * Start a Redis on which this fault can be brought about.
	 */
	Scene scene() {
		return new Scene(RedisServer.start(this.redisArgs));
	}

	/**
	 * A Redis, a line to it, and an administrator who is logged in for ever.
	 */
	static final class Scene implements AutoCloseable {

		private final RedisServer redis;

		private final TcpProxy line;

		private final Socket socket;

		private final BufferedReader replies;

		private @Nullable CompletableFuture<Void> loading;

		private String namespace = "";

		Scene(RedisServer redis) {
			this.redis = redis;
			this.line = TcpProxy.to(redis);
			redis.cli("ACL", "SETUSER", "app", "on", ">app", "~*", "&*", "+@all");
			try {
				this.socket = new Socket(redis.host(), redis.port());
				this.replies = new BufferedReader(
						new InputStreamReader(this.socket.getInputStream(), StandardCharsets.UTF_8));
			}
			catch (IOException ex) {
				throw new UncheckedIOException(ex);
			}
		}

		/**
		 * Return where the application finds Redis.
		 */
		String address(RedisFault fault) {
			return switch (fault) {
				case NOPERM -> this.redis.address().replace("//", "//app:app@");
				case NEVER_ANSWERS -> this.line.address();
				default -> this.redis.address();
			};
		}

		void application(ApplicationContext context) {
			this.namespace = context.getEnvironment().getRequiredProperty("spring.application.name");
		}

		RedisServer redis() {
			return this.redis;
		}

		String lockKey(String job) {
			return "distributed-scheduled:{" + this.namespace + "/" + job + "}:lock";
		}

		/**
		 * Milliseconds until a lock is over, as Redis says; negative if there is none.
		 */
		long timeToLive(String job) {
			String reply = admin("PTTL " + lockKey(job));
			return Long.parseLong(reply.substring(1));
		}

		/**
		 * On a connection that keeps the rights it has.
		 */
		private synchronized String admin(String command) {
			try {
				this.socket.getOutputStream().write((command + "\r\n").getBytes(StandardCharsets.UTF_8));
				String reply = this.replies.readLine();
				assertThat(reply).as(command).isNotNull().doesNotStartWith("-");
				return reply;
			}
			catch (IOException ex) {
				throw new UncheckedIOException(ex);
			}
		}

		@Override
		public void close() {
			try {
				this.socket.close();
			}
			catch (IOException ex) {
				// Redis is gone, or is going to be
			}
			this.line.close();
			this.redis.close();
		}

	}

}
