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
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;

import io.github.lockstarter.lock.Pulse.Activity;

/**
 * What servers tell of themselves, in memory. Does what beat.lua and servers.lua do.
 */
final class InMemoryServers {

	private final Map<String, Map<String, String>> records = new HashMap<>();

	private final Map<String, Instant> seen = new HashMap<>();

	private final Map<String, Activity> jobs = new HashMap<>();

	synchronized Pulse beat(String server, Instant now, Beat beat, @Nullable Duration clockOffset) {
		Map<String, String> fields = ServerFields.of(beat, clockOffset);
		if (beat.facts() != null) {
			this.records.put(server, new HashMap<>(fields));
			this.seen.put(server, now);
		}
		Map<String, String> record = this.records.get(server);
		boolean known = record != null && isMarkedBy(beat.sender(), record.get("mark"));
		if (record != null && known) {
			record.putAll(fields);
			this.seen.put(server, now);
		}
		beat.news()
			.forEach((news) -> this.jobs.merge(news.job(), merged(Activity.NONE, news, now),
					(before, told) -> merged(before, news, now)));
		return new Pulse(now, known, record != null && !known, this.jobs);
	}

	private static boolean isMarkedBy(Beat.Sender sender, @Nullable String mark) {
		return sender.before().equals(mark) || sender.mark().equals(mark);
	}

	private static Activity merged(Activity before, Beat.JobNews news, Instant now) {
		Instant paused = before.paused();
		Instant resumed = before.resumed();
		if (news.paused() != null && news.paused() != (paused != null)) {
			resumed = (paused != null) ? now : resumed;
			paused = (paused != null) ? null : now;
		}
		return new Activity(later(before.begun(), now, news.begun()), later(before.succeeded(), now, news.succeeded()),
				later(before.going(), now, news.going()), paused, resumed);
	}

	private static @Nullable Instant later(@Nullable Instant before, Instant now, @Nullable Duration ago) {
		if (ago == null) {
			return before;
		}
		Instant told = now.minus(ago);
		return (before != null && before.isAfter(told)) ? before : told;
	}

	synchronized Servers all(Instant now) {
		List<Servers.Entry> all = this.records.entrySet()
			.stream()
			.map((record) -> ServerFields.read(LockKeys.escape(record.getKey()),
					this.seen.getOrDefault(record.getKey(), now), record.getValue()))
			.toList();
		return new Servers(now, all);
	}

}
