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

import org.jspecify.annotations.Nullable;

import io.github.lockstarter.JobRun.Trigger;
import io.github.lockstarter.JobSkipped;
import io.github.lockstarter.lock.LockRequest;
import io.github.lockstarter.schedule.Fire;

/**
 * What came of the wish to run a job.
 */
sealed interface Beginning {

	/**
	 * This server runs if Redis grants the tick. The run is inside the gate already. To
	 * be followed by {@link JobRunner#decide}.
	 *
	 * @param job the job
	 * @param fire what fires it; {@code null} for a call by hand
	 * @param request what to ask for
	 * @param trigger what starts the run, if it is no rerun
	 * @param since since when it is asked for, in nanoseconds of monotonic time
	 */
	record Admitted(Job job, @Nullable Fire fire, LockRequest request, Trigger trigger,
			long since) implements Beginning {

	}

	/**
	 * This server runs. To be followed by {@link JobRunner#start} and
	 * {@link JobRunner#end}.
	 *
	 * @param run the run
	 */
	record Granted(ActiveRun run) implements Beginning {

	}

	/**
	 * This server does not run. Everything is said and done.
	 *
	 * @param event why
	 */
	record Skipped(JobSkipped event) implements Beginning {

	}

	/**
	 * Nothing is decided yet. The same tick is fired again.
	 */
	record Postponed() implements Beginning {

	}

}
