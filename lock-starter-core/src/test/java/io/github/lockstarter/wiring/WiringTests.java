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

package io.github.lockstarter.wiring;

import java.util.List;
import java.util.stream.Stream;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every way in which Spring can come to call a job, and what happens: its body runs under
 * the lock, or the application does not start. What runs without it is a plain method, or
 * what no proxy can see.
 */
class WiringTests {

	@ParameterizedTest
	@MethodSource
	void everyBodyRunsUnderItsLockOrTheApplicationDoesNotStart(Wiring wiring) {
		wiring.verify();
	}

	static Stream<Wiring> everyBodyRunsUnderItsLockOrTheApplicationDoesNotStart() {
		return Stream.of(Declarations.rows(), Proxies.rows(), Scopes.rows(), Schedules.rows(), Contexts.rows())
			.flatMap(List::stream);
	}

}
