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

import java.time.Duration;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Durations in messages read as in properties.
 */
class DurationsTests {

	@ParameterizedTest
	@CsvSource({ "PT0S, 0s", "PT0.06S, 60ms", "PT0.9995S, 999ms500us", "PT1.9S, 1s900ms", "PT1M30S, 1m30s",
			"PT-1M-30S, -1m30s", "PT1M0.001S, 1m1ms", "P366D, 366d" })
	void whatIsSetIsWrittenToTheLastDigit(Duration duration, String text) {
		assertThat(Durations.text(duration)).isEqualTo(text);
	}

	@ParameterizedTest
	@CsvSource({ "PT3M19.999768109S, 3m20s", "PT0.0000151S, 0s", "PT1.2345S, 1s235ms", "PT9.9999S, 10s", "PT59.6S, 1m",
			"PT-3M-19.999768109S, -3m20s", "PT-0.012S, -12ms", "PT26H0.4S, 1d2h" })
	void whatIsMeasuredIsRounded(Duration duration, String text) {
		assertThat(Durations.rounded(duration)).isEqualTo(text);
	}

}
