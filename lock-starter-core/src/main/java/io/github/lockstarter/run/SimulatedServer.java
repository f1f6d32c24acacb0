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
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

import io.micrometer.observation.ObservationRegistry;
import org.jspecify.annotations.Nullable;

import org.springframework.aop.support.AopUtils;
import org.springframework.scheduling.TaskScheduler;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.scheduling.annotation.ScheduledAnnotationBeanPostProcessor;
import org.springframework.scheduling.concurrent.ConcurrentTaskScheduler;
import org.springframework.scheduling.support.TaskUtils;
import org.springframework.util.ClassUtils;
import org.springframework.util.StringValueResolver;

import io.github.lockstarter.JobEvent;
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
		this(machine, settings, locks, threads, new Declared(type, "jobs", (text) -> text, ZoneOffset.UTC), body,
				events);
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
		JobReader reader = new JobReader(settings, declared.resolver(), (scheduler) -> declared.zone());
		JobPostProcessor.jobsOf(declared.type()).forEach((found, annotation) -> {
			Method method = AopUtils.getMostSpecificMethod(found, declared.type());
			this.jobs.add(reader.read(annotation, declared.beanName(), method), this, declared.beanName(), method);
		});
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
		spring.setClock(this.machine.clock().withZone(this.declared.zone()));
		TaskScheduler scheduler = this.server.scheduling().wrap(spring);
		this.jobs.byPlace()
			.entrySet()
			.stream()
			.sorted(Comparator.comparing((job) -> job.getKey().method().toString()))
			.forEach((job) -> schedule(scheduler, job.getKey().method(), new Task(job.getValue())));
		this.server.scheduling().open();
		this.server.recover(scheduler);
	}

	/**
	 * End as an application does that is told to: what runs may end. Waits for that, on
	 * the thread that calls.
	 * @throws InterruptedException if that is interrupted
	 */
	public void stop() throws InterruptedException {
		this.server.gate().close();
		this.server.runner().closing();
		this.executor.shutdown();
		try {
			this.machine.await(this.executor.terminated(), PATIENCE);
		}
		catch (TimeoutException ex) {
			// As a process that is killed after that
		}
		catch (ExecutionException ex) {
			throw new IllegalStateException(ex);
		}
		this.server.close();
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
	private void schedule(TaskScheduler scheduler, Method method, Task task) {
		Annotations annotations = new Annotations();
		annotations.setEmbeddedValueResolver(this.declared.resolver());
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

	private PastTicks.@Nullable Call find(Jobs.Place place) {
		Job job = this.jobs.find(place.beanName(), place.method());
		return (job != null) ? new PastTicks.Call(new Task(job), null) : null;
	}

	/**
	 * What a job does.
	 */
	public interface Body {

		/**
		 * Do it, on the thread that runs the job.
		 * @param job its name
		 * @throws InterruptedException if it is interrupted
		 */
		void run(String job) throws InterruptedException;

	}

	/**
	 * Where jobs are declared.
	 *
	 * @param type the class whose methods they are
	 * @param beanName the name of its bean
	 * @param resolver what annotations are resolved by
	 * @param zone the time zone of the scheduler
	 */
	public record Declared(Class<?> type, String beanName, StringValueResolver resolver, ZoneId zone) {

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

		void schedule(Method method, Task task) {
			Method run = ClassUtils.getMethod(Task.class, "run");
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
	 * What is scheduled for one job.
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
							SimulatedServer.this.body.run(this.job.name());
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
