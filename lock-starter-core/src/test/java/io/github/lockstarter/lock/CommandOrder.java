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
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;

import io.github.lockstarter.RunOutcome;
import io.github.lockstarter.schedule.Tick;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * One order of commands for one job, and what must hold after each of them, whatever came
 * before.
 */
final class CommandOrder {

	enum Command {

		/** By A. The second one is sent again, or was doubled on its way. */
		ACQUIRE,

		/** The same, where Redis's clock says that A has given up an hour ago. */
		ACQUIRE_TOO_LATE,

		ABANDON, FINISH, RENEW,

		/** Where Redis's clock says that A has not trusted its lock for an hour. */
		RENEW_TOO_LATE,

		/** Of whoever has the lock, and does not know that it is gone. */
		LEASE_ENDS,

		/** By B and C, of the same tick. */
		ANOTHERS_ACQUIRE, THIRD_ACQUIRE,

		/** By D, of the next tick. */
		NEXT_ACQUIRE

	}

	private static final long A = -1;

	private static final long B = 2;

	private static final long C = 3;

	private static final long D = 4;

	private static final Duration LEASE = Duration.ofMinutes(10);

	private static final Duration AN_HOUR = Duration.ofHours(1);

	private static final Instant TICK = Instant.ofEpochSecond(Instant.now().getEpochSecond() - 60);

	private final Place place;

	private final String job;

	private final int maxAttempts;

	private final List<Command> commands = new ArrayList<>();

	private final List<Object> replies = new ArrayList<>();

	/** What was granted and not given back, the oldest first. */
	private final List<Start> starts = new ArrayList<>();

	private final Map<Long, Answer> granted = new HashMap<>();

	private final Set<Long> gaveBack = new HashSet<>();

	private final Map<Long, RunOutcome> ends = new HashMap<>();

	private long lastToken;

	/** After the last command. */
	private Kept kept = new Kept(Map.of(), 0, List.of(), Map.of(), List.of());

	private CommandOrder(Place place, String job, int maxAttempts) {
		this.place = place;
		this.job = job;
		this.maxAttempts = maxAttempts;
	}

	private CommandOrder(CommandOrder begun, String job) {
		this(begun.place, job, begun.maxAttempts);
		this.commands.addAll(begun.commands);
		this.replies.addAll(begun.replies);
		this.starts.addAll(begun.starts);
		this.granted.putAll(begun.granted);
		this.gaveBack.addAll(begun.gaveBack);
		this.ends.putAll(begun.ends);
		this.lastToken = begun.lastToken;
		this.kept = begun.kept;
	}

	/**
	 * Send the commands of orders, each after the reply to the one before. Orders that
	 * begin in the same way are one until they part. From there on each of them has a
	 * copy of all that is kept.
	 * @param done is told of each order and the replies to it
	 * @return failed if something does not hold
	 */
	static CompletableFuture<?> play(Place place, Orders orders, int maxAttempts,
			BiConsumer<List<Command>, List<Object>> done) {
		return new CommandOrder(place, "order-" + UUID.randomUUID(), maxAttempts).goOn(orders, done);
	}

	private CompletableFuture<?> goOn(Orders orders, BiConsumer<List<Command>, List<Object>> done) {
		if (orders.next.isEmpty()) {
			return this.place.store().record(this.job, null, 100).thenAccept((record) -> {
				assertThat(record.runs().stream().map(RunRecord::token)).as(soFar("the history as it is told"))
					.containsExactlyElementsOf(this.kept.runs().stream().map(Run::token).toList());
				done.accept(this.commands, this.replies);
			});
		}
		CompletableFuture<?> all = CompletableFuture.completedFuture(null);
		for (Map.Entry<Command, Orders> next : orders.next.entrySet()) {
			CommandOrder copy = new CommandOrder(this, copy(next.getKey(), orders));
			Supplier<CompletableFuture<?>> rest = () -> copy.step(next.getKey(), next.getValue())
				.thenCompose((stepped) -> copy.goOn(next.getValue(), done));
			// Not all of them at the same time
			all = (this.commands.size() < 2) ? CompletableFuture.allOf(all, rest.get())
					: all.thenCompose((before) -> rest.get());
		}
		return all;
	}

