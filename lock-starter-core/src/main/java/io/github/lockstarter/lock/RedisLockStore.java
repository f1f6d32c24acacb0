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
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

import org.jspecify.annotations.Nullable;
import org.redisson.api.RScript.ReturnType;
import org.redisson.api.RedissonClient;

import io.github.lockstarter.RunOutcome;
import io.github.lockstarter.internal.time.TimeSource;
import io.github.lockstarter.schedule.Tick;

/**
 * Locks on the Redis master: Redisson's {@code RLock} takes them, scripts do the rest.
 */
final class RedisLockStore implements LockStore {

	/**
	 * How long the state of a job is kept at least after its last run. Longer where the
	 * next tick may come later than that.
	 */
	private static final Duration STATE_KEPT = Duration.ofDays(90);

	/**
	 * How long the state of a job that is paused is kept after somebody asked for it
	 * last: longer than from one yearly tick to the next.
	 */
	private static final Duration PAUSE_KEPT = Duration.ofDays(730);

	private static final Duration START_TOLERANCE = Duration.ofMillis(100);

	/** Before a start is sent again whose slot has moved, and the client has to learn. */
	private static final Duration MOVED_PAUSE = Duration.ofMillis(100);

	private static final LuaScript ASK = new LuaScript(ReturnType.LIST, "rules.lua", "ask.lua");

	private static final LuaScript START = new LuaScript(ReturnType.LIST, "rules.lua", "free.lua", "history.lua",
			"start.lua");

	private static final AcknowledgedScript ACKNOWLEDGED_START = new AcknowledgedScript(START);

	private static final LuaScript RENEW = new LuaScript(ReturnType.LIST, "renew.lua");

	private static final LuaScript FINISH = new LuaScript(ReturnType.VALUE, "free.lua", "history.lua", "finish.lua");

	private static final LuaScript ABANDON = new LuaScript(ReturnType.LONG, "free.lua", "abandon.lua");

	private static final LuaScript RECORD = new LuaScript(ReturnType.LIST, "record.lua");

	private static final LuaScript PAUSE = new LuaScript(ReturnType.LONG, "pause.lua");

	private static final LuaScript RELEASE = new LuaScript(ReturnType.LONG, "free.lua", "release.lua");

	private static final LuaScript PROBE = new LuaScript(ReturnType.VALUE, "probe.lua");

	private static final AcknowledgedScript ACKNOWLEDGED_PROBE = new AcknowledgedScript(PROBE);

	private static final LuaScript BEAT = new LuaScript(ReturnType.LIST, "beat.lua");

	private static final LuaScript SERVERS = new LuaScript(ReturnType.LIST, "servers.lua");

	/** How long a server that is gone is remembered. */
	private static final Duration SERVER_KEPT = Duration.ofDays(1);

	/** In the place of the name of a server in a key. */
	private static final String ANY_SERVER = "any-server";

	/** How many of them are. */
	private static final int GONE_SERVERS = 100;

	/**
	 * How long what servers told of a job is kept: there are jobs that run once a year.
	 */
	private static final Duration JOBS_KEPT = Duration.ofDays(2 * 366);

	/** The script releases what it takes; this is for a Redis that breaks it off. */
	private static final Duration PROBE_LEASE = Duration.ofSeconds(1);

	private final RedissonConnector connector;

	private final String address;

	private final LockSettings settings;

	private final TimeSource time;

	RedisLockStore(RedissonConnector connector, String address, LockSettings settings, TimeSource time) {
		this.connector = connector;
		this.address = address;
		this.settings = settings;
		this.time = time;
	}

	@Override
	public CompletableFuture<Answer> ask(LockRequest request) {
		List<Object> arguments = rules(request);
		arguments.add(pauseKept(request).toMillis());
		return connected(
				(client) -> ASK.<List<String>>run(client, keys(request), arguments.toArray()).thenApply(this::answer));
	}

