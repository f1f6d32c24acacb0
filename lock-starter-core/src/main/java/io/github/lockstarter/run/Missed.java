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

import org.jspecify.annotations.Nullable;

import io.github.lockstarter.schedule.PastTimes;

/**
 * Which ticks of a job are run although they were missed.
 *
 * @param times when the job would have run
 * @param within how long after its time a tick may be begun
 */
record Missed(PastTimes times, Duration within) {

	/**
	 * Return the latest tick that may be begun now, whether it was missed or not.
	 */
	@Nullable Instant latest(Instant now) {
		return this.times.latest(now, this.within);
	}

}
