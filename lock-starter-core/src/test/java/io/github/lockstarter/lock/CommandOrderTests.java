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
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.redisson.api.RScript;
import org.redisson.api.RedissonClient;
import org.redisson.client.codec.StringCodec;

import io.github.lockstarter.RunOutcome;
import io.github.lockstarter.fixture.Attempts;
import io.github.lockstarter.fixture.RedisServer;
import io.github.lockstarter.internal.time.TimeSource;
import io.github.lockstarter.lock.CommandOrder.Command;
import io.github.lockstarter.lock.CommandOrder.Kept;
import io.github.lockstarter.lock.CommandOrder.Orders;
import io.github.lockstarter.lock.CommandOrder.Run;

import static io.github.lockstarter.lock.CommandOrder.Command.ABANDON;
import static io.github.lockstarter.lock.CommandOrder.Command.ACQUIRE;
import static io.github.lockstarter.lock.CommandOrder.Command.ACQUIRE_TOO_LATE;
import static io.github.lockstarter.lock.CommandOrder.Command.ANOTHERS_ACQUIRE;
import static io.github.lockstarter.lock.CommandOrder.Command.FINISH;
import static io.github.lockstarter.lock.CommandOrder.Command.LEASE_ENDS;
import static io.github.lockstarter.lock.CommandOrder.Command.NEXT_ACQUIRE;
import static io.github.lockstarter.lock.CommandOrder.Command.RENEW;
import static io.github.lockstarter.lock.CommandOrder.Command.RENEW_TOO_LATE;
import static io.github.lockstarter.lock.CommandOrder.Command.THIRD_ACQUIRE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * All orders in which the commands of one start and of its end can be carried out, and
 * those of others between them: on Redis and in memory, with the same replies.
 */
class CommandOrderTests {

	private static final LockSettings SETTINGS = new LockSettings("order", "test:", "one", Duration.ofSeconds(2),
			Duration.ofMinutes(1));

	private static RedisServer redis;

	private static RedissonClient client;

	private static OnRedis onRedis;

	@BeforeAll
	static void connect() {
		redis = RedisServer.start();
		client = TestRedisson.client(redis.address(), 30_000);
		onRedis = new OnRedis();
	}

	@AfterAll
	static void disconnect() {
		onRedis.store.close();
		client.shutdown();
		redis.close();
	}

	/**
	 * And without each of them.
	 */
	@ParameterizedTest
	@ValueSource(ints = { 1, 2 })
	void everyOrderOfWhichOneCommandIsDoubled(int maxAttempts) {
		Orders orders = new Orders();
		for (Command doubled : List.of(ACQUIRE, ABANDON, FINISH, RENEW, ANOTHERS_ACQUIRE)) {
			orders.all(ACQUIRE, ACQUIRE, ABANDON, FINISH, RENEW, ANOTHERS_ACQUIRE, doubled);
		}
		assertThat(play(orders, maxAttempts)).isEqualTo(5880);
	}

	@ParameterizedTest
	@ValueSource(ints = { 1, 2 })
	void everyOrderWithALeaseThatIsOver(int maxAttempts) {
		Orders orders = new Orders().all(ACQUIRE, ACQUIRE, ABANDON, FINISH, RENEW, LEASE_ENDS, ANOTHERS_ACQUIRE);
		orders.all(ACQUIRE, ACQUIRE, ABANDON, LEASE_ENDS, LEASE_ENDS, ANOTHERS_ACQUIRE, THIRD_ACQUIRE);
		assertThat(play(orders, maxAttempts)).isEqualTo(2520 + 1260);
	}

	/**
	 * A request that is doubled, and comes when another run of its tick has crashed
	 * since, is kept away only by the time at which its caller gives up.
	 */
	@Test
	void everyOrderOfTwoCrashesAndOneThatComesTooLate() {
		Orders orders = new Orders().all(ACQUIRE, ACQUIRE_TOO_LATE, ABANDON, LEASE_ENDS, LEASE_ENDS, ANOTHERS_ACQUIRE);
		assertThat(play(orders, 3)).isEqualTo(360);
	}

	@ParameterizedTest
	@ValueSource(ints = { 1, 2 })
	void everyOrderWithTheNextTick(int maxAttempts) {
		assertThat(play(new Orders().all(ACQUIRE, ACQUIRE, ABANDON, FINISH, LEASE_ENDS, ANOTHERS_ACQUIRE, NEXT_ACQUIRE),
				maxAttempts))
			.isEqualTo(2520);
	}

