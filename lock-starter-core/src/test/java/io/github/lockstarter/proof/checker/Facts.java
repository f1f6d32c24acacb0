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

package io.github.lockstarter.proof.checker;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

import io.github.lockstarter.proof.history.Entry;
import io.github.lockstarter.proof.history.History;

/**
 * A history, sorted by what one asks of it.
 */
final class Facts {

	/** How far around a moment the best reading of Redis's clock is looked for. */
	private static final long CLOCK_RANGE = TimeUnit.SECONDS.toNanos(10);

	final Rules rules;

	final List<Entry.Fault> faults;

	final List<Entry.Skipped> skips;

	final List<Entry.Written> written;

	final List<Entry.Up> ups;

	final List<Entry.Named> named;

	final List<Entry.Vitals> vitals;

	final List<Entry.Keys> keys;

	final List<Entry.Hiccup> hiccups;

	final List<Entry.Remembered> remembered;

	final List<Entry.Counted> counted;

	/** The end of what is judged. */
	final long end;

	private final List<Entry.RedisTime> clock;

	private final Map<String, Entry.Down> downs;

	private final Map<String, List<Run>> runs = new TreeMap<>();

	private final List<Entry> orphans = new ArrayList<>();

	Facts(History history, Rules rules) {
		this.rules = rules;
		this.faults = history.all(Entry.Fault.class);
		this.skips = history.all(Entry.Skipped.class);
		this.written = history.all(Entry.Written.class);
		this.ups = history.all(Entry.Up.class);
		this.named = history.all(Entry.Named.class);
		this.vitals = history.all(Entry.Vitals.class);
		this.keys = history.all(Entry.Keys.class);
		this.hiccups = history.all(Entry.Hiccup.class);
		this.remembered = history.all(Entry.Remembered.class);
		this.counted = history.all(Entry.Counted.class);
		this.clock = history.all(Entry.RedisTime.class);
		this.downs = history.all(Entry.Down.class)
			.stream()
			.collect(Collectors.toMap(Entry.Down::server, (down) -> down, (first, second) -> first));
		this.end = history.entries().isEmpty() ? 0 : history.entries().get(history.entries().size() - 1).at();
		rules.jobs().forEach((job) -> this.runs.put(job.name(), new ArrayList<>()));
		assemble(history);
	}

	/**
	 * The entries of a run come from several threads, so they are put together by the
	 * token and not by their order. An unlocked run has no token.
	 */
	private void assemble(History history) {
		Map<String, Run> byToken = new HashMap<>();
		for (Entry.Started start : history.all(Entry.Started.class)) {
			Run run = new Run(start);
			if (byToken.put(key(start.server(), start.job(), start.token()), run) != null) {
				this.orphans.add(start);
			}
			this.runs.get(start.job()).add(run);
		}
		for (Entry entry : history.entries()) {
			if (entry instanceof Entry.Checkpoint checkpoint) {
				find(byToken, entry, checkpoint.job(), checkpoint.token()).ifPresent((run) -> run.add(checkpoint));
			}
			else if (entry instanceof Entry.Ended ended) {
				find(byToken, entry, ended.job(), ended.token()).ifPresent((run) -> run.add(ended));
			}
			else if (entry instanceof Entry.Finished finished) {
				find(byToken, entry, finished.job(), finished.token()).ifPresent((run) -> run.add(finished));
			}
			else if (entry instanceof Entry.Lost lost) {
				find(byToken, entry, lost.job(), lost.token()).ifPresent((run) -> run.add(lost));
			}
		}
	}

	private Optional<Run> find(Map<String, Run> runs, Entry entry, String job, long token) {
		Run run = runs.get(key(entry.server(), job, token));
		if (run == null) {
			this.orphans.add(entry);
		}
		return Optional.ofNullable(run);
	}

	private static String key(String server, String job, long token) {
		return server + " " + job + " " + token;
	}

	/**
	 * Returns the runs of a job in the order in which they began.
	 */
	List<Run> runs(String job) {
		return this.runs.get(job);
	}

	List<Run> allRuns() {
		return this.runs.values().stream().flatMap(List::stream).toList();
	}

	/**
	 * Returns entries that belong to no run, or to one that there is already.
	 */
	List<Entry> orphans() {
		return this.orphans;
	}

	/**
	 * Returns when a process was ended by the test; {@code null} if it was not.
	 */
	Entry.Down down(String server) {
		return this.downs.get(server);
	}

	/**
	 * Tells whether the process was up all that time.
	 */
	boolean isUp(Entry.Up up, long from, long to) {
		Entry.Down down = down(up.server());
		return up.at() <= from && (down == null || down.at() > to);
	}

