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
package io.github.lockstarter.test;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

import org.jspecify.annotations.Nullable;

import org.springframework.aop.config.AopConfigUtils;
import org.springframework.aop.framework.Advised;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.context.ApplicationEvent;
import org.springframework.context.PayloadApplicationEvent;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.core.env.MapPropertySource;
import org.springframework.util.Assert;
import org.springframework.util.ClassUtils;
import org.springframework.util.StringUtils;

import io.github.lockstarter.InvalidJobException;
import io.github.lockstarter.JobEvent;
import io.github.lockstarter.JobFinished;
import io.github.lockstarter.JobResult;
import io.github.lockstarter.JobSkipped;
import io.github.lockstarter.RedisUnavailablePolicy;
import io.github.lockstarter.SkipReason;
import io.github.lockstarter.run.DistributedSchedulingConfiguration;
import io.github.lockstarter.run.RunSettings;

/**
 * Runs the jobs of one object in a test, with no Redis and no application context: as the
 * server that wins, as one that is refused, or as one that loses its lock. For use by one
 * thread, but for {@link #loseLock()}.
 *
 * <pre class="code">
 * try (JobTester&lt;InvoiceJob&gt; tester = JobTester.of(new InvoiceJob(invoices))) {
 *     tester.refuse(SkipReason.STILL_RUNNING);
 *     tester.run(InvoiceJob::send);
 *     assertThat(invoices.sent()).isEmpty();
 * }
 * </pre>
 *
 * <p>
 * The object is proxied as Spring would do it. Nothing else of Spring is there: nothing
 * is injected into the object, no method is fired by its schedule, and other annotations,
 * such as {@code @Transactional}, are not looked at.
 *
 * @param <T> the class of the object
 * @since 0.1.0
 * @see TestLocks
 */
public final class JobTester<T> implements AutoCloseable {

	private static final String SERVER = "test-server";

	private final AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext();

	private final List<JobEvent> events = new CopyOnWriteArrayList<>();

	private final TestLocks locks;

	private final T bean;

	private @Nullable Instant tick;

	/** Time does not go back. */
	private Instant latest = Instant.MIN;

	private JobTester(T target, String... properties) {
		try {
			this.locks = refresh(properties);
			this.bean = proxy(target);
		}
		catch (RuntimeException ex) {
			this.context.close();
			throw ex;
		}
	}

	/**
	 * Create a tester.
	 * @param <T> the class of the object
	 * @param bean the object whose methods are jobs; a mock is none
	 * @param properties what its annotations resolve, such as {@code "invoices.lease=5m"}
	 * @return the tester, to be closed
	 * @throws InvalidJobException if an application with this object would not start
	 * @throws IllegalArgumentException if the object has no job
	 */
	public static <T> JobTester<T> of(T bean, String... properties) {
		return new JobTester<>(bean, properties);
	}

	private TestLocks refresh(String... properties) {
		this.context.getEnvironment()
			.getPropertySources()
			.addFirst(new MapPropertySource("tester", TestProperties.of(properties)));
		// Nobody asks again in a test: what cannot be asked for is skipped at once
		this.context.registerBean(RunSettings.class,
				() -> new RunSettings("test", SERVER, Duration.ofSeconds(60), Duration.ZERO, Duration.ZERO,
						RedisUnavailablePolicy.RETRY, Duration.ofNanos(-1), false),
				(definition) -> definition.setLazyInit(true));
		this.context.register(TestLocks.class, DistributedSchedulingConfiguration.class);
		AopConfigUtils.registerAutoProxyCreatorIfNecessary(this.context);
		AopConfigUtils.forceAutoProxyCreatorToUseClassProxying(this.context);
		this.context.addApplicationListener((ApplicationEvent event) -> {
			if (event instanceof PayloadApplicationEvent<?> payload && payload.getPayload() instanceof JobEvent job) {
				this.events.add(job);
			}
		});
		this.context.refresh();
		return this.context.getBean(TestLocks.class);
	}

	/**
	 * Proxy an object that the test has made. Its callbacks, such as those of
	 * {@code InitializingBean}, are the business of the test.
	 */
	@SuppressWarnings("unchecked")
	private T proxy(T target) {
		Class<?> type = target.getClass();
		String beanName = StringUtils.uncapitalizeAsProperty(ClassUtils.getShortName(type));
		Object proxy = target;
		for (BeanPostProcessor processor : this.context.getDefaultListableBeanFactory().getBeanPostProcessors()) {
			Object processed = processor.postProcessAfterInitialization(proxy, beanName);
			proxy = (processed != null) ? processed : proxy;
		}
		Assert.isTrue(proxy instanceof Advised,
				() -> type.getName() + " has no method with @DistributedScheduled, so there is nothing to test");
		return (T) proxy;
	}

