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

import java.io.File;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;

import org.jspecify.annotations.Nullable;

import org.springframework.scheduling.support.CronExpression;

/**
 * What the user asked for.
 *
 * @param length how long the ticks are counted; {@code null}: until Ctrl-C
 * @param lock whether the servers share a lock
 * @param cron when the settlement is due
 * @param program how {@code java} is told to start a server
 * @param passedOn properties of the user that the servers get too
 */
record DemoSettings(@Nullable Duration length, boolean lock, String cron, List<String> program,
		Map<String, String> passedOn) {

	static final String CRON_PROPERTY = "sample.settlement.cron";

	private static final String DEFAULT_CRON = "*/2 * * * * *";

	private static final String REDIS_PREFIX = "spring.data.redis.";

	private static final List<String> PASSED_ON = List.of(REDIS_PREFIX, "distributed-scheduled.", "sample.");

	static DemoSettings of(Properties properties) {
		String cron = properties.getProperty(CRON_PROPERTY, DEFAULT_CRON);
		if (!CronExpression.isValidExpression(cron)) {
			throw new DemoException(CRON_PROPERTY + " is a cron expression, not '" + cron + "'.");
		}
		Map<String, String> passedOn = new TreeMap<>();
		for (String name : properties.stringPropertyNames()) {
			if (PASSED_ON.stream().anyMatch(name::startsWith)) {
				passedOn.put(name, properties.getProperty(name));
			}
		}
		return new DemoSettings(length(properties.getProperty("demo.seconds", "0")),
				lock(properties.getProperty("demo.lock", "on")), cron, program(properties), passedOn);
	}

	private static @Nullable Duration length(String seconds) {
		if (!seconds.matches("\\d{1,9}")) {
			throw new DemoException("demo.seconds is a number of seconds, not '" + seconds + "'.");
		}
		Duration length = Duration.ofSeconds(Long.parseLong(seconds));
		return length.isZero() ? null : length;
	}

	private static boolean lock(String lock) {
		return switch (lock) {
			case "on" -> true;
			case "off" -> false;
			default -> throw new DemoException("demo.lock is on or off, not '" + lock + "'.");
		};
	}

	/**
	 * The jar that Maven has built; in an IDE there is only the class path.
	 */
	private static List<String> program(Properties properties) {
		String jar = properties.getProperty("demo.jar");
		if (jar == null) {
			return List.of("-cp", properties.getProperty("java.class.path"),
					"io.github.lockstarter.sample.SampleApplication");
		}
		if (!new File(jar).isFile()) {
			throw new DemoException("There is no " + jar + ". Start the demo with: mvn -Pdemo");
		}
		return List.of("-jar", Path.of(jar).toAbsolutePath().toString());
	}

	/**
	 * Tells whether the user has a Redis of their own.
	 * @param environment the environment variables
	 * @return whether a property or a variable says where it is
	 */
	boolean ownRedis(Map<String, String> environment) {
		return this.passedOn.keySet().stream().anyMatch((name) -> name.startsWith(REDIS_PREFIX))
				|| environment.keySet().stream().anyMatch((name) -> name.startsWith("SPRING_DATA_REDIS_"));
	}

}
