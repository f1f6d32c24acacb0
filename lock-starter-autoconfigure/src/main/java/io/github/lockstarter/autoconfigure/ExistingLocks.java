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

import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;

import io.github.lockstarter.lock.JobLocks;

/**
 * The locks, if there are any. An application without jobs has none, and a question about
 * its health or a metric must not make them.
 */
final class ExistingLocks {

	private final ConfigurableListableBeanFactory beanFactory;

	private volatile @Nullable JobLocks found;

	ExistingLocks(ConfigurableListableBeanFactory beanFactory) {
		this.beanFactory = beanFactory;
	}

	@Nullable JobLocks find() {
		JobLocks found = this.found;
		if (found != null) {
			return found;
		}
		for (String name : this.beanFactory.getBeanNamesForType(JobLocks.class, true, false)) {
			if (this.beanFactory.containsSingleton(name)) {
				this.found = this.beanFactory.getBean(name, JobLocks.class);
			}
		}
		return this.found;
	}

}
