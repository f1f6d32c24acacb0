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

import java.util.List;

import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.SearchStrategy;
import org.springframework.boot.autoconfigure.data.redis.RedisConnectionDetails;
import org.springframework.boot.ssl.SslBundle;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Lazy;
import org.springframework.core.env.Environment;

/**
 * Where Redis is by the connection details of Spring Boot 3.
 */
@Configuration(proxyBeanMethods = false)
@ConditionalOnClass(name = RedisDetailsConfiguration.DETAILS)
@ConditionalOnMissingBean(value = RedisSettings.class, search = SearchStrategy.CURRENT)
class RedisDetailsConfiguration {

	static final String DETAILS = "org.springframework.boot.autoconfigure.data.redis.RedisConnectionDetails";

	@Bean
	@Lazy
	RedisSettings distributedScheduledRedisSettings(ObjectProvider<RedisConnectionDetails> details,
			Environment environment, ObjectProvider<SslBundles> sslBundles) {
		return settings(details.getIfAvailable(), RedisProperties.from(environment), sslBundles.getIfAvailable());
	}

	private static RedisSettings settings(@Nullable RedisConnectionDetails details, RedisProperties properties,
			@Nullable SslBundles sslBundles) {
		if (details == null || RedisProperties.areSourceOf(details, RedisConnectionDetails.class)) {
			return properties.settings(sslBundles);
		}
		RedisConnectionDetails.Standalone standalone = details.getStandalone();
		RedisConnectionDetails.Sentinel sentinel = details.getSentinel();
		RedisConnectionDetails.Cluster cluster = details.getCluster();
		Layout layout;
		SslBundle sslBundle;
		int database = 0;
		// In the order in which Spring Boot looks at them
		if (sentinel != null) {
			layout = new Layout.Sentinel(sentinel.getMaster(), nodes(sentinel.getNodes()), sentinel.getUsername(),
					sentinel.getPassword());
			sslBundle = sentinel.getSslBundle();
			database = sentinel.getDatabase();
		}
		else if (cluster != null) {
			layout = new Layout.Cluster(nodes(cluster.getNodes()));
			sslBundle = cluster.getSslBundle();
		}
		else if (standalone != null) {
			layout = new Layout.Single(new Layout.Node(standalone.getHost(), standalone.getPort()));
			sslBundle = standalone.getSslBundle();
			database = standalone.getDatabase();
		}
		else {
			throw RedisProperties.noPlace(details);
		}
		return properties.settings(layout, details.getUsername(), details.getPassword(), database, sslBundle);
	}

	private static List<Layout.Node> nodes(List<RedisConnectionDetails.Node> nodes) {
		return nodes.stream().map((node) -> new Layout.Node(node.host(), node.port())).toList();
	}

}
