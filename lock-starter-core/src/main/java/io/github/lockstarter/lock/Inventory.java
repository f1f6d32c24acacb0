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

import java.util.Map;

/**
 * All that a namespace has, at one moment.
 *
 * @param servers the servers
 * @param jobs the jobs that any of them knows, with what is known of each
 * @param failures the jobs of which nothing is known, because their part of the store is
 * away, and what it said, by name
 * @since 0.1.0
 */
public record Inventory(Servers servers, Map<Beat.KnownJob, JobRecord> jobs, Map<Beat.KnownJob, String> failures) {

	/**
	 * Make the maps immutable.
	 * @param servers as above
	 * @param jobs as above
	 * @param failures as above
	 */
	public Inventory {
		jobs = Map.copyOf(jobs);
		failures = Map.copyOf(failures);
	}

}
