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

import java.lang.reflect.Method;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;

import org.awaitility.Awaitility;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.aop.framework.AopProxyUtils;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.beans.factory.InitializingBean;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.event.ContextRefreshedEvent;
import org.springframework.context.event.EventListener;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.task.SimpleAsyncTaskExecutor;
import org.springframework.scheduling.TaskScheduler;
import org.springframework.scheduling.Trigger;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.scheduling.annotation.ScheduledAnnotationBeanPostProcessor;
import org.springframework.scheduling.annotation.SchedulingConfigurer;
import org.springframework.scheduling.concurrent.ConcurrentTaskScheduler;
import org.springframework.scheduling.concurrent.SimpleAsyncTaskScheduler;
import org.springframework.scheduling.concurrent.ThreadPoolTaskScheduler;
import org.springframework.scheduling.config.ContextLifecycleScheduledTaskRegistrar;
import org.springframework.scheduling.config.CronTask;
import org.springframework.scheduling.config.FixedRateTask;
import org.springframework.scheduling.config.ScheduledTask;
import org.springframework.scheduling.config.ScheduledTaskHolder;
import org.springframework.scheduling.config.ScheduledTaskRegistrar;
import org.springframework.scheduling.config.TaskSchedulerRouter;
import org.springframework.scheduling.support.CronTrigger;
import org.springframework.scheduling.support.MethodInvokingRunnable;
import org.springframework.scheduling.support.PeriodicTrigger;
import org.springframework.scheduling.support.ScheduledMethodRunnable;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.transaction.support.DefaultTransactionStatus;
import org.springframework.transaction.support.TransactionTemplate;

import io.github.lockstarter.DistributedScheduled;
import io.github.lockstarter.run.FlowJob;
import io.github.lockstarter.run.KotlinWork;
import io.github.lockstarter.run.SuspendingJob;
import io.github.lockstarter.schedule.ManualScheduler;
import io.github.lockstarter.wiring.base.Base;

/**
 * Who fires a job, and on what scheduler.
 */
final class Schedules {

	private static final String NOT_SCHEDULED = "not with @Scheduled";

	private Schedules() {
	}

	static List<Wiring> rows() {
		List<Wiring> rows = new ArrayList<>();
		rows.addAll(schedulers());
		rows.addAll(configurers());
		rows.addAll(registrars());
		rows.addAll(code());
		rows.addAll(publishers());
		return rows;
	}

	private static List<Wiring> schedulers() {
		return List.of(Wiring.of("a pool", AtOnce.class).set(scheduler(Schedules::pool)).onOtherThreads().locked(),
				Wiring.of("a pool whose tasks are decorated", AtOnce.class)
					.set(scheduler(Schedules::decorated))
					.onOtherThreads()
					.locked(),
				Wiring.of("a pool whose tasks go to other threads", AtOnce.class)
					.set(scheduler(Schedules::handingOver))
					.onOtherThreads()
					.locked(),
				Wiring.of("a thread for each task", AtOnce.class)
					.set(scheduler(SimpleAsyncTaskScheduler::new))
					.onOtherThreads()
					.locked(),
				Wiring.of("a thread for each task, virtual where there are such", AtOnce.class)
					.set(scheduler(Schedules::virtual))
					.onOtherThreads()
					.locked(),
				Wiring.of("no scheduler", AtOnce.class).ownScheduler().onOtherThreads().locked(),
				Wiring.of("an executor of the JDK", AtOnce.class, JdkExecutor.class)
					.ownScheduler()
					.onOtherThreads()
					.locked(),
				Wiring.of("an executor of the JDK for a scheduler", AtOnce.class)
					.set(scheduler(() -> new ConcurrentTaskScheduler(Executors.newSingleThreadScheduledExecutor())))
					.onOtherThreads()
					.locked(),
				Wiring.of("two schedulers, one of a name that is asked for", AtOnce.class, TwoSchedulers.class)
					.ownScheduler()
					.onOtherThreads()
					.locked(),
				Wiring.of("a scheduler that is named on the method", Qualified.class, Named.class).locked(),
				Wiring.of("a scheduler that is named on the method and does not exist", QualifiedByNobody.class)
					.refused("nobody"),
				Wiring.of("an executor that is named on the method", QualifiedAtOnce.class, JdkExecutor.class)
					.onOtherThreads()
					.locked(),
				Wiring.of("a scheduler of the application's own around another", Cron.class)
					.ownScheduler()
					.set((context) -> context.registerBean("taskScheduler", TaskScheduler.class,
							() -> new Around(Server.scheduler())))
					.locked(),
				Wiring.of("a scheduler that a post-processor wraps", Cron.class, WrapsScheduler.class).locked(),
				Wiring.of("a router of schedulers", Cron.class)
					.set((context) -> context.registerBean("router", SchedulingConfigurer.class, () -> (registrar) -> {
						TaskSchedulerRouter router = new TaskSchedulerRouter();
						router.setBeanFactory(context.getBeanFactory());
						registrar.setTaskScheduler(router);
					}))
					.locked(),
				Wiring.of("a job that is due at once, before the start is over", AtOnce.class, SlowListener.class)
					.set(scheduler(Schedules::pool))
					.onOtherThreads()
					.locked(),
				Wiring.of("a listener that waits for the first run", AtOnce.class, Waits.class)
					.set(scheduler(Schedules::pool))
					.onOtherThreads()
					.locked(),
				Wiring.of("once after the start", Once.class)
					.set(scheduler(Schedules::pool))
					.warns("scheduled once")
					.onOtherThreads()
					.locked());
	}