	/**
	 * Send a command as soon as there is a connection.
	 */
	private <T> CompletableFuture<T> connected(Function<RedissonClient, CompletableFuture<T>> command) {
		return this.connector.connect().thenCompose((client) -> LeaseKeeper.send(() -> command.apply(client)));
	}

	@Override
	public CompletableFuture<Boolean> lock(LockRequest request, long owner) {
		RedissonClient client = this.connector.client();
		CompletableFuture<Boolean> result = new CompletableFuture<>();
		client.getLock(keys(request).lock())
			.tryLockAsync(0, request.lease().toMillis(), TimeUnit.MILLISECONDS, owner)
			.whenComplete((locked, ex) -> {
				if (ex != null) {
					result.completeExceptionally(ex);
				}
				else if (!result.complete(locked) && locked) {
					// Cancelled before the reply came. Not every version of Redisson
					// sees to this
					abandon(request, owner);
				}
			});
		return result;
	}

	@Override
	public CompletableFuture<Answer> start(LockRequest request, long owner, @Nullable Instant giveUpAt) {
		RedissonClient client = this.connector.client();
		List<Object> arguments = rules(request);
		arguments.addAll(List.of(field(client, owner), this.settings.server(), request.lease().toMillis(),
				stateKept(request).toMillis(), (giveUpAt != null) ? giveUpAt.toEpochMilli() : 0,
				(request.schedule() != null) ? request.schedule() : "", request.trigger().name(),
				this.settings.historyRuns(), pauseKept(request).toMillis()));
		if (this.settings.replicas() == 0) {
			return START.<List<String>>run(client, keys(request), arguments.toArray()).thenApply(this::answer);
		}
		return startAcknowledged(client, keys(request), giveUpAt, arguments.toArray());
	}

	/**
	 * Start, and start again if the slot of the job has moved, until the client knows the
	 * new master. Only the replicas of the master that carried out the start count.
	 */
	private CompletableFuture<Answer> startAcknowledged(RedissonClient client, LockKeys keys,
			@Nullable Instant giveUpAt, Object... arguments) {
		int replicas = this.settings.replicas();
		Duration within = this.settings.replicasWithin();
		long sent = this.time.nanoTime();
		return ACKNOWLEDGED_START.<List<String>>run(client, keys, replicas, within, arguments).thenCompose((reply) -> {
			Answer answer = answer(reply.answer());
			if (answer.verdict() != Verdict.STARTED || reply.isAcknowledgedBy(replicas)) {
				return CompletableFuture.completedFuture(answer);
			}
			if (!reply.sentOn()) {
				throw new TooFewReplicasException(reply.replicas(), replicas, within);
			}
			// The next one takes as long as this one, which may have waited for replicas
			Duration took = this.time.since(sent);
			Instant again = answer.redisTime().plus(took).plus(MOVED_PAUSE);
			if (giveUpAt == null || again.plus(took).isAfter(giveUpAt)) {
				throw TooFewReplicasException.moved(replicas);
			}
			return this.connector.pause(MOVED_PAUSE)
				.thenCompose((pause) -> startAcknowledged(client, keys, giveUpAt, arguments));
		});
	}

	@Override
	public CompletableFuture<Renewal> renew(LockRequest request, long owner, Instant giveUpAt) {
		RedissonClient client = this.connector.client();
		return RENEW
			.<List<String>>run(client, keys(request), field(client, owner), request.lease().toMillis(),
					giveUpAt.toEpochMilli())
			.thenApply((reply) -> new Renewal(Renewal.Verdict.valueOf(reply.get(0)),
					Instant.ofEpochMilli(Long.parseLong(reply.get(1)))));
	}

	@Override
	public CompletableFuture<RunOutcome> finish(LockRequest request, long owner, RunOutcome outcome,
			@Nullable String failure) {
		RedissonClient client = this.connector.client();
		long delay = (request.tick() instanceof Tick.Delay tick) ? tick.interval().toMillis() : 0;
		return FINISH
			.<String>run(client, keys(request), field(client, owner), outcome.name(), delay, dueField(request),
					stateKept(request).toMillis(), (failure != null) ? failure : "", this.settings.historyRuns(),
					pauseKept(request).toMillis())
			.thenApply((written) -> "LOST".equals(written) ? RunOutcome.LOCK_LOST : RunOutcome.valueOf(written));
	}

