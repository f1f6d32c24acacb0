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

import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;

import org.aopalliance.intercept.MethodInterceptor;
import org.aopalliance.intercept.MethodInvocation;

import org.springframework.aop.Advisor;
import org.springframework.aop.ProxyMethodInvocation;
import org.springframework.aop.TargetSource;
import org.springframework.aop.config.AopConfigUtils;
import org.springframework.aop.framework.AbstractAdvisingBeanPostProcessor;
import org.springframework.aop.framework.Advised;
import org.springframework.aop.framework.AopContext;
import org.springframework.aop.framework.AopProxyUtils;
import org.springframework.aop.framework.ProxyFactory;
import org.springframework.aop.framework.ProxyFactoryBean;
import org.springframework.aop.framework.autoproxy.AbstractAutoProxyCreator;
import org.springframework.aop.framework.autoproxy.AutoProxyUtils;
import org.springframework.aop.framework.autoproxy.BeanNameAutoProxyCreator;
import org.springframework.aop.framework.autoproxy.DefaultAdvisorAutoProxyCreator;
import org.springframework.aop.framework.autoproxy.InfrastructureAdvisorAutoProxyCreator;
import org.springframework.aop.framework.autoproxy.target.LazyInitTargetSourceCreator;
import org.springframework.aop.support.DefaultIntroductionAdvisor;
import org.springframework.aop.support.DefaultPointcutAdvisor;
import org.springframework.aop.support.DelegatingIntroductionInterceptor;
import org.springframework.aop.support.annotation.AnnotationMatchingPointcut;
import org.springframework.aop.target.HotSwappableTargetSource;
import org.springframework.beans.BeanUtils;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.beans.factory.support.MergedBeanDefinitionPostProcessor;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.context.annotation.AdviceMode;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Lazy;
import org.springframework.context.annotation.Role;
import org.springframework.core.Ordered;
import org.springframework.dao.annotation.PersistenceExceptionTranslationPostProcessor;
import org.springframework.dao.support.PersistenceExceptionTranslator;
import org.springframework.retry.annotation.Retryable;
import org.springframework.retry.interceptor.RetryInterceptorBuilder;
import org.springframework.scheduling.annotation.Async;
import org.springframework.scheduling.annotation.EnableAsync;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.scheduling.concurrent.ThreadPoolTaskExecutor;
import org.springframework.stereotype.Repository;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.annotation.EnableTransactionManagement;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.transaction.support.AbstractPlatformTransactionManager;
import org.springframework.transaction.support.DefaultTransactionStatus;

import io.github.lockstarter.DistributedScheduled;

/**
 * What stands between Spring and a job.
 */
final class Proxies {

	private Proxies() {
	}

	static List<Wiring> rows() {
		List<Wiring> rows = new ArrayList<>();
		rows.addAll(creators());
		rows.addAll(byHand());
		rows.addAll(targets());
		rows.addAll(advice());
		rows.addAll(known());
		rows.addAll(replaced());
		return rows;
	}

