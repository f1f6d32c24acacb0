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

package io.github.lockstarter.lock;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Map.Entry;

import org.jspecify.annotations.Nullable;

/**
 * What servers tell of themselves in a {@link Memory}. Does what {@code beat.lua} and
 * {@code servers.lua} do, in the same order.
 *
 * @param memory where
 * @param settings the settings of the server that asks
 */
record MemoryServers(Memory memory, LockSettings settings) {

	/** How many jobs servers tell of at most. */
	private static final int JOBS = 2000;

	Pulse beat(Beat beat, @Nullable Duration clockOffset) {
		ServerKeys keys = keys(this.settings.server());
		long now = this.memory.now();
		String mark = this.memory.hget(keys.record(), "mark");
		long number = number(keys.record());
		boolean own = mark.equals(beat.sender().mark()) || (!mark.isEmpty() && mark.equals(beat.sender().before()));
		boolean other = !mark.isEmpty() && !own;
		boolean known = own && number >= beat.sender().understood();
		// The same process has told more since
		boolean late = number > beat.sender().number()
				&& this.memory.hget(keys.record(), "process").equals(beat.sender().process());
		if (beat.facts() != null && !late) {
			this.memory.del(keys.record());
			known = true;
		}
		long kept = ServerFields.SERVER_KEPT.toMillis();
		if (known && !late) {
			write(keys.record(), ServerFields.of(beat, clockOffset));
			this.memory.hset(keys.index(), LockKeys.escape(this.settings.server()), String.valueOf(now));
			this.memory.pexpire(keys.index(), kept);
		}
		forgetThoseThatAreGone(keys.index(), now);
		int room = JOBS - this.memory.hgetall(keys.jobs()).size();
		for (Beat.JobNews news : late ? List.<Beat.JobNews>of() : beat.news()) {
			String job = LockKeys.escape(news.job());
			boolean isKnown = this.memory.hexists(keys.jobs(), job);
			if (isKnown || room > 0) {
				room -= isKnown ? 0 : 1;
				this.memory.hset(keys.jobs(), job, told(this.memory.hget(keys.jobs(), job), news, now));
			}
		}
		List<String> reply = new ArrayList<>(List.of(String.valueOf(now), known ? "1" : other ? "2" : "0"));
		jobs(keys.jobs(), now, reply);
		return ServerFields.pulse(reply);
	}

	private long number(String record) {
		String number = this.memory.hget(record, "number");
		return number.isEmpty() ? 0 : Long.parseLong(number);
	}

	/**
	 * Write a record whose time to live is there from its first field on.
	 */
	private void write(String record, Map<String, String> fields) {
		Iterator<Entry<String, String>> each = fields.entrySet().iterator();
		Entry<String, String> first = each.next();
		this.memory.hset(record, first.getKey(), first.getValue());
		try {
			this.memory.pexpire(record, ServerFields.SERVER_KEPT.toMillis());
		}
		catch (RuntimeException ex) {
			this.memory.del(record);
			throw ex;
		}
		each.forEachRemaining((field) -> this.memory.hset(record, field.getKey(), field.getValue()));
	}

	/**
	 * Forget servers that have been gone for a while, and the oldest of them at once if
	 * they are too many.
	 */
	private void forgetThoseThatAreGone(String index, long now) {
		Map<String, Long> gone = new LinkedHashMap<>();
		new LinkedHashMap<>(this.memory.hgetall(index)).forEach((server, value) -> {
			long seen = Long.parseLong(value);
			if (seen < now - ServerFields.SERVER_KEPT.toMillis()) {
				this.memory.hdel(index, server);
			}
			else if (seen < now - Servers.GONE_AFTER.toMillis()) {
				gone.put(server, seen);
			}
		});
		gone.entrySet()
			.stream()
			.sorted(Entry.comparingByValue(Comparator.reverseOrder()))
			.skip(ServerFields.GONE_SERVERS)
			.forEach((server) -> this.memory.hdel(index, server.getKey()));
	}

	/**
	 * Return what is known of a job: began, succeeded, was still going on, paused since,
	 * resumed.
	 * @param before what was known; empty for nothing
	 */
	private static String told(String before, Beat.JobNews news, long now) {
		String[] numbers = before.isEmpty() ? new String[0] : before.split(" ", -1);
		long[] entry = new long[5];
		for (int i = 0; i < Math.min(numbers.length, entry.length); i++) {
			entry[i] = Long.parseLong(numbers[i]);
		}
		entry[0] = later(entry[0], news.begun(), now);
		entry[1] = later(entry[1], news.succeeded(), now);
		entry[2] = later(entry[2], news.going(), now);
		boolean paused = entry[3] > 0;
		if (news.paused() != null && news.paused() != paused) {
			entry[4] = paused ? now : entry[4];
			entry[3] = paused ? 0 : now;
		}
		StringBuilder told = new StringBuilder();
		for (long time : entry) {
			told.append(told.isEmpty() ? "" : " ").append(time);
		}
		return told.toString();
	}

	private static long later(long before, @Nullable Duration ago, long now) {
		return (ago != null) ? Math.max(before, now - ago.toMillis()) : before;
	}

	private void jobs(String jobs, long now, List<String> reply) {
		Map<String, String> all = new LinkedHashMap<>(this.memory.hgetall(jobs));
		long kept = ServerFields.JOBS_KEPT.toMillis();
		all.forEach((job, told) -> {
			long latest = 0;
			for (String number : told.split(" ", -1)) {
				latest = Math.max(latest, Long.parseLong(number));
			}
			if (latest < now - kept) {
				this.memory.hdel(jobs, job);
			}
			else {
				reply.addAll(List.of(job, told));
			}
		});
		if (!all.isEmpty()) {
			this.memory.pexpire(jobs, kept);
		}
	}

	Servers all() {
		List<Servers.Entry> servers = new ArrayList<>();
		this.memory.hgetall(keys(this.settings.server()).index()).forEach((server, seen) -> {
			Map<String, String> record = this.memory.hgetall(records() + server);
			if (!record.isEmpty()) {
				servers.add(ServerFields.read(server, Instant.ofEpochMilli(Long.parseLong(seen)), record));
			}
		});
		return new Servers(Instant.ofEpochMilli(this.memory.now()), servers);
	}

	private ServerKeys keys(String server) {
		return ServerKeys.of(this.settings.keyPrefix(), this.settings.namespace(), server);
	}

	private String records() {
		return ServerKeys.records(this.settings.keyPrefix(), this.settings.namespace());
	}

}
