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

import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * What a server learns from telling of itself.
 *
 * @param redisTime Redis's time
 * @param known whether what it told was understood; if not, it has to tell all there is
 * @param other whether it was not understood because another process has told of itself
 * under the same name since
 * @param jobs what all servers have told of the jobs, by name
 * @since 0.1.0
 */
public record Pulse(Instant redisTime, boolean known, boolean other, Map<String, Activity> jobs) {

	/**
	 * Make the map immutable, in its order.
	 * @param redisTime as above
	 * @param known as above
	 * @param other as above
	 * @param jobs as above
	 */
	public Pulse {
		jobs = Collections.unmodifiableMap(new LinkedHashMap<>(jobs));
	}

	/**
	 * What servers have told of a job, on Redis's clock. Each is {@code null} if nobody
	 * told of it.
	 *
	 * @param begun when the last run began
	 * @param succeeded when a run was last a success
	 * @param going when a run was last seen going on
	 * @param paused since when it is paused
	 * @param resumed when it was resumed last
	 * @since 0.1.0
	 */
	public record Activity(@Nullable Instant begun, @Nullable Instant succeeded, @Nullable Instant going,
			@Nullable Instant paused, @Nullable Instant resumed) {

		/** Nobody has told anything. */
		public static final Activity NONE = new Activity(null, null, null, null, null);

	}

}
