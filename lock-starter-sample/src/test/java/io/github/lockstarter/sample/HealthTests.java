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

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;

import io.github.lockstarter.DistributedScheduled;
import io.github.lockstarter.fixture.RedisServer;
import org.junit.jupiter.api.Test;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.scheduling.annotation.EnableScheduling;
import org.springframework.scheduling.annotation.Scheduled;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * The health of the locks as the actuator of this line of Spring Boot tells it.
 */
class HealthTests {

	private final HttpClient http = HttpClient.newHttpClient();

	@Test
	void theActuatorTellsWhetherTheLocksWork() throws Exception {
		try (RedisServer redis = RedisServer.start(); ConfigurableApplicationContext context = start(redis)) {
			awaitHealth(context, 200, "UP");
			assertThat(health(context).body())
				.contains("\"locks\":\"" + redis.address() + "/0\"", "\"namespace\":\"health\"",
						"\"server\":\"batch-1\"")
				.doesNotContain("failure");
			redis.pause();
			awaitHealth(context, 503, "DOWN");
			assertThat(health(context).body()).contains("\"failure\":");
			redis.resume();
			awaitHealth(context, 200, "UP");
		}
	}

	@Test
	void itCanBeSwitchedOff() throws Exception {
		RedisServer redis = RedisServer.shared();
		try (ConfigurableApplicationContext context = start(redis,
				"--management.health.distributed-scheduled.enabled=false")) {
			assertThat(health(context).statusCode()).isEqualTo(404);
		}
	}

	private void awaitHealth(ConfigurableApplicationContext context, int statusCode, String status) {
		await().atMost(Duration.ofSeconds(60)).untilAsserted(() -> {
			HttpResponse<String> health = health(context);
			assertThat(health.statusCode()).isEqualTo(statusCode);
			assertThat(health.body()).contains("\"status\":\"" + status + "\"");
		});
	}

	private HttpResponse<String> health(ConfigurableApplicationContext context)
			throws IOException, InterruptedException {
		URI uri = URI.create("http://localhost:" + context.getEnvironment().getProperty("local.server.port")
				+ "/actuator/health/distributedScheduled");
		return this.http.send(HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(60)).build(),
				HttpResponse.BodyHandlers.ofString());
	}

	private static ConfigurableApplicationContext start(RedisServer redis, String... more) {
		String[] properties = { "--server.port=0", "--spring.datasource.url=jdbc:h2:mem:health",
				"--spring.data.redis.url=" + redis.address(), "--management.endpoint.health.show-details=always",
				"--distributed-scheduled.namespace=health", "--distributed-scheduled.server-id=batch-1",
				"--distributed-scheduled.acquire-timeout=1s" };
		String[] all = new String[properties.length + more.length];
		System.arraycopy(properties, 0, all, 0, properties.length);
		System.arraycopy(more, 0, all, properties.length, more.length);
		return SpringApplication.run(Application.class, all);
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	@EnableScheduling
	@Import(Nightly.class)
	static class Application {

	}

	static class Nightly {

		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled("nightly")
		void run() {
		}

	}

}
