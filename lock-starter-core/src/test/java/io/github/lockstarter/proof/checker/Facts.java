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
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import io.github.lockstarter.proof.history.Entry;
import io.github.lockstarter.proof.history.History;

/**
 * A history, sorted by what one asks of it.
 */
final class Facts {

	/** How far around a moment the best reading of Redis's clock is looked for. */
	private static final long CLOCK_RANGE = TimeUnit.SECONDS.toNanos(10);

	/** By how much a time on Redis's clock may be misread. */
	private static final long CLOCK_ERROR = TimeUnit.MILLISECONDS.toNanos(100);

	/** A fault in which the monotonic clock stands still, too. */
	private static final String SUSPENSION = "suspend";

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

	/** By job and tick. */
	private final Map<String, Map<Long, List<Entry.Skipped>>> skipped = new HashMap<>();

	/** By server: when it did what only Redis can have decided. */
	private final Map<String, TreeSet<Long>> decided = new HashMap<>();

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
		this.skips.forEach((skip) -> this.skipped.computeIfAbsent(skip.job(), (job) -> new HashMap<>())
			.computeIfAbsent(skip.tick(), (tick) -> new ArrayList<>())
			.add(skip));
		Stream
			.concat(allRuns().stream().map((run) -> run.start), this.skips.stream().filter((skip) -> !skip.isGivenUp()))
			.forEach((entry) -> this.decided.computeIfAbsent(entry.server(), (server) -> new TreeSet<>())
				.add(entry.at()));
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

	/**
	 * Returns what servers said of a tick.
	 */
	List<Entry.Skipped> skips(String job, long tick) {
		return this.skipped.getOrDefault(job, Map.of()).getOrDefault(tick, List.of());
	}

	/**
	 * Returns when a server ran or refused something for the first time that only Redis
	 * can have decided.
	 */
	OptionalLong decided(String server, long since) {
		Long at = this.decided.getOrDefault(server, new TreeSet<>()).ceiling(since);
		return (at != null) ? OptionalLong.of(at) : OptionalLong.empty();
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
	 * Returns what Redis lost between the moments in which it granted two runs. What it
	 * lost before that, or when both were granted, explains nothing.
	 */
	Optional<Entry.Fault> forgotten(Run run, Run next) {
		long later = Math.max(granted(run), granted(next)) + CLOCK_ERROR;
		return forgotten(Math.min(granted(run), granted(next)), Math.min(later, Math.max(run.at(), next.at())));
	}

	/**
	 * When Redis granted a run: its token is that time. The first instruction of the run
	 * is later, by what its server waited and stood still at most.
	 */
	long granted(Run run) {
		if (!hasClock()) {
			return run.at();
		}
		long asked = run.at() - this.rules.acquireTimeout().toNanos();
		long earliest = asked - length(hiccups(run.server(), asked, run.at())) - stopped(run.server(), asked, run.at());
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
	 * Tells whether Redis did not answer somebody else than a process at some moment of a
	 * time.
	 */
	boolean isAnybodySilent(String but, long from, long to) {
		return this.faults.stream()
			.filter((fault) -> !List.of("", but).contains(fault.silences()))
			.anyMatch((fault) -> fault.at() <= to && fault.end() >= from);
	}

	/**
	 * Tells whether a process may feel a fault: one of its own, or of Redis.
	 */
	boolean mayBefall(Entry.Fault fault, String server) {
		return fault.target().isEmpty() || List.of("*", Entry.Fault.SOME, server).contains(fault.silences())
				|| fault.target().equals(server);
	}

	/**
	 * Tells whether a process was stopped at a moment.
	 */
	boolean isStopped(String server, long at) {
		return this.faults.stream()
			.anyMatch(
					(fault) -> fault.stops() && fault.target().equals(server) && fault.at() <= at && fault.end() >= at);
	}

	/**
	 * Returns by how much the clock of a server is ahead, in nanoseconds; zero if it is
	 * behind.
	 */
	long ahead(String server) {
		return this.ups.stream()
			.filter((up) -> up.server().equals(server))
			.mapToLong((up) -> TimeUnit.MILLISECONDS.toNanos(Math.max(0, up.skew())))
			.max()
			.orElse(0);
	}

	/**
	 * Returns the last suspension of a machine that ended in a time, or after it.
	 */
	Optional<Entry.Fault> suspended(String server, long from, long to) {
		return this.faults.stream()
			.filter((fault) -> fault.kind().equals(SUSPENSION) && fault.target().equals(server) && fault.at() <= to
					&& fault.end() >= from)
			.reduce((first, second) -> second);
	}

	/**
	 * For how long a process stood still in a time, by itself or because it was stopped.
	 * What it did so before does not count.
	 */
	long ownStall(String server, long from, long to) {
		return hiccups(server, from, to).mapToLong((hiccup) -> Math.min(hiccup.nanos(), hiccup.at() - from)).sum()
				+ stopped(server, from, to);
	}

	private long stopped(String server, long from, long to) {
		return this.faults.stream()
			.filter((fault) -> fault.stops() && fault.target().equals(server))
			.filter((fault) -> fault.end() >= from && fault.at() <= to)
			.mapToLong((fault) -> fault.end() - from)
			.sum();
	}

	private Stream<Entry.Hiccup> hiccups(String source, long from, long to) {
		return this.hiccups.stream()
			.filter((hiccup) -> hiccup.server().equals(source))
			.filter((hiccup) -> hiccup.at() >= from && hiccup.at() - hiccup.nanos() <= to);
	}

	private static long length(Stream<Entry.Hiccup> hiccups) {
		return hiccups.mapToLong(Entry.Hiccup::nanos).sum();
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
			.mapToLong((source) -> length(hiccups(source, from, to)))
			.max()
			.orElse(0);
		return processes + length(hiccups(Entry.REDIS, from, to));
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
	 * Of the readings nearby the one that was answered fastest, and of those the last one
	 * before: the clock may have been set since. Where there are none nearby, the
	 * nearest.
	 */
	private Entry.RedisTime reading(long at) {
		List<Entry.RedisTime> nearby = this.clock.subList(firstReading(at - CLOCK_RANGE),
				firstReading(at + CLOCK_RANGE + 1));
		Entry.RedisTime best = null;
		for (Entry.RedisTime reading : nearby) {
			long took = reading.answered() - reading.at();
			long least = (best != null) ? best.answered() - best.at() : Long.MAX_VALUE;
			if (took < least || took == least && reading.at() <= at) {
				best = reading;
			}
		}
		if (best != null) {
			return best;
		}
		return this.clock.stream()
			.min(Comparator.comparingLong((reading) -> Math.abs(reading.at() - at)))
			.orElseThrow(() -> new IllegalArgumentException("Nobody has read Redis's clock"));
	}

	/**
	 * Returns the place of the first reading that is not earlier.
	 */
	private int firstReading(long at) {
		int low = 0;
		int high = this.clock.size();
		while (low < high) {
			int middle = (low + high) >>> 1;
			if (this.clock.get(middle).at() < at) {
				low = middle + 1;
			}
			else {
				high = middle;
			}
		}
		return low;
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
