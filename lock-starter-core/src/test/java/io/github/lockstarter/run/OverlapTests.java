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

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

import org.junit.jupiter.api.Test;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.scheduling.concurrent.SimpleAsyncTaskScheduler;

import io.github.lockstarter.DistributedScheduled;
import io.github.lockstarter.JobFinished;
import io.github.lockstarter.JobSkipped;
import io.github.lockstarter.JobStarted;
import io.github.lockstarter.SkipReason;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * A scheduler that gives each fire a thread of its own lets a job overlap itself in one
 * JVM. The lock belongs to the run and not to the thread, so it excludes that, too. On
 * virtual threads where Java has them.
 */
class OverlapTests {

	@Test
	void runsOfOneJobInOneJvmExcludeEachOther() {
		try (TestServer server = new TestServer("one").onRedis().with(ThreadPerFire.class, Slow.class).start()) {
			Slow slow = server.target(Slow.class);
			// The next tick comes while the first one runs, and is told so
			await().until(() -> server.events(JobSkipped.class)
				.stream()
				.anyMatch((skip) -> skip.reason() == SkipReason.STILL_RUNNING));
			assertThat(server.events(JobStarted.class)).hasSize(1);
			slow.end.countDown();
			server.await(JobFinished.class);
			await().until(() -> server.events(JobStarted.class).size() >= 2);
			assertThat(slow.most).as("runs at the same time").hasValue(1);
			if (Runtime.version().feature() >= 21) {
				assertThat(slow.thread).startsWith("VirtualThread");
			}
		}
	}

	@Configuration(proxyBeanMethods = false)
	static class ThreadPerFire {

		@Bean
		SimpleAsyncTaskScheduler taskScheduler() {
			SimpleAsyncTaskScheduler scheduler = new SimpleAsyncTaskScheduler();
			if (Runtime.version().feature() >= 21) {
				scheduler.setVirtualThreads(true);
			}
			return scheduler;
		}

	}

	static class Slow {

		final CountDownLatch end = new CountDownLatch(1);

		final AtomicInteger most = new AtomicInteger();

		private final AtomicInteger inside = new AtomicInteger();

		volatile String thread = "";

		@Scheduled(cron = "* * * * * *")
		@DistributedScheduled("overlap")
		void run() throws InterruptedException {
			this.thread = Thread.currentThread().toString();
			this.most.accumulateAndGet(this.inside.incrementAndGet(), Math::max);
			try {
				this.end.await();
			}
			finally {
				this.inside.decrementAndGet();
			}
		}

	}

}
