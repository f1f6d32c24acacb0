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
import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;
import redis.embedded.core.ExecutableProvider;

/**
 * The Redis of the demo: an embedded one, else the one that is installed. It lives in a
 * session of its own, because Ctrl-C would otherwise end it together with the launcher
 * and before the servers.
 */
final class DemoRedis implements AutoCloseable {

	private static final long START_SECONDS = 10;

	private static final long STOP_SECONDS = 5;

	private static final Pattern VERSION = Pattern.compile("Redis version=([^,]+)");

	private final Process process;

	private final int port;

	private final String description;

	/**
	 * Ends Redis if the launcher is killed. It waits for the end of its standard input,
	 * so it has to be referred to.
	 */
	private final @Nullable Process guard;

	private DemoRedis(Process process, int port, String description, @Nullable Process guard) {
		this.process = process;
		this.port = port;
		this.description = description;
		this.guard = guard;
	}

	/**
	 * Starts a Redis.
	 * @param directory where it works
	 * @return Redis, ready
	 */
	static DemoRedis start(Path directory) {
		return start(directory,
				List.of(new Candidate("embedded", ExecutableProvider.newJarResourceProvider(directory.toFile())),
						new Candidate("installed", () -> onPath("redis-server"))));
	}

	/**
	 * Starts the first Redis that can be started.
	 * @param directory where it works
	 * @param candidates what is tried
	 * @return Redis, ready
	 */
	static DemoRedis start(Path directory, List<Candidate> candidates) {
		List<String> failures = new ArrayList<>();
		for (Candidate candidate : candidates) {
			try {
				return start(directory, candidate);
			}
			catch (IOException | RuntimeException ex) {
				failures.add(candidate.name() + ": " + ex.getMessage());
			}
		}
		throw new DemoException("No Redis could be started (" + String.join("; ", failures)
				+ "). Install redis-server 6.2 or later, or say where yours is: -Dspring.data.redis.host=...");
	}

	private static DemoRedis start(Path directory, Candidate candidate) throws IOException {
		int port = freePort();
		List<String> command = apart(candidate.executable().get().getAbsolutePath(), "--port", String.valueOf(port),
				"--bind", "127.0.0.1", "--save", "", "--appendonly", "no");
		Process process = new ProcessBuilder(command).directory(directory.toFile()).redirectErrorStream(true).start();
		String version = awaitReady(process, directory.resolve("redis.log"));
		return new DemoRedis(process, port, "an " + candidate.name() + " Redis " + version + " (port " + port + ")",
				guard(process));
	}

	private static String awaitReady(Process process, Path log) throws IOException {
		CompletableFuture<String> ready = new CompletableFuture<>();
		Thread reader = new Thread(() -> read(process, log, ready), "demo-redis");
		reader.setDaemon(true);
		reader.start();
		try {
			return ready.get(START_SECONDS, TimeUnit.SECONDS);
		}
		catch (ExecutionException ex) {
			stop(process);
			Throwable cause = ex.getCause();
			throw new IOException((cause != null) ? cause.getMessage() : ex.getMessage(), ex);
		}
		catch (TimeoutException ex) {
			stop(process);
			throw new IOException("not ready within " + START_SECONDS + " s", ex);
		}
		catch (InterruptedException ex) {
			stop(process);
			Thread.currentThread().interrupt();
			throw new IOException("interrupted", ex);
		}
	}

	/**
	 * Reads what Redis prints until it ends, so that it never has to wait for a reader.
	 */
	private static void read(Process process, Path log, CompletableFuture<String> ready) {
		String version = "";
		String last = "it ended at once";
		try (BufferedReader output = process.inputReader(); LogFile file = new LogFile(log)) {
			String line = output.readLine();
			while (line != null) {
				file.add(line);
				last = line.isBlank() ? last : line.strip();
				Matcher matcher = VERSION.matcher(line);
				if (matcher.find()) {
					version = matcher.group(1);
				}
				if (line.contains("Ready to accept connections")) {
					ready.complete(version);
				}
				line = output.readLine();
			}
		}
		catch (IOException ex) {
			last = String.valueOf(ex.getMessage());
		}
		ready.completeExceptionally(new IOException(last));
	}

	private static int freePort() throws IOException {
		try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
			return socket.getLocalPort();
		}
	}

	private static File onPath(String name) throws IOException {
		for (String folder : System.getenv().getOrDefault("PATH", "").split(File.pathSeparator, -1)) {
			Path executable = Path.of(folder, name);
			if (Files.isExecutable(executable)) {
				return executable.toFile();
			}
		}
		throw new IOException("there is no " + name + " on the PATH");
	}

	/**
	 * Lets a command run in a session of its own where the system can do that.
	 */
	private static List<String> apart(String... command) {
		List<String> all = new ArrayList<>(List.of(command));
		try {
			all.add(0, onPath("setsid").getPath());
		}
		catch (IOException ex) {
			// Then Ctrl-C ends Redis too. The last ticks before it are not counted.
		}
		return all;
	}

	private static @Nullable Process guard(Process redis) {
		try {
			return new ProcessBuilder(apart("sh", "-c", "read -r _; kill " + redis.pid()))
				.redirectOutput(Redirect.DISCARD)
				.redirectError(Redirect.DISCARD)
				.start();
		}
		catch (IOException ex) {
			return null;
		}
	}

	/**
	 * Returns where Redis listens on this machine.
	 * @return the port
	 */
	int port() {
		return this.port;
	}

	@Override
	public void close() {
		stop(this.process);
		if (this.guard != null) {
			stop(this.guard);
		}
	}

	private static void stop(Process process) {
		process.destroy();
		try {
			if (!process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
				process.destroyForcibly();
			}
		}
		catch (InterruptedException ex) {
			process.destroyForcibly();
			Thread.currentThread().interrupt();
		}
	}

	@Override
	public String toString() {
		return this.description;
	}

	/**
	 * A Redis that may be there.
	 *
	 * @param name what it is called
	 * @param executable finds it
	 */
	record Candidate(String name, ExecutableProvider executable) {

	}

}
