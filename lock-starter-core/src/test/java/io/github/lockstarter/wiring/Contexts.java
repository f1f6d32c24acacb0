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
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

import org.springframework.beans.factory.support.DefaultListableBeanFactory;
import org.springframework.beans.factory.support.MethodReplacer;
import org.springframework.beans.factory.xml.XmlBeanDefinitionReader;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Lazy;
import org.springframework.context.event.ContextRefreshedEvent;
import org.springframework.context.event.EventListener;
import org.springframework.context.support.AbstractXmlApplicationContext;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.core.io.ByteArrayResource;
import org.springframework.scheduling.TaskScheduler;
import org.springframework.scheduling.Trigger;
import org.springframework.scheduling.annotation.EnableScheduling;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.scheduling.annotation.SchedulingConfigurer;
import org.springframework.scheduling.config.ScheduledTaskRegistrar;
import org.springframework.scheduling.support.CronTrigger;

import io.github.lockstarter.DistributedScheduled;

/**
 * Contexts above and below each other, and those of XML.
 */
public final class Contexts {

	private static final String NOT_SCHEDULED = "not with @Scheduled";

	private Contexts() {
	}

	static List<Wiring> rows() {
		return List.of(Wiring.of("an empty child", Job.class).then((server) -> {
			server.child(server.context());
			server.fire();
		}).locked(), Wiring.of("a child with scheduling, the job in the parent", Job.class).then((server) -> {
			server.child(server.context(), Server.Scheduling.class);
			server.fire();
		}).locked(), Wiring.of("a child with the job and scheduling, without the starter").then((server) -> {
			server.attempt(() -> server.child(server.context(), Server.Scheduling.class, Job.class));
			server.fire();
		}).refusedLater("run()", "is in an application context without distributed scheduling"),
				Wiring.of("a child with a job that is called by hand, without the starter")
					.then((server) -> server
						.attempt(() -> server.child(server.context(), ByCode.class).getBean(ByCode.class).run()))
					.refusedLater("run()", "is in an application context without distributed scheduling"),
				Wiring.of("a child with a lazy job and scheduling, without the starter").then((server) -> {
					server.attempt(() -> {
						server.child(server.context(), Server.Scheduling.class, LazyJob.class).getBean(LazyJob.class);
						server.fire();
					});
				}).refusedLater("run()", "is in an application context without distributed scheduling"),
				Wiring.of("a child of a child with the job and scheduling, without the starter").then((server) -> {
					AnnotationConfigApplicationContext child = server.child(server.context());
					server.attempt(() -> server.child(child, Server.Scheduling.class, Job.class));
					server.fire();
				}).refusedLater("run()", "is in an application context without distributed scheduling"),
				Wiring.of("two children with the job and scheduling, without the starter").then((server) -> {
					server.attempt(() -> server.child(server.context(), Server.Scheduling.class, Job.class));
					server.attempt(() -> server.child(server.context(), Server.Scheduling.class, Job.class));
					server.fire();
				}).refusedLater("run()", "is in an application context without distributed scheduling"),
				Wiring.of("a child that has the starter, and its parent has it, too").then((server) -> {
					server.equippedChild(server.context(), Job.class, Server.Scheduling.class);
					server.fire();
				}).locked(),
				Wiring.of("jobs in the parent and in the child, both with the starter", Job.class).then((server) -> {
					server.equippedChild(server.context(), OtherJob.class, Server.Scheduling.class);
					server.fire();
				}).locked(2), Wiring.of("the same job in the parent and in the child, both with the starter", Job.class)
					.then((server) -> {
						server.equippedChild(server.context(), Job.class, Server.Scheduling.class);
						server.fire();
					})
					.lockedOrRefusedWhenFired(),
				Wiring.of("a child that has the starter, its parent has the scheduler")
					.withoutStarter()
					.withoutScheduling()
					.then((server) -> {
						server.equippedChild(server.context(), Job.class, Server.Scheduling.class);
						server.fire();
					})
					.locked(),
				Wiring.of("a child that has the starter, its parent has the job and scheduling", Job.class)
					.withoutStarter()
					.then((server) -> server.attempt(() -> server.equippedChild(server.context())))
					.refusedLater("run()", "is in an application context without distributed scheduling"),
				Wiring.of("a child whose configurer calls the job of the parent", ByCode.class)
					.warns(NOT_SCHEDULED)
					.then((server) -> {
						server.attempt(
								() -> server.child(server.context(), Server.Scheduling.class, ChildConfigurer.class));
						server.fire();
					})
					.lockedByHand(),
				Wiring.of("a child with a plain schedule", Job.class).then((server) -> {
					server.child(server.context(), Server.Scheduling.class, PlainSchedule.class);
					server.fire();
				}).runs(Unseen.NO_JOB, "SCHEDULE", "UNLOCKED"),
				Wiring.of("a sibling with the job and scheduling")
					.withoutStarter()
					.withoutScheduling()
					.then((server) -> {
						server.equippedChild(server.context(), OtherJob.class, Server.Scheduling.class);
						server.equippedChild(server.context(), Job.class, Server.Scheduling.class);
						server.fire();
					})
					.locked(2),
				Wiring.of("a scheduler of the parent", Job.class).ownScheduler().set((context) -> {
					AnnotationConfigApplicationContext parent = new AnnotationConfigApplicationContext();
					parent.registerBean("taskScheduler", TaskScheduler.class, Server::scheduler);
					parent.refresh();
					context.setParent(parent);
				}).locked(), Wiring.of("a configurer of the parent", Job.class).set((context) -> {
					AnnotationConfigApplicationContext parent = new AnnotationConfigApplicationContext();
					parent.register(SetsScheduler.class);
					parent.refresh();
					context.setParent(parent);
				}).locked(), Wiring.of("scheduling is enabled twice", Job.class, ScheduledTwice.class).locked(),
				Wiring.of("XML that enables scheduling", Job.class)
					.withoutScheduling()
					.set(xml("<task:annotation-driven/>"))
					.locked(),
				Wiring.of("XML that enables scheduling, beside the annotation", Job.class)
					.set(xml("<task:annotation-driven/>"))
					.locked(),
				Wiring.of("XML that enables scheduling on a scheduler of its own", AtOnce.class)
					.withoutScheduling()
					.set(xml("<task:annotation-driven scheduler='own'/><task:scheduler id='own' pool-size='2'/>"))
					.onOtherThreads()
					.locked(),
				Wiring.of("XML that schedules a method", ByCode.class)
					.set(xml("<task:scheduled-tasks scheduler='taskScheduler'>"
							+ "<task:scheduled ref='contexts.ByCode' method='run' cron='0 0 3 * * *'/>"
							+ "</task:scheduled-tasks>"))
					.locked(),
				Wiring.of("XML that schedules a method at a rate", ByCode.class)
					.set(xml("<task:scheduled-tasks scheduler='taskScheduler'>"
							+ "<task:scheduled ref='contexts.ByCode' method='run' fixed-rate='3600000'/>"
							+ "</task:scheduled-tasks>"))
					.locked(),
				Wiring.of("XML that schedules a method, without scheduling by annotations", ByCode.class)
					.withoutScheduling()
					.set(xml("<task:scheduled-tasks scheduler='taskScheduler'>"
							+ "<task:scheduled ref='contexts.ByCode' method='run' cron='0 0 3 * * *'/>"
							+ "</task:scheduled-tasks>"))
					.warns("Scheduling is not enabled")
					.locked(),
				Wiring.of("XML that schedules a method, without a scheduler", ByCode.class)
					.ownScheduler()
					.set(xml("<task:scheduled-tasks>"
							+ "<task:scheduled ref='contexts.ByCode' method='run' fixed-rate='3600000'/>"
							+ "</task:scheduled-tasks>"))
					.onOtherThreads()
					.locked(),
				Wiring.of("XML that schedules a method by a trigger", ByCode.class, ATrigger.class)
					.set(xml("<task:scheduled-tasks scheduler='taskScheduler'>"
							+ "<task:scheduled ref='contexts.ByCode' method='run' trigger='trigger'/>"
							+ "</task:scheduled-tasks>"))
					.locked(),
				Wiring.of("XML that schedules a method that has a schedule, too", Job.class)
					.set(xml("<task:scheduled-tasks scheduler='taskScheduler'>"
							+ "<task:scheduled ref='contexts.Job' method='run' cron='0 0 5 * * *'/>"
							+ "</task:scheduled-tasks>"))
					.lockedOrRefusedWhenFired(),
				Wiring.of("XML that schedules a final method", FinalByCode.class)
					.set(xml("<task:scheduled-tasks scheduler='taskScheduler'>"
							+ "<task:scheduled ref='contexts.FinalByCode' method='run' cron='0 0 3 * * *'/>"
							+ "</task:scheduled-tasks>"))
					.refused("run()", "is final"),
				Wiring.of("XML that makes a bean")
					.set(xml("<bean id='job' class='io.github.lockstarter.wiring.Contexts$Job'/>"))
					.locked(),
				Wiring.of("XML that makes a bean without a name")
					.set(xml("<bean class='io.github.lockstarter.wiring.Contexts$Job'/>"))
					.locked(),
				Wiring.of("XML that makes a bean within another")
					.set(xml("<bean id='outer' class='io.github.lockstarter.wiring.Contexts$Outer'>"
							+ "<constructor-arg><bean class='io.github.lockstarter.wiring.Contexts$Job'/>"
							+ "</constructor-arg></bean>"))
					.refused("run()", "no name that is the same on all servers"),
				Wiring.of("XML that makes a bean within another, of a job that has a name")
					.set(xml("<bean id='outer' class='io.github.lockstarter.wiring.Contexts$Outer'>"
							+ "<constructor-arg><bean class='io.github.lockstarter.wiring.Contexts$NamedJob'/>"
							+ "</constructor-arg></bean>"))
					.locked(),
				Wiring.of("XML that makes a bean by a factory method")
					.set(xml("<bean id='job' class='io.github.lockstarter.wiring.Contexts$Job'"
							+ " factory-method='make'/>"))
					.locked(),
				Wiring.of("XML that makes a bean from a parent's definition")
					.set(xml("<bean id='base' abstract='true' class='io.github.lockstarter.wiring.Contexts$Job'/>"
							+ "<bean id='job' parent='base'/>"))
					.locked(),
				Wiring.of("XML that replaces a method of a bean")
					.set(xml("<bean id='job' class='io.github.lockstarter.wiring.Contexts$Job'>"
							+ "<replaced-method name='other' replacer='replacer'/></bean>"
							+ "<bean id='replacer' class='io.github.lockstarter.wiring.Contexts$Replacer'/>"))
					.locked(),
				Wiring.of("XML that replaces the method of a job")
					.set(xml("<bean id='job' class='io.github.lockstarter.wiring.Contexts$Job'>"
							+ "<replaced-method name='run' replacer='replacer'/></bean>"
							+ "<bean id='replacer' class='io.github.lockstarter.wiring.Contexts$Replacer'/>"))
					.notUnlocked(),
				Wiring.of("XML with a proxy made by hand")
					.set(xml("<bean id='job' class='org.springframework.aop.framework.ProxyFactoryBean'>"
							+ "<property name='target'><bean class='io.github.lockstarter.wiring.Contexts$Job'/>"
							+ "</property></bean>"))
					.notFired(),
				Wiring.of("a context that is refreshed twice").withoutStarter().withoutScheduling().then((server) -> {
					try (Refreshable context = new Refreshable()) {
						context.refresh();
						Server.forgetSchedulers();
						context.refresh();
						server.fire();
					}
				}).locked(), Wiring.of("a context that is stopped and started", Job.class).then((server) -> {
					server.context().stop();
					server.context().start();
					server.fire();
				}).locked(),
				Wiring.of("a job that is called when the context is refreshed", ByCode.class, OnRefresh.class)
					.warns(NOT_SCHEDULED)
					.lockedByHand());
	}

