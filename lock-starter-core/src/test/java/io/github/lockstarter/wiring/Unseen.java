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

package io.github.lockstarter.wiring;

/**
 * What no proxy can see, or is not asked to: only for these a body runs without a lock.
 */
enum Unseen {

	/** A method that is no job. */
	NO_JOB,

	/** A call from inside the object of a job. */
	OWN_CALL,

	/** A callback of Spring, which knows the object without its proxy. */
	CALLBACK,

	/** An object that code has made itself, or has taken from behind its proxy. */
	OWN_OBJECT,

	/** The call that makes a publisher, which is locked when it is subscribed to. */
	PUBLISHER_MADE,

	/**
	 * Code has taken the lock away from a proxy while the application runs: one fire at
	 * most, with an error.
	 */
	ADVICE_REMOVED

}
