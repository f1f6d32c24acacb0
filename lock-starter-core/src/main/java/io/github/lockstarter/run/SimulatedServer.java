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
import java.time.Duration;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

import io.micrometer.observation.ObservationRegistry;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.aop.support.AopUtils;
import org.springframework.core.ReactiveAdapter;
import org.springframework.core.ReactiveAdapterRegistry;
import org.springframework.scheduling.TaskScheduler;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.scheduling.annotation.ScheduledAnnotationBeanPostProcessor;
import org.springframework.scheduling.concurrent.ConcurrentTaskScheduler;
import org.springframework.scheduling.support.TaskUtils;
import org.springframework.util.ClassUtils;
import org.springframework.util.StringValueResolver;

import io.github.lockstarter.JobEvent;
import io.github.lockstarter.JobRun;
import io.github.lockstarter.internal.time.TimeSource;
import io.github.lockstarter.internal.time.VirtualExecutor;
import io.github.lockstarter.internal.time.VirtualMachine;
import io.github.lockstarter.lock.JobLocks;
import io.github.lockstarter.schedule.Fire;
import io.github.lockstarter.schedule.RepeatedHour;
import io.github.lockstarter.schedule.TaskTarget;
import io.github.lockstarter.schedule.TickScheduling;
import io.github.lockstarter.schedule.Timetable;

/**
 * A server on a {@link VirtualMachine}: all of a real one but its application context.
 * For tests of this library, and for those that simulate the jobs of users.
 *
 * @since 0.1.0
 */
public final class SimulatedServer {

	/** How long what runs may take to end. */
	private static final Duration PATIENCE = Duration.ofMinutes(1);

	private final VirtualMachine machine;

	private final VirtualExecutor executor;

	private final JobServer server;

	private final Jobs jobs = new Jobs();

	private final Declared declared;

	private final Body body;

	/** Who has subscribed to publishers. */
	private final Set<Disposable> subscriptions = new LinkedHashSet<>();

	/**
	 * Create a server whose jobs are in UTC and have no placeholders.
	 * @param machine where it runs
	 * @param settings what holds for all of its runs
	 * @param locks its locks
	 * @param threads how many threads its scheduler has
	 * @param type the class whose methods are its jobs
	 * @param body what they do
	 * @param events what is given its events
	 */
	public SimulatedServer(VirtualMachine machine, RunSettings settings, JobLocks locks, int threads, Class<?> type,
			Body body, Consumer<JobEvent> events) {
		this(machine, settings, locks, threads, new Declared(type, settings), body, events);
	}

	/**
	 * Create a server.
	 * @param machine where it runs
	 * @param settings what holds for all of its runs
	 * @param locks its locks
	 * @param threads how many threads its scheduler has
	 * @param declared where its jobs are declared
	 * @param body what they do
	 * @param events what is given its events
	 */
	public SimulatedServer(VirtualMachine machine, RunSettings settings, JobLocks locks, int threads, Declared declared,
			Body body, Consumer<JobEvent> events) {
		this.machine = machine;
		this.declared = declared;
		this.body = body;
		this.executor = new VirtualExecutor(machine, threads);
		this.server = new JobServer(this.jobs, () -> settings, () -> locks,
				new RunEvents((event) -> events.accept((JobEvent) event)),
				() -> new RunObservations(ObservationRegistry.NOOP, null), new Known(), this::find, machine);
		declared.jobs.forEach((method, job) -> this.jobs.add(job, this, declared.beanName, method));
	}

	/**
	 * Return what is known of the schedules of all jobs.
	 * @return one for each job, ordered by name
	 */
	public List<Planned> planned() {
		return this.jobs.all()
			.stream()
			.map((job) -> new Planned(job.name(), job.group(), job.timetable(), job.repeatedHour()))
			.toList();
	}

	/**
	 * Begin to schedule.
	 */
	public void start() {
		ConcurrentTaskScheduler spring = new ConcurrentTaskScheduler(this.executor);
		spring.setErrorHandler(SimulatedServer::failed);
		spring.setClock(this.machine.clock().withZone(this.declared.zone));
		TaskScheduler scheduler = this.server.scheduling().wrap(spring);
		this.declared.jobs.forEach((method, job) -> schedule(scheduler, method,
				task(new Jobs.Place(this.declared.beanName, method), job)));
		this.server.scheduling().open();
		this.server.recover(scheduler);
	}

