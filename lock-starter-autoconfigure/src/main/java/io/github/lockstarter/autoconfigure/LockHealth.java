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

import java.util.LinkedHashMap;
import java.util.Map;

import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;

import io.github.lockstarter.lock.JobLocks;
import io.github.lockstarter.lock.LockStatus;

/**
 * The health of the locks, in the words of neither line of Spring Boot.
 */
final class LockHealth {

	private final ConfigurableListableBeanFactory beanFactory;

	LockHealth(ConfigurableListableBeanFactory beanFactory) {
		this.beanFactory = beanFactory;
	}

	/**
	 * Look at the locks. Waits for the acquire timeout at most.
	 */
	Report look() {
		JobLocks locks = existingLocks();
		if (locks == null) {
			return new Report(true, Map.of("locks", "none, because there are no jobs"));
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
		return new Report(status.failure() == null && !status.isClockAhead(), details);
	}

	/**
	 * An application without jobs has no locks, and a question about its health must not
	 * make them.
	 */
	private @Nullable JobLocks existingLocks() {
		for (String name : this.beanFactory.getBeanNamesForType(JobLocks.class, true, false)) {
			if (this.beanFactory.containsSingleton(name)) {
				return this.beanFactory.getBean(name, JobLocks.class);
			}
		}
		return null;
	}

	/**
	 * What was seen.
	 *
	 * @param up whether jobs can run on this server
	 * @param details more for a human
	 */
	record Report(boolean up, Map<String, Object> details) {

	}

}
