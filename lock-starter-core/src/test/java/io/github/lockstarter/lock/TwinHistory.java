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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Function;

import org.jspecify.annotations.Nullable;

import io.github.lockstarter.SkipReason;

/**
 * Plays steps on two stores, and compares what they answer, and keep, after each of them.
 */
final class TwinHistory {

	static final List<String> SERVERS = List.of("one", "two");

	private final TwinSide real;

	private final TwinSide twin;

	private final String name;

	private final List<String> keys;

	private final Map<Integer, LockRequest> requests = new HashMap<>();

	private final Map<Integer, Answer> starts = new HashMap<>();

	private final Map<String, Integer> covered;

	private long now = PlayedRedis.BEGIN;

	/**
	 * Begin a history.
	 * @param name the namespace of its keys
	 * @param covered where it is counted what was answered
	 */
	TwinHistory(TwinSide real, TwinSide twin, String name, Map<String, Integer> covered) {
		this.real = real;
		this.twin = twin;
		this.name = name;
		this.covered = covered;
		TreeSet<String> keys = new TreeSet<>();
		for (int job = 0; job < TwinDraw.JOBS; job++) {
			keys(job).all().forEach((key) -> keys.add((String) key));
		}
		for (String server : SERVERS) {
			ServerKeys ofServer = ServerKeys.of("test:", name, server);
			keys.addAll(List.of(ofServer.index(), ofServer.record(), ofServer.jobs()));
		}
		this.keys = List.copyOf(keys);
	}

	private LockKeys keys(int job) {
		return LockKeys.of("test:", this.name, group(job), "job-" + job);
	}

	/**
	 * The first job is alone, the others share a lock.
	 */
	private static @Nullable String group(int job) {
		return (job > 0) ? "group" : null;
	}

	/**
	 * Play steps.
	 * @return the first difference; {@code null} if there is none
	 */
	@Nullable String play(List<TwinStep> steps) {
		this.real.begin(this.keys);
		this.twin.begin(this.keys);
		at(PlayedRedis.NONE);
		for (int i = 0; i < steps.size(); i++) {
			String difference = play(steps.get(i));
			if (difference != null) {
				return "step " + (i + 1) + ": " + difference;
			}
		}
		return null;
	}

	static LockSettings settings(String namespace, String server) {
		return new LockSettings(namespace, "test:", server, Duration.ofSeconds(2), Duration.ofMinutes(1), 0,
				Duration.ZERO, server.equals("one") ? 3 : 2);
	}

	private void at(int refused) {
		this.real.at(this.now, refused);
		this.twin.at(this.now, refused);
	}

	private @Nullable String play(TwinStep step) {
		if (step.refused() != PlayedRedis.NONE) {
			at(step.refused());
		}
		Object onReal = reply(step, this.real);
		Object onTwin = reply(step, this.twin);
		if (step.refused() != PlayedRedis.NONE) {
			at(PlayedRedis.NONE);
		}
		count(step, onReal);
		remember(step, onTwin);
		if (!Objects.equals(onReal, onTwin)) {
			return differs(onReal, onTwin);
		}
		return (step.what() != TwinStep.What.TIME) ? kept(step) : null;
	}

	private @Nullable String kept(TwinStep step) {
		CompletableFuture<List<String>> kept = this.real.kept(this.keys);
		Object record = reply(this.real, record(step, this.real));
		List<String> keptByReal = kept.join();
		List<String> keptByTwin = this.twin.kept(this.keys).join();
		for (int i = 0; i < this.keys.size(); i++) {
			if (!keptByReal.get(i).equals(keptByTwin.get(i))) {
				return this.keys.get(i) + differs(keptByReal.get(i), keptByTwin.get(i));
			}
		}
		Object ofTwin = reply(this.twin, record(step, this.twin));
		return record.equals(ofTwin) ? null : differs(record, ofTwin);
	}

	private static String differs(Object real, Object twin) {
		return "\n  real: " + real + "\n  twin: " + twin;
	}

	private CompletableFuture<JobRecord> record(TwinStep step, TwinSide side) {
		return side.store(SERVERS.get(step.server())).record("job-" + step.job(), group(step.job()), step.owner() % 4);
	}

	/**
	 * Count what was answered: a history in which nothing happens compares nothing.
	 */
	private void count(TwinStep step, Object reply) {
		Object word = (reply instanceof Answer answer) ? answer.verdict() + ((answer.attempts() > 1) ? " again" : "")
				: (reply instanceof Renewal renewal) ? renewal.verdict()
						: (reply instanceof Pulse pulse) ? "known " + pulse.known()
								: (reply instanceof Servers || reply instanceof Instant) ? "answered" : reply;
		this.covered.merge(step.what() + " " + word, 1, Integer::sum);
	}

	private void remember(TwinStep step, Object reply) {
		if (step.what() == TwinStep.What.ACQUIRE) {
			this.requests.put(step.owner(), step.ask().of("job-" + step.job(), group(step.job())));
			if (reply instanceof Answer answer && answer.verdict() == Verdict.STARTED) {
				this.starts.put(step.owner(), answer);
			}
		}
		if (step.what() == TwinStep.What.TIME) {
			this.now += step.number();
			at(PlayedRedis.NONE);
		}
	}

