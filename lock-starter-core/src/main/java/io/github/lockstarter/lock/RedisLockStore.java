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
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

import org.jspecify.annotations.Nullable;
import org.redisson.api.RScript.ReturnType;
import org.redisson.api.RedissonClient;

import io.github.lockstarter.RunOutcome;
import io.github.lockstarter.internal.time.TimeSource;

/**
 * Locks on the Redis master, taken and released by scripts, each of them an {@code RLock}
 * of Redisson's for everybody else.
 */
final class RedisLockStore implements LockStore {

	/**
	 * Before a renewal is sent again whose slot has moved, and the client has to learn.
	 */
	private static final Duration MOVED_PAUSE = Duration.ofMillis(100);

	private static final LuaScript ACQUIRE = new LuaScript(ReturnType.LIST,
			EnumSet.range(ScriptArgument.OWNER, ScriptArgument.PAUSE_KEPT), "history.lua", "holder.lua", "owners.lua",
			"take.lua", "rules.lua", "acquire.lua");

	private static final LuaScript RENEW = new LuaScript(ReturnType.LIST,
			EnumSet.of(ScriptArgument.OWNER, ScriptArgument.LEASE, ScriptArgument.GIVE_UP_AT), "renew.lua");

	private static final AcknowledgedScript ACKNOWLEDGED_RENEW = new AcknowledgedScript(RENEW);

	private static final LuaScript FINISH = new LuaScript(ReturnType.VALUE,
			EnumSet.of(ScriptArgument.OWNER, ScriptArgument.SHARDED, ScriptArgument.SERVER, ScriptArgument.KIND,
					ScriptArgument.INTERVAL, ScriptArgument.DUE_FIELD, ScriptArgument.AT_LEAST, ScriptArgument.TRIGGER,
					ScriptArgument.HISTORY, ScriptArgument.KEPT, ScriptArgument.PAUSE_KEPT, ScriptArgument.OUTCOME,
					ScriptArgument.FAILURE, ScriptArgument.DELAY, ScriptArgument.TOKEN, ScriptArgument.RUN_TICK,
					ScriptArgument.STARTED),
			"free.lua", "history.lua", "finish.lua");

	private static final LuaScript ABANDON = new LuaScript(ReturnType.LONG,
			EnumSet.of(ScriptArgument.OWNER, ScriptArgument.SHARDED, ScriptArgument.DUE_FIELD, ScriptArgument.KEPT),
			"free.lua", "owners.lua", "abandon.lua");

	private static final LuaScript RECORD = new LuaScript(ReturnType.LIST, "holder.lua", "record.lua");

	private static final LuaScript PAUSE = new LuaScript(ReturnType.LONG, "pause.lua");

	private static final LuaScript RELEASE = new LuaScript(ReturnType.LONG,
			EnumSet.of(ScriptArgument.OWNER, ScriptArgument.SHARDED, ScriptArgument.MAY_BE_ALIVE), "free.lua",
			"release.lua");

	private static final LuaScript PROBE = new LuaScript(ReturnType.VALUE, "probe.lua");

	private static final AcknowledgedScript ACKNOWLEDGED_PROBE = new AcknowledgedScript(PROBE);

	private static final LuaScript BEAT = new LuaScript(ReturnType.LIST, "beat.lua");

	private static final LuaScript SERVERS = new LuaScript(ReturnType.LIST, "servers.lua");

	private static final List<LuaScript> SCRIPTS = List.of(ACQUIRE, RENEW, FINISH, ABANDON, RECORD, PAUSE, RELEASE,
			PROBE, BEAT, SERVERS);

	/** In the place of the name of a server in a key. */
	private static final String ANY_SERVER = "any-server";

	/** The script releases what it takes; this is for a Redis that breaks it off. */
	private static final Duration PROBE_LEASE = Duration.ofSeconds(1);

	private final RedissonConnector connector;

	private final String address;

	private final LockSettings settings;

	private final TimeSource time;

	private final LayoutCheck layout;

