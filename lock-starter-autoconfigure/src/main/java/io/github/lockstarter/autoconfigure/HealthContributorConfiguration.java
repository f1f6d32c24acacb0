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

import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * The health of the locks for Spring Boot 4, if its health module is there.
 */
@Configuration(proxyBeanMethods = false)
@ConditionalOnClass(name = HealthContributorConfiguration.INDICATOR)
class HealthContributorConfiguration {

	static final String INDICATOR = "org.springframework.boot.health.contributor.HealthIndicator";

	@Bean
	@ConditionalOnEnabledHealthIndicator("distributed-scheduled")
	HealthIndicator distributedScheduledHealthIndicator(ConfigurableListableBeanFactory beanFactory) {
		return new Indicator(new LockHealth(beanFactory));
	}

	private static final class Indicator extends AbstractHealthIndicator {

		private final LockHealth health;

		Indicator(LockHealth health) {
			super("The locks of distributed scheduling could not be looked at");
			this.health = health;
		}

		@Override
		protected void doHealthCheck(Health.Builder builder) {
			LockHealth.Report report = this.health.look();
			builder.status(switch (report.state()) {
				case FINE -> Status.UP;
				// Nobody is helped if a load balancer leaves out servers that do their
				// part
				case IN_DOUBT -> Status.UNKNOWN;
				case BROKEN -> Status.DOWN;
			}).withDetails(report.details());
		}

	}

}
