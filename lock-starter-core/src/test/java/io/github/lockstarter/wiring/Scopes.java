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

package io.github.lockstarter.wiring;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

import org.aopalliance.intercept.MethodInterceptor;
import org.aopalliance.intercept.MethodInvocation;

import org.springframework.aop.framework.AopInfrastructureBean;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.BeanFactoryAware;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.beans.factory.FactoryBean;
import org.springframework.beans.factory.InitializingBean;
import org.springframework.beans.factory.ObjectFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.SmartFactoryBean;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.config.BeanFactoryPostProcessor;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.beans.factory.config.Scope;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Lazy;
import org.springframework.context.annotation.Primary;
import org.springframework.context.annotation.ScopedProxyMode;
import org.springframework.context.event.ContextRefreshedEvent;
import org.springframework.context.event.EventListener;
import org.springframework.core.PriorityOrdered;
import org.springframework.scheduling.annotation.Scheduled;

import io.github.lockstarter.DistributedScheduled;

/**
 * How the bean of a job comes to be, and for how long it lives.
 */
final class Scopes {

	private static final String NOT_PROXIED = "is not proxied";

	private Scopes() {
	}

	static List<Wiring> rows() {
		return List.of(Wiring.of("a prototype", PrototypeJob.class).then((server) -> {
			server.bean(PrototypeJob.class);
			server.fire();
		}).locked(), Wiring.of("a prototype that nobody makes", PrototypeJob.class).notFired(),
				Wiring.of("a prototype that is made twice", PrototypeJob.class).then((server) -> {
					server.bean(PrototypeJob.class);
					server.bean(PrototypeJob.class);
					server.fire();
				}).locked(), Wiring.of("a prototype, by hand", PrototypeJob.class).then((server) -> {
					server.bean(PrototypeJob.class).run();
				}).lockedByHand(),
				Wiring.of("a prototype that is a singleton's dependency", PrototypeJob.class, NeedsPrototype.class)
					.locked(),
				Wiring.of("lazy", LazyJob.class).then((server) -> {
					server.bean(LazyJob.class);
					server.fire();
				}).locked(), Wiring.of("lazy, and nobody asks for it", LazyJob.class).notFired(),
				Wiring.of("lazy where it is needed", Plain.class, NeedsLazily.class).locked(),
				Wiring.of("all beans lazy", Plain.class).set(Scopes::allLazy).then((server) -> {
					server.bean(Plain.class);
					server.fire();
				}).locked(),
				Wiring.of("a scope with proxies", ScopedJob.class).set(Scopes::customScope).then((server) -> {
					server.bean(ScopedJob.class).other();
					server.fire();
				}).locked(),
				Wiring.of("a scope with proxies, by hand", ScopedJob.class)
					.set(Scopes::customScope)
					.then((server) -> server.bean(ScopedJob.class).run())
					.lockedByHand(),
				Wiring.of("a scope with proxies of interfaces", ScopedInterfaceJob.class)
					.set(Scopes::customScope)
					.then((server) -> {
						((Work) server.context().getBean("scopes.ScopedInterfaceJob")).other();
						server.fire();
					})
					.locked(),
				Wiring.of("a scope without proxies", UnproxiedScopedJob.class)
					.set(Scopes::customScope)
					.then((server) -> {
						server.bean(UnproxiedScopedJob.class);
						server.fire();
					})
					.locked(),
				Wiring.of("a scope whose beans are made anew", ScopedJob.class)
					.set(Scopes::customScope)
					.then((server) -> {
						server.bean(ScopedJob.class).other();
						server.bean(MapScope.class).clear();
						server.bean(ScopedJob.class).other();
						server.fire();
					})
					.locked(),
				Wiring.of("a singleton with a scoped proxy", ScopedSingletonJob.class).locked(),
				Wiring.of("made by a factory bean", OfFactoryBean.class).then((server) -> {
					server.bean(Plain.class);
					server.fire();
				}).locked(), Wiring.of("made by an eager factory bean", OfEagerFactoryBean.class).locked(),
				Wiring.of("a factory bean itself", FactoryBeanWithJob.class).set(Declarations::proxyClasses).locked(),
				Wiring.of("made by a static method", OfStaticMethod.class).locked(),
				Wiring.of("made by a supplier")
					.set((context) -> context.registerBean("job", Plain.class, Plain::new))
					.locked(),
				Wiring.of("made by a supplier, as something else")
					.set((context) -> context.registerBean("job", Object.class, Plain::new))
					.locked(),
				Wiring.of("registered when the application runs").then((server) -> {
					server.context().registerBean("late", Plain.class);
					server.context().getBean("late");
					server.fire();
				}).locked(), Wiring.of("made by code with the means of the context").then((server) -> {
					server.context().getAutowireCapableBeanFactory().createBean(Plain.class);
					server.fire();
				}).locked(), Wiring.of("initialized by code with the means of the context").then((server) -> {
					server.context().getAutowireCapableBeanFactory().initializeBean(new Plain(), "by-code");
					server.fire();
				}).locked(),
				Wiring.of("a singleton that code registers")
					.set((context) -> context.getBeanFactory().registerSingleton("job", new Plain()))
					.warns("was not made by Spring")
					.notFired(),
				Wiring.of("a singleton that code registers when the application runs")
					.then((server) -> server.context().getBeanFactory().registerSingleton("job", new Plain()))
					.notFired(),
				Wiring.of("a singleton that code registers in place of a bean")
					.set((context) -> context.addBeanFactoryPostProcessor((beanFactory) -> {
						context.registerBean("job", Plain.class);
						beanFactory.registerSingleton("job", new Plain());
					}))
					.warns("was not made by Spring")
					.notFired(),
				Wiring.of("replaced by another definition", Overridden.class)
					.set((context) -> context.registerBean("job", Plain.class, Replacement::new))
					.warns("not with @Scheduled")
					.notFired(),
				Wiring.of("one of two candidates", TwoCandidates.class).locked(2),
				Wiring.of("needed by a post-processor", Plain.class, NeedyPostProcessor.class)
					.refused("run()", NOT_PROXIED),
				Wiring.of("needed by a post-processor that comes last", Plain.class, LateNeedyPostProcessor.class)
					.locked(),
				Wiring.of("needed by a post-processor of the factory", Plain.class, NeedyFactoryPostProcessor.class)
					.refused("run()", NOT_PROXIED),
				Wiring.of("a post-processor itself", JobPostProcessor.class)
					.set(Declarations::proxyClasses)
					.refused("run()", NOT_PROXIED),
				Wiring.of("a post-processor of the factory itself", JobFactoryPostProcessor.class)
					.refused("run()", NOT_PROXIED),
				Wiring.of("advice itself", JobAdvice.class).refused("run()", NOT_PROXIED),
				Wiring.of("infrastructure of AOP itself", JobInfrastructure.class).notFired(),
				Wiring.of("a circular reference", CircularOne.class, CircularTwo.class)
					.refused("run()", NOT_PROXIED, "circular"),
				Wiring.of("a circular reference that is lazy", LazyCircularOne.class, LazyCircularTwo.class).locked(),
				Wiring.of("a circular reference by a provider", ProviderOne.class, ProviderTwo.class).locked(),
				Wiring.of("a reference to itself", SelfJob.class).refused("run()", NOT_PROXIED, "circular"),
				Wiring.of("a lazy reference to itself", LazySelfJob.class)
					.warns("not with @Scheduled")
					.runs("SCHEDULE", "MANUAL"),
				Wiring.of("a callback after its properties are set", InitializingJob.class)
					.warns("afterPropertiesSet")
					.runs(Unseen.CALLBACK, "UNLOCKED", "SCHEDULE"),
				Wiring.of("an init method", InitMethod.class)
					.warns("run")
					.runs(Unseen.CALLBACK, "UNLOCKED", "SCHEDULE"),
				Wiring.of("a destroy method", DestroyMethod.class).then((server) -> {
					server.fire();
					server.context().close();
				}).runs(Unseen.CALLBACK, "SCHEDULE", "UNLOCKED"),
				Wiring.of("a callback at the end", DisposableJob.class).warns("destroy").then((server) -> {
					server.fire();
					server.context().close();
				}).runs(Unseen.CALLBACK, "SCHEDULE", "UNLOCKED"),
				Wiring.of("a listener, too", ListeningJob.class).warns("@EventListener").runs("MANUAL", "SCHEDULE"),
				Wiring.of("a part of the lifecycle, too", LifecycleJob.class).runs("MANUAL", "SCHEDULE"),
				Wiring.of("a callback after all singletons, too", AfterSingletonsJob.class).runs("MANUAL", "SCHEDULE"),
				Wiring.of("called by its constructor", ConstructorJob.class)
					.runs(Unseen.OWN_CALL, "UNLOCKED", "SCHEDULE"),
				Wiring.of("called by another method of its bean", SelfInvocation.class)
					.warns("not with @Scheduled")
					.then((server) -> server.bean(SelfInvocation.class).other())
					.unlocked(Unseen.OWN_CALL),
				Wiring.of("a plain schedule that calls a job of its own bean", SelfInvocationByPlain.class)
					.warns("not with @Scheduled")
					.unlocked(Unseen.OWN_CALL));
	}

