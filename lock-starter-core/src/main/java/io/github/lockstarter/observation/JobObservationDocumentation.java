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

import io.micrometer.common.docs.KeyName;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationConvention;
import io.micrometer.observation.docs.ObservationDocumentation;

/**
 * What is observed.
 *
 * @since 0.1.0
 */
public enum JobObservationDocumentation implements ObservationDocumentation {

	/**
	 * One run of a job on this server, from its start under the lock until the lock is
	 * released. A tick that is skipped is not observed.
	 */
	RUN {

		@Override
		public Class<? extends ObservationConvention<? extends Observation.Context>> getDefaultConvention() {
			return JobObservationConvention.class;
		}

		@Override
		public KeyName[] getLowCardinalityKeyNames() {
			return LowCardinalityKeys.values();
		}

		@Override
		public KeyName[] getHighCardinalityKeyNames() {
			return HighCardinalityKeys.values();
		}

	};

	/**
	 * Keys with few values.
	 */
	public enum LowCardinalityKeys implements KeyName {

		/**
		 * The name of the job. Not just "job": Prometheus has a label of that name.
		 */
		JOB {

			@Override
			public String asString() {
				return "job.name";
			}

		},

		/**
		 * What started the run.
		 * @see io.github.lockstarter.JobRun.Trigger
		 */
		TRIGGER {

			@Override
			public String asString() {
				return "trigger";
			}

		},

		/**
		 * How the run ended; {@code UNKNOWN} until it has.
		 * @see io.github.lockstarter.RunOutcome
		 */
		OUTCOME {

			@Override
			public String asString() {
				return "outcome";
			}

		}

	}

	/**
	 * Keys with a value of their own for each run or server.
	 */
	public enum HighCardinalityKeys implements KeyName {

		/**
		 * Which tick.
		 */
		TICK {

			@Override
			public String asString() {
				return "tick";
			}

		},

		/**
		 * The fencing token of the run.
		 */
		TOKEN {

			@Override
			public String asString() {
				return "token";
			}

		},

		/**
		 * The id of the server.
		 */
		SERVER {

			@Override
			public String asString() {
				return "server";
			}

		}

	}

}
