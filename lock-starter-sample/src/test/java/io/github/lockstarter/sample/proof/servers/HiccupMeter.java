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

package io.github.lockstarter.sample.proof.servers;

import java.lang.management.ManagementFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

import com.sun.management.UnixOperatingSystemMXBean;
import io.github.lockstarter.proof.history.Entry;
import io.github.lockstarter.proof.history.HistoryFile;

/**
 * Measures how long this process stands still when it is not asked to: by a collection,
 * or because the machine has too much to do.
 */
final class HiccupMeter {

	private static final long STEP = TimeUnit.MILLISECONDS.toNanos(10);

	private static final long WORTH_TELLING = TimeUnit.MILLISECONDS.toNanos(60);

	private static final long VITALS = TimeUnit.SECONDS.toNanos(1);

	private HiccupMeter() {
	}

	static void start(String server, HistoryFile history) {
		Thread thread = new Thread(() -> measure(server, history), "hiccups");
		thread.setDaemon(true);
		thread.setPriority(Thread.MAX_PRIORITY);
		thread.start();
	}

	private static void measure(String server, HistoryFile history) {
		long last = System.nanoTime();
		long vitals = last;
		while (true) {
			LockSupport.parkNanos(STEP);
			long now = System.nanoTime();
			if (now - last > WORTH_TELLING) {
				history.add(new Entry.Hiccup(server, now, now - last));
			}
			if (now - vitals > VITALS) {
				vitals = now;
				history.add(new Entry.Vitals(server, now, Thread.activeCount(), descriptors()));
			}
			last = System.nanoTime();
		}
	}

	private static int descriptors() {
		return (ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix)
				? (int) unix.getOpenFileDescriptorCount() : 0;
	}

}