	/**
	 * A clock that is an hour behind is that of all other orders: their requests give up
	 * an hour later than they should. This one was set forward in the middle of it, or is
	 * set back.
	 */
	@ParameterizedTest
	@ValueSource(ints = { 1, 2 })
	void everyOrderByAClockThatIsAnHourAhead(int maxAttempts) {
		Orders orders = new Orders().all(ACQUIRE_TOO_LATE, ACQUIRE_TOO_LATE, ABANDON, FINISH, RENEW_TOO_LATE,
				ANOTHERS_ACQUIRE);
		orders.all(ACQUIRE, ACQUIRE_TOO_LATE, ABANDON, FINISH, RENEW_TOO_LATE, ANOTHERS_ACQUIRE);
		assertThat(play(orders, maxAttempts)).isEqualTo(360 + 720);
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

	/**
	 * Play orders on Redis, and each of them in memory.
	 * @return how many there are
	 */
	private static int play(Orders orders, int maxAttempts) {
		AtomicInteger played = new AtomicInteger();
		try {
			CommandOrder.play(onRedis, orders, maxAttempts, (order, replies) -> {
				assertThat(inMemory(new InMemoryLockStore(SETTINGS, TimeSource.system()), order, maxAttempts))
					.as("in memory: %s", order)
					.isEqualTo(replies);
				played.incrementAndGet();
			}).join();
		}
		finally {
			redis.cli("FLUSHALL");
		}
		return played.get();
	}

	private static List<Object> inMemory(InMemoryLockStore store, List<Command> order, int maxAttempts) {
		List<Object> all = new ArrayList<>();
		CommandOrder.play(new InMemory(store), Orders.of(order), maxAttempts, (played, replies) -> all.addAll(replies))
			.join();
		return all;
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

	private record InMemory(InMemoryLockStore store) implements CommandOrder.Place {

		@Override
		public String field(long owner) {
			return String.valueOf(owner);
		}

		@Override
		public CompletableFuture<Kept> kept(String job, List<String> copies) {
			assertThat(copies).as("one order at a time").isEmpty();
			return this.store.record(job, null, 100).thenApply((record) -> {
				JobRecord.Holder holder = record.holder();
				RunRecord running = record.running();
				return new Kept((holder != null) ? Map.of(holder.owner(), "1") : Map.of(),
						(running != null) ? running.token() : 0,
						record.runs().stream().map((run) -> new Run(run.token(), run.state())).toList(), Map.of(),
						List.of());
			});
		}

	}

	private static final class OnRedis implements CommandOrder.Place {

		/** Copies all that is kept, and answers it: each list behind its length. */
		private static final String KEPT = """
				local reply = {}
				local function add(list)
					table.insert(reply, tostring(#list))
					for _, value in ipairs(list) do
						table.insert(reply, value)
					end
				end
				for i = 4, #KEYS do
					redis.call('COPY', KEYS[(i - 1) % 3 + 1], KEYS[i])
				end
				add(redis.call('HGETALL', KEYS[1]))
				add(redis.call('HGETALL', KEYS[2]))
				local runs = {}
				for _, entry in ipairs(redis.call('XREVRANGE', KEYS[3], '+', '-')) do
					for i = 1, #entry[2], 2 do
						if entry[2][i] == 'token' or entry[2][i] == 'outcome' then
							table.insert(runs, entry[2][i + 1])
						end
					end
				end
				add(runs)
				local endless = {}
				for i = 1, 3 do
					if redis.call('PTTL', KEYS[i]) == -1 then
						table.insert(endless, KEYS[i])
					end
				end
				add(endless)
				return reply
				""";

		private final LockStore store = connected();

		private final String script = client.getScript(StringCodec.INSTANCE).scriptLoad(KEPT);

		private static LockStore connected() {
			LockStore store = new RedisLockStore(new RedissonConnector(() -> client, false, "one", TimeSource.system()),
					"test", SETTINGS, TimeSource.system());
			Attempts.untilDone(store::ready);
			return store;
		}

		@Override
		public LockStore store() {
			return this.store;
		}

		@Override
		public String field(long owner) {
			return client.getId() + ":" + owner;
		}

		@Override
		public CompletableFuture<Kept> kept(String job, List<String> copies) {
			List<Object> keys = Stream.concat(Stream.of(job), copies.stream())
				.flatMap((name) -> LockKeys.of("test:", "order", null, name).all().stream())
				.toList();
			return client.getScript(StringCodec.INSTANCE)
				.<List<String>>evalShaAsync(RScript.Mode.READ_WRITE, this.script, RScript.ReturnType.LIST, keys)
				.toCompletableFuture()
				.thenApply((reply) -> kept(new ArrayList<>(reply)));
		}

		private static Kept kept(List<String> reply) {
			Map<String, String> lock = map(next(reply));
			Map<String, String> state = map(next(reply));
			state.remove("abandoned");
			state.values().removeIf(String::isEmpty);
			List<Run> runs = new ArrayList<>();
			List<String> past = next(reply);
			for (int i = 0; i < past.size(); i += 2) {
				runs.add(new Run(Long.parseLong(past.get(i)), RunRecord.State.valueOf(past.get(i + 1))));
			}
			long running = 0;
			String owner = state.get("owner");
			if (owner != null) {
				long token = Long.parseLong(state.get("token"));
				if (lock.containsKey(owner) && !state.containsKey("ended")) {
					running = token;
				}
				else if (runs.isEmpty() || runs.get(0).token() != token) {
					runs.add(0, new Run(token, RunRecord.State.CRASHED));
				}
			}
			return new Kept(lock, running, runs, state, next(reply));
		}

		private static List<String> next(List<String> reply) {
			List<String> head = reply.subList(1, 1 + Integer.parseInt(reply.get(0)));
			List<String> list = List.copyOf(head);
			head.clear();
			reply.remove(0);
			return list;
		}

		private static Map<String, String> map(List<String> pairs) {
			Map<String, String> map = new TreeMap<>();
			for (int i = 0; i < pairs.size(); i += 2) {
				map.put(pairs.get(i), pairs.get(i + 1));
			}
			return map;
		}

	}

}
