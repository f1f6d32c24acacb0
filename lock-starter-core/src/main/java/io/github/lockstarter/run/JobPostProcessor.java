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

import java.lang.reflect.Method;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.aop.Advisor;
import org.springframework.aop.TargetClassAware;
import org.springframework.aop.framework.AopInfrastructureBean;
import org.springframework.aop.framework.AopProxyUtils;
import org.springframework.aop.framework.autoproxy.AutoProxyUtils;
import org.springframework.aop.support.AopUtils;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.beans.factory.config.ConfigurableBeanFactory;
import org.springframework.beans.factory.config.EmbeddedValueResolver;
import org.springframework.beans.factory.support.BeanDefinitionRegistry;
import org.springframework.beans.factory.support.MergedBeanDefinitionPostProcessor;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.core.KotlinDetector;
import org.springframework.core.MethodIntrospector;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.core.annotation.AnnotationUtils;
import org.springframework.scheduling.annotation.Async;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.scheduling.config.ScheduledTaskRegistrar;
import org.springframework.scheduling.config.TaskManagementConfigUtils;
import org.springframework.util.ClassUtils;

import io.github.lockstarter.DistributedScheduled;
import io.github.lockstarter.InvalidJobException;
import io.github.lockstarter.schedule.TickScheduling;

/**
 * Looks at every annotated method when its bean is made: one that would run without its
 * lock stops the application, the others become jobs.
 * <p>
 * Runs when the proxy is complete, whoever adds to it, and before Spring registers
 * scheduled methods: like the post-processor that does so, it is one for merged bean
 * definitions, because these come after all others, and it has the next order.
 */
final class JobPostProcessor implements MergedBeanDefinitionPostProcessor, SmartInitializingSingleton, Ordered {

	private static final Logger logger = LoggerFactory.getLogger(JobPostProcessor.class);

	/** The name of the bean that advises jobs. */
	static final String ADVISOR = "distributedScheduledAdvisor";

	private final Jobs jobs;

	private final ObjectProvider<RunSettings> settings;

	private final TickScheduling scheduling;

	private final ConfigurableBeanFactory beanFactory;

	private final Set<Class<?>> withoutJobs = ConcurrentHashMap.newKeySet();

	/** The beans that came by, until all singletons are made. */
	private @Nullable Set<String> seen = ConcurrentHashMap.newKeySet();

	private volatile @Nullable JobReader reader;

	JobPostProcessor(Jobs jobs, ObjectProvider<RunSettings> settings, TickScheduling scheduling,
			ConfigurableBeanFactory beanFactory) {
		this.jobs = jobs;
		this.settings = settings;
		this.scheduling = scheduling;
		this.beanFactory = beanFactory;
	}

	@Override
	public int getOrder() {
		return Ordered.LOWEST_PRECEDENCE - 1;
	}

	/**
	 * A job that is on no interface needs a proxy of its class. One creator of proxies
	 * makes that anyhow where there is no interface at all; a second one would take those
	 * of the first proxy for some, and hide the job.
	 */
	@Override
	public void postProcessMergedBeanDefinition(RootBeanDefinition definition, Class<?> type, String beanName) {
		if (this.beanFactory instanceof BeanDefinitionRegistry registry && registry.containsBeanDefinition(beanName)
				&& ProxyOfClass.isNeeded(ClassUtils.getUserClass(type), jobs(type).keySet())) {
			registry.getBeanDefinition(beanName).setAttribute(AutoProxyUtils.PRESERVE_TARGET_CLASS_ATTRIBUTE, true);
		}
	}

