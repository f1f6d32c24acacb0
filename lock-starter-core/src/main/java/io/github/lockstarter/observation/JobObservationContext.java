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

package io.github.lockstarter.observation;

import io.micrometer.observation.Observation;
import org.jspecify.annotations.Nullable;

import io.github.lockstarter.JobRun;
import io.github.lockstarter.RunOutcome;

/**
 * What is known of an observed run. Safe for use by several threads.
 *
 * @since 0.1.0
 * @see JobObservationDocumentation
 */
public class JobObservationContext extends Observation.Context {

	private final JobRun run;

	private volatile @Nullable RunOutcome outcome;

	/**
	 * Create a context.
	 * @param run the run that begins
	 */
	public JobObservationContext(JobRun run) {
		this.run = run;
	}

	/**
	 * Return the run.
	 * @return the run
	 */
	public JobRun getRun() {
		return this.run;
	}

	/**
	 * Return how the run ended.
	 * @return the outcome, or {@code null} if it has not ended, or its end could not be
	 * written down
	 */
	public @Nullable RunOutcome getOutcome() {
		return this.outcome;
	}

	/**
	 * Set how the run ended.
	 * @param outcome the outcome
	 */
	public void setOutcome(RunOutcome outcome) {
		this.outcome = outcome;
	}

}
