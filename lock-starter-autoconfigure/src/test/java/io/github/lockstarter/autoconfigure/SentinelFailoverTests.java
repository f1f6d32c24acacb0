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
package io.github.lockstarter.autoconfigure;

import java.time.Duration;
import java.time.Instant;
import java.util.List;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import org.springframework.context.ConfigurableApplicationContext;

import io.github.lockstarter.JobLockLost;
import io.github.lockstarter.JobFinished;
import io.github.lockstarter.JobSkipped;
import io.github.lockstarter.RunOutcome;
import io.github.lockstarter.SkipReason;
import io.github.lockstarter.autoconfigure.LayoutApplication.Held;
import io.github.lockstarter.autoconfigure.TroubledApplication.ByHand;
import io.github.lockstarter.autoconfigure.TroubledApplication.EverySecond;
import io.github.lockstarter.fixture.RecordedEvents;
import io.github.lockstarter.fixture.RedisReplication;
import io.github.lockstarter.fixture.RedisSentinels;
import io.github.lockstarter.fixture.RedisServer;

import static io.github.lockstarter.autoconfigure.LayoutApplication.await;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * The master dies, and the sentinels make another one. Slow: they take their seconds to
 * believe that it is dead, and to agree upon its successor.
 */
@Tag("slow")
class SentinelFailoverTests {

	private static final Duration DOWN_AFTER = Duration.ofMillis(1500);

	/**
	 * No scheduler thread is held for long meanwhile, and no restart is needed. The dead
	 * master comes back as a replica, and nothing changes.
	 */
	@Test
	void betweenRuns() {
		try (RedisReplication replication = RedisReplication.start(1);
				RedisSentinels sentinels = RedisSentinels.start(replication, DOWN_AFTER);
				ConfigurableApplicationContext context = LayoutApplication
					.start(List.of(EverySecond.class, ByHand.class), LayoutApplication.on(sentinels))) {
			RecordedEvents events = context.getBean(RecordedEvents.class);
			ByHand job = context.getBean(ByHand.class);
			await().until(() -> !events.finished().isEmpty());
			RedisServer dead = sentinels.master();
			dead.kill();
			sentinels.awaitOtherMaster(dead, () -> TroubledApplication.assertThreadIsLetGo("failover", job::run));
			Instant back = Instant.now();
			await().until(() -> {
				TroubledApplication.assertThreadIsLetGo("failover", job::run);
				return events.started().stream().anyMatch((run) -> run.tick() != null && run.tick().isAfter(back));
			});
			assertThat(events.skips()).extracting(JobSkipped::reason).containsOnly(SkipReason.REDIS_UNAVAILABLE);
			sentinels.bePatient();
			dead.startAgain();
			sentinels.awaitInSync();
			Instant complete = Instant.now();
			await().until(() -> events.started()
				.stream()
				.filter((run) -> run.tick() != null && run.tick().isAfter(complete))
				.count() >= 3);
			assertThat(events.skips()).noneMatch((skip) -> skip.tick() != null && skip.tick().isAfter(complete));
		}
	}

	/**
	 * Sentinel's shipped settings and the default lease, 30 s and 60 s, in the same
	 * proportion, and 9 s for what does not become shorter with them: the election, and
	 * looking who the master is.
	 */
	@Test
	void inARunThatNoticesNothing() {
		Duration lease = DOWN_AFTER.multipliedBy(2).plusSeconds(9);
		try (RedisReplication replication = RedisReplication.start(2);
				RedisSentinels sentinels = RedisSentinels.start(replication, DOWN_AFTER);
				ConfigurableApplicationContext context = LayoutApplication.start(List.of(Held.class),
						LayoutApplication.on(sentinels), "distributed-scheduled.lease=" + lease.toMillis())) {
			Held job = LayoutApplication.hold(context);
			Instant begun = Instant.now();
			String lock = LayoutApplication
				.lockKey(context.getEnvironment().getRequiredProperty("spring.application.name"), Held.NAME);
			await().until(() -> replication.replicas()
				.stream()
				.allMatch((replica) -> replica.cli("EXISTS", lock).equals("1")));
			RedisServer dead = sentinels.master();
			dead.kill();
			RedisServer master = sentinels.awaitOtherMaster(dead);
			sentinels.bePatient();
			await().until(() -> begun.plus(lease.multipliedBy(2)).isBefore(Instant.now()));
			assertThat(job.isLockHeld()).as("held for twice its lease, over a failover").isTrue();
			assertThat(master.cli("EXISTS", lock)).as("renewed on the new master").isEqualTo("1");
			assertThat(job.end()).as("not interrupted").isTrue();
			RecordedEvents events = context.getBean(RecordedEvents.class);
			await().until(() -> !events.finished().isEmpty());
			assertThat(events.finished()).extracting(JobFinished::outcome).containsExactly(RunOutcome.SUCCEEDED);
			assertThat(events.all()).noneMatch(JobLockLost.class::isInstance);
			dead.startAgain();
			sentinels.awaitInSync();
			assertThat(sentinels.master()).isSameAs(master);
		}
	}

	/**
	 * The sentinels still name the dead master when the server starts.
	 */
	@Test
	void beforeTheServerStarts() {
		try (RedisReplication replication = RedisReplication.start(1);
				RedisSentinels sentinels = RedisSentinels.start(replication, Duration.ofMinutes(5))) {
			RedisServer dead = sentinels.master();
			dead.kill();
			try (ConfigurableApplicationContext context = LayoutApplication.start(List.of(EverySecond.class),
					LayoutApplication.on(sentinels))) {
				RecordedEvents events = context.getBean(RecordedEvents.class);
				await().until(() -> !events.skips().isEmpty());
				sentinels.servers().get(0).cli("SENTINEL", "FAILOVER", RedisSentinels.MASTER);
				sentinels.awaitOtherMaster(dead);
				await().until(() -> events.started().size() >= 2);
			}
		}
	}

}
