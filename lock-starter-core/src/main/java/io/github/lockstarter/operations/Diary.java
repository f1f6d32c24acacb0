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

package io.github.lockstarter.operations;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

import org.jspecify.annotations.Nullable;

import org.springframework.context.ApplicationEvent;
import org.springframework.context.PayloadApplicationEvent;
import org.springframework.context.event.SmartApplicationListener;
import org.springframework.core.Ordered;

import io.github.lockstarter.JobEvent;
import io.github.lockstarter.JobFinished;
import io.github.lockstarter.JobLockLost;
import io.github.lockstarter.JobRun.Trigger;
import io.github.lockstarter.JobSkipped;
import io.github.lockstarter.JobStarted;
import io.github.lockstarter.RunOutcome;
import io.github.lockstarter.SkipReason;
import io.github.lockstarter.internal.time.TimeSource;
import io.github.lockstarter.lock.Beat;
import io.github.lockstarter.lock.Pulse.Activity;

/**
 * Writes down what happens to jobs on this server, until it has been told to the others.
 * Listens before everybody else, because a listener that throws silences those after it.
 */
final class Diary implements SmartApplicationListener {

	/** Work of code may have any number of names. */
	private static final int MOST_JOBS = 1000;

	private static final Duration ON_TIME = Duration.ofSeconds(1);

	/** Each context is a server of its own. */
	private final Object server;

	private final TimeSource time;

	private final Map<String, Page> jobs = new LinkedHashMap<>();

	private final Map<Why, Counter> skips = new LinkedHashMap<>();

	private final Deque<Skip> skipped = new ArrayDeque<>();

	/** Rises with every entry. */
	private long entries;

	/** Up to which entry the others know everything. */
	private long told;

	private long skippedSoFar;

	/**
	 * Create an empty one.
	 * @param server what publishes the events of this server
	 * @param time the time of this server
	 */
	Diary(Object server, TimeSource time) {
		this.server = server;
		this.time = time;
	}

	@Override
	public boolean supportsEventType(Class<? extends ApplicationEvent> eventType) {
		return PayloadApplicationEvent.class.isAssignableFrom(eventType);
	}

	/**
	 * In the order in which it happened, whatever the application multicasts with.
	 */
	@Override
	public boolean supportsAsyncExecution() {
		return false;
	}

	@Override
	public int getOrder() {
		return Ordered.HIGHEST_PRECEDENCE;
	}

	/**
	 * Spring passes the events of a child context on to its parents. What has happened
	 * there, the child says of itself.
	 */
	@Override
	public void onApplicationEvent(ApplicationEvent event) {
		if (event instanceof PayloadApplicationEvent<?> carrier && carrier.getSource() == this.server
				&& carrier.getPayload() instanceof JobEvent happened) {
			write(happened);
		}
	}

	synchronized void write(JobEvent event) {
		if (event instanceof JobSkipped skip) {
			skipped(skip);
			return;
		}
		Page page = page(event.job());
		if (page == null) {
			return;
		}
		if (event instanceof JobStarted started) {
			page.begun = this.time.nanoTime();
			page.going.add(new Going(started.tick(), started.token()));
			page.entry = ++this.entries;
			if (started.trigger() != Trigger.MANUAL && page.paused) {
				page.pause(false, this.entries);
			}
		}
		else if (event instanceof JobFinished finished) {
			page.ended = this.time.nanoTime();
			page.going.remove(new Going(finished.tick(), finished.token()));
			page.entry = ++this.entries;
			if (finished.outcome() == RunOutcome.SUCCEEDED) {
				page.succeeded = page.ended;
			}
		}
		else if (event instanceof JobLockLost lost) {
			// Its method may hang; whatever it does is no run of this job any more
			page.ended = this.time.nanoTime();
			page.going.remove(new Going(lost.tick(), lost.token()));
			page.entry = ++this.entries;
		}
	}

	private @Nullable Page page(String job) {
		Page page = this.jobs.get(job);
		if (page == null && this.jobs.size() < MOST_JOBS) {
			page = new Page();
			this.jobs.put(job, page);
		}
		return page;
	}

	private void skipped(JobSkipped skip) {
		Instant now = this.time.now();
		Page page = page(skip.job());
		if (page == null) {
			return;
		}
		this.entries++;
		Counter counter = this.skips.computeIfAbsent(new Why(skip.job(), skip.reason()), (why) -> new Counter());
		counter.count++;
		counter.last = skip;
		counter.at = now;
		counter.entry = this.entries;
		this.skipped.addFirst(new Skip(
				new Beat.SkippedTick(this.skippedSoFar++, skip.job(), skip.tick(), now, skip.reason()), this.entries));
		while (this.skipped.size() > Beat.SKIPPED_TICKS) {
			this.skipped.removeLast();
		}
		if (skip.reason() == SkipReason.ALREADY_RAN || skip.reason() == SkipReason.STILL_RUNNING) {
			// Known here also where the others cannot be heard
			page.seen = this.time.nanoTime();
		}
		if (skip.reason() == SkipReason.PAUSED && !page.paused && isOnTime(skip, now)) {
			page.pause(true, this.entries);
		}
	}

