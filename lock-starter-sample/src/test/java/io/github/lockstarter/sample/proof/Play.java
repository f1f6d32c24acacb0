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

package io.github.lockstarter.sample.proof;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import io.github.lockstarter.proof.checker.Checker;
import io.github.lockstarter.proof.checker.Rules;
import io.github.lockstarter.proof.checker.Verdict;
import io.github.lockstarter.proof.history.Entry;
import io.github.lockstarter.proof.history.History;
import io.github.lockstarter.proof.history.HistoryFile;
import io.github.lockstarter.sample.proof.nemesis.Layout;
import io.github.lockstarter.sample.proof.nemesis.Nemesis;
import io.github.lockstarter.sample.proof.nemesis.Probe;
import io.github.lockstarter.sample.proof.report.Report;
import io.github.lockstarter.sample.proof.servers.ProofServers;
import io.github.lockstarter.sample.proof.servers.Register;

import org.springframework.util.FileSystemUtils;

import static org.awaitility.Awaitility.await;

/**
 * Servers, a register and a Redis, and what is written down of them.
 */
final class Play implements AutoCloseable {

	static final Duration LEASE = Duration.ofSeconds(2);

	static final Duration ACQUIRE_TIMEOUT = Duration.ofMillis(500);

	private static final Path TARGET = Path.of("target", "proof");

	private final Path folder;

	private final Layout layout;

	private final Rules rules;

	private final HistoryFile history;

	private final Register register;

	private final ProofServers servers;

	private final Probe probe;

	/**
	 * Prepares a play; no server is up yet.
	 * @param name what its folder is called
	 * @param layout the Redis, which this closes
	 * @param rules what it is judged by
	 * @param properties of the servers
	 */
	Play(String name, Layout layout, Rules rules, String... properties) {
		this.folder = TARGET.resolve(name).toAbsolutePath();
		this.layout = layout;
		this.rules = rules;
		try {
			FileSystemUtils.deleteRecursively(this.folder);
			Files.createDirectories(this.folder);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		this.history = new HistoryFile(this.folder.resolve("test" + HistoryFile.SUFFIX));
		this.register = new Register(this.history);
		String[] all = new String[properties.length + 3];
		System.arraycopy(properties, 0, all, 0, properties.length);
		all[properties.length] = "distributed-scheduled.lease=" + rules.lease();
		all[properties.length + 1] = "distributed-scheduled.acquire-timeout=" + rules.acquireTimeout();
		all[properties.length + 2] = "distributed-scheduled.max-clock-skew=15m";
		this.servers = new ProofServers(this.folder, this.history, this.register, layout::properties, all);
		this.probe = new Probe(layout, this.history);
	}

	void start(Map<String, Duration> skews) throws IOException {
		this.servers.start(skews);
	}

	/**
	 * Waits until Redis has decided something of each job for each server. One that is up
	 * may have no connection yet, and one whose clock is ahead comes to its first tick
	 * when that is due.
	 */
	void awaitAllTakePart() {
		await().until(() -> {
			History history = History.read(this.folder);
			Set<String> decided = Stream
				.concat(history.all(Entry.Started.class).stream().map((run) -> run.server() + " " + run.job()),
						history.all(Entry.Skipped.class)
							.stream()
							.filter((skip) -> !skip.isGivenUp())
							.map((skip) -> skip.server() + " " + skip.job()))
				.collect(Collectors.toSet());
			return history.all(Entry.Up.class)
				.stream()
				.allMatch((up) -> this.rules.jobs()
					.stream()
					.allMatch((job) -> decided.contains(up.server() + " " + job.name())));
		});
	}

	Nemesis nemesis(long seed) {
		return new Nemesis(seed, this.layout, this.servers, this.register, this.history, this.rules);
	}

	ProofServers servers() {
		return this.servers;
	}

	Register register() {
		return this.register;
	}

	HistoryFile history() {
		return this.history;
	}

	/**
	 * Asks what an operator would be shown now; it is judged, too.
	 */
	void report() {
		this.servers.report(this.rules.jobs().stream().map(Rules.Job::name).toList());
	}

	/**
	 * Ends the servers, judges what happened and writes the report.
	 */
	Verdict judge(String title, long seed) throws InterruptedException {
		this.probe.countKeys();
		this.servers.terminateAll();
		this.probe.close();
		History history = History.read(this.folder);
		Verdict verdict = Checker.check(history, this.rules);
		Report.write(this.folder, title, seed, history, this.rules, verdict);
		System.out.println("proof: " + title + ", seed " + seed + ": " + verdict.violations().size() + " violations, "
				+ verdict.figures());
		return verdict;
	}

	@Override
	public void close() {
		this.probe.close();
		this.servers.close();
		this.register.close();
		this.layout.close();
		this.history.close();
	}

}
