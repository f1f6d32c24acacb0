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

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.CompletionException;
import java.util.regex.Pattern;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.redisson.Redisson;
import org.redisson.api.RedissonClient;
import org.redisson.config.Config;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.scheduling.annotation.Scheduled;

import io.github.lockstarter.DistributedScheduled;
import io.github.lockstarter.JobRun;
import io.github.lockstarter.autoconfigure.TestApplication.FailureText;
import io.github.lockstarter.fixture.RedisServer;
import io.github.lockstarter.lock.JobLocks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

/**
 * A configuration file of Redisson instead of {@code spring.data.redis.*}.
 */
@ExtendWith(OutputCaptureExtension.class)
class RedissonYamlTests {

	private static final RedisServer redis = RedisServer.shared();

	private final String namespace = "yaml-" + UUID.randomUUID();

	@TempDir
	private Path folder;

	@Test
	void theFileSaysWhereRedisIsAndIsNamedAtTheStart(CapturedOutput output) throws IOException {
		String location = file(single(redis.address()));
		try (ConfigurableApplicationContext context = start(location, "spring.data.redis.host=no.such.host.invalid")) {
			TestApplication.awaitRedis(context);
			context.getBean(Job.class).run();
			assertThat(context.getBean(Job.class).held()).isTrue();
			assertThat(redis.cli("EXISTS", "distributed-scheduled:{" + this.namespace + "/job}:job:state"))
				.isEqualTo("1");
			assertThat(output).containsPattern(
					"locks on Redis of " + Pattern.quote(location) + " \\(redis://[^@]+:\\d+\\), 1 job: job");
		}
	}

	@Test
	void aFileOnTheClassPathIsRead() {
		try (ConfigurableApplicationContext context = start("classpath:redisson-nowhere.yml")) {
			assertThat(context.getBean(JobLocks.class).describe())
				.matches("Redis of classpath:redisson-nowhere\\.yml \\(redis://[^@]+:\\d+\\)");
		}
	}

	/**
	 * Even where the file asks to connect at once.
	 */
	@Test
	void aRedisThatIsDownStopsNoApplication() throws IOException {
		try (RedisServer down = RedisServer.reserved()) {
			runsWhenRedisIsThere(down, "lazyInitialization: false\n" + single(down.address()));
		}
	}

	/**
	 * A client for several servers is made anew for each attempt to connect.
	 */
	@Test
	void aMasterWithReplicasThatIsDownStopsNoApplication() throws IOException {
		try (RedisServer down = RedisServer.reserved()) {
			runsWhenRedisIsThere(down, """
					threads: 2
					nettyThreads: 2
					masterSlaveServersConfig:
					  masterAddress: %s
					  slaveAddresses: []
					  readMode: MASTER
					  subscriptionMode: MASTER
					  masterConnectionMinimumIdleSize: 1
					  subscriptionConnectionMinimumIdleSize: 0
					  timeout: 2000
					  retryAttempts: 0
					""".formatted(down.address()));
		}
	}

	private void runsWhenRedisIsThere(RedisServer down, String text) throws IOException {
		try (ConfigurableApplicationContext context = start(file(text))) {
			assertThat(context.isActive()).isTrue();
			// An attempt has failed
			JobLocks locks = context.getBean(JobLocks.class);
			assertThatThrownBy(() -> locks.ready().join()).isInstanceOf(CompletionException.class);
			down.startAgain();
			await().atMost(Duration.ofSeconds(30)).until(() -> {
				context.getBean(Job.class).run();
				return context.getBean(Job.class).held();
			});
		}
	}

	@Test
	void itsClientIsShutDownWithTheContext() throws IOException {
		String name = "yaml-" + UUID.randomUUID();
		try (ConfigurableApplicationContext context = start(
				file(single(redis.address()) + "  clientName: " + name + "\n"))) {
			TestApplication.awaitRedis(context);
			assertThat(redis.cli("CLIENT", "LIST")).contains("name=" + name);
		}
		await().atMost(Duration.ofSeconds(30)).until(() -> !redis.cli("CLIENT", "LIST").contains("name=" + name));
	}

	@ParameterizedTest
	@ValueSource(strings = { "classpath:no-such-file.yml", "file:/no/such/file.yml" })
	void aFileThatIsNotThereStopsTheApplication(String location, CapturedOutput output) {
		FailureText text = failure(output, location, Job.class);
		assertThat(text.description())
			.startsWith("distributed-scheduled.redisson-config is '" + location + "', which cannot be read: ");
		assertThat(text.action()).contains("classpath:redisson.yml or file:/etc/app/redisson.yml");
	}

	@ParameterizedTest
	@ValueSource(strings = { "nonsense", "threads: 2", "singleServerConfg:\n  address: redis://localhost:6379",
			"singleServerConfig:\n  adress: redis://localhost:6379",
			"singleServerConfig:\n  password: s3cret: word\n  address: redis://localhost:6379",
			"singleServerConfig:\n  password: [s3cret\n  address: redis://user:s3cret@localhost:6379",
			"singleServerConfig:\n  database: 0" })
	void aFileThatIsNoConfigurationStopsTheApplication(String text, CapturedOutput output) throws IOException {
		String location = file(text);
		FailureText failure = failure(output, location, Job.class);
		assertThat(failure.description()).startsWith(
				"distributed-scheduled.redisson-config is '" + location + "', which is no configuration of Redisson: ");
		assertThat(failure.action()).contains("with one of singleServerConfig, sentinelServersConfig");
		assertThat(output).doesNotContain("s3cret");
	}

	@Test
	void aFileAndABeanAreOneTooMany(CapturedOutput output) throws IOException {
		String location = file(single(redis.address()));
		FailureText text = failure(output, location, WithClient.class);
		assertThat(text.description()).isEqualTo("distributed-scheduled.redisson-config is '" + location
				+ "', but there is a RedissonClient bean 'orders' as well, so it is not clear which Redis keeps the locks.");
		assertThat(text.action()).isEqualTo("Remove the property, or the bean.");
	}

	private String file(String text) throws IOException {
		return "file:" + Files.writeString(this.folder.resolve("redisson.yml"), text);
	}

	private static String single(String address) {
		return """
				threads: 2
				nettyThreads: 2
				singleServerConfig:
				  address: %s
				  connectionMinimumIdleSize: 1
				  connectionPoolSize: 4
				  subscriptionConnectionMinimumIdleSize: 0
				  timeout: 2000
				  retryAttempts: 0
				""".formatted(address);
	}

	private ConfigurableApplicationContext start(String location, String... properties) {
		String[] all = new String[properties.length + 2];
		System.arraycopy(properties, 0, all, 0, properties.length);
		all[properties.length] = "spring.application.name=" + this.namespace;
		all[properties.length + 1] = "distributed-scheduled.redisson-config=" + location;
		return TestApplication.start(Job.class, all);
	}

	private static FailureText failure(CapturedOutput output, String location, Class<?> bean) {
		return TestApplication.failure(output, bean, "distributed-scheduled.mode=redis",
				"distributed-scheduled.redisson-config=" + location);
	}

	static class Job {

		private boolean held;

		@Scheduled(cron = "0 0 3 1 1 *")
		@DistributedScheduled("job")
		void run() {
			this.held = JobRun.current().isLockHeld();
		}

		boolean held() {
			return this.held;
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class WithClient extends Job {

		@Bean(destroyMethod = "shutdown")
		RedissonClient orders() {
			Config config = new Config();
			config.setLazyInitialization(true);
			config.useSingleServer().setAddress(redis.address());
			return Redisson.create(config);
		}

	}

}
