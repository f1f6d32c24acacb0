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
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

import io.micrometer.observation.ObservationRegistry;

import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.scheduling.TaskScheduler;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.scheduling.concurrent.ConcurrentTaskScheduler;
import org.springframework.scheduling.support.CronTrigger;

import io.github.lockstarter.DistributedScheduled;
import io.github.lockstarter.JobEvent;
import io.github.lockstarter.internal.time.VirtualExecutor;
import io.github.lockstarter.internal.time.VirtualMachine;
import io.github.lockstarter.lock.JobLocks;
import io.github.lockstarter.schedule.Fire;
import io.github.lockstarter.schedule.TaskTarget;
import io.github.lockstarter.schedule.TickScheduling;

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

	private final Body body;

	/**
	 * Create a server.
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
		this.machine = machine;
		this.body = body;
		this.executor = new VirtualExecutor(machine, threads);
		this.server = new JobServer(this.jobs, () -> settings, () -> locks,
				new RunEvents((event) -> events.accept((JobEvent) event)),
				() -> new RunObservations(ObservationRegistry.NOOP, null), new Known(), this::find, machine);
		JobReader reader = new JobReader(settings, (text) -> text, (scheduler) -> ZoneOffset.UTC);
		for (Method method : type.getDeclaredMethods()) {
			DistributedScheduled annotation = AnnotatedElementUtils.findMergedAnnotation(method,
					DistributedScheduled.class);
			if (annotation != null) {
				this.jobs.add(reader.read(annotation, "jobs", method), this, "jobs", method);
			}
		}
	}

	/**
	 * Begin to schedule.
	 */
	public void start() {
		ConcurrentTaskScheduler spring = new ConcurrentTaskScheduler(this.executor);
		spring.setClock(this.machine.clock());
		TaskScheduler scheduler = this.server.scheduling().wrap(spring);
		List<Jobs.Place> places = new ArrayList<>(this.jobs.byPlace().keySet());
		places.sort((one, other) -> one.method().getName().compareTo(other.method().getName()));
		for (Jobs.Place place : places) {
			schedule(scheduler, place);
		}
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

	private void schedule(TaskScheduler scheduler, Jobs.Place place) {
		Task task = new Task(place);
		for (Scheduled scheduled : ScheduleReader.annotations(place.method())) {
			if (!scheduled.cron().isEmpty()) {
				scheduler.schedule(task, new CronTrigger(scheduled.cron(), ZoneOffset.UTC));
			}
			else if (scheduled.fixedRate() > 0) {
				scheduler.scheduleAtFixedRate(task, Duration.ofMillis(scheduled.fixedRate()));
			}
			else {
				scheduler.scheduleWithFixedDelay(task, Duration.ofMillis(scheduled.fixedDelay()));
			}
		}
	}

	private PastTicks.Call find(Jobs.Place place) {
		return new PastTicks.Call(new Task(place), null);
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
	 * What is scheduled for one job.
	 */
	private final class Task implements TaskTarget.OfOneJob {

		private final Job job;

		Task(Jobs.Place place) {
			this.job = SimulatedServer.this.jobs.byPlace().get(place);
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
	private static final class Known implements TickScheduling.Tasks {

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