	/**
	 * End as an application does that is told to: what runs may end. Waits for that, on
	 * the thread that calls.
	 * @throws InterruptedException if that is interrupted
	 */
	public void stop() throws InterruptedException {
		CompletableFuture<@Nullable Void> empty = new CompletableFuture<>();
		this.server.gate().close(() -> empty.complete(null));
		this.server.runner().closing();
		this.executor.shutdown();
		waitFor(this.executor.terminated());
		waitFor(empty);
		List.copyOf(this.subscriptions).forEach(Disposable::dispose);
		this.server.close();
	}

	private void waitFor(Future<?> end) throws InterruptedException {
		try {
			this.machine.await(end, PATIENCE);
		}
		catch (TimeoutException ex) {
			// As a process that is killed after that
		}
		catch (ExecutionException ex) {
			throw new IllegalStateException(ex);
		}
	}

	/**
	 * Take no more ticks, or take them again.
	 * @param draining whether to take none
	 */
	public void drain(boolean draining) {
		if (this.server.gate().drain(draining) && draining) {
			this.server.runner().draining();
		}
	}

	/**
	 * One after the other, so that chance is the same for a job whatever others there are
	 * after it.
	 */
	private void schedule(TaskScheduler scheduler, Method method, Runnable task) {
		Annotations annotations = new Annotations();
		annotations.setEmbeddedValueResolver(this.declared.resolver);
		annotations.setScheduler(scheduler);
		annotations.schedule(method, task);
		annotations.afterSingletonsInstantiated();
	}

	/**
	 * What ends with its machine has not failed.
	 */
	private static void failed(Throwable failure) {
		if (failure instanceof Error error) {
			throw error;
		}
		TaskUtils.LOG_AND_SUPPRESS_ERROR_HANDLER.handleError(failure);
	}

	/**
	 * As in an application, a publisher is subscribed to by its schedule only.
	 */
	private PastTicks.@Nullable Call find(Jobs.Place place) {
		Job job = this.jobs.find(place.beanName(), place.method());
		return (job != null && !ReactiveCall.isReactive(place.method())) ? new PastTicks.Call(new Task(job), null)
				: null;
	}

	private Runnable task(Jobs.Place place, Job job) {
		return ReactiveCall.isReactive(place.method()) ? new Subscribing(place.method(), locked(place, job))
				: new Task(job);
	}

	/**
	 * Return what a method returns to those that call it through its proxy.
	 */
	private Publisher<?> locked(Jobs.Place place, Job job) {
		Mono<Object> work = Mono.defer(() -> work(JobRun.current()));
		ReactiveAdapter adapter = ReactiveAdapterRegistry.getSharedInstance()
			.getAdapter(place.method().getReturnType());
		ReactiveCall.Origin origin = new ReactiveCall.Origin(place.method(), new FireAddress(this.jobs, place), this);
		try {
			Object result = new ReactiveCall(this.server::runner).call(job, origin,
					() -> (adapter != null) ? adapter.fromPublisher(work) : work);
			return (adapter != null) ? adapter.toPublisher(result) : (Publisher<?>) result;
		}
		catch (Throwable ex) {
			throw new IllegalStateException(ex);
		}
	}

	/**
	 * Return what does the work of a run on another thread, which is interrupted when it
	 * is cancelled.
	 */
	private Mono<Object> work(JobRun run) {
		return Mono.create((sink) -> this.machine.execute(() -> {
			Thread thread = Thread.currentThread();
			// At once, if it is cancelled already
			sink.onCancel(() -> this.machine.interrupt(thread));
			try {
				if (!thread.isInterrupted()) {
					this.body.run(run);
					sink.success(run);
				}
			}
			catch (InterruptedException ex) {
				// It was cancelled, so nobody wants to know
			}
			catch (RuntimeException ex) {
				sink.error(ex);
			}
			finally {
				Thread.interrupted();
			}
		}));
	}

	/**
	 * What a job does.
	 */
	public interface Body {

		/**
		 * Do it: on the thread that runs the job, or, if that returns a publisher, on one
		 * of its own from a subscription on.
		 * @param run the run that it is done in
		 * @throws InterruptedException if it is interrupted, as a publisher is that is
		 * cancelled
		 */
		void run(JobRun run) throws InterruptedException;

	}

	/**
	 * The jobs of a class, which are read once for all servers that have it.
	 */
	public static final class Declared {

		private final Class<?> type;

		private final String beanName;

		private final StringValueResolver resolver;

		private final ZoneId zone;

		private final Map<Method, Job> jobs = new TreeMap<>(Comparator.comparing(Method::toString));