	RedisLockStore(RedissonConnector connector, String address, LockSettings settings, TimeSource time) {
		this.connector = connector;
		this.address = address;
		this.settings = settings;
		this.time = time;
		this.layout = new LayoutCheck(nobodys(), time);
		connector.prepare((client) -> {
			SCRIPTS.forEach((script) -> script.loadEverywhere(client));
			return this.layout.look(client);
		});
	}

	@Override
	public CompletableFuture<Answer> look(LockRequest request) {
		return connected((client) -> {
			Map<ScriptArgument, Object> arguments = rules(request);
			arguments.put(ScriptArgument.MODE, "LOOK");
			arguments.put(ScriptArgument.OWNER, "");
			arguments.put(ScriptArgument.GIVE_UP_AT, 0);
			return RedisLockStore.<List<String>>run(ACQUIRE, client, keys(request), arguments)
				.thenApply(RedisLockStore::answer);
		});
	}

	@Override
	public CompletableFuture<Answer> acquire(LockRequest request, long owner, @Nullable Instant giveUpAt) {
		return connected((client) -> {
			this.layout.check(client);
			long began = this.time.nanoTime();
			Map<ScriptArgument, Object> arguments = rules(request);
			arguments.put(ScriptArgument.MODE, "ACQUIRE");
			arguments.put(ScriptArgument.OWNER, field(client, owner));
			arguments.put(ScriptArgument.GIVE_UP_AT, (giveUpAt != null) ? giveUpAt.toEpochMilli() : 0);
			return RedisLockStore.<List<String>>run(ACQUIRE, client, keys(request), arguments)
				.thenApply(RedisLockStore::answer)
				.thenCompose((answer) -> (answer.verdict() == Verdict.STARTED && this.settings.replicas() > 0)
						? acknowledged(client, request, owner, answer.redisTime(), giveUpAt, began)
							.thenApply((done) -> answer)
						: CompletableFuture.completedFuture(answer));
		});
	}

	private static <T> CompletableFuture<T> run(LuaScript script, RedissonClient client, LockKeys keys,
			Map<ScriptArgument, Object> arguments) {
		arguments.put(ScriptArgument.SHARDED, client.getConfig().isClusterConfig() ? "1" : "0");
		return script.run(client, keys, script.order(arguments));
	}

	/**
	 * Wait until replicas know of a start: they have what came before a renewal when they
	 * acknowledge that. It is sent again where the slot of the job has moved, until the
	 * client knows the new master: only the replicas of the master that carried it out
	 * count. The time that the caller waits is counted here: what it knows of Redis's
	 * clock, if anything, is older by all that its last question took.
	 */
	private CompletableFuture<?> acknowledged(RedissonClient client, LockRequest request, long owner, Instant redisTime,
			@Nullable Instant giveUpAt, long began) {
		int replicas = this.settings.replicas();
		Duration within = this.settings.replicasWithin();
		Duration left = this.settings.acquireTimeout().minus(this.time.since(began));
		long sent = this.time.nanoTime();
		Object[] arguments = RENEW.order(renewal(client, request, owner, redisTime.plus(left)));
		return ACKNOWLEDGED_RENEW.<List<String>>run(client, keys(request), replicas, within, arguments)
			.thenCompose((reply) -> {
				Renewal renewal = renewal(reply.answer());
				if (renewal.verdict() != Renewal.Verdict.RENEWED) {
					throw TooFewReplicasException.gone(replicas);
				}
				if (reply.isAcknowledgedBy(replicas)) {
					return CompletableFuture.completedFuture(null);
				}
				if (!reply.sentOn()) {
					throw new TooFewReplicasException(reply.replicas(), replicas, within);
				}
				// The next one takes as long as this one, which may have waited for
				// replicas
				Duration took = this.time.since(sent);
				Duration next = took.plus(MOVED_PAUSE);
				if (left.minus(took).compareTo(next) < 0
						|| (giveUpAt != null && renewal.redisTime().plus(took).plus(next).isAfter(giveUpAt))) {
					throw TooFewReplicasException.moved(replicas);
				}
				return this.connector.pause(MOVED_PAUSE)
					.thenCompose((pause) -> acknowledged(client, request, owner, renewal.redisTime(), giveUpAt, began));
			});
	}

