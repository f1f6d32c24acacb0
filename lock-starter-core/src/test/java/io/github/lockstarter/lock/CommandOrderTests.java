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

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import io.github.lockstarter.RunOutcome;
import io.github.lockstarter.internal.time.TimeSource;
import io.github.lockstarter.lock.CommandOrder.Command;
import io.github.lockstarter.lock.CommandOrder.Orders;

import static io.github.lockstarter.lock.CommandOrder.Command.ABANDON;
import static io.github.lockstarter.lock.CommandOrder.Command.ACQUIRE;
import static io.github.lockstarter.lock.CommandOrder.Command.ACQUIRE_TOO_LATE;
import static io.github.lockstarter.lock.CommandOrder.Command.ANOTHERS_ACQUIRE;
import static io.github.lockstarter.lock.CommandOrder.Command.FINISH;
import static io.github.lockstarter.lock.CommandOrder.Command.RENEW;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * All orders in memory, and every fortieth of them on Redis, drawn by lot, but the same
 * each time. {@link EveryCommandOrderTests} plays all of them on Redis. That the two are
 * the same is tested with much else by {@link TwinTests}.
 */
class CommandOrderTests extends CommandOrderContract {

	@Override
	List<List<Command>> onRedis(List<List<Command>> orders) {
		List<List<Command>> chosen = new ArrayList<>(orders);
		Collections.shuffle(chosen, new Random(orders.size()));
		return chosen.subList(0, orders.size() / 40);
	}

	/**
	 * The red control: a store that breaks one rule is caught, whichever it is.
	 */
	@ParameterizedTest
	@EnumSource
	void aStoreThatBreaksARuleIsCaught(Breach breach) {
		Orders orders = new Orders().all(ACQUIRE, ACQUIRE, ABANDON, FINISH, RENEW, ANOTHERS_ACQUIRE);
		orders.all(ACQUIRE, ACQUIRE_TOO_LATE, ABANDON, FINISH, RENEW, ANOTHERS_ACQUIRE);
		assertThatThrownBy(() -> orders.each().forEach((order) -> inMemory(new Broken(breach), order, 1))).rootCause()
			.isInstanceOf(AssertionError.class)
			.hasMessageContaining(breach.caught);
	}

	/** A rule that is broken, and what it is caught at. */
	private enum Breach {

		FORGETS_WHO_GAVE_BACK("sent again it is a start if that stands"),

		IGNORES_WHEN_THE_CALLER_GIVES_UP("claims nothing"),

		STARTS_A_TICK_TWICE("granted if nothing is in its way"),

		STARTS_ANEW_WHAT_IS_SENT_AGAIN("no second start"),

		REFUSES_WHAT_IS_SENT_AGAIN("sent again it is a start if that stands"),

		GIVES_BACK_THE_LOCK_AND_NOT_THE_TICK("what is given back is no run"),

		FREES_THE_LOCK_OF_ANOTHER("nothing of another run changes"),

		RENEWS_THE_LOCK_OF_ANOTHER("renewed if the lock is its own"),

		LOWERS_THE_TOKEN("tokens rise");

		private final String caught;

		Breach(String caught) {
			this.caught = caught;
		}

	}

	private static final class Broken extends InMemoryLockStore {

		private final Breach breach;

		private final Set<Long> tokens = new HashSet<>();

		private long alias;

		Broken(Breach breach) {
			super(SETTINGS, TimeSource.system());
			this.breach = breach;
		}

		@Override
		public CompletableFuture<Answer> acquire(LockRequest request, long owner, @Nullable Instant giveUpAt) {
			Instant heeded = (this.breach == Breach.IGNORES_WHEN_THE_CALLER_GIVES_UP) ? null : giveUpAt;
			return super.acquire(request, (owner < 0) ? owner + this.alias : owner, heeded).thenApply(this::broken);
		}

		private Answer broken(Answer answer) {
			boolean started = answer.verdict() == Verdict.STARTED;
			boolean again = started && !this.tokens.add(answer.token());
			return switch (this.breach) {
				case STARTS_A_TICK_TWICE ->
					(answer.verdict() == Verdict.ALREADY_RAN) ? with(answer, Verdict.STARTED, 1) : answer;
				case STARTS_ANEW_WHAT_IS_SENT_AGAIN -> again ? with(answer, Verdict.STARTED, 1) : answer;
				case REFUSES_WHAT_IS_SENT_AGAIN -> again ? with(answer, Verdict.LOST, 0) : answer;
				case LOWERS_THE_TOKEN ->
					(started && this.tokens.size() > 1) ? with(answer, Verdict.STARTED, -1_000_000) : answer;
				default -> answer;
			};
		}

		private static Answer with(Answer answer, Verdict verdict, long more) {
			return new Answer(verdict, answer.redisTime(), answer.askAgainAt(), answer.holder(), answer.since(),
					answer.token() + more, answer.tick(), answer.schedule(), answer.attempts(), answer.open(),
					answer.lockHolder());
		}

		@Override
		public CompletableFuture<?> abandon(LockRequest request, long owner) {
			if (this.breach == Breach.GIVES_BACK_THE_LOCK_AND_NOT_THE_TICK) {
				return release(request.job(), null, String.valueOf(owner), false);
			}
			this.alias -= (this.breach == Breach.FORGETS_WHO_GAVE_BACK) ? 1000 : 0;
			return super.abandon(request, owner);
		}

		@Override
		public CompletableFuture<RunOutcome> finish(LockRequest request, long owner, RunOutcome told,
				@Nullable String failure, @Nullable Answer started) {
			if (this.breach == Breach.FREES_THE_LOCK_OF_ANOTHER) {
				JobRecord.Holder holder = record(request.job(), null, 0).join().holder();
				if (holder != null && !holder.owner().equals(String.valueOf(owner))) {
					release(request.job(), null, holder.owner(), false);
				}
			}
			return super.finish(request, owner, told, failure, started);
		}

		@Override
		public CompletableFuture<Renewal> renew(LockRequest request, long owner, Instant giveUpAt) {
			return super.renew(request, owner, giveUpAt)
				.thenApply((renewal) -> (this.breach == Breach.RENEWS_THE_LOCK_OF_ANOTHER)
						? new Renewal(Renewal.Verdict.RENEWED, renewal.redisTime()) : renewal);
		}

	}

}