	private String copy(Command next, Orders orders) {
		return (orders.next.size() > 1) ? this.job + "-" + next.ordinal() : this.job;
	}

	private CompletableFuture<?> step(Command command, Orders next) {
		this.commands.add(command);
		LockRequest request = new LockRequest(this.job, null, null,
				new Tick.Nominal((command == Command.NEXT_ACQUIRE) ? TICK.plusSeconds(1) : TICK), false, LEASE,
				Duration.ZERO, this.maxAttempts);
		LockStore store = this.place.store();
		return switch (command) {
			case ACQUIRE -> acquire(request, A, Instant.now().plus(AN_HOUR), next);
			case ACQUIRE_TOO_LATE -> acquire(request, A, Instant.now().minus(AN_HOUR), next);
			case ANOTHERS_ACQUIRE -> acquire(request, B, null, next);
			case THIRD_ACQUIRE -> acquire(request, C, null, next);
			case NEXT_ACQUIRE -> acquire(request, D, null, next);
			case ABANDON -> then(store.abandon(request, A), next, (reply, after) -> abandoned(after));
			case FINISH ->
				then(store.finish(request, A, RunOutcome.SUCCEEDED, null, this.granted.get(A)), next, this::finished);
			case RENEW -> then(store.renew(request, A, Instant.now().plus(AN_HOUR)), next,
					(reply, after) -> renewed(reply.verdict(), Renewal.Verdict.RENEWED, after));
			case RENEW_TOO_LATE -> then(store.renew(request, A, Instant.now().minus(AN_HOUR)), next,
					(reply, after) -> renewed(reply.verdict(), Renewal.Verdict.TOO_LATE, after));
			case LEASE_ENDS -> then(store.release(this.job, null, holder(), false), next,
					(reply, after) -> assertThat(after.lock()).as(soFar("the lease is over")).isEmpty());
		};
	}

	private CompletableFuture<?> acquire(LockRequest request, long owner, @Nullable Instant giveUpAt, Orders next) {
		Instant tick = ((Tick.Nominal) request.tick()).at();
		boolean late = giveUpAt != null && giveUpAt.isBefore(Instant.now());
		return then(this.place.store().acquire(request, owner, giveUpAt), next,
				(answer, after) -> acquired(owner, tick, late, answer, after));
	}

	private <T> CompletableFuture<?> then(CompletableFuture<T> sent, Orders next, BiConsumer<T, Kept> check) {
		List<String> copies = (next.next.size() > 1)
				? next.next.keySet().stream().map((command) -> copy(command, next)).toList() : List.of();
		return sent.thenCompose((reply) -> this.place.kept(this.job, copies).thenAccept((after) -> {
			this.replies.add(words(reply));
			check.accept(reply, after);
			always(after);
			this.kept = after;
		}));
	}

	private static Object words(Object reply) {
		if (reply instanceof Answer answer) {
			return answer.verdict();
		}
		if (reply instanceof Renewal renewal) {
			return renewal.verdict();
		}
		return (reply instanceof Long number) ? number == 1 : reply;
	}

	private void always(Kept after) {
		assertThat(after.lock().size()).as(soFar("owners of the lock")).isLessThanOrEqualTo(1);
		assertThat(after.lock().values()).as(soFar("how often the lock is held")).allMatch("1"::equals);
		Start last = last();
		boolean running = last != null && isLockOf(last.owner(), after);
		assertThat(after.lock().isEmpty()).as(soFar("who started last has the lock, or nobody")).isNotEqualTo(running);
		assertThat(after.running()).as(soFar("what runs")).isEqualTo(running ? last.token() : 0);
		assertThat(after.runs().stream().map(Run::token)).as(soFar("each run is once in the history"))
			.doesNotHaveDuplicates();
		assertThat(after.endless()).as(soFar("keys without an end")).isEmpty();
	}