	/**
	 * A registrar of the application, such as one of XML, schedules its tasks when it has
	 * been made. The proxy of a final class cannot even be made: say for which method,
	 * and what to do, before Spring tries.
	 */
	@Override
	public Object postProcessBeforeInitialization(Object bean, String beanName) {
		if (bean instanceof ScheduledTaskRegistrar registrar) {
			this.scheduling.adopt(registrar);
		}
		Class<?> type = bean.getClass();
		if (!(bean instanceof AopInfrastructureBean)) {
			Set<Method> jobs = jobs(type).keySet();
			if (!jobs.isEmpty() && ProxyOfClass.isImpossible(type, jobs, this.beanFactory)) {
				throw new InvalidJobException(
						"%s belongs to a %s, which no proxy can extend, so the job would run on every server, without its lock."
							.formatted(Job.where(beanName, jobs.iterator().next()),
									type.isRecord() ? "record" : "final class"),
						ProxyOfClass.remedy(type));
			}
		}
		return bean;
	}

	/**
	 * A bean that was made before this post-processor, because another post-processor
	 * needs it, has not been looked at, and has no proxy. Neither has a finished object,
	 * but Spring schedules no method of it.
	 */
	@Override
	public void afterSingletonsInstantiated() {
		Set<String> seen = this.seen;
		this.seen = null;
		for (String beanName : this.beanFactory.getSingletonNames()) {
			Object bean = this.beanFactory.getSingleton(beanName);
			if (bean == null || seen == null || seen.contains(beanName)) {
				continue;
			}
			if (MadeBeans.contains(this.beanFactory, beanName)) {
				postProcessAfterInitialization(bean, beanName);
			}
			else {
				jobs(AopProxyUtils.ultimateTargetClass(bean)).keySet()
					.stream()
					.findFirst()
					.ifPresent((method) -> warnOfObject(beanName, method));
			}
		}
	}

	@Override
	public Object postProcessAfterInitialization(Object bean, String beanName) {
		Set<String> seen = this.seen;
		if (seen != null) {
			seen.add(beanName);
		}
		Class<?> type = AopProxyUtils.ultimateTargetClass(bean);
		if (bean instanceof AopInfrastructureBean || isFactoryOfProxies(bean)) {
			return bean;
		}
		Map<Method, DistributedScheduled> methods = jobs(type);
		if (methods.isEmpty()) {
			return bean;
		}
		AdviceOrder.complete(bean, () -> this.beanFactory.getBean(ADVISOR, Advisor.class));
		// javac puts a bridge into a public class for a public method that it inherits
		// from a class that isn't: the interceptor looks behind it, too
		methods.forEach(
				(method, annotation) -> add(bean, beanName, AopUtils.getMostSpecificMethod(method, type), annotation));
		AdviceOrder.arrange(bean, beanName, type, methods.keySet());
		return bean;
	}

	/**
	 * Determine whether a bean tells the class of a target without being its proxy, as a
	 * {@code ProxyFactoryBean} does.
	 */
	private static boolean isFactoryOfProxies(Object bean) {
		return bean instanceof TargetClassAware && !AopUtils.isAopProxy(bean);
	}

	private Map<Method, DistributedScheduled> jobs(Class<?> type) {
		if (this.withoutJobs.contains(type)) {
			return Map.of();
		}
		Map<Method, DistributedScheduled> jobs = jobsOf(type);
		if (jobs.isEmpty()) {
			this.withoutJobs.add(type);
		}
		return jobs;
	}

	/**
	 * Return the annotated methods of a class.
	 */
	static Map<Method, DistributedScheduled> jobsOf(Class<?> type) {
		return !AnnotationUtils.isCandidateClass(type, DistributedScheduled.class) ? Map.of()
				: MethodIntrospector.selectMethods(type,
						(MethodIntrospector.MetadataLookup<DistributedScheduled>) (method) -> AnnotatedElementUtils
							.findMergedAnnotation(method, DistributedScheduled.class));
	}

