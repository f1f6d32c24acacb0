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
import java.time.Duration;
import java.util.Scanner;
import java.util.concurrent.locks.LockSupport;

import io.github.lockstarter.JobFinished;
import io.github.lockstarter.JobLockLost;
import io.github.lockstarter.JobSkipped;
import io.github.lockstarter.autoconfigure.DistributedScheduledAutoConfiguration;
import io.github.lockstarter.lock.BrokenStore;
import io.github.lockstarter.lock.JobLocks;
import io.github.lockstarter.lock.LockSettings;
import io.github.lockstarter.run.RunSettings;
import io.github.lockstarter.proof.history.Entry;
import io.github.lockstarter.proof.history.HistoryFile;
import org.redisson.Redisson;
import org.redisson.api.RedissonClient;
import org.redisson.config.Config;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.Banner;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.context.event.EventListener;
import org.springframework.core.env.Environment;
import org.springframework.scheduling.annotation.EnableScheduling;
import org.springframework.scheduling.concurrent.ThreadPoolTaskScheduler;

/**
 * What the process of a server runs.
 * <p>
 * No class in here is a component: the sample's own application would find it.
 */
@EnableScheduling
@ImportAutoConfiguration(DistributedScheduledAutoConfiguration.class)
@Import({ Work.class, Memory.class, Counters.class, ServerProcess.Reporter.class, ServerProcess.Commands.class })
class ServerProcess {

	/** Followed by milliseconds: the clock is so far ahead from now on. */
	static final String SKEW = "skew";

	/** Followed by the names of jobs: what Redis remembers of them is written down. */
	static final String REPORT = "report";

	/** Followed by milliseconds: all threads of the scheduler are busy for so long. */
	static final String BUSY = "busy";

	private static final int THREADS = 8;

	public static void main(String[] args) {
		boolean broken = String.join(" ", args).contains("--proof.broken=true");
		new SpringApplicationBuilder(ServerProcess.class, broken ? Broken.class : Jobs.class)
			.web(WebApplicationType.NONE)
			.bannerMode(Banner.Mode.OFF)
			.run(args);
	}

	@Bean
	String server(@Value("${proof.server}") String server) {
		return server;
	}

	@Bean
	HistoryFile historyFile(String server, @Value("${proof.folder}") Path folder) {
		HistoryFile file = new HistoryFile(folder.resolve(server + HistoryFile.SUFFIX));
		HiccupMeter.start(server, file);
		return file;
	}

	@Bean
	RegisterClient registerClient(String server, @Value("${proof.register}") int port) {
		return new RegisterClient(server, port);
	}

	@Bean
	ServerClock serverClock(@Value("${proof.skew}") Duration skew) {
		return new ServerClock(skew);
	}

	@Bean
	ThreadPoolTaskScheduler taskScheduler(ServerClock clock) {
		ThreadPoolTaskScheduler scheduler = new ThreadPoolTaskScheduler();
		scheduler.setClock(clock);
		scheduler.setPoolSize(THREADS);
		return scheduler;
	}

	/**
	 * Writes down what the library tells.
	 */
	static class Reporter implements SmartInitializingSingleton {

		private final String server;

		private final HistoryFile history;

		private final ServerClock clock;

		private final RunSettings settings;

		Reporter(String server, HistoryFile history, ServerClock clock, RunSettings settings) {
			this.server = server;
			this.history = history;
			this.clock = clock;
			this.settings = settings;
		}

		/**
		 * Before the first tick. All processes have the host's name, and choose an id of
		 * their own.
		 */
		@Override
		public void afterSingletonsInstantiated() {
			this.history.add(new Entry.Named(this.server, System.nanoTime(), this.settings.server()));
		}

		@EventListener(ApplicationReadyEvent.class)
		void ready() {
			long skew = this.clock.millis() - System.currentTimeMillis();
			this.history.add(new Entry.Up(this.server, System.nanoTime(), skew));
			System.out.println(ProofServers.READY);
		}

		@EventListener
		void skipped(JobSkipped event) {
			long tick = (event.tick() != null) ? event.tick().toEpochMilli() : 0;
			this.history
				.add(new Entry.Skipped(this.server, System.nanoTime(), event.job(), tick, event.reason().name()));
		}

		@EventListener
		void lost(JobLockLost event) {
			this.history.add(new Entry.Lost(this.server, System.nanoTime(), event.job(), event.token()));
		}

		@EventListener
		void finished(JobFinished event) {
			this.history.add(new Entry.Finished(this.server, System.nanoTime(), event.job(), event.token(),
					event.outcome().name()));
		}

	}

	/**
	 * Does what the test writes. Where the standard input ends the test has died, and so
	 * does this process.
	 */
	static class Commands {

		private final ServerClock clock;

		private final ThreadPoolTaskScheduler scheduler;

		private final Memory memory;

		Commands(ServerClock clock, ThreadPoolTaskScheduler scheduler, Memory memory) {
			this.clock = clock;
			this.scheduler = scheduler;
			this.memory = memory;
			Thread thread = new Thread(this::read, "commands");
			thread.setDaemon(true);
			thread.start();
		}

		private void read() {
			try (Scanner in = new Scanner(System.in)) {
				while (in.hasNextLine()) {
					String[] words = in.nextLine().split(" ");
					if (words[0].equals(REPORT)) {
						this.memory.writeDown(words[1].split(","));
					}
					else {
						obey(words[0], Duration.ofMillis(Long.parseLong(words[1])));
					}
				}
			}
			Runtime.getRuntime().halt(1);
		}

		private void obey(String command, Duration time) {
			if (command.equals(SKEW)) {
				this.clock.set(time);
				return;
			}
			long end = System.nanoTime() + time.toNanos();
			for (int i = 0; i < THREADS; i++) {
				this.scheduler.execute(() -> {
					for (long left = time.toNanos(); left > 0; left = end - System.nanoTime()) {
						LockSupport.parkNanos(left);
					}
				});
			}
		}

	}

	/**
	 * A server whose locks are broken, for the red controls. It has a client of its own.
	 */
	@Import(BrokenJobs.class)
	static class Broken {

		@Bean
		RedissonClient redissonClient(@Value("${spring.data.redis.host}") String host,
				@Value("${spring.data.redis.port}") int port) {
			Config config = new Config();
			config.setLazyInitialization(true);
			config.setThreads(2);
			config.setNettyThreads(2);
			config.useSingleServer()
				.setAddress("redis://" + host + ":" + port)
				.setConnectionMinimumIdleSize(1)
				.setConnectionPoolSize(8)
				.setSubscriptionConnectionMinimumIdleSize(0)
				.setRetryAttempts(0);
			return Redisson.create(config);
		}

		@Bean
		static BeanPostProcessor breaker(ObjectProvider<RedissonClient> redisson, Environment environment) {
			// So early no placeholder is resolved
			String namespace = environment.getRequiredProperty("distributed-scheduled.namespace");
			LockSettings settings = new LockSettings(namespace, "distributed-scheduled:", "breaker",
					Duration.ofSeconds(1), Duration.ofMinutes(1));
			return new BeanPostProcessor() {

				@Override
				public Object postProcessAfterInitialization(Object bean, String beanName) {
					return (bean instanceof JobLocks locks)
							? BrokenStore.locks(locks, BrokenJobs.FLAWS, settings, redisson.getObject()) : bean;
				}

			};
		}

	}

}
