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
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.redisson.misc.RedisURI;

import org.springframework.boot.ssl.DefaultSslBundleRegistry;
import org.springframework.boot.ssl.SslBundle;
import org.springframework.boot.ssl.SslStoreBundle;
import org.springframework.core.env.AbstractEnvironment;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.MapPropertySource;

import io.github.lockstarter.InvalidJobException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatNoException;

/**
 * What {@code spring.data.redis.*} says.
 */
class RedisSettingsTests {

	private static final SslBundle BUNDLE = SslBundle.of(SslStoreBundle.NONE);

	@Test
	void theDefaultsAreThoseOfSpringBoot() {
		RedisSettings settings = settings();
		assertThat(address(settings)).isEqualTo("redis://localhost:6379");
		assertThat(settings.database()).isZero();
		assertThat(settings.username()).isNull();
		assertThat(settings.password()).isNull();
		assertThat(settings.clientName()).isNull();
		assertThat(settings.timeout()).isNull();
		assertThat(settings.connectTimeout()).isNull();
		assertThat(settings.tls()).isFalse();
	}

	@Test
	void everyPropertyIsRead() {
		RedisSettings settings = settings("host=redis-master", "port=6380", "username=batch", "password=s3cret",
				"database=3", "timeout=500ms", "connect-timeout=2s", "client-name=billing", "ssl.enabled=true",
				"ssl.bundle=mine");
		assertThat(address(settings)).isEqualTo("rediss://redis-master:6380");
		assertThat(settings.username()).isEqualTo("batch");
		assertThat(settings.password()).isEqualTo("s3cret");
		assertThat(settings.database()).isEqualTo(3);
		assertThat(settings.timeout()).isEqualTo(Duration.ofMillis(500));
		assertThat(settings.connectTimeout()).isEqualTo(Duration.ofSeconds(2));
		assertThat(settings.clientName()).isEqualTo("billing");
		assertThat(settings.sslBundle()).isSameAs(BUNDLE);
		assertThat(settings).hasToString("rediss://redis-master:6380/3");
	}

	@ParameterizedTest
	@CsvSource(nullValues = "-", textBlock = """
			redis://host                          , redis://host:6379    , -      , -       , 0
			redis://host/                         , redis://host:6379    , -      , -       , 0
			redis://host:6380                     , redis://host:6380    , -      , -       , 0
			redis://host:6380/5                   , redis://host:6380    , -      , -       , 5
			rediss://host:6380                    , rediss://host:6380   , -      , -       , 0
			REDISS://host                         , rediss://host:6379   , -      , -       , 0
			redis://user:s3cret@host/2            , redis://host:6379    , user   , s3cret  , 2
			redis://my_redis:6379                 , redis://my_redis:6379, -      , -       , 0
			rediss://user:s_cret@my_redis.a_b/2   , rediss://my_redis.a_b:6379 , user , s_cret , 2
			redis://us_er:s%40cret@my_redis       , redis://my_redis:6379, us_er  , s@cret  , 0
			redis://us_er:s_cret@host:6380/1      , redis://host:6380    , us_er  , s_cret  , 1
			redis://us_er:s_cret@[::1]            , redis://[::1]:6379   , us_er  , s_cret  , 0
			redis://s_cret@host                   , redis://host:6379    , -      , s_cret  , 0
			redis://s3cret@host                   , redis://host:6379    , -      , s3cret  , 0
			redis://:s3cret@host                  , redis://host:6379    , -      , s3cret  , 0
			redis://user:a:b@host                 , redis://host:6379    , user   , a:b     , 0
			redis://user:p%40ss%2Fw%25@host       , redis://host:6379    , user   , p@ss/w% , 0
			redis://[::1]:6380/1                  , redis://[::1]:6380   , -      , -       , 1
			valkey://user:s3cret@host/2           , redis://host:6379    , user   , s3cret  , 2
			valkeys://host                        , rediss://host:6379   , -      , -       , 0
			redis://user:s3cret@[2001:db8::1]     , redis://[2001:db8::1]:6379, user , s3cret , 0
			""")
	void aUrlIsRead(String url, String address, String username, String password, int database) {
		RedisSettings settings = settings("url=" + url);
		assertThat(address(settings)).isEqualTo(address);
		assertThat(settings.username()).isEqualTo(username);
		assertThat(settings.password()).isEqualTo(password);
		assertThat(settings.database()).isEqualTo(database);
	}

	@Test
	void aUrlOverridesTheOtherProperties() {
		RedisSettings settings = settings("url=redis://new:word@url:6380/5", "host=other", "port=1", "username=old",
				"password=old", "database=3", "timeout=1s", "client-name=billing");
		assertThat(settings).hasToString("redis://url:6380/5");
		assertThat(settings.username()).isEqualTo("new");
		assertThat(settings.password()).isEqualTo("word");
		assertThat(settings.timeout()).isEqualTo(Duration.ofSeconds(1));
		assertThat(settings.clientName()).isEqualTo("billing");
	}

