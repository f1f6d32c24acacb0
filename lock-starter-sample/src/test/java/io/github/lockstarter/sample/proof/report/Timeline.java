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

package io.github.lockstarter.sample.proof.report;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import io.github.lockstarter.proof.checker.Violation;
import io.github.lockstarter.proof.history.Entry;
import io.github.lockstarter.proof.history.History;

/**
 * A picture of a history: time from left to right, a lane for each server, a line in it
 * for each job, and the faults behind them. A long history is cut into strips.
 */
final class Timeline {

	private static final List<String> COLOURS = List.of("#1f6fb4", "#2a9d58", "#8e5bb5", "#b8860b", "#c2185b");

	private static final long STRIP = TimeUnit.SECONDS.toNanos(60);

	/** What is left out beyond that is in the files. */
	private static final int STRIPS = 40;

	private static final int LEFT = 90;

	private static final int WIDTH = 1500;

	private static final int LINE = 10;

	private static final int HEAD = 44;

	private static final int GAP = 26;

	private final StringBuilder svg = new StringBuilder();

	private final History history;

	private final List<String> jobs;

	private final List<String> servers;

	private final long begin;

	private final int laneHeight;

	private final int stripHeight;

	Timeline(History history, List<String> jobs) {
		this.history = history;
		this.jobs = jobs;
		this.servers = history.all(Entry.Up.class).stream().map((up) -> name(up.server())).distinct().sorted().toList();
		this.begin = history.all(Entry.Up.class).stream().mapToLong(Entry.Up::at).min().orElse(0);
		this.laneHeight = jobs.size() * LINE + 8;
		this.stripHeight = HEAD + this.servers.size() * this.laneHeight + GAP;
	}

	private static String name(String process) {
		return process.split("\\.")[0];
	}

	/**
	 * Draws it.
	 * @param violations are marked
	 * @return an SVG
	 */
	String draw(List<Violation> violations) {
		long end = this.history.entries().get(this.history.entries().size() - 1).at();
		int strips = (int) Math.min(STRIPS, (end - this.begin) / STRIP + 1);
		add("<svg xmlns='http://www.w3.org/2000/svg' width='%d' height='%d' font-family='sans-serif' font-size='11'>",
				LEFT + WIDTH + 20, strips * this.stripHeight + 60);
		add("<rect width='100%%' height='100%%' fill='white'/>");
		legend();
		for (int strip = 0; strip < strips; strip++) {
			strip(strip);
		}
		this.history.all(Entry.Fault.class).forEach(this::fault);
		this.history.all(Entry.Skipped.class).forEach(this::refusal);
		runs();
		for (Violation violation : violations) {
			bar(violation.at(), violation.at() + STRIP / 400, 30, this.stripHeight - GAP - 30, "#d00000", 1,
					violation.toString());
		}
		add("</svg>");
		return this.svg.toString();
	}

	private void add(String format, Object... args) {
		this.svg.append(String.format(Locale.ROOT, format, args)).append('\n');
	}

	private void legend() {
		int x = LEFT;
		for (int i = 0; i < this.jobs.size(); i++) {
			add("<rect x='%d' y='12' width='18' height='8' fill='%s'/><text x='%d' y='20'>%s</text>", x, colour(i),
					x + 23, this.jobs.get(i));
			x += 100;
		}
		add("<rect x='%d' y='10' width='18' height='12' fill='#f4a261' opacity='0.45'/><text x='%d' y='20'>fault</text>",
				x, x + 23);
		add("<rect x='%d' y='12' width='2' height='8' fill='#999'/><text x='%d' y='20'>refused</text>", x + 90, x + 97);
		add("<rect x='%d' y='12' width='2' height='8' fill='#d00000'/><text x='%d' y='20'>refused: no Redis</text>",
				x + 170, x + 177);
		add("<rect x='%d' y='12' width='18' height='8' fill='none' stroke='#d00000' stroke-width='2'/>"
				+ "<text x='%d' y='20'>lost, or died with its server</text>", x + 300, x + 323);
	}

	private String colour(int job) {
		return COLOURS.get(job % COLOURS.size());
	}

	private int top(int strip) {
		return 40 + strip * this.stripHeight;
	}

	private int line(String process, String job) {
		return HEAD + this.servers.indexOf(name(process)) * this.laneHeight + this.jobs.indexOf(job) * LINE + 4;
	}

