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
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

import org.jspecify.annotations.Nullable;

import io.github.lockstarter.JobRun.Trigger;

/**
 * Reads what record.lua answers. What somebody else has written into the keys is left out
 * where it makes no sense.
 */
final class RecordReader {

	private static final List<String> TYPES = List.of("hash", "hash", "stream");

	private static final int FIELDS_OF_A_RUN = 8;

	private final List<String> reply;

	private int next;

	RecordReader(List<String> reply) {
		this.reply = reply;
	}

	JobRecord read(LockKeys keys, int atMost) {
		Instant redisTime = Objects.requireNonNull(time());
		List<String> wrongKeys = wrongKeys(keys);
		String owner = text();
		Long left = number();
		boolean running = text() != null;
		Long lease = number();
		Instant pausedSince = time();
		Long failures = number();
		Instant succeeded = time();
		Instant heldUntil = time();
		Instant due = time();
		List<RunRecord> runs = runs();
		RunRecord last = runs.isEmpty() ? null : runs.get(0);
		RunRecord current = (last != null && last.state() == RunRecord.State.RUNNING) ? last : null;
		JobRecord.Holder holder = (owner != null)
				? new JobRecord.Holder(owner, (running && current != null) ? current.server() : null,
						(running && current != null) ? current.started() : null,
						(lease != null) ? Duration.ofMillis(lease) : null,
						(left != null && left >= 0) ? redisTime.plusMillis(left) : null)
				: null;
		return new JobRecord(redisTime, current,
				runs.stream().filter((run) -> run.state() != RunRecord.State.RUNNING).limit(atMost).toList(),
				pausedSince, (failures != null) ? failures : 0, succeeded,
				(heldUntil != null && heldUntil.isAfter(redisTime)) ? heldUntil : null,
				JobRecord.notPast(due, redisTime), holder, wrongKeys);
	}

	private List<String> wrongKeys(LockKeys keys) {
		List<String> wrong = new ArrayList<>();
		for (int i = 0; i < TYPES.size(); i++) {
			String type = this.reply.get(this.next++);
			if (!type.equals("none") && !type.equals(TYPES.get(i))) {
				wrong.add(keys.all().get(i) + " is a " + type + " and no " + TYPES.get(i));
			}
		}
		return wrong;
	}

	/**
	 * The last run is in the state, and once it has ended in the history too.
	 */
	private List<RunRecord> runs() {
		List<RunRecord> runs = new ArrayList<>();
		while (this.next + FIELDS_OF_A_RUN <= this.reply.size()) {
			RunRecord run = run();
			if (run != null && (runs.isEmpty() || runs.get(runs.size() - 1).token() > run.token())) {
				runs.add(run);
			}
		}
		return runs;
	}

	private @Nullable RunRecord run() {
		Instant tick = time();
		Long token = number();
		String server = text();
		Trigger trigger = constant(Trigger.values());
		Instant started = time();
		Instant ended = time();
		RunRecord.State state = constant(RunRecord.State.values());
		String failure = text();
		if (tick == null || token == null || started == null || state == null) {
			return null;
		}
		return new RunRecord(tick, token, (server != null) ? server : "",
				(trigger != null) ? trigger : Trigger.SCHEDULE, started, ended, state, failure);
	}

	private @Nullable String text() {
		String text = this.reply.get(this.next++);
		return text.isEmpty() ? null : text;
	}

	private @Nullable Long number() {
		String text = text();
		try {
			return (text != null) ? Long.valueOf(text) : null;
		}
		catch (NumberFormatException ex) {
			return null;
		}
	}

	private @Nullable Instant time() {
		Long millis = number();
		return (millis != null) ? Instant.ofEpochMilli(millis) : null;
	}

	private <E extends Enum<E>> @Nullable E constant(E[] constants) {
		String name = text();
		return Arrays.stream(constants).filter((constant) -> constant.name().equals(name)).findFirst().orElse(null);
	}

}
