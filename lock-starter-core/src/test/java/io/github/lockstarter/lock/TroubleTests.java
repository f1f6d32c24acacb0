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

import java.net.ConnectException;
import java.net.SocketException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.redisson.api.RScript;
import org.redisson.api.RedissonClient;
import org.redisson.client.RedisClusterDownException;
import org.redisson.client.RedisConnectionException;
import org.redisson.client.RedisException;
import org.redisson.client.RedisNodeNotFoundException;
import org.redisson.client.RedisReconnectedException;
import org.redisson.client.RedisResponseTimeoutException;
import org.redisson.client.RedisTimeoutException;
import org.redisson.client.RedisTryAgainException;
import org.redisson.client.codec.StringCodec;

import io.github.lockstarter.fixture.RedisServer;
import io.github.lockstarter.internal.time.TimeSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

/**
 * What a failed command shows to be wrong, and in which words.
 */
class TroubleTests {

	private static final String INSIDES = ". channel: [id: 0x06f1, L:/127.0.0.1:34910 - R:redis/10.0.0.5:6379] command: "
			+ "(EVALSHA), params: [f00], promise: java.util.concurrent.CompletableFuture@39af0b1b[Not completed]";

	/**
	 * Said to one job, it would be said to each of five hundred.
	 */
	@ParameterizedTest
	@CsvSource(delimiter = '|', textBlock = """
			READONLY You can't write against a read only replica. | REFUSING
			MISCONF Redis is configured to save RDB snapshots | REFUSING
			NOPERM this user has no permissions to run the 'evalsha' command | REFUSING
			ERR unknown command 'EVALSHA', with args beginning with: 'f00' | REFUSING
			ERR Error running script: @user_script: 1: Unknown Redis command called from Lua script | REFUSING
			ERR something that nobody has seen before | REFUSING
			ERR max number of clients reached | AWAY
			WRONGTYPE Operation against a key holding the wrong kind of value | ERROR
			NOPERM this user has no permissions to access one of the keys used as arguments | ERROR
			ERR user_script:12: attempt to perform arithmetic on a nil value | ERROR
			ERR hash value is not an integer | ERROR
			""")
	void anErrorConcernsOneJobOnlyIfItIsAboutItsKeys(String error, Trouble trouble) {
		Exception failure = new ExecutionException(new RedisException(error + INSIDES));
		assertThat(Trouble.of(failure)).isEqualTo(trouble);
		assertThat(RedisReason.of(failure)).isEqualTo(error.replaceFirst("\\.$", ""));
	}

	@Test
	void aCommandThatWasTakenAwayIsNoErrorOfOneJob() {
		try (RedisServer redis = RedisServer.start("--rename-command", "TIME", "")) {
			RedissonClient client = TestRedisson.client(redis);
			try {
				Throwable failure = catchThrowable(() -> client.getScript(StringCodec.INSTANCE)
					.eval(RScript.Mode.READ_WRITE, "return redis.call('TIME')", RScript.ReturnType.LIST));
				assertThat(Trouble.of(failure)).isEqualTo(Trouble.REFUSING);
				assertThat(RedisReason.of(failure)).contains("Unknown Redis command")
					.doesNotContain("promise", "channel");
			}
			finally {
				client.shutdown();
			}
		}
	}

	@Test
	void whatPassesByItselfIsNamedAndSoAreTimeouts() {
		assertAway(new RedisTryAgainException("TRYAGAIN Multiple keys request during rehashing of slot" + INSIDES),
				"TRYAGAIN Multiple keys request during rehashing of slot");
		assertAway(new RedisClusterDownException("CLUSTERDOWN The cluster is down" + INSIDES),
				"CLUSTERDOWN The cluster is down");
		assertAway(
				new RedisNodeNotFoundException(
						"Node for slot: 866 hasn't been discovered yet. Increase 'retryAttempts' "
								+ "setting. Last cluster nodes topology: null"),
				"no server of the cluster that can be reached has slot 866");
		assertAway(
				new RedisNodeNotFoundException("Node: NodeSource [slot=null, addr=null] hasn't been discovered yet."),
				"the server that has the keys is not known, or cannot be reached");
		assertAway(
				new RedisResponseTimeoutException("Redis server response timeout (2000 ms) occurred after 0 of 0 retry "
						+ "attempts, is non-idempotent command: false Check connection with Redis node: "
						+ "redis/10.0.0.5:6379 for TCP packet drops"),
				"no answer within 2000 ms");
		assertAway(new RedisTimeoutException("Unable to acquire connection! "
				+ "java.util.concurrent.CompletableFuture@1[Completed exceptionally]Increase connection pool size"),
				"there was no connection in time");
		assertAway(new RedisReconnectedException("Channel has been reconnected"),
				"the connection was lost before the answer");
	}

	@Test
	void anAddressOfIpv6IsNamedAsInAUrl() {
		assertThat(RedisReason.of(new ConnectException("Connection refused: ::1/[0:0:0:0:0:0:0:1]:6379")))
			.isEqualTo("Connection refused: [::1]:6379");
		assertThat(RedisReason
			.of(new RedisConnectionException("Unable to connect to Redis server: fe80::1%lo/[fe80:0:0:0:0:0:0:1]:6379",
					new SocketException("Invalid argument"))))
			.isEqualTo("Invalid argument, from [fe80::1%lo]:6379");
	}

	/**
	 * One of a cluster that was configured as a single server.
	 */
	@Test
	void aServerThatSendsToAnotherOneIsNamed() {
		assertThat(
				RedisReason.of(new RedisException("MOVED redirection loop detected. Node redis://127.0.0.1:20465 has "
						+ "further redirect to redis://127.0.0.1:20465")))
			.startsWith("MOVED")
			.contains("redis://127.0.0.1:20465");
	}

	@Test
	void whatAnswersAndIsNoRedisIsNamed() {
		assertThat(RedisReason.of(new RedisConnectionException("Unable to connect to Redis server: ssh/10.0.0.5:22",
				new RedisException("Can't decode replay: SSH-2.0-OpenSSH_9.2"))))
			.isEqualTo("what answers is no Redis: SSH-2.0-OpenSSH_9.2, from ssh:22");
	}

	@Test
	void aMasterThatTheSentinelsDoNotKnowIsNamed() {
		assertThat(RedisReason.of(new RedisConnectionException(
				"Master node is undefined! SENTINEL " + "GET-MASTER-ADDR-BY-NAME command returns empty result!")))
			.isEqualTo("the sentinels know no master of that name");
	}

	/**
	 * By code of the application, or by itself. Redis has refused nothing.
	 */
	@Test
	void aClientThatIsShutDownIsNamed() throws Exception {
		try (RedisServer redis = RedisServer.start()) {
			RedissonClient client = TestRedisson.client(redis);
			LuaScript.check(client, TimeSource.system());
			client.shutdown();
			Throwable failure = catchThrowable(() -> LuaScript.check(client, TimeSource.system()));
			assertThat(Trouble.of(failure)).isEqualTo(Trouble.AWAY);
			assertThat(RedisReason.of(failure)).isEqualTo("the client of Redis is shut down");
		}
	}

	private static void assertAway(RedisException failure, String words) {
		assertThat(Trouble.of(new CompletionException(failure))).isEqualTo(Trouble.AWAY);
		assertThat(RedisReason.of(new CompletionException(failure))).isEqualTo(words);
	}

}
