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

import java.time.Duration;
import java.util.List;

import org.jspecify.annotations.Nullable;
import org.redisson.client.codec.StringCodec;
import org.redisson.config.BaseConfig;
import org.redisson.config.BaseMasterSlaveServersConfig;
import org.redisson.config.ClusterServersConfig;
import org.redisson.config.Config;
import org.redisson.config.ConstantDelay;
import org.redisson.config.NatMapper;
import org.redisson.config.ReadMode;
import org.redisson.config.ReplicatedServersConfig;
import org.redisson.config.SentinelServersConfig;
import org.redisson.config.SingleServerConfig;
import org.redisson.config.SubscriptionMode;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.boot.ssl.SslBundle;
import org.springframework.util.StringUtils;

/**
 * Configures the private client of the locks: few threads, few connections, short waits.
 */
final class RedissonClients {

	private static final Logger logger = LoggerFactory.getLogger(RedissonClients.class);

	private static final Duration RECONNECT = Duration.ofMillis(200);

	private static final int IDLE_CONNECTIONS = 1;

	private static final int MOST_CONNECTIONS = 8;

	/** How often a client looks who the masters are, in milliseconds. */
	private static final int SCAN = 1000;

	/** In milliseconds. */
	private static final int SHORTEST_PING = 100;

	private static final Duration LONGEST_PING = Duration.ofSeconds(5);

	private RedissonClients() {
	}

	/**
	 * Return the configuration of a client that connects with its first command.
	 */
	static Config config(RedisSettings redis, LockClientProperties client, Duration acquireTimeout) {
		Config config = new Config();
		config.setLazyInitialization(true);
		config.setThreads(2);
		config.setNettyThreads(2);
		config.setCodec(StringCodec.INSTANCE);
		config.setUsername(redis.username());
		config.setPassword(redis.password());
		// Where there are replicas an RLock waits for them. It must not wait for one that
		// stands still, and a lock that no replica has heard of is a lock
		config.setCheckLockSyncedSlaves(false);
		config.setSlavesSyncTimeout(Math.max(1, acquireTimeout.toMillis() / 100));
		config.setUseScriptCache(client.useScriptCache());
		common(layout(config, redis, new NatMap(client.natMapper())), redis, client, acquireTimeout);
		warnOfNames(redis);
		if (redis.sslBundle() != null) {
			apply(redis.sslBundle(), config);
		}
		return config;
	}

	/**
	 * Spring Boot, too, takes no notice of a name without a password, and Redis answers
	 * NOAUTH.
	 */
	private static void warnOfNames(RedisSettings redis) {
		warnOfName("Redis", redis.username(), redis.password());
		if (redis.layout() instanceof Layout.Sentinel sentinel) {
			warnOfName("the sentinels", sentinel.username(), sentinel.password());
		}
	}

	private static void warnOfName(String whose, @Nullable String username, @Nullable String password) {
		if (StringUtils.hasLength(username) && password == null) {
			logger
				.warn("The user name '{}' for {} is not used, because there is no password: this application connects "
						+ "as the default user. Set the password, or leave the name out; for a user that needs no password "
						+ "set an empty one.", username, whose);
		}
	}

	private static BaseConfig<?> layout(Config config, RedisSettings redis, NatMapper natMapper) {
		Layout layout = redis.layout();
		if (layout instanceof Layout.Single single) {
			SingleServerConfig server = config.useSingleServer();
			server.setAddress(redis.address(single.node()));
			server.setDatabase(redis.database());
			server.setConnectionMinimumIdleSize(IDLE_CONNECTIONS);
			server.setConnectionPoolSize(MOST_CONNECTIONS);
			server.setSubscriptionConnectionMinimumIdleSize(0);
			return server;
		}
		if (layout instanceof Layout.Sentinel sentinel) {
			return masterOnly(sentinels(config, redis, sentinel).setNatMapper(natMapper));
		}
		if (layout instanceof Layout.Cluster cluster) {
			ClusterServersConfig servers = config.useClusterServers();
			servers.setNodeAddresses(addresses(redis, cluster.nodes()));
			servers.setScanInterval(SCAN);
			servers.setNatMapper(natMapper);
			// The jobs on the other shards need not wait for the one that is away
			servers.setCheckSlotsCoverage(false);
			return masterOnly(servers);
		}
		if (layout instanceof Layout.MasterReplica masterReplica) {
			// Asks each server for its role, again and again: the master may change
			ReplicatedServersConfig servers = config.useReplicatedServers();
			servers.setNodeAddresses(addresses(redis, masterReplica.nodes()));
			servers.setDatabase(redis.database());
			// Each look at a server that is down is an error in the log
			servers.setScanInterval(5 * SCAN);
			return masterOnly(servers);
		}
		throw new IllegalStateException("Unknown layout " + layout);
	}

