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

package io.github.lockstarter.simulation;

import java.util.stream.Stream;

import io.github.lockstarter.lock.SimulatedRedis;
import io.github.lockstarter.proof.history.Entry;

/**
 * Writes down what an operator is shown at the end: what Redis remembers of runs, what
 * servers have told of themselves, and what is left.
 */
final class Operator {

	private final Simulation simulation;

	Operator(Simulation simulation) {
		this.simulation = simulation;
	}

	void writeDown() {
		SimulatedRedis redis = this.simulation.redis();
		long now = this.simulation.time().nanos();
		SimulatedJobs.names()
			.forEach((job) -> Stream.ofNullable(redis.record(job, SimulatedJobs.groupOf(job)))
				.flatMap((record) -> Stream.concat(Stream.ofNullable(record.running()), record.runs().stream()))
				.map((run) -> new Entry.Remembered(Entry.REDIS, now, job, run.tick().toEpochMilli(), run.token(),
						run.server(), run.state().name()))
				.forEach(this.simulation::add));
		redis.servers().all().forEach((server) -> {
			this.simulation.add(new Entry.Listed(server.id(), now, server.ended()));
			if (server.ended()) {
				server.skips()
					.forEach((skip) -> this.simulation.add(new Entry.Counted(server.id(), now, skip.job(),
							Entry.Counted.SKIPS, skip.reason().name(), skip.count())));
			}
		});
		this.simulation.add(new Entry.Keys(Entry.REDIS, now, redis.keys(), redis.keysWithoutEnd()));
	}

}
