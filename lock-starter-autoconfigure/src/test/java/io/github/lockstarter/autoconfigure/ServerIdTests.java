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
package io.github.lockstarter.autoconfigure;

import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * How a server is called that has not been given a name.
 */
class ServerIdTests {

	@Test
	void tellsHostAndProcess() {
		assertThat(ServerId.create()).matches("[^:]+:" + ProcessHandle.current().pid() + ":[0-9a-f]{4}");
	}

	/**
	 * Containers share a host name and process ids come again.
	 */
	@Test
	void isAnotherOneForEachStart() {
		assertThat(Stream.generate(ServerId::create).limit(10).collect(Collectors.toSet())).hasSizeGreaterThan(5);
	}

}
