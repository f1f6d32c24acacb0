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

import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.aopalliance.intercept.MethodInterceptor;

import org.springframework.aop.Advisor;
import org.springframework.aop.framework.AopProxyUtils;
import org.springframework.aop.support.AopUtils;
import org.springframework.aop.support.DefaultPointcutAdvisor;
import org.springframework.aop.support.NameMatchMethodPointcut;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.BeanFactoryAware;
import org.springframework.beans.factory.InitializingBean;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.beans.factory.support.MergedBeanDefinitionPostProcessor;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.context.ApplicationListener;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Role;
import org.springframework.context.event.ContextRefreshedEvent;
import org.springframework.context.event.EventListener;
import org.springframework.core.Ordered;
import org.springframework.core.PriorityOrdered;
import org.springframework.scheduling.TaskScheduler;
import org.springframework.scheduling.annotation.EnableScheduling;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.scheduling.annotation.SchedulingConfigurer;
import org.springframework.scheduling.concurrent.ThreadPoolTaskScheduler;
import org.springframework.scheduling.config.ContextLifecycleScheduledTaskRegistrar;
import org.springframework.scheduling.config.CronTask;
import org.springframework.scheduling.config.IntervalTask;
import org.springframework.scheduling.config.OneTimeTask;
import org.springframework.scheduling.config.ScheduledTaskRegistrar;
import org.springframework.scheduling.support.ScheduledMethodRunnable;

import io.github.lockstarter.DistributedScheduled;
import io.github.lockstarter.InvalidJobException;
import io.github.lockstarter.JobBypassed;
import io.github.lockstarter.JobRun.Trigger;
import io.github.lockstarter.JobStarted;
import io.github.lockstarter.fixture.BareProxy;
import io.github.lockstarter.schedule.ManualScheduler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

/**
 * Whatever way a task comes to a scheduler, it calls a job with its lock and its tick, or
 * the application does not start.
 */
class ScheduledTaskWiringTests {

	/** What ran, with the trigger of its run, or without one. */
	private static final Queue<String> ran = new ConcurrentLinkedQueue<>();

	private static void record() {
		ActiveRun run = ActiveRun.innermost();
		ran.add((run != null) ? run.trigger().name() : "no run");
	}

	static class Nightly {

		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled("nightly")
		public void run() {
			record();
		}

	}

	static class Unscheduled {

		@DistributedScheduled("unscheduled")
		public void run() {
			record();
		}

	}

	/**
	 * A finished object is asked after all that Spring makes, so it has the last word.
	 */
	@Test
	void aConfigurerThatReplacesTheWrappedSchedulerIsRefused() {
		ThreadPoolTaskScheduler own = new ThreadPoolTaskScheduler();
		own.initialize();
		try {
			refused(with(Fast.class), (SchedulingConfigurer) (registrar) -> registrar.setTaskScheduler(own),
					Fast.class.getName() + ".run() is scheduled by");
			assertThat(ran).isEmpty();
		}
		finally {
			own.shutdown();
		}
	}

	static class Fast {

		@Scheduled(fixedRate = 1)
		@DistributedScheduled("fast")
		void run() {
			record();
		}

	}

	@Test
	void aConfigurerThatReplacesItForTasksOfCodeIsRefused() {
		ManualScheduler own = new ManualScheduler();
		refused(with(Unscheduled.class), (SchedulingConfigurer) (registrar) -> {
			registrar.setTaskScheduler(own);
			registrar.addCronTask(ScheduledTaskWiringTests::record, "0 0 3 * * *");
		}, "The task ");
	}

	private static TestServer with(Class<?>... beans) {
		ran.clear();
		return new TestServer("server-1").firedByHand().with(beans);
	}

	private static void refused(TestServer server, Object singleton, String text) {
		server.context().addBeanFactoryPostProcessor((factory) -> factory.registerSingleton("finished", singleton));
		refused(server, text);
	}

	private static void refused(TestServer server, String text) {
		try (server) {
			assertThatThrownBy(server::start).satisfies((ex) -> assertThat(invalid(ex).problem()).startsWith(text));
		}
	}

	private static InvalidJobException invalid(Throwable ex) {
		for (Throwable cause = ex; cause != null; cause = cause.getCause()) {
			if (cause instanceof InvalidJobException invalid) {
				return invalid;
			}
		}
		throw new AssertionError("Not refused by us", ex);
	}

	@Test
	void aConfigurerOfTasksThatReachNoJobStaysLegal() {
		ManualScheduler own = new ManualScheduler();
		TestServer server = with(Nightly.class);
		ScheduledTaskRegistrar finished = new ScheduledTaskRegistrar();
		finished.setTaskScheduler(own);
		finished.addCronTask(ScheduledTaskWiringTests::record, "0 0 4 * * *");
		finished.afterPropertiesSet();
		server.context().addBeanFactoryPostProcessor((factory) -> factory.registerSingleton("finished", finished));
		try (LogCapture log = new LogCapture(Wiring.class); server) {
			server.start();
			assertThat(log.lines("WARN")).singleElement().asString().contains("'finished'", "every server runs that");
			server.scheduler().fire("run");
			assertThat(ran).containsExactly("SCHEDULE");
		}
	}

