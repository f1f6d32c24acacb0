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

package io.github.lockstarter.run;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.beans.factory.ObjectFactory;
import org.springframework.beans.factory.config.ConfigurableBeanFactory;
import org.springframework.beans.factory.config.Scope;
import org.springframework.beans.factory.xml.XmlBeanDefinitionReader;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.io.ByteArrayResource;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.scheduling.config.ScheduledTaskHolder;

import io.github.lockstarter.DistributedScheduled;
import io.github.lockstarter.InvalidJobException;
import io.github.lockstarter.JobRun;
import io.github.lockstarter.JobStarted;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * Jobs whose beans are made more than once, or are known to nobody by name.
 */
class LocalJobsTests {

	/**
	 * Another instance would be scheduled, too, and never be cancelled.
	 */
	@Test
	void aPrototypeIsRunByHandWithoutMakingAnotherOne() {
		try (TestServer server = prototype()) {
			server.context().getBean("job");
			int tasks = scheduled(server);
			int made = Nightly.made.get();
			server.bean(LocalJobs.class).run("nightly");
			server.scheduler().tasks().get(tasks).fire();
			assertThat(server.events(JobStarted.class)).singleElement()
				.extracting(JobStarted::trigger)
				.isEqualTo(JobRun.Trigger.MANUAL);
			assertThat(Nightly.made).hasValue(made);
			assertThat(scheduled(server)).isEqualTo(tasks).isEqualTo(1);
		}
	}

	/**
	 * As with a refresh of Spring Cloud.
	 */
	@Test
	void aBeanThatIsMadeAgainHasItsNewSchedule() {
		RefreshScope scope = new RefreshScope();
		try (TestServer server = refreshed(scope, "0 0 3 * * *")) {
			server.context().getBean("job");
			assertThat(job(server).schedule()).isEqualTo("0 0 3 * * * UTC");
			scope.refresh();
			cron(server, "0 30 4 * * *");
			server.context().getBean("job");
			assertThat(job(server).schedule()).isEqualTo("0 30 4 * * * UTC");
			assertThat(job(server).timetable().next(Instant.parse("2026-01-01T03:30:00Z")))
				.isEqualTo("2026-01-01T04:30:00Z");
			assertThat(server.bean(LocalJobs.class).all()).hasSize(1);
			assertThat(server.bean(ScheduledTaskHolder.class).getScheduledTasks()).hasSize(1);
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "<bean class='%s'/>", "<list><bean class='%s'/></list>" })
	void anInnerBeanWithoutANameHasNoJobThatServersShare(String inner) {
		TestServer server = xml(inner, InnerWithoutName.class);
		assertThatThrownBy(server::start).rootCause()
			.isInstanceOf(InvalidJobException.class)
			.hasMessageContaining(InnerWithoutName.class.getName() + ".run() of bean '")
			.hasMessageContaining("has no name that is the same on all servers")
			.hasMessageContaining("@DistributedScheduled(name = \"…\")");
	}

	@Test
	void anInnerBeanMayNameItsJob() {
		try (TestServer server = xml("<bean class='%s'/>", InnerWithName.class).start()) {
			server.scheduler().fire("run");
			server.bean(LocalJobs.class).run("inner");
			server.scheduler().tasks().get(1).fire();
			assertThat(server.events(JobStarted.class)).extracting(JobStarted::trigger)
				.containsExactly(JobRun.Trigger.SCHEDULE, JobRun.Trigger.MANUAL);
		}
	}

	@Test
	void aBeanOfXmlWithoutAnIdIsCounted() {
		TestServer server = new TestServer("one").firedByHand();
		load(server, "<bean class='" + InnerWithoutName.class.getName() + "'/>");
		try (server) {
			server.start();
			assertThat(server.bean(LocalJobs.class).all()).extracting(LocalJobs.LocalJob::name)
				.containsExactly(InnerWithoutName.class.getName() + "#0.run");
		}
	}

	private static TestServer xml(String inner, Class<?> type) {
		TestServer server = new TestServer("one").firedByHand();
		load(server, "<bean id='outer' class='" + Outer.class.getName() + "'><property name='inner'>"
				+ inner.formatted(type.getName()) + "</property></bean>");
		return server;
	}

	private static void load(TestServer server, String beans) {
		XmlBeanDefinitionReader reader = new XmlBeanDefinitionReader(server.context());
		reader.setValidating(false);
		reader.loadBeanDefinitions(new ByteArrayResource(
				("<beans xmlns='http://www.springframework.org/schema/beans'>" + beans + "</beans>")
					.getBytes(StandardCharsets.UTF_8)));
	}

	private static LocalJobs.LocalJob job(TestServer server) {
		return List.copyOf(server.bean(LocalJobs.class).all()).get(0);
	}

	private static int scheduled(TestServer server) {
		return server.bean(ScheduledTaskHolder.class).getScheduledTasks().size();
	}

	private static TestServer prototype() {
		TestServer server = new TestServer("one").firedByHand();
		cron(server, "0 0 3 * * *");
		server.context()
			.registerBean("job", Nightly.class, (bean) -> bean.setScope(ConfigurableBeanFactory.SCOPE_PROTOTYPE));
		return server.start();
	}

	private static TestServer refreshed(RefreshScope scope, String cron) {
		TestServer server = new TestServer("one").firedByHand();
		cron(server, cron);
		server.context().getBeanFactory().registerScope("refresh", scope);
		server.context().registerBean("job", Nightly.class, (bean) -> bean.setScope("refresh"));
		return server.start();
	}

	private static void cron(TestServer server, String cron) {
		GenericApplicationContext context = server.context();
		context.getEnvironment()
			.getPropertySources()
			.addFirst(new MapPropertySource("cron " + cron, Map.of("cron", cron)));
	}

	/**
	 * Forgets its beans when it is told to.
	 */
	private static final class RefreshScope implements Scope {

		private final Map<String, Object> beans = new LinkedHashMap<>();

		private final Map<String, Runnable> callbacks = new HashMap<>();

		void refresh() {
			this.callbacks.values().forEach(Runnable::run);
			this.callbacks.clear();
			this.beans.clear();
		}

		@Override
		public Object get(String name, ObjectFactory<?> factory) {
			Object bean = this.beans.get(name);
			if (bean == null) {
				bean = factory.getObject();
				this.beans.put(name, bean);
			}
			return bean;
		}

		@Override
		public @Nullable Object remove(String name) {
			return this.beans.remove(name);
		}

		@Override
		public void registerDestructionCallback(String name, Runnable callback) {
			this.callbacks.put(name, callback);
		}

		@Override
		public @Nullable Object resolveContextualObject(String key) {
			return null;
		}

		@Override
		public @Nullable String getConversationId() {
			return null;
		}

	}

	static class Nightly {

		private static final AtomicInteger made = new AtomicInteger();

		Nightly() {
			made.incrementAndGet();
		}

		@Scheduled(cron = "${cron}", zone = "UTC")
		@DistributedScheduled("nightly")
		void run() {
		}

	}

	static class Outer {

		private @Nullable Object inner;

		public void setInner(Object inner) {
			this.inner = inner;
		}

		@Override
		public String toString() {
			return "outer of " + this.inner;
		}

	}

	static class InnerWithoutName {

		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled
		void run() {
		}

	}

	static class InnerWithName {

		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled("inner")
		void run() {
		}

	}

}
