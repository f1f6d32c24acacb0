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
package io.github.lockstarter.sample.faults;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongConsumer;

import io.github.lockstarter.DistributedScheduled;
import io.github.lockstarter.JobRun;

import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.scheduling.annotation.Scheduled;

/**
 * What a {@link BatchProcess} has where {@code faults.lock} is set: a job at a fixed
 * rate, whose phase is given, which is where within the second this server's timer fires.
 */
public final class RateJobs {

	static final Duration WORK = Duration.ofMillis(200);

	private static final long STEP = TimeUnit.MILLISECONDS.toNanos(10);

	private static final long WORTH_TELLING = TimeUnit.MILLISECONDS.toNanos(60);

	private RateJobs() {
	}

	/**
	 * Measures for how long this process stands still, whatever the cause.
	 * @param stalls is told of each, in milliseconds
	 */
	static void measureStalls(LongConsumer stalls) {
		while (!Thread.currentThread().isInterrupted()) {
			long last = System.nanoTime();
			LockSupport.parkNanos(STEP);
			long stall = System.nanoTime() - last;
			if (stall > WORTH_TELLING) {
				stalls.accept(TimeUnit.NANOSECONDS.toMillis(stall));
			}
		}
	}

	/**
	 * Returns the milliseconds until a place in the next second but one.
	 */
	public static long untilPhase(long phase) {
		return 2000 - System.currentTimeMillis() % 1000 + phase;
	}

	private static synchronized void tell(String event) {
		System.out.println(BatchProcess.MARK + event);
	}

	private static void work(long token) {
		tell("run token=" + token);
		long end = System.nanoTime() + WORK.toNanos();
		while (System.nanoTime() < end) {
			LockSupport.parkNanos(end - System.nanoTime());
		}
	}

	/**
	 * Tells for how long this process stands still.
	 */
	@ConditionalOnProperty("faults.lock")
	static class Stalls {

		Stalls() {
			Thread meter = new Thread(() -> measureStalls((millis) -> tell("stall ms=" + millis)), "stalls");
			meter.setDaemon(true);
			meter.setPriority(Thread.MAX_PRIORITY);
			meter.start();
		}

	}

	/**
	 * The job.
	 */
	@ConditionalOnProperty(name = "faults.lock", havingValue = "on")
	static class Locked {

		@Scheduled(fixedRate = 1000,
				initialDelayString = "#{T(io.github.lockstarter.sample.faults.RateJobs).untilPhase(${faults.phase})}")
		@DistributedScheduled(name = BatchProcess.JOB)
		void run() {
			work(JobRun.current().token());
		}

	}

	/**
	 * The same without a lock: a red control.
	 */
	@ConditionalOnProperty(name = "faults.lock", havingValue = "off")
	static class Unlocked {

		@Scheduled(fixedRate = 1000,
				initialDelayString = "#{T(io.github.lockstarter.sample.faults.RateJobs).untilPhase(${faults.phase})}")
		void run() {
			work(System.currentTimeMillis() * 1000);
		}

	}

}
