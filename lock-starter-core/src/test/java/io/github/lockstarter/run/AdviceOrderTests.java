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

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

import org.aopalliance.intercept.MethodInterceptor;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.aop.Advisor;
import org.springframework.aop.framework.Advised;
import org.springframework.aop.framework.AopProxyUtils;
import org.springframework.aop.framework.autoproxy.BeanNameAutoProxyCreator;
import org.springframework.aop.framework.autoproxy.DefaultAdvisorAutoProxyCreator;
import org.springframework.aop.support.DefaultPointcutAdvisor;
import org.springframework.aop.support.NameMatchMethodPointcut;
import org.springframework.beans.factory.BeanCreationException;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Role;
import org.springframework.context.annotation.Scope;
import org.springframework.context.annotation.ScopedProxyMode;
import org.springframework.core.Ordered;
import org.springframework.scheduling.annotation.Async;
import org.springframework.scheduling.annotation.EnableAsync;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.transaction.annotation.EnableTransactionManagement;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.transaction.interceptor.TransactionInterceptor;

import io.github.lockstarter.DistributedScheduled;
import io.github.lockstarter.InvalidJobException;
import io.github.lockstarter.JobFinished;
import io.github.lockstarter.JobRun;
import io.github.lockstarter.JobRun.Trigger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * The order of the advice is that of the application. The lock is among it once, and
 * moves only where it must.
 */
class AdviceOrderTests {

	/** What was passed on the way to the method, and whether the run had begun. */
	private static final List<String> steps = new CopyOnWriteArrayList<>();

	@BeforeEach
	void forget() {
		steps.clear();
	}

	/**
	 * A feature that is switched off on one server must not take the tick.
	 */
	@Test
	void whatTheApplicationPutsInFrontOfTheLockStaysThere() {
		try (TestServer server = TestServer.running(Transactions.class, Advice.class, Jobs.class)) {
			server.scheduler().fire("transactional");
			assertThat(steps).containsExactly("flag, run: false", "begin, run: true", "advice, run: true",
					"method, run: true", "commit, run: true");
		}
	}

	@Test
	void theLockMovesInFrontOfATransactionThatComesFirst() {
		try (TestServer server = TestServer.running(TransactionsFirst.class, Advice.class, Jobs.class)) {
			server.scheduler().fire("transactional");
			assertThat(steps).containsExactly("begin, run: true", "flag, run: true", "advice, run: true",
					"method, run: true", "commit, run: true");
		}
	}

	@Test
	void itDoesNotMoveForATransactionOfAnotherJobOfTheBean() {
		try (TestServer server = TestServer.running(TransactionsFirst.class, Advice.class, Jobs.class)) {
			server.scheduler().fire("plain");
			assertThat(steps).containsExactly("flag, run: false", "advice, run: true", "method, run: true");
		}
	}

	@ParameterizedTest
	@EnumSource(Creator.class)
	void severalProxiesAreLockedOnce(Creator creator) {
		try (TestServer server = TestServer.running(creator.type, Transactions.class, Advice.class, Jobs.class,
				BehindInterface.class)) {
			assertThat(locks(server.bean(Jobs.class))).isEqualTo(2);
			assertThat(locks(server.bean(Runnable.class))).isEqualTo(1);
			server.scheduler().tasks().forEach((task) -> task.fire());
			assertThat(server.events(JobFinished.class)).hasSize(3)
				.allSatisfy((finished) -> assertThat(finished.trigger()).isEqualTo(Trigger.SCHEDULE));
			assertThat(steps).filteredOn((step) -> step.startsWith("method"))
				.hasSize(3)
				.containsOnly("method, run: true");
			assertThat(steps).filteredOn((step) -> step.startsWith("begin")).containsOnly("begin, run: true");
			assertThat(steps).filteredOn((step) -> step.startsWith("commit")).containsOnly("commit, run: true");
			server.bean(Runnable.class).run();
			assertThat(server.events(JobFinished.class)).last()
				.extracting(JobFinished::trigger)
				.isEqualTo(Trigger.MANUAL);
		}
	}

