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

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;

import io.github.lockstarter.lock.JobLocks;
import io.github.lockstarter.lock.LockStatus;
import io.github.lockstarter.operations.JobWatch;
import io.github.lockstarter.run.LocalJobs;

/**
 * The health of the locks, in the words of neither line of Spring Boot.
 */
final class LockHealth {

	private final ExistingLocks locks;

	private final ObjectProvider<JobWatch> watch;

	private final ObjectProvider<LocalJobs> jobs;

	LockHealth(ConfigurableListableBeanFactory beanFactory) {
		this.locks = new ExistingLocks(beanFactory);
		this.watch = beanFactory.getBeanProvider(JobWatch.class);
		this.jobs = beanFactory.getBeanProvider(LocalJobs.class);
	}

	/**
	 * Look at the locks. Waits for the acquire timeout at most.
	 */
	Report look() {
		JobLocks locks = this.locks.find();
		if (locks == null) {
			return new Report(State.FINE, Map.of("locks", "none, because there are no jobs"));
		}
		LockStatus status = locks.status();
		Map<String, Object> details = new LinkedHashMap<>();
		details.put("locks", status.place());
		details.put("namespace", status.namespace());
		details.put("server", status.server());
		if (status.failure() != null) {
			details.put("failure", status.failure());
		}
		if (status.clockOffset() != null) {
			details.put("clockOffset", status.clockOffset().toMillis() + " ms");
			details.put("clockAhead", status.isClockAhead());
		}
		if (!status.evictions().isEmpty()) {
			details.put("mayEvictLocks", status.evictions());
		}
		Map<String, String> overdue = overdue();
		if (!overdue.isEmpty()) {
			details.put("overdue", overdue);
		}
		Set<String> bypassed = bypassed();
		if (!bypassed.isEmpty()) {
			details.put("bypassed", bypassed);
		}
		State state = (status.failure() != null) ? State.BROKEN
				: (status.isClockAhead() || !overdue.isEmpty() || !bypassed.isEmpty()) ? State.IN_DOUBT : State.FINE;
		return new Report(state, details);
	}

	/**
	 * Return the jobs that are not fired here any more, because a fire of them has not
	 * come to its lock.
	 */
	private Set<String> bypassed() {
		LocalJobs jobs = this.jobs.getIfAvailable();
		return (jobs != null) ? new TreeSet<>(jobs.bypassed()) : Set.of();
	}

	/**
	 * Return since when jobs are overdue, on any server.
	 */
	private Map<String, String> overdue() {
		Map<String, String> overdue = new TreeMap<>();
		this.watch.ifAvailable((watch) -> {
			for (String job : watch.jobs()) {
				Instant since = watch.overdueSince(job);
				if (since != null) {
					overdue.put(job, "since " + since);
				}
			}
		});
		return overdue;
	}

	/**
	 * What that means for this server.
	 */
	enum State {

		/** Jobs can run on this server, and none is overdue. */
		FINE,

		/**
		 * This server does its part, and something is wrong all the same: cron ticks are
		 * skipped here because its clock is ahead, or a job is overdue, which is the same
		 * on all servers.
		 */
		IN_DOUBT,

		/** No job can run on this server. */
		BROKEN

	}

	/**
	 * What was seen.
	 *
	 * @param state what it means
	 * @param details more for a human
	 */
	record Report(State state, Map<String, Object> details) {

	}

}
