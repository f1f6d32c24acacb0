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

package io.github.lockstarter.run;

import java.time.Duration;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import org.springframework.scheduling.annotation.Scheduled;

import io.github.lockstarter.DistributedScheduled;
import io.github.lockstarter.JobRun;
import io.github.lockstarter.JobSkipped;
import io.github.lockstarter.JobStarted;
import io.github.lockstarter.SkipReason;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Somebody who is no run of the job holds its lock. The tick is not lost: it is asked for
 * again until the lock is free, or the next tick has come.
 */
class ForeignLockTests {

	private final VirtualServers world = new VirtualServers();

	@AfterEach
	void close() {
		this.world.close();
	}

	@Test
	void theTickIsRunWhenTheLockIsFree() {
		Duration held = Duration.ofSeconds(40);
		start(held);
		JobStarted started = this.world.until(JobStarted.class);
		assertThat(started.tick()).isEqualTo(VirtualServers.THREE);
		assertThat(started.trigger()).isEqualTo(JobRun.Trigger.SCHEDULE);
		assertThat(this.world.now()).isBetween(VirtualServers.START.plus(held),
				VirtualServers.START.plus(held).plusMillis(200));
		// No skip before: the tick was not given up
		assertThat(this.world.events().of(JobSkipped.class)).isEmpty();
	}

	@Test
	void aLockThatIsHeldForLongerIsGivenUpWithAReason() {
		// Somebody else's lock, which is never free
		start(null);
		JobSkipped skipped = this.world.until(JobSkipped.class);
		assertThat(skipped.reason()).isEqualTo(SkipReason.LOCK_REFUSED);
		assertThat(skipped.tick()).isEqualTo(VirtualServers.THREE);
	}

	private void start(@Nullable Duration lease) {
		assertThat(this.world.redis().lock("job", null, lease)).isNotNull();
		this.world.server("one").start(Daily.class);
	}

	static class Daily {

		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled("job")
		void run() {
		}

	}

}