	@Test
	void theLockIsBehindAsyncInWhicheverProxyThatIs() {
		try (TestServer server = TestServer.running(Creator.ALL_ADVISORS.type, Asynchronous.class, AsyncJob.class)) {
			server.scheduler().fire("run");
			assertThat(server.await(JobFinished.class).trigger()).isEqualTo(Trigger.SCHEDULE);
			assertThat(steps).containsExactly("method, run: true");
		}
	}

	@ParameterizedTest
	@ValueSource(classes = { ByClass.class, ByInterface.class })
	void aBeanOfAScopeIsLockedOnce(Class<?> type) {
		try (TestServer server = TestServer.running(Creator.ALL_ADVISORS.type, type)) {
			Runnable bean = server.context().getBean("adviceOrderTests." + type.getSimpleName(), Runnable.class);
			bean.run();
			assertThat(steps).containsExactly("method, run: true");
			assertThat(server.events(JobFinished.class)).singleElement()
				.extracting(JobFinished::job)
				.isEqualTo("scoped");
		}
	}

	@Test
	void aTransactionOutsideOfAsyncIsRefused() {
		assertRefused(
				(server) -> server.with(Asynchronous.class, AsyncJob.class)
					.context()
					.registerBean(BeanPostProcessor.class, TransactionsInFront::new),
				AsyncJob.class.getName()
						+ ".run() of bean 'adviceOrderTests.AsyncJob' has a transaction outside of @Async.");
	}

	@Test
	void aProxyThatIsFrozenIsRefused() {
		assertRefused(
				(server) -> server.with(Advice.class, Jobs.class)
					.context()
					.registerBean(DefaultAdvisorAutoProxyCreator.class, () -> creator("frozen")),
				"is behind a proxy that is frozen");
	}

	/**
	 * It looks like the proxy inside of it, which has the lock.
	 */
	@Test
	void aJobBehindAProxyThatIsOpaqueIsLocked() {
		TestServer server = new TestServer("server-1").firedByHand().with(Advice.class, Jobs.class);
		server.context().registerBean(DefaultAdvisorAutoProxyCreator.class, () -> creator("opaque"));
		try (server) {
			server.start();
			server.scheduler().fire("plain");
			assertThat(steps).last().isEqualTo("method, run: true");
			assertThat(server.events(JobFinished.class)).singleElement()
				.extracting(JobFinished::trigger)
				.isEqualTo(Trigger.SCHEDULE);
		}
	}

	private static void assertRefused(Consumer<TestServer> change, String text) {
		TestServer server = new TestServer("server-1").firedByHand();
		change.accept(server);
		try (server) {
			assertThatThrownBy(server::start).isInstanceOf(BeanCreationException.class)
				.rootCause()
				.isInstanceOf(InvalidJobException.class)
				.hasMessageContaining(text);
		}
	}

	private static DefaultAdvisorAutoProxyCreator creator(String what) {
		DefaultAdvisorAutoProxyCreator creator = new DefaultAdvisorAutoProxyCreator();
		creator.setProxyTargetClass(true);
		creator.setFrozen(what.equals("frozen"));
		creator.setOpaque(what.equals("opaque"));
		return creator;
	}

	private static int locks(Object bean) {
		int locks = 0;
		for (Object next = bean; next instanceof Advised proxy; next = AopProxyUtils.getSingletonTarget(proxy)) {
			for (Advisor advisor : proxy.getAdvisors()) {
				locks += (advisor.getAdvice() instanceof JobLock) ? 1 : 0;
				assertThat(advisor.getAdvice()).isNotInstanceOf(DistributedScheduledInterceptor.class);
			}
		}
		return locks;
	}

	private static void step(String step) {
		boolean run;
		try {
			JobRun.current().assertLockHeld();
			run = true;
		}
		catch (IllegalStateException ex) {
			run = false;
		}
		steps.add(step + ", run: " + run);
	}

	enum Creator {

		ALL_ADVISORS(AllAdvisors.class), BY_NAME(ByName.class), BY_NAME_FIRST(ByNameFirst.class), ALL(All.class);

		private final Class<?> type;