	private static Consumer<AnnotationConfigApplicationContext> xml(String beans) {
		String text = """
				<beans xmlns="http://www.springframework.org/schema/beans"
					xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
					xmlns:task="http://www.springframework.org/schema/task"
					xsi:schemaLocation="http://www.springframework.org/schema/beans
						https://www.springframework.org/schema/beans/spring-beans.xsd
						http://www.springframework.org/schema/task
						https://www.springframework.org/schema/task/spring-task.xsd">
				%s
				</beans>
				""".formatted(beans);
		return (context) -> new XmlBeanDefinitionReader(context)
			.loadBeanDefinitions(new ByteArrayResource(text.getBytes(StandardCharsets.UTF_8)));
	}

	/**
	 * A context of XML, which makes all its beans anew when it is refreshed.
	 */
	static class Refreshable extends AbstractXmlApplicationContext {

		@Override
		protected void loadBeanDefinitions(DefaultListableBeanFactory beanFactory) {
			GenericApplicationContext definitions = new AnnotationConfigApplicationContext(beanFactory);
			Server.equip(definitions);
			((AnnotationConfigApplicationContext) definitions).register(Server.Scheduling.class, Job.class);
			definitions.registerBean("taskScheduler", TaskScheduler.class, Server::scheduler);
		}

	}

