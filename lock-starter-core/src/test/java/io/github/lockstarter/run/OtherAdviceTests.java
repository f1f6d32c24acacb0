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
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

import org.aopalliance.intercept.MethodInterceptor;
import org.aopalliance.intercept.MethodInvocation;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;

import org.springframework.aop.Advisor;
import org.springframework.aop.ProxyMethodInvocation;
import org.springframework.aop.config.AopConfigUtils;
import org.springframework.aop.support.AopUtils;
import org.springframework.aop.support.DefaultPointcutAdvisor;
import org.springframework.aop.support.annotation.AnnotationMatchingPointcut;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Role;
import org.springframework.core.Ordered;
import org.springframework.scheduling.annotation.Scheduled;

import io.github.lockstarter.DistributedScheduled;
import io.github.lockstarter.JobFinished;
import io.github.lockstarter.JobRun;
import io.github.lockstarter.JobSkipped;
import io.github.lockstarter.JobStarted;
import io.github.lockstarter.RunOutcome;
import io.github.lockstarter.SkipReason;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

/**
 * Whatever other advice does with a call, the method of a job is reached under its lock
 * only, and once per tick.
 */
@Timeout(60)
class OtherAdviceTests {

	/** What the method has found, at each call of it. */
	private static final List<String> calls = new CopyOnWriteArrayList<>();

	private static volatile MethodInterceptor outside;

	private static volatile MethodInterceptor inside;

	private static volatile Callable<?> body;

	private final String job = "other-advice-" + UUID.randomUUID();

	private final ExecutorService elsewhere = Executors.newSingleThreadExecutor();

	@BeforeEach
	void nothingSpecial() {
		calls.clear();
		outside = MethodInvocation::proceed;
		inside = MethodInvocation::proceed;
		body = () -> null;
	}

	@AfterEach
	void close() {
		this.elsewhere.shutdownNow();
	}

	@ParameterizedTest
	@CsvSource({ "RAW, true", "RAW, false", "CLONE, true", "CLONE, false" })
	void aSecondProceedAfterARefusalRunsNothing(Proceeding how, boolean proxyTargetClass) {
		AtomicInteger refused = new AtomicInteger();
		outside = (invocation) -> {
			Object result = how.proceed(invocation);
			return (result != null) ? result : catching(how, invocation, refused);
		};
		body = () -> "done";
		try (TestServer one = server("one", proxyTargetClass); TestServer two = server("two", proxyTargetClass)) {
			assertThat(AopUtils.isJdkDynamicProxy(two.bean(Task.class))).isNotEqualTo(proxyTargetClass);
			one.scheduler().fire("run");
			two.scheduler().fire("run");
			assertThat(two.events(JobSkipped.class)).extracting(JobSkipped::reason)
				.containsExactly(SkipReason.ALREADY_RAN);
			assertThat(one.events(JobFinished.class)).hasSize(1);
		}
		assertThat(calls).hasSize(1).doesNotContain("no run on this thread");
		assertThat(refused).hasValue((how == Proceeding.RAW) ? 1 : 0);
	}

	/**
	 * Each proceed of the same invocation goes on one step behind the last one, and at
	 * last to the method itself.
	 */
	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void noNumberOfProceedsReachesTheMethodWithoutTheLock(boolean proxyTargetClass) throws Exception {
		AtomicInteger refused = new AtomicInteger();
		outside = (invocation) -> {
			for (int i = 0; i < 10; i++) {
				catching(Proceeding.RAW, invocation, refused);
			}
			return null;
		};
		try (TestServer one = server("one", proxyTargetClass); TestServer two = server("two", proxyTargetClass)) {
			one.scheduler().fire("run");
			two.scheduler().fire("run");
			two.bean(Task.class).run();
		}
		assertThat(calls).containsExactly("SCHEDULE", "MANUAL");
		assertThat(refused).hasValue(27);
	}

