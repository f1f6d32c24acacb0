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

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * All that a {@link Memory} keeps.
 */
final class MemoryContent {

	final Map<String, MemoryKey> keys = new LinkedHashMap<>();

	/**
	 * Return a copy that has nothing in common with this one.
	 */
	MemoryContent copy() {
		MemoryContent copy = new MemoryContent();
		this.keys.forEach((key, kept) -> copy.keys.put(key, kept.copy()));
		return copy;
	}

}
