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

package io.github.lockstarter.operations;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import org.awaitility.Awaitility;
import org.redisson.Redisson;
import org.redisson.api.RedissonClient;
import org.redisson.config.Config;

import org.springframework.beans.DirectFieldAccessor;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.env.MapPropertySource;
import org.springframework.scheduling.TaskScheduler;
import org.springframework.scheduling.annotation.EnableScheduling;

import io.github.lockstarter.fixture.Attempts;
import io.github.lockstarter.fixture.RecordedEvents;
import io.github.lockstarter.fixture.RedisServer;
import io.github.lockstarter.internal.time.TimeSource;
import io.github.lockstarter.lock.JobLocks;
import io.github.lockstarter.lock.LockSettings;
import io.github.lockstarter.run.DistributedSchedulingConfiguration;
import io.github.lockstarter.run.RunSettings;
import io.github.lockstarter.schedule.ManualScheduler;

/**
 * A server with jobs and an operator. Its ticks are fired by hand, and its locks are on
 * Redis unless they are in memory.
 */
final class OperatedServer implements AutoCloseable {

	private final AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext();

	private final ManualScheduler scheduler = new ManualScheduler();

	private final RecordedEvents events = new RecordedEvents();

	private final String namespace;

	private final String id;

	private Duration lease = Duration.ofSeconds(60);

	private Duration overdueAfter = Duration.ofMinutes(5);

	private String address = RedisServer.shared().address();

	private Duration acquireTimeout = Duration.ofMillis(900);

	private TimeSource time = TimeSource.system();

	private volatile RedissonClient client;

	OperatedServer(String namespace, String id) {
		this.namespace = namespace;
		this.id = id;
	}

	OperatedServer lease(Duration lease) {
		this.lease = lease;
		return this;
	}

	OperatedServer overdueAfter(Duration overdueAfter) {
		this.overdueAfter = overdueAfter;
		return this;
	}

	OperatedServer acquireTimeout(Duration acquireTimeout) {
		this.acquireTimeout = acquireTimeout;
		return this;
	}

	/** The time of the locks, and so of beats and renewals. */
	OperatedServer time(TimeSource time) {
		this.time = time;
		return this;
	}

	OperatedServer at(String address) {
		this.address = address;
		return this;
	}

	OperatedServer inMemory() {
		this.address = "";
		return this;
	}

	OperatedServer property(String name, String value) {
		this.context.getEnvironment().getPropertySources().addFirst(new MapPropertySource(name, Map.of(name, value)));
		return this;
	}

	OperatedServer start(Class<?>... beans) {
		refresh(beans);
		if (this.context.getBeanFactory().containsSingleton("locks")) {
			Attempts.untilDone(locks()::ready);
		}
		return this;
	}

	OperatedServer refresh(Class<?>... beans) {
		LockSettings settings = new LockSettings(this.namespace, "test:", this.id, this.acquireTimeout,
				Duration.ofMinutes(1));
		this.context.registerBean(RunSettings.class,
				() -> new RunSettings(this.namespace, this.id, this.lease, Duration.ZERO, Duration.ZERO),
				(bean) -> bean.setLazyInit(true));
		this.context.registerBean("locks", JobLocks.class,
				() -> this.address.isEmpty() ? JobLocks.inMemory(settings, this.time)
						: JobLocks.onRedis(this::connect, true, this.address, settings, this.time),
				(bean) -> bean.setLazyInit(true));
		this.context.registerBean(OperationsSettings.class,
				() -> new OperationsSettings("host-of-" + this.id, "1.0", this.overdueAfter));
		this.context.registerBean("taskScheduler", TaskScheduler.class, () -> this.scheduler);
		this.context.registerBean("events", RecordedEvents.class, () -> this.events);
		this.context.register(Application.class);
		for (Class<?> bean : beans) {
			this.context.register(bean);
		}
		this.context.refresh();
		return this;
	}

	private RedissonClient connect() {
		this.client = Redisson.create(config());
		return this.client;
	}

	private Config config() {
		Config config = new Config();
		config.setLazyInitialization(true);
		config.setThreads(2);
		config.setNettyThreads(2);
		config.useSingleServer()
			.setAddress(this.address)
			.setConnectionMinimumIdleSize(1)
			.setConnectionPoolSize(4)
			.setSubscriptionConnectionMinimumIdleSize(0)
			.setTimeout(2000)
			.setRetryAttempts(0);
		return config;
	}

	JobLocks locks() {
		return this.context.getBean(JobLocks.class);
	}

	AnnotationConfigApplicationContext context() {
		return this.context;
	}

	JobOperations operations() {
		return this.context.getBean(JobOperations.class);
	}

	JobWatch watch() {
		return this.context.getBean(JobWatch.class);
	}

	/**
	 * Fire the schedule of a method.
	 */
	void fire(String method) {
		this.scheduler.fire(method);
	}

	/**
	 * Run the task that was put on the scheduler last.
	 */
	void runLast() {
		List<ManualScheduler.ManualTask> tasks = this.scheduler.tasks();
		tasks.get(tasks.size() - 1).fire();
	}

	/**
	 * Don't wait for the next beat.
	 */
	void beat() {
		this.context.getBean(Heartbeat.class).soon();
	}

	/**
	 * This server and another one are restored from one image.
	 */
	OperatedServer copyOf(OperatedServer other) {
		DirectFieldAccessor image = new DirectFieldAccessor(other.context.getBean(Heartbeat.class));
		this.context.getBeanFactory().addBeanPostProcessor(new BeanPostProcessor() {

			@Override
			public Object postProcessBeforeInitialization(Object bean, String beanName) {
				if (bean instanceof Heartbeat) {
					new DirectFieldAccessor(bean).setPropertyValue("sender", image.getPropertyValue("sender"));
				}
				return bean;
			}

		});
		return this;
	}

	/**
	 * The process dies: it neither beats nor renews any more, and nothing that still runs
	 * here reaches Redis.
	 */
	void crash() {
		this.client.shutdown(0, 5, TimeUnit.SECONDS);
		locks().close();
	}

	<T> List<T> events(Class<T> type) {
		return this.events.of(type);
	}

	<T> T await(Class<T> type) {
		List<T> events = Awaitility.await()
			.atMost(Duration.ofSeconds(30))
			.until(() -> events(type), (told) -> !told.isEmpty());
		return events.get(events.size() - 1);
	}

	JobReport job(String name) {
		return operations().job(name).orElseThrow();
	}

	@Override
	public void close() {
		this.context.close();
	}

	/**
	 * What every server has.
	 */
	@Configuration(proxyBeanMethods = false)
	@EnableScheduling
	@Import({ DistributedSchedulingConfiguration.class, OperationsConfiguration.class })
	static class Application {

	}

}
