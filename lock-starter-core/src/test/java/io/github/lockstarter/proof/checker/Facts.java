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

import java.time.Duration;
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
import java.util.function.Predicate;
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

	final List<Entry.Listed> listed;

	/** The end of what is judged. */
	final long end;

	private final List<Entry.RedisTime> clock;

	private final Spans<Entry.RedisTime> readings;

	private final Spans<Entry.Fault> troubles;

	private final Spans<Entry.Hiccup> stalls;

	private final Map<String, Entry.Down> downs;

	/** By server; of those that have another one than the first. */
	private final Map<String, Integer> versions;

	private final Map<String, List<Run>> runs = new TreeMap<>();

	private final List<Entry> orphans = new ArrayList<>();

	/** By job and tick. */
	private final Map<String, Map<Long, List<Entry.Skipped>>> skipped = new HashMap<>();

	/** By server, in nanoseconds; only where it is ahead. */
	private final Map<String, Long> ahead = new HashMap<>();

	/** By job: when a run of it began, or ended on Redis. */
	private final Map<String, TreeSet<Long>> wentOn = new HashMap<>();

	/** By server: when it did what only Redis can have decided. */
	private final Map<String, TreeSet<Long>> decided = new HashMap<>();

	Facts(History history, Rules rules) {
		History.ByType entries = history.byType();
		this.rules = rules;
		this.faults = entries.all(Entry.Fault.class);
		this.skips = entries.all(Entry.Skipped.class);
		this.written = entries.all(Entry.Written.class);
		this.ups = entries.all(Entry.Up.class);
		this.named = entries.all(Entry.Named.class);
		this.vitals = entries.all(Entry.Vitals.class);
		this.keys = entries.all(Entry.Keys.class);
		this.hiccups = entries.all(Entry.Hiccup.class);
		this.remembered = entries.all(Entry.Remembered.class);
		this.counted = entries.all(Entry.Counted.class);
		this.listed = entries.all(Entry.Listed.class);
		this.clock = entries.all(Entry.RedisTime.class);
		this.readings = new Spans<>(this.clock, Entry.RedisTime::at, Entry.RedisTime::at);
		this.troubles = new Spans<>(this.faults, Entry.Fault::at, Entry.Fault::end);
		this.stalls = new Spans<>(this.hiccups, (hiccup) -> hiccup.at() - hiccup.nanos(), Entry.Hiccup::at);
		this.ups.forEach((up) -> this.ahead.merge(up.server(), TimeUnit.MILLISECONDS.toNanos(Math.max(0, up.skew())),
				Math::max));
		this.downs = entries.all(Entry.Down.class)
			.stream()
			.collect(Collectors.toMap(Entry.Down::server, (down) -> down, (first, second) -> first));
		this.versions = history.all(Entry.Version.class)
			.stream()
			.collect(Collectors.toMap(Entry.Version::server, Entry.Version::number));
		this.end = history.entries().isEmpty() ? 0 : history.entries().get(history.entries().size() - 1).at();
		rules.jobs().forEach((job) -> this.runs.put(job.name(), new ArrayList<>()));
		assemble(history, entries.all(Entry.Started.class));
		for (Run run : allRuns()) {
			TreeSet<Long> moments = this.wentOn.computeIfAbsent(run.job(), (job) -> new TreeSet<>());
			moments.add(run.at());
			run.finishes()
				.stream()
				.filter((finished) -> finished.outcome().equals("SUCCEEDED"))
				.forEach((finished) -> moments.add(finished.at()));
		}
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
	private void assemble(History history, List<Entry.Started> starts) {
		Map<String, Run> byToken = new HashMap<>();
		for (Entry.Started start : starts) {
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
		return first(this.decided.get(server), since);
	}

	/**
	 * Returns when a run of a job began for the first time since, or could be ended on
	 * Redis.
	 */
	OptionalLong wentOn(String job, long since) {
		return first(this.wentOn.get(job), since);
	}

	private static OptionalLong first(TreeSet<Long> moments, long since) {
		Long at = (moments != null) ? moments.ceiling(since) : null;
		return (at != null) ? OptionalLong.of(at) : OptionalLong.empty();
	}

	/**
	 * Returns what was wrong at some moment of a time.
	 */
	Stream<Entry.Fault> faults(long from, long to) {
		return this.troubles.during(from, to);
	}

	/**
	 * Returns what was wrong at a moment or later, and perhaps more from before.
	 */
	List<Entry.Fault> faultsSince(long from) {
		return this.troubles.since(from);
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
	 * Returns from one tick to the next in the schedule that a process has.
	 */
	Duration period(Rules.Job job, String server) {
		return job.period(this.versions.getOrDefault(server, 0));
	}

	/**
	 * Returns the shortest period of the servers that may have asked for a job in a time.
	 * What one has sent that is gone may still be on its way.
	 */
	Duration shortestPeriod(Rules.Job job, long from, long to) {
		long sent = from - this.rules.lease().plus(Rules.RECOVERY).toNanos();
		return !job.isChanged() ? job.period()
				: this.ups.stream()
					.filter((up) -> up.at() <= to && (down(up.server()) == null || down(up.server()).at() >= sent))
					.map((up) -> period(job, up.server()))
					.min(Comparator.naturalOrder())
					.orElse(job.period());
	}

	/**
	 * Tells whether a tick is one of the schedule that a process has.
	 */
	boolean hasTick(Rules.Job job, String server, long tick) {
		return tick % period(job, server).toMillis() == 0;
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
		return faults(from, to).filter(Entry.Fault::forgets).reduce((first, second) -> second);
	}

	/**
	 * Tells whether Redis did not answer a process at some moment of a time, or perhaps
	 * did not.
	 */
	boolean isSilent(String server, long from, long to) {
		return faults(from, to).anyMatch((fault) -> isSilent(fault, server));
	}

	private static boolean isSilent(Entry.Fault fault, String server) {
		return fault.silences().equals("*") || fault.silences().equals(Entry.Fault.SOME)
				|| fault.silences().equals(server);
	}

	private static boolean isStopped(Entry.Fault fault, String server) {
		return fault.stops() && fault.target().equals(server);
	}

	/**
	 * Tells whether Redis did not answer somebody else than a process at some moment of a
	 * time.
	 */
	boolean isAnybodySilent(String but, long from, long to) {
		return faults(from, to).anyMatch((fault) -> !fault.silences().isEmpty() && !fault.silences().equals(but));
	}

	/**
	 * Tells whether a process may feel a fault: one of its own, or of Redis.
	 */
	boolean mayBefall(Entry.Fault fault, String server) {
		return fault.target().isEmpty() || isSilent(fault, server) || fault.target().equals(server);
	}

	/**
	 * Tells whether a process was stopped or without Redis until a moment or later, by
	 * one fault after the other, and was so before another moment.
	 */
	boolean hasStoodAlone(String server, long until, long before) {
		return until(Math.min(until, before), before,
				(fault) -> isSilent(fault, server) || isStopped(fault, server)) >= until;
	}

	/**
	 * Returns until when a process is stopped, by one fault after the other.
	 * @return a moment; the same if it is not stopped then
	 */
	long stillUntil(String server, long at) {
		return Math.max(at, until(at, at, (fault) -> isStopped(fault, server)));
	}

	/**
	 * Returns when faults end that go on in a time, or that one of those goes over into.
	 */
	private long until(long from, long to, Predicate<Entry.Fault> matters) {
		long until = Long.MIN_VALUE;
		for (Entry.Fault fault : this.troubles.since(from)) {
			if (fault.at() > Math.max(until, to)) {
				break;
			}
			if (fault.end() >= from && matters.test(fault)) {
				until = Math.max(until, fault.end());
			}
		}
		return until;
	}

	/**
	 * Returns by how much the clock of a server is ahead, in nanoseconds; zero if it is
	 * behind.
	 */
	long ahead(String server) {
		return this.ahead.getOrDefault(server, 0L);
	}

	/**
	 * Returns the last suspension of a machine that ended in a time, or after it.
	 */
	Optional<Entry.Fault> suspended(String server, long from, long to) {
		return faults(from, to).filter((fault) -> fault.kind().equals(SUSPENSION) && fault.target().equals(server))
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
		return faults(from, to).filter((fault) -> isStopped(fault, server))
			.mapToLong((fault) -> fault.end() - from)
			.sum();
	}

	private Stream<Entry.Hiccup> hiccups(String source, long from, long to) {
		return this.stalls.during(from, to).filter((hiccup) -> hiccup.server().equals(source));
	}

	private static long length(Stream<Entry.Hiccup> hiccups) {
		return hiccups.mapToLong(Entry.Hiccup::nanos).sum();
	}

	/**
	 * Returns until when a server has said why it did not run a tick: it may wait for a
	 * lock that a dead server has, and try again when Redis answers again.
	 */
	long said(long at, long window) {
		long waited = window + this.rules.lease().toNanos();
		return faults(at, waited).filter((fault) -> !fault.silences().isEmpty())
			.mapToLong((fault) -> fault.end() + this.rules.lease().plus(Rules.RECOVERY).toNanos())
			.reduce(waited, Math::max);
	}

	/**
	 * For how long the machine stood still: Redis, and the process that stood still
	 * longest. What is measured is what windows are extended by.
	 */
	long stall(long from, long to) {
		Map<String, Long> stalls = new HashMap<>();
		this.stalls.during(from, to).forEach((hiccup) -> stalls.merge(hiccup.server(), hiccup.nanos(), Long::sum));
		Long redis = stalls.remove(Entry.REDIS);
		return stalls.values().stream().mapToLong(Long::longValue).max().orElse(0) + ((redis != null) ? redis : 0);
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
	 * Returns the latest time that Redis's clock may have shown lately: it may have been
	 * set back since.
	 */
	double latestRedisMillis(Duration lately, long at) {
		double latest = latestRedisMillis(at);
		for (Entry.RedisTime reading : this.readings.during(at - lately.toNanos(), at).toList()) {
			latest = Math.max(latest, reading.micros() / 1000.0);
		}
		return latest;
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
		Entry.RedisTime best = null;
		for (Entry.RedisTime reading : this.readings.during(at - CLOCK_RANGE, at + CLOCK_RANGE).toList()) {
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
