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

import java.util.Optional;

import org.jspecify.annotations.Nullable;
import org.redisson.api.RedissonClient;
import org.redisson.config.Config;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.RuntimeHintsRegistrar;
import org.springframework.beans.factory.NoUniqueBeanDefinitionException;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.NoSuchBeanDefinitionException;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.beans.factory.config.NamedBeanHolder;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.SearchStrategy;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.context.properties.bind.BindableRuntimeHintsRegistrar;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.ImportRuntimeHints;
import org.springframework.context.annotation.Lazy;
import org.springframework.core.env.Environment;
import org.springframework.core.io.ResourceLoader;
import org.springframework.util.StringUtils;

import io.github.lockstarter.InvalidJobException;
import io.github.lockstarter.internal.time.TimeSource;
import io.github.lockstarter.lock.JobLocks;
import io.github.lockstarter.lock.LockSettings;
import io.github.lockstarter.lock.RedissonVersion;
import io.github.lockstarter.operations.OperationsConfiguration;
import io.github.lockstarter.operations.OperationsSettings;
import io.github.lockstarter.run.DistributedSchedulingConfiguration;
import io.github.lockstarter.run.RunSettings;

/**
 * Auto-configuration of distributed scheduling. Does nothing in an application without
 * jobs: it then needs neither a namespace nor Redis.
 *
 * @since 0.1.0
 */
@AutoConfiguration(afterName = { "org.redisson.spring.starter.RedissonAutoConfigurationV2",
		"org.redisson.spring.starter.RedissonAutoConfigurationV4" })
@EnableConfigurationProperties({ DistributedScheduledProperties.class, LockClientProperties.class })
// In this order: the first that finds its classes says where Redis is, or makes the
// health
@Import({ DistributedSchedulingConfiguration.class, OperationsConfiguration.class, DataRedisDetailsConfiguration.class,
		RedisDetailsConfiguration.class, LockRedisDetailsConfiguration.class, HealthContributorConfiguration.class,
		ActuatorHealthConfiguration.class, JobMetricsConfiguration.class, OperationsEndpointConfiguration.class })
@ImportRuntimeHints(DistributedScheduledAutoConfiguration.Hints.class)
public class DistributedScheduledAutoConfiguration {

	private static final Logger logger = LoggerFactory.getLogger(DistributedScheduledAutoConfiguration.class);

	private static final int LONGEST_NAMESPACE = 200;

	private static final String RUN_SETTINGS = "distributedScheduledRunSettings";

	@Bean(RUN_SETTINGS)
	@Lazy
	@ConditionalOnMissingBean(search = SearchStrategy.CURRENT)
	RunSettings distributedScheduledRunSettings(DistributedScheduledProperties properties, Environment environment,
			ApplicationContext context) {
		return new RunSettings(namespace(properties, environment), server(properties, context), properties.lease(),
				properties.lockAtLeastFor(), properties.timeout(), properties.onRedisUnavailable().policy(),
				properties.retryWithin(), properties.spread());
	}

	@Bean
	@Lazy
	@ConditionalOnMissingBean(search = SearchStrategy.CURRENT)
	OperationsSettings distributedScheduledOperationsSettings(DistributedScheduledProperties properties,
			Environment environment) {
		return new OperationsSettings(ServerId.hostName(), environment.getProperty("spring.application.version"),
				properties.overdueAfter());
	}

	/**
	 * A child context with the starter is a server of its own, beside that of its parent.
	 */
	private static String server(DistributedScheduledProperties properties, ApplicationContext context) {
		if (!StringUtils.hasText(properties.serverId())) {
			return ServerId.create();
		}
		boolean child = context.getParent() != null && context.getParent().containsBean(RUN_SETTINGS);
		return child ? ServerId.unique(properties.serverId()) : properties.serverId();
	}

