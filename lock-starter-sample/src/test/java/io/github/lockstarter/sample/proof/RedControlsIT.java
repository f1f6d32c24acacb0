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
import java.util.Optional;
import java.util.Set;

import io.github.lockstarter.sample.faults.Server;
import io.github.lockstarter.proof.checker.Rules;
import io.github.lockstarter.proof.checker.Verdict;
import io.github.lockstarter.proof.checker.Violation.Invariant;
import io.github.lockstarter.proof.history.Entry;
import io.github.lockstarter.sample.proof.nemesis.Layout;
import io.github.lockstarter.sample.proof.servers.BrokenJobs;
import io.github.lockstarter.sample.proof.servers.Register;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What a green proof is worth: four jobs whose locks lack something, on the same servers
 * as in {@link ProofIT}. The checker has to find for each of them what is missing, and
 * nothing for the healthy job beside them. Slow: servers are frozen for longer than a
 * long lease. {@code SimulationTests} finds broken locks in every build.
 */
@Tag("slow")
class RedControlsIT {

	private static final Duration LIMIT = Duration.ofSeconds(60);

	private static final Duration POLL = Duration.ofMillis(20);

	private static final int ATTEMPTS = 4;

	@Test
	void theCheckerFindsWhatIsMissing() throws Exception {
		Map<String, Duration> skews = new LinkedHashMap<>();
		skews.put("one", Duration.ZERO);
		skews.put("two", Duration.ofMillis(400));
		skews.put("three", Duration.ofMillis(-400));
		Rules rules = BrokenJobs.rules(Play.LEASE, Play.ACQUIRE_TIMEOUT);
		try (Play play = new Play("controls", new Layout.Single(), rules, "proof.broken=true")) {
			play.start(skews);
			releaseTheLockOfAnother(play);
			freeze(play, BrokenJobs.NO_FENCING, Duration.ofMillis(500));
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
	 * The successor believes in its lock until its next renewal, which may come before
	 * anybody else has found the lock free. So it is woken just after a renewal, and if
	 * that was missed once more.
	 */
	private static void releaseTheLockOfAnother(Play play) throws Exception {
		for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
			long thawed = freeze(play, BrokenJobs.NO_OWNER_CHECK, BrokenJobs.LONG_LEASE.dividedBy(3).plusMillis(200));
			if (play.register().hasDisplaced(BrokenJobs.NO_OWNER_CHECK, thawed)) {
				return;
			}
		}
	}

	/**
	 * Freezes whoever runs a job, until another server has run it for some time, and
	 * waits for yet another run.
	 * @return when it was woken
	 */
	private static long freeze(Play play, String job, Duration time) throws Exception {
		Register register = play.register();
		String process = Awaitility.await(job)
			.atMost(LIMIT)
			.pollInterval(POLL)
			.until(() -> register.runner(job), Optional::isPresent)
			.orElseThrow();
		Server server = play.servers().server(process.split("\\.")[0]);
		long at = System.nanoTime();
		server.freeze();
		Awaitility.await("another run of " + job)
			.atMost(LIMIT)
			.pollInterval(POLL)
			.until(() -> !process.equals(register.runner(job).orElse(process))
					&& !register.hasBegun(job, System.nanoTime() - time.toNanos()));
		long thawed = System.nanoTime();
		server.thaw();
		Awaitility.await("the next run of " + job).atMost(LIMIT).until(() -> register.hasBegun(job, thawed));
		long end = System.nanoTime();
		play.history().add(new Entry.Fault(Entry.TEST, at, at, thawed, end, "stop", process, "", "", true, false));
		return thawed;
	}

}