		/**
		 * Read the jobs of a class, in UTC and without placeholders.
		 * @param type the class whose methods they are
		 * @param defaults what holds where a job does not say anything else
		 */
		public Declared(Class<?> type, RunSettings defaults) {
			this(type, "jobs", (text) -> text, ZoneOffset.UTC, defaults);
		}

		/**
		 * Read the jobs of a class.
		 * @param type the class whose methods they are
		 * @param beanName the name of its bean
		 * @param resolver what annotations are resolved by
		 * @param zone the time zone of the scheduler
		 * @param defaults what holds where a job does not say anything else
		 */
		public Declared(Class<?> type, String beanName, StringValueResolver resolver, ZoneId zone,
				RunSettings defaults) {
			this.type = type;
			this.beanName = beanName;
			this.resolver = resolver;
			this.zone = zone;
			JobReader reader = new JobReader(defaults, resolver, (scheduler) -> zone);
			JobPostProcessor.jobsOf(type).forEach((found, annotation) -> {
				Method method = AopUtils.getMostSpecificMethod(found, type);
				this.jobs.put(method, reader.read(annotation, beanName, method));
			});
		}

		/**
		 * Return the class whose methods they are.
		 * @return the class
		 */
		public Class<?> type() {
			return this.type;
		}

	}

	/**
	 * When a job is to run.
	 *
	 * @param job its name
	 * @param group its group; {@code null} for none
	 * @param timetable its schedule
	 * @param repeatedHour what names its ticks when the clocks are put back
	 */
	public record Planned(String job, @Nullable String group, Timetable timetable, RepeatedHour repeatedHour) {

	}

	/**
	 * Schedules a job as Spring does, from its annotations.
	 */
	private static final class Annotations extends ScheduledAnnotationBeanPostProcessor {

		void schedule(Method method, Runnable task) {
			Method run = ClassUtils.getMethod(Runnable.class, "run");
			for (Scheduled scheduled : ScheduleReader.annotations(method)) {
				processScheduled(scheduled, run, task);
			}
		}

		@Override
		protected Runnable createRunnable(Object target, Method method, @Nullable String qualifier) {
			return (Runnable) target;
		}

	}

	/**
	 * What is scheduled for one job that returns no publisher.
	 */
	private final class Task implements TaskTarget.OfOneJob {

		private final Job job;

		Task(Job job) {
			this.job = job;
		}

		@Override
		public void run() {
			Fire fire = Fire.take();
			try {
				new BlockingCall(SimulatedServer.this.server.runner()).call(this.job, new JobCall(fire, false),
						(run) -> {
							SimulatedServer.this.body.run(run);
							return null;
						});
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
			}
			catch (RuntimeException | Error ex) {
				throw ex;
			}
			catch (Throwable ex) {
				throw new IllegalStateException(ex);
			}
		}

	}

	/**
	 * What is scheduled for one job that returns a publisher. What Spring has for that
	 * blocks a thread in another way than the machine knows.
	 */
	private final class Subscribing implements TaskTarget.OfOneJob {

		private final Publisher<?> publisher;

		private final boolean waits;

		Subscribing(Method method, Publisher<?> publisher) {
			this.publisher = publisher;
			this.waits = ScheduleReader.annotations(method)
				.stream()
				.anyMatch((scheduled) -> scheduled.fixedDelay() > 0 || !scheduled.fixedDelayString().isEmpty());
		}

		@Override
		public void run() {
			CompletableFuture<@Nullable Void> end = new CompletableFuture<>();
			Disposable subscription = Flux.from(this.publisher)
				.doFinally((signal) -> end.complete(null))
				.subscribe((value) -> {
				}, (ex) -> {
					// There is an event of it
				});
			SimulatedServer.this.subscriptions.add(subscription);
			end.thenRun(() -> SimulatedServer.this.subscriptions.remove(subscription));
			if (this.waits) {
				try {
					SimulatedServer.this.machine.await(end, TimeSource.FOREVER);
				}
				catch (InterruptedException ex) {
					Thread.currentThread().interrupt();
				}
				catch (ExecutionException | TimeoutException ex) {
					throw new IllegalStateException(ex);
				}
			}
		}

	}

	/**
	 * All tasks are those of jobs.
	 */
	static final class Known implements TickScheduling.Tasks {

		@Override
		public boolean isJob(TaskTarget target) {
			return true;
		}

		@Override
		public void bypassed(TaskTarget.Call target) {
			throw new IllegalStateException(target.toString());
		}

	}

}