	private void acquired(long owner, Instant tick, boolean late, Answer answer, Kept after) {
		boolean started = answer.verdict() == Verdict.STARTED;
		Answer first = this.granted.get(owner);
		if (late) {
			assertThat(answer.verdict()).as(soFar("claims nothing")).isEqualTo(Verdict.TOO_LATE);
		}
		else if (first != null) {
			assertThat(started).as(soFar("sent again it is a start if that stands"))
				.isEqualTo(isLockOf(owner, this.kept));
			if (started) {
				assertThat(answer.token()).as(soFar("no second start")).isEqualTo(first.token());
			}
			else if (last() == null || isLast(owner)) {
				assertThat(answer.verdict()).as(soFar("a start that does not stand"))
					.isIn(Verdict.LOST, Verdict.TOO_LATE);
			}
		}
		else if (this.gaveBack.contains(owner)) {
			assertThat(answer.verdict()).as(soFar("claims nothing")).isEqualTo(Verdict.TOO_LATE);
		}
		else {
			assertThat(started).as(soFar("granted if nothing is in its way")).isEqualTo(mayStart(tick));
		}
		if (started && first == null) {
			assertThat(answer.token()).as(soFar("tokens rise")).isGreaterThan(this.lastToken);
			this.lastToken = answer.token();
			this.granted.put(owner, answer);
			this.starts.add(new Start(owner, tick, answer.token()));
			assertThat(isLockOf(owner, after)).as(soFar("a start has the lock")).isTrue();
			assertThat(answer.attempts()).as(soFar("attempts")).isEqualTo((this.maxAttempts > 1) ? starts(tick) : 0);
		}
		else {
			assertThat(after).as(soFar("no start takes nothing")).isEqualTo(this.kept);
		}
	}

	/**
	 * Whether nobody has the lock, and nobody was granted this tick or a newer one, but
	 * for a run of it that has crashed.
	 */
	private boolean mayStart(Instant tick) {
		Start last = last();
		if (last == null || !this.kept.lock().isEmpty()) {
			return this.kept.lock().isEmpty();
		}
		boolean crashed = this.ends.get(last.owner()) != RunOutcome.SUCCEEDED;
		return tick.isAfter(last.tick()) || (tick.equals(last.tick()) && crashed && starts(tick) < this.maxAttempts);
	}

	private int starts(Instant tick) {
		return (int) this.starts.stream().filter((start) -> start.tick().equals(tick)).count();
	}

	private @Nullable Start last() {
		return this.starts.isEmpty() ? null : this.starts.get(this.starts.size() - 1);
	}

	private boolean isLast(long owner) {
		Start last = last();
		return last != null && last.owner() == owner;
	}

	private boolean isLockOf(long owner, Kept kept) {
		return kept.lock().containsKey(this.place.field(owner));
	}

	private void abandoned(Kept after) {
		this.gaveBack.add(A);
		assertThat(isLockOf(A, after)).as(soFar("who gave back has no lock")).isFalse();
		if (isLast(A) && !this.ends.containsKey(A)) {
			Start given = this.starts.remove(this.starts.size() - 1);
			assertThat(after.running()).as(soFar("nothing runs")).isZero();
			assertThat(after.runs().stream().map(Run::token)).as(soFar("what is given back is no run"))
				.doesNotContain(given.token());
		}
		else {
			assertThat(after).as(soFar("there is nothing to give back")).isEqualTo(this.kept);
		}
	}

