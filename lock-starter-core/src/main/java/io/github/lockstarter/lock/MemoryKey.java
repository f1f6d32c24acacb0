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
import java.util.TreeMap;

import org.jspecify.annotations.Nullable;

/**
 * What is kept under a key of a {@link Memory}, with its time to live.
 */
final class MemoryKey {

	/**
	 * What Redis calls a type. A string is there only to be of the wrong type.
	 */
	enum Type {

		HASH, STREAM, STRING

	}

	final Type type;

	/** Of a hash, in the order in which they were written first. */
	final Map<String, String> fields = new LinkedHashMap<>();

	/** Of a stream. */
	final TreeMap<Long, Map<String, String>> entries = new TreeMap<>();

	/** Of a stream; also of an entry that is gone. */
	long lastId;

	private @Nullable Long timeToLive;

	private long since;

	MemoryKey(Type type) {
		this.type = type;
	}

	/**
	 * Let the time to live begin anew.
	 * @param timeToLive in milliseconds; {@code null} for no end
	 * @param now what time it is
	 */
	void expire(@Nullable Long timeToLive, long now) {
		this.timeToLive = timeToLive;
		this.since = now;
	}

	/**
	 * Return the time to live as it was set last.
	 */
	@Nullable Long timeToLive() {
		return this.timeToLive;
	}

	/**
	 * Return what is left of the time to live, negative where it is over; {@code null} if
	 * it has no end.
	 */
	@Nullable Long left(long now) {
		return (this.timeToLive != null) ? Long.valueOf(this.since + this.timeToLive - now) : null;
	}

	MemoryKey copy() {
		MemoryKey copy = new MemoryKey(this.type);
		copy.fields.putAll(this.fields);
		// No entry is ever changed
		copy.entries.putAll(this.entries);
		copy.lastId = this.lastId;
		copy.timeToLive = this.timeToLive;
		copy.since = this.since;
		return copy;
	}

}
