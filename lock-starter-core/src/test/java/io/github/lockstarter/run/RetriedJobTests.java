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

import org.aopalliance.intercept.MethodInvocation;
import org.junit.jupiter.api.Test;

import org.springframework.aop.Advisor;
import org.springframework.aop.ProxyMethodInvocation;
import org.springframework.aop.framework.Advised;
import org.springframework.aop.support.DefaultPointcutAdvisor;
import org.springframework.aop.support.annotation.AnnotationMatchingPointcut;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Role;
import org.springframework.core.Ordered;
import org.springframework.retry.annotation.Retryable;
import org.springframework.retry.interceptor.RetryInterceptorBuilder;
import org.springframework.retry.interceptor.RetryOperationsInterceptor;
import org.springframework.scheduling.annotation.Scheduled;

import io.github.lockstarter.DistributedScheduled;
import io.github.lockstarter.JobFinished;
import io.github.lockstarter.JobRun;
import io.github.lockstarter.JobStarted;
import io.github.lockstarter.LockLostException;
import io.github.lockstarter.LockLostPolicy;
import io.github.lockstarter.RunOutcome;
import io.github.lockstarter.fixture.RedisServer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/**
 * One tick is one run, however many attempts it takes.
 */
class RetriedJobTests {

	@Test
	void allAttemptsOfSpringRetryAreOneRun() {
		try (TestServer server = TestServer.running(WithSpringRetry.class, SecondAttemptSucceeds.class)) {
			server.scheduler().fire("run");
			assertThat(server.events(JobStarted.class)).hasSize(1);
			assertThat(server.events(JobFinished.class)).singleElement().satisfies((finished) -> {
				assertThat(finished.outcome()).isEqualTo(RunOutcome.SUCCEEDED);
				assertThat(server.target(SecondAttemptSucceeds.class).tokens).containsExactly(finished.token(),
						finished.token());
			});
		}
	}

	/**
	 * As the post-processor of Spring 7 does, which puts its advice in front of all that
	 * is there. The test on Spring 7 itself is in the sample.
	 */
	@Test
	void theLockIsTakenOutsideOfARetryInFrontOfIt() {
		try (TestServer server = TestServer.running(InFront.class, SecondAttemptSucceeds.class)) {
			server.scheduler().fire("run");
			assertThat(server.events(JobFinished.class)).singleElement().satisfies((finished) -> {
				assertThat(finished.outcome()).isEqualTo(RunOutcome.SUCCEEDED);
				assertThat(server.target(SecondAttemptSucceeds.class).tokens).containsExactly(finished.token(),
						finished.token());
			});
		}
	}

	@Test
	void noAttemptBeginsAfterTheLockIsLost() {
		try (TestServer server = new TestServer("one").firedByHand()
			.onRedis()
			.with(InFront.class, LosesItsLock.class)
			.start()) {
			assertThatExceptionOfType(LockLostException.class).isThrownBy(() -> server.scheduler().fire("run"));
			assertThat(server.target(LosesItsLock.class).attempts).hasSize(1);
			assertThat(server.events(JobFinished.class)).singleElement()
				.extracting(JobFinished::outcome)
				.isEqualTo(RunOutcome.LOCK_LOST);
		}
	}

	/**
	 * What {@code @EnableRetry} makes, without the AspectJ that this asks for.
	 */
	@Configuration(proxyBeanMethods = false)
	static class WithSpringRetry {

		@Bean
		@Role(BeanDefinition.ROLE_INFRASTRUCTURE)
		static Advisor retries() {
			return new DefaultPointcutAdvisor(AnnotationMatchingPointcut.forMethodAnnotation(Retryable.class),
					RetryInterceptorBuilder.stateless().maxAttempts(2).backOffOptions(1, 1, 1).build());
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class InFront {

		@Bean
		static BeanPostProcessor retries() {
			return new RetriesInFront();
		}

	}

	static class RetriesInFront implements BeanPostProcessor, Ordered {

		@Override
		public int getOrder() {
			return Ordered.LOWEST_PRECEDENCE;
		}

		@Override
		public Object postProcessAfterInitialization(Object bean, String beanName) {
			if (bean instanceof Advised proxy) {
				proxy.addAdvisor(0, new DefaultPointcutAdvisor(new TwoAttempts()));
			}
			return bean;
		}

	}

	/**
	 * Looks like advice of Spring to whoever looks for that.
	 */
	static class TwoAttempts extends RetryOperationsInterceptor {

		@Override
		public Object invoke(MethodInvocation invocation) throws Throwable {
			try {
				return ((ProxyMethodInvocation) invocation).invocableClone().proceed();
			}
			catch (Exception ex) {
				return invocation.proceed();
			}
		}

	}

	static class SecondAttemptSucceeds {

		final List<Long> tokens = new CopyOnWriteArrayList<>();

		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled("second-attempt")
		@Retryable(maxAttempts = 2)
		void run() {
			this.tokens.add(JobRun.current().token());
			if (this.tokens.size() == 1) {
				throw new IllegalStateException("not yet");
			}
		}

	}

	static class LosesItsLock {

		final List<Long> attempts = new CopyOnWriteArrayList<>();

		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled(name = "loses-its-lock", lease = "3s", onLockLost = LockLostPolicy.CONTINUE)
		void run() {
			this.attempts.add(JobRun.current().token());
			RedisServer.shared().cli("DEL", TestServer.lockKey("loses-its-lock"));
			JobRun run = JobRun.current();
			await().until(() -> !run.isLockHeld());
			throw new IllegalStateException("not yet");
		}

	}

}
