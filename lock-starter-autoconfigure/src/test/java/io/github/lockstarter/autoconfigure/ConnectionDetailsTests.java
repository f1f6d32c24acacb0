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

import java.lang.reflect.Constructor;
import java.time.Duration;
import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.utility.DockerImageName;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.data.redis.RedisConnectionDetails;
import org.springframework.boot.autoconfigure.service.connection.ConnectionDetails;
import org.springframework.boot.autoconfigure.service.connection.ConnectionDetailsFactories;
import org.springframework.boot.autoconfigure.ssl.SslAutoConfiguration;
import org.springframework.boot.data.redis.autoconfigure.DataRedisConnectionDetails;
import org.springframework.boot.docker.compose.core.ConnectionPorts;
import org.springframework.boot.docker.compose.core.ImageReference;
import org.springframework.boot.docker.compose.core.RunningService;
import org.springframework.boot.docker.compose.service.connection.DockerComposeConnectionSource;
import org.springframework.boot.ssl.SslBundle;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.testcontainers.service.connection.ServiceConnection;
import org.springframework.boot.testcontainers.service.connection.ServiceConnectionAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.util.ClassUtils;

import io.github.lockstarter.InvalidJobException;
import io.github.lockstarter.fixture.Attempts;
import io.github.lockstarter.fixture.RedisServer;
import io.github.lockstarter.lock.JobLocks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * Whoever says where Redis is, the locks go there: with the connection details of either
 * line of Spring Boot on the class path, and with none.
 */
class ConnectionDetailsTests {

	private static final String BUNDLE = "spring.ssl.bundle.jks.mine.truststore.type=PKCS12";

	/**
	 * Details and factories of Boot 4, which no application has beside those of Boot 3.
	 */
	private static final String[] BOOT_4 = { "org.springframework.boot.data.redis" };

	/** Those of both. */
	private static final String[] BOTH = { "org.springframework.boot.data.redis",
			"org.springframework.boot.autoconfigure.data.redis",
			"org.springframework.boot.testcontainers.service.connection.redis",
			"org.springframework.boot.docker.compose.service.connection.redis" };

	/** Properties that lead nowhere, but for what is in no details. */
	private final ApplicationContextRunner boot4 = new ApplicationContextRunner()
		.withConfiguration(
				AutoConfigurations.of(DistributedScheduledAutoConfiguration.class, SslAutoConfiguration.class))
		.withPropertyValues("spring.application.name=details", "spring.data.redis.host=properties",
				"spring.data.redis.username=nobody", "spring.data.redis.timeout=500ms",
				"spring.data.redis.connect-timeout=700ms", "spring.data.redis.client-name=billing", BUNDLE);

	private final ApplicationContextRunner boot3 = this.boot4.withClassLoader(new FilteredClassLoader(BOOT_4));

	private final ApplicationContextRunner none = this.boot4.withClassLoader(new FilteredClassLoader(BOTH));

	@Test
	void withoutDetailsThePropertiesAreRead() {
		for (ApplicationContextRunner runner : List.of(this.boot4, this.boot3, this.none)) {
			runner.run((context) -> assertThat(context.getBean(RedisSettings.class))
				.hasToString("redis://properties:6379/0"));
		}
	}

	@Test
	void theDetailsOfBoot4AreUsed() {
		this.boot4.withBean(DataRedisConnectionDetails.class, Boot4::new).run((context) -> {
			RedisSettings settings = context.getBean(RedisSettings.class);
			assertThat(settings).hasToString("redis://details:7000/3");
			assertThat(settings.username()).isEqualTo("user");
			assertThat(settings.password()).isEqualTo("s3cret");
			thePropertiesThatAreInNoDetailsAreBound(settings);
			assertThat(settings.sslBundle()).isNull();
		});
	}

	@Test
	void theDetailsOfBoot3AreUsed() {
		this.boot3.withBean(RedisConnectionDetails.class, Boot3::new).run((context) -> {
			RedisSettings settings = context.getBean(RedisSettings.class);
			assertThat(settings).hasToString("redis://details:7000/3");
			assertThat(settings.username()).isEqualTo("user");
			assertThat(settings.password()).isEqualTo("s3cret");
			thePropertiesThatAreInNoDetailsAreBound(settings);
			assertThat(settings.sslBundle()).isNull();
		});
	}

	private static void thePropertiesThatAreInNoDetailsAreBound(RedisSettings settings) {
		assertThat(settings.timeout()).isEqualTo(Duration.ofMillis(500));
		assertThat(settings.connectTimeout()).isEqualTo(Duration.ofMillis(700));
		assertThat(settings.clientName()).isEqualTo("billing");
	}