	/**
	 * Send a command as soon as there is a connection.
	 */
	private <T> CompletableFuture<T> connected(Function<RedissonClient, CompletableFuture<T>> command) {
		return this.connector.connect().thenCompose((client) -> LeaseKeeper.send(() -> command.apply(client)));
	}

	@Override
	public CompletableFuture<Renewal> renew(LockRequest request, long owner, Instant giveUpAt) {
		RedissonClient client = this.connector.client();
		return RENEW.<List<String>>run(client, keys(request), RENEW.order(renewal(client, request, owner, giveUpAt)))
			.thenApply(RedisLockStore::renewal);
	}

	private static Map<ScriptArgument, Object> renewal(RedissonClient client, LockRequest request, long owner,
			Instant giveUpAt) {
		return Map.of(ScriptArgument.OWNER, field(client, owner), ScriptArgument.LEASE, request.lease().toMillis(),
				ScriptArgument.GIVE_UP_AT, giveUpAt.toEpochMilli());
	}

	private static Renewal renewal(List<String> reply) {
		return new Renewal(Renewal.Verdict.valueOf(reply.get(0)), Instant.ofEpochMilli(Long.parseLong(reply.get(1))));
	}

	@Override
	public CompletableFuture<RunOutcome> finish(LockRequest request, long owner, RunOutcome outcome,
			@Nullable String failure, @Nullable Answer started) {
		RedissonClient client = this.connector.client();
		Map<ScriptArgument, Object> arguments = rules(request);
		arguments.put(ScriptArgument.OWNER, field(client, owner));
		arguments.put(ScriptArgument.OUTCOME, outcome.name());
		arguments.put(ScriptArgument.FAILURE, (failure != null) ? failure : "");
		arguments.put(ScriptArgument.DELAY, new RequestTerms(request).delay());
		arguments.put(ScriptArgument.TOKEN, (started != null) ? started.token() : 0);
		arguments.put(ScriptArgument.RUN_TICK, (started != null) ? started.tick().toEpochMilli() : 0);
		arguments.put(ScriptArgument.STARTED,
				(started != null && started.since() != null) ? started.since().toEpochMilli() : 0);
		return RedisLockStore.<String>run(FINISH, client, keys(request), arguments)
			.thenApply((written) -> "LOST".equals(written) ? RunOutcome.LOCK_LOST : RunOutcome.valueOf(written));
	}

	@Override
	public CompletableFuture<?> abandon(LockRequest request, long owner) {
		RedissonClient client = this.connector.client();
		Map<ScriptArgument, Object> arguments = rules(request);
		arguments.put(ScriptArgument.OWNER, field(client, owner));
		return RedisLockStore.<Long>run(ABANDON, client, keys(request), arguments);
	}

	@Override
	public CompletableFuture<JobRecord> record(String job, @Nullable String group, int runs) {
		LockKeys keys = keys(job, group);
		return connected((client) -> RECORD.<List<String>>run(client, keys, runs))
			.thenApply((reply) -> new RecordReader(reply).read(keys, runs));
	}

	@Override
	public CompletableFuture<Boolean> pause(String job, @Nullable String group, boolean paused) {
		return connected((client) -> PAUSE.<Long>run(client, keys(job, group), paused ? 1 : 0,
				RequestTerms.PAUSE_KEPT.toMillis()))
			.thenApply((changed) -> changed == 1);
	}

	@Override
	public CompletableFuture<Boolean> release(String job, @Nullable String group, @Nullable String owner,
			boolean alive) {
		return connected((client) -> {
			Map<ScriptArgument, Object> arguments = new EnumMap<>(ScriptArgument.class);
			arguments.put(ScriptArgument.OWNER, (owner != null) ? owner : "");
			arguments.put(ScriptArgument.MAY_BE_ALIVE, alive ? "1" : "0");
			return RedisLockStore.<Long>run(RELEASE, client, keys(job, group), arguments);
		}).thenApply((released) -> released == 1);
	}

