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

package io.github.lockstarter.simulation;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;

import org.redisson.client.RedisOutOfMemoryException;
import org.redisson.client.RedisReadonlyException;

import io.github.lockstarter.lock.SimulatedRedis;
import io.github.lockstarter.lock.SimulatedRedis.Weather;
import io.github.lockstarter.proof.history.Entry;

/**
 * What happens to servers, to Redis and to the lines between them. Each fault has a
 * number, a time and chance of its own, so it is the same without the others.
 */
final class Faults {

	private static final Duration FIRST = Duration.ofSeconds(4);

	/**
	 * From one fault to the next one: at least so much, and as much again three times.
	 */
	private static final Duration GAP = Duration.ofMillis(1500);

	/** The same, in a play in which hardly anything heals. */
	private static final Duration GAP_IN_STORM = Duration.ofMillis(250);

	private static final Duration SHORT = Duration.ofMillis(600);

	private static final Duration LONG = Duration.ofMillis(1500);

	private static final Duration JUMP = Duration.ofSeconds(3);

	/** What is behind a failover at most. */
	private static final Duration LAG = Duration.ofMillis(300);

	/** What servers are called that are there for a while. */
	private static final String JOINED = "joined";

	/** By how much Redis's clock steps: less than what is early. */
	private static final long REDIS_STEP_MILLIS = 20;

	private static final Duration QUICK = Duration.ofMillis(2);

	private static final Duration SLOW = Duration.ofMillis(200);

	/** Of a thousand writes. */
	private static final int BROKEN_OFF = 100;

	private static final Set<String> TAKES_MEMORY = Set.of("HSET", "XADD");

	private static final Set<String> WRITES = Set.of("HSET", "XADD", "HDEL", "DEL", "PEXPIRE", "PUBLISH");

	private final Simulation simulation;

	/** What comes more often than others is here several times. */
	private final List<Consumer<Strike>> kinds = List.of(this::kill, this::kill, this::kill, this::terminate,
			this::deploy, this::deploy, this::stopShort, this::stopLong, this::suspend, this::clockForwards,
			this::clockBackwards, this::drain, this::cutToRedis, this::cutFromRedis, this::lossy, this::doubling,
			this::doubling, this::doubling, this::slow, this::verySlow, this::verySlow, this::verySlow, this::verySlow,
			this::verySlow, this::verySlow, this::verySlow, this::verySlow, this::verySlow, this::verySlow,
			this::pauseRedis, this::pauseRedisLong, this::redisClock, this::join, this::flush, this::loseUnheard,
			this::loseUnheard, this::loseUnheard, this::loseLocks, this::killAll, this::killAll, this::killAll,
			this::killAll, this::killAll, this::killAll, this::failover, this::outOfMemory, this::readOnly,
			this::breakOff, this::foreignLock, this::pause);

	private int joined;

	/** How many have begun and are not over. */
	private int goingOn;

	/** Only one thing at a time is wrong with what Redis writes. */
	private boolean isRedisRefusing;

	Faults(Simulation simulation) {
		this.simulation = simulation;
	}

	/**
	 * Plan all faults of a play.
	 */
	void plan(Scenario scenario) {
		SplittableRandom times = this.simulation.time().random("times of faults");
		long gap = (scenario.isStorm() ? GAP_IN_STORM : GAP).toNanos();
		long at = FIRST.toNanos();
		for (int number = 0; at < scenario.duration().toNanos(); number++) {
			if (scenario.happens(number)) {
				SplittableRandom chance = this.simulation.time().random("fault " + number);
				this.simulation.time().after(Duration.ofNanos(at), () -> strike(chance));
			}
			// Most come one after the other, some at once
			at += ((times.nextInt(4) == 0) ? 0 : gap) + times.nextLong(3 * gap);
		}
	}

	boolean areGoingOn() {
		return this.goingOn > 0;
	}

	private void strike(SplittableRandom chance) {
		Consumer<Strike> kind = this.kinds.get(chance.nextInt(this.kinds.size()));
		Process victim = victim(chance);
		if (victim != null) {
			befall(victim, chance, kind);
		}
	}

	private void befall(Process victim, SplittableRandom chance, Consumer<Strike> kind) {
		this.goingOn++;
		kind.accept(new Strike(this.simulation, victim, chance, () -> this.goingOn--));
	}

	/**
	 * Most of the time one that runs a job: what happens to others proves little.
	 */
	private Process victim(SplittableRandom chance) {
		List<Process> there = there();
		List<Process> running = there.stream().filter(Process::isRunning).toList();
		List<Process> among = (running.isEmpty() || chance.nextInt(4) == 0) ? there : running;
		return among.isEmpty() ? null : among.get(chance.nextInt(among.size()));
	}

	private List<Process> there() {
		return this.simulation.processes().values().stream().filter(Process::isThere).toList();
	}

