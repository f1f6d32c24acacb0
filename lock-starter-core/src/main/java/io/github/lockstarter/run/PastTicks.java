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

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.core.task.TaskRejectedException;
import org.springframework.scheduling.SchedulingAwareRunnable;
import org.springframework.scheduling.TaskScheduler;
import org.springframework.util.StringUtils;

import io.github.lockstarter.internal.time.TimeSource;
import io.github.lockstarter.lock.JobLocks;
import io.github.lockstarter.lock.LockRequest;
import io.github.lockstarter.lock.LockRequest.Purpose;
import io.github.lockstarter.lock.Look;
import io.github.lockstarter.schedule.Fire;
import io.github.lockstarter.schedule.ScheduleText;
import io.github.lockstarter.schedule.TaskTarget;
import io.github.lockstarter.schedule.Tick;

/**
 * Looks for ticks that this server was not fired for, and nobody else may be left for:
 * those that were started and not ended, and those that came when nobody was there. It
 * looks when a server starts, and for the latter also when Redis can be asked again.
 */
final class PastTicks {

	private static final Logger logger = LoggerFactory.getLogger(PastTicks.class);

	/**
	 * A tick that is younger is about to be started by those who were there: they may
	 * have to wait for a thread, for Redis, or for their turn.
	 */
	private static final Duration LATE = Duration.ofSeconds(5);

	private final Jobs jobs;

	private final Supplier<JobLocks> locks;

	private final RunGate gate;

	private final Calls calls;

	private final TimeSource time;

	/** By the name of their job. */
	private final Map<String, Search> searches = new ConcurrentHashMap<>();

	PastTicks(Jobs jobs, Supplier<JobLocks> locks, RunGate gate, Calls calls, TimeSource time) {
		this.jobs = jobs;
		this.locks = locks;
		this.gate = gate;
		this.calls = calls;
		this.time = time;
	}

	/**
	 * A server starts. Waits for nothing.
	 * @param scheduler fires what is found
	 */
	void look(TaskScheduler scheduler) {
		this.jobs.byPlace().forEach((place, job) -> {
			Call call = job.hasPast() ? this.calls.find(place) : null;
			if (call != null) {
				Search search = new Search(job, (tick, mark) -> fire(scheduler, new Marked(call, mark), tick));
				this.searches.put(job.name(), search);
				search.begin();
			}
		});
	}

	/**
	 * A tick was given up because Redis could not be asked. Waits for nothing.
	 */
	void look(Job job) {
		Search search = (job.missed() != null) ? this.searches.get(job.name()) : null;
		if (search != null) {
			search.begin();
		}
	}

	/**
	 * Tell whether ticks of a job are looked for.
	 */
	boolean isSearching(String job) {
		return this.searches.containsKey(job);
	}

	private static void fire(TaskScheduler scheduler, Marked call, Instant tick) {
		try {
			scheduler.schedule(call, tick);
		}
		catch (TaskRejectedException ex) {
			logger.debug("The scheduler has stopped", ex);
		}
		catch (RuntimeException ex) {
			logger.warn("The scheduler did not take {} for its tick {}, which was missed or has not ended. "
					+ "Give the scheduler more room.", call, tick, ex);
		}
	}

	/**
	 * The search for the ticks of one job. One at a time.
	 */
	private final class Search {

		private final Job job;

		private final BiConsumer<Instant, Consumer<Fire>> fires;

		private boolean searching;

		/** Something has happened since the search began. */
		private boolean onceMore;

		Search(Job job, BiConsumer<Instant, Consumer<Fire>> fires) {
			this.job = job;
			this.fires = fires;
		}

		synchronized void begin() {
			this.onceMore = this.searching;
			if (!this.searching) {
				this.searching = true;
				ask(new Tick.Manual(), Purpose.FIRE, Duration.ZERO, this::found);
			}
		}

		/**
		 * Tell whether what was found counts. It does not if a tick was given up since.
		 */
		private synchronized boolean isOver() {
			this.searching = false;
			if (this.onceMore) {
				begin();
				return false;
			}
			return true;
		}

