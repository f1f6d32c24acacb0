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

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

import io.github.lockstarter.proof.history.Entry;
import io.github.lockstarter.proof.history.HistoryFile;

/**
 * What the jobs write to: a value for each job, which it takes from nobody whose token is
 * lower than the highest it has seen. It decides one request after the other, and writes
 * down each decision. A transaction of a database would do; but a server that stands
 * still would keep its locks, and this test is not about that.
 */
public final class Register implements AutoCloseable {

	static final String WRITE = "write";

	/** Without fencing. */
	static final String WRITE_ANYWAY = "write-anyway";

	static final String BEGIN = "begin";

	static final String END = "end";

	private final ServerSocket socket;

	private final HistoryFile history;

	private final Map<String, Long> highest = new ConcurrentHashMap<>();

	private final Map<String, String> runners = new ConcurrentHashMap<>();

	private final Map<String, Long> begun = new ConcurrentHashMap<>();

	private final Map<String, Long> displaced = new ConcurrentHashMap<>();

	/**
	 * Opens the register.
	 * @param history where it writes down what it decides
	 */
	public Register(HistoryFile history) {
		this.history = history;
		try {
			this.socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		start("register", this::accept);
	}

	private static void start(String name, Runnable task) {
		Thread thread = new Thread(task, name);
		thread.setDaemon(true);
		thread.start();
	}

	private void accept() {
		while (true) {
			try {
				Socket client = this.socket.accept();
				// One that stands still must not keep others from writing
				start("register-request", () -> answer(client));
			}
			catch (IOException ex) {
				// Closed
				return;
			}
		}
	}

	private void answer(Socket client) {
		try (client;
				BufferedReader in = new BufferedReader(
						new InputStreamReader(client.getInputStream(), StandardCharsets.UTF_8))) {
			String line = in.readLine();
			if (line != null) {
				String[] words = line.split(" ");
				decide(words[0], words[1], words[2], words[3], Long.parseLong(words[4]));
				client.getOutputStream().write('\n');
			}
		}
		catch (IOException ex) {
			// The server has died, and its request was carried out or not
		}
	}

	private synchronized void decide(String way, String moment, String server, String job, long token) {
		long before = this.highest.getOrDefault(job, 0L);
		boolean accepted = token >= before || way.equals(WRITE_ANYWAY);
		long now = System.nanoTime();
		this.history.add(new Entry.Written(server, now, job, token, accepted));
		this.highest.put(job, Math.max(before, token));
		if (token < before) {
			return;
		}
		if (moment.equals(BEGIN)) {
			if (this.runners.put(job, server) != null) {
				this.displaced.put(job, now);
			}
			this.begun.put(job, now);
		}
		else {
			this.runners.remove(job);
		}
	}

	int port() {
		return this.socket.getLocalPort();
	}

	/**
	 * Returns who runs a job.
	 * @param job the job
	 * @return the process, if one runs it as far as the register knows
	 */
	public Optional<String> runner(String job) {
		return Optional.ofNullable(this.runners.get(job));
	}

	/**
	 * Tells whether a job has begun since.
	 * @param job the job
	 * @param since when, in nanoseconds
	 * @return whether it has
	 */
	public boolean hasBegun(String job, long since) {
		return this.begun.getOrDefault(job, Long.MIN_VALUE) >= since;
	}

	/**
	 * Tells whether a run of a job has begun since, while another one had not ended.
	 * @param job the job
	 * @param since when, in nanoseconds
	 * @return whether one has
	 */
	public boolean hasDisplaced(String job, long since) {
		return this.displaced.getOrDefault(job, Long.MIN_VALUE) >= since;
	}

	@Override
	public void close() {
		try {
			this.socket.close();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

}