	@ParameterizedTest
	@EnumSource(Proceeding.class)
	void aSecondProceedAfterARunRunsNothing(Proceeding how) {
		AtomicInteger refused = new AtomicInteger();
		outside = (invocation) -> {
			how.proceed(invocation);
			return catching(how, invocation, refused);
		};
		try (TestServer server = server("one", true)) {
			server.scheduler().fire("run");
			assertThat(calls).containsExactly("SCHEDULE");
			assertThat(refused).hasValue((how == Proceeding.RAW) ? 1 : 0);
			assertThat(server.events(JobStarted.class)).hasSize(1);
		}
	}

	@Test
	void aCloneThatIsMadeAfterTheLockWasPassedRunsNothing() {
		AtomicInteger refused = new AtomicInteger();
		outside = (invocation) -> {
			invocation.proceed();
			MethodInvocation clone = ((ProxyMethodInvocation) invocation).invocableClone();
			for (int i = 0; i < 4; i++) {
				catching(Proceeding.RAW, clone, refused);
			}
			return null;
		};
		try (TestServer server = server("one", true)) {
			server.scheduler().fire("run");
			assertThat(calls).containsExactly("SCHEDULE");
			assertThat(refused).hasValue(4);
		}
	}

	@ParameterizedTest
	@EnumSource(Proceeding.class)
	void aCallThatIsProceededOnlyLaterOnAnotherThreadIsLocked(Proceeding how) throws Exception {
		outside = (invocation) -> {
			this.elsewhere.submit(() -> how.call(invocation));
			return null;
		};
		try (TestServer server = server("one", true)) {
			server.scheduler().fire("run");
			JobFinished finished = server.await(JobFinished.class);
			assertThat(finished.trigger()).isEqualTo(JobRun.Trigger.SCHEDULE);
			assertThat(calls).containsExactly("SCHEDULE");
		}
	}

	/**
	 * The lock is held, but not for this call.
	 */
	@ParameterizedTest
	@CsvSource({ "RAW, true", "RAW, false", "CLONE, true", "CLONE, false" })
	void aSecondProceedBesideARunThatIsGoingOnRunsNothing(Proceeding how, boolean byHand) throws Exception {
		CountDownLatch running = new CountDownLatch(1);
		CountDownLatch end = new CountDownLatch(1);
		body = () -> {
			running.countDown();
			end.await();
			return null;
		};
		AtomicInteger refused = new AtomicInteger();
		outside = (invocation) -> {
			Future<?> first = this.elsewhere.submit(() -> how.call(invocation));
			running.await();
			for (int i = 0; i < 4; i++) {
				catching(how, invocation, refused);
			}
			end.countDown();
			return first.get();
		};
		try (TestServer server = server("one", true)) {
			if (byHand) {
				server.bean(Task.class).run();
			}
			else {
				server.scheduler().fire("run");
			}
			assertThat(calls).containsExactly(byHand ? "MANUAL" : "SCHEDULE");
			assertThat(refused).hasValue((how == Proceeding.RAW) ? 4 : 0);
		}
	}

	/**
	 * A skip would look like a success.
	 */
	@Test
	void aRetryOfYourOwnInFrontOfTheLockFailsForATick() {
		outside = OtherAdviceTests::twoAttempts;
		body = () -> {
			throw new IllegalArgumentException("attempt " + calls.size());
		};
		try (TestServer server = server("one", true)) {
			assertThatIllegalStateException().isThrownBy(() -> server.scheduler().fire("run"))
				.withMessageContaining(Job.class.getName() + ".run() of bean 'otherAdviceTests.Job'")
				.withMessageContaining("@Retryable")
				.withCause(new IllegalArgumentException("attempt 1"));
			assertThat(calls).containsExactly("SCHEDULE");
			assertThat(server.events(JobFinished.class)).singleElement()
				.extracting(JobFinished::outcome)
				.isEqualTo(RunOutcome.FAILED);
		}
	}

