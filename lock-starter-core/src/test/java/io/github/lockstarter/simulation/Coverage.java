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

package io.github.lockstarter.simulation;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiConsumer;

import io.github.lockstarter.JobRun;

/**
 * What plays have come to, and how often: what never happens is not tested. For one
 * thread.
 */
final class Coverage implements BiConsumer<String, String> {

	/** Each answer, each doubt, each take-over. */
	private static final List<String> EXPECTED = List.of("acquire STARTED", "acquire EARLY", "acquire CLOCK_AHEAD",
			"acquire ALREADY_RAN", "acquire SUPERSEDED", "acquire NOT_DUE", "acquire HELD", "acquire STILL_RUNNING",
			"acquire PAUSED", "acquire CRASHED", "acquire LOCKED", "acquire ENDLESS", "acquire LOST",
			"acquire TOO_LATE", "look GO", "look ALREADY_RAN", "abandon of a start: 0", "abandon of a start: 1",
			"renew RENEWED", "renew LOST", "renew TOO_LATE", "finish SUCCEEDED", "finish LOCK_LOST", "run SCHEDULE",
			"run RERUN", "run CATCH_UP", "run of version 0", "run of version 1", "acquire after another schedule",
			"publisher SUCCEEDED", "publisher FAILED", "publisher TIMED_OUT", "publisher LOCK_LOST");

	private final Map<String, Long> counts = new HashMap<>();

	/**
	 * Redis has answered, or a server has come to something.
	 * @param what what it was
	 * @param which of these
	 */
	@Override
	public void accept(String what, String which) {
		this.counts.merge(what + " " + which, 1L, Long::sum);
	}

	/**
	 * A run has begun.
	 * @param version which schedules its server has
	 */
	void began(JobRun run, int version) {
		accept("run", run.trigger().name());
		accept("run of version", String.valueOf(version));
	}

	/**
	 * Count what another one has counted, too.
	 */
	void add(Coverage other) {
		other.counts.forEach((key, count) -> this.counts.merge(key, count, Long::sum));
	}

	/**
	 * Return what has to happen and has happened less often.
	 */
	Map<String, Long> below(long least) {
		Map<String, Long> below = new TreeMap<>();
		for (String expected : EXPECTED) {
			long count = this.counts.getOrDefault(expected, 0L);
			if (count < least) {
				below.put(expected, count);
			}
		}
		return below;
	}

	Map<String, Long> counts() {
		return new TreeMap<>(this.counts);
	}

}