	/**
	 * Before any other configurer there is a wrapped scheduler already.
	 */
	@Test
	void aTaskThatAConfigurerSchedulesItselfHasItsTick() {
		try (TestServer server = with(Unscheduled.class, SchedulesItself.class).start()) {
			server.scheduler().fire();
			assertThat(ran).containsExactly("SCHEDULE");
		}
	}

	static class SchedulesItself implements SchedulingConfigurer {

		private final Unscheduled job;

		SchedulesItself(Unscheduled job) {
			this.job = job;
		}

		@Override
		public void configureTasks(ScheduledTaskRegistrar registrar) {
			registrar.scheduleCronTask(new CronTask(this.job::run, "0 0 3 * * *"));
		}

	}

	/**
	 * Such as one of {@code <task:scheduled-tasks>}.
	 */
	@ParameterizedTest
	@ValueSource(classes = { ScheduledTaskRegistrar.class, ContextLifecycleScheduledTaskRegistrar.class })
	void aRegistrarThatIsABeanIsWrapped(Class<? extends ScheduledTaskRegistrar> type) {
		TestServer server = with(Unscheduled.class);
		server.context()
			.registerBean("registrar", ScheduledTaskRegistrar.class, () -> registrar(server, type, server.scheduler()));
		try (server) {
			server.start();
			server.scheduler().fire();
			assertThat(ran).containsExactly("SCHEDULE");
			assertThat(server.events(JobStarted.class)).singleElement()
				.satisfies((started) -> assertThat(started.trigger()).isEqualTo(Trigger.SCHEDULE));
		}
	}

	/**
	 * Such a registrar makes a scheduler of its own, and so do we for it.
	 */
	@Test
	void aRegistrarWithoutASchedulerIsWrapped() {
		TestServer server = with(Unscheduled.class);
		server.context()
			.registerBean("registrar", ScheduledTaskRegistrar.class,
					() -> registrar(server, ScheduledTaskRegistrar.class, null));
		try (server) {
			server.start();
			await().until(() -> ran.contains("SCHEDULE"));
			assertThat(ran).containsOnly("SCHEDULE");
			assertThat(server.scheduler().tasks()).isEmpty();
		}
	}

	private static ScheduledTaskRegistrar registrar(TestServer server, Class<? extends ScheduledTaskRegistrar> type,
			TaskScheduler scheduler) {
		ScheduledTaskRegistrar registrar = (type == ScheduledTaskRegistrar.class) ? new ScheduledTaskRegistrar()
				: new ContextLifecycleScheduledTaskRegistrar();
		registrar.setScheduler(scheduler);
		registrar.addFixedRateTask(new IntervalTask(method(server.bean(Unscheduled.class)), Duration.ofMillis(50)));
		return registrar;
	}

	private static Runnable method(Object bean) {
		try {
			return new ScheduledMethodRunnable(bean, "run");
		}
		catch (NoSuchMethodException ex) {
			throw new IllegalStateException(ex);
		}
	}

	@Test
	void aJobThatIsScheduledWithoutItsProxyIsRefused() {
		refused(with(SchedulesAnObject.class),
				Unscheduled.class.getName() + ".run() is scheduled on an object that is not its proxy");
	}

	static class SchedulesAnObject implements SchedulingConfigurer {

		@Override
		public void configureTasks(ScheduledTaskRegistrar registrar) {
			registrar.addFixedRateTask(method(new Unscheduled()), Duration.ofHours(1));
		}

	}

	@ParameterizedTest
	@ValueSource(classes = { Unwraps.class, TakesTheAdviceAway.class })
	void aProxyThatIsTakenAwayBeforeItIsScheduledIsRefused(Class<?> postProcessor) {
		refused(with(postProcessor, Nightly.class),
				Nightly.class.getName() + ".run() is scheduled on an object that is not its proxy");
	}

	/**
	 * Comes between ours and that of Spring.
	 */
	abstract static class Meddles implements MergedBeanDefinitionPostProcessor, Ordered {

		@Override
		public void postProcessMergedBeanDefinition(RootBeanDefinition definition, Class<?> type, String beanName) {
			// Only to come last
		}

		@Override
		public int getOrder() {
			return Ordered.LOWEST_PRECEDENCE;
		}

	}

	static class Unwraps extends Meddles {

		@Override
		public Object postProcessAfterInitialization(Object bean, String beanName) {
			Object target = (bean instanceof Nightly) ? AopProxyUtils.getSingletonTarget(bean) : null;
			return (target != null) ? target : bean;
		}

	}

