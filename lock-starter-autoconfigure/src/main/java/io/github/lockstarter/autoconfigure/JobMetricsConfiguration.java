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

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import io.github.lockstarter.internal.time.TimeSource;
import io.github.lockstarter.operations.JobWatch;

/**
 * Metrics of jobs, if Micrometer is there. Both lines of Spring Boot bind every
 * {@code MeterBinder}, so none of their classes is needed.
 */
@Configuration(proxyBeanMethods = false)
@ConditionalOnClass(name = "io.micrometer.core.instrument.binder.MeterBinder")
class JobMetricsConfiguration {

	@Bean
	static JobMetrics distributedScheduledMetrics(ObjectProvider<JobWatch> watch,
			ConfigurableListableBeanFactory beanFactory, TimeSource time) {
		return new JobMetrics(watch, new ExistingLocks(beanFactory), time);
	}

}