	private static void allLazy(AnnotationConfigApplicationContext context) {
		context.addBeanFactoryPostProcessor((beanFactory) -> {
			for (String name : beanFactory.getBeanDefinitionNames()) {
				beanFactory.getBeanDefinition(name).setLazyInit(true);
			}
		});
	}

	private static void customScope(AnnotationConfigApplicationContext context) {
		MapScope scope = new MapScope();
		context.registerBean("mapScope", MapScope.class, () -> scope);
		context.addBeanFactoryPostProcessor((beanFactory) -> beanFactory.registerScope("map", scope));
	}

	/**
	 * Keeps its beans until they are to be made anew.
	 */
	static class MapScope implements Scope {

		private final Map<String, Object> beans = new HashMap<>();

		private final Map<String, Runnable> callbacks = new HashMap<>();

		@Override
		public Object get(String name, ObjectFactory<?> factory) {
			Object bean = this.beans.get(name);
			if (bean == null) {
				bean = factory.getObject();
				this.beans.put(name, bean);
			}
			return bean;
		}

		@Override
		public Object remove(String name) {
			return this.beans.remove(name);
		}

		@Override
		public void registerDestructionCallback(String name, Runnable callback) {
			this.callbacks.put(name, callback);
		}

		@Override
		public Object resolveContextualObject(String key) {
			return null;
		}

