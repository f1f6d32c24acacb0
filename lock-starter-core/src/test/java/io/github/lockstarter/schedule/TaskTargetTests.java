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

package io.github.lockstarter.schedule;

import java.time.Duration;
import java.time.Instant;

import io.micrometer.observation.Observation;
import io.micrometer.observation.tck.TestObservationRegistry;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

import org.springframework.aop.framework.ProxyFactory;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.scheduling.annotation.EnableScheduling;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.scheduling.annotation.SchedulingConfigurer;
import org.springframework.scheduling.config.ScheduledTaskHolder;
import org.springframework.scheduling.config.ScheduledTaskRegistrar;
import org.springframework.scheduling.support.DelegatingErrorHandlingRunnable;
import org.springframework.scheduling.support.MethodInvokingRunnable;
import org.springframework.scheduling.support.ScheduledMethodRunnable;
import org.springframework.scheduling.support.TaskUtils;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What a scheduled task calls is seen through all that wraps it.
 */
class TaskTargetTests {

	@Test
	void aScheduledMethodIsACallOfTheBean() {
		withTasks(Blocking.class, (context, task) -> assertThat(TaskTarget.of(task))
			.isInstanceOfSatisfying(TaskTarget.Call.class, (call) -> {
				assertThat(call.bean()).isSameAs(context.getBean(Blocking.class));
				assertThat(call.method().getName()).isEqualTo("run");
			}));
	}

	static class Blocking {

		@Scheduled(cron = "0 0 3 * * *")
		void run() {
		}

	}

	@Test
	void aScheduledPublisherIsASubscription() {
		withTasks(Reactive.class, (context, task) -> assertThat(TaskTarget.of(task))
			.isInstanceOfSatisfying(TaskTarget.Subscription.class, (subscription) -> {
				assertThat(subscription.bean()).isSameAs(context.getBean(Reactive.class));
				assertThat(subscription.type()).isEqualTo(Reactive.class);
				assertThat(subscription.method().getName()).isEqualTo("publish");
			}));
	}

	static class Reactive {

		@Scheduled(cron = "0 0 3 * * *")
		Mono<Void> publish() {
			return Mono.empty();
		}

	}

	@Test
	void codeIsCodeWhateverItWouldCall() {
		Added.bean = new Blocking();
		withTasks(Added.class, (context, task) -> assertThat(TaskTarget.of(task)).isInstanceOf(TaskTarget.Code.class));
	}

	static class Added implements SchedulingConfigurer {

		static Blocking bean = new Blocking();

		@Override
		public void configureTasks(ScheduledTaskRegistrar registrar) {
			registrar.addCronTask(bean::run, "0 0 3 * * *");
		}

	}

	@Test
	void aRunnableOfTheApplicationIsCodeEvenIfItWrapsACall() throws Exception {
		Runnable call = new ScheduledMethodRunnable(new Blocking(), Blocking.class.getDeclaredMethod("run"));
		assertThat(TaskTarget.of(new OnWeekdays(call))).isInstanceOf(TaskTarget.Code.class);
	}

	record OnWeekdays(Runnable task) implements Runnable {

		@Override
		public void run() {
			// A wrapper of the application need not call what it wraps
		}

	}

	@Test
	void theWrappersOfSpringAndOfTracingAreSeenThrough() throws Exception {
		Blocking bean = new Blocking();
		Runnable call = new ScheduledMethodRunnable(bean, Blocking.class.getDeclaredMethod("run"));
		Runnable handling = new DelegatingErrorHandlingRunnable(call, TaskUtils.LOG_AND_SUPPRESS_ERROR_HANDLER);
		Observation observation = Observation.createNotStarted("task", TestObservationRegistry.create());
		assertThat(TaskTarget.of(observation.wrap(handling))).isEqualTo(TaskTarget.of(call));
	}

	@Test
	void aMethodThatAnInvokerCallsIsACall() throws Exception {
		MethodInvokingRunnable invoker = new MethodInvokingRunnable();
		invoker.setTargetObject("text");
		invoker.setTargetMethod("length");
		invoker.afterPropertiesSet();
		assertThat(TaskTarget.of(invoker)).isInstanceOfSatisfying(TaskTarget.Call.class, (call) -> {
			assertThat(call.bean()).isEqualTo("text");
			assertThat(call.method().getName()).isEqualTo("length");
		});
	}

	/**
	 * A tick that is asked for again is one of the same method.
	 */
	@Test
	void aFireKnowsWhatItWasFiredFor() throws Exception {
		Blocking bean = new Blocking();
		ManualScheduler scheduler = new ManualScheduler();
		Object proxy = new ProxyFactory(bean).getProxy();
		Runnable call = new ScheduledMethodRunnable(proxy, Blocking.class.getDeclaredMethod("run")) {
			@Override
			public void run() {
				Fire fire = Fire.take();
				assertThat(fire).isNotNull();
				assertThat(fire.target()).isInstanceOfSatisfying(TaskTarget.Call.class,
						(target) -> assertThat(target.bean()).isSameAs(proxy));
				if (fire.repetition() == 0) {
					fire.askAgainIn(Duration.ZERO);
				}
			}
		};
		new TickScheduler(scheduler, TickScheduling.unchecked()).schedule(call, Instant.EPOCH);
		scheduler.fire();
		scheduler.tasks().get(1).fire();
	}

	private static void withTasks(Class<?> bean, TaskConsumer consumer) {
		try (var context = new AnnotationConfigApplicationContext(Application.class, bean)) {
			var tasks = context.getBeansOfType(ScheduledTaskHolder.class)
				.values()
				.stream()
				.flatMap((holder) -> holder.getScheduledTasks().stream())
				.toList();
			assertThat(tasks).hasSize(1);
			Runnable task = tasks.get(0).getTask().getRunnable();
			consumer.accept(context, task);
			ManualScheduler scheduler = new ManualScheduler();
			TickScheduling.unchecked().wrap(scheduler).scheduleAtFixedRate(task, Duration.ofMinutes(1));
			assertThat(TaskTarget.of(scheduler.tasks().get(0).runnable())).isEqualTo(TaskTarget.of(task));
		}
	}

	interface TaskConsumer {

		void accept(AnnotationConfigApplicationContext context, Runnable task);

	}

	@Configuration(proxyBeanMethods = false)
	@EnableScheduling
	static class Application {

	}

}