	@Override
	public CompletableFuture<?> abandon(LockRequest request, long owner) {
		RedissonClient client = this.connector.client();
		return ABANDON.run(client, keys(request), field(client, owner), dueField(request),
				stateKept(request).toMillis());
	}

	@Override
	public CompletableFuture<JobRecord> record(String job, @Nullable String group, int runs) {
		LockKeys keys = keys(job, group);
		return connected((client) -> RECORD.<List<String>>run(client, keys, runs))
			.thenApply((reply) -> new RecordReader(reply).read(keys, runs));
	}

	@Override
	public CompletableFuture<Boolean> pause(String job, @Nullable String group, boolean paused) {
		return connected((client) -> PAUSE.<Long>run(client, keys(job, group), paused ? 1 : 0, PAUSE_KEPT.toMillis()))
			.thenApply((changed) -> changed == 1);
	}

	@Override
	public CompletableFuture<Boolean> release(String job, @Nullable String group, @Nullable String owner,
			boolean alive) {
		return connected((client) -> RELEASE.<Long>run(client, keys(job, group), (owner != null) ? owner : "",
				alive ? "1" : "0"))
			.thenApply((released) -> released == 1);
	}

	@Override
	public CompletableFuture<Instant> probe(@Nullable LockRequest near) {
		LockKeys keys = (near != null) ? keys(near)
				: LockKeys.of(this.settings.keyPrefix(), this.settings.namespace(), null, "");
		Object[] arguments = { this.settings.server(), PROBE_LEASE.toMillis() };
		return connected((client) -> probe(client, keys.probe(), arguments))
			.thenApply((time) -> Instant.ofEpochMilli(Long.parseLong(time)));
	}

	private CompletableFuture<String> probe(RedissonClient client, LockKeys keys, Object... arguments) {
		int replicas = this.settings.replicas();
		if (replicas == 0) {
			return PROBE.run(client, keys, arguments);
		}
		Duration within = this.settings.replicasWithin();
		return ACKNOWLEDGED_PROBE.<String>run(client, keys, replicas, within, arguments).thenApply((reply) -> {
			// A slot that has just moved says nothing about the replicas of its new
			// master
			if (!reply.sentOn() && reply.replicas() < replicas) {
				throw new TooFewReplicasException(reply.replicas(), replicas, within);
			}
			return reply.answer();
		});
	}

	@Override
	public CompletableFuture<Pulse> beat(Beat beat, @Nullable Duration clockOffset) {
		String server = this.settings.server();
		ServerKeys keys = ServerKeys.of(this.settings.keyPrefix(), this.settings.namespace(), server);
		Map<String, String> fields = ServerFields.of(beat, clockOffset);
		List<Object> arguments = new ArrayList<>(List.of(LockKeys.escape(server), SERVER_KEPT.toMillis(),
				JOBS_KEPT.toMillis(), Servers.GONE_AFTER.toMillis(), GONE_SERVERS, (beat.facts() != null) ? 1 : 0,
				beat.sender().before(), beat.sender().mark(), fields.size()));
		ServerFields.arguments(fields, beat.news(), arguments::add);
		return connected((client) -> BEAT
			.<List<String>>run(client, List.of(keys.index(), keys.record(), keys.jobs()), arguments.toArray())
			.thenApply(ServerFields::pulse));
	}

	@Override
	public CompletableFuture<Servers> servers() {
		ServerKeys keys = ServerKeys.of(this.settings.keyPrefix(), this.settings.namespace(), this.settings.server());
		String record = ServerKeys.of(this.settings.keyPrefix(), this.settings.namespace(), ANY_SERVER).record();
		return connected((client) -> SERVERS.<List<String>>run(client, List.of(keys.index(), record), ANY_SERVER)
			.thenApply(ServerFields::servers));
	}

