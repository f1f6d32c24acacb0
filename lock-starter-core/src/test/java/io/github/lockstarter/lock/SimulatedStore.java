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
import java.util.function.BiConsumer;

import org.jspecify.annotations.Nullable;

import io.github.lockstarter.RunOutcome;

/**
 * A simulated Redis as one server sees it: its twin in memory, perhaps with a flaw. Says
 * what it answers.
 */
final class SimulatedStore extends InMemoryLockStore {

	private final Memory memory;

	private final Flaw flaw;

	private final BiConsumer<String, String> coverage;

	private final LockSettings settings;

	private final LockStore mutexOnly;

	SimulatedStore(LockSettings settings, Memory memory, Flaw flaw, BiConsumer<String, String> coverage) {
		super(settings, memory);
		this.settings = settings;
		this.memory = memory;
		this.flaw = flaw;
		this.coverage = coverage;
		this.mutexOnly = MutexOnly.store(new InMemoryLockStore(settings, memory));
	}

	@Override
	public CompletableFuture<Answer> look(LockRequest request) {
		return said("look", super.look(request));
	}

	@Override
	public CompletableFuture<Answer> acquire(LockRequest request, long owner, @Nullable Instant giveUpAt) {
		CompletableFuture<Answer> answer = (this.flaw == Flaw.NO_TICK_RULE)
				? this.mutexOnly.acquire(request, owner, giveUpAt) : super.acquire(request, owner, giveUpAt);
		answer.thenAccept((said) -> {
			if (said.schedule() != null) {
				this.coverage.accept("acquire", "after another schedule");
			}
		});
		return said("acquire", answer);
	}

	private CompletableFuture<Answer> said(String what, CompletableFuture<Answer> answer) {
		answer.whenComplete((said, failure) -> this.coverage.accept(what,
				(failure != null) ? failure.getClass().getSimpleName() : said.verdict().name()));
		return answer;
	}

	@Override
	public CompletableFuture<Renewal> renew(LockRequest request, long owner, Instant giveUpAt) {
		if (this.flaw == Flaw.NO_RENEWAL) {
			return CompletableFuture.completedFuture(new Renewal(Renewal.Verdict.RENEWED,
					this.memory.run(() -> Instant.ofEpochMilli(this.memory.now()))));
		}
		CompletableFuture<Renewal> renewal = super.renew(request, owner, giveUpAt);
		renewal.thenAccept((said) -> this.coverage.accept("renew", said.verdict().name()));
		return renewal;
	}

	@Override
	public CompletableFuture<RunOutcome> finish(LockRequest request, long owner, RunOutcome outcome,
			@Nullable String failure, @Nullable Answer started) {
		if (this.flaw == Flaw.NO_OWNER_CHECK) {
			LockKeys keys = LockKeys.of(this.settings.keyPrefix(), this.settings.namespace(), request.group(),
					request.job());
			new MemoryFaults(this.memory).forget(keys.lock());
		}
		CompletableFuture<RunOutcome> finished = super.finish(request, owner, outcome, failure, started);
		finished.thenAccept((said) -> this.coverage.accept("finish", said.name()));
		return finished;
	}

	@Override
	public CompletableFuture<?> abandon(LockRequest request, long owner) {
		if (this.flaw == Flaw.NO_GIVING_BACK) {
			return CompletableFuture.completedFuture(0L);
		}
		CompletableFuture<?> abandoned = super.abandon(request, owner);
		abandoned.thenAccept((said) -> this.coverage.accept("abandon", "of a start: " + said));
		return abandoned;
	}

	/**
	 * Return by how much the clock of such a Redis is ahead of what it says.
	 */
	static Duration ahead(Flaw flaw) {
		return (flaw == Flaw.TOO_EARLY) ? Duration.ofMillis(400) : Duration.ZERO;
	}

}
