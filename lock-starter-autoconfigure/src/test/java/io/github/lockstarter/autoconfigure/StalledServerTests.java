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
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.scheduling.annotation.Scheduled;

import io.github.lockstarter.DistributedScheduled;
import io.github.lockstarter.JobSkipped;
import io.github.lockstarter.SkipReason;
import io.github.lockstarter.autoconfigure.TroubledApplication.EverySecond;
import io.github.lockstarter.fixture.RecordedEvents;
import io.github.lockstarter.fixture.RedisCluster;
import io.github.lockstarter.fixture.RedisReplication;
import io.github.lockstarter.fixture.RedisSentinels;
import io.github.lockstarter.fixture.RedisServer;
import io.github.lockstarter.operations.JobOperations;
import io.github.lockstarter.operations.JobReport;
import io.github.lockstarter.operations.Overview;

import static io.github.lockstarter.autoconfigure.LayoutApplication.await;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * One of several servers stands still: whose jobs does it hurt? Slow: the others take
 * their seconds to find it out, and ticks are to be seen before, meanwhile and
 * afterwards.
 */
@Tag("slow")
class StalledServerTests {

	private static final Set<String> JOBS = Set.of("a", "b", "c", "d", "e", "f");

	@Test
	void aShardHurtsItsOwnJobsOnly() {
		try (RedisCluster cluster = RedisCluster.start(3, "--cluster-require-full-coverage", "no")) {
			String namespace = namespaceOverAllShardsOf(cluster);
			RedisServer index = cluster.masterOf("distributed-scheduled:{" + namespace + "}:servers");
			RedisServer stalled = cluster.masters()
				.stream()
				.filter((master) -> master != index)
				.findFirst()
				.orElseThrow();
			Set<String> hurt = JOBS.stream()
				.filter((job) -> cluster.masterOf(LayoutApplication.lockKey(namespace, job)) == stalled)
				.collect(Collectors.toSet());
			Set<String> others = new TreeSet<>(JOBS);
			others.removeAll(hurt);
			try (ConfigurableApplicationContext context = LayoutApplication.start(List.of(SixJobs.class),
					LayoutApplication.on(cluster), "distributed-scheduled.namespace=" + namespace,
					"spring.task.scheduling.pool.size=8", "distributed-scheduled.retry-within=0s")) {
				RecordedEvents events = context.getBean(RecordedEvents.class);
				await().until(() -> startedSince(events, Instant.EPOCH).equals(JOBS));
				// The first connection may have taken longer than a tick waits
				events.clear();
				stalled.pause();
				Instant stands = Instant.now();
				Overview overview = context.getBean(JobOperations.class).overview();
				assertThat(overview.jobs()).filteredOn((job) -> !job.runs().isEmpty())
					.extracting(JobReport::name)
					.containsExactlyInAnyOrderElementsOf(others);
				assertThat(overview.warnings()).hasSize(hurt.size())
					.allSatisfy((warning) -> assertThat(warning).contains("no answer within"));
				// Long enough for the others to find that it has failed, and to tell us
				await().until(() -> index.cli("CLUSTER", "NODES")
					.lines()
					.anyMatch((node) -> node.contains(":" + stalled.port()) && node.contains(",fail")
							|| node.contains(":" + stalled.port()) && node.contains("fail ")));
				Instant failed = Instant.now();
				await().until(() -> startedSince(events, failed.plusSeconds(3)).equals(others));
				assertThat(events.skips()).isNotEmpty()
					.allSatisfy((skip) -> assertThat(skip.reason()).isEqualTo(SkipReason.REDIS_UNAVAILABLE))
					.extracting(JobSkipped::job)
					.isSubsetOf(hurt);
				assertThat(startedSince(events, stands.plusSeconds(1))).isEqualTo(others);
				stalled.resume();
				Instant back = Instant.now();
				await().until(() -> startedSince(events, back).equals(JOBS));
			}
		}
	}

	private static String namespaceOverAllShardsOf(RedisCluster cluster) {
		return Stream.generate(() -> "shards-" + UUID.randomUUID())
			.filter((namespace) -> JOBS.stream()
				.map((job) -> cluster.masterOf(LayoutApplication.lockKey(namespace, job)))
				.distinct()
				.count() == cluster.masters().size())
			.findFirst()
			.orElseThrow();
	}

	private static Set<String> startedSince(RecordedEvents events, Instant time) {
		return events.started()
			.stream()
			.filter((run) -> run.tick().isAfter(time))
			.map((run) -> run.job())
			.collect(Collectors.toSet());
	}

	/**
	 * With and without sentinels, which soon tell the client that the replica is down.
	 */
	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void aReplicaCostsNoTick(boolean watched) {
		try (RedisReplication replication = RedisReplication.start(1);
				RedisSentinels sentinels = RedisSentinels.start(replication, Duration.ofSeconds(2));
				ConfigurableApplicationContext context = LayoutApplication.start(List.of(EverySecond.class),
						watched ? LayoutApplication.on(sentinels) : LayoutApplication.on(replication))) {
			RecordedEvents events = context.getBean(RecordedEvents.class);
			await().until(() -> events.finished().size() >= 2);
			RedisServer replica = replication.replicas().get(0);
			events.clear();
			replica.pause();
			await().until(() -> events.started().size() >= 5);
			assertThat(events.skips()).isEmpty();
			List<Instant> ticks = events.started().stream().map((run) -> run.tick()).toList();
			assertThat(ticks).as("every second")
				.hasSize((int) Duration.between(ticks.get(0), ticks.get(ticks.size() - 1)).toSeconds() + 1);
			replica.resume();
		}
	}

	static class SixJobs {

		@Scheduled(cron = "* * * * * *")
		@DistributedScheduled("a")
		void a() {
		}

		@Scheduled(cron = "* * * * * *")
		@DistributedScheduled("b")
		void b() {
		}

		@Scheduled(cron = "* * * * * *")
		@DistributedScheduled("c")
		void c() {
		}

		@Scheduled(cron = "* * * * * *")
		@DistributedScheduled("d")
		void d() {
		}

		@Scheduled(cron = "* * * * * *")
		@DistributedScheduled("e")
		void e() {
		}

		@Scheduled(cron = "* * * * * *")
		@DistributedScheduled("f")
		void f() {
		}

	}

}
