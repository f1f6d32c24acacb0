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

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import io.github.lockstarter.DistributedScheduled;
import io.github.lockstarter.InvalidJobException;
import io.github.lockstarter.JobFinished;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * A name cannot make up log lines.
 */
class NamesTests {

	@ParameterizedTest
	@ValueSource(
			strings = { "x\n2026-01-01 INFO Ran y", "x\ry", "x\u0085y", "x\u2028y", "x\u2029y", "x\u001B[2Jy", "x\0" })
	void controlCharactersAndLineBreaksAreRefused(String name) {
		for (Class<?> job : new Class<?>[] { Named.class, Grouped.class }) {
			TestServer server = new TestServer("server-1").firedByHand().property("job", name).with(job);
			assertThatThrownBy(server::start).rootCause()
				.isInstanceOf(InvalidJobException.class)
				.hasMessageContaining("contains a line break or another control character")
				.hasMessageContaining("\uFFFD")
				.message()
				.matches((message) -> !Names.hasControlCharacters(message));
			server.close();
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "server\n1", "server\u20281" })
	void soAreThoseOfTheServer(String id) {
		assertThatThrownBy(() -> new TestServer(id)).isInstanceOf(InvalidJobException.class)
			.hasMessageContaining("id of this server");
	}

	@ParameterizedTest
	@ValueSource(strings = { "<script>alert(1)</script>\"'{{x}}", "Löhne, täglich", "給与 \uD83D\uDCB6" })
	void everythingElseIsAName(String name) {
		try (LogCapture log = new LogCapture(JobRunner.class);
				TestServer server = new TestServer("server-1").firedByHand()
					.property("job", name)
					.with(Named.class)
					.start()) {
			server.bean(Named.class).run();
			assertThat(server.await(JobFinished.class).job()).isEqualTo(name);
			assertThat(log.lines("INFO")).singleElement().asString().startsWith("INFO Ran " + name + " at tick ");
		}
	}

	/**
	 * Without a PropertySourcesPlaceholderConfigurer Spring lets it be.
	 */
	@Test
	void aPlaceholderThatIsNotSetIsNoName() {
		for (Class<?> job : new Class<?>[] { Named.class, Grouped.class }) {
			assertThatThrownBy(() -> TestServer.running(job)).rootCause()
				.isInstanceOf(InvalidJobException.class)
				.hasMessageContaining(
						"is \"${job}\", in which ${job} has no value, so it would be \"${job}\" for all.");
		}
	}

	@Test
	void whatMayNotBeLoggedIsMarked() {
		assertThat(Names.readable("a\nb\u2028\uD83D\uDCB6")).isEqualTo("a\uFFFDb\uFFFD\uD83D\uDCB6");
	}

	static class Named {

		@DistributedScheduled("${job}")
		void run() {
		}

	}

	static class Grouped {

		@DistributedScheduled(name = "grouped", group = "${job}")
		void run() {
		}

	}

}