		@Override
		public String getConversationId() {
			return "map";
		}

		void clear() {
			this.beans.clear();
			this.callbacks.values().forEach(Runnable::run);
			this.callbacks.clear();
		}

	}

	static class Plain {

		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled
		public void run() {
			Body.run();
		}

	}

	static class Replacement extends Plain {

		@Override
		public void run() {
			Body.run();
		}

	}

	@org.springframework.context.annotation.Scope("prototype")
	static class PrototypeJob extends Plain {

	}

	static class NeedsPrototype {

		NeedsPrototype(PrototypeJob job) {
			job.getClass();
		}

	}

	@Lazy
	static class LazyJob extends Plain {

	}

	static class NeedsLazily {

		NeedsLazily(@Lazy Plain job) {
			job.getClass();
		}

	}

	@org.springframework.context.annotation.Scope(value = "map", proxyMode = ScopedProxyMode.TARGET_CLASS)
	static class ScopedJob extends Plain {

		public void other() {
		}

	}

	interface Work extends Runnable {

		void other();

	}

	@org.springframework.context.annotation.Scope(value = "map", proxyMode = ScopedProxyMode.INTERFACES)
	static class ScopedInterfaceJob implements Work {

		@Override
		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled
		public void run() {
			Body.run();
		}

		@Override
		public void other() {
		}

	}

	@org.springframework.context.annotation.Scope("map")
	static class UnproxiedScopedJob extends Plain {

	}

	@org.springframework.context.annotation.Scope(value = "singleton", proxyMode = ScopedProxyMode.TARGET_CLASS)
	static class ScopedSingletonJob extends Plain {

	}

	@Configuration(proxyBeanMethods = false)
	static class OfFactoryBean {