	@Test
	void aBundleInTheDetailsMeansTls() {
		SslBundle bundle = SslBundle.systemDefault();
		this.boot4.withBean(DataRedisConnectionDetails.class, () -> new Boot4() {

			@Override
			public SslBundle getSslBundle() {
				return bundle;
			}

		}).run((context) -> assertTls(context.getBean(RedisSettings.class), bundle));
		this.boot3.withBean(RedisConnectionDetails.class, () -> new Boot3() {

			@Override
			public Standalone getStandalone() {
				return Standalone.of("details", 7000, 3, bundle);
			}

		}).run((context) -> assertTls(context.getBean(RedisSettings.class), bundle));
	}

	private static void assertTls(RedisSettings settings, SslBundle bundle) {
		assertThat(settings).hasToString("rediss://details:7000/3");
		assertThat(settings.sslBundle()).isSameAs(bundle);
	}

	@Test
	void sentinelsGoBeforeTheStandaloneServer() {
		Layout expected = new Layout.Sentinel("mymaster",
				List.of(new Layout.Node("a", 26379), new Layout.Node("b", 26379)), "guard", "word");
		this.boot4.withBean(DataRedisConnectionDetails.class, () -> new Boot4() {

			@Override
			public Sentinel getSentinel() {
				return new Sentinels4();
			}

		}).run((context) -> {
			assertThat(context.getBean(RedisSettings.class).layout()).isEqualTo(expected);
			assertThat(context.getBean(RedisSettings.class).database()).isEqualTo(5);
		});
		this.boot3.withBean(RedisConnectionDetails.class, () -> new Boot3() {

			@Override
			public Sentinel getSentinel() {
				return new Sentinels3();
			}

		}).run((context) -> {
			assertThat(context.getBean(RedisSettings.class).layout()).isEqualTo(expected);
			assertThat(context.getBean(RedisSettings.class).database()).isEqualTo(5);
			assertThat(context.getBean(RedisSettings.class).tls()).isTrue();
		});
	}

	@Test
	void aClusterGoesBeforeTheStandaloneServer() {
		Layout expected = new Layout.Cluster(List.of(new Layout.Node("a", 1), new Layout.Node("b", 2)));
		this.boot4.withBean(DataRedisConnectionDetails.class, () -> new Boot4() {

			@Override
			public Cluster getCluster() {
				return () -> List.of(new Node("a", 1), new Node("b", 2));
			}

		}).run((context) -> {
			assertThat(context.getBean(RedisSettings.class).layout()).isEqualTo(expected);
			assertThat(context.getBean(RedisSettings.class).database()).isZero();
		});
		this.boot3.withBean(RedisConnectionDetails.class, () -> new Boot3() {

			@Override
			public Cluster getCluster() {
				return () -> List.of(new Node("a", 1), new Node("b", 2));
			}

		}).run((context) -> {
			assertThat(context.getBean(RedisSettings.class).layout()).isEqualTo(expected);
			assertThat(context.getBean(RedisSettings.class).database()).isZero();
		});
	}

	@Test
	void aMasterAndItsReplicasGoBeforeTheStandaloneServer() {
		this.boot4.withBean(DataRedisConnectionDetails.class, () -> new Boot4() {

			@Override
			public MasterReplica getMasterReplica() {
				return () -> List.of(new Node("a", 1), new Node("b", 2));
			}

		}).run((context) -> {
			assertThat(context.getBean(RedisSettings.class).layout())
				.isEqualTo(new Layout.MasterReplica(List.of(new Layout.Node("a", 1), new Layout.Node("b", 2))));
			assertThat(context.getBean(RedisSettings.class).database()).isEqualTo(3);
		});
	}

	@Test
	void detailsThatSayNothingAreRefused() {
		this.boot4.withBean(DataRedisConnectionDetails.class, () -> new DataRedisConnectionDetails() {
		})
			.run((context) -> assertThatThrownBy(() -> context.getBean(RedisSettings.class)).rootCause()
				.isInstanceOf(InvalidJobException.class)
				.hasMessageContaining("do not say where Redis is"));
	}

	@Test
	void theContainerOfAServiceConnectionIsUsed() {
		for (ApplicationContextRunner runner : List.of(this.boot3, this.none)) {
			runner.withConfiguration(AutoConfigurations.of(ServiceConnectionAutoConfiguration.class))
				.withUserConfiguration(RedisInAContainer.class)
				.run((context) -> {
					JobLocks locks = context.getBean(JobLocks.class);
					assertThat(locks.describe()).isEqualTo(RedisServer.shared().address() + "/0");
					Attempts.untilDone(locks::ready);
				});
		}
	}

	/**
	 * The details of the locks are there where Spring Boot has none of its own, and
	 * nowhere else.
	 */
	@Test
	void theLocksHaveDetailsOfTheirOwnOnlyWhereTheyAreNeeded() {
		this.none.withConfiguration(AutoConfigurations.of(ServiceConnectionAutoConfiguration.class))
			.withUserConfiguration(RedisInAContainer.class)
			.run((context) -> assertThat(context).hasSingleBean(LockRedisConnectionDetails.class));
		this.boot3.withConfiguration(AutoConfigurations.of(ServiceConnectionAutoConfiguration.class))
			.withUserConfiguration(RedisInAContainer.class)
			.run((context) -> assertThat(context).doesNotHaveBean(LockRedisConnectionDetails.class)
				.hasSingleBean(RedisConnectionDetails.class));
	}

