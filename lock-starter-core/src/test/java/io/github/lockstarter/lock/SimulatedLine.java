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
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;
import org.redisson.client.RedisTimeoutException;

import io.github.lockstarter.RunOutcome;
import io.github.lockstarter.internal.time.VirtualMachine;

/**
 * The way of one server to a simulated Redis. Requests and replies take their time, come
 * in another order, come twice, or do not come.
 */
final class SimulatedLine implements LockStore {

	/** Redisson waits no longer for a reply. */
	private static final Duration TIMEOUT = Duration.ofSeconds(3);

	/**
	 * How late a command comes for the second time: when nobody waits for it any more.
	 */
	private static final Duration LATE = Duration.ofSeconds(3);

	/** The same, when somebody may still wait for it. */
	private static final Duration SOON = Duration.ofMillis(500);

	private final SimulatedRedis redis;

	private final LockStore store;

	private final VirtualMachine machine;

	private final SplittableRandom chance;

	SimulatedLine(SimulatedRedis redis, LockStore store, VirtualMachine machine) {
		this.redis = redis;
		this.store = store;
		this.machine = machine;
		this.chance = machine.time().random(machine + " line");
	}

	private <T> CompletableFuture<T> send(Supplier<CompletableFuture<T>> command) {
		CompletableFuture<T> reply = new CompletableFuture<>();
		if (!this.machine.isAlive()) {
			return reply;
		}
		SimulatedRedis.Weather weather = this.redis.weather(this.machine);
		if (weather.losesRequest(this.chance)) {
			return lost(reply);
		}
		deliver(command, reply, weather, Duration.ZERO);
		if (weather.doubles(this.chance)) {
			Duration late = (this.chance.nextInt(4) == 0) ? SOON : LATE;
			deliver(command, reply, weather, Duration.ofNanos(this.chance.nextLong(late.toNanos())));
		}
		return reply;
	}

	private <T> CompletableFuture<T> lost(CompletableFuture<T> reply) {
		this.machine.after(TIMEOUT, () -> reply.completeExceptionally(new RedisTimeoutException("No answer")));
		return reply;
	}

	private <T> void deliver(Supplier<CompletableFuture<T>> command, CompletableFuture<T> reply,
			SimulatedRedis.Weather weather, Duration late) {
		this.redis.arrive(late.plus(weather.takes(this.chance)), () -> {
			CompletableFuture<T> answer = LeaseKeeper.send(command);
			if (weather.losesReply(this.chance)) {
				lost(reply);
			}
			else {
				this.machine.after(weather.takes(this.chance), () -> answer.whenComplete((value, failure) -> {
					if (failure != null) {
						reply.completeExceptionally(failure);
					}
					else {
						reply.complete(value);
					}
				}));
			}
		});
	}

	@Override
	public CompletableFuture<Answer> look(LockRequest request) {
		return send(() -> this.store.look(request));
	}

	@Override
	public CompletableFuture<Answer> acquire(LockRequest request, long owner, @Nullable Instant giveUpAt) {
		return send(() -> this.store.acquire(request, owner, giveUpAt));
	}

	@Override
	public CompletableFuture<Renewal> renew(LockRequest request, long owner, Instant giveUpAt) {
		return send(() -> this.store.renew(request, owner, giveUpAt));
	}

	@Override
	public CompletableFuture<RunOutcome> finish(LockRequest request, long owner, RunOutcome outcome,
			@Nullable String failure, @Nullable Answer started) {
		return send(() -> this.store.finish(request, owner, outcome, failure, started));
	}

	@Override
	public CompletableFuture<?> abandon(LockRequest request, long owner) {
		return send(() -> this.store.abandon(request, owner).thenApply((done) -> true));
	}

	@Override
	public CompletableFuture<JobRecord> record(String job, @Nullable String group, int runs) {
		return send(() -> this.store.record(job, group, runs));
	}

	@Override
	public CompletableFuture<Boolean> pause(String job, @Nullable String group, boolean paused) {
		return send(() -> this.store.pause(job, group, paused));
	}

	@Override
	public CompletableFuture<Boolean> release(String job, @Nullable String group, @Nullable String owner,
			boolean alive) {
		return send(() -> this.store.release(job, group, owner, alive));
	}

	@Override
	public CompletableFuture<Instant> probe(@Nullable LockRequest near) {
		return send(() -> this.store.probe(near));
	}

	@Override
	public CompletableFuture<Pulse> beat(Beat beat, @Nullable Duration clockOffset) {
		return send(() -> this.store.beat(beat, clockOffset));
	}

	@Override
	public CompletableFuture<Servers> servers() {
		return send(this.store::servers);
	}

	@Override
	public CompletableFuture<?> ready() {
		return this.store.ready();
	}

	@Override
	public String describe() {
		return "a simulated Redis";
	}

	@Override
	public void close() {
		// Redis stays
	}

}
