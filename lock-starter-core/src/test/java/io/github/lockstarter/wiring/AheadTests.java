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

package io.github.lockstarter.wiring;

import java.nio.file.Path;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.scheduling.annotation.Scheduled;

import io.github.lockstarter.DistributedScheduled;
import io.github.lockstarter.wiring.base.Base;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * What holds for beans that Spring makes at run time holds for those that code makes
 * which was generated ahead of time.
 */
class AheadTests {

	@TempDir
	Path directory;

	@Test
	void aJobIsLocked() throws Exception {
		assertThat(Ahead.run(this.directory, Job.class, Behind.class)).containsExactly("SCHEDULE", "SCHEDULE");
	}

	static class Job {

		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled
		void run() {
			Body.run();
		}

	}

	static class Behind implements Runnable {

		@Override
		@Scheduled(cron = "0 0 3 * * *")
		@DistributedScheduled
		public void run() {
			Body.run();
		}

	}

	@Test
	void aMethodThatBypassesTheProxyIsRefused() {
		assertThatThrownBy(() -> Ahead.run(this.directory, FromOtherPackage.class)).hasStackTraceContaining("settle()")
			.hasStackTraceContaining("bypasses the proxy");
	}

	static class FromOtherPackage extends Base.PackagePrivate {

	}

}
