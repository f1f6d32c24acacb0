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
import java.time.LocalDate;
import java.time.Period;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.temporal.TemporalAmount;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.random.RandomGenerator;

import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.config.EmbeddedValueResolver;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.core.env.MapPropertySource;
import org.springframework.scheduling.support.CronExpression;
import org.springframework.util.Assert;
import org.springframework.util.ClassUtils;
import org.springframework.util.StringUtils;

import io.github.lockstarter.InvalidJobException;
import io.github.lockstarter.JobRun;
import io.github.lockstarter.run.SimulatedServer;

/**
 * Plays the schedules of a class on several servers, in time that passes as fast as it is
 * computed: a year of a job that runs each hour takes about a second. Tells which ticks
 * were run, by whom and when, which were missed, which runs overlapped, and what happened
 * when the clocks were changed.
 *
 * <pre class="code">
 * SimulationResult year = JobSimulation.of(InvoiceJob.class)
 *     .servers(3)
 *     .from(LocalDate.of(2026, 1, 1))
 *     .lasting(Period.ofYears(1))
 *     .taking(Duration.ofMinutes(10))
 *     .run();
 * assertThat(year.missed()).isEmpty();
 * </pre>
 *
 * <p>
 * Annotations, runs and rules are those of an application with the default properties;
 * only time and Redis are not real. The methods themselves are not called, and no object
 * is needed: a run is a time that it takes. What is not said is not so: clocks are right,
 * no server is restarted, and Redis answers. The same seed gives the same result.
 *
 * @since 0.1.0
 * @see JobTester
 */
public final class JobSimulation {

	/** What is longer would not end for a thread that waits for it. */
	private static final Duration LONGEST = Duration.ofDays(364);

	private final Class<?> type;

	private final String[] properties;

	private final List<Window> down = new ArrayList<>();

	private final List<Window> redisDown = new ArrayList<>();

	private final List<Window> crashes = new ArrayList<>();

	private final List<Deployment> deployments = new ArrayList<>();

	private int servers = 3;

	private ZoneId zone = ZoneOffset.UTC;

	private @Nullable Function<ZoneId, Instant> from;

	private TemporalAmount duration = Period.ofYears(1);

	private long seed = 1;

	private Duration clockError = Duration.ZERO;

	private Length length = (run, chance) -> Duration.ZERO;

	private boolean locksApart;

	private JobSimulation(Class<?> type, String... properties) {
		this.type = type;
		this.properties = properties;
	}

	/**
	 * Begin to describe a simulation: of three servers in UTC, for a year.
	 * @param type the class whose methods are jobs
	 * @param properties what its annotations resolve, such as
	 * {@code "invoices.cron=0 0 3 * * *"}
	 * @return the simulation, for which at least the {@link #from(LocalDate) beginning}
	 * is to be said
	 */
	public static JobSimulation of(Class<?> type, String... properties) {
		return new JobSimulation(type, properties);
	}

	/**
	 * Set how many servers there are.
	 * @param servers the number, at least one
	 * @return this simulation
	 */
	public JobSimulation servers(int servers) {
		Assert.isTrue(servers > 0, "There must be a server");
		this.servers = servers;
		return this;
	}

	/**
	 * Set the time zone of the servers: that of cron expressions that name none, of the
	 * beginning, and of deployments.
	 * @param zone the time zone; UTC by default
	 * @return this simulation
	 */
	public JobSimulation zone(ZoneId zone) {
		this.zone = zone;
		return this;
	}

	/**
	 * Set the first day. Servers are started a moment before it.
	 * @param day the day
	 * @return this simulation
	 */
	public JobSimulation from(LocalDate day) {
		this.from = (zone) -> day.atStartOfDay(zone).toInstant();
		return this;
	}

	/**
	 * Set the beginning. Servers are started a moment before it.
	 * @param time the time
	 * @return this simulation
	 */
	public JobSimulation from(Instant time) {
		this.from = (zone) -> time;
		return this;
	}

	/**
	 * Set how long it lasts. A tick belongs to it if it is not before the beginning, and
	 * before the end; its run may end later.
	 * @param duration a {@link Period} or a {@link Duration}; a year by default
	 * @return this simulation
	 */
	public JobSimulation lasting(TemporalAmount duration) {
		this.duration = duration;
		return this;
	}

	/**
	 * Set what all chance comes from: which server is faster, how far its clock is off,
	 * and how long a run takes if that is {@link #takingBetween drawn}.
	 * @param seed the seed; one by default
	 * @return this simulation
	 */
	public JobSimulation seed(long seed) {
		this.seed = seed;
		return this;
	}

	/**
	 * Set how long each run takes. By default it ends at once.
	 * @param duration the time
	 * @return this simulation
	 */
	public JobSimulation taking(Duration duration) {
		check(duration);
		this.length = (run, chance) -> duration;
		return this;
	}

	/**
	 * Let the time that a run takes be drawn.
	 * @param shortest the shortest time
	 * @param longest the longest time
	 * @return this simulation
	 */
	public JobSimulation takingBetween(Duration shortest, Duration longest) {
		check(shortest);
		check(longest);
		Assert.isTrue(shortest.compareTo(longest) < 0, "The longest time must be longer than the shortest");
		this.length = (run, chance) -> Duration.ofNanos(chance.nextLong(shortest.toNanos(), longest.toNanos() + 1));
		return this;
	}

