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

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.redisson.Redisson;
import org.redisson.config.Config;
import org.redisson.config.NameMapper;

import io.github.lockstarter.fixture.RedisCluster;
import io.github.lockstarter.fixture.RedisServer;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The contract of servers, on Redis, and what only Redis has: keys, expiry, lost data.
 */
class RedisServersTests extends ServersContract {

	private static final RedisServer redis = RedisServer.shared();

	private static final Instant STARTED = Instant.ofEpochSecond(1_785_632_400);

	@RegisterExtension
	static final SharedClients clients = new SharedClients();

	private final List<LockStore> stores = new ArrayList<>();

	private final ServerKeys keys = keys("one");

	@Override
	LockStore store(LockSettings settings) {
		LockStore store = clients.store(settings);
		this.stores.add(store);
		return store;
	}

	@Override
	LockStore sameLocks(LockStore store, LockSettings settings) {
		return store(settings);
	}

	@AfterEach
	void close() {
		this.stores.forEach(LockStore::close);
	}

	@Test
	void allKeysAreInOneSlotThatIsNoJobs() {
		String tag = "test:{" + LockKeys.escape(this.namespace) + "}:";
		assertThat(tag.indexOf('}')).isEqualTo(tag.length() - 2);
		assertThat(List.of(this.keys.index(), this.keys.record(), this.keys.jobs(), keys("a}b{c:d/e").record()))
			.allMatch((key) -> key.startsWith(tag));
		assertThat(this.keys.record()).startsWith(ServerKeys.records("test:", this.namespace));
		assertThat(LockKeys.of("test:", this.namespace, null, "job").lock()).doesNotStartWith(tag);
	}

	/**
	 * A client of the application may, and then all its keys are others than they seem.
	 */
	@Test
	void serversAreKnownThroughAClientThatMapsNames() {
		Config config = TestRedisson.config(redis.address(), 2000);
		config.setNameMapper(new NameMapper() {
			@Override
			public String map(String name) {
				return (name != null) ? "app:" + name + ":mapped" : name;
			}

			@Override
			public String unmap(String name) {
				return name.substring("app:".length(), name.length() - ":mapped".length());
			}
		});
		LockStore mapped = TestRedisson.store(Redisson.create(config), own("one"));
		this.stores.add(mapped);
		tellAll(mapped);
		assertThat(get(mapped.servers()).all()).extracting(Servers.Entry::id).containsExactly("one");
		assertThat(ttl("app:" + this.keys.record() + ":mapped")).isPositive();
		assertThat(get(this.two.servers()).all()).as("those whose keys are others").isEmpty();
	}

	@Test
	void everyKeyHasATimeToLive() {
		tellAll(this.one);
		tell(this.one, new Beat.JobNews("job", Duration.ZERO, null, null, null));
		long day = Duration.ofDays(1).toMillis();
		assertThat(ttl(this.keys.index())).isBetween(day - 60_000, day);
		assertThat(ttl(this.keys.record())).isBetween(day - 60_000, day);
		assertThat(ttl(this.keys.jobs())).isGreaterThan(Duration.ofDays(366).toMillis());
	}

	@Test
	void aServerThatWasGoneForADayIsForgotten() {
		tellAll(this.one);
		tellAll(this.two);
		seen("one", Duration.ofHours(23));
		tell(this.two);
		assertThat(get(this.two.servers()).all()).extracting(Servers.Entry::id).containsExactlyInAnyOrder("one", "two");
		seen("one", Duration.ofHours(25));
		tell(this.two);
		assertThat(redis.cli("HKEYS", this.keys.index())).isEqualTo("two");
	}

	@Test
	void ofTooManyServersThatAreGoneTheOldestAreForgotten() {
		tellAll(this.one);
		long now = System.currentTimeMillis();
		for (int i = 0; i < 150; i++) {
			redis.cli("HSET", this.keys.index(), "gone-" + i, String.valueOf(now - 60_000 - i * 1000));
		}
		tell(this.one);
		assertThat(redis.cli("HKEYS", this.keys.index()).lines()).hasSize(101)
			.contains("one", "gone-0", "gone-99")
			.doesNotContain("gone-100");
	}

	@Test
	void aServerIsGoneAfterThirtySecondsOfSilence() {
		tellAll(this.one);
		tellAll(this.two);
		seen("one", Duration.ofSeconds(31));
		Servers servers = get(this.two.servers());
		assertThat(servers.all().stream().filter(servers::isGone)).extracting(Servers.Entry::id).containsExactly("one");
	}

	@Test
	void aJobThatNobodyHasToldOfForTwoYearsIsForgotten() {
		tellAll(this.one);
		tell(this.one, new Beat.JobNews("yearly", Duration.ofDays(367), null, null, null),
				new Beat.JobNews("old", Duration.ofDays(740), Duration.ofDays(739), null, null));
		assertThat(tell(this.one).jobs()).containsOnlyKeys("yearly");
	}

	/**
	 * It has forgotten everything, and learns it again from the next beat.
	 */
	@Test
	void aRedisThatHasLostItsDataIsToldEverythingAgain() {
		tellAll(this.one);
		assertThat(tell(this.one).known()).isTrue();
		redis.cli("DEL", this.keys.record());
		assertThat(tell(this.one).known()).isFalse();
		assertThat(redis.cli("EXISTS", this.keys.record())).isEqualTo("0");
	}

	@Test
	void aClusterHasThemInOnePlaceToo() {
		try (RedisCluster cluster = RedisCluster.start(3)) {
			Config config = new Config();
			config.useClusterServers()
				.addNodeAddress("redis://" + cluster.nodes().get(0))
				.setMasterConnectionMinimumIdleSize(1);
			LockStore store = TestRedisson.store(Redisson.create(config), own("one"));
			this.stores.add(store);
			tellAll(store);
			tell(store, new Beat.JobNews("job", Duration.ZERO, null, null, null));
			assertThat(entry(store, "one").jobs()).hasSize(1);
			assertThat(tell(store).jobs()).containsOnlyKeys("job");
		}
	}

	/**
	 * Written by a newer version, or by hand.
	 */
	@Test
	void whatIsNotUnderstoodIsLeftOut() {
		tellAll(this.one);
		redis.cli("HSET", this.keys.record(), "skip:job:NEW_REASON", "1  1  ", "skip:job", "x", "skipped:1", "x",
				"job:broken", "x");
		redis.cli("HSET", this.keys.jobs(), "odd", "what is this");
		Servers.Entry read = get(this.one.servers()).all().get(0);
		assertThat(read.skips()).isEmpty();
		assertThat(read.skipped()).isEmpty();
		assertThat(read.jobs()).extracting(Beat.KnownJob::name).containsExactly("job");
		assertThat(tell(this.one).known()).isTrue();
	}

	private static void tellAll(LockStore store) {
		Beat.Facts facts = new Beat.Facts("host", null, List.of(new Beat.KnownJob("job", null, null, null)));
		get(store.beat(new Beat(sender(STARTED), facts, false, false, List.of(), List.of(), List.of()), null));
	}

	private static Pulse tell(LockStore store, Beat.JobNews... news) {
		return get(
				store.beat(new Beat(sender(STARTED), null, false, false, List.of(), List.of(), List.of(news)), null));
	}

	private void seen(String server, Duration ago) {
		redis.cli("HSET", this.keys.index(), server, String.valueOf(System.currentTimeMillis() - ago.toMillis()));
	}

	private static long ttl(String key) {
		return Long.parseLong(redis.cli("PTTL", key));
	}

	private ServerKeys keys(String server) {
		return ServerKeys.of("test:", this.namespace, server);
	}

}
