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
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import org.springframework.core.env.AbstractEnvironment;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.MapPropertySource;

import io.github.lockstarter.InvalidJobException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * What {@code spring.data.redis.*} says.
 */
class RedisSettingsTests {

	@Test
	void theDefaultsAreThoseOfSpringBoot() {
		RedisSettings settings = settings();
		assertThat(settings.address()).isEqualTo("redis://localhost:6379");
		assertThat(settings.database()).isZero();
		assertThat(settings.username()).isNull();
		assertThat(settings.password()).isNull();
		assertThat(settings.clientName()).isNull();
		assertThat(settings.timeout()).isNull();
		assertThat(settings.connectTimeout()).isNull();
		assertThat(settings.isTls()).isFalse();
	}

	@Test
	void everyPropertyIsRead() {
		RedisSettings settings = settings("host=redis-master", "port=6380", "username=batch", "password=s3cret",
				"database=3", "timeout=500ms", "connect-timeout=2s", "client-name=billing", "ssl.enabled=true",
				"ssl.bundle=mine");
		assertThat(settings.address()).isEqualTo("rediss://redis-master:6380");
		assertThat(settings.username()).isEqualTo("batch");
		assertThat(settings.password()).isEqualTo("s3cret");
		assertThat(settings.database()).isEqualTo(3);
		assertThat(settings.timeout()).isEqualTo(Duration.ofMillis(500));
		assertThat(settings.connectTimeout()).isEqualTo(Duration.ofSeconds(2));
		assertThat(settings.clientName()).isEqualTo("billing");
		assertThat(settings.ssl().bundle()).isEqualTo("mine");
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
			redis://s3cret@host                   , redis://host:6379    , -      , s3cret  , 0
			redis://:s3cret@host                  , redis://host:6379    , -      , s3cret  , 0
			redis://user:a:b@host                 , redis://host:6379    , user   , a:b     , 0
			redis://user:p%40ss%2Fw%25@host       , redis://host:6379    , user   , p@ss/w% , 0
			redis://[::1]:6380/1                  , redis://[::1]:6380   , -      , -       , 1
			redis://user:s3cret@[2001:db8::1]     , redis://[2001:db8::1]:6379, user , s3cret , 0
			""")
	void aUrlIsRead(String url, String address, String username, String password, int database) {
		RedisSettings settings = settings("url=" + url);
		assertThat(settings.address()).isEqualTo(address);
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
		assertThat(settings.address()).as("the port of a URL has its own default").isEqualTo("rediss://url:6379");
	}

	@Test
	void anEmptyUrlIsNone() {
		assertThat(settings("url=", "host=redis-master").address()).isEqualTo("redis://redis-master:6379");
	}

	@ParameterizedTest
	@CsvSource({ "::1, redis://[::1]:6379", "[::1], redis://[::1]:6379", "10.0.0.1, redis://10.0.0.1:6379" })
	void anAddressMayBeTheHost(String host, String address) {
		assertThat(settings("host=" + host).address()).isEqualTo(address);
	}

	@Test
	void aBundleMeansTlsUnlessThatIsSwitchedOff() {
		assertThat(settings("ssl.bundle=mine").address()).isEqualTo("rediss://localhost:6379");
		assertThat(settings("ssl.bundle=mine", "ssl.enabled=false").address()).isEqualTo("redis://localhost:6379");
		assertThat(settings("url=rediss://host", "ssl.bundle=mine", "ssl.enabled=false").address())
			.isEqualTo("rediss://host:6379");
		assertThat(settings("url=rediss://host", "ssl.bundle=mine").ssl().bundle()).isEqualTo("mine");
	}

	@ParameterizedTest
	@CsvSource({ "redis://user:s3cret@host:6379/x", "http://user:s3cret@host", "redis://user:s3/cret@host",
			"redis://user:s3@cret@ho st", "user:s3cret@host", "redis://" })
	void aUrlThatCannotBeReadIsRefusedWithoutItsPassword(String url) {
		assertThatExceptionOfType(InvalidJobException.class).isThrownBy(() -> settings("url=" + url))
			.withMessageStartingWith("spring.data.redis.url cannot be read: \"")
			.withMessageNotContainingAny("s3", "cret")
			.withNoCause();
	}

	@Test
	void emptyNodesAreNoLayout() {
		assertThat(settings("sentinel.master=mymaster", "cluster.max-redirects=3").address())
			.isEqualTo("redis://localhost:6379");
	}

	@Test
	void theTextHasNoPassword() {
		assertThat(settings("username=user", "password=s3cret")).hasToString("redis://localhost:6379/0");
	}

	private static RedisSettings settings(String... properties) {
		Map<String, Object> values = Stream.of(properties)
			.map((property) -> property.split("=", 2))
			.collect(Collectors.toMap((property) -> "spring.data.redis." + property[0], (property) -> property[1]));
		ConfigurableEnvironment environment = new AbstractEnvironment() {
		};
		environment.getPropertySources().addFirst(new MapPropertySource("test", values));
		return RedisSettings.from(environment);
	}

}
