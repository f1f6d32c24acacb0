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

package io.github.lockstarter;

/**
 * Something that happened to a job on this server. Published as a Spring application
 * event, on the thread where it happened; a listener that throws is logged and hurts
 * nothing.
 *
 * <pre class="code">
 * &#64;EventListener
 * void on(JobSkipped skipped) { … }
 * </pre>
 *
 * @since 0.1.0
 */
public sealed interface JobEvent
		permits JobStarted, JobSkipped, JobFinished, JobLockLost, JobRenewalFailed, JobTimedOut, JobBypassed {

	/**
	 * Return the name of the job.
	 * @return the name
	 */
	String job();

	/**
	 * Return the id of the server that publishes this event.
	 * @return the id of this server
	 */
	String server();

}