	/**
	 * Return the object behind its proxy. What is called on it is asked for like a job of
	 * an application: use this where {@link #run} and {@link #call} do not fit, such as
	 * for a method that returns a publisher.
	 * @return the proxy
	 */
	public T bean() {
		return this.bean;
	}

	/**
	 * Let what is run from now on belong to a tick of the schedule, and let it be that
	 * time for the locks, unless it is later already. A tick that was run is not run once
	 * more, and neither is an older one. Without this the job is called by hand, now.
	 * @param tick the nominal fire time, cut to milliseconds
	 * @return this tester
	 */
	public JobTester<T> at(Instant tick) {
		this.tick = tick.truncatedTo(ChronoUnit.MILLIS);
		this.latest = this.tick.isAfter(this.latest) ? this.tick : this.latest;
		this.locks.at(this.latest);
		return this;
	}

	/**
	 * Refuse the lock from now on, as if another server had the tick or Redis could not
	 * be asked.
	 * @param reason why; all but {@link SkipReason#DRAINING} and
	 * {@link SkipReason#IN_TRANSACTION}, which no lock says
	 * @return this tester
	 * @throws IllegalArgumentException if the reason is one of these two
	 */
	public JobTester<T> refuse(SkipReason reason) {
		if (reason == SkipReason.CLOSING) {
			this.context.stop();
			return this;
		}
		grant();
		this.locks.refuse(reason);
		return this;
	}

	/**
	 * Grant the lock from now on, by the rules. That is so until it is refused.
	 * @return this tester
	 */
	public JobTester<T> grant() {
		this.locks.grant();
		if (!this.context.isRunning()) {
			this.context.start();
		}
		return this;
	}

	/**
	 * Lose the lock of the job that runs now. Call it from something that the job calls,
	 * or from another thread. When it returns, the run has been told: its lock is not
	 * held, and if its policy is {@code INTERRUPT}, its thread is interrupted.
	 * @throws IllegalStateException if no job holds a lock
	 */
	public void loseLock() {
		this.locks.lose();
	}

	/**
	 * Run a job that returns nothing, or nothing that matters.
	 * @param job the job, such as {@code InvoiceJob::send}
	 * @return what came of it
	 * @throws Exception what the job threw, unchanged
	 * @throws IllegalStateException if the method is no job
	 */
	public JobResult<@Nullable Void> run(Work<? super T> job) throws Exception {
		return ask(() -> {
			job.run(this.bean);
			return null;
		});
	}

	/**
	 * Run a job that returns a value.
	 * @param <R> the type of the value
	 * @param job the job, such as {@code InvoiceJob::count}
	 * @return what came of it
	 * @throws Exception what the job threw, unchanged
	 * @throws IllegalStateException if the method is no job
	 */
	public <R extends @Nullable Object> JobResult<R> call(Call<? super T, R> job) throws Exception {
		return ask(() -> job.call(this.bean));
	}

	private <R extends @Nullable Object> JobResult<R> ask(TickedCall.Body<R> body) throws Exception {
		int before = this.events.size();
		R value = TickedCall.at(this.tick, body);
		// Other threads publish, too
		List<JobEvent> all = events();
		List<JobEvent> since = all.subList(before, all.size());
		for (int i = since.size() - 1; i >= 0; i--) {
			if (since.get(i) instanceof JobFinished finished) {
				return new JobResult.Ran<>(value, finished.outcome(), finished.token());
			}
			if (since.get(i) instanceof JobSkipped skipped) {
				return new JobResult.Skipped<>(skipped.reason(), skipped.holder(), skipped.since(), skipped.detail());
			}
		}
		throw new IllegalStateException("What was called has asked for no lock. Is its method annotated with "
				+ "@DistributedScheduled? One that returns a publisher asks when it is subscribed to: use bean().");
	}

	/**
	 * Return what was published so far.
	 * @return the events, oldest first
	 */
	public List<JobEvent> events() {
		return List.copyOf(this.events);
	}

	/**
	 * Return the events of one kind that were published so far.
	 * @param <E> the kind
	 * @param type the kind
	 * @return the events, oldest first
	 */
	public <E extends JobEvent> List<E> events(Class<E> type) {
		return this.events.stream().filter(type::isInstance).map(type::cast).toList();
	}

	@Override
	public void close() {
		this.context.close();
	}

	/**
	 * A method of a job that returns nothing.
	 *
	 * @param <T> the class of the job
	 */
	@FunctionalInterface
	public interface Work<T> {

		/**
		 * Call the method.
		 * @param bean what to call it on
		 * @throws Exception what the method throws
		 */
		void run(T bean) throws Exception;

	}

	/**
	 * A method of a job that returns a value.
	 *
	 * @param <T> the class of the job
	 * @param <R> the type of the value
	 */
	@FunctionalInterface
	public interface Call<T, R extends @Nullable Object> {

		/**
		 * Call the method.
		 * @param bean what to call it on
		 * @return the value
		 * @throws Exception what the method throws
		 */
		R call(T bean) throws Exception;

	}

}
