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

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * One of the servers: a process of its own.
 */
final class BatchServer {

	private static final long STOP_SECONDS = 15;

	private final int number;

	private final Process process;

	private final Thread reader;

	private BatchServer(int number, Process process, Path directory, Consumer<Signal> signals) {
		this.number = number;
		this.process = process;
		this.reader = new Thread(() -> read(directory, signals), "demo-server-" + number);
		this.reader.setDaemon(true);
	}

	/**
	 * Starts a server.
	 * @param number its number
	 * @param command the command
	 * @param directory where it works and its log is written
	 * @param signals is told what it says, and that it ended
	 * @return the server, not yet ready
	 */
	static BatchServer start(int number, List<String> command, Path directory, Consumer<Signal> signals) {
		try {
			Process process = new ProcessBuilder(command).directory(directory.toFile())
				.redirectErrorStream(true)
				.start();
			BatchServer server = new BatchServer(number, process, directory, signals);
			server.reader.start();
			return server;
		}
		catch (IOException ex) {
			throw new DemoException(name(number) + " cannot be started: " + ex.getMessage());
		}
	}

	static String name(int number) {
		return "Batch Server #" + number;
	}

	private void read(Path directory, Consumer<Signal> signals) {
		try (BufferedReader output = this.process.inputReader(StandardCharsets.UTF_8);
				LogFile log = new LogFile(directory.resolve("server-" + this.number + ".log"))) {
			String line = output.readLine();
			while (line != null) {
				Optional<Report> report = Report.parse(line);
				report.ifPresentOrElse((said) -> signals.accept(new Signal.Said(this, said)), logTo(log, line));
				line = output.readLine();
			}
		}
		catch (IOException ex) {
			// The process is gone, or will be
		}
		this.process.onExit().thenAccept((ended) -> signals.accept(new Signal.Ended(this, ended.exitValue())));
	}

	private static Runnable logTo(LogFile log, String line) {
		return () -> log.add(line);
	}

	int number() {
		return this.number;
	}

	/**
	 * Asks the server to stop as an operator would.
	 */
	void stop() {
		// Process.destroy() would also stop reading what the server has to say yet
		this.process.toHandle().destroy();
	}

	/**
	 * Waits until the server has stopped and its log is written, but not for ever.
	 */
	void awaitEnd() {
		try {
			if (!this.process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
				this.process.destroyForcibly();
				this.process.waitFor();
			}
			this.reader.join(TimeUnit.SECONDS.toMillis(1));
		}
		catch (InterruptedException ex) {
			this.process.destroyForcibly();
			Thread.currentThread().interrupt();
		}
	}

	@Override
	public String toString() {
		return name(this.number);
	}

}