	private void finished(RunOutcome reply, Kept after) {
		if (!isLast(A)) {
			assertThat(reply).as(soFar("there is nothing to end")).isEqualTo(RunOutcome.LOCK_LOST);
			assertThat(after).as(soFar("nothing of another run changes")).isEqualTo(this.kept);
		}
		else if (this.ends.containsKey(A)) {
			assertThat(reply).as(soFar("an end that is sent again")).isEqualTo(this.ends.get(A));
			assertThat(after).as(soFar("it has ended before")).isEqualTo(this.kept);
		}
		else {
			assertThat(reply).as(soFar("a success is one under its lock"))
				.isEqualTo(isLockOf(A, this.kept) ? RunOutcome.SUCCEEDED : RunOutcome.LOCK_LOST);
			this.ends.put(A, reply);
			assertThat(after.lock()).as(soFar("the lock is free")).isEmpty();
			assertThat(after.runs()).as(soFar("its end is in the history"))
				.contains(new Run(this.lastToken, RunRecord.State.valueOf(reply.name())));
		}
	}

	private void renewed(Renewal.Verdict verdict, Renewal.Verdict ofTheOwner, Kept after) {
		assertThat(verdict).as(soFar("renewed if the lock is its own"))
			.isEqualTo(isLockOf(A, this.kept) ? ofTheOwner : Renewal.Verdict.LOST);
		assertThat(after).as(soFar("nothing but the lease changes")).isEqualTo(this.kept);
	}

	private @Nullable String holder() {
		return this.kept.lock().keySet().stream().findFirst().orElse(null);
	}

	private Supplier<String> soFar(String what) {
		return () -> what + ", after " + this.commands + " with " + this.replies;
	}

	private record Start(long owner, Instant tick, long token) {

	}

	/**
	 * Orders of commands, by the first command of each. What must hold is looked at after
	 * every command, so an order with a command that never arrives is the beginning of
	 * one in which that comes last.
	 */
	static final class Orders {

		private final Map<Command, Orders> next = new EnumMap<>(Command.class);

		/**
		 * Return some orders.
		 */
		static Orders of(List<List<Command>> some) {
			Orders orders = new Orders();
			for (List<Command> order : some) {
				Orders place = orders;
				for (Command command : order) {
					place = place.next.computeIfAbsent(command, (first) -> new Orders());
				}
			}
			return orders;
		}

		/**
		 * Return each order by itself.
		 */
		List<List<Command>> each() {
			List<List<Command>> orders = new ArrayList<>();
			addTo(orders, List.of());
			return orders;
		}

		private void addTo(List<List<Command>> orders, List<Command> begun) {
			if (this.next.isEmpty()) {
				orders.add(begun);
			}
			this.next.forEach((command, rest) -> {
				List<Command> order = new ArrayList<>(begun);
				order.add(command);
				rest.addTo(orders, order);
			});
		}

		/**
		 * Add all orders of these commands.
		 */
		Orders all(Command... commands) {
			Map<Command, Integer> left = new EnumMap<>(Command.class);
			for (Command command : commands) {
				left.merge(command, 1, Integer::sum);
			}
			add(left);
			return this;
		}

		private void add(Map<Command, Integer> left) {
			left.forEach((command, times) -> {
				Map<Command, Integer> others = new EnumMap<>(left);
				if (times == 1) {
					others.remove(command);
				}
				else {
					others.put(command, times - 1);
				}
				this.next.computeIfAbsent(command, (first) -> new Orders()).add(others);
			});
		}

	}

	/**
	 * Where locks are kept.
	 */
	interface Place {

		LockStore store();

		/**
		 * Return an owner as the lock names it.
		 */
		String field(long owner);

		/**
		 * Return what is kept of a job, and keep the same of others.
		 */
		CompletableFuture<Kept> kept(String job, List<String> copies);

	}

	/**
	 * What is kept of a job.
	 *
	 * @param lock how often each owner holds it
	 * @param running the token of the run that is going on, or zero
	 * @param runs those that are not going on, the newest first
	 * @param rest what else is known of the job, but for the owners that gave back
	 * @param endless the keys that have no end
	 */
	record Kept(Map<String, String> lock, long running, List<Run> runs, Map<String, String> rest,
			List<String> endless) {

	}

	/**
	 * A run that is not going on.
	 */
	record Run(long token, RunRecord.State state) {

	}

}
