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

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.context.ApplicationEventPublisher;

import io.github.lockstarter.JobEvent;

/**
 * Publishes events. A listener that throws hurts nothing.
 */
final class RunEvents {

	private static final Logger logger = LoggerFactory.getLogger(RunEvents.class);

	private final ApplicationEventPublisher publisher;

	RunEvents(ApplicationEventPublisher publisher) {
		this.publisher = publisher;
	}

	void publish(JobEvent event) {
		try {
			this.publisher.publishEvent(event);
		}
		catch (Throwable ex) {
			// Also an error, such as a missing class: thrown from here it would
			// replace the result of the job, or leave its lock behind
			logger.warn("A listener failed on {}. The job is not affected.", event, ex);
		}
	}

}
