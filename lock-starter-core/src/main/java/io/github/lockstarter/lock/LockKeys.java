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

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * The keys of one job in Redis. They share a hash tag, so that one script may touch them
 * all in a cluster.
 *
 * @param lock the RLock
 * @param state the state of the job
 * @param runs the history of the job
 */
record LockKeys(String lock, String state, String runs) {

	private static final String RESERVED = "%{}/:";

	static LockKeys of(String prefix, String namespace, @Nullable String group, String job) {
		// A name has no colon any more, so a group never meets a job of the same name
		String tag = prefix + "{" + escape(namespace) + "/" + ((group != null) ? ":" + escape(group) : escape(job))
				+ "}";
		String ofJob = tag + ":" + escape(job);
		return new LockKeys(tag + ":lock", ofJob + ":state", ofJob + ":runs");
	}

	/**
	 * Return the keys of a job that nobody has, in the same slot.
	 */
	LockKeys probe() {
		return new LockKeys(this.lock + ":probe", this.state + ":probe", this.runs + ":probe");
	}

	/**
	 * Return the keys as the scripts number them.
	 */
	List<Object> all() {
		return List.of(this.lock, this.state, this.runs);
	}

	/**
	 * Escape what has a meaning in a key, as in a URL, so that two pairs of names never
	 * meet. The rest stays readable.
	 */
	static String escape(String name) {
		StringBuilder escaped = new StringBuilder(name.length());
		for (byte b : name.getBytes(StandardCharsets.UTF_8)) {
			char c = (char) (b & 0xff);
			if (c <= ' ' || c >= 0x7f || RESERVED.indexOf(c) >= 0) {
				escaped.append('%').append(HexFormat.of().withUpperCase().toHexDigits(b));
			}
			else {
				escaped.append(c);
			}
		}
		return escaped.toString();
	}

}
