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

package io.github.lockstarter.sample.proof.servers;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;

import io.github.lockstarter.sample.faults.Server;
import io.github.lockstarter.proof.history.Entry;
import io.github.lockstarter.proof.history.HistoryFile;

/**
 * The servers of one play. Each has a name for all its life, and its process another one
 * for each start: {@code one.1}, {@code one.2}.
 */
public final class ProofServers implements AutoCloseable {

	static final String READY = "@@ ready";

	static final String REPORTED = "@@ reported";

	private final Path folder;

	private final HistoryFile history;

	private final Register register;

	private final List<String> properties;

	private final Function<String, List<String>> redis;

	private final Map<String, Duration> skews = new LinkedHashMap<>();

	private final Map<String, Integer> starts = new LinkedHashMap<>();

	private final Map<String, Server> running = new LinkedHashMap<>();

	private final String namespace = "proof-" + UUID.randomUUID();

	/**
	 * Creates no server yet.
	 * @param folder where they write their history
	 * @param history where is written what is done to them
	 * @param register what they write to
	 * @param redis the properties that say where Redis is, by the name of the server
	 * @param properties other properties
	 */
	public ProofServers(Path folder, HistoryFile history, Register register, Function<String, List<String>> redis,
			String... properties) {
		this.folder = folder;
		this.history = history;
		this.register = register;
		this.redis = redis;
		this.properties = List.of(properties);
	}

	/**
	 * Starts servers at once, and waits until they are ready.
	 * @param skews how far their clocks are ahead, by their names
	 * @throws IOException when one cannot be started
	 */
	public void start(Map<String, Duration> skews) throws IOException {
		this.skews.putAll(skews);
		List<Server> started = new ArrayList<>();
		for (String name : skews.keySet()) {
			started.add(launch(name));
		}
		started.forEach((server) -> server.await("ready"));
	}

	/**
	 * Starts a server again, and waits until it is ready.
	 * @param name its name
	 * @throws IOException when it cannot be started
	 */
	public void startAgain(String name) throws IOException {
		launch(name).await("ready");
	}

	private Server launch(String name) throws IOException {
		int start = this.starts.merge(name, 1, Integer::sum);
		List<String> command = new ArrayList<>();
		command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
		command.addAll(List.of("-Xmx96m", "-Xss512k", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto"));
		command.addAll(List.of("-cp", System.getProperty("java.class.path"), ServerProcess.class.getName()));
		// Not the sample's own settings
		command.add("--spring.config.name=proof");
		command.add("--spring.main.lazy-initialization=false");
		command.add("--logging.level.root=error");
		command.add("--logging.level.io.github.lockstarter=warn");
		command.add("--proof.server=" + name + "." + start);
		command.add("--proof.folder=" + this.folder);
		command.add("--proof.register=" + this.register.port());
		command.add("--proof.skew=" + this.skews.get(name));
		command.add("--distributed-scheduled.namespace=" + this.namespace);
		this.properties.forEach((property) -> command.add("--" + property));
		this.redis.apply(name).forEach((property) -> command.add("--" + property));
		Server server = new Server(name + "." + start, command);
		this.running.put(name, server);
		return server;
	}

	/**
	 * Returns the names of all servers.
	 */
	public List<String> names() {
		return List.copyOf(this.skews.keySet());
	}

	/**
	 * Returns the process of a server.
	 * @param name the name of the server
	 * @return the last one that was started
	 */
	public Server server(String name) {
		return this.running.get(name);
	}

	/**
	 * SIGKILL, and waits for the end.
	 * @param name the name of the server
	 * @throws InterruptedException if interrupted
	 */
	public void kill(String name) throws InterruptedException {
		Server server = server(name);
		server.kill();
		this.history.add(new Entry.Down(server.name(), System.nanoTime(), true));
		server.awaitEnd();
	}

	/**
	 * SIGTERM, and waits for the end.
	 * @param name the name of the server
	 * @throws InterruptedException if interrupted
	 */
	public void terminate(String name) throws InterruptedException {
		Server server = server(name);
		long now = System.nanoTime();
		server.terminate();
		server.awaitEnd();
		this.history.add(new Entry.Down(server.name(), now, false));
	}

	/**
	 * Sets the clock of a server.
	 * @param name the name of the server
	 * @param more how far it is ahead, beyond what it was from the beginning
	 */
	public void jump(String name, Duration more) {
		server(name).tell(ServerProcess.SKEW + " " + this.skews.get(name).plus(more).toMillis());
	}

	/**
	 * Keeps all threads of the scheduler of a server busy.
	 * @param name the name of the server
	 * @param time for how long
	 */
	public void keepBusy(String name, Duration time) {
		server(name).tell(ServerProcess.BUSY + " " + time.toMillis());
	}

	/**
	 * Lets a server write down what Redis remembers of all jobs, and waits for that.
	 * @param jobs the names of the jobs
	 */
	public void report(List<String> jobs) {
		Server server = this.running.values().iterator().next();
		server.tell(ServerProcess.REPORT + " " + String.join(",", jobs));
		server.await("reported");
	}

	/**
	 * Stops all servers as an operator would.
	 * @throws InterruptedException if interrupted
	 */
	public void terminateAll() throws InterruptedException {
		this.running.values().forEach(Server::terminate);
		for (Server server : this.running.values()) {
			server.awaitEnd();
			this.history.add(new Entry.Down(server.name(), System.nanoTime(), false));
		}
	}

	/**
	 * Returns what all processes that were started last have printed.
	 */
	public String output() {
		StringBuilder all = new StringBuilder();
		this.running.values()
			.forEach((server) -> all.append(server).append(":\n").append(server.output()).append('\n'));
		return all.toString();
	}

	@Override
	public void close() {
		try {
			for (Server server : this.running.values()) {
				server.close();
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

}
