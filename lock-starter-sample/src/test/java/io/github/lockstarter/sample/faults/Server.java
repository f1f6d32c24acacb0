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

package io.github.lockstarter.sample.faults;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

import org.awaitility.Awaitility;

/**
 * A batch server in a process of its own.
 */
public final class Server {

	/**
	 * Far more than anything takes, also on a machine that starts other things at the
	 * same time.
	 */
	static final Duration LIMIT = Duration.ofSeconds(60);

	private final String name;

	private final Process process;

	private final PrintWriter commands;

	private final Thread reader;

	private final List<Event> events = new CopyOnWriteArrayList<>();

	private final List<String> output = new CopyOnWriteArrayList<>();

	/** Holds this server frozen for as long as its standard input is open. */
	private Process freezer;

	/**
	 * Starts it.
	 * @param name what it is called
	 * @param command the command of the process
	 * @throws IOException when it cannot be started
	 */
	public Server(String name, List<String> command) throws IOException {
		this.name = name;
		this.process = new ProcessBuilder(command).redirectErrorStream(true).start();
		this.commands = new PrintWriter(this.process.outputWriter(StandardCharsets.UTF_8), true);
		this.reader = new Thread(this::read, "output-" + name);
		this.reader.setDaemon(true);
		this.reader.start();
	}

	private void read() {
		try (BufferedReader in = this.process.inputReader(StandardCharsets.UTF_8)) {
			String line = in.readLine();
			while (line != null) {
				this.output.add(line);
				if (line.startsWith(BatchProcess.MARK)) {
					this.events.add(Event.parse(Instant.now(), line.substring(BatchProcess.MARK.length())));
				}
				line = in.readLine();
			}
		}
		catch (IOException ex) {
			this.output.add("The rest is lost: " + ex);
		}
	}

	/**
	 * Returns what it is called.
	 */
	public String name() {
		return this.name;
	}

	/**
	 * Waits for the first event of a type.
	 */
	public Event await(String type) {
		Awaitility.await(this + ": " + type)
			.atMost(LIMIT)
			.pollInterval(Duration.ofMillis(10))
			.failFast(this + " has ended", () -> !this.reader.isAlive() && find(type).isEmpty())
			.until(() -> find(type).isPresent());
		return find(type).orElseThrow();
	}

	Optional<Event> find(String type) {
		return this.events.stream().filter((event) -> event.type().equals(type)).findFirst();
	}

	/**
	 * Returns what happened, in the order in which it was told.
	 */
	public List<Event> events(String type) {
		return this.events.stream().filter((event) -> event.type().equals(type)).toList();
	}

	/**
	 * Tells whether the process has not ended, as far as its output is read.
	 */
	boolean isAlive() {
		return this.reader.isAlive();
	}

	/**
	 * Tells whether a run has begun and not ended.
	 */
	boolean isRunning() {
		return events("run").size() > events("finished").size();
	}

	/**
	 * Writes a line to its standard input.
	 */
	public void tell(String command) {
		this.commands.println(command);
	}

	/**
	 * SIGSTOP, and SIGCONT with {@link #thaw()}, or as soon as this JVM dies, so that the
	 * server can die too.
	 */
	public void freeze() throws IOException {
		String pid = String.valueOf(this.process.pid());
		this.freezer = new ProcessBuilder("sh", "-c", "kill -STOP $0 && echo frozen; read -r _; kill -CONT $0", pid)
			.start();
		try (BufferedReader in = this.freezer.inputReader()) {
			if (!"frozen".equals(in.readLine())) {
				throw new IOException(this + " could not be frozen");
			}
		}
	}

	/**
	 * SIGCONT.
	 */
	public void thaw() throws IOException {
		this.freezer.outputWriter().close();
	}

	/**
	 * SIGTERM.
	 */
	public void terminate() {
		// Process.destroy() would also stop reading what the server has to say yet
		this.process.toHandle().destroy();
	}

	/**
	 * SIGKILL.
	 */
	public void kill() {
		this.process.toHandle().destroyForcibly();
	}

	/**
	 * Waits until the process has ended and all its output is read.
	 * @return its exit code
	 */
	public int awaitEnd() throws InterruptedException {
		if (!this.process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)) {
			throw new IllegalStateException(this + " does not end");
		}
		this.reader.join(LIMIT.toMillis());
		return this.process.exitValue();
	}

	/**
	 * Ends the process in whatever state it is.
	 */
	public void close() throws InterruptedException {
		kill();
		this.process.waitFor();
		if (this.freezer != null) {
			this.freezer.destroyForcibly().waitFor();
		}
		this.reader.join(LIMIT.toMillis());
	}

	/**
	 * Returns everything that the process has printed.
	 */
	public String output() {
		return String.join("\n", this.output);
	}

	@Override
	public String toString() {
		return "Server " + this.name;
	}

	/**
	 * Something that a server tells.
	 *
	 * @param at when this JVM heard of it
	 * @param type what
	 * @param values more
	 */
	public record Event(Instant at, String type, Map<String, String> values) {

		private static Event parse(Instant at, String text) {
			String[] words = text.split(" ");
			Map<String, String> values = new HashMap<>();
			for (int i = 1; i < words.length; i++) {
				String[] pair = words[i].split("=", 2);
				values.put(pair[0], pair[1]);
			}
			return new Event(at, words[0], values);
		}

		long token() {
			return Long.parseLong(this.values.get("token"));
		}

		Instant tick() {
			return Instant.parse(this.values.get("tick"));
		}

		/**
		 * Returns when a run began on Redis's clock, which its token follows.
		 */
		Instant began() {
			return Instant.EPOCH.plusNanos(TimeUnit.MICROSECONDS.toNanos(token()));
		}

		String value(String name) {
			return this.values.get(name);
		}

	}

}