	private static List<Wiring> creators() {
		return List.of(Wiring.of("a second DefaultAdvisorAutoProxyCreator", Job.class, SecondCreator.class).locked(),
				Wiring
					.of("a second DefaultAdvisorAutoProxyCreator for classes", Job.class, SecondCreatorOfClasses.class)
					.locked(),
				Wiring
					.of("a second DefaultAdvisorAutoProxyCreator, behind an interface", InterfaceJob.class,
							SecondCreator.class)
					.locked(),
				Wiring
					.of("a second DefaultAdvisorAutoProxyCreator and a transaction", TransactionalJob.class,
							Transactions.class, SecondCreator.class)
					.locked(3),
				Wiring
					.of("a second DefaultAdvisorAutoProxyCreator and @Async", AsyncJob.class, Pool.class,
							SecondCreator.class)
					.onOtherThreads()
					.locked(),
				Wiring.of("a second DefaultAdvisorAutoProxyCreator, called by hand", Job.class, SecondCreator.class)
					.then((server) -> server.attempt(server.bean(Job.class)::run))
					.lockedByHand(),
				Wiring.of("two more creators", Job.class, SecondCreator.class, ThirdCreator.class).locked(),
				Wiring.of("a BeanNameAutoProxyCreator", ByNameConfiguration.class, ByName.class).locked(),
				Wiring.of("a BeanNameAutoProxyCreator for classes", ByNameConfiguration.class, ByNameOfClasses.class)
					.locked(),
				Wiring.of("a BeanNameAutoProxyCreator, and two beans", TwoByName.class, ByName.class).locked(2),
				Wiring
					.of("a BeanNameAutoProxyCreator whose proxies are opaque", ByNameConfiguration.class,
							ByNameOpaque.class)
					.locked(),
				Wiring
					.of("a BeanNameAutoProxyCreator whose proxies are frozen", ByNameConfiguration.class,
							ByNameFrozen.class)
					.refused("run()", "frozen"),
				Wiring.of("Spring's creator with frozen proxies", Job.class)
					.set((context) -> creator(context).getPropertyValues().add("frozen", true))
					.refused("run()", "frozen"),
				Wiring.of("Spring's creator with opaque proxies", Job.class)
					.set((context) -> creator(context).getPropertyValues().add("opaque", true))
					.refused("run()", "opaque"),
				Wiring.of("Spring's creator with optimized proxies", Job.class)
					.set((context) -> creator(context).getPropertyValues().add("optimize", true))
					.locked(),
				Wiring.of("Spring's creator with interceptors of its own", Job.class, PassThrough.class)
					.set((context) -> creator(context).getPropertyValues()
						.add("interceptorNames", new String[] { "passThrough" })
						.add("applyCommonInterceptorsFirst", false))
					.locked(),
				Wiring.of("Spring's creator with interceptors of its own, first", Job.class, PassThrough.class)
					.set((context) -> creator(context).getPropertyValues()
						.add("interceptorNames", new String[] { "passThrough" }))
					.locked(),
				Wiring.of("Spring's creator replaced by one that leaves the lock out", Job.class)
					.set((context) -> replaceCreator(context, WithoutLock.class))
					.refused("run()", "is not proxied"),
				Wiring.of("Spring's creator replaced by one that applies all advisors", Job.class)
					.set((context) -> replaceCreator(context, DefaultAdvisorAutoProxyCreator.class))
					.locked(),
				Wiring.of("no creator at all", Job.class)
					.set((context) -> context.addBeanFactoryPostProcessor(
							(beanFactory) -> context.removeBeanDefinition(AopConfigUtils.AUTO_PROXY_CREATOR_BEAN_NAME)))
					.refused("run()", "is not proxied"),
				Wiring.of("a proxy that can be reached from inside", Exposing.class).set((context) -> {
					AopConfigUtils.registerAutoProxyCreatorIfNecessary(context);
					AopConfigUtils.forceAutoProxyCreatorToExposeProxy(context);
				}).warns("not with @Scheduled").runs("SCHEDULE", "MANUAL"),
				Wiring.of("a bean whose class is to be proxied", InterfaceJob.class)
					.set((context) -> context.addBeanFactoryPostProcessor(
							(beanFactory) -> beanFactory.getBeanDefinition("proxies.InterfaceJob")
								.setAttribute(AutoProxyUtils.PRESERVE_TARGET_CLASS_ATTRIBUTE, true)))
					.locked(),
				Wiring.of("a bean that is not to be proxied", Job.class)
					.set((context) -> context.registerBean(Job.class.getName() + ".ORIGINAL", Job.class))
					.refused("run()", "is not proxied"));
	}

	private static BeanDefinition creator(AnnotationConfigApplicationContext context) {
		AopConfigUtils.registerAutoProxyCreatorIfNecessary(context);
		return context.getBeanDefinition(AopConfigUtils.AUTO_PROXY_CREATOR_BEAN_NAME);
	}

	private static void replaceCreator(AnnotationConfigApplicationContext context, Class<?> type) {
		RootBeanDefinition definition = new RootBeanDefinition(type);
		definition.setRole(BeanDefinition.ROLE_INFRASTRUCTURE);
		context.addBeanFactoryPostProcessor((beanFactory) -> context
			.registerBeanDefinition(AopConfigUtils.AUTO_PROXY_CREATOR_BEAN_NAME, definition));
	}

	static class Job {

		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled
		public void run() {
			Body.run();
		}

	}

	static class InterfaceJob implements Runnable {

		@Override
		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled
		public void run() {
			Body.run();
		}

	}

	static class Exposing {

		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled
		public void run() {
			Body.run();
			((Exposing) AopContext.currentProxy()).other();
		}

