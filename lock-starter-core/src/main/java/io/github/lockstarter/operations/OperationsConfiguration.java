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

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import io.github.lockstarter.internal.time.TimeSource;
import io.github.lockstarter.lock.Beat;
import io.github.lockstarter.lock.JobLocks;
import io.github.lockstarter.run.LocalJobs;
import io.github.lockstarter.run.RunSettings;

/**
 * What operators see and steer. The starter imports it; an application without Spring
 * Boot imports it beside
 * {@link io.github.lockstarter.run.DistributedSchedulingConfiguration}, and may define an
 * {@link OperationsSettings} bean. An application without jobs tells nobody of itself.
 *
 * @since 0.1.0
 */
@Configuration(proxyBeanMethods = false)
public class OperationsConfiguration {

	private static final String LIFECYCLE = "distributedScheduledHeartbeatLifecycle";

	@Bean
	Diary distributedScheduledDiary(ApplicationContext context, TimeSource time) {
		return new Diary(context, time);
	}

	@Bean
	Heartbeat distributedScheduledHeartbeat(LocalJobs jobs, ObjectProvider<JobLocks> locks,
			ObjectProvider<RunSettings> runSettings, ObjectProvider<OperationsSettings> settings, Diary diary,
			TimeSource time) {
		return new Heartbeat(() -> knownJobs(jobs), jobs::isDraining, locks::getObject,
				() -> runSettings.getObject().server(), settings.getIfAvailable(OperationsSettings::defaults), diary,
				time);
	}

	private static List<Beat.KnownJob> knownJobs(LocalJobs jobs) {
		return jobs.all()
			.stream()
			.map((job) -> new Beat.KnownJob(job.name(), job.group(), job.schedule(), job.method()))
			.toList();
	}

	@Bean(LIFECYCLE)
	HeartbeatLifecycle distributedScheduledHeartbeatLifecycle(Heartbeat heartbeat, LocalJobs jobs,
			ApplicationContext context) {
		return new HeartbeatLifecycle(heartbeat, jobs, context, LIFECYCLE);
	}

	@Bean
	JobWatch distributedScheduledWatch(LocalJobs jobs, Heartbeat heartbeat,
			ObjectProvider<OperationsSettings> settings) {
		return new HeartbeatWatch(jobs, heartbeat,
				settings.getIfAvailable(OperationsSettings::defaults).overdueAfter());
	}

	@Bean
	JobOperations distributedScheduledOperations(LocalJobs jobs, ObjectProvider<JobLocks> locks,
			ObjectProvider<RunSettings> runSettings, Heartbeat heartbeat, Diary diary,
			ObjectProvider<OperationsSettings> settings, ApplicationEventPublisher publisher) {
		return new LockOperations(jobs, locks::getObject, runSettings::getObject, heartbeat, diary,
				settings.getIfAvailable(OperationsSettings::defaults).overdueAfter(), publisher, null);
	}

}
