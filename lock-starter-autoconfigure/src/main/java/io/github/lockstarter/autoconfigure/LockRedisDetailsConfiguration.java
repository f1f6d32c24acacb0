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
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.SearchStrategy;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Lazy;
import org.springframework.core.env.Environment;

/**
 * Where Redis is if Spring Boot has no details of its own: by those of the locks if there
 * is a container, else by the properties.
 */
@Configuration(proxyBeanMethods = false)
@ConditionalOnMissingBean(value = RedisSettings.class, search = SearchStrategy.CURRENT)
class LockRedisDetailsConfiguration {

	@Bean
	@Lazy
	RedisSettings distributedScheduledRedisSettings(ObjectProvider<LockRedisConnectionDetails> details,
			Environment environment, ObjectProvider<SslBundles> sslBundles) {
		RedisProperties properties = RedisProperties.from(environment);
		LockRedisConnectionDetails container = details.getIfAvailable();
		return (container != null)
				? properties.settings(new Layout.Single(container.node()), null, null, 0, container.sslBundle())
				: properties.settings(sslBundles.getIfAvailable());
	}

}
