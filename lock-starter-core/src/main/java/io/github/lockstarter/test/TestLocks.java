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
package io.github.lockstarter.test;

import java.time.Duration;
import java.time.Instant;

import org.jspecify.annotations.Nullable;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Lazy;
import org.springframework.util.Assert;

import io.github.lockstarter.SkipReason;
import io.github.lockstarter.lock.JobLocks;
import io.github.lockstarter.lock.LockSettings;
import io.github.lockstarter.lock.LockStage;
import io.github.lockstarter.run.RunSettings;

/**
 * The locks of an application context in a test: in memory, granted to whoever comes
 * first, until the test says something else. Import it, and inject it:
 *
 * <pre class="code">
 * &#064;SpringBootTest
 * &#064;Import(TestLocks.class)
 * class InvoiceJobTests {
 *
 *     &#064;Autowired
 *     private TestLocks locks;
 *
 * }
 * </pre>
 *
 * <p>
 * They take the place of the locks on Redis, so no Redis is asked. Safe for use by
 * several threads.
 *
 * @since 0.1.0
 * @see JobTester
 */
@Configuration(proxyBeanMethods = false)
public class TestLocks {

	private static final Duration ANY = Duration.ofDays(36_500);

	private final LockStage stage = new LockStage();

	/**
	 * Create locks that are granted.
	 */
	public TestLocks() {
	}

	/**
	 * Create the bean that takes the place of the locks on Redis.
	 * @param settings what holds for all runs
	 * @return the locks
	 */
	@Bean(destroyMethod = "close")
	@Lazy
	JobLocks distributedScheduledTestLocks(RunSettings settings) {
		// The clock may be set, so no difference between two clocks is too large
		return this.stage
			.locks(new LockSettings(settings.namespace(), "", settings.server(), Duration.ofSeconds(10), ANY));
	}

	/**
	 * Refuse every tick of every job from now on, as if another server had it.
	 * @param reason why; all but {@link SkipReason#DRAINING} and
	 * {@link SkipReason#IN_TRANSACTION}, which no lock says, and
	 * {@link SkipReason#CLOSING}, for which the context is stopped instead
	 * @throws IllegalArgumentException if the reason is one of these
	 */
	public void refuse(SkipReason reason) {
		this.stage.refuse(reason);
	}

	/**
	 * Go back to granting locks by the rules: one run of a job at a time, each tick once.
	 */
	public void grant() {
		this.stage.grant();
	}

	/**
	 * Lose the locks of all jobs that run now. Call it while a job runs: from something
	 * that the job calls, or from another thread. When it returns, the runs have been
	 * told, as their {@link io.github.lockstarter.DistributedScheduled#onLockLost()
	 * policy} says: if that is {@code INTERRUPT}, the thread of the job is interrupted.
	 * @throws IllegalStateException if no job holds a lock
	 */
	public void lose() {
		Assert.state(this.stage.lose() > 0,
				"No job holds a lock now. Call lose() while a job runs, such as from something that the job calls.");
	}

	void at(@Nullable Instant time) {
		this.stage.at(time);
	}

}
