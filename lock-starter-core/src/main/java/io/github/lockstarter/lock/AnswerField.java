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

import java.util.EnumMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/**
 * What the rules answer, in this order. The names, with {@code ANSWER_} before them, are
 * variables of the script.
 */
enum AnswerField {

	VERDICT, REDIS_TIME, ASK_AGAIN_AT, HOLDER, SINCE, TOKEN, TICK, SCHEDULE, ATTEMPTS, OPEN, LOCK_HOLDER;

	/**
	 * Return what a script has answered, by its names.
	 */
	static Map<AnswerField, String> named(List<String> reply) {
		Map<AnswerField, String> named = new EnumMap<>(AnswerField.class);
		Iterator<String> values = reply.iterator();
		for (AnswerField field : values()) {
			named.put(field, values.next());
		}
		return named;
	}

}
