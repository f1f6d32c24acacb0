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

package io.github.lockstarter.sample.proof;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

import io.github.lockstarter.sample.faults.Server;
import io.github.lockstarter.sample.proof.checker.Rules;
import io.github.lockstarter.sample.proof.checker.Verdict;
import io.github.lockstarter.sample.proof.checker.Violation.Invariant;
import io.github.lockstarter.sample.proof.history.Entry;
import io.github.lockstarter.sample.proof.nemesis.Layout;
import io.github.lockstarter.sample.proof.servers.BrokenJobs;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What a green proof is worth: four jobs whose locks lack something, on the same servers
 * as in {@link ProofIT}. The checker has to find for each of them what is missing, and
 * nothing for the healthy job beside them.
 */
class RedControlsIT {

	private static final Duration LIMIT = Duration.ofSeconds(60);

	@Test
	void theCheckerFindsWhatIsMissing() throws Exception {
		Map<String, Duration> skews = new LinkedHashMap<>();
		skews.put("one", Duration.ZERO);
		skews.put("two", Duration.ofMillis(400));
		skews.put("three", Duration.ofMillis(-400));
		Rules rules = BrokenJobs.rules(Play.LEASE, Play.ACQUIRE_TIMEOUT);
		try (Play play = new Play("controls", new Layout.Single(), rules, "proof.broken=true")) {
			play.start(skews);
			// Longer than the lease of the job, and shorter than the next run of another
			freeze(play, BrokenJobs.NO_OWNER_CHECK, Duration.ofMillis(7500));
			freeze(play, BrokenJobs.NO_FENCING, Duration.ofSeconds(4));
			Verdict verdict = play.judge("red controls", 0);
			for (Rules.Job job : rules.jobs()) {
				System.out.println("red control: " + job.name() + ": " + verdict.brokenFor(job.name()));
			}
			assertThat(verdict.brokenFor(BrokenJobs.NO_TICK_RULE)).contains(Invariant.ONCE_PER_TICK);
			assertThat(verdict.brokenFor(BrokenJobs.NO_LEASE_KEEPER)).contains(Invariant.NO_OVERLAP);
			assertThat(verdict.brokenFor(BrokenJobs.NO_OWNER_CHECK)).contains(Invariant.NO_OVERLAP);
			assertThat(verdict.brokenFor(BrokenJobs.NO_FENCING)).isEqualTo(Set.of(Invariant.REGISTER_NEVER_BACK));
			assertThat(verdict.brokenFor(BrokenJobs.HEALTHY)).isEmpty();
		}
	}

	/**
	 * Freezes whoever runs a job, until another server has run it and the time is over,
	 * and waits for another run after that.
	 */
	private static void freeze(Play play, String job, Duration time) throws Exception {
		Awaitility.await(job).atMost(LIMIT).until(() -> play.register().runner(job).isPresent());
		String process = play.register().runner(job).orElseThrow();
		Server server = play.servers().server(process.split("\\.")[0]);
		long at = System.nanoTime();
		server.freeze();
		Awaitility.await("time, and another run of " + job)
			.atMost(LIMIT)
			.until(() -> System.nanoTime() - at > time.toNanos()
					&& !process.equals(play.register().runner(job).orElse(process)));
		long thawed = System.nanoTime();
		server.thaw();
		Awaitility.await("the next run of " + job)
			.atMost(LIMIT)
			.until(() -> play.register().hasBegun(job, thawed + Duration.ofSeconds(1).toNanos()));
		long end = System.nanoTime();
		play.history().add(new Entry.Fault(Entry.TEST, at, at, thawed, end, "stop", process, "", "", true, false));
	}

}