	private void add(Object bean, String beanName, Method method, DistributedScheduled annotation) {
		if (AopUtils.isAopProxy(bean)) {
			checkDispatch(bean, beanName, method);
			AdviceOrder.proxies(bean).forEach((proxy) -> checkDispatch(proxy, beanName, method));
		}
		AdviceOrder.check(bean, beanName, method);
		checkReturnType(beanName, method);
		checkAsync(bean, beanName, method);
		Job job = reader().read(annotation, beanName, method);
		this.jobs.check(job);
		if (this.jobs.add(job, bean, beanName, method)) {
			warn(bean, beanName, method);
		}
	}

	private static void warnOfObject(String beanName, Method method) {
		logger.warn("{} was not made by Spring, but registered as a finished object, as the mock of a test is: "
				+ "it is not scheduled, and a call of it is not locked.", Job.where(beanName, method));
	}

	private void warn(Object bean, String beanName, Method method) {
		Set<Scheduled> schedules = JobReader.schedules(method);
		String callback = Callbacks.warning(bean, beanName, method, this.beanFactory);
		if (callback != null) {
			logger.warn("{} is also {}", Job.where(beanName, method), callback);
		}
		if (schedules.stream().anyMatch(JobReader::isOneTime)) {
			logger.warn("{} is scheduled once after each start of a server, at a time that servers do not share. "
					+ "Its runs do not overlap, but each server has one.", Job.where(beanName, method));
		}
	}

	private static void checkDispatch(Object bean, String beanName, Method method) {
		Dispatch.Bypass bypass = Dispatch.bypass(bean.getClass(), method);
		if (bypass != null) {
			throw new InvalidJobException(
					"%s %s, so a call of it bypasses the proxy and the job would run on every server, without its lock."
						.formatted(Job.where(beanName, method), bypass.reason()),
					bypass.remedy());
		}
	}

	/**
	 * An aspect that is woven into the class is no advice of the proxy, so it is inside
	 * of the lock whatever the order.
	 */
	private void checkAsync(Object bean, String beanName, Method method) {
		if (this.beanFactory.containsBean(TaskManagementConfigUtils.ASYNC_EXECUTION_ASPECT_BEAN_NAME)
				&& (AnnotatedElementUtils.hasAnnotation(method, Async.class)
						|| AnnotatedElementUtils.hasAnnotation(method.getDeclaringClass(), Async.class)
						|| AnnotatedElementUtils.hasAnnotation(AopProxyUtils.ultimateTargetClass(bean), Async.class))) {
			throw new InvalidJobException(
					"%s is @Async by AspectJ, so its lock would be released before the work is done."
						.formatted(Job.where(beanName, method)),
					"Use @EnableAsync(mode = AdviceMode.PROXY), or leave @Async out: a job has a thread of the "
							+ "scheduler.");
		}
	}

	private static void checkReturnType(String beanName, Method method) {
		Class<?> type = method.getReturnType();
		String where = Job.where(beanName, method);
		if (UnfinishedWork.isUnderWay(type)) {
			throw new InvalidJobException(
					"%s returns before its work is done (%s), so its lock would be released too early.".formatted(where,
							type.getSimpleName()),
					"Wait for the result inside the method and return void or the value, or return a publisher "
							+ "that does the work when it is subscribed to, such as a Mono.");
		}
		if (KotlinDetector.isSuspendingFunction(method) && !ClassUtils.isPresent("kotlinx.coroutines.reactor.MonoKt",
				method.getDeclaringClass().getClassLoader())) {
			throw new InvalidJobException("%s is a suspending function, and Spring cannot call it.".formatted(where),
					"Add org.jetbrains.kotlinx:kotlinx-coroutines-reactor to the class path.");
		}
	}

	/**
	 * Not synchronized: a thread that creates the settings may wait for a bean that waits
	 * here.
	 */
	private JobReader reader() {
		JobReader reader = this.reader;
		if (reader == null) {
			reader = new JobReader(this.settings.getObject(), new EmbeddedValueResolver(this.beanFactory),
					this.jobs::zone);
			this.reader = reader;
		}
		return reader;
	}

}
