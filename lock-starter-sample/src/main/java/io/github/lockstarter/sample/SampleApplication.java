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

package io.github.lockstarter.sample;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.scheduling.annotation.EnableScheduling;

/**
 * The batch server.
 */
@SpringBootApplication
@EnableScheduling
public class SampleApplication {

	/**
	 * Starts a batch server.
	 * @param args properties, such as {@code --distributed-scheduled.server-id=left}
	 */
	public static void main(String[] args) {
		keepDatabaseOnThisMachine();
		SpringApplication.run(SampleApplication.class, args);
	}

	/**
	 * H2 would serve the other batch servers on all addresses of this machine.
	 */
	private static void keepDatabaseOnThisMachine() {
		if (System.getProperty("h2.bindAddress") == null) {
			System.setProperty("h2.bindAddress", "127.0.0.1");
		}
	}

}
