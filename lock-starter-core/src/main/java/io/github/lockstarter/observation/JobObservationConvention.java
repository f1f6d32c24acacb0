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

import io.micrometer.common.KeyValue;
import io.micrometer.common.KeyValues;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationConvention;

import io.github.lockstarter.JobRun;
import io.github.lockstarter.RunOutcome;
import io.github.lockstarter.observation.JobObservationDocumentation.HighCardinalityKeys;
import io.github.lockstarter.observation.JobObservationDocumentation.LowCardinalityKeys;

/**
 * Names the observation of a run and its key values. The methods have those of
 * {@link JobObservationDocumentation}; a bean of this type that overrides some of them is
 * used instead of {@link #DEFAULT}.
 *
 * @since 0.1.0
 */
public interface JobObservationConvention extends ObservationConvention<JobObservationContext> {

	/**
	 * What is used if there is no other.
	 */
	JobObservationConvention DEFAULT = new JobObservationConvention() {
	};

	@Override
	default String getName() {
		return "distributed.scheduled.run";
	}

	@Override
	default String getContextualName(JobObservationContext context) {
		return "run " + context.getRun().name();
	}

	@Override
	default KeyValues getLowCardinalityKeyValues(JobObservationContext context) {
		JobRun run = context.getRun();
		RunOutcome outcome = context.getOutcome();
		return KeyValues.of(KeyValue.of(LowCardinalityKeys.JOB, run.name()),
				KeyValue.of(LowCardinalityKeys.TRIGGER, run.trigger().name()),
				KeyValue.of(LowCardinalityKeys.OUTCOME, (outcome != null) ? outcome.name() : "UNKNOWN"));
	}

	@Override
	default KeyValues getHighCardinalityKeyValues(JobObservationContext context) {
		JobRun run = context.getRun();
		return KeyValues.of(KeyValue.of(HighCardinalityKeys.TICK, run.tick().toString()),
				KeyValue.of(HighCardinalityKeys.TOKEN, Long.toString(run.token())),
				KeyValue.of(HighCardinalityKeys.SERVER, run.server()));
	}

	@Override
	default boolean supportsContext(Observation.Context context) {
		return context instanceof JobObservationContext;
	}

}
