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

import java.util.List;
import java.util.concurrent.Executor;

import org.springframework.beans.factory.DisposableBean;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ApplicationListener;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.scheduling.TaskScheduler;
import org.springframework.scheduling.annotation.ScheduledAnnotationBeanPostProcessor;

import io.github.lockstarter.lock.JobLocks;
import io.github.lockstarter.run.LocalJobs;

/**
 * Lets the heart beat from the start of an application context until its last run has
 * ended. An application without jobs has no locks, and so nobody to tell and no thread
 * for it.
 */
final class HeartbeatLifecycle implements SmartLifecycle, DisposableBean, ApplicationListener<ContextClosedEvent> {

	private final Heartbeat heartbeat;

	private final LocalJobs jobs;

	private final ApplicationContext context;

	private final String beanName;

	private boolean ordered;

	HeartbeatLifecycle(Heartbeat heartbeat, LocalJobs jobs, ApplicationContext context, String beanName) {
		this.heartbeat = heartbeat;
		this.jobs = jobs;
		this.context = context;
		this.beanName = beanName;
	}

	@Override
	public synchronized void start() {
		if (!this.ordered) {
			this.ordered = true;
			destroyInOrder();
			this.jobs.whenInUse(this.heartbeat::begin);
		}
		this.heartbeat.start();
	}

	/**
	 * A run may last until its scheduler is destroyed, and until then this server is
	 * alive: so the last beat comes after the schedulers, and while there are locks.
	 */
	private void destroyInOrder() {
		if (!(this.context.getAutowireCapableBeanFactory() instanceof ConfigurableListableBeanFactory beanFactory)) {
			return;
		}
		for (Class<?> type : List.of(TaskScheduler.class, Executor.class, ScheduledAnnotationBeanPostProcessor.class)) {
			for (String earlier : beanFactory.getBeanNamesForType(type, false, false)) {
				beanFactory.registerDependentBean(this.beanName, earlier);
			}
		}
		for (String later : beanFactory.getBeanNamesForType(JobLocks.class, false, false)) {
			beanFactory.registerDependentBean(later, this.beanName);
		}
	}

	@Override
	public void stop() {
		this.heartbeat.stop();
	}

	@Override
	public boolean isRunning() {
		return this.heartbeat.isRunning();
	}

	@Override
	public void onApplicationEvent(ContextClosedEvent event) {
		if (event.getApplicationContext() == this.context) {
			this.heartbeat.closing();
		}
	}

	@Override
	public void destroy() {
		this.heartbeat.end();
	}

}
