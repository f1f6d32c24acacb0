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

import java.io.PrintStream;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.EnumSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

import io.github.lockstarter.RunOutcome;
import io.github.lockstarter.SkipReason;
import org.jspecify.annotations.Nullable;

/**
 * Tells the story of the two servers, one line for each thing that happened. A server is
 * often refused before the other has finished; its line then waits until the line of the
 * other is there, so that they stand below each other.
 */
final class Narrator {

	private static final Duration LONGEST_WAIT = Duration.ofSeconds(1);

	private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("HH:mm:ss", Locale.ROOT);

	/**
	 * Another server runs the tick, or ran it. Happens all the time, so it is told of the
	 * job in the foreground only.
	 */
	private static final Set<SkipReason> REFUSALS = EnumSet.of(SkipReason.ALREADY_RAN, SkipReason.SUPERSEDED,
			SkipReason.NOT_DUE, SkipReason.STILL_RUNNING, SkipReason.LOCK_REFUSED, SkipReason.HELD);

	private final PrintStream out;

	private final Clock clock;

	private final ZoneId zone;

	private final String foreground;

	private final boolean lock;

	private final Map<Instant, Waiting> waiting = new LinkedHashMap<>();

	private @Nullable Instant lastRun;

	/**
	 * Creates a narrator.
	 * @param out where the story goes
	 * @param clock the clock
	 * @param zone the time zone of the times
	 * @param foreground the job of which everything is told
	 * @param lock whether there is a lock
	 */
	Narrator(PrintStream out, Clock clock, ZoneId zone, String foreground, boolean lock) {
		this.out = out;
		this.clock = clock;
		this.zone = zone;
		this.foreground = foreground;
		this.lock = lock;
	}

	/**
	 * Tells what a server has reported.
	 * @param server the number of the server
	 * @param report what it has reported
	 */
	void tell(int server, Report report) {
		if (report instanceof Report.Finished finished) {
			print(finished.tick(), finished.job(), server, describe(finished));
			if (finished.job().equals(this.foreground)) {
				this.lastRun = finished.tick();
				printWaitingFor(finished.tick());
			}
		}
		else if (report instanceof Report.Skipped skipped) {
			tell(server, skipped);
		}
		printOverdue();
	}

	private void tell(int server, Report.Skipped skipped) {
		Instant tick = skipped.tick();
		boolean refused = REFUSALS.contains(skipped.reason());
		if (!skipped.job().equals(this.foreground)) {
			if (!refused && skipped.reason() != SkipReason.CLOSING) {
				print((tick != null) ? tick : this.clock.instant(), skipped.job(), server, describe(skipped));
			}
		}
		else if (tick == null || !refused || tick.equals(this.lastRun)) {
			print((tick != null) ? tick : this.clock.instant(), skipped.job(), server, describe(skipped));
		}
		else {
			printWaitingFor(tick);
			this.waiting.put(tick, new Waiting(server, describe(skipped), this.clock.instant().plus(LONGEST_WAIT)));
		}
	}

	/**
	 * Prints the lines that have waited long enough.
	 */
	void printOverdue() {
		Iterator<Map.Entry<Instant, Waiting>> all = this.waiting.entrySet().iterator();
		while (all.hasNext()) {
			Map.Entry<Instant, Waiting> entry = all.next();
			if (entry.getValue().until().isBefore(this.clock.instant())) {
				all.remove();
				print(entry.getKey(), this.foreground, entry.getValue().server(), entry.getValue().line());
			}
		}
	}

	private void printWaitingFor(Instant tick) {
		Waiting line = this.waiting.remove(tick);
		if (line != null) {
			print(tick, this.foreground, line.server(), line.line());
		}
	}

	private String describe(Report.Finished finished) {
		String duration = " in " + finished.duration().toMillis() + " ms";
		return columns(this.lock ? "lock acquired" : "no lock",
				(finished.outcome() == RunOutcome.SUCCEEDED)
						? finished.result() + duration + ", token " + finished.token()
						: finished.outcome() + duration + ": " + finished.result());
	}

	private static String describe(Report.Skipped skipped) {
		StringBuilder why = new StringBuilder(skipped.reason().name());
		if (skipped.holder() != null) {
			why.append(" on ").append(skipped.holder());
		}
		else if (skipped.reason() == SkipReason.LOCK_REFUSED) {
			why.append(", another server was faster");
		}
		if (skipped.detail() != null) {
			why.append(" (").append(skipped.detail()).append(")");
		}
		return columns(REFUSALS.contains(skipped.reason()) ? "lock refused" : "not run", why.toString());
	}

	private static String columns(String what, String more) {
		return String.format(Locale.ROOT, "%-13s  %s", what, more);
	}

	private void print(Instant time, String job, int server, String text) {
		this.out.println(String.format(Locale.ROOT, "%s  %-14s  #%d  %s", TIME.format(time.atZone(this.zone)), job,
				server, text));
		this.out.flush();
	}

	private record Waiting(int server, String line, Instant until) {

	}

}