	@Test
	void whatAUrlDoesNotSayStays() {
		RedisSettings settings = settings("url=redis://url", "port=6380", "username=user", "password=word",
				"database=3", "ssl.enabled=true");
		assertThat(settings.username()).isEqualTo("user");
		assertThat(settings.password()).isEqualTo("word");
		assertThat(settings.database()).isEqualTo(3);
		assertThat(address(settings)).as("the port of a URL has its own default").isEqualTo("rediss://url:6379");
	}

	@Test
	void anEmptyUrlIsNone() {
		assertThat(address(settings("url=", "host=redis-master"))).isEqualTo("redis://redis-master:6379");
	}

	@ParameterizedTest
	@CsvSource({ "::1, redis://[::1]:6379", "[::1], redis://[::1]:6379", "10.0.0.1, redis://10.0.0.1:6379" })
	void anAddressMayBeTheHost(String host, String address) {
		assertThat(address(settings("host=" + host))).isEqualTo(address);
	}

	/**
	 * Services of Docker Compose have such names.
	 */
	@Test
	void aHostMayHaveAnUnderscoreWhereverItIsNamed() {
		assertThat(settings("host=my_redis")).hasToString("redis://my_redis:6379/0");
		assertThat(settings("cluster.nodes=my_redis:6379,my_redis_2:6379")).asString()
			.contains("redis://my_redis:6379", "redis://my_redis_2:6379");
		assertThatNoException().isThrownBy(() -> new RedisURI("redis://my_redis:6379"));
	}

	@Test
	void aBundleMeansTlsUnlessThatIsSwitchedOff() {
		assertThat(address(settings("ssl.bundle=mine"))).isEqualTo("rediss://localhost:6379");
		assertThat(address(settings("ssl.bundle=mine", "ssl.enabled=false"))).isEqualTo("redis://localhost:6379");
		assertThat(address(settings("url=rediss://host", "ssl.bundle=mine", "ssl.enabled=false")))
			.isEqualTo("rediss://host:6379");
		assertThat(settings("url=rediss://host", "ssl.bundle=mine").sslBundle()).isSameAs(BUNDLE);
	}

	@ParameterizedTest
	@CsvSource({ "redis://user:s3cret@host:6379/x", "http://user:s3cret@host", "redis://user:s3/cret@host",
			"redis://user:s3@cret@ho st", "user:s3cret@host", "redis://", "redis://us_er:33?s3cret@host",
			"redis://user:33#s3cret@host", "redis://us_er:s3#cret@host", "redis://user:s3cret@host:70000",
			"redis://host/x?password=s3cret" })
	void aUrlThatCannotBeReadIsRefusedWithoutItsPassword(String url) {
		assertThatExceptionOfType(InvalidJobException.class).isThrownBy(() -> settings("url=" + url))
			.withMessageStartingWith("spring.data.redis.url cannot be read: \"")
			.withMessageNotContainingAny("s3", "cret")
			.withNoCause();
	}

	/**
	 * A client would try it again and again.
	 */
	@ParameterizedTest
	@CsvSource(delimiter = '|', textBlock = """
			host=redis-master:6379         | spring.data.redis.host is "redis-master:6379", which is no host
			host=redis://redis-master      | spring.data.redis.host is "redis://redis-master", which is no host
			host=user:s3cret@redis-master  | spring.data.redis.host is "***@redis-master", which is no host
			host=redis master              | spring.data.redis.host is "redis master", which is no host
			host=a,b                       | spring.data.redis.host is "a,b", which is no host
			host=                          | spring.data.redis.host is "", which is no host
			port=0                         | spring.data.redis.port is 0, which is no port
			port=70000                     | spring.data.redis.port is 70000, which is no port
			cluster.nodes=redis://a:6379   | cluster.nodes contains "redis://a:6379", which is not host:port
			cluster.nodes=a b:6379         | cluster.nodes contains "a b:6379", which is not host:port
			""")
	void whatIsNoHostOrPortIsRefused(String property, String text) {
		assertThatExceptionOfType(InvalidJobException.class).isThrownBy(() -> settings(property))
			.withMessageContaining(text)
			.satisfies((ex) -> assertThat(ex.remedy()).isNotEmpty());
	}

	@Test
	void emptyNodesAreNoLayout() {
		assertThat(address(settings("sentinel.nodes=", "sentinel.password=word", "cluster.max-redirects=3")))
			.isEqualTo("redis://localhost:6379");
	}