		@DistributedScheduled
		public void other() {
			Body.run();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class SecondCreator {

		@Bean
		static DefaultAdvisorAutoProxyCreator second() {
			return new DefaultAdvisorAutoProxyCreator();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class SecondCreatorOfClasses {

		@Bean
		static DefaultAdvisorAutoProxyCreator second() {
			DefaultAdvisorAutoProxyCreator creator = new DefaultAdvisorAutoProxyCreator();
			creator.setProxyTargetClass(true);
			return creator;
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class ThirdCreator {

		@Bean
		static DefaultAdvisorAutoProxyCreator third() {
			DefaultAdvisorAutoProxyCreator creator = new DefaultAdvisorAutoProxyCreator();
			creator.setProxyTargetClass(true);
			return creator;
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class PassThrough {

		@Bean
		static MethodInterceptor passThrough() {
			return MethodInvocation::proceed;
		}

	}

	private static BeanNameAutoProxyCreator byName() {
		BeanNameAutoProxyCreator creator = new BeanNameAutoProxyCreator();
		creator.setBeanNames("job", "east", "west");
		creator.setInterceptorNames("passThrough");
		return creator;
	}

	@Configuration(proxyBeanMethods = false)
	static class ByNameConfiguration {

		@Bean
		static MethodInterceptor passThrough() {
			return MethodInvocation::proceed;
		}

		@Bean
		Job job() {
			return new Job();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class TwoByName {

		@Bean
		static MethodInterceptor passThrough() {
			return MethodInvocation::proceed;
		}

		@Bean
		Job east() {
			return new Job();
		}

		@Bean
		Job west() {
			return new Job();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class ByName {

		@Bean
		static BeanNameAutoProxyCreator byNameCreator() {
			return byName();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class ByNameOfClasses {

		@Bean
		static BeanNameAutoProxyCreator byNameCreator() {
			BeanNameAutoProxyCreator creator = byName();
			creator.setProxyTargetClass(true);
			return creator;
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class ByNameOpaque {

		@Bean
		static BeanNameAutoProxyCreator byNameCreator() {
			BeanNameAutoProxyCreator creator = byName();
			creator.setOpaque(true);
			return creator;
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class ByNameFrozen {

		@Bean
		static BeanNameAutoProxyCreator byNameCreator() {
			BeanNameAutoProxyCreator creator = byName();
			creator.setFrozen(true);
			return creator;
		}

	}

	/**
	 * A creator of an application that chooses its advisors.
	 */
	static class WithoutLock extends InfrastructureAdvisorAutoProxyCreator {

		private static final long serialVersionUID = 1L;

		@Override
		protected boolean isEligibleAdvisorBean(String beanName) {
			return !beanName.startsWith("distributedScheduled") && super.isEligibleAdvisorBean(beanName);
		}

	}

	private static List<Wiring> byHand() {
		return List.of(Wiring.of("a proxy made by hand", ByHand.class).locked(),
				Wiring.of("a proxy made by hand, frozen", ByHandFrozen.class).refused("run()", "frozen"),
				Wiring.of("a proxy made by hand, opaque", ByHandOpaque.class).locked(),
				Wiring.of("a proxy of its interface made by hand", ByHandOfInterface.class).locked(),
				Wiring.of("a proxy of its interface made by hand, opaque", ByHandOfInterfaceOpaque.class).notFired(),
				Wiring.of("a proxy of the JDK made by hand", ByJdk.class).notFired(),
				Wiring.of("a ProxyFactoryBean over an inner bean", FactoryBeanOverObject.class)
					.refused("Need to invoke method 'run'"),
				Wiring.of("a ProxyFactoryBean over an inner bean, frozen", FactoryBeanOverObjectFrozen.class)
					.refused("Need to invoke method 'run'"),
				Wiring.of("a ProxyFactoryBean over an object with a job that code calls", FactoryBeanOverByCode.class)
					.then((server) -> server.bean(ByCode.class).run())
					.lockedByHand());
	}

	@Configuration(proxyBeanMethods = false)
	static class ByHand {

		@Bean
		Job job() {
			ProxyFactory factory = new ProxyFactory(new Job());
			factory.addAdvice((MethodInterceptor) MethodInvocation::proceed);
			return (Job) factory.getProxy();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class ByHandFrozen {

		@Bean
		Job job() {
			ProxyFactory factory = new ProxyFactory(new Job());
			factory.addAdvice((MethodInterceptor) MethodInvocation::proceed);
			factory.setFrozen(true);
			return (Job) factory.getProxy();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class ByHandOpaque {

		@Bean
		Job job() {
			ProxyFactory factory = new ProxyFactory(new Job());
			factory.addAdvice((MethodInterceptor) MethodInvocation::proceed);
			factory.setOpaque(true);
			return (Job) factory.getProxy();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class ByHandOfInterface {

		@Bean
		Runnable job() {
			ProxyFactory factory = new ProxyFactory(new InterfaceJob());
			factory.addAdvice((MethodInterceptor) MethodInvocation::proceed);
			return (Runnable) factory.getProxy();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class ByHandOfInterfaceOpaque {

		@Bean
		Runnable job() {
			ProxyFactory factory = new ProxyFactory(new InterfaceJob());
			factory.addAdvice((MethodInterceptor) MethodInvocation::proceed);
			factory.setOpaque(true);
			return (Runnable) factory.getProxy();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class ByJdk {

		@Bean
		Runnable job() {
			InterfaceJob job = new InterfaceJob();
			return (Runnable) Proxy.newProxyInstance(getClass().getClassLoader(), new Class<?>[] { Runnable.class },
					(proxy, method, args) -> method.invoke(job, args));
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class FactoryBeanOverObject {

		@Bean
		static MethodInterceptor passThrough() {
			return MethodInvocation::proceed;
		}

		@Bean
		ProxyFactoryBean job() {
			ProxyFactoryBean factory = new ProxyFactoryBean();
			factory.setTarget(new Job());
			factory.setInterceptorNames("passThrough");
			return factory;
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class FactoryBeanOverObjectFrozen {

		@Bean
		static MethodInterceptor passThrough() {
			return MethodInvocation::proceed;
		}

		@Bean
		ProxyFactoryBean job() {
			ProxyFactoryBean factory = new ProxyFactoryBean();
			factory.setTarget(new Job());
			factory.setInterceptorNames("passThrough");
			factory.setFrozen(true);
			return factory;
		}

	}

	/**
	 * A job that code calls.
	 */
	static class ByCode {

		@DistributedScheduled
		public void run() {
			Body.run();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class FactoryBeanOverByCode {

		@Bean
		ProxyFactoryBean job() {
			ProxyFactoryBean factory = new ProxyFactoryBean();
			factory.setTarget(new ByCode());
			return factory;
		}

	}

	private static List<Wiring> targets() {
		return List.of(
				Wiring.of("a target that can be swapped", Swappable.class).refused("Need to invoke method 'run'"),
				Wiring.of("a target that can be swapped, of a job that code calls", SwappableByCode.class)
					.then((server) -> {
						((HotSwappableTargetSource) ((Advised) server.bean(ByCode.class)).getTargetSource())
							.swap(new ByCode());
						server.bean(ByCode.class).run();
					})
					.lockedByHand(),
				Wiring.of("a target that can be swapped, in the hands of Spring's creator", Job.class)
					.set((context) -> targets(context, new HotSwappableTargetSource(new Job())))
					.locked(),
				Wiring.of("a target source that is a bean", SourceBean.class).refused("run"),
				Wiring.of("a new target for each call", NewTargets.class).refused("Need to invoke method 'run'"),
				Wiring.of("a new target for each call, in the hands of Spring's creator", Job.class)
					.set((context) -> targets(context, new NewJobs()))
					.locked(),
				Wiring.of("a target that is made at the first call", LazyTarget.class)
					.set((context) -> context.addBeanFactoryPostProcessor(
							(beanFactory) -> beanFactory.addBeanPostProcessor(new Sources(null))))
					.locked(),
				Wiring.of("a target that is another each time the class is asked for", OtherClasses.class)
					.refused("Need to invoke method 'run'"));
	}

	private static void targets(AnnotationConfigApplicationContext context, TargetSource source) {
		context.addBeanFactoryPostProcessor((beanFactory) -> beanFactory.addBeanPostProcessor(new Sources(source)));
	}

	/**
	 * Lets Spring's creator of proxies make targets.
	 */
	static class Sources implements BeanPostProcessor {

		private final TargetSource source;

		Sources(TargetSource source) {
			this.source = source;
		}

		@Override
		public Object postProcessAfterInitialization(Object bean, String beanName) {
			if (bean instanceof AbstractAutoProxyCreator creator) {
				creator.setCustomTargetSourceCreators(
						(this.source != null) ? (type, name) -> Job.class.isAssignableFrom(type) ? this.source : null
								: new LazyInitTargetSourceCreator());
			}
			return bean;
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Swappable {

		@Bean
		ProxyFactoryBean job() {
			ProxyFactoryBean factory = new ProxyFactoryBean();
			factory.setTargetSource(new HotSwappableTargetSource(new Job()));
			factory.setProxyTargetClass(true);
			return factory;
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class SwappableByCode {

		@Bean
		ProxyFactoryBean job() {
			ProxyFactoryBean factory = new ProxyFactoryBean();
			factory.setTargetSource(new HotSwappableTargetSource(new ByCode()));
			factory.setProxyTargetClass(true);
			return factory;
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class SourceBean {

		@Bean
		HotSwappableTargetSource source() {
			return new HotSwappableTargetSource(new Job());
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class NewTargets {

		@Bean
		ProxyFactoryBean job() {
			ProxyFactoryBean factory = new ProxyFactoryBean();
			factory.setTargetSource(new NewJobs());
			factory.setProxyTargetClass(true);
			return factory;
		}

	}

	static class NewJobs implements TargetSource {

		@Override
		public Class<?> getTargetClass() {
			return Job.class;
		}

		@Override
		public boolean isStatic() {
			return false;
		}

		@Override
		public Object getTarget() {
			return new Job();
		}

	}

	/**
	 * A job and a subclass that has it, too.
	 */
	static class OtherJob extends Job {

	}

	static class OtherJobs extends NewJobs {

		@Override
		public Object getTarget() {
			return new OtherJob();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class OtherClasses {

		@Bean
		ProxyFactoryBean job() {
			ProxyFactoryBean factory = new ProxyFactoryBean();
			factory.setTargetSource(new OtherJobs());
			factory.setProxyTargetClass(true);
			return factory;
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class LazyTarget {

		@Bean
		@Lazy
		Job job() {
			return new Job();
		}

		@Bean
		Object user(Job job) {
			return job.getClass().getName();
		}

	}

	private static List<Wiring> advice() {
		return List.of(Wiring.of("advice that proceeds twice", Job.class).set((context) -> outside(context, (call) -> {
			call.proceed();
			return call.proceed();
		})).lockedOrRefusedWhenFired(), Wiring.of("advice that proceeds again after a refusal", ValueJob.class)
			.set((context) -> outside(context, (call) -> {
				Object first = call.proceed();
				return (first != null) ? call.proceed() : first;
			}))
			.lockedOrRefusedWhenFired(),
				Wiring.of("advice that proceeds twice with clones", Job.class)
					.set((context) -> outside(context, (call) -> {
						MethodInvocation again = ((ProxyMethodInvocation) call).invocableClone();
						call.proceed();
						return again.proceed();
					}))
					.lockedOrRefusedWhenFired(),
				Wiring.of("advice that clones after it has proceeded", Job.class)
					.set((context) -> outside(context, (call) -> {
						ProxyMethodInvocation clone = (ProxyMethodInvocation) ((ProxyMethodInvocation) call)
							.invocableClone();
						clone.proceed();
						return call.proceed();
					}))
					.lockedOrRefusedWhenFired(),
				Wiring.of("advice that proceeds twice, called by hand", Job.class)
					.set((context) -> outside(context, (call) -> {
						call.proceed();
						return call.proceed();
					}))
					.then((server) -> server.attempt(server.bean(Job.class)::run))
					.lockedOrRefusedWhenFired(),
				Wiring.of("advice that proceeds on another thread", Job.class)
					.set((context) -> outside(context, (call) -> {
						MethodInvocation clone = ((ProxyMethodInvocation) call).invocableClone();
						joined(clone::proceed);
						return null;
					}))
					.lockedOrRefusedWhenFired(),
				Wiring.of("advice that proceeds on another thread when the call is over", Job.class)
					.set(Proxies::proceedLater)
					.lockedOrRefusedWhenFired(),
				Wiring.of("advice inside of the lock that proceeds twice", Job.class)
					.set((context) -> inside(context, (call) -> {
						((ProxyMethodInvocation) call).invocableClone().proceed();
						return call.proceed();
					}))
					.locked(2),
				Wiring.of("advice inside of the lock that proceeds when the run is over", Job.class)
					.set((context) -> inside(context, new Keeping()))
					.then((server) -> {
						server.fire();
						server.attempt(() -> server.bean(Keeping.class).kept().proceed());
					})
					.lockedOrRefusedWhenFired(),
				Wiring.of("advice outside of the lock that proceeds when the run is over", Job.class)
					.set((context) -> outside(context, new Keeping()))
					.then((server) -> {
						server.fire();
						server.attempt(() -> server.bean(Keeping.class).kept().proceed());
					})
					.lockedOrRefusedWhenFired(),
				Wiring.of("advice that does not proceed", Job.class)
					.set((context) -> outside(context, (call) -> null))
					.notFired(),
				Wiring.of("advice of an application's own for a transaction", Job.class)
					.set((context) -> outside(context, MethodInvocation::proceed))
					.locked(),
				Wiring.of("an introduction", Job.class).set((context) -> {
					DefaultIntroductionAdvisor advisor = new DefaultIntroductionAdvisor(
							new DelegatingIntroductionInterceptor(new Introduced())) {

						@Override
						public boolean matches(Class<?> type) {
							return Job.class.isAssignableFrom(type);
						}

					};
					context.registerBean("introduction", Advisor.class, () -> advisor,
							(bean) -> bean.setRole(BeanDefinition.ROLE_INFRASTRUCTURE));
				}).locked());
	}

	private static void outside(AnnotationConfigApplicationContext context, MethodInterceptor advice) {
		advice(context, advice, Ordered.HIGHEST_PRECEDENCE);
	}

	private static void inside(AnnotationConfigApplicationContext context, MethodInterceptor advice) {
		advice(context, advice, Ordered.LOWEST_PRECEDENCE);
	}

	private static void advice(AnnotationConfigApplicationContext context, MethodInterceptor advice, int order) {
		DefaultPointcutAdvisor advisor = new DefaultPointcutAdvisor(
				new AnnotationMatchingPointcut(null, DistributedScheduled.class, true), advice);
		advisor.setOrder(order);
		context.registerBean("advice", Advisor.class, () -> advisor,
				(bean) -> bean.setRole(BeanDefinition.ROLE_INFRASTRUCTURE));
		if (advice instanceof Keeping keeping) {
			context.registerBean("keeping", Keeping.class, () -> keeping);
		}
	}

	private static void joined(Server.Attempt attempt) throws Throwable {
		AtomicReference<Throwable> thrown = new AtomicReference<>();
		Thread thread = new Thread(() -> {
			try {
				attempt.make();
			}
			catch (Throwable ex) {
				thrown.set(ex);
			}
		});
		thread.start();
		thread.join();
		if (thrown.get() != null) {
			throw thrown.get();
		}
	}

	private static void proceedLater(AnnotationConfigApplicationContext context) {
		outside(context, (call) -> {
			call.proceed();
			MethodInvocation clone = ((ProxyMethodInvocation) call).invocableClone();
			joined(clone::proceed);
			return null;
		});
	}

	static class Keeping implements MethodInterceptor {

		private volatile MethodInvocation kept;

		@Override
		public Object invoke(MethodInvocation call) throws Throwable {
			this.kept = ((ProxyMethodInvocation) call).invocableClone();
			return call.proceed();
		}

		MethodInvocation kept() {
			return this.kept;
		}

	}

	static class ValueJob {

		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled
		public String run() {
			Body.run();
			return "value";
		}

	}

	interface Marked {

	}

	static class Introduced implements Marked {

	}

	private static List<Wiring> known() {
		return List.of(Wiring.of("@Async", AsyncJob.class, Pool.class).onOtherThreads().locked(),
				Wiring.of("@Async, by hand", AsyncJob.class, Pool.class)
					.then((server) -> server.bean(AsyncJob.class).run())
					.onOtherThreads()
					.lockedByHand(),
				Wiring.of("@Async on the class", AsyncClass.class, Pool.class).onOtherThreads().locked(),
				Wiring.of("@Async behind an interface", AsyncInterfaceJob.class, Pool.class).onOtherThreads().locked(),
				Wiring.of("@Async that comes first", AsyncJob.class, PoolFirst.class).onOtherThreads().locked(),
				Wiring.of("@Async by an annotation of the application's own", OwnAsyncJob.class, OwnAsync.class)
					.onOtherThreads()
					.locked(),
				Wiring
					.of("@Async and a transaction that comes first", AsyncTransactionalJob.class, Pool.class,
							FirstTransactions.class)
					.onOtherThreads()
					.locked(2),
				Wiring.of("@Async and a retry", AsyncRetriedJob.class, Pool.class, Retry.class)
					.onOtherThreads()
					.locked(2),
				Wiring.of("a transaction", TransactionalJob.class, Transactions.class).locked(2),
				Wiring.of("a transaction that comes first", TransactionalJob.class, FirstTransactions.class).locked(2),
				Wiring
					.of("a transaction that comes first, behind an interface", TransactionalInterfaceJob.class,
							FirstTransactions.class)
					.locked(2),
				Wiring
					.of("a transaction on the class that comes first", TransactionalClass.class,
							FirstTransactions.class)
					.locked(2),
				Wiring
					.of("a transaction that comes first, of another method", BesideTransaction.class,
							FirstTransactions.class)
					.locked(),
				Wiring.of("a retry", RetriedJob.class, Retry.class).locked(2),
				Wiring.of("a retry that comes first", RetriedJob.class, FirstRetry.class).locked(2),
				Wiring
					.of("a retry and a transaction that come first", RetriedTransactionalJob.class, FirstRetry.class,
							FirstTransactions.class)
					.locked(3),
				Wiring.of("a retry around a second creator", RetriedJob.class, Retry.class, SecondCreator.class)
					.locked(2),
				Wiring.of("exceptions that are translated", ARepository.class, Translation.class).locked(),
				Wiring.of("a post-processor that puts its advice first", Job.class, AdvisesFirst.class).locked(),
				Wiring.of("a post-processor that puts its advice last", Job.class, AdvisesLast.class).locked());
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAsync
	static class Pool {

		@Bean
		Executor taskExecutor() {
			return new ThreadPoolTaskExecutor();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAsync(order = Ordered.HIGHEST_PRECEDENCE, proxyTargetClass = true, mode = AdviceMode.PROXY)
	static class PoolFirst {

		@Bean
		Executor taskExecutor() {
			return new ThreadPoolTaskExecutor();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAsync(annotation = InBackground.class)
	static class OwnAsync {

		@Bean
		Executor taskExecutor() {
			return new ThreadPoolTaskExecutor();
		}

	}

	@Retention(RetentionPolicy.RUNTIME)
	@interface InBackground {

	}

	static class OwnAsyncJob {

		@InBackground
		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled
		public void run() {
			Body.run();
		}

	}

	static class AsyncJob {

		@Async
		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled
		public void run() {
			Body.run();
		}

	}

	@Async
	static class AsyncClass {

		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled
		public void run() {
			Body.run();
		}

	}

	static class AsyncInterfaceJob implements Runnable {

		@Async
		@Override
		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled
		public void run() {
			Body.run();
		}

	}

	static class AsyncTransactionalJob {

		@Async
		@Transactional
		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled
		public void run() {
			Body.run();
		}

	}

	static class AsyncRetriedJob {

		private final AtomicBoolean failed = new AtomicBoolean();

		@Async
		@Retryable
		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled
		public void run() {
			Body.run();
			if (this.failed.compareAndSet(false, true)) {
				throw new IllegalStateException("once");
			}
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableTransactionManagement
	static class Transactions {

		@Bean
		Commits transactionManager() {
			return new Commits();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableTransactionManagement(order = Ordered.HIGHEST_PRECEDENCE)
	static class FirstTransactions {

		@Bean
		Commits transactionManager() {
			return new Commits();
		}

	}

	/**
	 * Says what run a commit is in.
	 */
	static class Commits extends AbstractPlatformTransactionManager {

		private static final long serialVersionUID = 1L;

		@Override
		protected Object doGetTransaction() {
			return this;
		}

		@Override
		protected void doBegin(Object transaction, TransactionDefinition definition) {
		}

		@Override
		protected void doCommit(DefaultTransactionStatus status) {
			Body.run();
		}

		@Override
		protected void doRollback(DefaultTransactionStatus status) {
		}

	}

	static class TransactionalJob {

		@Transactional
		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled
		public void run() {
			Body.run();
		}

	}

	static class TransactionalInterfaceJob implements Runnable {

		@Override
		@Transactional
		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled
		public void run() {
			Body.run();
		}

	}

	@Transactional
	static class TransactionalClass {

		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled
		public void run() {
			Body.run();
		}

	}

	static class BesideTransaction {

		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled
		public void run() {
			Body.run();
		}

		@Transactional
		public void other() {
		}

	}

	/**
	 * What {@code @EnableRetry} makes, without the AspectJ that this asks for.
	 */
	private static DefaultPointcutAdvisor retries() {
		return new DefaultPointcutAdvisor(AnnotationMatchingPointcut.forMethodAnnotation(Retryable.class),
				RetryInterceptorBuilder.stateless().maxAttempts(2).backOffOptions(1, 1, 1).build());
	}

	@Configuration(proxyBeanMethods = false)
	static class Retry {

		@Bean
		@Role(BeanDefinition.ROLE_INFRASTRUCTURE)
		static Advisor retryAdvisor() {
			return retries();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class FirstRetry {

		@Bean
		@Role(BeanDefinition.ROLE_INFRASTRUCTURE)
		static Advisor retryAdvisor() {
			DefaultPointcutAdvisor advisor = retries();
			advisor.setOrder(Ordered.HIGHEST_PRECEDENCE);
			return advisor;
		}

	}

	static class RetriedJob {

		private final AtomicBoolean failed = new AtomicBoolean();

		@Retryable
		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled
		public void run() {
			Body.run();
			if (this.failed.compareAndSet(false, true)) {
				throw new IllegalStateException("once");
			}
		}

	}

	static class RetriedTransactionalJob {

		private final AtomicBoolean failed = new AtomicBoolean();

		@Retryable
		@Transactional
		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled
		public void run() {
			Body.run();
			if (this.failed.compareAndSet(false, true)) {
				throw new IllegalStateException("once");
			}
		}

	}

	@Repository
	static class ARepository {

		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled
		public void run() {
			Body.run();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Translation {

		@Bean
		static PersistenceExceptionTranslationPostProcessor translation() {
			return new PersistenceExceptionTranslationPostProcessor();
		}

		@Bean
		PersistenceExceptionTranslator translator() {
			return (ex) -> null;
		}

	}

	static class Advises extends AbstractAdvisingBeanPostProcessor {

		private static final long serialVersionUID = 1L;

		Advises(boolean first) {
			this.advisor = new DefaultPointcutAdvisor((MethodInterceptor) MethodInvocation::proceed);
			setBeforeExistingAdvisors(first);
			setProxyTargetClass(true);
		}

		@Override
		protected boolean isEligible(Object bean, String beanName) {
			return bean instanceof Job;
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class AdvisesFirst {

		@Bean
		static Advises advises() {
			return new Advises(true);
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class AdvisesLast {

		@Bean
		static Advises advises() {
			return new Advises(false);
		}

	}

	private static List<Wiring> replaced() {
		return List.of(
				Wiring.of("a post-processor that wraps before the proxy", Job.class)
					.set((context) -> last(context, Wraps.class, false))
					.locked(),
				Wiring.of("a last post-processor that wraps the proxy", Job.class)
					.set((context) -> last(context, Wraps.class, true))
					.refused("run()", "not its proxy"),
				Wiring.of("a last post-processor that wraps the proxy, opaque", Job.class)
					.set((context) -> last(context, WrapsOpaque.class, true))
					.locked(),
				Wiring.of("a last post-processor that unwraps the proxy", Job.class)
					.set((context) -> last(context, Unwraps.class, true))
					.refused("run()"),
				Wiring.of("a last post-processor that replaces the bean", Job.class)
					.set((context) -> last(context, Replaces.class, true))
					.refused("run()"),
				Wiring
					.of("a last post-processor that replaces the bean by one that delegates to it", InterfaceJob.class)
					.set((context) -> last(context, Delegates.class, true))
					.notFired(),
				Wiring.of("a post-processor that takes the advice away", Job.class)
					.set((context) -> last(context, Strips.class, true))
					.refused("run()"),
				Wiring.of("code that takes the advice away later", Job.class).then((server) -> {
					Advised advised = (Advised) server.bean(Job.class);
					for (Advisor advisor : advised.getAdvisors()) {
						server.attempt(() -> advised.removeAdvisor(advisor));
					}
					server.fire();
				}).warns("without having come to its lock").unlocked(Unseen.ADVICE_REMOVED));
	}

	private static void last(AnnotationConfigApplicationContext context, Class<? extends BeanPostProcessor> type,
			boolean merged) {
		if (merged) {
			context.registerBean("last", type);
		}
		else {
			context.addBeanFactoryPostProcessor(
					(beanFactory) -> beanFactory.addBeanPostProcessor(BeanUtils.instantiateClass(type)));
		}
	}

	/**
	 * Comes after all others, as Spring's own for scheduled methods does.
	 */
	abstract static class Last implements MergedBeanDefinitionPostProcessor, Ordered {

		@Override
		public int getOrder() {
			return Ordered.LOWEST_PRECEDENCE;
		}

		@Override
		public void postProcessMergedBeanDefinition(RootBeanDefinition definition, Class<?> type, String beanName) {
		}

		@Override
		public Object postProcessAfterInitialization(Object bean, String beanName) {
			return (bean instanceof Job || bean instanceof InterfaceJob || beanName.equals("proxies.InterfaceJob"))
					? replacement(bean) : bean;
		}

		abstract Object replacement(Object bean);

	}

	static class Wraps extends Last {

		@Override
		Object replacement(Object bean) {
			ProxyFactory factory = new ProxyFactory(bean);
			factory.addAdvice((MethodInterceptor) MethodInvocation::proceed);
			factory.setProxyTargetClass(true);
			return factory.getProxy();
		}

	}

	static class WrapsOpaque extends Last {

		@Override
		Object replacement(Object bean) {
			ProxyFactory factory = new ProxyFactory(bean);
			factory.addAdvice((MethodInterceptor) MethodInvocation::proceed);
			factory.setProxyTargetClass(true);
			factory.setOpaque(true);
			return factory.getProxy();
		}

	}

	static class Unwraps extends Last {

		@Override
		Object replacement(Object bean) {
			return AopProxyUtils.getSingletonTarget(bean);
		}

	}

	static class Replaces extends Last {

		@Override
		Object replacement(Object bean) {
			return new Job();
		}

	}

	static class Delegates extends Last {

		@Override
		Object replacement(Object bean) {
			Runnable job = (Runnable) bean;
			return (Runnable) job::run;
		}

	}

	static class Strips extends Last {

		@Override
		Object replacement(Object bean) {
			Advised advised = (Advised) bean;
			for (Advisor advisor : advised.getAdvisors()) {
				advised.removeAdvisor(advisor);
			}
			return bean;
		}

	}

}