	@Override
	public CompletableFuture<Instant> probe(@Nullable LockRequest near) {
		LockKeys keys = (near != null) ? keys(near).probe() : nobodys();
		Object[] arguments = { this.settings.server(), PROBE_LEASE.toMillis() };
		return connected((client) -> {
			this.layout.check(client);
			return probe(client, keys, arguments);
		}).thenApply((time) -> Instant.ofEpochMilli(Long.parseLong(time)));
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
		List<Object> arguments = new ArrayList<>(
				List.of(LockKeys.escape(server), ServerFields.SERVER_KEPT.toMillis(), ServerFields.JOBS_KEPT.toMillis(),
						Servers.GONE_AFTER.toMillis(), ServerFields.GONE_SERVERS, (beat.facts() != null) ? 1 : 0,
						beat.sender().before(), beat.sender().mark(), beat.sender().understood(), fields.size()));
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

	private LockKeys nobodys() {
		return LockKeys.of(this.settings.keyPrefix(), this.settings.namespace(), null, "").probe();
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
	 * All that a request says.
	 */
	private Map<ScriptArgument, Object> rules(LockRequest request) {
		RequestTerms terms = new RequestTerms(request);
		Map<ScriptArgument, Object> arguments = new EnumMap<>(ScriptArgument.class);
		arguments.put(ScriptArgument.SERVER, this.settings.server());
		arguments.put(ScriptArgument.LEASE, terms.lease());
		arguments.put(ScriptArgument.KIND, terms.kind());
		arguments.put(ScriptArgument.TICK, terms.tick());
		arguments.put(ScriptArgument.INTERVAL, terms.interval());
		arguments.put(ScriptArgument.TOLERANCE, terms.tolerance());
		arguments.put(ScriptArgument.MAX_SKEW, this.settings.maxClockSkew().toMillis());
		arguments.put(ScriptArgument.DUE_FIELD, terms.dueField());
		arguments.put(ScriptArgument.AT_LEAST, terms.atLeast());
		arguments.put(ScriptArgument.AT_MOST, terms.atMost());
		arguments.put(ScriptArgument.PURPOSE, request.purpose().name());
		arguments.put(ScriptArgument.SCHEDULE, terms.schedule());
		arguments.put(ScriptArgument.TRIGGER, request.trigger().name());
		arguments.put(ScriptArgument.HISTORY, this.settings.historyRuns());
		arguments.put(ScriptArgument.KEPT, terms.kept());
		arguments.put(ScriptArgument.PAUSE_KEPT, terms.pauseKept());
		return arguments;
	}

	private static Answer answer(List<String> reply) {
		Map<AnswerField, String> fields = AnswerField.named(reply);
		return new Answer(Verdict.valueOf(text(fields, AnswerField.VERDICT)),
				Instant.ofEpochMilli(number(fields, AnswerField.REDIS_TIME)), time(fields, AnswerField.ASK_AGAIN_AT),
				textOrNull(fields, AnswerField.HOLDER), time(fields, AnswerField.SINCE),
				number(fields, AnswerField.TOKEN), Instant.ofEpochMilli(number(fields, AnswerField.TICK)),
				textOrNull(fields, AnswerField.SCHEDULE), (int) number(fields, AnswerField.ATTEMPTS),
				time(fields, AnswerField.OPEN), textOrNull(fields, AnswerField.LOCK_HOLDER));
	}

	private static String text(Map<AnswerField, String> fields, AnswerField field) {
		return Objects.requireNonNull(fields.get(field));
	}

	private static @Nullable String textOrNull(Map<AnswerField, String> fields, AnswerField field) {
		String text = text(fields, field);
		return text.isEmpty() ? null : text;
	}

	private static long number(Map<AnswerField, String> fields, AnswerField field) {
		return Long.parseLong(text(fields, field));
	}

	private static @Nullable Instant time(Map<AnswerField, String> fields, AnswerField field) {
		long time = number(fields, field);
		return (time > 0) ? Instant.ofEpochMilli(time) : null;
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
	public boolean isOneServer() {
		return !this.connector.isCluster();
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
