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
package io.github.lockstarter.wiring;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;

import org.springframework.context.ApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.AnnotationConfigRegistry;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.scheduling.annotation.EnableScheduling;

import io.github.lockstarter.internal.time.TimeSource;
import io.github.lockstarter.lock.JobLocks;
import io.github.lockstarter.lock.LockSettings;
import io.github.lockstarter.run.DistributedSchedulingConfiguration;
import io.github.lockstarter.run.RunSettings;
import io.github.lockstarter.schedule.ManualScheduler;

/**
 * A server that an application makes as it likes, with locks in memory.
 */
final class Server implements AutoCloseable {

	/** The schedulers that an application has made, all fired by hand. */
	private static final List<ManualScheduler> schedulers = new CopyOnWriteArrayList<>();

	private final List<Throwable> thrown = new ArrayList<>();

	private final List<ConfigurableApplicationContext> others = new ArrayList<>();

	private final AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext();

	Server() {
		forgetSchedulers();
	}

	static void forgetSchedulers() {
		schedulers.clear();
	}

	/**
	 * Return a scheduler that is fired with all others.
	 */
	static ManualScheduler scheduler() {
		ManualScheduler scheduler = new ManualScheduler();
		schedulers.add(scheduler);
		return scheduler;
	}

	/**
	 * Give a context what every server has.
	 */
	static void equip(GenericApplicationContext context) {
		String server = "server-1";
		String namespace = "wiring-" + UUID.randomUUID();
		context.registerBean(RunSettings.class,
				() -> new RunSettings(namespace, server, Duration.ofSeconds(60), Duration.ZERO, Duration.ZERO),
				(bean) -> bean.setLazyInit(true));
		context.registerBean(JobLocks.class,
				() -> JobLocks.inMemory(
						new LockSettings(namespace, "test:", server, Duration.ofSeconds(2), Duration.ofMinutes(1)),
						TimeSource.system()),
				(bean) -> bean.setLazyInit(true));
		((AnnotationConfigRegistry) context).register(DistributedSchedulingConfiguration.class);
	}

	AnnotationConfigApplicationContext context() {
		return this.context;
	}

	<T> T bean(Class<T> type) {
		return this.context.getBean(type);
	}

	/**
	 * Start another context beside this one.
	 */
	AnnotationConfigApplicationContext child(ApplicationContext parent, Class<?>... beans) {
		AnnotationConfigApplicationContext child = new AnnotationConfigApplicationContext();
		this.others.add(child);
		child.setParent(parent);
		if (beans.length > 0) {
			child.register(beans);
		}
		child.refresh();
		return child;
	}

	/**
	 * Start another context below one, and give it what every server has.
	 */
	AnnotationConfigApplicationContext equippedChild(ApplicationContext parent, Class<?>... beans) {
		AnnotationConfigApplicationContext child = new AnnotationConfigApplicationContext();
		this.others.add(child);
		child.setParent(parent);
		equip(child);
		if (beans.length > 0) {
			child.register(beans);
		}
		child.refresh();
		return child;
	}

	/**
	 * Fire everything that is scheduled, once.
	 */
	void fire() {
		for (ManualScheduler scheduler : schedulers) {
			for (ManualScheduler.ManualTask task : scheduler.tasks()) {
				if (!task.isCancelled()) {
					attempt(task::fire);
				}
			}
		}
	}

	/**
	 * Do what may be refused.
	 */
	void attempt(Attempt attempt) {
		try {
			attempt.make();
		}
		catch (Throwable ex) {
			this.thrown.add(ex);
		}
	}

	List<Throwable> thrown() {
		return this.thrown;
	}

	int tasks() {
		return schedulers.stream().mapToInt((scheduler) -> scheduler.tasks().size()).sum();
	}

	@Override
	public void close() {
		this.others.forEach(ConfigurableApplicationContext::close);
		this.context.close();
	}

	/**
	 * What may be refused.
	 */
	interface Attempt {

		void make() throws Throwable;

	}

	/**
	 * What schedules.
	 */
	@Configuration(proxyBeanMethods = false)
	@EnableScheduling
	static class Scheduling {

	}

}