	/**
	 * A job.
	 */
	public static class Job {

		static Job make() {
			return new Job();
		}

		/**
		 * Run.
		 */
		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled
		public void run() {
			Body.run();
		}

		/**
		 * Something else.
		 * @return nothing
		 */
		public String other() {
			return "";
		}

	}

	/**
	 * Replaces a method.
	 */
	public static class Replacer implements MethodReplacer {

		@Override
		public Object reimplement(Object bean, Method method, Object[] args) {
			if (method.getName().equals("run")) {
				Body.run();
			}
			return null;
		}

	}

	/**
	 * Has a job.
	 */
	public static class Outer {

		/**
		 * Create one.
		 * @param job the job
		 */
		public Outer(Job job) {
			job.other();
		}

	}

	/**
	 * A job that has a name.
	 */
	public static class NamedJob extends Job {

		@Override
		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled("named")
		public void run() {
			Body.run();
		}

	}

	static class OtherJob extends Job {

	}

	@Lazy
	static class LazyJob extends Job {

	}

	static class AtOnce {

		@Scheduled(fixedRate = 1, timeUnit = TimeUnit.HOURS)
		@DistributedScheduled
		public void run() {
			Body.run();
		}

	}

	static class ByCode {

		@DistributedScheduled
		public void run() {
			Body.run();
		}

	}

	static class FinalByCode {

		@DistributedScheduled
		public final void run() {
			Body.run();
		}

	}

	static class PlainSchedule {

		@Scheduled(cron = "0 0 3 * * *")
		public void run() {
			Body.run();
		}

	}

	static class ChildConfigurer implements SchedulingConfigurer {

		private final ByCode job;

		ChildConfigurer(ByCode job) {
			this.job = job;
		}

		@Override
		public void configureTasks(ScheduledTaskRegistrar registrar) {
			registrar.addCronTask(this.job::run, "0 0 3 * * *");
		}

	}

	static class SetsScheduler implements SchedulingConfigurer {

		@Override
		public void configureTasks(ScheduledTaskRegistrar registrar) {
			registrar.setTaskScheduler(Server.scheduler());
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableScheduling
	static class ScheduledTwice {

	}

	@Configuration(proxyBeanMethods = false)
	static class ATrigger {

		@Bean
		Trigger trigger() {
			return new CronTrigger("0 0 3 * * *");
		}

	}

	static class OnRefresh {

		private final ByCode job;

		OnRefresh(ByCode job) {
			this.job = job;
		}

		@EventListener
		void on(ContextRefreshedEvent event) {
			this.job.run();
		}

	}

}
