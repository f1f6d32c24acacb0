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

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

import org.jspecify.annotations.Nullable;

import io.github.lockstarter.schedule.Tick;

/**
 * With which owners ticks were asked for that were refused, and are asked for again. Such
 * a question may come to Redis once more, late, and start the tick for nobody. Who asks
 * again as the same owner is told of that start. Safe for use by several threads.
 */
final class RefusedOwners {

	/** What is never asked for again is forgotten at last. */
	private static final int MOST = 1000;

	private final Map<Question, Long> owners = Collections.synchronizedMap(new LinkedHashMap<>() {

		@Override
		protected boolean removeEldestEntry(Map.Entry<Question, Long> eldest) {
			return size() > MOST;
		}

	});

	/**
	 * A question was refused, and may be asked again.
	 */
	void put(LockRequest request, long owner) {
		this.owners.put(Question.of(request), owner);
	}

	/**
	 * Take the owner with which a question was asked before. Nobody else gets it, so no
	 * two questions have one owner at a time.
	 * @return {@code null} if there is none
	 */
	@Nullable Long take(LockRequest request) {
		return this.owners.remove(Question.of(request));
	}

	private record Question(String job, Tick tick) {

		static Question of(LockRequest request) {
			return new Question(request.job(), request.tick());
		}

	}

}