	private LockKeys keys(LockRequest request) {
		return keys(request.job(), request.group());
	}

	private LockKeys keys(String job, @Nullable String group) {
		return LockKeys.of(this.settings.keyPrefix(), this.settings.namespace(), group, job);
	}

	/**
	 * The field of the hash that an {@code RLock} is: which client, which owner.
	 */
	private static String field(RedissonClient client, long owner) {
		return client.getId() + ":" + owner;
	}

	/**
	 * The arguments of the rules, in the order that rules.lua gives.
	 */
	private List<Object> rules(LockRequest request) {
		Tick tick = request.tick();
		List<Object> arguments = new ArrayList<>();
		arguments.add(kind(tick));
		arguments.add((tick instanceof Tick.Nominal nominal) ? nominal.at().toEpochMilli() : 0);
		arguments.add((tick instanceof Tick.Interval interval) ? interval.interval().toMillis()
				: (tick instanceof Tick.Nominal nominal) ? nominal.distance().toMillis() : 0);
		arguments.add(((tick instanceof Tick.Interval interval) ? interval.tolerance() : START_TOLERANCE).toMillis());
		arguments.add(this.settings.maxClockSkew().toMillis());
		arguments.add(dueField(request));
		arguments.add(request.lockAtLeastFor().toMillis());
		arguments.add(request.maxAttempts());
		arguments.add(request.purpose().name());
		return arguments;
	}

	private static String kind(Tick tick) {
		if (tick instanceof Tick.Nominal) {
			return "NOMINAL";
		}
		if (tick instanceof Tick.Rate) {
			return "RATE";
		}
		return (tick instanceof Tick.Delay) ? "DELAY" : "MANUAL";
	}

	private static String dueField(LockRequest request) {
		return (request.ownDueTime() && request.tick() instanceof Tick.Interval interval)
				? "due-" + kind(interval).toLowerCase(Locale.ROOT) + "-" + interval.interval().toMillis() : "due";
	}

	private static Duration stateKept(LockRequest request) {
		Duration interval = (request.tick() instanceof Tick.Interval tick) ? tick.interval() : Duration.ZERO;
		Duration gap = longer(interval, longer(request.lockAtLeastFor(), request.longestGap()));
		return longer(gap.multipliedBy(2), STATE_KEPT);
	}

	private static Duration pauseKept(LockRequest request) {
		return longer(stateKept(request), PAUSE_KEPT);
	}

	private static Duration longer(Duration one, Duration other) {
		return (one.compareTo(other) > 0) ? one : other;
	}

	private Answer answer(List<String> reply) {
		long askAgainAt = Long.parseLong(reply.get(2));
		long since = Long.parseLong(reply.get(4));
		String holder = reply.get(3);
		long open = Long.parseLong(reply.get(9));
		return new Answer(Verdict.valueOf(reply.get(0)), Instant.ofEpochMilli(Long.parseLong(reply.get(1))),
				(askAgainAt > 0) ? Instant.ofEpochMilli(askAgainAt) : null, holder.isEmpty() ? null : holder,
				(since > 0) ? Instant.ofEpochMilli(since) : null, Long.parseLong(reply.get(5)),
				Instant.ofEpochMilli(Long.parseLong(reply.get(6))), reply.get(7).isEmpty() ? null : reply.get(7),
				Integer.parseInt(reply.get(8)), (open > 0) ? Instant.ofEpochMilli(open) : null);
	}

	@Override
	public CompletableFuture<?> ready() {
		return this.connector.connect();
	}

	@Override
	public List<String> evictions() {
		return this.connector.evictions();
	}

	@Override
	public String address() {
		return this.address;
	}

	@Override
	public String describe() {
		return this.address;
	}

	@Override
	public void close() {
		this.connector.close();
	}

}
