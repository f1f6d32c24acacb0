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

package io.github.lockstarter.sample.demo;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

import org.jspecify.annotations.Nullable;

import org.springframework.scheduling.support.CronExpression;
import org.springframework.util.FileSystemUtils;

/**
 * Starts two batch servers on one Redis, tells who runs each tick and who is refused, and
 * at the end counts what the servers have booked. Start it with {@code mvn -Pdemo}.
 * <p>
 * {@code -Ddemo.seconds=30} bounds it; without, it goes on until Ctrl-C.
 * {@code -Ddemo.lock=off} lets the servers run without a common lock, to see the
 * duplicates. A Redis of your own is used if a property {@code spring.data.redis.*} is
 * set.
 * <p>
 * Ends with one line of figures, and with an exit code other than zero if a tick was run
 * twice or missed, or if two runs of one job overlapped.
 */
public final class Demo {

	private static final int SERVERS = 2;

	private static final String JOB = "settlement";

	private static final Duration START_LIMIT = Duration.ofSeconds(90);

	/**
	 * What the last tick of the window is given to be run by one server and skipped by
	 * the other.
	 */
	private static final Duration LAST_TICK_LIMIT = Duration.ofSeconds(5);

	/**
	 * Ctrl-C stops the servers at once. A tick so short before it is counted only if both
	 * servers have said what became of it.
	 */
	private static final Duration CUT_OFF = Duration.ofSeconds(2);

	private static final Duration STOP_LIMIT = Duration.ofSeconds(30);

	private static final Duration GLANCE = Duration.ofMillis(250);

	private final DemoSettings settings;

	private final PrintStream out;

	private final CronExpression cron;

	private final ZoneId zone = ZoneId.systemDefault();

	private final Clock clock = Clock.systemUTC();

	private final BlockingQueue<Signal> signals = new LinkedBlockingQueue<>();

	private final Set<BatchServer> up = new HashSet<>();

	private final Map<BatchServer, Instant> settled = new HashMap<>();

	private boolean stopped;

	private Demo(DemoSettings settings, PrintStream out) {
		this.settings = settings;
		this.out = out;
		this.cron = CronExpression.parse(settings.cron());
	}

	/**
	 * Runs the demo and ends the JVM.
	 * @param args none
	 */
	public static void main(String[] args) {
		int exitCode = 1;
		CountDownLatch over = new CountDownLatch(1);
		try {
			Demo demo = new Demo(DemoSettings.of(System.getProperties()), System.out);
			Runtime.getRuntime().addShutdownHook(new Thread(() -> demo.interrupt(over), "demo-stop"));
			exitCode = demo.run();
		}
		catch (DemoException ex) {
			System.out.println(ex.getMessage());
		}
		finally {
			System.out.flush();
			over.countDown();
		}
		System.exit(exitCode);
	}

