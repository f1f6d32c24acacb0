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

package io.github.lockstarter.run;

import java.util.function.Supplier;

import io.micrometer.observation.ObservationRegistry;

import org.springframework.aop.Advisor;
import org.springframework.aop.config.AopConfigUtils;
import org.springframework.aop.framework.Advised;
import org.springframework.aop.support.ClassFilters;
import org.springframework.aop.support.ComposablePointcut;
import org.springframework.aop.support.DefaultPointcutAdvisor;
import org.springframework.aop.support.annotation.AnnotationMatchingPointcut;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.ConfigurableBeanFactory;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.beans.factory.support.BeanDefinitionRegistry;
import org.springframework.beans.factory.support.BeanDefinitionRegistryPostProcessor;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.ImportBeanDefinitionRegistrar;
import org.springframework.context.annotation.Lazy;
import org.springframework.context.annotation.Role;
import org.springframework.core.Ordered;
import org.springframework.core.type.AnnotationMetadata;
import org.springframework.scheduling.annotation.ScheduledAnnotationBeanPostProcessor;
import org.springframework.util.ClassUtils;
import org.springframework.util.function.SingletonSupplier;

import io.github.lockstarter.DistributedJobs;
import io.github.lockstarter.DistributedScheduled;
import io.github.lockstarter.JobBypassed;
import io.github.lockstarter.internal.time.TimeSource;
import io.github.lockstarter.lock.JobLocks;
import io.github.lockstarter.observation.JobObservationConvention;
import io.github.lockstarter.schedule.TickScheduling;
import io.github.lockstarter.schedule.TickSchedulingConfigurer;

/**
 * Makes {@link DistributedScheduled @DistributedScheduled} work. The starter imports it;
 * an application without Spring Boot imports it and defines a {@link RunSettings} and a
 * {@link JobLocks} bean, both lazy: an application without jobs needs neither.
 *
 * @since 0.1.0
 */
@Configuration(proxyBeanMethods = false)
@Role(BeanDefinition.ROLE_INFRASTRUCTURE)
@Import(DistributedSchedulingConfiguration.Infrastructure.class)
public class DistributedSchedulingConfiguration {

	/**
	 * Where the lock stands among other advice: outside transactions, which come last.
	 */
	public static final int ADVISOR_ORDER = Ordered.HIGHEST_PRECEDENCE + 1000;

	/**
	 * Check that a child context has no jobs, or this configuration. It does not inherit
	 * it from its parent, so its jobs would not be locked.
	 * @param beanFactory of the child, when its bean definitions are known
	 * @throws io.github.lockstarter.InvalidJobException if the parent has this
	 * configuration, and the child has jobs without it
	 */
	public static void checkChild(ConfigurableListableBeanFactory beanFactory) {
		if (RelatedContexts.isBelow(beanFactory)) {
			RelatedContexts.check(beanFactory);
		}
	}

	@Bean
	@Role(BeanDefinition.ROLE_INFRASTRUCTURE)
	static TimeSource distributedScheduledTime() {
		return TimeSource.system();
	}

	@Bean
	@Role(BeanDefinition.ROLE_INFRASTRUCTURE)
	static Jobs distributedScheduledJobs() {
		return new Jobs();
	}

	@Bean
	@Role(BeanDefinition.ROLE_INFRASTRUCTURE)
	static Advisor distributedScheduledAdvisor(Jobs jobs, ApplicationContext context) {
		AnnotationMatchingPointcut annotated = new AnnotationMatchingPointcut(null, DistributedScheduled.class, true);
		// A bean that is proxied already needs no second proxy: its own gets the lock
		DefaultPointcutAdvisor advisor = new DefaultPointcutAdvisor(
				new ComposablePointcut(ClassFilters.intersection(annotated.getClassFilter(),
						(type) -> !Advised.class.isAssignableFrom(type)), annotated.getMethodMatcher()),
				// A context that has failed makes no beans any more, and runs no jobs
				new DistributedScheduledInterceptor(jobs, () -> context.getBean(JobRunner.class)));
		advisor.setOrder(ADVISOR_ORDER);
		return advisor;
	}

	@Bean
	@Role(BeanDefinition.ROLE_INFRASTRUCTURE)
	static JobPostProcessor distributedScheduledPostProcessor(Jobs jobs, ObjectProvider<RunSettings> settings,
			TickScheduling scheduling, ConfigurableBeanFactory beanFactory) {
		return new JobPostProcessor(jobs, settings, scheduling, beanFactory);
	}

	@Bean
	@Role(BeanDefinition.ROLE_INFRASTRUCTURE)
	static OutdatedSchedules distributedScheduledOutdatedSchedules(Jobs jobs, ListableBeanFactory beanFactory) {
		return new OutdatedSchedules(jobs, beanFactory);
	}

	@Bean
	@Role(BeanDefinition.ROLE_INFRASTRUCTURE)
	TickSchedulingConfigurer distributedScheduledTickConfigurer(JobServer server, ObjectProvider<LocalJobs> localJobs) {
		return new TickSchedulingConfigurer(server.scheduling(), (scheduler) -> {
			localJobs.getObject().use(scheduler);
			server.recover(scheduler);
		});
	}