		/**
		 * What is missed is newer than what is open, and a newer tick closes an older
		 * one.
		 */
		private void found(Look now) {
			Missed missed = this.job.missed();
			Instant latest = (missed != null) ? missed.latest(now.redisTime()) : null;
			if (latest == null) {
				open(now);
				return;
			}
			Tick.Nominal tick = this.job.repeatedHour().name(new Tick.Nominal(latest));
			Duration young = LATE.minus(Duration.between(latest, now.redisTime()));
			ask(tick, Purpose.CATCH_UP, young.isNegative() ? Duration.ZERO : young, (later) -> {
				// One that differs from that of the last run had perhaps no such tick
				boolean known = later.schedule() == null
						|| ScheduleText.isSame(later.schedule(), this.job.schedule(), later.redisTime());
				if (!later.startable() || !known || tick.at().equals(later.open())) {
					open(later);
				}
				else if (isOver()) {
					logger.info("{} has missed its tick {}", this.job.name(), tick.at());
					this.fires.accept(tick.at(), Fire::catchUp);
				}
			});
		}

		private void open(Look now) {
			if (!isOver()) {
				return;
			}
			Instant open = this.job.isRerun() ? now.open() : null;
			if (open != null) {
				logger.debug("{} at tick {} has been started and not ended", this.job.name(), open);
				this.fires.accept(open, Fire::watch);
			}
			else {
				logger.debug("{} has no tick that was missed, or has not ended", this.job.name());
			}
		}

		private void ask(Tick tick, Purpose purpose, Duration delay, Consumer<Look> then) {
			LockRequest request = new LockRequest(this.job.name(), this.job.group(), this.job.schedule(), tick, false,
					this.job.lease(), this.job.lockAtLeastFor(), this.job.maxAttempts(), purpose,
					this.job.timetable().longestGap(PastTicks.this.time.now()));
			try {
				PastTicks.this.locks.get()
					.look(request, delay, () -> !PastTicks.this.gate.isClosed())
					.whenComplete((look, ex) -> answered(look, ex, then));
			}
			catch (RuntimeException ex) {
				failed(ex);
			}
		}

		private void answered(@Nullable Look look, @Nullable Throwable failure, Consumer<Look> then) {
			if (look == null) {
				logger.debug("Nobody says which ticks of {} were missed, or have not ended", this.job.name(), failure);
				isOver();
				return;
			}
			try {
				then.accept(look);
			}
			catch (RuntimeException | Error ex) {
				failed(ex);
			}
		}

		/**
		 * Nobody waits for the search who could be told.
		 */
		private void failed(Throwable failure) {
			logger.error(
					"The look for ticks of {} that were missed, or have not ended, has failed. "
							+ "It begins again when this server starts, or a tick is given up.",
					this.job.name(), failure);
			isOver();
		}

	}

	/**
	 * Finds what fires jobs.
	 */
	interface Calls {

		/**
		 * Return what the schedule of a job fires on this server.
		 * @return {@code null} if it is nothing that can be called for a tick
		 */
		@Nullable Call find(Jobs.Place place);

	}

	/**
	 * What a schedule fires.
	 *
	 * @param task the call of the method
	 * @param scheduler the name of the scheduler; {@code null} or empty for the default
	 */
	record Call(Runnable task, @Nullable String scheduler) {

	}

	/**
	 * A call on the scheduler that the schedule names.
	 *
	 * @param call the call
	 * @param mark says why it is fired
	 */
	private record Marked(Call call, Consumer<Fire> mark) implements SchedulingAwareRunnable, TaskTarget.Wrapper {

		@Override
		public Runnable task() {
			return this.call.task();
		}

		@Override
		public void run() {
			Fire fire = Fire.take();
			if (fire != null) {
				this.mark.accept(fire);
				fire.putBack();
			}
			task().run();
		}

		@Override
		public @Nullable String getQualifier() {
			return StringUtils.hasText(this.call.scheduler()) ? this.call.scheduler() : null;
		}

		@Override
		public String toString() {
			return task().toString();
		}

	}

}
