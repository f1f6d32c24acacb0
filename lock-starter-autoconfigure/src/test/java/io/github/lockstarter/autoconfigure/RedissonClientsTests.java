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

import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.TrustManagerFactory;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.redisson.client.codec.StringCodec;
import org.redisson.config.BaseMasterSlaveServersConfig;
import org.redisson.config.ClusterServersConfig;
import org.redisson.config.Config;
import org.redisson.config.NatMapper;
import org.redisson.config.ReadMode;
import org.redisson.config.ReplicatedServersConfig;
import org.redisson.config.SentinelServersConfig;
import org.redisson.config.SingleServerConfig;
import org.redisson.config.SubscriptionMode;
import org.redisson.misc.RedisURI;

import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.logging.LogLevel;
import org.springframework.boot.logging.LoggingSystem;
import org.springframework.boot.ssl.DefaultSslBundleRegistry;
import org.springframework.boot.ssl.SslBundle;
import org.springframework.boot.ssl.SslBundleKey;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.boot.ssl.SslManagerBundle;
import org.springframework.boot.ssl.SslOptions;
import org.springframework.boot.ssl.SslStoreBundle;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.core.env.AbstractEnvironment;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.MapPropertySource;

import io.github.lockstarter.InvalidJobException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * How the private client is set up.
 */
@ExtendWith(OutputCaptureExtension.class)
class RedissonClientsTests {

	private static final Duration ACQUIRE_TIMEOUT = Duration.ofSeconds(2);

	@Test
	void aClientIsSmallAndPatient() {
		Config config = config(Map.of());
		assertThat(config.isLazyInitialization()).isTrue();
		assertThat(config.getThreads()).isEqualTo(2);
		assertThat(config.getNettyThreads()).isEqualTo(2);
		assertThat(config.getCodec()).isInstanceOf(StringCodec.class);
		SingleServerConfig server = config.useSingleServer();
		assertThat(server.getAddress()).isEqualTo("redis://localhost:6379");
		assertThat(server.getConnectionMinimumIdleSize()).isEqualTo(1);
		assertThat(server.getSubscriptionConnectionMinimumIdleSize()).isZero();
		assertThat(server.getRetryAttempts()).as("a command that was given up is not sent later").isZero();
		assertThat(server.getTimeout()).isEqualTo(2000);
		assertThat(server.getConnectTimeout()).isEqualTo(2000);
		assertThat(server.getClientName()).isNull();
		assertThat(config.getPassword()).isNull();
	}

	@Test
	void whatTheApplicationSetsIsUsed() {
		Config config = config(Map.of("host", "redis-master", "port", "6380", "username", "user", "password", "s3cret",
				"database", "3", "client-name", "billing"));
		assertThat(config.getUsername()).isEqualTo("user");
		assertThat(config.getPassword()).isEqualTo("s3cret");
		SingleServerConfig server = config.useSingleServer();
		assertThat(server.getAddress()).isEqualTo("redis://redis-master:6380");
		assertThat(server.getDatabase()).isEqualTo(3);
		assertThat(server.getClientName()).isEqualTo("billing");
	}

	@Test
	void sentinelsAreAskedForTheMaster() {
		Config config = config(
				Map.of("sentinel.master", "mymaster", "sentinel.nodes", "a:26379,b:26379", "sentinel.username", "guard",
						"sentinel.password", "s3cret", "username", "user", "password", "word", "database", "3"));
		SentinelServersConfig servers = config.useSentinelServers();
		assertThat(servers.getSentinelAddresses()).containsExactly("redis://a:26379", "redis://b:26379");
		assertThat(servers.getMasterName()).isEqualTo("mymaster");
		assertThat(servers.getSentinelUsername()).isEqualTo("guard");
		assertThat(servers.getSentinelPassword()).isEqualTo("s3cret");
		assertThat(servers.isCheckSentinelsList()).isFalse();
		assertThat(servers.getDatabase()).isEqualTo(3);
		assertThat(config.getUsername()).isEqualTo("user");
		assertThat(config.getPassword()).isEqualTo("word");
		assertMastersOnly(config, servers);
	}

	@Test
	void aClusterIsFoundThroughItsNodes() {
		Config config = config(Map.of("cluster.nodes", "a:6379,b:6379", "ssl.enabled", "true"));
		ClusterServersConfig servers = config.useClusterServers();
		assertThat(servers.getNodeAddresses()).containsExactly("rediss://a:6379", "rediss://b:6379");
		assertThat(servers.isCheckSlotsCoverage()).as("a shard that is away stops nobody else").isFalse();
		assertMastersOnly(config, servers);
	}

	@Test
	void theMasterIsFoundAmongItsReplicas() {
		Config config = config(Map.of("masterreplica.nodes", "a:6379,b:6379", "database", "3"));
		ReplicatedServersConfig servers = config.useReplicatedServers();
		assertThat(servers.getNodeAddresses()).containsExactly("redis://a:6379", "redis://b:6379");
		assertThat(servers.getDatabase()).isEqualTo(3);
		assertMastersOnly(config, servers);
	}