	static class TakesTheAdviceAway extends Meddles {

		@Override
		public Object postProcessAfterInitialization(Object bean, String beanName) {
			if (bean instanceof Nightly && AopUtils.isAopProxy(bean)) {
				BareProxy.strip(bean);
			}
			return bean;
		}

	}

	/**
	 * Nothing is lost that is fired before all tasks have been checked.
	 */
	@Test
	void aFireThatComesBeforeTheCheckWaitsForIt() {
		ran.clear();
		try (TestServer server = new TestServer("server-1").with(Pool.class, Unscheduled.class, Slow.class).start()) {
			assertThat(server.bean(Slow.class).ranMeanwhile).isEmpty();
			await().until(() -> !ran.isEmpty());
			assertThat(ran).containsExactly("SCHEDULE");
		}
	}

	@Configuration(proxyBeanMethods = false)
	static class Pool {

		@Bean
		ThreadPoolTaskScheduler taskScheduler() {
			return new ThreadPoolTaskScheduler();
		}

	}

	/**
	 * Returns when the job has been fired: what is scheduled next has run, on the one
	 * thread of the scheduler.
	 */
	static class Slow implements SchedulingConfigurer {

		private final Unscheduled job;

		private final CountDownLatch fired = new CountDownLatch(1);

		private List<String> ranMeanwhile = List.of("nothing is known");

		Slow(Unscheduled job) {
			this.job = job;
		}

		@Override
		public void configureTasks(ScheduledTaskRegistrar registrar) {
			registrar.scheduleOneTimeTask(new OneTimeTask(method(this.job), Duration.ZERO));
			registrar.scheduleOneTimeTask(new OneTimeTask(this.fired::countDown, Duration.ofMillis(1)));
			try {
				assertThat(this.fired.await(30, TimeUnit.SECONDS)).isTrue();
			}
			catch (InterruptedException ex) {
				throw new IllegalStateException(ex);
			}
			this.ranMeanwhile = List.copyOf(ran);
		}

	}

	/**
	 * Such as a cache that a job fills: the check has been made by then.
	 */
	@Test
	void aListenerOfTheRefreshMayWaitForAFire() {
		ran.clear();
		try (TestServer server = new TestServer("server-1").with(Pool.class, Waiting.class, Fast.class).start()) {
			assertThat(server.events(JobStarted.class)).isNotEmpty();
			assertThat(ran).containsOnly("SCHEDULE");
		}
	}

	static class Waiting implements ApplicationListener<ContextRefreshedEvent> {

		@Override
		public void onApplicationEvent(ContextRefreshedEvent event) {
			await().until(() -> !ran.isEmpty());
		}

	}

	/**
	 * Spring schedules neither a mock of a test nor any other finished object.
	 */
	@Test
	void aFinishedObjectThatIsNotScheduledIsAWarning() {
		TestServer server = with(Nightly.class);
		server.context().addBeanFactoryPostProcessor((factory) -> factory.registerSingleton("hand", new Unscheduled()));
		try (LogCapture log = new LogCapture(JobPostProcessor.class); server) {
			server.start();
			assertThat(log.lines("WARN")).singleElement()
				.asString()
				.contains(Unscheduled.class.getName() + ".run() of bean 'hand' was not made by Spring");
			assertThat(server.bean(Jobs.class).all()).extracting(Job::name).containsExactly("nightly");
		}
	}

	@Test
	void aBeanThatIsMadeBeforeItCanBeProxiedIsRefused() {
		refused(with(Nightly.class, NeedsAJob.class),
				Nightly.class.getName() + ".run() of bean 'scheduledTaskWiringTests.Nightly' is not proxied");
	}

	static class NeedsAJob implements BeanPostProcessor, PriorityOrdered, BeanFactoryAware {

		@Override
		public void setBeanFactory(BeanFactory beanFactory) {
			assertThat(beanFactory.getBean(Nightly.class)).isNotNull();
		}

		@Override
		public int getOrder() {
			return 0;
		}

	}

	/**
	 * A call that no proxy sees runs without the lock, and is said.
	 */
	@ParameterizedTest
	@ValueSource(classes = { Initialized.class, Listening.class, NamedInDefinition.class })
	void aMethodThatSpringCallsInAnotherWayIsAWarning(Class<?> bean) {
		try (LogCapture log = new LogCapture(JobPostProcessor.class); TestServer server = with(bean).start()) {
			assertThat(log.lines("WARN")).singleElement()
				.asString()
				.contains("() of bean", " is also ")
				.containsAnyOf("runs without the lock, on every server", "a call by hand, without a tick");
			assertThat(server.bean(Jobs.class).all()).hasSize(1);
		}
	}

