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

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.UnaryOperator;

import org.jspecify.annotations.Nullable;
import org.redisson.Redisson;
import org.redisson.config.Config;

import org.springframework.aop.framework.AopProxyUtils;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.env.MapPropertySource;
import org.springframework.scheduling.TaskScheduler;
import org.springframework.scheduling.annotation.EnableScheduling;

import io.github.lockstarter.JobEvent;
import io.github.lockstarter.fixture.Attempts;
import io.github.lockstarter.fixture.RecordedEvents;
import io.github.lockstarter.fixture.RedisServer;
import io.github.lockstarter.internal.time.TimeSource;
import io.github.lockstarter.internal.time.VirtualMachine;
import io.github.lockstarter.lock.JobLocks;
import io.github.lockstarter.lock.LockSettings;
import io.github.lockstarter.schedule.ManualScheduler;

/**
 * A server with jobs: a plain Spring context. Its ticks are fired by hand unless the
 * application brings a scheduler, and its locks are in memory unless they are put on
 * Redis.
 */
final class TestServer implements AutoCloseable {

	static final String NAMESPACE = "run-" + UUID.randomUUID();

	private final AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext();

	private final ManualScheduler scheduler = new ManualScheduler();

	private final RecordedEvents events = new RecordedEvents();

	private LockSettings settings;

	private RunSettings defaults;

	private String address = "";

	private TimeSource time = TimeSource.system();

	private @Nullable JobLocks locks;

	private VirtualServers.@Nullable Server machine;

	TestServer(String id) {
		this.settings = new LockSettings(NAMESPACE, "test:", id, Duration.ofSeconds(2), Duration.ofMinutes(1));
		this.defaults = new RunSettings(NAMESPACE, id, Duration.ofSeconds(60), Duration.ZERO, Duration.ZERO);
		// Lazy, as the documentation asks for
		this.context.registerBean(RunSettings.class, () -> this.defaults, (bean) -> bean.setLazyInit(true));
		this.context.registerBean("locks", JobLocks.class, this::locks, (bean) -> bean.setLazyInit(true));
		this.context.registerBean("events", RecordedEvents.class, () -> this.events);
		this.context.register(Application.class);
	}

	/**
	 * Start a server whose ticks are fired by hand, with locks in memory.
	 */
	static TestServer running(Class<?>... beans) {
		return new TestServer("server-1").firedByHand().with(beans).start();
	}

	TestServer firedByHand() {
		this.context.registerBean("taskScheduler", TaskScheduler.class, () -> this.scheduler);
		return this;
	}

	TestServer with(Class<?>... beans) {
		for (Class<?> bean : beans) {
			this.context.register(bean);
		}
		return this;
	}

	TestServer defaults(UnaryOperator<RunSettings> change) {
		this.defaults = change.apply(this.defaults);
		return this;
	}

	TestServer property(String name, String value) {
		this.context.getEnvironment().getPropertySources().addFirst(new MapPropertySource(name, Map.of(name, value)));
		return this;
	}

	TestServer acquireTimeout(Duration acquireTimeout) {
		this.settings = new LockSettings(NAMESPACE, this.settings.keyPrefix(), this.settings.server(), acquireTimeout,
				this.settings.maxClockSkew());
		return this;
	}

	/** The time of the locks, and so of what waits for them. */
	TestServer time(TimeSource time) {
		this.time = time;
		return this;
	}

	/**
	 * On a machine with virtual time, which is a bean.
	 */
	TestServer on(VirtualServers.Server machine) {
		this.machine = machine;
		withLocks(machine.locks());
		this.defaults = machine.settings();
		this.context.registerBean("distributedScheduledTime", VirtualMachine.class, machine::machine);
		this.context.registerBean("taskScheduler", TaskScheduler.class, machine::scheduler);
		this.context.registerBean("told", VirtualServers.Told.class, () -> machine::told);
		return this;
	}

	TestServer withLocks(JobLocks locks) {
		this.locks = locks;
		return this;
	}

	TestServer onRedis() {
		return onRedis(RedisServer.shared().address());
	}

	TestServer onRedis(String address) {
		this.address = address;
		return this;
	}

	/**
	 * Start, and wait until there is a connection if there are jobs.
	 */
	TestServer start() {
		this.context.refresh();
		if (this.context.getBeanFactory().containsSingleton("locks")) {
			Attempts.untilDone(bean(JobLocks.class)::ready);
		}
		return this;
	}

	/**
	 * Start although Redis is away.
	 */
	void startWithoutRedis() {
		this.context.refresh();
	}

	private JobLocks locks() {
		if (this.locks != null) {
			return this.locks;
		}
		return this.address.isEmpty() ? JobLocks.inMemory(this.settings, this.time)
				: JobLocks.onRedis(() -> Redisson.create(config()), true, this.address, this.settings, this.time);
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
			.setTimeout((int) Math.max(2000, this.settings.acquireTimeout().toMillis()))
			.setRetryAttempts(0);
		return config;
	}

	AnnotationConfigApplicationContext context() {
		return this.context;
	}

	<T> T bean(Class<T> type) {
		return this.context.getBean(type);
	}

	/**
	 * Return a bean without its proxy, whose fields are not those of the bean.
	 */
	<T> T target(Class<T> type) {
		return type.cast(AopProxyUtils.getSingletonTarget(bean(type)));
	}

	ManualScheduler scheduler() {
		return this.scheduler;
	}

	/**
	 * Return what was published so far.
	 */
	List<JobEvent> events() {
		return this.events.of(JobEvent.class);
	}

	<T extends JobEvent> List<T> events(Class<T> type) {
		return this.events.of(type);
	}

	<T extends JobEvent> T await(Class<T> type) {
		return this.events.await(type);
	}

	void forgetEvents() {
		this.events.clear();
	}

	/**
	 * Return a field of what Redis keeps of a job.
	 */
	static String state(String job, String field) {
		return RedisServer.shared().cli("HGET", key(job) + ":" + job + ":state", field);
	}

	/**
	 * Set a field of what Redis keeps of a job.
	 */
	static void state(String job, String field, String value) {
		RedisServer.shared().cli("HSET", key(job) + ":" + job + ":state", field, value);
	}

	static boolean isLocked(String job) {
		return RedisServer.shared().cli("EXISTS", lockKey(job)).equals("1");
	}

	static String lockKey(String job) {
		return key(job) + ":lock";
	}

	private static String key(String job) {
		return "test:{" + NAMESPACE + "/" + job + "}";
	}

	@Override
	public void close() {
		if (this.machine != null) {
			// Spring would wait for its runs in real time
			this.machine.kill();
			return;
		}
		this.context.close();
	}

	/**
	 * What every server has.
	 */
	@Configuration(proxyBeanMethods = false)
	@EnableScheduling
	@Import(DistributedSchedulingConfiguration.class)
	static class Application {

	}

}
