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

package io.github.lockstarter.sample.proof.nemesis;

import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

import io.github.lockstarter.fixture.RedisServer;
import io.github.lockstarter.proof.history.Entry;
import io.github.lockstarter.proof.history.HistoryFile;

/**
 * Asks Redis again and again what time it is, and writes down the time, and when the
 * answer took long.
 */
public final class Probe implements AutoCloseable {

	private static final Duration PAUSE = Duration.ofMillis(100);

	private static final long WORTH_TELLING = TimeUnit.MILLISECONDS.toNanos(60);

	private final Layout layout;

	private final HistoryFile history;

	private final Thread thread = new Thread(this::run, "probe");

	private volatile boolean closed;

	/**
	 * Begins to ask.
	 * @param layout the Redis
	 * @param history where the answers are written
	 */
	public Probe(Layout layout, HistoryFile history) {
		this.layout = layout;
		this.history = history;
		ask();
		this.thread.setDaemon(true);
		this.thread.start();
	}

	private void run() {
		while (!this.closed) {
			Strike.sleep(PAUSE);
			try {
				ask();
			}
			catch (UncheckedIOException | IllegalStateException ex) {
				// A fault, which is written down by who caused it
			}
		}
	}

	private void ask() {
		for (RedisServer master : this.layout.masters()) {
			long asked = System.nanoTime();
			String[] time = master.cli("TIME").split("\\s+");
			long answered = System.nanoTime();
			this.history.add(new Entry.RedisTime(Entry.TEST, asked, answered,
					Long.parseLong(time[0]) * 1_000_000 + Long.parseLong(time[1])));
			if (answered - asked > WORTH_TELLING) {
				this.history.add(new Entry.Hiccup(Entry.REDIS, answered, answered - asked));
			}
		}
	}

	/**
	 * Counts the keys that are left.
	 */
	public void countKeys() {
		int keys = 0;
		int withoutEnd = 0;
		for (RedisServer master : this.layout.masters()) {
			for (String key : master.cli("KEYS", "*").lines().filter((line) -> !line.isBlank()).toList()) {
				keys++;
				withoutEnd += master.cli("TTL", key).equals("-1") ? 1 : 0;
			}
		}
		this.history.add(new Entry.Keys(Entry.REDIS, System.nanoTime(), keys, withoutEnd));
	}

	@Override
	public void close() {
		this.closed = true;
		try {
			this.thread.join(Duration.ofSeconds(20).toMillis());
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

}
