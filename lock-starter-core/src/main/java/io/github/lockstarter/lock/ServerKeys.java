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

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/**
 * The keys of what servers tell of themselves. They share a hash tag that is no job's.
 *
 * @param index which servers there are
 * @param record the record of one server
 * @param jobs what servers tell of the jobs
 */
record ServerKeys(String index, String record, String jobs) {

	static ServerKeys of(String prefix, String namespace, String server) {
		String tag = prefix + "{" + LockKeys.escape(namespace) + "}:";
		return new ServerKeys(tag + "servers", records(prefix, namespace) + LockKeys.escape(server), tag + "jobs");
	}

	/**
	 * Return what the key of a record is before the name of its server.
	 */
	static String records(String prefix, String namespace) {
		return prefix + "{" + LockKeys.escape(namespace) + "}:server:";
	}

	/**
	 * Undo {@link LockKeys#escape}.
	 */
	static String unescape(String escaped) {
		if (escaped.indexOf('%') < 0) {
			return escaped;
		}
		ByteArrayOutputStream name = new ByteArrayOutputStream(escaped.length());
		for (int i = 0; i < escaped.length(); i++) {
			char c = escaped.charAt(i);
			if (c == '%' && i + 2 < escaped.length()) {
				name.write(HexFormat.fromHexDigits(escaped, i + 1, i + 3));
				i += 2;
			}
			else {
				name.write(c);
			}
		}
		return name.toString(StandardCharsets.UTF_8);
	}

}