	private static String namespace(DistributedScheduledProperties properties, Environment environment) {
		String namespace = StringUtils.hasText(properties.namespace()) ? properties.namespace()
				: environment.getProperty("spring.application.name");
		if (!StringUtils.hasText(namespace)) {
			throw new InvalidJobException(
					"Distributed scheduling has no namespace. Two applications on one Redis must not share jobs by accident.",
					"Set spring.application.name, or distributed-scheduled.namespace, to the same value on all servers of this application.");
		}
		if (namespace.length() > LONGEST_NAMESPACE) {
			throw new InvalidJobException(
					"The namespace of distributed scheduling has %d characters; at most %d are allowed.".formatted(
							namespace.length(), LONGEST_NAMESPACE),
					"Set a shorter distributed-scheduled.namespace.");
		}
		return namespace;
	}

	@Bean(destroyMethod = "close")
	@Lazy
	@ConditionalOnMissingBean(search = SearchStrategy.CURRENT)
	JobLocks distributedScheduledLocks(DistributedScheduledProperties properties, RunSettings runSettings,
			ConfigurableListableBeanFactory beanFactory, ObjectProvider<RedisSettings> redisSettings,
			LockClientProperties clientProperties, ResourceLoader resourceLoader, TimeSource time) {
		LockSettings settings = new LockSettings(runSettings.namespace(), properties.keyPrefix(), runSettings.server(),
				properties.acquireTimeout(), properties.maxClockSkew(), properties.replicas().acknowledge(),
				properties.replicas().within(), properties.historyRuns(), properties.historyMessages());
		if (properties.mode() == DistributedScheduledProperties.Mode.LOCAL) {
			logger
				.warn("distributed-scheduled.mode is 'local': jobs are locked in this JVM only, and every other server "
						+ "runs them too. Leave it out on servers.");
			return JobLocks.inMemory(settings, time);
		}
		RedissonVersion.check();
		NamedBeanHolder<RedissonClient> existing = existingClient(beanFactory);
		String file = properties.redissonConfig();
		if (existing != null) {
			if (StringUtils.hasText(file)) {
				throw RedissonYaml.ambiguous(file, existing.getBeanName());
			}
			// Destroyed after the locks
			beanFactory.registerDependentBean(existing.getBeanName(), "distributedScheduledLocks");
			return JobLocks
				.onRedis(
						existing::getBeanInstance, false, RedissonAddress
							.of("the bean '" + existing.getBeanName() + "'", existing.getBeanInstance().getConfig()),
						settings, time);
		}
		// Read now: what is wrong with it stops the application, not each attempt to
		// connect
		if (StringUtils.hasText(file)) {
			RedissonYaml.Client client = RedissonYaml.client(file, resourceLoader);
			return JobLocks.onRedis(client.clients(), true, client.address(), settings, time);
		}
		RedisSettings redis = redisSettings.getObject();
		Config config = RedissonClients.config(redis, clientProperties, properties.acquireTimeout());
		return JobLocks.onRedis(new LockClients(config), true, redis.toString(), settings, time);
	}

	private static @Nullable NamedBeanHolder<RedissonClient> existingClient(
			ConfigurableListableBeanFactory beanFactory) {
		try {
			return beanFactory.resolveNamedBean(RedissonClient.class);
		}
		catch (NoUniqueBeanDefinitionException ex) {
			throw new InvalidJobException(
					"There are several RedissonClient beans, so it is not clear which Redis keeps the locks: "
							+ Optional.ofNullable(ex.getBeanNamesFound()).orElseThrow() + ".",
					"Mark one of them as @Primary.");
		}
		catch (NoSuchBeanDefinitionException ex) {
			return null;
		}
	}

	/**
	 * The properties of Redis are bound here, and not by Spring Boot, so a native image
	 * has to be told of them.
	 */
	static class Hints implements RuntimeHintsRegistrar {

		@Override
		public void registerHints(RuntimeHints hints, @Nullable ClassLoader classLoader) {
			BindableRuntimeHintsRegistrar.forTypes(RedisProperties.class).registerHints(hints);
		}

	}

}
