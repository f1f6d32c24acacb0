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
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import org.jspecify.annotations.Nullable;

/**
 * What all servers of a namespace have told of themselves.
 *
 * @param redisTime Redis's time
 * @param all the servers, in no order
 * @since 0.1.0
 */
public record Servers(Instant redisTime, List<Entry> all) {

	/** A server that has not been heard of for longer than this is gone. */
	public static final Duration GONE_AFTER = Duration.ofSeconds(30);

	/**
	 * Make the list immutable.
	 * @param redisTime as above
	 * @param all as above
	 */
	public Servers {
		all = List.copyOf(all);
	}

	/**
	 * Tell whether a server is gone.
	 * @param server what it told
	 * @return true if it has said that it ends, or has not been heard of for
	 * {@link #GONE_AFTER}
	 */
	public boolean isGone(Entry server) {
		return server.ended() || server.seen().plus(GONE_AFTER).isBefore(this.redisTime);
	}

	/**
	 * Return all jobs that any server knows, each once. What this server says of its own
	 * jobs comes first, then what those say that are up.
	 * @param own the jobs of this server
	 * @return the jobs, ordered by name
	 */
	public Collection<Beat.KnownJob> jobs(Collection<Beat.KnownJob> own) {
		Map<String, Beat.KnownJob> jobs = new TreeMap<>();
		own.forEach((job) -> jobs.put(job.name(), job));
		this.all.stream()
			.sorted(Comparator.comparing(this::isGone).thenComparing(Entry::seen, Comparator.reverseOrder()))
			.flatMap((server) -> server.jobs().stream())
			.forEach((job) -> jobs.putIfAbsent(job.name(), job));
		return List.copyOf(jobs.values());
	}

	/**
	 * What a server has told of itself.
	 *
	 * @param id its id
	 * @param host the name of its host
	 * @param version the version of the application; {@code null} if it is not known
	 * @param started when it started, on its own clock
	 * @param seen when it was heard of last, on Redis's clock
	 * @param clockOffset by how much its clock is ahead of Redis's; {@code null} if that
	 * is not known
	 * @param draining whether it takes no ticks
	 * @param ended whether it has said that it ends
	 * @param jobs the jobs that it knows, ordered by name
	 * @param skips its counters of skips, ordered by job and reason
	 * @param skipped the last ticks that it has skipped, the newest first
	 * @since 0.1.0
	 */
	public record Entry(String id, String host, @Nullable String version, Instant started, Instant seen,
			@Nullable Duration clockOffset, boolean draining, boolean ended, List<Beat.KnownJob> jobs,
			List<Beat.SkipCount> skips, List<Beat.SkippedTick> skipped) {

		/**
		 * Return what is known of this server by itself, which may be newer.
		 * @param skips its counters of skips
		 * @param skipped the last ticks that it has skipped, the newest first
		 * @param draining whether it takes no ticks
		 * @return the entry with that
		 */
		public Entry with(List<Beat.SkipCount> skips, List<Beat.SkippedTick> skipped, boolean draining) {
			return new Entry(this.id, this.host, this.version, this.started, this.seen, this.clockOffset, draining,
					this.ended, this.jobs, skips, skipped);
		}

	}

}
