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
 * Hears of every write to a {@link Memory} before it is carried out. One that throws
 * breaks off the script, as an error of Redis does: what the script wrote before is kept.
 */
@FunctionalInterface
interface MemoryWrites {

	/** Lets all of them be. */
	MemoryWrites CARRIED_OUT = (write) -> {
	};

	/**
	 * A write will be carried out unless this throws.
	 */
	void before(Write write);

	/**
	 * A write of a script.
	 *
	 * @param command the command, such as HSET
	 * @param key the key, or the channel of a PUBLISH
	 * @param number how many writes the script has sent before
	 */
	record Write(String command, String key, int number) {

	}

}
