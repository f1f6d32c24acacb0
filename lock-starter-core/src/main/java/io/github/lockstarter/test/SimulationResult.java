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
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.zone.ZoneOffsetTransition;
import java.util.List;
import java.util.Set;

import org.jspecify.annotations.Nullable;

import io.github.lockstarter.JobRun;
import io.github.lockstarter.RunOutcome;
import io.github.lockstarter.SkipReason;

/**
 * What has happened in a {@link JobSimulation}. Times are those of a clock that is right.
 *
 * @param runs all runs, in the order in which they began
 * @param missed the ticks that no server has run, oldest first
 * @param overlaps runs that were under way at the same time
 * @param clockChanges what became of each job when the clocks of its time zone were
 * changed, in the order of time
 * @since 0.1.0
 */
public record SimulationResult(List<Run> runs, List<Missed> missed, List<Overlap> overlaps,
		List<ClockChange> clockChanges) {

	/**
	 * Return the runs of one job.
	 * @param job its name
	 * @return the runs, in the order in which they began
	 */
	public List<Run> runs(String job) {
		return this.runs.stream().filter((run) -> run.job().equals(job)).toList();
	}

	/**
	 * Return a summary for a human.
	 * @return a line, and one for each change of the clocks
	 */
	@Override
	public String toString() {
		StringBuilder text = new StringBuilder("%d runs, %d ticks missed, %d overlaps".formatted(this.runs.size(),
				this.missed.size(), this.overlaps.size()));
		this.clockChanges.forEach((change) -> text.append("\n").append("  ").append(change));
		return text.toString();
	}

	/**
	 * One run.
	 *
	 * @param job the name of the job
	 * @param tick which tick: the time that the schedule names, or the due time of a
	 * fixed rate or delay
	 * @param trigger what started it
	 * @param server the server that ran it; after a restart it has another name
	 * @param start when it began
	 * @param end when it ended, or its server died
	 * @param outcome how it ended; {@code null} if its server died
	 * @since 0.1.0
	 */
	public record Run(String job, Instant tick, JobRun.Trigger trigger, String server, Instant start, Instant end,
			@Nullable RunOutcome outcome) {

		/**
		 * Return how long after its tick it began.
		 * @return the delay
		 */
		public Duration delay() {
			return Duration.between(this.tick, this.start);
		}

	}

	/**
	 * A tick of a cron expression that no server has run. A fixed rate or delay has no
	 * tick that could be missed: it is due as soon as a server can ask.
	 *
	 * @param job the name of the job
	 * @param tick the time that the schedule names
	 * @param reasons why servers have skipped it, as they were told; empty if none was up
	 * @since 0.1.0
	 */
	public record Missed(String job, Instant tick, Set<SkipReason> reasons) {

	}

	/**
	 * Two runs of one job, or of two jobs of one group, that were under way at the same
	 * time.
	 *
	 * @param first the one that began first
	 * @param second the one that began before the first had ended
	 * @since 0.1.0
	 */
	public record Overlap(Run first, Run second) {

	}

	/**
	 * A change of the clocks, and what became of a job that has a cron expression.
	 *
	 * @param job the name of the job
	 * @param zone the time zone of the expression
	 * @param transition the change
	 * @param named the times of the expression that are in the hour that the wall clock
	 * does not show, or shows twice
	 * @param effect what the schedule did with them
	 * @param runs the runs whose tick is on the day of the change
	 * @since 0.1.0
	 */
	public record ClockChange(String job, ZoneId zone, ZoneOffsetTransition transition, List<LocalTime> named,
			Effect effect, List<Run> runs) {

		@Override
		public String toString() {
			String clocks = this.transition.isGap() ? "put forward" : "put back";
			String times = (this.effect != Effect.NONE) ? " " + this.named : "";
			return "%s: clocks of %s %s at %s: %s%s, %d runs that day".formatted(this.job, this.zone, clocks,
					this.transition.getDateTimeBefore(), this.effect, times, this.runs.size());
		}

	}

	/**
	 * What a schedule does when the clocks are changed.
	 *
	 * @since 0.1.0
	 */
	public enum Effect {

		/**
		 * Nothing but what it does on any other day.
		 */
		NONE,

		/**
		 * It names times that the wall clock does not show, and fires for none of them.
		 */
		SKIPPED,

		/**
		 * It names times that the wall clock shows twice, and fires both times. How often
		 * the job runs is up to its
		 * {@link io.github.lockstarter.DistributedScheduled#repeatedHour() policy}.
		 */
		REPEATED

	}

}
