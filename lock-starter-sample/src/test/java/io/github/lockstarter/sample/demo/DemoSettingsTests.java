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

package io.github.lockstarter.sample.demo;

import java.time.Duration;
import java.util.Map;
import java.util.Properties;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class DemoSettingsTests {

	private final Properties properties = new Properties();

	DemoSettingsTests() {
		this.properties.setProperty("java.class.path", "classes");
	}

	@Test
	void defaults() {
		DemoSettings settings = DemoSettings.of(this.properties);
		assertThat(settings.length()).isNull();
		assertThat(settings.lock()).isTrue();
		assertThat(settings.cron()).isEqualTo("*/2 * * * * *");
		assertThat(settings.program()).containsExactly("-cp", "classes",
				"io.github.lockstarter.sample.SampleApplication");
		assertThat(settings.passedOn()).isEmpty();
		assertThat(settings.ownRedis(Map.of("PATH", "/bin"))).isFalse();
	}

	@Test
	void boundedAndWithoutLock() {
		this.properties.setProperty("demo.seconds", "30");
		this.properties.setProperty("demo.lock", "off");
		DemoSettings settings = DemoSettings.of(this.properties);
		assertThat(settings.length()).isEqualTo(Duration.ofSeconds(30));
		assertThat(settings.lock()).isFalse();
	}

	@Test
	void passesOnWhatIsForTheServers() {
		this.properties.setProperty("spring.data.redis.url", "redis://here");
		this.properties.setProperty("distributed-scheduled.lease", "5s");
		this.properties.setProperty("user.name", "me");
		DemoSettings settings = DemoSettings.of(this.properties);
		assertThat(settings.passedOn()).containsOnlyKeys("spring.data.redis.url", "distributed-scheduled.lease");
		assertThat(settings.ownRedis(Map.of())).isTrue();
	}

	@Test
	void redisOfTheUserByVariable() {
		assertThat(DemoSettings.of(this.properties).ownRedis(Map.of("SPRING_DATA_REDIS_HOST", "here"))).isTrue();
	}

	@Test
	void wrongValuesAreRefusedInOneLine() {
		assertRefused("demo.seconds", "soon", "demo.seconds is a number of seconds, not 'soon'.");
		assertRefused("demo.lock", "no", "demo.lock is on or off, not 'no'.");
		assertRefused("sample.settlement.cron", "daily", "sample.settlement.cron is a cron expression, not 'daily'.");
		assertRefused("demo.jar", "/no/such.jar", "There is no /no/such.jar. Start the demo with: mvn -Pdemo");
	}

	private void assertRefused(String name, String value, String message) {
		Properties wrong = new Properties(this.properties);
		wrong.setProperty(name, value);
		assertThatExceptionOfType(DemoException.class).isThrownBy(() -> DemoSettings.of(wrong)).withMessage(message);
	}

}
