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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.redisson.api.RScript;
import org.redisson.api.RedissonClient;
import org.redisson.client.codec.StringCodec;

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

/**
 * All orders in which the commands of one start and of its end can be carried out, and
 * those of others between them. All of them are played in memory, and some or all of them
 * on Redis, with the same replies.
 */
abstract class CommandOrderContract {

	static final LockSettings SETTINGS = new LockSettings("order", "test:", "one", Duration.ofSeconds(2),
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
	 * Return those that are played on Redis, too.
	 */
	abstract List<List<Command>> onRedis(List<List<Command>> orders);

	/**
	 * Play orders in memory, each by itself, and some of them on Redis.
	 * @return how many there are
	 */
	private int play(Orders orders, int maxAttempts) {
		List<List<Command>> each = orders.each();
		Map<List<Command>, List<Object>> replies = new HashMap<>();
		each.forEach((order) -> replies.put(order,
				inMemory(new InMemoryLockStore(SETTINGS, TimeSource.system()), order, maxAttempts)));
		List<List<Command>> chosen = onRedis(each);
		AtomicInteger played = new AtomicInteger();
		try {
			CommandOrder.play(onRedis, Orders.of(chosen), maxAttempts, (order, its) -> {
				assertThat(its).as("as in memory: %s", order).isEqualTo(replies.get(order));
				played.incrementAndGet();
			}).join();
		}
		finally {
			redis.cli("FLUSHALL");
		}
		assertThat(played).hasValue(chosen.size());
		return each.size();
	}

	static List<Object> inMemory(InMemoryLockStore store, List<Command> order, int maxAttempts) {
		List<Object> all = new ArrayList<>();
		CommandOrder
			.play(new InMemory(store), Orders.of(List.of(order)), maxAttempts, (played, replies) -> all.addAll(replies))
			.join();
		return all;
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