	/**
	 * Returns what Redis lost between the moment in which it granted a run and another
	 * one, or while one of them passed.
	 */
	Optional<Entry.Fault> forgotten(Run run, long to) {
		return forgotten(granted(run), to);
	}

	/**
	 * When Redis granted a run: its token is that time. The first instruction of the run
	 * is later, by what its server waited and stood still at most.
	 */
	private long granted(Run run) {
		if (!hasClock()) {
			return run.at();
		}
		long asked = run.at() - this.rules.acquireTimeout().toNanos();
		long earliest = asked - ownStall(run.server(), asked, run.at());
		return Math.min(run.at(), Math.max(earliest, when(run.token() / 1000)));
	}

	private Optional<Entry.Fault> forgotten(long from, long to) {
		// The last one: later than that Redis has forgotten nothing
		return this.faults.stream()
			.filter((fault) -> fault.forgets() && fault.at() <= to && fault.end() >= from)
			.reduce((first, second) -> second);
	}

	/**
	 * Tells whether Redis did not answer a process at some moment of a time, or perhaps
	 * did not.
	 */
	boolean isSilent(String server, long from, long to) {
		return this.faults.stream()
			.filter((fault) -> List.of("*", Entry.Fault.SOME, server).contains(fault.silences()))
			.anyMatch((fault) -> fault.at() <= to && fault.end() >= from);
	}

	/**
	 * For how long a process stood still in a time, by itself or because it was stopped.
	 */
	long ownStall(String server, long from, long to) {
		return hiccups(server, from, to) + this.faults.stream()
			.filter((fault) -> fault.stops() && fault.target().equals(server))
			.filter((fault) -> fault.end() >= from && fault.at() <= to)
			.mapToLong((fault) -> fault.end() - from)
			.sum();
	}

	private long hiccups(String source, long from, long to) {
		return this.hiccups.stream()
			.filter((hiccup) -> hiccup.server().equals(source))
			.filter((hiccup) -> hiccup.at() >= from && hiccup.at() - hiccup.nanos() <= to)
			.mapToLong(Entry.Hiccup::nanos)
			.sum();
	}

	/**
	 * For how long the machine stood still: Redis, and the process that stood still
	 * longest. What is measured is what windows are extended by.
	 */
	long stall(long from, long to) {
		long processes = this.hiccups.stream()
			.map(Entry.Hiccup::server)
			.distinct()
			.filter((source) -> !source.equals(Entry.REDIS))
			.mapToLong((source) -> hiccups(source, from, to))
			.max()
			.orElse(0);
		return processes + hiccups(Entry.REDIS, from, to);
	}

	/**
	 * For how long a process or Redis stood still by itself, at the longest.
	 */
	long longestHiccup() {
		return this.hiccups.stream()
			.filter((hiccup) -> this.faults.stream()
				.noneMatch((fault) -> fault.at() <= hiccup.at() && fault.end() >= hiccup.at() - hiccup.nanos()))
			.mapToLong(Entry.Hiccup::nanos)
			.max()
			.orElse(0);
	}

	/**
	 * The latest time that it can have been on Redis's clock, in milliseconds.
	 */
	double latestRedisMillis(long at) {
		Entry.RedisTime reading = reading(at);
		return (reading.micros() + (at - reading.at()) / 1000.0) / 1000;
	}

	/**
	 * When Redis's clock showed a time.
	 */
	long when(long redisMillis) {
		Entry.RedisTime first = this.clock.get(0);
		long guess = first.at() + TimeUnit.MICROSECONDS.toNanos(redisMillis * 1000 - first.micros());
		Entry.RedisTime reading = reading(guess);
		return reading.at() + TimeUnit.MICROSECONDS.toNanos(redisMillis * 1000 - reading.micros());
	}

	/**
	 * Of the readings nearby the one that was answered fastest; else the nearest.
	 */
	private Entry.RedisTime reading(long at) {
		return this.clock.stream()
			.filter((reading) -> Math.abs(reading.at() - at) <= CLOCK_RANGE)
			.min(Comparator.comparingLong((reading) -> reading.answered() - reading.at()))
			.or(() -> this.clock.stream().min(Comparator.comparingLong((reading) -> Math.abs(reading.at() - at))))
			.orElseThrow(() -> new IllegalArgumentException("Nobody has read Redis's clock"));
	}

	boolean hasClock() {
		return !this.clock.isEmpty();
	}

	/**
	 * From when to when anything is judged by how much there was of it: all servers of
	 * the beginning are up, and what follows the last tick can still be seen.
	 */
	long begin() {
		return this.ups.stream().map(Entry.Up::at).limit(names()).reduce((first, second) -> second).orElse(0L);
	}

	private long names() {
		return this.ups.stream().map((up) -> up.server().split("\\.")[0]).distinct().count();
	}

}
