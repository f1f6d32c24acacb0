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

package io.github.lockstarter.sample;

import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import io.github.lockstarter.JobFinished;
import io.github.lockstarter.JobSkipped;
import io.github.lockstarter.RunOutcome;
import io.github.lockstarter.fixture.OwnThread;
import io.github.lockstarter.fixture.RedisServer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ApplicationListener;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.PayloadApplicationEvent;
import org.springframework.jdbc.core.simple.JdbcClient;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Two servers in this JVM, on a real Redis and one database.
 */
class TwoServersTests {

	private static final int TICKS = 4;

	private static final Duration LIMIT = Duration.ofSeconds(30);

	private final String name = "test-" + UUID.randomUUID();

	private final BlockingQueue<JobFinished> settlements = new LinkedBlockingQueue<>();

	/** The servers that have had to do with a tick. */
	private final Set<String> warm = ConcurrentHashMap.newKeySet();

	private final List<ConfigurableApplicationContext> servers = new ArrayList<>();

	@AfterEach
	void stop() {
		this.servers.forEach(ConfigurableApplicationContext::close);
	}

	@Test
	void everySettlementIsBookedOnceWithTheTokenOfItsRun() throws Exception {
		// At once, because both create the tables
		List<CompletableFuture<ConfigurableApplicationContext>> starting = List.of(OwnThread.supply(() -> start("one")),
				OwnThread.supply(() -> start("two")));
		starting.forEach((server) -> this.servers.add(server.join()));
		// Neither is busy with what a server does once, so that no run outlasts its tick
		Awaitility.await().atMost(LIMIT).until(() -> this.warm.containsAll(Set.of("one", "two")));
		this.settlements.clear();
		JdbcClient jdbc = this.servers.get(0).getBean(JdbcClient.class);
		TreeSet<Instant> ticks = new TreeSet<>();
		while (ticks.size() < TICKS) {
			JobFinished run = this.settlements.poll(LIMIT.toSeconds(), TimeUnit.SECONDS);
			assertThat(run).as("a run of the settlement").isNotNull();
			assertThat(run.outcome()).isEqualTo(RunOutcome.SUCCEEDED);
			assertThat(ticks.add(run.tick())).as("first run of tick " + run.tick()).isTrue();
			assertThat(jdbc.sql("select merchant from settlement where tick = ? and token = ? and booked_by = ?")
				.params(utc(run.tick()), run.token(), run.server())
				.query(String.class)
				.list()).containsExactlyInAnyOrder("Hanok Coffee", "Harbor Books", "Nordlicht Bikes");
		}
		assertThat(Duration.between(ticks.first(), ticks.last())).as("no tick is missed in " + ticks)
			.isEqualTo(Duration.ofSeconds(TICKS - 1));
		assertThat(jdbc.sql("select count(*) from settlement where tick between ? and ?")
			.params(utc(ticks.first()), utc(ticks.last()))
			.query(Integer.class)
			.single()).isEqualTo(3 * TICKS);
		assertThat(jdbc.sql("select token from settlement order by tick, id").query(Long.class).list()).isSorted();
		assertThat(jdbc.sql("select count(*) from run_log where job = 'settlement' and tick between ? and ?")
			.params(utc(ticks.first()), utc(ticks.last()))
			.query(Integer.class)
			.single()).isEqualTo(TICKS);
	}

	private static OffsetDateTime utc(Instant instant) {
		return instant.atOffset(ZoneOffset.UTC);
	}

	private ConfigurableApplicationContext start(String server) {
		ApplicationListener<PayloadApplicationEvent<?>> listener = (event) -> {
			if (event.getPayload() instanceof JobFinished run && run.job().equals("settlement")) {
				this.settlements.add(run);
				this.warm.add(server);
			}
			else if (event.getPayload() instanceof JobSkipped skip && skip.job().equals("settlement")) {
				this.warm.add(server);
			}
		};
		RedisServer redis = RedisServer.shared();
		return new SpringApplicationBuilder(SampleApplication.class).web(WebApplicationType.NONE)
			.listeners(listener)
			.run("--distributed-scheduled.namespace=" + this.name, "--distributed-scheduled.server-id=" + server,
					"--spring.data.redis.host=" + redis.host(), "--spring.data.redis.port=" + redis.port(),
					"--spring.datasource.url=jdbc:h2:mem:" + this.name + ";DB_CLOSE_DELAY=-1",
					"--sample.settlement.cron=* * * * * *", "--spring.main.banner-mode=off");
	}

}