	private void strip(int strip) {
		int top = top(strip);
		for (int i = 0; i < this.servers.size(); i++) {
			int y = top + HEAD + i * this.laneHeight;
			add("<rect x='%d' y='%d' width='%d' height='%d' fill='#f3f5f8'/>", LEFT, y, WIDTH, this.laneHeight - 2);
			add("<text x='8' y='%d' font-weight='bold'>%s</text>", y + this.laneHeight / 2 + 4, this.servers.get(i));
		}
		for (int second = 0; second <= 60; second += 5) {
			int x = LEFT + WIDTH * second / 60;
			int y = top + HEAD + this.servers.size() * this.laneHeight;
			add("<line x1='%d' y1='%d' x2='%d' y2='%d' stroke='#ccc'/>", x, top + HEAD, x, y);
			add("<text x='%d' y='%d' text-anchor='middle' fill='#666'>%d s</text>", x, y + 11, strip * 60 + second);
		}
	}

	private void fault(Entry.Fault fault) {
		boolean one = !fault.target().isEmpty();
		int y = one ? HEAD + this.servers.indexOf(name(fault.target())) * this.laneHeight : HEAD;
		int height = (one ? this.laneHeight : this.servers.size() * this.laneHeight) - 2;
		bar(fault.at(), Math.max(fault.end(), fault.at() + STRIP / 300), y, height, "#f4a261", 0.45,
				fault.kind() + " " + fault.target());
		long place = (fault.at() - this.begin) / STRIP;
		if (place < STRIPS && place >= 0) {
			// On two levels, so that neighbours can be read
			int level = this.history.all(Entry.Fault.class).indexOf(fault) % 3;
			add("<text x='%.1f' y='%d' fill='#a04000'>%s</text>", x(fault.at()), top((int) place) + 16 + 12 * level,
					fault.kind());
		}
	}

	private double x(long at) {
		return LEFT + WIDTH * (double) ((at - this.begin) % STRIP) / STRIP;
	}

	private void refusal(Entry.Skipped skip) {
		int job = this.jobs.indexOf(skip.job());
		String colour = skip.reason().equals("REDIS_UNAVAILABLE") ? "#d00000" : "#999";
		bar(skip.at(), skip.at() + STRIP / 1000, line(skip.server(), this.jobs.get(job)), LINE - 4, colour, 0.9,
				skip.job() + " " + skip.reason());
	}

	private void runs() {
		Map<String, Long> ends = new HashMap<>();
		this.history.all(Entry.Finished.class)
			.forEach((finished) -> ends.put(finished.server() + finished.job() + finished.token(), finished.at()));
		Map<String, Long> downs = new HashMap<>();
		this.history.all(Entry.Down.class).forEach((down) -> downs.put(down.server(), down.at()));
		List<String> lost = new ArrayList<>();
		this.history.all(Entry.Lost.class).forEach((it) -> lost.add(it.server() + it.job() + it.token()));
		for (Entry.Started start : this.history.all(Entry.Started.class)) {
			String key = start.server() + start.job() + start.token();
			Long end = ends.get(key);
			boolean bad = end == null || lost.contains(key);
			long until = (end != null) ? end : downs.getOrDefault(start.server(), start.at());
			bar(start.at(), Math.max(until, start.at() + STRIP / 500), line(start.server(), start.job()), LINE - 2,
					colour(this.jobs.indexOf(start.job())), 1,
					start.job() + " tick " + start.tick() + " token " + start.token());
			if (bad) {
				outline(start.at(), Math.max(until, start.at() + STRIP / 500), line(start.server(), start.job()));
			}
		}
	}

	private void outline(long from, long to, int y) {
		long strip = (from - this.begin) / STRIP;
		if (strip >= 0 && strip < STRIPS) {
			double width = Math.min(WIDTH * (double) (to - from) / STRIP, LEFT + WIDTH - x(from));
			add("<rect x='%.1f' y='%d' width='%.1f' height='%d' fill='none' stroke='#d00000' stroke-width='2'/>",
					x(from), top((int) strip) + y, width, LINE - 2);
		}
	}

	/**
	 * What goes beyond its strip goes on in the next one.
	 */
	private void bar(long from, long to, int y, int height, String colour, double opacity, String title) {
		long at = Math.max(from, this.begin);
		while (at < to) {
			long strip = (at - this.begin) / STRIP;
			if (strip >= STRIPS) {
				return;
			}
			long until = Math.min(to, this.begin + (strip + 1) * STRIP);
			add("<rect x='%.1f' y='%d' width='%.1f' height='%d' fill='%s' opacity='%.2f'><title>%s</title></rect>",
					x(at), top((int) strip) + y, WIDTH * (double) (until - at) / STRIP, height, colour, opacity,
					title.replace("&", "&amp;").replace("<", "&lt;"));
			at = until;
		}
	}

}
