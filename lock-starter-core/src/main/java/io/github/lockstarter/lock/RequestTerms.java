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

package io.github.lockstarter.lock;

import java.time.Duration;
import java.util.Locale;

import io.github.lockstarter.schedule.Tick;

/**
 * What a request says, in the words and numbers of the scripts: times and durations in
 * milliseconds, and empty texts for what is not known.
 *
 * @param request the request
 */
record RequestTerms(LockRequest request) {

	/**
	 * How long the state of a job is kept at least after its last run. Longer where the
	 * next tick may come later than that.
	 */
	private static final Duration STATE_KEPT = Duration.ofDays(90);

	/**
	 * How long the state of a job that is paused is kept after somebody asked for it
	 * last: longer than from one yearly tick to the next.
	 */
	static final Duration PAUSE_KEPT = Duration.ofDays(730);

	private static final Duration START_TOLERANCE = Duration.ofMillis(100);

	/**
	 * Return NOMINAL, RATE, DELAY or MANUAL.
	 */
	String kind() {
		Tick tick = this.request.tick();
		if (tick instanceof Tick.Nominal) {
			return "NOMINAL";
		}
		if (tick instanceof Tick.Rate) {
			return "RATE";
		}
		return (tick instanceof Tick.Delay) ? "DELAY" : "MANUAL";
	}

	boolean isNominal() {
		return this.request.tick() instanceof Tick.Nominal;
	}

	boolean isInterval() {
		return this.request.tick() instanceof Tick.Interval;
	}

	/**
	 * Return the nominal time; 0 if the tick has none.
	 */
	long tick() {
		return (this.request.tick() instanceof Tick.Nominal nominal) ? nominal.at().toEpochMilli() : 0;
	}

	/**
	 * Return the interval, or how far a nominal tick is from the one before at the least.
	 */
	long interval() {
		Tick tick = this.request.tick();
		return (tick instanceof Tick.Interval interval) ? interval.interval().toMillis()
				: (tick instanceof Tick.Nominal nominal) ? nominal.distance().toMillis() : 0;
	}

	/**
	 * Return the delay until the next run is due after an end; 0 if an end says nothing
	 * of that.
	 */
	long delay() {
		return (this.request.tick() instanceof Tick.Delay delay) ? delay.interval().toMillis() : 0;
	}

	/**
	 * Return how early a start may be.
	 */
	long tolerance() {
		return ((this.request.tick() instanceof Tick.Interval interval) ? interval.tolerance() : START_TOLERANCE)
			.toMillis();
	}

	/**
	 * Return the field of the due time. Two schedules of one job share it unless the
	 * request says otherwise.
	 */
	String dueField() {
		return (this.request.ownDueTime() && this.request.tick() instanceof Tick.Interval interval)
				? "due-" + kind().toLowerCase(Locale.ROOT) + "-" + interval.interval().toMillis() : "due";
	}

	long lease() {
		return this.request.lease().toMillis();
	}

	long atLeast() {
		return this.request.lockAtLeastFor().toMillis();
	}

	int atMost() {
		return this.request.maxAttempts();
	}

	boolean is(LockRequest.Purpose purpose) {
		return this.request.purpose() == purpose;
	}

	String schedule() {
		return (this.request.schedule() != null) ? this.request.schedule() : "";
	}

	/**
	 * Return how long the state is kept.
	 */
	long kept() {
		return stateKept().toMillis();
	}

	/**
	 * Return how long the state of a job that is paused is kept.
	 */
	long pauseKept() {
		return longer(stateKept(), PAUSE_KEPT).toMillis();
	}

	private Duration stateKept() {
		Duration interval = (this.request.tick() instanceof Tick.Interval tick) ? tick.interval() : Duration.ZERO;
		Duration gap = longer(interval, longer(this.request.lockAtLeastFor(), this.request.longestGap()));
		return longer(gap.multipliedBy(2), STATE_KEPT);
	}

	private static Duration longer(Duration one, Duration other) {
		return (one.compareTo(other) > 0) ? one : other;
	}

}
