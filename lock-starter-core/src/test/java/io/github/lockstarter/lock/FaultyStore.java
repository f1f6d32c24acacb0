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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;

import io.github.lockstarter.RunOutcome;

/**
 * A server whose way to Redis fails once, at one step.
 */
final class FaultyStore implements LockStore {

	enum Step {

		ACQUIRE, FINISH

	}

	enum Fault {

		/** The process dies before the command leaves. */
		CRASH_BEFORE,

		/** Redis executes the command, then the process dies. */
		CRASH_AFTER,

		/** Redis executes the command, the reply is lost. */
		LOST_REPLY,

		/** The process stands still for longer than it would wait for Redis. */
		PAUSE_BEFORE, PAUSE_AFTER,

		/** The process stands still for longer than its lease. */
		LONG_PAUSE_BEFORE, LONG_PAUSE_AFTER

	}

	private final LockStore store;

	private final Step step;

	private final Fault fault;

	private final Duration pause;

	private final Duration longPause;

	private final Consumer<Duration> sleep;

	/** What others do while this server is in trouble. */
	private final Runnable meanwhile;

	private final AtomicBoolean happened = new AtomicBoolean();

	private volatile boolean dead;

	FaultyStore(LockStore store, Step step, Fault fault, Duration pause, Duration longPause, Consumer<Duration> sleep,
			Runnable meanwhile) {
		this.store = store;
		this.step = step;
		this.fault = fault;
		this.pause = pause;
		this.longPause = longPause;
		this.sleep = sleep;
		this.meanwhile = meanwhile;
	}

	boolean hasHappened() {
		return this.happened.get();
	}

	private <T> CompletableFuture<T> at(Step step, Supplier<CompletableFuture<T>> command) {
		if (this.dead) {
			return new CompletableFuture<>();
		}
		if (step != this.step || !this.happened.compareAndSet(false, true)) {
			return command.get();
		}
		switch (this.fault) {
			case CRASH_BEFORE -> {
				this.dead = true;
				this.meanwhile.run();
				return new CompletableFuture<>();
			}
			case CRASH_AFTER -> {
				command.get().exceptionally((ex) -> null).join();
				this.dead = true;
				this.meanwhile.run();
				return new CompletableFuture<>();
			}
			case LOST_REPLY -> {
				command.get().exceptionally((ex) -> null).join();
				this.meanwhile.run();
				return new CompletableFuture<>();
			}
			case PAUSE_BEFORE -> standStill(this.pause);
			case LONG_PAUSE_BEFORE -> standStill(this.longPause);
			case PAUSE_AFTER -> {
				CompletableFuture<T> reply = command.get();
				reply.exceptionally((ex) -> null).join();
				standStill(this.pause);
				return reply;
			}
			case LONG_PAUSE_AFTER -> {
				CompletableFuture<T> reply = command.get();
				reply.exceptionally((ex) -> null).join();
				standStill(this.longPause);
				return reply;
			}
		}
		return command.get();
	}

	private void standStill(Duration time) {
		this.meanwhile.run();
		this.sleep.accept(time);
		this.meanwhile.run();
	}

	@Override
	public CompletableFuture<Answer> look(LockRequest request) {
		return this.dead ? new CompletableFuture<>() : this.store.look(request);
	}

	@Override
	public CompletableFuture<Answer> acquire(LockRequest request, long owner, @Nullable Instant giveUpAt) {
		return at(Step.ACQUIRE, () -> this.store.acquire(request, owner, giveUpAt));
	}

	@Override
	public CompletableFuture<RunOutcome> finish(LockRequest request, long owner, RunOutcome outcome,
			@Nullable String failure, @Nullable Answer started) {
		return at(Step.FINISH, () -> this.store.finish(request, owner, outcome, failure, started));
	}

	@Override
	public CompletableFuture<Renewal> renew(LockRequest request, long owner, Instant giveUpAt) {
		return this.dead ? new CompletableFuture<>() : this.store.renew(request, owner, giveUpAt);
	}

	@Override
	public CompletableFuture<?> abandon(LockRequest request, long owner) {
		return this.dead ? new CompletableFuture<>() : this.store.abandon(request, owner);
	}

	@Override
	public CompletableFuture<Pulse> beat(Beat beat, @Nullable Duration clockOffset) {
		return this.store.beat(beat, clockOffset);
	}

	@Override
	public CompletableFuture<Servers> servers() {
		return this.store.servers();
	}

	@Override
	public CompletableFuture<JobRecord> record(String job, @Nullable String group, int runs) {
		return this.store.record(job, group, runs);
	}

	@Override
	public CompletableFuture<Boolean> pause(String job, @Nullable String group, boolean paused) {
		return this.store.pause(job, group, paused);
	}

	@Override
	public CompletableFuture<Boolean> release(String job, @Nullable String group, @Nullable String owner,
			boolean alive) {
		return this.store.release(job, group, owner, alive);
	}

	@Override
	public CompletableFuture<Instant> probe(@Nullable LockRequest near) {
		return this.store.probe(near);
	}

	@Override
	public CompletableFuture<?> ready() {
		return this.store.ready();
	}

	@Override
	public String describe() {
		return "faulty " + this.store.describe();
	}

	@Override
	public void close() {
		this.store.close();
	}

}
