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

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.aot.generate.ClassNameGenerator;
import org.springframework.aot.generate.DefaultGenerationContext;
import org.springframework.aot.generate.InMemoryGeneratedFiles;
import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.predicate.RuntimeHintsPredicates;
import org.springframework.boot.autoconfigure.context.ConfigurationPropertiesAutoConfiguration;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.aot.ApplicationContextAotGenerator;
import org.springframework.javapoet.ClassName;
import org.springframework.scheduling.annotation.EnableScheduling;
import org.springframework.scheduling.annotation.Scheduled;

import io.github.lockstarter.DistributedScheduled;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * An application that is processed ahead of time, as for a native image: what is read by
 * reflection or as a resource is named there.
 */
class NativeHintsTests {

	private final RuntimeHints hints = processed();

	/**
	 * Those of Redis are bound by the starter itself, and not as Spring Boot binds its
	 * own.
	 */
	@ParameterizedTest
	@ValueSource(classes = { RedisProperties.class, RedisProperties.Ssl.class, RedisProperties.Sentinel.class,
			RedisProperties.Nodes.class, DistributedScheduledProperties.class,
			DistributedScheduledProperties.Replicas.class, LockClientProperties.class })
	void propertiesAreBound(Class<?> properties) {
		assertThat(properties.getDeclaredConstructors()).allSatisfy(
				(constructor) -> assertThat(RuntimeHintsPredicates.reflection().onConstructor(constructor).invoke())
					.accepts(this.hints));
	}

	@ParameterizedTest
	@ValueSource(strings = { "rules.lua", "start.lua", "renew.lua", "finish.lua" })
	void scriptsAreThere(String script) {
		assertThat(RuntimeHintsPredicates.resource().forResource("io/github/lockstarter/lock/" + script))
			.accepts(this.hints);
	}

	private static RuntimeHints processed() {
		try (AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext()) {
			context.register(ConfigurationPropertiesAutoConfiguration.class,
					DistributedScheduledAutoConfiguration.class, Scheduling.class, Job.class);
			DefaultGenerationContext generation = new DefaultGenerationContext(
					new ClassNameGenerator(ClassName.get(NativeHintsTests.class)), new InMemoryGeneratedFiles());
			new ApplicationContextAotGenerator().processAheadOfTime(context, generation);
			return generation.getRuntimeHints();
		}
	}

	@Configuration(proxyBeanMethods = false)
	@EnableScheduling
	static class Scheduling {

	}

	static class Job {

		@Scheduled(cron = "* * * * * *")
		@DistributedScheduled
		void run() {
		}

	}

}
