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

import java.util.concurrent.atomic.AtomicInteger;

import org.junit.jupiter.api.Test;

import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.scheduling.annotation.EnableScheduling;
import org.springframework.scheduling.annotation.Scheduled;

import io.github.lockstarter.DistributedScheduled;
import io.github.lockstarter.InvalidJobException;
import io.github.lockstarter.run.LocalJobs;
import io.github.lockstarter.run.RunSettings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * Contexts that are children of one with the starter.
 */
class ChildContextTests {

	private static final AtomicInteger made = new AtomicInteger();

	/**
	 * A context does not inherit what locks its jobs.
	 */
	@Test
	void aChildWithJobsAndWithoutTheStarterIsRefusedBeforeItsBeansAreMade() {
		made.set(0);
		try (ConfigurableApplicationContext parent = parent()) {
			assertThatThrownBy(() -> child(parent, "child", Plain.class, Job.class)).isInstanceOfSatisfying(
					InvalidJobException.class,
					(ex) -> assertThat(ex.problem()).startsWith(Job.class.getName() + ".run() of bean")
						.contains("in an application context without distributed scheduling"));
			assertThat(made).hasValue(0);
			assertThat(parent.isActive()).isTrue();
		}
	}

	@Test
	void aChildWithoutJobsIsLegal() {
		try (ConfigurableApplicationContext parent = parent();
				ConfigurableApplicationContext child = child(parent, "child", Plain.class)) {
			assertThat(child.isActive()).isTrue();
		}
	}

	/**
	 * Each of them is a server of its own, with its own namespace, so nobody takes the
	 * ticks of another one.
	 */
	@Test
	void siblingsWithTheStarterDoNotShareTheSettingsOfTheirParent() {
		try (ConfigurableApplicationContext parent = parent();
				ConfigurableApplicationContext east = child(parent, "east", Application.class, Job.class);
				ConfigurableApplicationContext west = child(parent, "west", Application.class, Job.class)) {
			RunSettings ofParent = parent.getBean(RunSettings.class);
			RunSettings ofEast = east.getBean(RunSettings.class);
			RunSettings ofWest = west.getBean(RunSettings.class);
			assertThat(ofParent.namespace()).isEqualTo("parent");
			assertThat(ofEast.namespace()).isEqualTo("east");
			assertThat(ofWest.namespace()).isEqualTo("west");
			assertThat(ofParent.server()).isNotEqualTo(ofEast.server());
			assertThat(ofEast.server()).isNotEqualTo(ofWest.server());
			assertThat(east.getBean(LocalJobs.class).all()).hasSize(1);
		}
	}

	/**
	 * Two servers of one id would take each other for another process.
	 */
	@Test
	void aChildHasAnIdOfItsOwnAlsoWhereTheIdIsSet() {
		String id = "--distributed-scheduled.server-id=batch-1";
		try (ConfigurableApplicationContext parent = parent(id);
				ConfigurableApplicationContext child = builder(Application.class, Job.class).parent(parent)
					.run("--spring.application.name=parent", id)) {
			assertThat(parent.getBean(RunSettings.class).server()).isEqualTo("batch-1");
			assertThat(child.getBean(RunSettings.class).server()).startsWith("batch-1:").hasSizeGreaterThan(8);
		}
	}

	private static ConfigurableApplicationContext parent(String... args) {
		return builder(Application.class, ParentJob.class).properties("spring.application.name=parent").run(args);
	}

	private static ConfigurableApplicationContext child(ConfigurableApplicationContext parent, String name,
			Class<?>... sources) {
		return builder(sources).parent(parent).run("--spring.application.name=" + name);
	}

	private static SpringApplicationBuilder builder(Class<?>... sources) {
		return new SpringApplicationBuilder(sources).web(WebApplicationType.NONE)
			.properties("spring.config.name=none", "distributed-scheduled.mode=local", "spring.main.banner-mode=off",
					"spring.jmx.enabled=false");
	}

	@SpringBootConfiguration
	@EnableAutoConfiguration
	@EnableScheduling
	static class Application {

	}

	@SpringBootConfiguration
	@EnableScheduling
	static class Plain {

		@Scheduled(cron = "0 0 3 * * *")
		void plain() {
		}

	}

	static class ParentJob {

		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled
		void run() {
		}

	}

	static class Job {

		Job() {
			made.incrementAndGet();
		}

		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled
		void run() {
		}

	}

}
