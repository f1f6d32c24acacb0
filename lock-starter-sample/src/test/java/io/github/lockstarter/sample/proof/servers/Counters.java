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

import java.nio.file.Path;

import io.github.lockstarter.proof.history.Entry;
import io.github.lockstarter.proof.history.HistoryFile;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringApplication;

/**
 * Counts as any application with Micrometer does, and writes down what was counted when
 * all else has ended. Nobody is asked who was killed.
 */
class Counters implements SmartInitializingSingleton {

	private static final String PREFIX = "distributed.scheduled.";

	private static final String JOB = "job.name";

	private final MeterRegistry registry = new SimpleMeterRegistry();

	private final String server;

	private final Path file;

	private final ObjectProvider<MeterBinder> binders;

	Counters(String server, @Value("${proof.folder}") Path folder, ObjectProvider<MeterBinder> binders) {
		this.server = server;
		this.file = folder.resolve(server + HistoryFile.SUFFIX);
		this.binders = binders;
	}

	/**
	 * Before the first tick.
	 */
	@Override
	public void afterSingletonsInstantiated() {
		this.binders.orderedStream().forEach((binder) -> binder.bindTo(this.registry));
		SpringApplication.getShutdownHandlers().add(this::writeDown);
	}

	private void writeDown() {
		try (HistoryFile history = new HistoryFile(this.file)) {
			for (Timer timer : this.registry.find(PREFIX + Entry.Counted.RUNS).timers()) {
				history.add(new Entry.Counted(this.server, System.nanoTime(), timer.getId().getTag(JOB),
						Entry.Counted.RUNS, timer.getId().getTag("outcome"), timer.count()));
			}
			for (Counter counter : this.registry.find(PREFIX + Entry.Counted.SKIPS).counters()) {
				history.add(new Entry.Counted(this.server, System.nanoTime(), counter.getId().getTag(JOB),
						Entry.Counted.SKIPS, counter.getId().getTag("reason"), (long) counter.count()));
			}
		}
	}

}