	@Test
	void aRetryOfYourOwnInFrontOfTheLockMakesTwoRunsOfACallByHand() throws Exception {
		outside = OtherAdviceTests::twoAttempts;
		body = () -> {
			if (calls.size() == 1) {
				throw new IllegalArgumentException("attempt 1");
			}
			return "done";
		};
		try (TestServer server = server("one", true)) {
			assertThat(server.bean(Task.class).run()).isEqualTo("done");
			assertThat(calls).containsExactly("MANUAL", "MANUAL");
			assertThat(server.events(JobFinished.class)).extracting(JobFinished::outcome)
				.containsExactly(RunOutcome.FAILED, RunOutcome.SUCCEEDED);
			assertThat(server.events(JobFinished.class)).extracting(JobFinished::token).doesNotHaveDuplicates();
		}
	}

	@ParameterizedTest
	@EnumSource(Proceeding.class)
	void advicesBehindTheLockMayProceedTwice(Proceeding how) {
		inside = (invocation) -> {
			if (how == Proceeding.CLONE) {
				how.proceed(invocation);
			}
			return how.proceed(invocation);
		};
		try (TestServer server = server("one", true)) {
			server.scheduler().fire("run");
			assertThat(calls).containsExactlyElementsOf(
					(how == Proceeding.CLONE) ? List.of("SCHEDULE", "SCHEDULE") : List.of("SCHEDULE"));
			assertThat(server.events(JobStarted.class)).hasSize(1);
		}
	}

	@Test
	void adviceBehindTheLockThatProceedsAfterItsEndRunsNothing() {
		CountDownLatch ended = new CountDownLatch(1);
		CopyOnWriteArrayList<Future<?>> late = new CopyOnWriteArrayList<>();
		inside = (invocation) -> {
			late.add(this.elsewhere.submit(() -> {
				ended.await();
				return Proceeding.RAW.call(invocation);
			}));
			return null;
		};
		try (TestServer server = server("one", true)) {
			server.scheduler().fire("run");
			ended.countDown();
			assertThatExceptionOfType(ExecutionException.class).isThrownBy(late.get(0)::get)
				.withCauseInstanceOf(IllegalStateException.class)
				.withMessageContaining("is over");
			assertThat(calls).isEmpty();
		}
	}

	/**
	 * As a time limit does that gives up waiting.
	 */
	@Test
	void theLockIsKeptUntilTheMethodReturnsWhereverAdviceBehindItHasPutIt() throws Exception {
		CountDownLatch running = new CountDownLatch(1);
		CountDownLatch end = new CountDownLatch(1);
		body = () -> {
			running.countDown();
			end.await();
			calls.add("locked: " + TestServer.isLocked(this.job));
			return null;
		};
		inside = (invocation) -> {
			this.elsewhere.submit(() -> Proceeding.RAW.call(invocation));
			running.await();
			return null;
		};
		ExecutorService scheduler = Executors.newSingleThreadExecutor();
		try (TestServer server = server("one", true)) {
			Future<?> fire = scheduler.submit(() -> server.scheduler().fire("run"));
			running.await();
			Thread thread = waiting(server);
			assertThat(thread).as("waits for the method").isNotNull();
			assertThat(server.events(JobFinished.class)).isEmpty();
			end.countDown();
			fire.get();
			assertThat(server.events(JobFinished.class)).hasSize(1);
			assertThat(calls).containsExactly("no run on this thread", "locked: true");
		}
		finally {
			scheduler.shutdownNow();
		}
	}

	private static Thread waiting(TestServer server) {
		return await().until(() -> Thread.getAllStackTraces()
			.entrySet()
			.stream()
			.filter((entry) -> List.of(entry.getValue())
				.stream()
				.anyMatch((frame) -> frame.getMethodName().equals("awaitMethod")))
			.map(Map.Entry::getKey)
			.findAny()
			.orElse(null), (thread) -> thread != null);
	}

