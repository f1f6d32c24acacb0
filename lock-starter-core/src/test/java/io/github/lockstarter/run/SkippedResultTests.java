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
package io.github.lockstarter.run;

import java.lang.reflect.Method;
import java.util.Optional;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import io.github.lockstarter.DistributedScheduled;
import io.github.lockstarter.JobSkipped;
import io.github.lockstarter.SkipReason;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What a call returns that is skipped.
 */
class SkippedResultTests {

	@ParameterizedTest
	@MethodSource("results")
	void aSkippedCallReturnsAnEmptyValue(String name, Object ran, @Nullable Object skipped) throws Exception {
		try (TestServer server = new TestServer("server-1").firedByHand().with(Jobs.class).start()) {
			Method method = Jobs.class.getDeclaredMethod(name);
			assertThat(method.invoke(server.bean(Jobs.class))).isEqualTo(ran);
			assertThat(method.invoke(server.bean(Jobs.class))).isEqualTo(skipped);
			assertThat(server.events(JobSkipped.class)).singleElement()
				.extracting(JobSkipped::reason)
				.isEqualTo(SkipReason.HELD);
		}
	}

	static Stream<Arguments> results() {
		return Stream.of(Arguments.of("text", "ran", null), Arguments.of("optional", Optional.of(1), Optional.empty()),
				Arguments.of("number", 1, 0), Arguments.of("large", 1L, 0L), Arguments.of("fraction", 1.5, 0.0),
				Arguments.of("flag", true, false), Arguments.of("letter", 'a', '\0'), Arguments.of("boxed", 1, null),
				Arguments.of("nothing", null, null));
	}

	static class Jobs {

		@DistributedScheduled(lockAtLeastFor = "1h")
		@Nullable String text() {
			return "ran";
		}

		@DistributedScheduled(lockAtLeastFor = "1h")
		Optional<Integer> optional() {
			return Optional.of(1);
		}

		@DistributedScheduled(lockAtLeastFor = "1h")
		int number() {
			return 1;
		}

		@DistributedScheduled(lockAtLeastFor = "1h")
		long large() {
			return 1;
		}

		@DistributedScheduled(lockAtLeastFor = "1h")
		double fraction() {
			return 1.5;
		}

		@DistributedScheduled(lockAtLeastFor = "1h")
		boolean flag() {
			return true;
		}

		@DistributedScheduled(lockAtLeastFor = "1h")
		char letter() {
			return 'a';
		}

		@DistributedScheduled(lockAtLeastFor = "1h")
		@Nullable Integer boxed() {
			return 1;
		}

		@DistributedScheduled(lockAtLeastFor = "1h")
		void nothing() {
		}

	}

}
