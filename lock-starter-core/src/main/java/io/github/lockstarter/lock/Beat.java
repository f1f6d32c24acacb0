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
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.random.RandomGenerator;

import org.jspecify.annotations.Nullable;

import io.github.lockstarter.SkipReason;

/**
 * What a server tells the others: what has changed since it did so last, or all there is.
 *
 * @param sender which process tells
 * @param facts what does not change while a server is up; {@code null} if only changes
 * are told, not {@code null} if this is all there is
 * @param draining whether the server takes no ticks
 * @param ending whether this is the last that is heard of it
 * @param skips the counters of skips
 * @param skipped the last ticks that were skipped
 * @param news what happened to jobs
 * @since 0.1.0
 */
public record Beat(Sender sender, @Nullable Facts facts, boolean draining, boolean ending, List<SkipCount> skips,
		List<SkippedTick> skipped, List<JobNews> news) {

	/** How many of the last skipped ticks of a server are kept. */
	public static final int SKIPPED_TICKS = 100;

	/**
	 * Make the lists immutable.
	 * @param sender which process tells
	 * @param facts as above
	 * @param draining as above
	 * @param ending as above
	 * @param skips as above
	 * @param skipped as above
	 * @param news as above
	 */
	public Beat {
		skips = List.copyOf(skips);
		skipped = List.copyOf(skipped);
		news = List.copyOf(news);
	}

	/**
	 * Which process tells. Each beat leaves a mark, and the next one looks for it: two
	 * processes that were restored from one image agree in all that they had then, and in
	 * nothing that they draw later.
	 *
	 * @param started when this server started
	 * @param process what all beats have in common until one of them meets another
	 * process
	 * @param number how many beats there were, with this one: one that comes after a
	 * later one tells nothing new
	 * @param understood the number of the last one that was understood; zero if there is
	 * none. A Redis that knows of none so late has gone back in time
	 * @param before the mark of the last beat that was understood; empty if there is none
	 * @param mark the mark of this beat, and of the next one if the answer to this one is
	 * lost
	 * @since 0.1.0
	 */
	public record Sender(Instant started, String process, long number, long understood, String before, String mark) {

		/**
		 * Return the sender of a first beat.
		 * @param started when this server started
		 * @param random draws the mark
		 * @return a sender that looks for no mark
		 */
		public static Sender of(Instant started, RandomGenerator random) {
			return new Sender(started, draw(random), 1, 0, "", draw(random));
		}

		/**
		 * Return the sender of the beat after this one, which may not be understood.
		 * @return a sender that leaves the same mark
		 */
		public Sender next() {
			return new Sender(this.started, this.process, this.number + 1, this.understood, this.before, this.mark);
		}

		/**
		 * Return the same sender after a beat that was understood.
		 * @param understood the sender of that one
		 * @param random draws the mark
		 * @return a sender that looks for the mark that one has left, if it does not look
		 * for a later one
		 */
		public Sender after(Sender understood, RandomGenerator random) {
			if (!this.mark.equals(understood.mark)) {
				return this;
			}
			return new Sender(this.started, this.process, this.number, understood.number, understood.mark,
					draw(random));
		}

		/**
		 * Return the same sender after it has met another process.
		 * @param random draws what that one has not
		 * @return a sender that has nothing in common with it
		 */
		public Sender apart(RandomGenerator random) {
			return new Sender(this.started, draw(random), this.number, this.understood, this.before, this.mark);
		}

		private static String draw(RandomGenerator random) {
			return new UUID(random.nextLong(), random.nextLong()).toString();
		}

	}

	/**
	 * What does not change while a server is up.
	 *
	 * @param host the name of its host
	 * @param version the version of the application; {@code null} if it is not known
	 * @param jobs the jobs that it knows
	 * @since 0.1.0
	 */
	public record Facts(String host, @Nullable String version, List<KnownJob> jobs) {

	}

	/**
	 * A job that a server knows.
	 *
	 * @param name the name
	 * @param group the group; {@code null} if it is in none
	 * @param schedule what its schedule is there; {@code null} if it is not known
	 * @param method the class and the name of its method there; {@code null} if it is
	 * work of code
	 * @since 0.1.0
	 */
	public record KnownJob(String name, @Nullable String group, @Nullable String schedule, @Nullable String method) {

	}

	/**
	 * How many ticks of a job a server has skipped for one reason.
	 *
	 * @param job the name of the job
	 * @param reason why
	 * @param count how many since the server started
	 * @param tick the last one; {@code null} if it has none
	 * @param at when that was, on the clock of the server
	 * @param holder who ran instead; {@code null} if that is not known
	 * @param detail more for a human; may be {@code null}
	 * @since 0.1.0
	 */
	public record SkipCount(String job, SkipReason reason, long count, @Nullable Instant tick, Instant at,
			@Nullable String holder, @Nullable String detail) {

	}

	/**
	 * One tick that a server has skipped.
	 *
	 * @param number how many there were before since the server started
	 * @param job the name of the job
	 * @param tick which tick; {@code null} if it has none
	 * @param at when that was, on the clock of the server
	 * @param reason why
	 * @since 0.1.0
	 */
	public record SkippedTick(long number, String job, @Nullable Instant tick, Instant at, SkipReason reason) {

	}

	/**
	 * What happened to a job. Not when, but how long ago: no two clocks are compared.
	 *
	 * @param job the name of the job
	 * @param begun how long ago a run began; {@code null} if there is no news
	 * @param succeeded how long ago a run ended as a success; {@code null} if there is no
	 * news
	 * @param going how long ago a run was still going on; {@code null} if there is no
	 * news
	 * @param paused whether it is paused; {@code null} if there is no news
	 * @since 0.1.0
	 */
	public record JobNews(String job, @Nullable Duration begun, @Nullable Duration succeeded, @Nullable Duration going,
			@Nullable Boolean paused) {

	}

}