		Creator(Class<?> type) {
			this.type = type;
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class AllAdvisors {

		@Bean
		static DefaultAdvisorAutoProxyCreator anotherCreator() {
			return creator("");
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class ByName {

		@Bean
		static BeanNameAutoProxyCreator byName() {
			BeanNameAutoProxyCreator creator = new BeanNameAutoProxyCreator();
			creator.setProxyTargetClass(true);
			creator.setBeanNames("adviceOrderTests.*");
			creator.setInterceptorNames("passing");
			return creator;
		}

		@Bean
		static MethodInterceptor passing() {
			return (invocation) -> {
				step("passing");
				return invocation.proceed();
			};
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class ByNameFirst extends ByName {

		@Bean
		static BeanNameAutoProxyCreator byNameFirst() {
			BeanNameAutoProxyCreator creator = byName();
			creator.setOrder(Ordered.HIGHEST_PRECEDENCE);
			return creator;
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class All extends ByNameFirst {

		@Bean
		static DefaultAdvisorAutoProxyCreator anotherCreator() {
			return creator("");
		}

		@Bean
		static DefaultAdvisorAutoProxyCreator yetAnotherCreator() {
			return creator("");
		}

	}

	/**
	 * Advice in front of the lock, and behind it.
	 */
	@Configuration(proxyBeanMethods = false)
	static class Advice {

		@Bean
		@Role(BeanDefinition.ROLE_INFRASTRUCTURE)
		static Advisor flag() {
			return advisor("flag", Ordered.HIGHEST_PRECEDENCE + 1);
		}

		@Bean
		@Role(BeanDefinition.ROLE_INFRASTRUCTURE)
		static Advisor advice() {
			return advisor("advice", Ordered.LOWEST_PRECEDENCE);
		}

		private static Advisor advisor(String name, int order) {
			NameMatchMethodPointcut pointcut = new NameMatchMethodPointcut();
			pointcut.setMappedNames("plain", "transactional");
			DefaultPointcutAdvisor advisor = new DefaultPointcutAdvisor(pointcut, (MethodInterceptor) (invocation) -> {
				step(name);
				return invocation.proceed();
			});
			advisor.setOrder(order);
			return advisor;
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableTransactionManagement(order = 0)
	static class Transactions {

		@Bean
		static TransactionOrderTests.Recorder transactionManager() {
			return new Steps();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableTransactionManagement(order = Ordered.HIGHEST_PRECEDENCE)
	static class TransactionsFirst {

		@Bean
		static TransactionOrderTests.Recorder transactionManager() {
			return new Steps();
		}

	}

	static class Steps extends TransactionOrderTests.Recorder {

		private static final long serialVersionUID = 1L;

		@Override
		void record(String step) {
			step(step);
		}

	}

	static class Jobs {

		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled
		public void plain() {
			step("method");
		}

		@Transactional
		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled
		public void transactional() {
			step("method");
		}

	}

	static class BehindInterface implements Runnable {

		@Override
		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled
		public void run() {
			step("method");
		}

	}

	@Scope(scopeName = "prototype", proxyMode = ScopedProxyMode.TARGET_CLASS)
	static class ByClass implements Runnable {

		@Override
		@DistributedScheduled("scoped")
		public void run() {
			step("method");
		}

	}

	@Scope(scopeName = "prototype", proxyMode = ScopedProxyMode.INTERFACES)
	static class ByInterface implements Runnable {

		@Override
		@DistributedScheduled("scoped")
		public void run() {
			step("method");
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAsync
	static class Asynchronous {

	}

	static class AsyncJob {

		@Async
		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled
		void run() {
			step("method");
		}

	}

	/**
	 * Puts a transaction in front of all that is there.
	 */
	static class TransactionsInFront implements BeanPostProcessor, Ordered {

		@Override
		public int getOrder() {
			return Ordered.LOWEST_PRECEDENCE;
		}

		@Override
		public Object postProcessAfterInitialization(Object bean, String beanName) {
			if (bean instanceof AsyncJob) {
				((Advised) bean).addAdvisor(0, new DefaultPointcutAdvisor(new TransactionInterceptor()));
			}
			return bean;
		}

	}

}
