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

/**
 * What is wrong where Redis could not be asked for a lock.
 *
 * @since 0.1.0
 */
public enum Trouble {

	/**
	 * Redis does not answer anybody, or answers everybody that it cannot: it is loading,
	 * or it wants a password. Any other answer shows that this is over.
	 */
	AWAY,

	/**
	 * Redis answers, and takes no lock of this application: it is a replica, it may not
	 * write, or this application has not the rights. That a lock was taken shows that
	 * this is over.
	 */
	REFUSING,

	/**
	 * Redis answers with an error that concerns this job, and perhaps no other.
	 */
	ERROR

}
