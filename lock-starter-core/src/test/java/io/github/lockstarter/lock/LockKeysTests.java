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

import java.util.HashSet;
import java.util.List;
import java.util.Set;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class LockKeysTests {

	@Test
	void keysAreReadableAndShareAHashTag() {
		assertThat(LockKeys.of("distributed-scheduled:", "billing", null, "settlement.settle"))
			.isEqualTo(new LockKeys("distributed-scheduled:{billing/settlement.settle}:lock",
					"distributed-scheduled:{billing/settlement.settle}:settlement.settle:state",
					"distributed-scheduled:{billing/settlement.settle}:settlement.settle:runs"));
	}

	@Test
	void twoPairsOfNamesNeverMeet() {
		List<String> names = List.of("a", "b", "a/b", "a%2Fb", "a:b", "{a}", "}", "{", "a b", "a\nb", "정산", "<script>",
				"a%", "%");
		Set<LockKeys> keys = new HashSet<>();
		for (String namespace : names) {
			for (String job : names) {
				assertThat(keys.add(LockKeys.of("p:", namespace, null, job))).as("%s and %s", namespace, job).isTrue();
				assertThat(keys.add(LockKeys.of("p:", namespace, job, job))).as("group %s and %s", namespace, job)
					.isTrue();
			}
		}
	}

	@Test
	void theHashTagIsTheWholeNameHoweverItIsWritten() {
		LockKeys keys = LockKeys.of("p:", "name{space}", null, "}job{");
		assertThat(tag(keys.lock())).isEqualTo(tag(keys.state())).isEqualTo("name%7Bspace%7D/%7Djob%7B");
	}

	/** As Redis Cluster finds it. */
	private static String tag(String key) {
		int open = key.indexOf('{');
		return key.substring(open + 1, key.indexOf('}', open));
	}

	@Test
	void jobsOfAGroupShareTheirLockAndHaveTheirOwnState() {
		LockKeys one = LockKeys.of("p:", "billing", "nightly", "settle");
		assertThat(one).isEqualTo(new LockKeys("p:{billing/:nightly}:lock", "p:{billing/:nightly}:settle:state",
				"p:{billing/:nightly}:settle:runs"));
		LockKeys other = LockKeys.of("p:", "billing", "nightly", "archive");
		assertThat(other.lock()).isEqualTo(one.lock());
		assertThat(other.state()).isNotEqualTo(one.state());
	}

}