	private Object reply(TwinStep step, TwinSide side) {
		LockStore store = side.store(SERVERS.get(step.server()));
		String job = "job-" + step.job();
		String group = group(step.job());
		LockRequest asked = step.ask().of(job, group);
		LockRequest request = this.requests.getOrDefault(step.owner(), asked);
		long owner = step.owner() - 1;
		return switch (step.what()) {
			case ACQUIRE -> reply(side, store.acquire(asked, owner, step.giveUpAt()));
			case LOOK -> reply(side, store.look(asked));
			case RENEW -> reply(side, store.renew(request, owner, Instant.ofEpochMilli(step.number())));
			case FINISH -> reply(side,
					store.finish(request, owner, step.outcome(),
							(step.number() % 3 == 0) ? "thrown " + step.number() : null,
							(step.number() % 5 > 0) ? this.starts.get(step.owner()) : null));
			case ABANDON -> reply(side, store.abandon(request, owner));
			case PAUSE, RESUME -> reply(side, store.pause(job, group, step.what() == TwinStep.What.PAUSE));
			case RELEASE -> reply(side, store.release(job, group, released(step, side), step.number() % 2 == 0));
			case BEAT -> reply(side, store.beat(beat(step), (step.number() % 2 == 0) ? Duration.ofMillis(7) : null));
			case SERVERS -> reply(side, store.servers());
			case PROBE -> reply(side, store.probe((step.number() % 2 == 0) ? asked : null));
			case LOCK, PERSIST, ANOTHER_TYPE, DELETE -> done(step, side);
			case TIME -> "passed";
		};
	}

	private Object done(TwinStep step, TwinSide side) {
		LockKeys keys = keys(step.job());
		String one = (String) keys.all().get((int) (step.number() % 3));
		Long timeToLive = (step.number() % 4 == 0) ? null : 500 * (1 + step.number() % 8);
		switch (step.what()) {
			case LOCK -> side.lock(keys, "foreign:" + step.owner(), timeToLive);
			case PERSIST -> side.persist((step.number() % 4 > 0) ? keys.lock() : one);
			case ANOTHER_TYPE -> side.anotherType(one, timeToLive);
			case DELETE -> {
				if (step.number() % 7 == 0) {
					keys.all().forEach((key) -> side.delete((String) key));
				}
				else {
					side.delete((step.number() % 2 == 0) ? keys.lock() : one);
				}
			}
			default -> {
			}
		}
		return "done";
	}

	/**
	 * The owner of the lock, as the record names it, in most cases.
	 */
	private @Nullable String released(TwinStep step, TwinSide side) {
		if (step.number() % 4 == 0) {
			return side.named("nobody:1");
		}
		Object record = reply(this.twin, record(step, this.twin));
		JobRecord.Holder holder = (record instanceof JobRecord known) ? known.holder() : null;
		return (holder != null && step.number() % 8 != 1) ? side.named(holder.owner()) : null;
	}

	private static Beat beat(TwinStep step) {
		long number = step.number();
		String mark = "mark " + number % 3;
		Beat.Facts facts = (number % 4 == 0)
				? new Beat.Facts("host", null, List.of(new Beat.KnownJob("a job", null, "daily", null))) : null;
		Beat.JobNews news = new Beat.JobNews("job " + step.job(), (number % 5 == 0) ? Duration.ofMillis(number) : null,
				(number % 7 == 0) ? Duration.ofMillis(number) : null, (number % 2 == 0) ? Duration.ZERO : null,
				(number % 3 == 0) ? Boolean.valueOf(number % 2 == 0) : null);
		Beat.SkipCount skip = new Beat.SkipCount("a job", SkipReason.HELD, number, null,
				Instant.ofEpochMilli(PlayedRedis.BEGIN), null, null);
		return new Beat(
				new Beat.Sender(Instant.ofEpochMilli(PlayedRedis.BEGIN), "process " + number % 2,
						number - number % 7 * 2, number - 9 + number % 11, "mark " + (number + 1) % 3, mark),
				facts, false, number % 16 == 0, List.of(skip), List.of(), List.of(news));
	}

	/**
	 * Return what was answered, without a trace of who did.
	 */
	private static Object reply(TwinSide side, CompletableFuture<?> reply) {
		try {
			Object answered = reply.join();
			Function<String, String> bare = (owner) -> owner.replace(side.named("0").replaceAll("0$", ""), "");
			if (answered instanceof Answer answer && answer.lockHolder() != null) {
				return new Answer(answer.verdict(), answer.redisTime(), answer.askAgainAt(), answer.holder(),
						answer.since(), answer.token(), answer.tick(), answer.schedule(), answer.attempts(),
						answer.open(), bare.apply(answer.lockHolder()));
			}
			if (answered instanceof JobRecord record && record.holder() != null) {
				JobRecord.Holder holder = record.holder();
				return new JobRecord(record.redisTime(), record.running(), record.runs(), record.pausedSince(),
						record.failures(), record.succeeded(), record.heldUntil(), record.due(),
						new JobRecord.Holder(bare.apply(holder.owner()), holder.server(), holder.since(),
								holder.lease(), holder.until()),
						record.wrongKeys());
			}
			if (answered instanceof Servers servers) {
				List<Servers.Entry> all = new ArrayList<>(servers.all());
				all.sort(Comparator.comparing(Servers.Entry::id));
				return new Servers(servers.redisTime(), all);
			}
			return answered;
		}
		catch (CompletionException ex) {
			return String.valueOf(ex.getCause().getMessage()).contains("WRONGTYPE") ? "WRONGTYPE" : "refused";
		}
	}

}