	private static void assertMastersOnly(Config config, BaseMasterSlaveServersConfig<?> servers) {
		assertThat(config.isLazyInitialization()).isTrue();
		assertThat(config.getNettyThreads()).isEqualTo(2);
		assertThat(servers.getReadMode()).isEqualTo(ReadMode.MASTER);
		assertThat(servers.getSubscriptionMode()).isEqualTo(SubscriptionMode.MASTER);
		assertThat(servers.getMasterConnectionMinimumIdleSize()).isEqualTo(1);
		assertThat(servers.getMasterConnectionPoolSize()).isEqualTo(8);
		assertThat(servers.getRetryAttempts()).isZero();
		assertThat(servers.getTimeout()).isEqualTo(2000);
		assertThat(servers.getConnectTimeout()).isEqualTo(2000);
		assertThat(config.isCheckLockSyncedSlaves()).isFalse();
		assertThat(config.getSlavesSyncTimeout()).as("a replica that stands still costs no tick").isEqualTo(20);
	}

	/**
	 * Nobody waits longer than that.
	 */
	@Test
	void aTimeoutIsNeverLongerThanTheAcquireTimeout() {
		assertThat(config(Map.of("timeout", "500ms")).useSingleServer().getTimeout()).isEqualTo(500);
		assertThat(config(Map.of("timeout", "1m")).useSingleServer().getTimeout()).isEqualTo(2000);
		assertThat(config(Map.of("connect-timeout", "10s")).useSingleServer().getConnectTimeout()).isEqualTo(10_000);
		assertThat(config(Map.of("timeout", "1us")).useSingleServer().getTimeout()).isEqualTo(1);
	}

	/**
	 * One of a millisecond would be kept by no Redis.
	 */
	@Test
	void aTimeoutOfZeroIsNone() {
		Config config = config(Map.of("timeout", "0", "connect-timeout", "0"));
		assertThat(config.useSingleServer().getTimeout()).isEqualTo(2000);
		assertThat(config.useSingleServer().getConnectTimeout()).isEqualTo(2000);
	}

	/**
	 * The server must answer within the timeout of a command, or its connection is taken
	 * for dead.
	 */
	@ParameterizedTest
	@CsvSource({ "2s, 1600", "500ms, 400", "10ms, 100" })
	void eachConnectionIsTriedWithinTheTimeoutOfACommand(String timeout, int interval) {
		assertThat(config(Map.of("timeout", timeout)).useSingleServer().getPingConnectionInterval())
			.isEqualTo(interval);
		assertThat(config(Map.of("timeout", timeout, "cluster.nodes", "a:6379")).useClusterServers()
			.getPingConnectionInterval()).isEqualTo(interval);
		assertThat(config(Map.of("timeout", timeout, "sentinel.nodes", "a:6379", "sentinel.master", "m"))
			.useSentinelServers()
			.getPingConnectionInterval()).isEqualTo(interval);
		assertThat(config(Map.of("timeout", timeout, "masterreplica.nodes", "a:6379")).useReplicatedServers()
			.getPingConnectionInterval()).isEqualTo(interval);
	}

	@Test
	void howAConnectionIsTriedAndScriptsAreSentCanBeSet() {
		Config config = config(Map.of("distributed-scheduled.redis.ping-connection-interval", "7s",
				"distributed-scheduled.redis.use-script-cache", "false"));
		assertThat(config.useSingleServer().getPingConnectionInterval()).isEqualTo(7000);
		assertThat(config.isUseScriptCache()).isFalse();
		assertThat(config(Map.of()).isUseScriptCache()).isTrue();
		assertThat(config(Map.of("distributed-scheduled.redis.ping-connection-interval", "0")).useSingleServer()
			.getPingConnectionInterval()).isZero();
	}

	@Test
	void addressesThatAreOthersFromHereAreMapped() {
		String map = "distributed-scheduled.redis.nat-mapper.";
		Map<String, String> properties = Map.of(map + "[10.0.0.5:6379]", "redis.example:7001", map + "[10.0.0.6]",
				"other.example", "cluster.nodes", "redis.example:7001");
		NatMapper mapper = config(properties).useClusterServers().getNatMapper();
		assertThat(mapper.map(new RedisURI("redis", "10.0.0.5", 6379)))
			.isEqualTo(new RedisURI("redis", "redis.example", 7001));
		assertThat(mapper.map(new RedisURI("redis", "10.0.0.6", 6380)))
			.isEqualTo(new RedisURI("redis", "other.example", 6380));
		assertThat(mapper.map(new RedisURI("redis", "10.0.0.5", 6380)))
			.isEqualTo(new RedisURI("redis", "10.0.0.5", 6380));
		assertThatThrownBy(() -> config(Map.of(map + "[10.0.0.5:6379]", "redis.example"))).rootCause()
			.hasMessageContaining("must map host:port to host:port, or host to host");
	}

