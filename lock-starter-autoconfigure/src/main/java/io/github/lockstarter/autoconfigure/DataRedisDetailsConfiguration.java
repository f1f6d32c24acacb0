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
import org.springframework.boot.data.redis.autoconfigure.DataRedisConnectionDetails;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Lazy;
import org.springframework.core.env.Environment;

/**
 * Where Redis is by the connection details of Spring Boot 4, if its Redis module is
 * there.
 */
@Configuration(proxyBeanMethods = false)
@ConditionalOnClass(name = DataRedisDetailsConfiguration.DETAILS)
class DataRedisDetailsConfiguration {

	static final String DETAILS = "org.springframework.boot.data.redis.autoconfigure.DataRedisConnectionDetails";

	@Bean
	@Lazy
	RedisSettings distributedScheduledRedisSettings(ObjectProvider<DataRedisConnectionDetails> details,
			Environment environment, ObjectProvider<SslBundles> sslBundles) {
		return settings(details.getIfAvailable(), RedisProperties.from(environment), sslBundles.getIfAvailable());
	}

	private static RedisSettings settings(@Nullable DataRedisConnectionDetails details, RedisProperties properties,
			@Nullable SslBundles sslBundles) {
		if (details == null || RedisProperties.areSourceOf(details, DataRedisConnectionDetails.class)) {
			return properties.settings(sslBundles);
		}
		DataRedisConnectionDetails.Standalone standalone = details.getStandalone();
		DataRedisConnectionDetails.Sentinel sentinel = details.getSentinel();
		DataRedisConnectionDetails.Cluster cluster = details.getCluster();
		DataRedisConnectionDetails.MasterReplica masterReplica = details.getMasterReplica();
		Layout layout;
		int database = (standalone != null) ? standalone.getDatabase() : 0;
		// In the order in which Spring Boot looks at them
		if (sentinel != null) {
			layout = new Layout.Sentinel(sentinel.getMaster(), nodes(sentinel.getNodes()), sentinel.getUsername(),
					sentinel.getPassword());
			database = sentinel.getDatabase();
		}
		else if (cluster != null) {
			layout = new Layout.Cluster(nodes(cluster.getNodes()));
			database = 0;
		}
		else if (masterReplica != null) {
			layout = new Layout.MasterReplica(nodes(masterReplica.getNodes()));
		}
		else if (standalone != null) {
			layout = new Layout.Single(new Layout.Node(standalone.getHost(), standalone.getPort()));
		}
		else {
			throw RedisProperties.noPlace(details);
		}
		return properties.settings(layout, details.getUsername(), details.getPassword(), database,
				details.getSslBundle());
	}

	private static List<Layout.Node> nodes(List<DataRedisConnectionDetails.Node> nodes) {
		return nodes.stream().map((node) -> new Layout.Node(node.host(), node.port())).toList();
	}

}