	@Bean(destroyMethod = "")
	@Role(BeanDefinition.ROLE_INFRASTRUCTURE)
	static JobServer distributedScheduledServer(Jobs jobs, ObjectProvider<RunSettings> settings,
			ObjectProvider<JobLocks> locks, ApplicationEventPublisher publisher,
			ObjectProvider<ObservationRegistry> observations, ObjectProvider<JobObservationConvention> convention,
			ConfigurableBeanFactory beanFactory, TimeSource time) {
		RunEvents events = new RunEvents(publisher);
		return new JobServer(jobs, settings::getObject, locks::getObject, events,
				() -> new RunObservations(observations.getIfUnique(() -> ObservationRegistry.NOOP),
						convention.getIfAvailable()),
				new Wiring(jobs, beanFactory, (name) -> {
					jobs.bypassed(name);
					events.publish(new JobBypassed(name, settings.getObject().server()));
				}), new BeanCalls(jobs, beanFactory), time);
	}

	@Bean
	@Role(BeanDefinition.ROLE_INFRASTRUCTURE)
	static TickScheduling distributedScheduledTickScheduling(JobServer server) {
		return server.scheduling();
	}

	@Bean
	@Role(BeanDefinition.ROLE_INFRASTRUCTURE)
	static WiringCheck distributedScheduledWiringCheck(TickScheduling scheduling, Jobs jobs, RunGate gate,
			ApplicationContext context) {
		return new WiringCheck(scheduling, jobs, gate, context);
	}

	@Bean
	@Role(BeanDefinition.ROLE_INFRASTRUCTURE)
	WiringCheck.FirstConfigurer distributedScheduledFirstConfigurer(WiringCheck check) {
		return new WiringCheck.FirstConfigurer(check);
	}

	@Bean
	LocalJobs distributedScheduledLocalJobs(Jobs jobs, RunGate gate, ObjectProvider<JobRunner> runner,
			ConfigurableBeanFactory beanFactory) {
		return new LocalJobs(jobs, gate, runner::getObject, beanFactory);
	}

	@Bean
	static BeanDefinitionRegistryPostProcessor distributedScheduledTickConfigurerLast() {
		return new LastOfConfigurers();
	}

	@Bean
	@Role(BeanDefinition.ROLE_INFRASTRUCTURE)
	static RunGate distributedScheduledGate(JobServer server) {
		return server.gate();
	}

	@Bean
	@Lazy
	JobRunner distributedScheduledRunner(JobServer server) {
		return server.runner();
	}

	@Bean(RunLifecycle.JOBS_OF_CODE)
	@Lazy
	DistributedJobs distributedJobs(Jobs jobs, ObjectProvider<RunSettings> settings, ObjectProvider<JobLocks> locks,
			ObjectProvider<JobRunner> runner) {
		return new LockedJobs(jobs, settings::getObject, once(locks), runner::getObject);
	}

	@Bean
	RunLifecycle distributedScheduledLifecycle(Jobs jobs, ObjectProvider<RunSettings> settings,
			ObjectProvider<JobLocks> locks, ObjectProvider<JobRunner> runner, JobServer server,
			ApplicationContext context, ObjectProvider<ScheduledAnnotationBeanPostProcessor> scheduling,
			ObjectProvider<TickSchedulingConfigurer> ticks, TimeSource time) {
		return new RunLifecycle(jobs, settings, once(locks), once(runner), server.gate(), server.skipLog(), context,
				scheduling, ticks, time);
	}

	/**
	 * Only an application that has jobs has locks.
	 */
	private static <T> SingletonSupplier<T> once(ObjectProvider<T> provider) {
		Supplier<T> supplier = provider::getObject;
		return SingletonSupplier.of(supplier);
	}

	/**
	 * Puts our configurer behind all others. It has the lowest precedence, but so has
	 * every configurer without an order, and among equals the one that is registered last
	 * comes last: were it another one, the scheduler that it chooses would not be
	 * wrapped, and each tick would run as a call by hand, on every server.
	 */
	static class LastOfConfigurers implements BeanDefinitionRegistryPostProcessor {

		private static final String NAME = "distributedScheduledTickConfigurer";

		@Override
		public void postProcessBeanDefinitionRegistry(BeanDefinitionRegistry registry) {
			if (registry.containsBeanDefinition(NAME)) {
				BeanDefinition configurer = registry.getBeanDefinition(NAME);
				registry.removeBeanDefinition(NAME);
				registry.registerBeanDefinition(NAME, configurer);
			}
		}

		@Override
		public void postProcessBeanFactory(ConfigurableListableBeanFactory beanFactory) {
			MadeBeans.watch(beanFactory);
		}

	}

	/**
	 * What depends on what else is there.
	 */
	static class Infrastructure implements ImportBeanDefinitionRegistrar {

		private static final String TRANSACTION_MANAGER = "org.springframework.transaction.ConfigurableTransactionManager";

		@Override
		public void registerBeanDefinitions(AnnotationMetadata metadata, BeanDefinitionRegistry registry) {
			// Also where the auto-proxy creator of Spring Boot is switched off
			AopConfigUtils.registerAutoProxyCreatorIfNecessary(registry);
			if (ClassUtils.isPresent(TRANSACTION_MANAGER, getClass().getClassLoader())) {
				RootBeanDefinition guard = new RootBeanDefinition(TransactionGuard.class);
				guard.setRole(BeanDefinition.ROLE_INFRASTRUCTURE);
				registry.registerBeanDefinition("distributedScheduledTransactionGuard", guard);
			}
		}

	}

}