	/**
	 * Lets the JVM end only after the demo is over.
	 */
	private void interrupt(CountDownLatch over) {
		this.signals.add(new Signal.Stop(this.clock.instant()));
		try {
			over.await(STOP_LIMIT.toSeconds(), TimeUnit.SECONDS);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	private int run() {
		Path directory = createDirectory();
		boolean keep = true;
		try {
			DemoSummary summary = play(directory);
			keep = isFailure(summary);
			if (keep) {
				this.out.println("The logs of the servers and their database are in " + directory);
			}
			this.out.println(summary);
			return summary.isGood() ? 0 : 1;
		}
		catch (DemoException ex) {
			throw new DemoException(ex.getMessage() + (hasLogs(directory) ? " The logs are in " + directory : ""));
		}
		finally {
			if (!keep || !hasLogs(directory)) {
				delete(directory);
			}
		}
	}

	/**
	 * Tells whether somebody will want to read the logs: not where the user stopped
	 * before the first tick, and not because of the duplicates that there must be without
	 * a lock.
	 */
	private boolean isFailure(DemoSummary summary) {
		if (this.stopped && summary.ticks() == 0) {
			return false;
		}
		return this.settings.lock() ? !summary.isGood() : summary.servers() < SERVERS;
	}

	private DemoSummary play(Path directory) {
		if (!this.settings.lock() || this.settings.ownRedis(System.getenv())) {
			return play(directory, null);
		}
		try (DemoRedis redis = DemoRedis.start(directory)) {
			return play(directory, redis);
		}
	}

	private DemoSummary play(Path directory, @Nullable DemoRedis redis) {
		try (DemoDatabase database = DemoDatabase.open(directory)) {
			List<BatchServer> servers = new ArrayList<>();
			Window window;
			this.out.println("Starting two batch servers " + describe(redis));
			try {
				startServers(servers, directory, redis, database);
				window = awaitReady() ? watch() : null;
			}
			finally {
				servers.forEach(BatchServer::stop);
				servers.forEach(BatchServer::awaitEnd);
			}
			if (window == null) {
				return new DemoSummary(0, 0, 0, 0, 0, 0);
			}
			return new DemoTally(JOB, window, window.ticks(this.cron, this.zone)).count(database.runs(),
					this.up.size());
		}
	}

	private String describe(@Nullable DemoRedis redis) {
		if (!this.settings.lock()) {
			return "without a lock that they share";
		}
		return "on " + ((redis != null) ? redis : "your Redis");
	}

	private void startServers(List<BatchServer> servers, Path directory, @Nullable DemoRedis redis,
			DemoDatabase database) {
		String namespace = "demo-" + Integer.toHexString(ThreadLocalRandom.current().nextInt());
		for (int number = 1; number <= SERVERS; number++) {
			BatchServer server = BatchServer.start(number, command(number, namespace, redis, database), directory,
					this.signals::add);
			servers.add(server);
			this.up.add(server);
		}
	}

	private List<String> command(int number, String namespace, @Nullable DemoRedis redis, DemoDatabase database) {
		List<String> command = new ArrayList<>();
		command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
		command.addAll(List.of("-Xmx192m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
		command.addAll(List.of("-Dfile.encoding=UTF-8", "-Dstdout.encoding=UTF-8"));
		command.add("-Duser.timezone=" + this.zone);
		this.settings.passedOn().forEach((name, value) -> command.add("-D" + name + "=" + value));
		command.addAll(this.settings.program());
		command.add("--spring.profiles.active=demo");
		command.add("--spring.main.web-application-type=none");
		command.add("--distributed-scheduled.server-id=" + BatchServer.name(number));
		command.add("--distributed-scheduled.namespace=" + namespace);
		command.add("--spring.datasource.url=" + database.url());
		command.add("--" + DemoSettings.CRON_PROPERTY + "=" + this.settings.cron());
		if (redis != null) {
			command.add("--spring.data.redis.host=127.0.0.1");
			command.add("--spring.data.redis.port=" + redis.port());
		}
		if (!this.settings.lock()) {
			command.add("--distributed-scheduled.mode=local");
		}
		return command;
	}

	/**
	 * Waits until both servers are ready: each was once granted or refused a lock.
	 * @return false if the user does not want to wait
	 */
	private boolean awaitReady() {
		Instant deadline = this.clock.instant().plus(START_LIMIT);
		Set<BatchServer> ready = new HashSet<>();
		while (ready.size() < SERVERS) {
			Signal signal = nextSignal(deadline);
			if (signal == null) {
				throw new DemoException(
						"The servers did not both get an answer from Redis within " + START_LIMIT.toSeconds() + " s.");
			}
			if (signal instanceof Signal.Stop) {
				this.stopped = true;
				return false;
			}
			if (signal instanceof Signal.Ended ended) {
				throw new DemoException(
						ended.server() + " ended with exit code " + ended.exitCode() + " before it was ready.");
			}
			if (signal instanceof Signal.Said said && said.report() instanceof Report.Ready) {
				ready.add(said.server());
			}
		}
		Duration length = this.settings.length();
		this.out.println("Both are ready. "
				+ ((length != null) ? "Counting for " + length.toSeconds() + " s." : "Ctrl-C ends the demo."));
		this.out.println();
		return true;
	}

	/**
	 * Tells what the servers do until the time is over.
	 * @return the time in which both were ready
	 */
	private Window watch() {
		Narrator narrator = new Narrator(this.out, this.clock, this.zone, JOB, this.settings.lock());
		Instant from = this.clock.instant();
		Duration length = this.settings.length();
		Window window = new Window(from, (length != null) ? from.plus(length) : Instant.MAX);
		Instant lastTick = (length != null) ? lastTick(window) : from;
		Instant stop = null;
		while (stop == null) {
			Signal signal = nextSignal(this.clock.instant().plus(GLANCE));
			if (signal instanceof Signal.Said said) {
				hear(said, narrator, from);
			}
			else if (signal instanceof Signal.Ended ended) {
				this.up.remove(ended.server());
				this.out.println(ended.server() + " ended with exit code " + ended.exitCode() + ".");
			}
			narrator.printOverdue();
			Instant now = this.clock.instant();
			if (signal instanceof Signal.Stop userStop) {
				this.stopped = true;
				stop = userStop.at();
			}
			else if (now.isAfter(window.until())
					&& (!settled(from).isBefore(lastTick) || now.isAfter(window.until().plus(LAST_TICK_LIMIT)))) {
				stop = window.until().plus(CUT_OFF);
			}
			else if (this.up.isEmpty()) {
				stop = now.plus(CUT_OFF);
			}
		}
		this.out.println();
		return new Window(from, min(window.until(), max(stop.minus(CUT_OFF), settled(from))));
	}

	private void hear(Signal.Said said, Narrator narrator, Instant from) {
		Report report = said.report();
		Instant tick = report.tick();
		if (tick != null && !tick.isAfter(from)) {
			return;
		}
		narrator.tell(said.server().number(), report);
		if (tick != null && report.settles(JOB)) {
			this.settled.merge(said.server(), tick, Demo::max);
		}
	}

	/**
	 * Returns up to which tick every server has said what became of it.
	 */
	private Instant settled(Instant from) {
		return this.up.stream().map((server) -> this.settled.getOrDefault(server, from)).reduce(Demo::min).orElse(from);
	}

	private Instant lastTick(Window window) {
		List<Instant> ticks = window.ticks(this.cron, this.zone);
		return ticks.isEmpty() ? window.from() : ticks.get(ticks.size() - 1);
	}

	private static Instant min(Instant one, Instant other) {
		return one.isBefore(other) ? one : other;
	}

	private static Instant max(Instant one, Instant other) {
		return one.isBefore(other) ? other : one;
	}

	private @Nullable Signal nextSignal(Instant deadline) {
		try {
			long millis = Math.max(0, Duration.between(this.clock.instant(), deadline).toMillis());
			return this.signals.poll(millis, TimeUnit.MILLISECONDS);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			return new Signal.Stop(this.clock.instant());
		}
	}

	private static Path createDirectory() {
		try {
			return Files.createTempDirectory("lock-starter-demo-");
		}
		catch (IOException ex) {
			throw new DemoException("No directory for the logs can be created: " + ex.getMessage());
		}
	}

	private static boolean hasLogs(Path directory) {
		return Files.exists(directory.resolve("server-1.log"));
	}

	private static void delete(Path directory) {
		try {
			FileSystemUtils.deleteRecursively(directory);
		}
		catch (IOException ex) {
			// A file in the directory for temporary files more
		}
	}

}