		@Bean
		FactoryBean<Plain> job() {
			return new FactoryBean<>() {

				@Override
				public Plain getObject() {
					return new Plain();
				}

				@Override
				public Class<?> getObjectType() {
					return Plain.class;
				}

			};
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class OfEagerFactoryBean {

		@Bean
		SmartFactoryBean<Plain> job() {
			return new SmartFactoryBean<>() {

				@Override
				public Plain getObject() {
					return new Plain();
				}

				@Override
				public Class<?> getObjectType() {
					return Plain.class;
				}

				@Override
				public boolean isEagerInit() {
					return true;
				}

			};
		}

	}

	static class FactoryBeanWithJob implements FactoryBean<String> {

		@Override
		public String getObject() {
			return "";
		}

		@Override
		public Class<?> getObjectType() {
			return String.class;
		}

		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled
		public void run() {
			Body.run();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class OfStaticMethod {

		@Bean
		static Plain job() {
			return new Plain();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Overridden {

		@Bean("job")
		Plain overridden() {
			return new Plain();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class TwoCandidates {

		@Bean
		@Primary
		Plain first() {
			return new Plain();
		}

		@Bean(autowireCandidate = false)
		Plain second() {
			return new Plain();
		}

	}

	static class NeedyPostProcessor implements BeanPostProcessor, BeanFactoryAware, PriorityOrdered {

		@Override
		public int getOrder() {
			return 0;
		}

		@Override
		public void setBeanFactory(BeanFactory beanFactory) {
			beanFactory.getBean(Plain.class);
		}

	}

	static class LateNeedyPostProcessor implements BeanPostProcessor {

		LateNeedyPostProcessor(Plain job) {
			job.getClass();
		}

	}

	static class NeedyFactoryPostProcessor implements BeanFactoryPostProcessor {

		@Override
		public void postProcessBeanFactory(ConfigurableListableBeanFactory beanFactory) {
			beanFactory.getBean(Plain.class);
		}

	}

	static class JobPostProcessor extends Plain implements BeanPostProcessor, PriorityOrdered {

		@Override
		public int getOrder() {
			return 0;
		}

	}

	static class JobFactoryPostProcessor extends Plain implements BeanFactoryPostProcessor {

		@Override
		public void postProcessBeanFactory(ConfigurableListableBeanFactory beanFactory) {
		}

	}

	static class JobAdvice extends Plain implements MethodInterceptor {

		@Override
		public Object invoke(MethodInvocation invocation) throws Throwable {
			return invocation.proceed();
		}

	}

	static class JobInfrastructure extends Plain implements AopInfrastructureBean {

	}

	static class CircularOne extends Plain {

		@Autowired
		CircularTwo other;

	}

	static class CircularTwo {

		@Autowired
		CircularOne other;

	}

	static class LazyCircularOne extends Plain {

		@Lazy
		@Autowired
		LazyCircularTwo other;

	}

	static class LazyCircularTwo {

		@Autowired
		LazyCircularOne other;

	}

	static class ProviderOne extends Plain {

		ProviderOne(ObjectProvider<ProviderTwo> other) {
			other.getClass();
		}

	}

	static class ProviderTwo {

		ProviderTwo(ProviderOne other) {
			other.getClass();
		}

	}

	static class SelfJob extends Plain {

		@Autowired
		SelfJob self;

	}

	static class LazySelfJob {

		@Lazy
		@Autowired
		LazySelfJob self;

		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled
		public void run() {
			Body.run();
			this.self.other();
		}

		@DistributedScheduled
		public void other() {
			Body.run();
		}

	}

	static class InitializingJob implements InitializingBean {

		@Override
		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled
		public void afterPropertiesSet() {
			Body.run();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class InitMethod {

		@Bean(initMethod = "run")
		Plain job() {
			return new Plain();
		}

	}

	static class Closeable {

		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled
		public void close() {
			Body.run();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class DestroyMethod {

		@Bean
		Closeable job() {
			return new Closeable();
		}

	}

	static class DisposableJob implements DisposableBean {

		@Override
		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled
		public void destroy() {
			Body.run();
		}

		public void other() {
		}

	}

	static class ListeningJob {

		@EventListener(ContextRefreshedEvent.class)
		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled
		public void run() {
			Body.run();
		}

	}

	static class LifecycleJob implements SmartLifecycle {

		@Override
		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled
		public void start() {
			Body.run();
		}

		@Override
		public void stop() {
		}

		@Override
		public boolean isRunning() {
			return false;
		}

	}

	static class AfterSingletonsJob implements SmartInitializingSingleton {

		@Override
		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled
		public void afterSingletonsInstantiated() {
			Body.run();
		}

	}

	static class ConstructorJob {

		ConstructorJob() {
			run();
		}

		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled
		void run() {
			Body.run();
		}

	}

	static class SelfInvocation {

		@DistributedScheduled
		public void run() {
			Body.run();
		}

		public void other() {
			run();
		}

	}

	static class SelfInvocationByPlain {

		@DistributedScheduled
		public void run() {
			Body.run();
		}

		@Scheduled(cron = "0 0 3 * * *")
		public void plain() {
			run();
		}

	}

}