	/**
	 * It would never be found, and nobody would know.
	 */
	@Test
	void anAddressWithASchemeIsMappedByNobodyAndRefused() {
		Map<String, String> properties = Map.of("distributed-scheduled.redis.nat-mapper.[redis://10.0.0.5:6379]",
				"redis://redis.example:7001");
		assertThatThrownBy(() -> config(properties)).rootCause()
			.hasMessageContaining("must map host:port to host:port, or host to host, without redis://");
	}

	@ParameterizedTest
	@CsvSource({ "username, for Redis", "sentinel.username, for the sentinels" })
	void aNameWithoutAPasswordIsSaid(String property, String whose, CapturedOutput output) {
		Map<String, String> sentinels = Map.of("sentinel.nodes", "a:6379", "sentinel.master", "m");
		config(sentinels);
		assertThat(output).doesNotContain("is not used");
		Map<String, String> properties = new HashMap<>(sentinels);
		properties.put(property, "billing");
		config(properties);
		assertThat(output).contains("The user name 'billing' " + whose + " is not used, because there is no password");
	}

	@Test
	void anEmptyPasswordIsOne(CapturedOutput output) {
		config(Map.of("username", "billing", "password", ""));
		config(Map.of("url", "redis://billing:@localhost:6379"));
		assertThat(output).doesNotContain("is not used");
	}

	/**
	 * Each attempt to connect to a cluster that is away takes a new client.
	 */
	@Test
	void theVersionOfTheClientIsSaidOnce(CapturedOutput output) {
		LoggingSystem logging = LoggingSystem.get(getClass().getClassLoader());
		logging.setLogLevel("org.redisson.Version", LogLevel.INFO);
		try {
			LockClients clients = new LockClients(config(Map.of("cluster.nodes", "localhost:1")));
			for (int attempt = 0; attempt < 3; attempt++) {
				clients.get().shutdown();
			}
			assertThat(versions(output)).hasSize(1);
			new LockClients(config(Map.of())).get().shutdown();
			assertThat(versions(output)).as("another client is not silenced").hasSize(2);
		}
		finally {
			logging.setLogLevel("org.redisson.Version", null);
		}
	}

	private static List<String> versions(CapturedOutput output) {
		return output.toString().lines().filter((line) -> line.matches(".*: Redisson \\d.*")).toList();
	}

	@Test
	void aBundleBringsItsKeysProtocolsAndCiphers() throws NoSuchAlgorithmException {
		DefaultSslBundleRegistry bundles = new DefaultSslBundleRegistry();
		KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
		TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
		SslBundle bundle = SslBundle.of(SslStoreBundle.NONE, SslBundleKey.NONE,
				SslOptions.of(new String[] { "TLS_AES_256_GCM_SHA384" }, new String[] { "TLSv1.3" }), null,
				SslManagerBundle.of(keys, trust));
		bundles.registerBundle("mine", bundle);
		Config config = config(Map.of("ssl.bundle", "mine"), bundles);
		assertThat(config.useSingleServer().getAddress()).isEqualTo("rediss://localhost:6379");
		assertThat(config.getSslTrustManagerFactory()).isSameAs(trust);
		assertThat(config.getSslKeyManagerFactory()).isSameAs(keys);
		assertThat(config.getSslProtocols()).containsExactly("TLSv1.3");
		assertThat(config.getSslCiphers()).containsExactly("TLS_AES_256_GCM_SHA384");
	}

	@Test
	void aBundleWithoutOptionsLeavesTheDefaults() {
		DefaultSslBundleRegistry bundles = new DefaultSslBundleRegistry();
		bundles.registerBundle("mine", SslBundle.of(SslStoreBundle.NONE));
		Config config = config(Map.of("ssl.bundle", "mine"), bundles);
		assertThat(config.getSslProtocols()).isNull();
		assertThat(config.getSslCiphers()).isNull();
	}

	@Test
	void aBundleNeedsBundles() {
		assertThatExceptionOfType(InvalidJobException.class).isThrownBy(() -> config(Map.of("ssl.bundle", "mine")))
			.withMessageContaining("spring.data.redis.ssl.bundle is 'mine', but there are no SSL bundles");
	}

	private static Config config(Map<String, String> properties) {
		return config(properties, null);
	}

	private static Config config(Map<String, String> properties, @Nullable SslBundles bundles) {
		ConfigurableEnvironment environment = new AbstractEnvironment() {
		};
		Map<String, Object> values = new HashMap<>();
		properties.forEach((name, value) -> values
			.put(name.startsWith("distributed-scheduled.") ? name : "spring.data.redis." + name, value));
		environment.getPropertySources().addFirst(new MapPropertySource("test", values));
		LockClientProperties client = Binder.get(environment)
			.bindOrCreate("distributed-scheduled.redis", LockClientProperties.class);
		return RedissonClients.config(RedisProperties.from(environment).settings(bundles), client, ACQUIRE_TIMEOUT);
	}

}