	@Test
	void sentinelsAreRead() {
		RedisSettings settings = settings("sentinel.master=mymaster", "sentinel.nodes=a:26379, [::1]:26380",
				"sentinel.username=guard", "sentinel.password=s3cret", "username=batch", "password=word", "database=2");
		assertThat(settings.layout()).isEqualTo(new Layout.Sentinel("mymaster",
				List.of(new Layout.Node("a", 26379), new Layout.Node("[::1]", 26380)), "guard", "s3cret"));
		assertThat(settings.username()).isEqualTo("batch");
		assertThat(settings.password()).isEqualTo("word");
		assertThat(settings)
			.hasToString("master 'mymaster', database 2, of the sentinels redis://a:26379, redis://[::1]:26380");
		assertThat(settings.layout().toString()).doesNotContain("s3cret");
	}

	@Test
	void aClusterIsRead() {
		RedisSettings settings = settings("cluster.nodes[0]=a:6379", "cluster.nodes[1]=b:6380", "ssl.enabled=true");
		assertThat(settings.layout())
			.isEqualTo(new Layout.Cluster(List.of(new Layout.Node("a", 6379), new Layout.Node("b", 6380))));
		assertThat(settings).hasToString("cluster rediss://a:6379, rediss://b:6380");
	}

	@Test
	void aMasterAndReplicasAreRead() {
		RedisSettings settings = settings("masterreplica.nodes=a:6379,b:6379", "database=1");
		assertThat(settings.layout())
			.isEqualTo(new Layout.MasterReplica(List.of(new Layout.Node("a", 6379), new Layout.Node("b", 6379))));
		assertThat(settings).hasToString("the master, database 1, among redis://a:6379, redis://b:6379");
	}

	/**
	 * As in Spring Boot, so that the locks are where the rest of the application is.
	 */
	@Test
	void nodesComeBeforeTheHostOfAUrl() {
		RedisSettings settings = settings("url=rediss://user:word@elsewhere:1/3", "sentinel.master=mymaster",
				"sentinel.nodes=a:26379");
		assertThat(settings.layout())
			.isEqualTo(new Layout.Sentinel("mymaster", List.of(new Layout.Node("a", 26379)), null, null));
		assertThat(settings.username()).isEqualTo("user");
		assertThat(settings.password()).isEqualTo("word");
		assertThat(settings.database()).isEqualTo(3);
		assertThat(settings.tls()).isTrue();
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|',
			textBlock = """
					sentinel.nodes=a:26379                     | sentinel.nodes is set, but not the name of the master
					sentinel.master=mymaster                   | sentinel.master is set, but no sentinels
					sentinel.master=mymaster;sentinel.nodes=a  | sentinel.nodes contains "a", which is not host:port
					cluster.nodes=a:6379,:6379                 | cluster.nodes contains ":6379", which is not host:port
					cluster.nodes=a:70000                      | cluster.nodes contains "a:70000", which is not host:port
					masterreplica.nodes=redis://a:6379/0       | masterreplica.nodes contains "redis://a:6379/0", which is not
					cluster.nodes=a:6379;database=1            | Database 1 is asked for, but a Redis Cluster has database 0 only
					cluster.nodes=a:6379;url=redis://a/2       | Database 2 is asked for, but a Redis Cluster has database 0 only
					sentinel.nodes=a:1;cluster.nodes=b:1       | spring.data.redis.sentinel and spring.data.redis.cluster are set
					cluster.nodes=a:1;masterreplica.nodes=b:1  | spring.data.redis.cluster and spring.data.redis.masterreplica are
					""")
	void halfALayoutIsRefused(String properties, String text) {
		assertThatExceptionOfType(InvalidJobException.class).isThrownBy(() -> settings(properties.split(";")))
			.withMessageContaining(text)
			.satisfies((ex) -> assertThat(ex.remedy()).isNotEmpty());
	}

	@Test
	void aPasswordAmongTheNodesIsNotShown() {
		assertThatExceptionOfType(InvalidJobException.class)
			.isThrownBy(() -> settings("cluster.nodes=redis://user:s3cret@a:6379/"))
			.withMessageNotContaining("s3cret");
	}

	@Test
	void theTextHasNoPassword() {
		assertThat(settings("username=user", "password=s3cret")).hasToString("redis://localhost:6379/0");
	}

	private static String address(RedisSettings settings) {
		return settings.toString().replaceFirst("/\\d+$", "");
	}

	private static RedisSettings settings(String... properties) {
		Map<String, Object> values = Stream.of(properties)
			.map((property) -> property.split("=", 2))
			.collect(Collectors.toMap((property) -> "spring.data.redis." + property[0], (property) -> property[1]));
		ConfigurableEnvironment environment = new AbstractEnvironment() {
		};
		environment.getPropertySources().addFirst(new MapPropertySource("test", values));
		DefaultSslBundleRegistry bundles = new DefaultSslBundleRegistry("mine", BUNDLE);
		return RedisProperties.from(environment).settings(bundles);
	}

}
