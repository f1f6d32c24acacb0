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

import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.github.lockstarter.RunOutcome;
import io.github.lockstarter.observation.JobObservationContext;
import io.github.lockstarter.observation.JobObservationConvention;
import io.github.lockstarter.observation.JobObservationDocumentation;

/**
 * Observes runs. Whatever a handler or a convention throws hurts nothing.
 */
final class RunObservations {

	/** Where Micrometer looks for the current observation in Reactor's context. */
	static final String REACTOR_KEY = "micrometer.observation";

	private static final Logger logger = LoggerFactory.getLogger(RunObservations.class);

	private final ObservationRegistry registry;

	private final @Nullable JobObservationConvention convention;

	RunObservations(ObservationRegistry registry, @Nullable JobObservationConvention convention) {
		this.registry = registry;
		this.convention = convention;
	}

	/**
	 * Begin to observe a run.
	 * @param parent what it is part of; {@code null} for what this thread is in
	 */
	Observed start(ActiveRun run, @Nullable Observation parent) {
		if (this.registry.isNoop()) {
			return Observed.NOTHING;
		}
		try {
			JobObservationContext context = new JobObservationContext(run);
			Observation observation = JobObservationDocumentation.RUN.observation(this.convention,
					JobObservationConvention.DEFAULT, () -> context, this.registry);
			if (parent != null) {
				observation.parentObservation(parent);
			}
			return new Observed(observation.start(), context);
		}
		catch (Throwable ex) {
			failed(run, ex);
			return Observed.NOTHING;
		}
	}

	private static void failed(Object what, Throwable ex) {
		logger.warn("{} could not be observed. The job is not affected.", what, ex);
	}

	/**
	 * A run that is observed, or nothing.
	 *
	 * @param observation the observation; {@code null} if there is none
	 * @param context what is known of it
	 */
	record Observed(@Nullable Observation observation, @Nullable JobObservationContext context) {

		static final Observed NOTHING = new Observed(null, null);

		/**
		 * Call something that is part of it.
		 */
		@Nullable Object call(ActiveRun.Body body) throws Throwable {
			if (this.observation == null) {
				return body.proceed();
			}
			ObservationRegistry registry = this.observation.getObservationRegistry();
			Observation.Scope outer = registry.getCurrentObservationScope();
			Observation.Scope scope = open(this.observation);
			try {
				return body.proceed();
			}
			finally {
				close(this.observation, scope);
				// A handler that threw has left this undone
				registry.setCurrentObservationScope(outer);
			}
		}

		private static Observation.@Nullable Scope open(Observation observation) {
			try {
				return observation.openScope();
			}
			catch (Throwable ex) {
				failed(observation, ex);
				return null;
			}
		}

		private static void close(Observation observation, Observation.@Nullable Scope scope) {
			try {
				if (scope != null) {
					scope.close();
				}
			}
			catch (Throwable ex) {
				failed(observation, ex);
			}
		}

		/**
		 * The run has ended.
		 */
		void stop(RunOutcome outcome, @Nullable Throwable failure) {
			if (this.observation == null || this.context == null) {
				return;
			}
			try {
				this.context.setOutcome(outcome);
				if (failure != null) {
					this.observation.error(failure);
				}
				this.observation.stop();
			}
			catch (Throwable ex) {
				failed(this.observation, ex);
			}
		}

	}

}
