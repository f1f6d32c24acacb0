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

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import org.springframework.boot.Banner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.autoconfigure.aop.AopAutoConfiguration;
import org.springframework.boot.autoconfigure.context.PropertyPlaceholderAutoConfiguration;
import org.springframework.boot.autoconfigure.ssl.SslAutoConfiguration;
import org.springframework.boot.autoconfigure.task.TaskSchedulingAutoConfiguration;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.scheduling.annotation.EnableScheduling;

import io.github.lockstarter.fixture.Attempts;
import io.github.lockstarter.lock.JobLocks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

/**
 * A Spring Boot application, started as its {@code main} method would. Of Spring Boot it
 * has what a job comes in touch with, so that it starts in a moment; those of the sample
 * have all.
 */
final class TestApplication {

	/**
	 * What an application sets that wants to start without a Redis.
	 */
	static final String[] LOCAL = { "spring.application.name=shop", "distributed-scheduled.mode=local" };

	private TestApplication() {
	}

	/**
	 * Start the application.
	 * @param properties each as {@code name=value}
	 */
	static ConfigurableApplicationContext start(Class<?> bean, String... properties) {
		return start(List.of(App.class, bean), properties);
	}

	static ConfigurableApplicationContext start(List<Class<?>> beans, String... properties) {
		SpringApplication application = new SpringApplication(beans.toArray(Class<?>[]::new));
		application.setWebApplicationType(WebApplicationType.NONE);
		application.setBannerMode(Banner.Mode.OFF);
		application.setRegisterShutdownHook(false);
		return application.run(Stream.of(properties).map((property) -> "--" + property).toArray(String[]::new));
	}

	/**
	 * Wait until Redis has answered or refused for the first time, so that the first call
	 * does not have to wait for the connection.
	 */
	static void awaitRedis(ApplicationContext context) {
		Attempts.untilDone(context.getBean(JobLocks.class)::ready);
	}

	/**
	 * Start an application that fails, and return what its user sees.
	 * @param output what is captured
	 * @param properties each as {@code name=value}, in addition to those of a local one
	 */
	static FailureText failure(CapturedOutput output, Class<?> bean, String... properties) {
		Map<String, String> all = new LinkedHashMap<>();
		Stream.concat(Stream.of(LOCAL), Stream.of(properties))
			.map((property) -> property.split("=", 2))
			.forEach((property) -> all.put(property[0], property[1]));
		String[] merged = all.entrySet()
			.stream()
			.map((entry) -> entry.getKey() + "=" + entry.getValue())
			.toArray(String[]::new);
		int before = output.length();
		assertThatThrownBy(() -> start(bean, merged).close()).isNotNull();
		return FailureText.of(output.toString().substring(before));
	}

	@Configuration(proxyBeanMethods = false)
	@ImportAutoConfiguration({ DistributedScheduledAutoConfiguration.class, AopAutoConfiguration.class,
			PropertyPlaceholderAutoConfiguration.class, SslAutoConfiguration.class,
			TaskSchedulingAutoConfiguration.class })
	@EnableScheduling
	static class App {

	}

	/**
	 * What Spring Boot prints when an application fails to start.
	 *
	 * @param description what is wrong
	 * @param action what to do
	 */
	record FailureText(String description, String action) {

		static FailureText of(String output) {
			assertThat(output).contains("APPLICATION FAILED TO START");
			assertThat(output).as("no stack trace instead of a text").doesNotContain("\tat ");
			String report = output.substring(output.indexOf("APPLICATION FAILED TO START"));
			int description = report.indexOf("Description:");
			int action = report.indexOf("Action:");
			return new FailureText(report.substring(description + 12, action).strip(),
					report.substring(action + 7).strip());
		}

	}

}