	private static Consumer<AnnotationConfigApplicationContext> scheduler(Supplier<TaskScheduler> scheduler) {
		return (context) -> context.registerBean("own", TaskScheduler.class, scheduler, (bean) -> {
			bean.setPrimary(true);
			bean.setAutowireCandidate(true);
		});
	}

	private static TaskScheduler pool() {
		return new ThreadPoolTaskScheduler();
	}

	private static TaskScheduler decorated() {
		ThreadPoolTaskScheduler scheduler = new ThreadPoolTaskScheduler();
		scheduler.setTaskDecorator((task) -> () -> task.run());
		return scheduler;
	}

	private static TaskScheduler handingOver() {
		SimpleAsyncTaskExecutor executor = new SimpleAsyncTaskExecutor();
		ThreadPoolTaskScheduler scheduler = new ThreadPoolTaskScheduler();
		scheduler.setTaskDecorator((task) -> () -> executor.execute(task));
		return scheduler;
	}

	private static TaskScheduler virtual() {
		SimpleAsyncTaskScheduler scheduler = new SimpleAsyncTaskScheduler();
		if (Runtime.version().feature() >= 21) {
			scheduler.setVirtualThreads(true);
		}
		return scheduler;
	}

	static class AtOnce {

		@Scheduled(fixedRate = 1, timeUnit = TimeUnit.HOURS)
		@DistributedScheduled
		public void run() {
			Body.run();
		}

	}

	static class Once {

		@Scheduled(initialDelay = 1)
		@DistributedScheduled
		public void run() {
			Body.run();
		}

	}

	static class Cron {

		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled
		public void run() {
			Body.run();
		}

	}

	static class PlainCron {

