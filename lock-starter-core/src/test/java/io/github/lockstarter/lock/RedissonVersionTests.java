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

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNoException;

/**
 * Which Redisson is too old.
 */
class RedissonVersionTests {

	@ParameterizedTest
	@CsvSource({ "3.52.0, true", "3.9.1, true", "4.0.0, false", "4.7.0, false", "4.0.0.RC1, false", "10.0.0, false",
			"unknown, false" })
	void whatIsOlderThanTheOldestThatIsTested(String version, boolean tooOld) {
		assertThat(RedissonVersion.isTooOld(version)).isEqualTo(tooOld);
	}

	@Test
	void theOneOnTheClassPathIsNot() {
		assertThatNoException().isThrownBy(RedissonVersion::check);
	}

}