	private void startAgain(Strike strike) {
		Process before = strike.victim();
		String name = before.id().substring(0, before.id().indexOf('.'));
		if (name.startsWith(JOINED)) {
			return;
		}
		strike.succeeded(this.simulation.start(name, before.skew()));
	}

	private void kill(Strike strike) {
		strike.victim().kill();
		strike.after(strike.between(Duration.ZERO, LONG), () -> {
			startAgain(strike);
			strike.end("kill");
		});
	}

	/**
	 * As when the power is cut: what all of them miss is caught up with.
	 */
	private void killAll(Strike strike) {
		Duration down = Simulation.LEASE.plus(strike.between(Duration.ZERO, JUMP));
		for (Process process : there()) {
			befall(process, strike.chance(), (each) -> {
				each.victim().kill();
				each.after(down, () -> {
					startAgain(each);
					each.end("kill-all");
				});
			});
		}
		strike.isNone();
	}

	private void terminate(Strike strike) {
		restart(strike, "terminate");
	}

	/**
	 * From now on each server has the other version of the schedules when it is started:
	 * this one at once.
	 */
	private void deploy(Strike strike) {
		this.simulation.deploy();
		restart(strike, "deploy");
	}

	private void restart(Strike strike, String kind) {
		strike.victim().terminate(() -> {
			startAgain(strike);
			strike.end(kind);
		});
	}

	private void stopShort(Strike strike) {
		stop(strike, "stop-short", strike.between(SHORT, SHORT.multipliedBy(2)));
	}

	private void stopLong(Strike strike) {
		stop(strike, "stop-long", strike.between(Simulation.LEASE, Simulation.LEASE.plus(LONG)));
	}

	private void stop(Strike strike, String kind, Duration duration) {
		strike.victim().machine().standStill(duration);
		strike.stops().after(duration, () -> stood(strike, kind, duration));
	}

	/**
	 * Not while a clock is wrong, nor until locks are renewed after that: a clock that is
	 * set back before one looks hides how long the machine was suspended.
	 */
	private void suspend(Strike strike) {
		if (!strike.victim().disturbClock()) {
			strike.isNone();
			return;
		}
		Duration duration = strike.between(SHORT, Simulation.LEASE.plus(LONG));
		strike.victim().machine().suspend(duration);
		strike.stops().after(duration, () -> {
			strike.after(Simulation.LEASE, strike.victim()::leaveClock);
			stood(strike, "suspend", duration);
		});
	}

	private void stood(Strike strike, String kind, Duration duration) {
		strike.hiccup(strike.victim().id(), duration);
		strike.end(kind);
	}

	private void clockForwards(Strike strike) {
		jump(strike, "clock-forwards", JUMP);
	}

	private void clockBackwards(Strike strike) {
		jump(strike, "clock-backwards", JUMP.negated());
	}

	/**
	 * What was planned by a clock that was behind comes too late by as much, and what was
	 * due until then by the clock of this server is not fired by it any more.
	 */
	private void jump(Strike strike, String kind, Duration jump) {
		Process victim = strike.victim();
		if (!victim.disturbClock()) {
			strike.isNone();
			return;
		}
		victim.machine().setClock(victim.skew().plus(jump));
		strike.after(strike.between(SHORT, LONG), () -> {
			victim.machine().setClock(victim.skew());
			strike.after(Simulation.LEASE, victim::leaveClock);
			strike.after(JUMP.plus(Simulation.MAX_SKEW), () -> strike.end(kind));
		});
	}

	private void drain(Strike strike) {
		strike.victim().drain(true);
		strike.after(strike.between(SHORT, LONG), () -> {
			strike.victim().drain(false);
			strike.end("drain");
		});
	}

	private void cutToRedis(Strike strike) {
		line(strike.silencesVictim(), "cut-to-redis", new Weather(1000, 0, 0, QUICK));
	}

	private void cutFromRedis(Strike strike) {
		line(strike.silencesVictim(), "cut-from-redis", new Weather(0, 1000, 0, QUICK));
	}

	private void lossy(Strike strike) {
		line(strike.silencesSome(), "lossy", new Weather(200, 200, 200, SLOW));
	}

	private void doubling(Strike strike) {
		line(strike, "doubling", new Weather(0, 0, 1000, QUICK));
	}

	private void slow(Strike strike) {
		line(strike, "slow", new Weather(0, 0, 0, SLOW));
	}

	/**
	 * What arrives may be too late.
	 */
	private void verySlow(Strike strike) {
		line(strike.silencesSome(), "very-slow", new Weather(0, 0, 0, Simulation.LEASE.plus(SHORT)));
	}

	private void line(Strike strike, String kind, Weather weather) {
		SimulatedRedis redis = this.simulation.redis();
		redis.begin(strike.victim().machine(), weather);
		strike.after(strike.between(SHORT, Simulation.LEASE.plus(LONG)), () -> {
			redis.end(strike.victim().machine(), weather);
			strike.heals();
			// What is on its way still takes its time
			strike.after(weather.longest(), () -> strike.end(kind));
		});
	}

