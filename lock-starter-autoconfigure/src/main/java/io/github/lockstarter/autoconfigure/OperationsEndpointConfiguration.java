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

import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.RuntimeHintsRegistrar;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.actuate.autoconfigure.endpoint.condition.ConditionalOnAvailableEndpoint;
import org.springframework.boot.actuate.autoconfigure.endpoint.expose.EndpointExposure;
import org.springframework.boot.actuate.endpoint.Access;
import org.springframework.boot.actuate.endpoint.EndpointAccessResolver;
import org.springframework.boot.actuate.endpoint.EndpointId;
import org.springframework.boot.actuate.endpoint.web.PathMappedEndpoints;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.ImportRuntimeHints;

import io.github.lockstarter.operations.JobOperations;
import io.github.lockstarter.run.RunSettings;

/**
 * What operators see and steer over the web, if the actuator is there and exposes it. The
 * actuator's names for that are the same on all lines of Spring Boot.
 */
@Configuration(proxyBeanMethods = false)
@ConditionalOnClass(name = OperationsEndpointConfiguration.CONDITION)
@ImportRuntimeHints(OperationsEndpointConfiguration.Hints.class)
class OperationsEndpointConfiguration {

	static final String CONDITION = "org.springframework.boot.actuate.autoconfigure.endpoint.condition.ConditionalOnAvailableEndpoint";

	@Bean
	@ConditionalOnAvailableEndpoint(endpoint = OperationsEndpoint.class, exposure = EndpointExposure.WEB)
	OperationsEndpoint distributedScheduledEndpoint(ObjectProvider<JobOperations> operations,
			ObjectProvider<OperationsWrites> writes, ObjectProvider<EndpointAccessResolver> access) {
		return new OperationsEndpoint(operations::getObject,
				() -> writes.getIfAvailable() != null && mayWrite(access.getIfAvailable()));
	}

	/**
	 * Where the actuator allows to read only, it leaves the operations out that write.
	 */
	private static boolean mayWrite(@Nullable EndpointAccessResolver access) {
		return access == null
				|| access.accessFor(EndpointId.of(OperationsEndpoint.ID), Access.UNRESTRICTED) == Access.UNRESTRICTED;
	}

	@Bean
	@ConditionalOnBean(OperationsEndpoint.class)
	@ConditionalOnBooleanProperty("distributed-scheduled.operations.writes-enabled")
	OperationsWrites distributedScheduledWrites(ObjectProvider<JobOperations> operations,
			ObjectProvider<RunSettings> settings) {
		return new OperationsWrites(operations::getObject, () -> settings.getObject().server());
	}

	@Bean
	@ConditionalOnAvailableEndpoint(endpoint = OperationsPage.class, exposure = EndpointExposure.WEB)
	OperationsPage distributedScheduledPage(ObjectProvider<PathMappedEndpoints> endpoints) {
		return new OperationsPage(endpoints::getIfAvailable);
	}

	static class Hints implements RuntimeHintsRegistrar {

		@Override
		public void registerHints(RuntimeHints hints, @Nullable ClassLoader classLoader) {
			hints.resources().registerPattern("io/github/lockstarter/autoconfigure/page.*");
		}

	}

}
