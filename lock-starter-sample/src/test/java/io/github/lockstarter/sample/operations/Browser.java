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

package io.github.lockstarter.sample.operations;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;

import org.openqa.selenium.By;
import org.openqa.selenium.OutputType;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.logging.LoggingPreferences;

/**
 * A Chromium of this machine, without a window and with an empty profile.
 */
final class Browser implements AutoCloseable {

	private static final List<Path> BINARIES = List.of(Path.of("/usr/bin/chromium"), Path.of("/usr/bin/google-chrome"));

	private static final Path DRIVER = Path.of("/usr/bin/chromedriver");

	/**
	 * It warns that it does not know the protocol of this very version, which nothing
	 * here needs.
	 */
	private static final Logger LOGGER = Logger.getLogger("org.openqa.selenium");

	static {
		LOGGER.setLevel(Level.SEVERE);
	}

	private final ChromeDriver driver;

	private Browser(ChromeDriver driver) {
		this.driver = driver;
	}

	/**
	 * Tell why there is no browser; empty if there is one.
	 */
	static Optional<String> missing() {
		if (binary().isEmpty()) {
			return Optional.of("there is no Chromium at " + BINARIES);
		}
		return Files.isExecutable(DRIVER) ? Optional.empty() : Optional.of("there is no " + DRIVER);
	}

	private static Optional<Path> binary() {
		return BINARIES.stream().filter(Files::isExecutable).findFirst();
	}

	static Browser start() {
		LoggingPreferences logs = new LoggingPreferences();
		logs.enable(LogType.BROWSER, Level.ALL);
		ChromeOptions options = new ChromeOptions();
		options.setBinary(binary().orElseThrow().toFile());
		options.addArguments("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
				"--disable-background-networking", "--disable-component-update", "--disable-sync",
				"--disable-dev-shm-usage", "--hide-scrollbars", "--lang=en");
		options.setCapability("goog:loggingPrefs", logs);
		ChromeDriverService service = new ChromeDriverService.Builder().usingDriverExecutable(DRIVER.toFile())
			.usingAnyFreePort()
			.build();
		Browser browser = new Browser(new ChromeDriver(service, options));
		browser.driver.manage().timeouts().scriptTimeout(Duration.ofSeconds(60));
		return browser;
	}

	void open(String address) {
		this.driver.get(address);
	}

	/**
	 * Look as on a screen of this size, in this light.
	 * @param scheme {@code light} or {@code dark}
	 */
	void look(String scheme, int width, int height) {
		this.driver.executeCdpCommand("Emulation.setEmulatedMedia",
				Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", scheme))));
		this.driver.executeCdpCommand("Emulation.setDeviceMetricsOverride",
				Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", false));
	}

	WebElement find(String css) {
		return this.driver.findElement(By.cssSelector(css));
	}

	List<WebElement> all(String css) {
		return this.driver.findElements(By.cssSelector(css));
	}

	Object run(String script, Object... arguments) {
		return this.driver.executeScript(script, arguments);
	}

	/**
	 * Return what the script of axe finds that is serious or worse.
	 */
	@SuppressWarnings("unchecked")
	List<String> violations() {
		try (InputStream script = Browser.class.getResourceAsStream("/axe.min.js")) {
			this.driver.executeScript(new String(script.readAllBytes(), StandardCharsets.UTF_8));
		}
		catch (IOException ex) {
			throw new IllegalStateException(ex);
		}
		Object violations = this.driver.executeAsyncScript("""
				const done = arguments[arguments.length - 1];
				axe.run(document, { resultTypes: ['violations'] }).then((result) => done(result.violations
					.filter((violation) => ['serious', 'critical'].includes(violation.impact))
					.flatMap((violation) => violation.nodes.map((node) =>
						`${violation.id}: ${violation.help}: ${node.html}: ${node.failureSummary}`))),
					(ex) => done([`axe: ${ex}`]));
				""");
		return (List<String>) violations;
	}

	/**
	 * Return what the page has written to the console since the last time.
	 */
	List<String> console() {
		return Stream.of(this.driver.manage().logs().get(LogType.BROWSER))
			.flatMap((entries) -> entries.getAll().stream())
			.map((entry) -> entry.getLevel() + " " + entry.getMessage())
			.toList();
	}

	byte[] screenshot() {
		return this.driver.getScreenshotAs(OutputType.BYTES);
	}

	@Override
	public void close() {
		this.driver.quit();
	}

}