	@Test
	void aServiceOfDockerComposeIsUsed() throws Exception {
		LockRedisConnectionDetails details = compose("valkey/valkey:8", new FilteredClassLoader(BOTH));
		assertThat(details).isNotNull();
		assertThat(details.node()).isEqualTo(new Layout.Node("compose", 32768));
		assertThat(details.sslBundle()).isNull();
		this.none.withBean(LockRedisConnectionDetails.class, () -> details)
			.run((context) -> assertThat(context.getBean(RedisSettings.class)).hasToString("redis://compose:32768/0"));
		assertThat(compose("redis:7", new FilteredClassLoader(BOTH))).isNotNull();
		assertThat(compose("nginx:1", new FilteredClassLoader(BOTH))).isNull();
		assertThat(compose("redis:7", new FilteredClassLoader(BOOT_4))).as("Spring Boot has its own").isNull();
	}

	private static @Nullable LockRedisConnectionDetails compose(String image, ClassLoader classLoader)
			throws Exception {
		Constructor<DockerComposeConnectionSource> constructor = DockerComposeConnectionSource.class
			.getDeclaredConstructor(RunningService.class, Environment.class);
		constructor.setAccessible(true);
		DockerComposeConnectionSource source = constructor.newInstance(new Service(ImageReference.of(image)),
				new StandardEnvironment());
		ClassLoader previous = ClassUtils.overrideThreadContextClassLoader(classLoader);
		try {
			Map<Class<?>, ConnectionDetails> all = new ConnectionDetailsFactories(classLoader)
				.getConnectionDetails(source, false);
			return (LockRedisConnectionDetails) all.get(LockRedisConnectionDetails.class);
		}
		finally {
			ClassUtils.overrideThreadContextClassLoader(previous);
		}
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
			return RedisServer.shared().host();
		}

		@Override
		public Integer getMappedPort(int originalPort) {
			assertThat(originalPort).isEqualTo(6379);
			return RedisServer.shared().port();
		}

	}

	record Service(ImageReference image) implements RunningService {

		@Override
		public String name() {
			return "service";
		}

		@Override
		public String host() {
			return "compose";
		}

		@Override
		public ConnectionPorts ports() {
			return new ConnectionPorts() {

				@Override
				public int get(int containerPort) {
					assertThat(containerPort).isEqualTo(6379);
					return 32768;
				}

				@Override
				public List<Integer> getAll() {
					return List.of(32768);
				}

				@Override
				public List<Integer> getAll(String protocol) {
					return getAll();
				}

			};
		}

		@Override
		public Map<String, String> env() {
			return Map.of();
		}

		@Override
		public Map<String, String> labels() {
			return Map.of();
		}

	}

	static class Boot4 implements DataRedisConnectionDetails {

		@Override
		public String getUsername() {
			return "user";
		}

		@Override
		public String getPassword() {
			return "s3cret";
		}

		@Override
		public Standalone getStandalone() {
			return Standalone.of("details", 7000, 3);
		}

	}

	static class Boot3 implements RedisConnectionDetails {

		@Override
		public String getUsername() {
			return "user";
		}

		@Override
		public String getPassword() {
			return "s3cret";
		}

		@Override
		public Standalone getStandalone() {
			return Standalone.of("details", 7000, 3);
		}

	}

	static class Sentinels4 implements DataRedisConnectionDetails.Sentinel {

		@Override
		public int getDatabase() {
			return 5;
		}

		@Override
		public String getMaster() {
			return "mymaster";
		}

		@Override
		public List<DataRedisConnectionDetails.Node> getNodes() {
			return List.of(new DataRedisConnectionDetails.Node("a", 26379),
					new DataRedisConnectionDetails.Node("b", 26379));
		}

		@Override
		public String getUsername() {
			return "guard";
		}

		@Override
		public String getPassword() {
			return "word";
		}

	}

	static class Sentinels3 implements RedisConnectionDetails.Sentinel {

		@Override
		public int getDatabase() {
			return 5;
		}

		@Override
		public String getMaster() {
			return "mymaster";
		}

		@Override
		public List<RedisConnectionDetails.Node> getNodes() {
			return List.of(new RedisConnectionDetails.Node("a", 26379), new RedisConnectionDetails.Node("b", 26379));
		}

		@Override
		public String getUsername() {
			return "guard";
		}

		@Override
		public String getPassword() {
			return "word";
		}

		@Override
		public SslBundle getSslBundle() {
			return SslBundle.systemDefault();
		}

	}

}
