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

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

import io.github.lockstarter.fixture.RedisServer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * The servers of one test. They end with it, and if it fails their output is printed.
 */
final class Servers implements AfterEachCallback {

	private final RedisServer redis = RedisServer.shared();

	private final String namespace = "faults-" + UUID.randomUUID();

	private final List<Server> all = new ArrayList<>();

	private final List<String> properties = new ArrayList<>();

	/**
	 * Create no server yet.
	 * @param properties of all servers, such as {@code distributed-scheduled.lease=2s}
	 */
	Servers(String... properties) {
		add(properties);
	}

	/**
	 * Adds properties of all servers that are not started yet.
	 */
	void add(String... properties) {
		this.properties.addAll(List.of(properties));
	}

	/**
	 * Starts a server. It is not ready yet.
	 */
	Server start(String name, String... properties) throws IOException {
		List<String> command = new ArrayList<>();
		command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
		command.addAll(List.of("-Xmx128m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
		command.addAll(List.of("-cp", System.getProperty("java.class.path"), BatchProcess.class.getName()));
		// Not the sample's own settings
		command.add("--spring.config.name=faults");
		command.add("--logging.level.root=warn");
		command.add("--logging.level.io.github.lockstarter=debug");
		command.add("--spring.data.redis.host=" + this.redis.host());
		command.add("--spring.data.redis.port=" + this.redis.port());
		command.add("--distributed-scheduled.namespace=" + this.namespace);
		command.add("--distributed-scheduled.server-id=" + name);
		this.properties.forEach((property) -> command.add("--" + property));
		List.of(properties).forEach((property) -> command.add("--" + property));
		Server server = new Server(name, command);
		this.all.add(server);
		return server;
	}

	/**
	 * Starts servers at once and waits until they are ready.
	 */
	void startAll(String... names) throws IOException {
		for (String name : names) {
			start(name);
		}
		this.all.forEach((server) -> server.await("ready"));
	}

	/**
	 * Returns all that were started, also those that have ended.
	 */
	List<Server> all() {
		return List.copyOf(this.all);
	}

	/**
	 * Waits until one of two servers runs the job, for as long as the test lets it.
	 */
	Pair awaitHolder() {
		Awaitility.await("a run")
			.atMost(Server.LIMIT)
			.pollInterval(Duration.ofMillis(10))
			.until(() -> this.all.stream().anyMatch(Server::isRunning));
		boolean first = this.all.get(0).isRunning();
		return new Pair(this.all.get(first ? 0 : 1), this.all.get(first ? 1 : 0));
	}

	/**
	 * Tells whether Redis knows the lock, whoever holds it.
	 */
	boolean isLocked() {
		return this.redis.cli("EXISTS", key() + ":lock").equals("1");
	}

	/**
	 * Reads what Redis knows of the last run.
	 */
	String state(String field) {
		return this.redis.cli("HGET", key() + ":" + BatchProcess.JOB + ":state", field);
	}

	private String key() {
		return "distributed-scheduled:{" + this.namespace + "/" + BatchProcess.JOB + "}";
	}

	/**
	 * Returns the time on Redis's clock.
	 */
	Instant now() {
		String[] time = this.redis.cli("TIME").split("\n");
		return Instant.ofEpochSecond(Long.parseLong(time[0]), TimeUnit.MICROSECONDS.toNanos(Long.parseLong(time[1])));
	}

	/**
	 * Ends all servers and forgets them.
	 */
	void closeAll() throws InterruptedException {
		for (Server server : this.all) {
			server.close();
		}
		this.all.clear();
	}

	@Override
	public void afterEach(ExtensionContext context) throws InterruptedException {
		for (Server server : this.all) {
			server.close();
		}
		if (context.getExecutionException().isPresent()) {
			this.all.forEach((server) -> System.out.println("---- " + server + "\n" + server.output()));
		}
	}

	/**
	 * Two servers.
	 *
	 * @param holder runs the job
	 * @param other does not
	 */
	record Pair(Server holder, Server other) {

	}

}