	/**
	 * A late tick is refused after the job was resumed, too.
	 */
	private static boolean isOnTime(JobSkipped skip, Instant now) {
		Instant tick = skip.tick();
		return tick == null || tick.isAfter(now.minus(ON_TIME));
	}

	/**
	 * A job is paused, or is not any more.
	 */
	synchronized void paused(String job, boolean paused) {
		Page page = page(job);
		if (page != null) {
			page.pause(paused, ++this.entries);
		}
	}

	/**
	 * Others have told whether a job is paused.
	 */
	synchronized void heard(String job, Activity activity) {
		Page page = this.jobs.get(job);
		if (page != null && page.pauseEntry <= this.told) {
			page.paused = activity.paused() != null;
		}
	}

	/**
	 * Write down what the others do not know.
	 * @param facts what does not change; not {@code null} if they are told all there is
	 */
	synchronized Draft draft(Beat.Sender sender, Beat.@Nullable Facts facts, boolean draining, boolean ending) {
		long known = (facts != null) ? 0 : this.told;
		List<Beat.JobNews> news = new ArrayList<>();
		this.jobs.forEach((job, page) -> {
			boolean changed = page.entry > known;
			boolean pause = page.pauseEntry > this.told;
			if (changed || pause || page.isGoing()) {
				news.add(new Beat.JobNews(job, changed ? age(page.begun) : null, changed ? age(page.succeeded) : null,
						page.isGoing() ? Duration.ZERO : changed ? age(page.ended) : null, pause ? page.paused : null));
			}
		});
		return new Draft(
				new Beat(sender, facts, draining, ending, skips(known),
						this.skipped.stream().filter((skip) -> skip.entry() > known).map(Skip::tick).toList(), news),
				this.entries);
	}

	/**
	 * Return the counters of skips that have changed.
	 * @param known the last entry that is known
	 */
	synchronized List<Beat.SkipCount> skips(long known) {
		List<Beat.SkipCount> changed = new ArrayList<>();
		this.skips.forEach((why, counter) -> {
			JobSkipped last = counter.last;
			if (counter.entry > known && last != null) {
				changed.add(new Beat.SkipCount(why.job(), why.reason(), counter.count, last.tick(), counter.at,
						last.holder(), last.detail()));
			}
		});
		return changed;
	}

	/**
	 * Return the last ticks that were skipped here, the newest first.
	 */
	synchronized List<Beat.SkippedTick> skippedTicks() {
		return this.skipped.stream().map(Skip::tick).toList();
	}

	/**
	 * The others have been told.
	 */
	synchronized void told(Draft draft) {
		this.told = Math.max(this.told, draft.upTo());
	}

	/**
	 * Add what happened here to what the others have told.
	 * @param now what time it is on the clock of what they have told
	 */
	synchronized Activity with(String job, Activity told, Instant now) {
		Page page = this.jobs.get(job);
		if (page == null) {
			return told;
		}
		boolean pauseKnown = page.pauseEntry > 0;
		Instant paused = told.paused();
		Instant resumed = told.resumed();
		if (pauseKnown && page.paused != (paused != null)) {
			resumed = page.paused ? resumed : now;
			paused = page.paused ? now : null;
		}
		return new Activity(later(later(told.begun(), now, page.begun), now, page.seen),
				later(told.succeeded(), now, page.succeeded),
				page.isGoing() ? now : later(told.going(), now, page.ended), paused, resumed);
	}

	private @Nullable Instant later(@Nullable Instant told, Instant now, @Nullable Long nanos) {
		Duration age = age(nanos);
		if (age == null) {
			return told;
		}
		Instant own = now.minus(age);
		return (told != null && told.isAfter(own)) ? told : own;
	}

	private @Nullable Duration age(@Nullable Long nanos) {
		return (nanos != null) ? this.time.since(nanos) : null;
	}

	/**
	 * A beat, and up to which entry it tells everything.
	 *
	 * @param beat the beat
	 * @param upTo the entry
	 */
	record Draft(Beat beat, long upTo) {

	}

	private record Why(String job, SkipReason reason) {

	}

	private record Skip(Beat.SkippedTick tick, long entry) {

	}

	private record Going(Instant tick, long token) {

	}

	private static final class Counter {

		private long count;

		private @Nullable JobSkipped last;

		private Instant at = Instant.EPOCH;

		private long entry;

	}

	/**
	 * What happened to one job.
	 */
	private static final class Page {

		private @Nullable Long begun;

		private @Nullable Long succeeded;

		private @Nullable Long ended;

		/** When a run of another server was met. Not told: that server does. */
		private @Nullable Long seen;

		private final Set<Going> going = new HashSet<>();

		private long entry;

		private boolean paused;

		private long pauseEntry;

		boolean isGoing() {
			return !this.going.isEmpty();
		}

		void pause(boolean paused, long entry) {
			this.paused = paused;
			this.pauseEntry = entry;
		}

	}

}