	private void pauseRedis(Strike strike) {
		pauseRedis(strike, "redis-pause", strike.between(SHORT, LONG));
	}

	private void pauseRedisLong(Strike strike) {
		pauseRedis(strike, "redis-pause-long", strike.between(Simulation.LEASE, Simulation.LEASE.plus(LONG)));
	}

	private void pauseRedis(Strike strike, String kind, Duration duration) {
		this.simulation.redis().standStill(duration);
		strike.silencesAll().after(duration, () -> {
			strike.hiccup(Entry.REDIS, duration);
			strike.end(kind);
		});
	}

	/**
	 * Larger steps are for the tests that compare the stores.
	 */
	private void redisClock(Strike strike) {
		this.simulation.readClockNow();
		this.simulation.redis()
			.setClock(Duration.ofMillis(strike.chance().nextLong(-REDIS_STEP_MILLIS, REDIS_STEP_MILLIS)));
		this.simulation.readClockNow();
		strike.end("redis-clock");
	}

	/**
	 * One more server is there for a while.
	 */
	private void join(Strike strike) {
		String name = JOINED + this.joined++;
		Process more = this.simulation.start(name, strike.victim().skew());
		strike.after(strike.between(LONG, LONG.multipliedBy(4)), () -> {
			if (more.isThere()) {
				more.terminate(() -> {
				});
			}
		});
		strike.ofRedis().end("join");
	}

	private void flush(Strike strike) {
		this.simulation.redis().forget();
		strike.forgets().end("flushall");
	}

	/**
	 * Somebody deletes the keys of all locks.
	 */
	private void loseLocks(Strike strike) {
		SimulatedJobs.names().forEach((job) -> this.simulation.redis().forgetLock(job, SimulatedJobs.groupOf(job)));
		strike.forgets().end("locks-lost");
	}

	/**
	 * Who is not told that it was granted a lock asks again, when that is gone.
	 */
	private void loseUnheard(Strike strike) {
		befall(strike.victim(), strike.chance(), this::cutFromRedis);
		strike.after(strike.between(SHORT, LONG), () -> befall(strike.victim(), strike.chance(), this::loseLocks));
		strike.isNone();
	}

	private void failover(Strike strike) {
		Runnable failover = this.simulation.redis().failover();
		strike.after(strike.between(Duration.ZERO, LAG), () -> {
			failover.run();
			pauseRedis(strike.forgets().applies(), "failover", strike.between(SHORT, LONG));
		});
	}

	private void outOfMemory(Strike strike) {
		refuse(strike.silencesAll(), "out-of-memory", TAKES_MEMORY,
				() -> new RedisOutOfMemoryException("OOM command not allowed when used memory > 'maxmemory'."));
	}

	private void readOnly(Strike strike) {
		refuse(strike.silencesAll(), "read-only", WRITES,
				() -> new RedisReadonlyException("READONLY You can't write against a read only replica."));
	}

	private void refuse(Strike strike, String kind, Set<String> commands, Supplier<RuntimeException> error) {
		refusing(strike, kind, () -> this.simulation.redis().refuse(commands, error));
	}

	private void breakOff(Strike strike) {
		refusing(strike.silencesSome(), "break-off",
				() -> this.simulation.redis().breakOff(strike.chance(), BROKEN_OFF));
	}

	private void refusing(Strike strike, String kind, Runnable refuse) {
		if (this.isRedisRefusing) {
			strike.isNone();
			return;
		}
		this.isRedisRefusing = true;
		refuse.run();
		strike.after(strike.between(SHORT, Simulation.LEASE.plus(LONG)), () -> {
			this.simulation.redis().accept();
			this.isRedisRefusing = false;
			strike.end(kind);
		});
	}

	private void foreignLock(Strike strike) {
		boolean pair = strike.chance().nextBoolean();
		BooleanSupplier free = this.simulation.redis()
			.lock(pair ? "one" : "second", pair ? SimulatedJobs.PAIR : null,
					strike.chance().nextBoolean() ? null : LONG);
		if (free == null) {
			strike.isNone();
			return;
		}
		strike.silencesSome().after(LONG, () -> undo(strike, "foreign-lock", free));
	}

	/**
	 * Undo something, and look whether it stays so in a failover.
	 */
	private void undo(Strike strike, String kind, BooleanSupplier undo) {
		if (undo.getAsBoolean()) {
			strike.end(kind);
		}
		else {
			strike.after(LAG.multipliedBy(2), () -> undo(strike, kind, undo));
		}
	}

	private void pause(Strike strike) {
		SimulatedRedis redis = this.simulation.redis();
		String job = strike.chance().nextBoolean() ? "second" : "rate";
		redis.operate(job, true);
		strike.silencesSome()
			.after(strike.between(SHORT, LONG), () -> undo(strike, "pause", () -> redis.operate(job, false)));
	}

}
