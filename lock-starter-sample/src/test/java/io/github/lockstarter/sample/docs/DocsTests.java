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
package io.github.lockstarter.sample.docs;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The pages name tests that there are, and show code that is compiled.
 */
class DocsTests {

	private static final Path ROOT = Path.of("..");

	/** A test class, or a method of one. */
	private static final Pattern TEST = Pattern.compile("`([A-Z][a-z]\\w*(?:Tests|IT|Contract))(?:\\.(\\w+))?`");

	private static final Pattern JAVA_BLOCK = Pattern.compile("(?s)```java\n(.*?)```");

	private final Map<String, String> sources = sources();

	@ParameterizedTest
	@ValueSource(strings = { "architecture.md", "configuration.md", "guarantees.md", "operations.md", "reliability.md",
			"schedules.md", "testing.md" })
	void everyTestThatIsNamedIsThere(String page) throws IOException {
		assertThat(missing(Files.readString(ROOT.resolve("docs").resolve(page)))).isEmpty();
	}

	@Test
	void aTestThatIsNotThereWouldBeFound() {
		assertThat(missing("`NoSuchTests`, `DocsTests` and `DocsTests.noSuchMethod`"))
			.containsExactlyInAnyOrder("NoSuchTests", "DocsTests.noSuchMethod");
	}

	/**
	 * Returns what is named and does not exist.
	 */
	private List<String> missing(String page) {
		return TEST.matcher(page)
			.results()
			.filter((test) -> !exists(test.group(1), test.group(2)))
			.map((test) -> test.group().replace("`", ""))
			.distinct()
			.toList();
	}

	private boolean exists(String type, String method) {
		String source = this.sources.get(type);
		return source != null
				&& (method == null || Pattern.compile("\\bvoid " + method + "\\(").matcher(source).find());
	}

	/**
	 * Each row of the tables says by which test it is shown, and on which lines of Spring
	 * Boot that runs.
	 */
	@Test
	void everyRowOfTheMatrixNamesItsTestAndItsLines() throws IOException {
		assertThat(rows()).hasSizeGreaterThan(35).allSatisfy((row) -> {
			assertThat(row).containsPattern(TEST);
			assertThat(row).matches(".*\\| (both|4\\.x) \\|");
		});
	}

	/**
	 * The tests of the core and of the sample run on both lines, but for those that only
	 * Spring 7 can compile.
	 */
	@Test
	void theLinesOfTheMatrixAreTrue() throws IOException {
		assertThat(rows()).allSatisfy((row) -> {
			Stream<String> types = TEST.matcher(row).results().map((test) -> test.group(1));
			assertThat(types.anyMatch(this::runsOnBothLines)).as(row).isEqualTo(row.endsWith("| both |"));
		});
	}

	private static List<String> rows() throws IOException {
		return Files.readString(ROOT.resolve("docs/schedules.md"))
			.lines()
			.filter((line) -> line.startsWith("| "))
			.filter((line) -> !line.contains("| test |"))
			.toList();
	}

	private boolean runsOnBothLines(String type) {
		String source = this.sources.getOrDefault(type, "");
		return Pattern.compile("package io\\.github\\.lockstarter\\.(run|schedule|lock|wiring|sample(?!\\.spring7))\\b")
			.matcher(source)
			.find();
	}

	/**
	 * What a block shows stands in one of the examples.
	 */
	@Test
	void theExamplesForTestsAreCompiled() throws IOException {
		String examples = Stream
			.of("InvoiceJob", "InvoiceJobTests", "InvoiceJobContextTests", "LocalModeTests", "NoRedisTests",
					"StatementJob", "StatementScheduleTests")
			.map(this.sources::get)
			.map(DocsTests::words)
			.collect(Collectors.joining("\n"));
		List<String> blocks = JAVA_BLOCK.matcher(Files.readString(ROOT.resolve("docs/testing.md")))
			.results()
			.map((block) -> block.group(1))
			.toList();
		assertThat(blocks).hasSizeGreaterThan(4).allSatisfy((block) -> assertThat(examples).contains(words(block)));
	}

	/**
	 * The example for Spring Security needs a library that is not on the class path here,
	 * and one of its classes has another package on each line of Spring Boot.
	 */
	@Test
	void theExampleForSpringSecurityImportsAllThatItNames() throws IOException {
		String example = JAVA_BLOCK.matcher(Files.readString(ROOT.resolve("docs/operations.md")))
			.results()
			.map((block) -> block.group(1))
			.filter((block) -> block.contains("SecurityFilterChain"))
			.findFirst()
			.orElseThrow();
		Set<String> imported = Pattern.compile("import [\\w.]+\\.(\\w+);")
			.matcher(example)
			.results()
			.map((type) -> type.group(1))
			.collect(Collectors.toSet());
		Set<String> named = Pattern.compile("(?<![\\w.\"])[A-Z][a-z]\\w*")
			.matcher(example.replaceAll("import .*|//.*|class \\w+", ""))
			.results()
			.map(MatchResult::group)
			.collect(Collectors.toSet());
		named.remove("Exception");
		assertThat(named).isNotEmpty();
		assertThat(imported).isEqualTo(named);
		assertThat(example).contains("import org.springframework.boot.actuate.autoconfigure.security.servlet.",
				"import org.springframework.boot.security.autoconfigure.actuate.web.servlet.");
	}

	private static String words(String code) {
		return Pattern.compile("\\w+|[^\\s\\w]")
			.matcher(code)
			.results()
			.map(MatchResult::group)
			.collect(Collectors.joining(" "));
	}

	private static Map<String, String> sources() {
		try (Stream<Path> files = Files.walk(ROOT)) {
			return files.filter((file) -> file.toString().matches(".*/src/test/(java|kotlin)/.*\\.(java|kt)"))
				.collect(Collectors.toMap((file) -> file.getFileName().toString().replaceAll("\\.\\w+$", ""),
						DocsTests::read, (one, other) -> one + other));
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private static String read(Path file) {
		try {
			return Files.readString(file);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

}