	/**
	 * Say how long a run takes, by its {@link JobRun#name() job}, its
	 * {@link JobRun#tick() tick}, or whatever else is known of it.
	 * @param duration answers the time, for each run once. To give the same result each
	 * time, it depends on nothing but the run
	 * @return this simulation
	 */
	public JobSimulation taking(Function<JobRun, Duration> duration) {
		this.length = (run, chance) -> duration.apply(run);
		return this;
	}

	/**
	 * Let the clock of each server be wrong. By how much is drawn.
	 * @param atMost by how much at most, ahead or behind
	 * @return this simulation
	 */
	public JobSimulation clocksOffBy(Duration atMost) {
		check(atMost);
		this.clockError = atMost;
		return this;
	}

	/**
	 * Restart all servers again and again, one after the other. A server that is stopped
	 * lets its runs end; what has not ended after a minute is broken off.
	 * @param cron when, such as {@code 0 0 3 * * *}, in the time zone of the servers
	 * @param downtime how long each server is not there
	 * @return this simulation
	 * @throws IllegalArgumentException if that is no cron expression
	 */
	public JobSimulation deploying(String cron, Duration downtime) {
		check(downtime);
		this.deployments.add(new Deployment(CronExpression.parse(cron), downtime));
		return this;
	}

	/**
	 * Stop all servers, which let their runs end as in a {@link #deploying deployment},
	 * and start them again. May be said several times.
	 * @param from when they are stopped
	 * @param to when they are started
	 * @return this simulation
	 */
	public JobSimulation down(Instant from, Instant to) {
		this.down.add(Window.of(from, to));
		return this;
	}

	/**
	 * Kill the servers that run a job then, and start them again. May be said several
	 * times.
	 * @param at when they die
	 * @param downtime how long they are not there
	 * @return this simulation
	 */
	public JobSimulation crash(Instant at, Duration downtime) {
		check(downtime);
		this.crashes.add(Window.of(at, at.plus(downtime)));
		return this;
	}

	/**
	 * Let Redis refuse all connections for a while. It forgets nothing meanwhile. May be
	 * said several times.
	 * @param from when it goes away
	 * @param to when it is back
	 * @return this simulation
	 */
	public JobSimulation redisDown(Instant from, Instant to) {
		this.redisDown.add(Window.of(from, to));
		return this;
	}

	/**
	 * Give each server locks of its own, which exclude nobody: what this finds then shows
	 * that it would find it.
	 */
	JobSimulation locksApart() {
		this.locksApart = true;
		return this;
	}

	/**
	 * Play it.
	 * @return what has happened
	 * @throws InvalidJobException if an annotation says what cannot work. Whether Spring
	 * can lock the methods is for {@link JobAssert} to say
	 * @throws IllegalStateException if it was not said when it begins, the class has no
	 * job, or something that was given has failed
	 */
	public SimulationResult run() {
		Assert.state(this.from != null, "Say when it begins: from(LocalDate.of(2026, 1, 1))");
		Instant from = this.from.apply(this.zone);
		Instant to = from.atZone(this.zone).plus(this.duration).toInstant();
		Assert.state(to.isAfter(from), "It must last longer than no time");
		try (GenericApplicationContext context = new GenericApplicationContext()) {
			context.getEnvironment()
				.getPropertySources()
				.addFirst(new MapPropertySource("simulation", TestProperties.of(this.properties)));
			context.refresh();
			SimulatedServer.Declared jobs = new SimulatedServer.Declared(this.type,
					StringUtils.uncapitalizeAsProperty(ClassUtils.getShortName(this.type)),
					new EmbeddedValueResolver(context.getBeanFactory()), this.zone, SimulatedServers.settings("none"));
			return SimulatedServers.play(this, jobs, new Window(from, to));
		}
	}

	private static void check(Duration duration) {
		Assert.isTrue(!duration.isNegative() && duration.compareTo(LONGEST) <= 0,
				() -> "Not between no time and a year: " + duration);
	}

	int servers() {
		return this.servers;
	}

	ZoneId zone() {
		return this.zone;
	}

	long seed() {
		return this.seed;
	}

	Duration clockError() {
		return this.clockError;
	}

	/**
	 * Return how long a run takes.
	 */
	Duration length(JobRun run, RandomGenerator chance) {
		Duration length = this.length.of(run, chance);
		check(length);
		return length;
	}

	boolean areLocksApart() {
		return this.locksApart;
	}

	List<Window> down() {
		return this.down;
	}

	List<Window> redisDown() {
		return this.redisDown;
	}

	List<Window> crashes() {
		return this.crashes;
	}

	List<Deployment> deployments() {
		return this.deployments;
	}

	/**
	 * Says how long a run takes.
	 */
	private interface Length {

		Duration of(JobRun run, RandomGenerator chance);

	}

	/**
	 * A part of the time.
	 *
	 * @param from its beginning
	 * @param to its end, which does not belong to it
	 */
	record Window(Instant from, Instant to) {

		static Window of(Instant from, Instant to) {
			Assert.isTrue(!to.isBefore(from), () -> "%s is before %s".formatted(to, from));
			return new Window(from, to);
		}

		boolean contains(Instant time) {
			return !time.isBefore(this.from) && time.isBefore(this.to);
		}

	}

	/**
	 * A restart of all servers.
	 *
	 * @param cron when
	 * @param downtime how long each of them is not there
	 */
	record Deployment(CronExpression cron, Duration downtime) {

	}

}
