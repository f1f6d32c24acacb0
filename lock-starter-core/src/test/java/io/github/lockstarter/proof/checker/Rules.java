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

package io.github.lockstarter.proof.checker;

import java.math.BigInteger;
import java.time.Duration;
import java.util.List;

/**
 * What the history is judged by: the settings of the servers under test.
 *
 * @param jobs the jobs
 * @param lease how long a lock outlives its server
 * @param acquireTimeout how long a server waits for Redis
 */
public record Rules(List<Job> jobs, Duration lease, Duration acquireTimeout) {

	/**
	 * How long after a fault all must be well again, or another server must have taken
	 * over: the lease and this.
	 */
	static final Duration RECOVERY = Duration.ofSeconds(5);

	Job job(String name) {
		return this.jobs.stream().filter((job) -> job.name().equals(name)).findFirst().orElseThrow();
	}

	/**
	 * How a job is scheduled.
	 */
	public enum Kind {

		/** Every server knows the ticks: the multiples of the period. */
		CRON,

		/** At a fixed rate. */
		RATE,

		/** With a fixed delay. */
		DELAY

	}

	/**
	 * A job.
	 *
	 * @param name the name
	 * @param kind how it is scheduled
	 * @param period from one tick to the next
	 * @param atLeast the shortest time from a tick to the next run
	 * @param attempts how often a tick is run at most, should its runs crash
	 * @param timeout how long a run takes at most; zero for as long as it likes
	 * @param changed from one tick to the next on servers with another version of the
	 * schedule
	 */
	public record Job(String name, Kind kind, Duration period, Duration atLeast, int attempts, Duration timeout,
			Duration changed) {

		/**
		 * Creates a job whose runs take as long as they like.
		 * @param name the name
		 * @param kind how it is scheduled
		 * @param period from one tick to the next
		 * @param atLeast the shortest time from a tick to the next run
		 * @param attempts how often a tick is run at most, should its runs crash
		 */
		public Job(String name, Kind kind, Duration period, Duration atLeast, int attempts) {
			this(name, kind, period, atLeast, attempts, Duration.ZERO, period);
		}

		/**
		 * Creates a job of which no tick is run again.
		 * @param name the name
		 * @param kind how it is scheduled
		 * @param period from one tick to the next
		 * @param atLeast the shortest time from a tick to the next run
		 */
		public Job(String name, Kind kind, Duration period, Duration atLeast) {
			this(name, kind, period, atLeast, 1);
		}

		/**
		 * Returns this job, with a timeout.
		 * @param timeout how long a run takes at most
		 * @return a job
		 */
		public Job limitedTo(Duration timeout) {
			return new Job(this.name, this.kind, this.period, this.atLeast, this.attempts, timeout, this.changed);
		}

		/**
		 * Returns this job, of whose schedule there are two versions. No tick of it is
		 * run again.
		 * @param period from one tick to the next in the other one
		 * @return a job
		 */
		public Job changedTo(Duration period) {
			return new Job(this.name, this.kind, this.period, this.atLeast, 1, this.timeout, period);
		}

		boolean isChanged() {
			return !this.changed.equals(this.period);
		}

		/**
		 * Returns from one tick to the next in a version of the schedule.
		 */
		Duration period(int version) {
			return (version == 0) ? this.period : this.changed;
		}

		/**
		 * Returns from one time to the next that may be a tick of some version.
		 */
		Duration step() {
			return Duration.ofMillis(BigInteger.valueOf(this.period.toMillis())
				.gcd(BigInteger.valueOf(this.changed.toMillis()))
				.longValue());
		}

	}

}
