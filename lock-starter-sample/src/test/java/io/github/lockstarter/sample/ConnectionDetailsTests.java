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

package io.github.lockstarter.sample;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;

import io.github.lockstarter.autoconfigure.DistributedScheduledAutoConfiguration;
import io.github.lockstarter.fixture.Attempts;
import io.github.lockstarter.fixture.RedisServer;
import io.github.lockstarter.lock.JobLocks;
import org.junit.jupiter.api.Test;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.utility.DockerImageName;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.service.connection.ConnectionDetails;
import org.springframework.boot.autoconfigure.ssl.SslAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.testcontainers.service.connection.ServiceConnection;
import org.springframework.boot.testcontainers.service.connection.ServiceConnectionAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.util.ClassUtils;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Where the locks are, by the connection details of the Spring Boot that this runs on:
 * the classes have other names on each line.
 */
class ConnectionDetailsTests {

	private static final String[] DETAILS = {
			"org.springframework.boot.data.redis.autoconfigure.DataRedisConnectionDetails",
			"org.springframework.boot.autoconfigure.data.redis.RedisConnectionDetails" };

	private static final String[] AUTO_CONFIGURATIONS = {
			"org.springframework.boot.data.redis.autoconfigure.DataRedisAutoConfiguration",
			"org.springframework.boot.autoconfigure.data.redis.RedisAutoConfiguration" };

	private static final RedisServer redis = RedisServer.shared();

	private final ApplicationContextRunner withoutModule = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(DistributedScheduledAutoConfiguration.class,
				SslAutoConfiguration.class, ServiceConnectionAutoConfiguration.class))
		.withClassLoader(new FilteredClassLoader("org.springframework.boot.data.redis",
				"org.springframework.boot.autoconfigure.data.redis",
				"org.springframework.boot.testcontainers.service.connection.redis"))
		.withPropertyValues("spring.application.name=details");

	private final ApplicationContextRunner withModule = this.withoutModule.withClassLoader(getClass().getClassLoader())
		.withConfiguration(AutoConfigurations.of(present(AUTO_CONFIGURATIONS)));

	@Test
	@SuppressWarnings("unchecked")
	void theDetailsOfTheApplicationAreUsed() {
		Class<ConnectionDetails> type = (Class<ConnectionDetails>) present(DETAILS);
		this.withModule.withBean(type, ConnectionDetailsTests::details)
			.withPropertyValues("spring.data.redis.url=rediss://no.such.host.invalid:1")
			.run((context) -> {
				JobLocks locks = context.getBean(JobLocks.class);
				assertThat(locks.describe()).isEqualTo(redis.address() + "/2");
				Attempts.untilDone(locks::ready);
			});
	}

	/**
	 * In the details that Spring Boot makes of the properties, rediss:// is lost.
	 */
	@Test
	void detailsThatAreMadeOfThePropertiesLoseNothing() {
		this.withModule.withPropertyValues("spring.data.redis.url=rediss://127.0.0.1:1/3").run((context) -> {
			assertThat(context).hasSingleBean(present(DETAILS));
			assertThat(context.getBean(JobLocks.class).describe()).isEqualTo("rediss://127.0.0.1:1/3");
		});
	}

	@Test
	void withoutTheModuleThePropertiesAreRead() {
		this.withoutModule.withPropertyValues("spring.data.redis.url=rediss://127.0.0.1:1/3")
			.run((context) -> assertThat(context.getBean(JobLocks.class).describe())
				.isEqualTo("rediss://127.0.0.1:1/3"));
	}

	@Test
	void theContainerOfAServiceConnectionIsUsedWithTheModule() {
		this.withModule.withUserConfiguration(RedisInAContainer.class).run((context) -> {
			assertThat(context).hasSingleBean(present(DETAILS)).hasSingleBean(ConnectionDetails.class);
			Attempts.untilDone(context.getBean(JobLocks.class)::ready);
			assertThat(context.getBean(JobLocks.class).describe()).isEqualTo(redis.address() + "/0");
		});
	}

	@Test
	void theContainerOfAServiceConnectionIsUsedWithoutTheModule() {
		this.withoutModule.withUserConfiguration(RedisInAContainer.class).run((context) -> {
			Attempts.untilDone(context.getBean(JobLocks.class)::ready);
			assertThat(context.getBean(JobLocks.class).describe()).isEqualTo(redis.address() + "/0");
		});
	}

	private static Class<?> present(String[] names) {
		ClassLoader classLoader = ConnectionDetailsTests.class.getClassLoader();
		String name = ClassUtils.isPresent(names[0], classLoader) ? names[0] : names[1];
		return ClassUtils.resolveClassName(name, classLoader);
	}

	private static ConnectionDetails details() {
		Class<?> type = present(DETAILS);
		return (ConnectionDetails) Proxy.newProxyInstance(ConnectionDetailsTests.class.getClassLoader(),
				new Class<?>[] { type },
				(proxy, method, args) -> method.getName().equals("getStandalone") ? standalone(type)
						: method.isDefault() ? InvocationHandler.invokeDefault(proxy, method, args)
								: method.invoke(redis, args));
	}

	private static Object standalone(Class<?> type) throws ReflectiveOperationException {
		return ClassUtils.resolveClassName(type.getName() + "$Standalone", type.getClassLoader())
			.getMethod("of", String.class, int.class, int.class)
			.invoke(null, redis.host(), redis.port(), 2);
	}

	/**
	 * A container whose engine is not asked: the Redis of the tests stands in for it.
	 */
	@Configuration(proxyBeanMethods = false)
	static class RedisInAContainer {

		@Bean
		@ServiceConnection("redis")
		Container redis() {
			return new Container();
		}

	}

	static final class Container extends GenericContainer<Container> {

		Container() {
			super(DockerImageName.parse("redis:7"));
		}

		@Override
		public void start() {
			// It runs
		}

		@Override
		public void stop() {
			// It is not this one's
		}

		@Override
		public String getHost() {
			return redis.host();
		}

		@Override
		public Integer getMappedPort(int originalPort) {
			return redis.port();
		}

	}

}