	private static SentinelServersConfig sentinels(Config config, RedisSettings redis, Layout.Sentinel sentinel) {
		SentinelServersConfig servers = config.useSentinelServers();
		servers.setMasterName(sentinel.master());
		servers.setSentinelAddresses(addresses(redis, sentinel.nodes()));
		servers.setDatabase(redis.database());
		servers.setScanInterval(SCAN);
		// Whether there are enough of them is not for us to say
		servers.setCheckSentinelsList(false);
		servers.setSentinelUsername(sentinel.username());
		servers.setSentinelPassword(sentinel.password());
		if (sentinel.password() != null && redis.password() == null) {
			// Redisson does not look at the password of the sentinels unless Redis has
			// one, too. The default user of a Redis without a password takes any
			config.setUsername("default");
			config.setPassword("");
		}
		return servers;
	}

	private static List<String> addresses(RedisSettings redis, List<Layout.Node> nodes) {
		return nodes.stream().map(redis::address).toList();
	}

	/**
	 * Locks are on the master; a replica may not have heard of them.
	 */
	private static BaseConfig<?> masterOnly(BaseMasterSlaveServersConfig<?> servers) {
		servers.setReadMode(ReadMode.MASTER);
		servers.setSubscriptionMode(SubscriptionMode.MASTER);
		servers.setMasterConnectionMinimumIdleSize(IDLE_CONNECTIONS);
		servers.setMasterConnectionPoolSize(MOST_CONNECTIONS);
		servers.setSubscriptionConnectionMinimumIdleSize(0);
		return servers;
	}

	private static void common(BaseConfig<?> server, RedisSettings redis, LockClientProperties client,
			Duration acquireTimeout) {
		server.setClientName(redis.clientName());
		// A command that nobody waits for any more must not be sent later, nor twice
		Duration timeout = shorter(limit(redis.timeout()), acquireTimeout);
		server.setTimeout(millis(timeout));
		Duration ping = client.pingConnectionInterval();
		server.setPingConnectionInterval((ping != null) ? millis(ping, 0) : ping(timeout));
		Duration connectTimeout = limit(redis.connectTimeout());
		server.setConnectTimeout(millis((connectTimeout != null) ? connectTimeout : acquireTimeout));
		server.setRetryAttempts(0);
		server.setReconnectionDelay(new ConstantDelay(RECONNECT));
	}

	/**
	 * Zero is no limit, as for the drivers of Spring Boot.
	 */
	private static @Nullable Duration limit(@Nullable Duration timeout) {
		return (timeout != null && (timeout.isZero() || timeout.isNegative())) ? null : timeout;
	}

	private static Duration shorter(@Nullable Duration one, Duration other) {
		return (one != null && one.compareTo(other) < 0) ? one : other;
	}

	/**
	 * A connection may be dead and open, as behind a firewall that has forgotten it. One
	 * on which nothing comes back for that long is closed, and the next command goes by a
	 * new one. Before the timeout, because after it Redisson makes an error of it.
	 */
	private static int ping(Duration timeout) {
		return Math.max(SHORTEST_PING, millis(shorter(timeout.multipliedBy(4).dividedBy(5), LONGEST_PING)));
	}

	private static int millis(Duration duration) {
		return millis(duration, 1);
	}

	private static int millis(Duration duration, int least) {
		return (int) Math.min(Integer.MAX_VALUE, Math.max(least, duration.toMillis()));
	}

	private static void apply(SslBundle bundle, Config config) {
		config.setSslTrustManagerFactory(bundle.getManagers().getTrustManagerFactory());
		config.setSslKeyManagerFactory(bundle.getManagers().getKeyManagerFactory());
		String[] protocols = bundle.getOptions().getEnabledProtocols();
		if (protocols != null) {
			config.setSslProtocols(protocols);
		}
		String[] ciphers = bundle.getOptions().getCiphers();
		if (ciphers != null) {
			config.setSslCiphers(ciphers);
		}
	}

}
