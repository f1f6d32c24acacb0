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

package io.github.lockstarter.sample.wiring;

import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.aop.framework.autoproxy.DefaultAdvisorAutoProxyCreator;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Scope;
import org.springframework.context.annotation.ScopedProxyMode;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.scheduling.annotation.EnableScheduling;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.scheduling.config.ScheduledTaskHolder;
import org.springframework.test.context.bean.override.convention.TestBean;
import org.springframework.web.context.request.RequestContextHolder;
import org.springframework.web.context.request.RequestScope;
import org.springframework.web.context.request.ServletRequestAttributes;

import io.github.lockstarter.DistributedScheduled;
import io.github.lockstarter.JobRun;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

/**
 * How Spring Boot comes to call a job, and what happens: its body runs under the lock, or
 * the application does not start.
 */
class BootWiringTests {

	private static final String UNLOCKED = "UNLOCKED";

	private static final Queue<String> bodies = new ConcurrentLinkedQueue<>();

	static void body() {
		try {
			JobRun run = JobRun.current();
			run.assertLockHeld();
			bodies.add(run.trigger().name());
		}
		catch (IllegalStateException ex) {
			bodies.add(UNLOCKED);
		}
	}

	@BeforeEach
	void forget() {
		bodies.clear();
	}

	private static SpringApplicationBuilder application(Class<?>... sources) {
		return new SpringApplicationBuilder(sources).web(WebApplicationType.NONE)
			.properties("spring.config.name=none", "spring.application.name=wiring", "distributed-scheduled.mode=local",
					"spring.datasource.url=jdbc:h2:mem:wiring");
	}

	private static void assertRuns(ConfigurableApplicationContext context, int times) {
		assertThat(context.isActive()).isTrue();
		await().until(() -> bodies.size() >= times);
		assertThat(bodies).hasSize(times).containsOnly("SCHEDULE");
	}

	@ParameterizedTest
	@ValueSource(strings = { "spring.main.lazy-initialization=true", "spring.threads.virtual.enabled=true",
			"spring.aop.auto=false", "spring.aop.proxy-target-class=false", "spring.task.scheduling.pool.size=4",
			"spring.main.keep-alive=true" })
	void aJobIsLockedWhateverTheSettings(String property) {
		try (ConfigurableApplicationContext context = application(Starter.class, Job.class).properties(property)
			.run()) {
			assertRuns(context, 1);
		}
	}

	@ParameterizedTest
	@ValueSource(classes = { SecondCreator.class, SecondCreatorOfClasses.class })
	void aSecondCreatorOfProxiesChangesNothing(Class<?> creator) {
		try (ConfigurableApplicationContext context = application(Starter.class, Job.class, creator).run()) {
			assertRuns(context, 1);
		}
	}

	@Configuration(proxyBeanMethods = false)
	static class SecondCreator {

		@Bean
		static DefaultAdvisorAutoProxyCreator second() {
			return new DefaultAdvisorAutoProxyCreator();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class SecondCreatorOfClasses {

		@Bean
		static DefaultAdvisorAutoProxyCreator second() {
			DefaultAdvisorAutoProxyCreator creator = new DefaultAdvisorAutoProxyCreator();
			creator.setProxyTargetClass(true);
			return creator;
		}

	}

	/**
	 * Either it has the starter, too, or it does not start; and no body runs before.
	 */
	@ParameterizedTest
	@MethodSource("childrenWithoutTheStarter")
	void aChildWithoutTheStarterIsRefused(Class<?>[] parent, Class<?>[] child) {
		assertThatThrownBy(() -> application(parent).child(child).web(WebApplicationType.NONE).run().close())
			.hasStackTraceContaining("Job.run()")
			.hasStackTraceContaining("in an application context without distributed scheduling");
		assertThat(bodies).doesNotContain(UNLOCKED);
	}

	static Stream<Object[]> childrenWithoutTheStarter() {
		return Stream.of(
				new Object[] { new Class<?>[] { Starter.class }, new Class<?>[] { Scheduling.class, Job.class } },
				new Object[] { new Class<?>[] { Starter.class, OtherJob.class },
						new Class<?>[] { Scheduling.class, Job.class } });
	}

	@Test
	void aChildWithTheStarterIsLocked() {
		try (ConfigurableApplicationContext context = application(Plain.class).child(Starter.class, Job.class)
			.web(WebApplicationType.NONE)
			.run()) {
			assertRuns(context, 1);
		}
	}

	@Test
	void aParentAndAChildWithTheStarterAreLocked() {
		try (ConfigurableApplicationContext context = application(Starter.class, OtherJob.class)
			.child(Starter.class, Job.class)
			.web(WebApplicationType.NONE)
			.run()) {
			assertRuns(context, 2);
		}
	}

	@Test
	void siblingsWithTheStarterAreLocked() {
		try (ConfigurableApplicationContext context = application(Plain.class).child(Starter.class, OtherJob.class)
			.web(WebApplicationType.NONE)
			.sibling(Starter.class, Job.class)
			.web(WebApplicationType.NONE)
			.run()) {
			assertRuns(context, 2);
		}
	}

	@Test
	void aJobOfARequestIsLocked() {
		try (ConfigurableApplicationContext context = application(Starter.class, RequestJob.class)
			.initializers((it) -> it
				.addBeanFactoryPostProcessor((beanFactory) -> beanFactory.registerScope("request", new RequestScope())))
			.run()) {
			RequestContextHolder.setRequestAttributes(new ServletRequestAttributes(new MockHttpServletRequest()));
			try {
				context.getBean(RequestJob.class).other();
				assertRuns(context, 1);
			}
			finally {
				RequestContextHolder.resetRequestAttributes();
			}
		}
	}

	@Scope(value = "request", proxyMode = ScopedProxyMode.TARGET_CLASS)
	static class RequestJob {

		@Scheduled(fixedRate = 3_600_000)
		@DistributedScheduled
		public void run() {
			body();
		}

		public void other() {
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	@EnableScheduling
	static class Starter {

	}

	@Configuration(proxyBeanMethods = false)
	static class Plain {

	}

	@Configuration(proxyBeanMethods = false)
	@EnableScheduling
	static class Scheduling {

	}

	static class Job {

		@Scheduled(fixedRate = 3_600_000)
		@DistributedScheduled
		void run() {
			body();
		}

	}

	static class OtherJob extends Job {

	}

	/**
	 * Spring schedules nothing that a test puts in the place of a bean.
	 */
	@Nested
	@SpringBootTest(classes = { Starter.class, Job.class }, webEnvironment = WebEnvironment.NONE,
			properties = { "spring.config.name=none", "spring.application.name=wiring",
					"distributed-scheduled.mode=local", "spring.datasource.url=jdbc:h2:mem:wiring" })
	class Replaced {

		@TestBean
		private Job job;

		@Autowired
		private List<ScheduledTaskHolder> holders;

		static Job job() {
			return new OtherJob();
		}

		@Test
		void aBeanThatATestReplacesIsNotFired() {
			assertThat(this.job).isExactlyInstanceOf(OtherJob.class);
			assertThat(this.holders).allSatisfy((holder) -> assertThat(holder.getScheduledTasks()).isEmpty());
		}

	}

}