		@Scheduled(cron = "0 0 3 * * *")
		public void run() {
			Body.run();
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

	static class Qualified {

		@Scheduled(cron = "0 0 3 * * *", scheduler = "named")
		@DistributedScheduled
		public void run() {
			Body.run();
		}

	}

	static class QualifiedByNobody {

		@Scheduled(cron = "0 0 3 * * *", scheduler = "nobody")
		@DistributedScheduled
		public void run() {
			Body.run();
		}

	}

	static class QualifiedAtOnce {

		@Scheduled(fixedRate = 3_600_000, scheduler = "jdkExecutor")
		@DistributedScheduled
		public void run() {
			Body.run();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Named {

		@Bean
		ManualScheduler named() {
			return Server.scheduler();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class JdkExecutor {

		@Bean(destroyMethod = "shutdown")
		ScheduledExecutorService jdkExecutor() {
			return Executors.newSingleThreadScheduledExecutor();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class TwoSchedulers {

		@Bean
		ThreadPoolTaskScheduler taskScheduler() {
			return new ThreadPoolTaskScheduler();
		}

		@Bean
		ThreadPoolTaskScheduler other() {
			return new ThreadPoolTaskScheduler();
		}

	}

	/**
	 * Does not let the start end before a job has run.
	 */
	static class Waits {

		@EventListener
		@Order(Ordered.LOWEST_PRECEDENCE)
		void on(ContextRefreshedEvent event) {
			Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> !Body.calls().isEmpty());
		}

	}

	static class SlowListener {

		@EventListener
		@Order(Ordered.LOWEST_PRECEDENCE)
		void on(ContextRefreshedEvent event) {
			Thread.yield();
		}

	}

	/**
	 * Passes all tasks on in Runnables of its own.
	 */
	static class Around implements TaskScheduler {

		private final TaskScheduler delegate;

		Around(TaskScheduler delegate) {
			this.delegate = delegate;
		}

		@Override
		public ScheduledFuture<?> schedule(Runnable task, Trigger trigger) {
			return this.delegate.schedule(() -> task.run(), trigger);
		}

		@Override
		public ScheduledFuture<?> schedule(Runnable task, Instant startTime) {
			return this.delegate.schedule(() -> task.run(), startTime);
		}

		@Override
		public ScheduledFuture<?> scheduleAtFixedRate(Runnable task, Instant startTime, Duration period) {
			return this.delegate.scheduleAtFixedRate(() -> task.run(), startTime, period);
		}

		@Override
		public ScheduledFuture<?> scheduleAtFixedRate(Runnable task, Duration period) {
			return this.delegate.scheduleAtFixedRate(() -> task.run(), period);
		}

		@Override
		public ScheduledFuture<?> scheduleWithFixedDelay(Runnable task, Instant startTime, Duration delay) {
			return this.delegate.scheduleWithFixedDelay(() -> task.run(), startTime, delay);
		}

		@Override
		public ScheduledFuture<?> scheduleWithFixedDelay(Runnable task, Duration delay) {
			return this.delegate.scheduleWithFixedDelay(() -> task.run(), delay);
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class WrapsScheduler {

		@Bean
		static BeanPostProcessor wraps() {
			return new BeanPostProcessor() {

				@Override
				public Object postProcessAfterInitialization(Object bean, String beanName) {
					return (bean instanceof ManualScheduler scheduler) ? new Around(scheduler) : bean;
				}

			};
		}

	}

	private static List<Wiring> configurers() {
		return List.of(Wiring.of("a configurer that sets its scheduler", Cron.class, Sets.class).locked(),
				Wiring.of("a configurer that comes first and sets its scheduler", Cron.class, SetsFirst.class).locked(),
				Wiring.of("a configurer that comes last and sets its scheduler", Cron.class, SetsLast.class).locked(),
				Wiring.of("a configurer that is no bean definition and sets its scheduler", Cron.class)
					.set((context) -> context.getBeanFactory().registerSingleton("mine", new Sets()))
					.refused("run()", "past the scheduler"),
				Wiring.of("a configurer that is no bean definition, and comes late", Cron.class)
					.set((context) -> context.addBeanFactoryPostProcessor(
							(beanFactory) -> beanFactory.registerSingleton("mine", new Sets())))
					.refused("run()", "past the scheduler"),
				Wiring.of("a configurer that is registered by the one before it", Cron.class, RegistersAnother.class)
					.refused("run()", "past the scheduler"),
				Wiring.of("a configurer that is no bean definition, and no job", PlainCron.class)
					.set((context) -> context.getBeanFactory().registerSingleton("mine", new Sets()))
					.runs(Unseen.NO_JOB, "UNLOCKED"),
				Wiring.of("two configurers that set schedulers", Cron.class, Sets.class, SetsLast.class).locked(),
				Wiring.of("a configurer that sets its scheduler twice", Cron.class, SetsTwice.class).locked(),
				Wiring.of("a configurer that sets none", AtOnce.class, SetsNone.class).onOtherThreads().locked(),
				Wiring.of("a configurer that adds a task that calls a job", ByCode.class, AddsTask.class).locked(),
				Wiring.of("a configurer that adds a rate that calls a job", ByCode.class, AddsRate.class).locked(),
				Wiring.of("a configurer that adds a trigger that calls a job", ByCode.class, AddsTrigger.class)
					.locked(),
				Wiring.of("a configurer that adds a task for a method of a job", ByCode.class, AddsMethod.class)
					.locked(),
				Wiring
					.of("a configurer that adds a task for a method behind the proxy", ByCode.class,
							AddsMethodOfTarget.class)
					.refused("run()"),
				Wiring.of("a configurer that schedules a task at once", ByCode.class, SchedulesAtOnce.class).locked(),
				Wiring
					.of("a configurer that schedules a task at once, and comes first", ByCode.class,
							SchedulesAtOnceFirst.class)
					.locked(),
				Wiring
					.of("a configurer that schedules a rate at once, with its scheduler", ByCode.class,
							SchedulesRateAtOnce.class)
					.warns(NOT_SCHEDULED)

					.lockedByHand(),
				Wiring.of("a configurer that keeps the registrar and schedules later", ByCode.class, Keeps.class)
					.warns(NOT_SCHEDULED)
					.then((server) -> {
						server.bean(Keeps.class).schedule();
						server.fire();
					})
					.locked(),
				Wiring
					.of("a configurer that keeps the registrar and changes its scheduler later", ByCode.class,
							Keeps.class)
					.warns(NOT_SCHEDULED)
					.then((server) -> {
						server.bean(Keeps.class).registrar.setTaskScheduler(Server.scheduler());
						server.bean(Keeps.class).schedule();
						server.fire();
					})
					.lockedByHand(),
				Wiring.of("a configurer that puts a job on the scheduler itself", ByCode.class, Bypasses.class)
					.locked(),
				Wiring.of("a task that calls a job with a schedule of its own", Cron.class, CallsScheduled.class)
					.then((server) -> server.fire())
					.runs("MANUAL", "SCHEDULE"),
				Wiring.of("a task that calls a job twice", ByCode.class, CallsTwice.class).locked(),
				Wiring.of("a task that calls two jobs", ByCode.class, SecondByCode.class, CallsTwo.class).locked(2),
				Wiring
					.of("a task that calls a job in a transaction", ByCode.class, CallsInTransaction.class,
							QuietTransactions.class)
					.warns("a transaction is open around its fire")
					.notFired(),
				Wiring
					.of("a plain schedule in a transaction that calls a job", ByCode.class,
							PlainCallsInTransaction.class, Proxies.Transactions.class)
					.warns(NOT_SCHEDULED)
					.warns("transaction")
					.runs(Unseen.NO_JOB, "MANUAL", "UNLOCKED"),
				Wiring.of("a plain schedule that calls a job", ByCode.class, PlainCalls.class)
					.warns(NOT_SCHEDULED)
					.lockedByHand(),
				Wiring
					.of("a plain schedule that calls a job with a schedule of its own", Cron.class,
							PlainCallsScheduled.class)
					.runs("MANUAL", "SCHEDULE"),
				Wiring.of("a job that calls another job", Cron.class, JobCallsJob.class)
					.runs("SCHEDULE", "SCHEDULE", "MANUAL"));
	}

	static class Sets implements SchedulingConfigurer {

		@Override
		public void configureTasks(ScheduledTaskRegistrar registrar) {
			registrar.setTaskScheduler(Server.scheduler());
		}

	}

	@Order(Ordered.HIGHEST_PRECEDENCE)
	static class SetsFirst extends Sets {

	}

	static class SetsLast extends Sets implements Ordered {

		@Override
		public int getOrder() {
			return Ordered.LOWEST_PRECEDENCE;
		}

	}

	static class SetsTwice implements SchedulingConfigurer {

		@Override
		public void configureTasks(ScheduledTaskRegistrar registrar) {
			registrar.setScheduler(Executors.newSingleThreadScheduledExecutor());
			registrar.setScheduler(Server.scheduler());
		}

	}

	static class SetsNone implements SchedulingConfigurer {

		@Override
		public void configureTasks(ScheduledTaskRegistrar registrar) {
			registrar.setScheduler(null);
		}

	}

	static class RegistersAnother implements SchedulingConfigurer {

		private final AnnotationConfigApplicationContext context;

		RegistersAnother(AnnotationConfigApplicationContext context) {
			this.context = context;
			context.getBeanFactory().registerSingleton("another", new Sets());
		}

		@Override
		public void configureTasks(ScheduledTaskRegistrar registrar) {
			registrar.setTaskScheduler(this.context.getBean("taskScheduler", TaskScheduler.class));
		}

	}

	abstract static class Calls implements SchedulingConfigurer {

		private final ObjectProvider<ByCode> job;

		Calls(ObjectProvider<ByCode> job) {
			this.job = job;
		}

		ByCode job() {
			return this.job.getObject();
		}

	}

	static class AddsTask extends Calls {

		AddsTask(ObjectProvider<ByCode> job) {
			super(job);
		}

		@Override
		public void configureTasks(ScheduledTaskRegistrar registrar) {
			registrar.addCronTask(() -> job().run(), "0 0 3 * * *");
		}

	}

	static class AddsRate extends Calls {

		AddsRate(ObjectProvider<ByCode> job) {
			super(job);
		}

		@Override
		public void configureTasks(ScheduledTaskRegistrar registrar) {
			registrar.addFixedRateTask(() -> job().run(), Duration.ofHours(1));
		}

	}

	static class AddsTrigger extends Calls {

		AddsTrigger(ObjectProvider<ByCode> job) {
			super(job);
		}

		@Override
		public void configureTasks(ScheduledTaskRegistrar registrar) {
			registrar.addTriggerTask(() -> job().run(), new PeriodicTrigger(Duration.ofHours(1)));
		}

	}

	static class AddsMethod extends Calls {

		AddsMethod(ObjectProvider<ByCode> job) {
			super(job);
		}

		@Override
		public void configureTasks(ScheduledTaskRegistrar registrar) {
			registrar.addCronTask(runnable(job()), "0 0 3 * * *");
		}

	}

	static class AddsMethodOfTarget extends Calls {

		AddsMethodOfTarget(ObjectProvider<ByCode> job) {
			super(job);
		}

		@Override
		public void configureTasks(ScheduledTaskRegistrar registrar) {
			registrar.addCronTask(runnable(AopProxyUtils.getSingletonTarget(job())), "0 0 3 * * *");
		}

	}

	private static Runnable runnable(Object target) {
		try {
			return new ScheduledMethodRunnable(target, "run");
		}
		catch (NoSuchMethodException ex) {
			throw new IllegalStateException(ex);
		}
	}

	static class SchedulesAtOnce extends Calls {

		SchedulesAtOnce(ObjectProvider<ByCode> job) {
			super(job);
		}

		@Override
		public void configureTasks(ScheduledTaskRegistrar registrar) {
			registrar.scheduleCronTask(new CronTask(() -> job().run(), new CronTrigger("0 0 3 * * *")));
		}

	}

	static class SchedulesAtOnceFirst extends SchedulesAtOnce implements Ordered {

		SchedulesAtOnceFirst(ObjectProvider<ByCode> job) {
			super(job);
		}

		@Override
		public int getOrder() {
			return Ordered.HIGHEST_PRECEDENCE;
		}

	}

	static class SchedulesRateAtOnce extends Calls {

		SchedulesRateAtOnce(ObjectProvider<ByCode> job) {
			super(job);
		}

		@Override
		public void configureTasks(ScheduledTaskRegistrar registrar) {
			registrar.setTaskScheduler(Server.scheduler());
			registrar.scheduleFixedRateTask(
					new FixedRateTask(() -> job().run(), Duration.ofHours(1), Duration.ofSeconds(1)));
		}

	}

	static class Keeps extends Calls {

		ScheduledTaskRegistrar registrar;

		Keeps(ObjectProvider<ByCode> job) {
			super(job);
		}

		@Override
		public void configureTasks(ScheduledTaskRegistrar registrar) {
			this.registrar = registrar;
		}

		void schedule() {
			this.registrar.scheduleCronTask(new CronTask(() -> job().run(), "0 0 3 * * *"));
		}

	}

	static class Bypasses extends Calls {

		Bypasses(ObjectProvider<ByCode> job) {
			super(job);
		}

		@Override
		public void configureTasks(ScheduledTaskRegistrar registrar) {
			registrar.getScheduler().schedule(() -> job().run(), new CronTrigger("0 0 3 * * *"));
		}

	}

	static class CallsScheduled implements SchedulingConfigurer {

		private final ObjectProvider<Cron> job;

		CallsScheduled(ObjectProvider<Cron> job) {
			this.job = job;
		}

		@Override
		public void configureTasks(ScheduledTaskRegistrar registrar) {
			registrar.addCronTask(() -> this.job.getObject().run(), "0 0 2 * * *");
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class QuietTransactions {

		@Bean
		PlatformTransactionManager transactionManager() {
			return new Proxies.Commits() {

				private static final long serialVersionUID = 1L;

				@Override
				protected void doCommit(DefaultTransactionStatus status) {
				}

			};
		}

	}

	static class CallsInTransaction extends Calls {

		private final ObjectProvider<PlatformTransactionManager> transactions;

		CallsInTransaction(ObjectProvider<ByCode> job, ObjectProvider<PlatformTransactionManager> transactions) {
			super(job);
			this.transactions = transactions;
		}

		@Override
		public void configureTasks(ScheduledTaskRegistrar registrar) {
			registrar.addCronTask(() -> new TransactionTemplate(this.transactions.getObject())
				.executeWithoutResult((status) -> job().run()), "0 0 3 * * *");
		}

	}

	static class PlainCallsInTransaction {

		private final ByCode job;

		PlainCallsInTransaction(ByCode job) {
			this.job = job;
		}

		@Transactional
		@Scheduled(cron = "0 0 3 * * *")
		public void plain() {
			this.job.run();
		}

	}

	static class CallsTwice extends Calls {

		CallsTwice(ObjectProvider<ByCode> job) {
			super(job);
		}

		@Override
		public void configureTasks(ScheduledTaskRegistrar registrar) {
			registrar.addCronTask(() -> {
				job().run();
				job().run();
			}, "0 0 3 * * *");
		}

	}

	static class SecondByCode {

		@DistributedScheduled
		public void run() {
			Body.run();
		}

	}

	static class CallsTwo extends Calls {

		private final ObjectProvider<SecondByCode> second;

		CallsTwo(ObjectProvider<ByCode> job, ObjectProvider<SecondByCode> second) {
			super(job);
			this.second = second;
		}

		@Override
		public void configureTasks(ScheduledTaskRegistrar registrar) {
			registrar.addCronTask(() -> {
				job().run();
				this.second.getObject().run();
			}, "0 0 3 * * *");
		}

	}

	static class PlainCalls {

		private final ByCode job;

		PlainCalls(ByCode job) {
			this.job = job;
		}

		@Scheduled(fixedDelay = 1000)
		void plain() {
			this.job.run();
		}

	}

	static class PlainCallsScheduled {

		private final Cron job;

		PlainCallsScheduled(Cron job) {
			this.job = job;
		}

		@Scheduled(fixedDelay = 1000)
		void plain() {
			this.job.run();
		}

	}

	static class JobCallsJob {

		private final Cron job;

		JobCallsJob(Cron job) {
			this.job = job;
		}

		@Scheduled(cron = "0 0 4 * * *")
		@DistributedScheduled
		public void run() {
			Body.run();
			this.job.run();
		}

	}

	private static List<Wiring> registrars() {
		return List.of(Wiring.of("a registrar of the application's own", ByCode.class, OwnRegistrar.class).locked(),
				Wiring
					.of("a registrar of the application's own that waits for the context", ByCode.class,
							OwnLifecycleRegistrar.class)
					.locked(),
				Wiring
					.of("a registrar of the application's own, with a scheduler of its own", ByCode.class,
							OwnRegistrarAndScheduler.class)
					.locked(),
				Wiring.of("a registrar of the application's own, for what is no job", Cron.class, PlainRegistrar.class)
					.runs(Unseen.NO_JOB, "SCHEDULE", "UNLOCKED"),
				Wiring.of("a holder of tasks that nobody knows", Cron.class)
					.set((context) -> context.registerBean("holder", ScheduledTaskHolder.class,
							() -> Schedules::unknownTasks))
					.warns("past the scheduler")
					.locked(),
				Wiring.of("a registrar that is no bean", ByCode.class, HiddenRegistrar.class)
					.warns(NOT_SCHEDULED)
					.lockedByHand(),
				Wiring.of("a registrar without scheduling by annotations", ByCode.class, OwnRegistrar.class)
					.withoutScheduling()
					.warns("Scheduling is not enabled")
					.locked(),
				Wiring.of("without scheduling", Cron.class)
					.withoutScheduling()
					.warns("Scheduling is not enabled")
					.notFired(),
				Wiring.of("without scheduling, by hand", Cron.class)
					.withoutScheduling()
					.warns("Scheduling is not enabled")
					.then((server) -> server.bean(Cron.class).run())
					.lockedByHand(),
				Wiring.of("a second post-processor for scheduled methods", Cron.class)
					.set((context) -> context.registerBean("second", ScheduledAnnotationBeanPostProcessor.class))
					.locked(),
				Wiring.of("a post-processor for scheduled methods with a scheduler of its own", Cron.class)
					.withoutScheduling()
					.set((context) -> context.registerBean("own", ScheduledAnnotationBeanPostProcessor.class, () -> {
						ScheduledAnnotationBeanPostProcessor processor = new ScheduledAnnotationBeanPostProcessor();
						processor.setScheduler(Server.scheduler());
						return processor;
					}))
					.locked(),
				Wiring.of("a post-processor for scheduled methods that wraps their calls", Cron.class)
					.withoutScheduling()
					.set((context) -> context.registerBean("own", WrapsCalls.class))
					.refused("run()", "does not tell which method it calls"),
				Wiring.of("a post-processor for scheduled methods that wraps the calls of others", PlainCron.class)
					.withoutScheduling()
					.set((context) -> context.registerBean("own", WrapsCalls.class))
					.runs(Unseen.NO_JOB, "UNLOCKED"),
				Wiring.of("a post-processor for scheduled methods that calls behind the proxy", Cron.class)
					.withoutScheduling()
					.set((context) -> context.registerBean("own", CallsTarget.class))
					.refused("run()"));
	}

	@Configuration(proxyBeanMethods = false)
	static class OwnRegistrar {

		@Bean
		ScheduledTaskRegistrar registrar(ByCode job, TaskScheduler scheduler) {
			ScheduledTaskRegistrar registrar = new ScheduledTaskRegistrar();
			registrar.setTaskScheduler(scheduler);
			registrar.addCronTask(job::run, "0 0 3 * * *");
			return registrar;
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class OwnLifecycleRegistrar {

		@Bean
		ScheduledTaskRegistrar registrar(ByCode job, TaskScheduler scheduler) {
			ScheduledTaskRegistrar registrar = new ContextLifecycleScheduledTaskRegistrar();
			registrar.setTaskScheduler(scheduler);
			registrar.addCronTask(job::run, "0 0 3 * * *");
			return registrar;
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class OwnRegistrarAndScheduler {

		@Bean
		ScheduledTaskRegistrar registrar(ByCode job) {
			ScheduledTaskRegistrar registrar = new ScheduledTaskRegistrar();
			registrar.setTaskScheduler(Server.scheduler());
			registrar.addCronTask(job::run, "0 0 3 * * *");
			return registrar;
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class PlainRegistrar {

		@Bean
		ScheduledTaskRegistrar registrar() {
			ScheduledTaskRegistrar registrar = new ScheduledTaskRegistrar();
			registrar.setTaskScheduler(Server.scheduler());
			registrar.addCronTask(Body::run, "0 0 3 * * *");
			return registrar;
		}

	}

	private static Set<ScheduledTask> unknownTasks() {
		ScheduledTaskRegistrar registrar = new ScheduledTaskRegistrar();
		registrar.setTaskScheduler(new ManualScheduler());
		registrar.addCronTask(() -> {
		}, "0 0 3 * * *");
		registrar.afterPropertiesSet();
		return registrar.getScheduledTasks();
	}

	static class HiddenRegistrar implements InitializingBean {

		private final ByCode job;

		private final TaskScheduler scheduler;

		HiddenRegistrar(ByCode job, TaskScheduler scheduler) {
			this.job = job;
			this.scheduler = scheduler;
		}

		@Override
		public void afterPropertiesSet() {
			ScheduledTaskRegistrar registrar = new ScheduledTaskRegistrar();
			registrar.setTaskScheduler(this.scheduler);
			registrar.addCronTask(this.job::run, "0 0 3 * * *");
			registrar.afterPropertiesSet();
		}

	}

	static class WrapsCalls extends ScheduledAnnotationBeanPostProcessor {

		@Override
		protected Runnable createRunnable(Object target, Method method, String qualifier) {
			Runnable call = super.createRunnable(target, method, qualifier);
			return () -> call.run();
		}

	}

	static class CallsTarget extends ScheduledAnnotationBeanPostProcessor {

		@Override
		protected Runnable createRunnable(Object target, Method method, String qualifier) {
			return super.createRunnable(AopProxyUtils.getSingletonTarget(target), method, qualifier);
		}

	}

	private static List<Wiring> code() {
		return List
			.of(Wiring.of("code that puts a call on a scheduler", ByCode.class).warns(NOT_SCHEDULED).then((server) -> {
				server.bean(TaskScheduler.class)
					.schedule(() -> server.bean(ByCode.class).run(), new CronTrigger("0 0 3 * * *"));
				server.fire();
			}).lockedByHand(), Wiring.of("code that puts a scheduled job on a scheduler", Cron.class).then((server) -> {
				server.bean(TaskScheduler.class)
					.schedule(() -> server.bean(Cron.class).run(), new CronTrigger("0 0 3 * * *"));
				server.fire();
			}).runs("SCHEDULE", "MANUAL"),
					Wiring.of("code that calls a method by its name", ByCode.class)
						.warns(NOT_SCHEDULED)
						.then((server) -> {
							MethodInvokingRunnable call = new MethodInvokingRunnable();
							call.setTargetObject(server.bean(ByCode.class));
							call.setTargetMethod("run");
							server.attempt(call::afterPropertiesSet);
							call.run();
						})
						.lockedByHand(),
					Wiring.of("code that calls a method of a bean by reflection", ByCode.class)
						.warns(NOT_SCHEDULED)
						.then((server) -> runnable(server.bean(ByCode.class)).run())
						.lockedByHand(),
					Wiring.of("code that calls what is behind the proxy", ByCode.class)
						.warns(NOT_SCHEDULED)
						.then((server) -> runnable(AopProxyUtils.getSingletonTarget(server.bean(ByCode.class))).run())
						.unlocked(Unseen.OWN_OBJECT),
					Wiring.of("code that makes its own object")
						.then((server) -> new Cron().run())
						.unlocked(Unseen.OWN_OBJECT),
					Wiring.of("a thread that a bean starts", ByCode.class, StartsThread.class)
						.warns(NOT_SCHEDULED)
						.onOtherThreads()
						.lockedByHand());
	}

	static class StartsThread implements InitializingBean, DisposableBean {

		private final Thread thread;

		StartsThread(ByCode job) {
			this.thread = new Thread(job::run);
		}

		@Override
		public void afterPropertiesSet() {
			this.thread.start();
		}

		@Override
		public void destroy() throws InterruptedException {
			this.thread.join();
		}

	}

	private static List<Wiring> publishers() {
		return List.of(Wiring.of("a Mono", MonoJob.class).onOtherThreads().locked(),
				Wiring.of("a Flux", FluxJob.class).onOtherThreads().locked(),
				Wiring.of("a Mono of a package-private method", PackagePrivateMono.class).onOtherThreads().locked(),
				Wiring.of("a Mono of a package-private method of another package", OtherPackageMono.class)
					.refused("settle()"),
				Wiring.of("a Mono of a final method", FinalMono.class).refused("run()", "is final"),
				Wiring.of("a Mono that does its work when it is made", EagerMono.class)
					.runs(Unseen.PUBLISHER_MADE, "UNLOCKED"),
				Wiring.of("a function of Kotlin that suspends", SuspendingJob.class)
					.set(Schedules::kotlin)
					.onOtherThreads()
					.locked(),
				Wiring.of("a Flow of Kotlin", FlowJob.class).set(Schedules::kotlin).onOtherThreads().locked(),
				Wiring.of("a Mono that is subscribed to by hand, too", MonoJob.class).then((server) -> {
					server.bean(MonoJob.class).run().block();
					server.fire();
				}).onOtherThreads().runs("MANUAL", "SCHEDULE"));
	}

	private static void kotlin(AnnotationConfigApplicationContext context) {
		KotlinWork work = new KotlinWork();
		work.setFirst(Body::run);
		work.getMayEnd().complete("");
		context.registerBean(KotlinWork.class, () -> work);
		context.getEnvironment().getPropertySources().addFirst(new MapPropertySource("job", Map.of("job", "kotlin")));
	}

	static class MonoJob {

		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled
		public Mono<Void> run() {
			return Mono.fromRunnable(Body::run);
		}

	}

	static class FluxJob {

		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled
		public Flux<Integer> run() {
			return Flux.defer(() -> {
				Body.run();
				return Flux.just(1, 2);
			});
		}

	}

	static class PackagePrivateMono {

		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled
		Mono<Void> run() {
			return Mono.fromRunnable(Body::run);
		}

	}

	static class OtherPackageMono extends Base.PackagePrivateMono {

	}

	static class FinalMono {

		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled
		public final Mono<Void> run() {
			return Mono.fromRunnable(Body::run);
		}

	}

	static class EagerMono {

		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled
		public Mono<Void> run() {
			Body.run();
			return Mono.empty();
		}

	}

}