	@Test
	void aPublisherThatIsMadeInASecondProceedIsLockedOrNotMade() {
		try (TestServer server = TestServer.running(Around.class, Reactive.class)) {
			outside = (invocation) -> {
				Proceeding.CLONE.proceed(invocation);
				return Proceeding.CLONE.proceed(invocation);
			};
			server.bean(Reactive.class).run().block();
			assertThat(server.await(JobFinished.class).outcome()).isEqualTo(RunOutcome.SUCCEEDED);
			outside = (invocation) -> {
				invocation.proceed();
				return invocation.proceed();
			};
			assertThatIllegalStateException().isThrownBy(() -> server.bean(Reactive.class).run())
				.withMessageContaining("no lock");
			assertThat(calls).containsExactly("MANUAL");
		}
	}

	private static Object twoAttempts(MethodInvocation invocation) throws Throwable {
		try {
			return Proceeding.CLONE.proceed(invocation);
		}
		catch (Exception ex) {
			return Proceeding.CLONE.proceed(invocation);
		}
	}

	private static Object catching(Proceeding how, MethodInvocation invocation, AtomicInteger refused)
			throws Throwable {
		try {
			return how.proceed(invocation);
		}
		catch (IllegalStateException ex) {
			assertThat(ex).hasMessageContaining("no lock");
			refused.incrementAndGet();
			return null;
		}
	}

	private TestServer server(String id, boolean proxyTargetClass) {
		TestServer server = new TestServer(id).firedByHand()
			.onRedis()
			.property("job", this.job)
			.with(Around.class, Job.class);
		if (proxyTargetClass) {
			AopConfigUtils.registerAutoProxyCreatorIfNecessary(server.context());
			AopConfigUtils.forceAutoProxyCreatorToUseClassProxying(server.context());
		}
		return server.start();
	}

	private static Object called() throws Exception {
		String found;
		try {
			JobRun run = JobRun.current();
			run.assertLockHeld();
			found = run.trigger().name();
		}
		catch (IllegalStateException ex) {
			found = "no run on this thread";
		}
		calls.add(found);
		return body.call();
	}

	enum Proceeding {

		RAW {

			@Override
			Object proceed(MethodInvocation invocation) throws Throwable {
				return invocation.proceed();
			}

		},

		CLONE {

			@Override
			Object proceed(MethodInvocation invocation) throws Throwable {
				return ((ProxyMethodInvocation) invocation).invocableClone().proceed();
			}

		};

		abstract Object proceed(MethodInvocation invocation) throws Throwable;

		Object call(MethodInvocation invocation) throws Exception {
			try {
				return proceed(invocation);
			}
			catch (Exception | Error ex) {
				throw ex;
			}
			catch (Throwable ex) {
				throw new IllegalStateException(ex);
			}
		}

	}

	/**
	 * Advice on both sides of the lock.
	 */
	@Configuration(proxyBeanMethods = false)
	static class Around {

		@Bean
		@Role(BeanDefinition.ROLE_INFRASTRUCTURE)
		static Advisor outside() {
			return advisor(Ordered.HIGHEST_PRECEDENCE, (invocation) -> outside.invoke(invocation));
		}

		@Bean
		@Role(BeanDefinition.ROLE_INFRASTRUCTURE)
		static Advisor inside() {
			return advisor(Ordered.LOWEST_PRECEDENCE, (invocation) -> inside.invoke(invocation));
		}

		private static Advisor advisor(int order, MethodInterceptor advice) {
			DefaultPointcutAdvisor advisor = new DefaultPointcutAdvisor(
					new AnnotationMatchingPointcut(null, DistributedScheduled.class, true), advice);
			advisor.setOrder(order);
			return advisor;
		}

	}

	interface Task {

		Object run() throws Exception;

	}

	static class Job implements Task {

		@Override
		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled("${job}")
		public Object run() throws Exception {
			return called();
		}

	}

	static class Reactive {

		@DistributedScheduled("other-advice-reactive")
		Mono<Object> run() {
			return Mono.fromCallable(OtherAdviceTests::called);
		}

	}

}