	static class Initialized implements InitializingBean {

		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled
		@Override
		public void afterPropertiesSet() {
		}

	}

	static class Listening {

		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled
		@EventListener(ContextRefreshedEvent.class)
		void run() {
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class NamedInDefinition {

		@Bean(initMethod = "run")
		Nightly nightly() {
			return new Nightly();
		}

	}

	@Test
	void aJobThatATaskOfCodeMayCallIsNoWarning() {
		try (LogCapture log = new LogCapture(WiringCheck.class);
				TestServer server = with(Unscheduled.class, SchedulesItself.class).start()) {
			assertThat(log.lines("WARN")).isEmpty();
			assertThat(server.bean(Jobs.class).all()).hasSize(1);
		}
		try (LogCapture log = new LogCapture(WiringCheck.class); TestServer server = with(Unscheduled.class).start()) {
			assertThat(log.lines("WARN")).singleElement().asString().contains("but not with @Scheduled");
			assertThat(server.bean(Jobs.class).all()).hasSize(1);
		}
	}

	@ParameterizedTest
	@ValueSource(classes = { Nightly.class, Unscheduled.class })
	void aChildContextThatIsMadeByHandDoesNotInheritTheLock(Class<?> job) {
		try (TestServer server = with(Nightly.class).start();
				AnnotationConfigApplicationContext child = new AnnotationConfigApplicationContext()) {
			child.setParent(server.context());
			child.register(Plain.class, job);
			assertThatThrownBy(child::refresh)
				.satisfies((ex) -> assertThat(invalid(ex).problem()).contains(job.getName() + ".run() of bean",
						"in an application context without distributed scheduling"));
			server.scheduler().fire("run");
			assertThat(ran).containsExactly("SCHEDULE");
		}
	}

	@Test
	void aParentDoesNotGetTheLockOfItsChild() {
		try (AnnotationConfigApplicationContext parent = new AnnotationConfigApplicationContext(Plain.class,
				Nightly.class)) {
			TestServer child = with();
			child.context().setParent(parent);
			refused(child, Nightly.class.getName() + ".run() of bean");
		}
	}

	@Test
	void aChildContextWithoutJobsIsLegal() {
		try (TestServer server = with(Nightly.class).start();
				AnnotationConfigApplicationContext child = new AnnotationConfigApplicationContext()) {
			child.setParent(server.context());
			child.register(Plain.class);
			child.refresh();
			assertThat(child.isActive()).isTrue();
		}
	}

	@Configuration(proxyBeanMethods = false)
	@EnableScheduling
	static class Plain {

		@Scheduled(cron = "0 0 3 * * *")
		void plain() {
		}

	}

	/**
	 * Nobody could foresee it at the start.
	 */
	@Test
	void aFireThatDoesNotComeToItsLockIsTheLastOneOnThisServer() {
		try (LogCapture log = new LogCapture(Wiring.class); TestServer server = with(Nightly.class).start()) {
			BareProxy.strip(server.bean(Nightly.class));
			server.scheduler().fire("run");
			server.scheduler().fire("run");
			assertThat(ran).containsExactly("no run");
			assertThat(log.lines("ERROR")).singleElement()
				.asString()
				.contains(
						Nightly.class.getName() + ".run() was fired and has returned without having come to its lock");
			assertThat(server.events(JobBypassed.class)).containsExactly(new JobBypassed("nightly", "server-1"));
			assertThat(server.bean(LocalJobs.class).bypassed()).containsExactly("nightly");
		}
	}

	/**
	 * Advice outside of the lock that does not proceed has its reasons.
	 */
	@Test
	void aFireThatOtherAdviceKeepsFromItsJobIsLegal() {
		try (LogCapture log = new LogCapture(Wiring.class);
				TestServer server = with(Nightly.class, SwitchedOff.class).start()) {
			server.scheduler().fire("run");
			assertThat(ran).isEmpty();
			SwitchedOff.on = true;
			server.scheduler().fire("run");
			assertThat(ran).containsExactly("SCHEDULE");
			assertThat(log.lines("ERROR")).isEmpty();
		}
		finally {
			SwitchedOff.on = false;
		}
	}

	@Configuration(proxyBeanMethods = false)
	static class SwitchedOff {

		static boolean on;

		@Bean
		@Role(BeanDefinition.ROLE_INFRASTRUCTURE)
		static Advisor flag() {
			NameMatchMethodPointcut pointcut = new NameMatchMethodPointcut();
			pointcut.addMethodName("run");
			pointcut.setClassFilter((type) -> type == Nightly.class);
			DefaultPointcutAdvisor advisor = new DefaultPointcutAdvisor(pointcut,
					(MethodInterceptor) (invocation) -> on ? invocation.proceed() : null);
			advisor.setOrder(Ordered.HIGHEST_PRECEDENCE);
			return advisor;
		}

	}

}
