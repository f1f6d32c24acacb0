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

package io.github.lockstarter.lock;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;
import org.redisson.client.RedisException;

import io.github.lockstarter.internal.time.VirtualMachine;
import io.github.lockstarter.internal.time.VirtualTime;

/**
 * A Redis in a {@link VirtualTime}, with a machine of its own, and the lines to it.
 */
public final class SimulatedRedis {

	/** The namespace of all jobs. */
	public static final String NAMESPACE = "simulated";

	/** Who has a lock and is none of ours. */
	private static final String FOREIGNER = "somebody:1";

	/** A clock that jumps is ahead by more. */
	private static final Duration MAX_CLOCK_SKEW = Duration.ofSeconds(2);

	private final VirtualMachine machine;

	private final Memory memory;

	private final MemoryFaults faults;

	private final Duration acquireTimeout;

	private final Duration maxClockSkew;

	private final Flaw flaw;

	private final BiConsumer<String, String> coverage;

	private final Map<VirtualMachine, List<Weather>> weather = new HashMap<>();

	private long commands;

	/**
	 * Create a Redis that knows of nothing.
	 * @param time the time that passes
	 * @param acquireTimeout how long servers wait for it
	 * @param flaw what is wrong with it
	 * @param coverage is told what it answers
	 */
	public SimulatedRedis(VirtualTime time, Duration acquireTimeout, Flaw flaw, BiConsumer<String, String> coverage) {
		this(time, acquireTimeout, MAX_CLOCK_SKEW, flaw, coverage);
	}

	/**
	 * Create a Redis that knows of nothing.
	 * @param time the time that passes
	 * @param acquireTimeout how long servers wait for it
	 * @param maxClockSkew how far the clocks of servers may be off
	 * @param flaw what is wrong with it
	 * @param coverage is told what it answers
	 */
	public SimulatedRedis(VirtualTime time, Duration acquireTimeout, Duration maxClockSkew, Flaw flaw,
			BiConsumer<String, String> coverage) {
		this.maxClockSkew = maxClockSkew;
		this.flaw = flaw;
		this.coverage = coverage;
		this.acquireTimeout = acquireTimeout;
		this.machine = new VirtualMachine(time, "redis");
		Duration ahead = SimulatedStore.ahead(flaw);
		this.memory = new Memory(() -> this.machine.now().plus(ahead).truncatedTo(ChronoUnit.MICROS),
				flaw != Flaw.NO_EXPIRY);
		this.faults = new MemoryFaults(this.memory);
	}

	private LockSettings settings(String server) {
		return new LockSettings(NAMESPACE, "", server, this.acquireTimeout, this.maxClockSkew);
	}

	/**
	 * Return the locks of a server.
	 * @param server its machine
	 * @param id its id
	 * @return locks over a line of its own
	 */
	public JobLocks locks(VirtualMachine server, String id) {
		LockSettings settings = settings(id);
		return new JobLocks(
				new SimulatedLine(this, new SimulatedStore(settings, this.memory, this.flaw, this.coverage), server),
				settings, server);
	}

	/**
	 * Return what time it is on its clock.
	 * @return microseconds since the epoch
	 */
	public long micros() {
		return ChronoUnit.MICROS.between(Instant.EPOCH, this.machine.now());
	}

	/**
	 * Do nothing for a while.
	 * @param duration for how long
	 */
	public void standStill(Duration duration) {
		this.machine.standStill(duration);
	}

	/**
	 * Set its clock, by which locks expire.
	 * @param ahead by how much it is ahead then
	 */
	public void setClock(Duration ahead) {
		this.machine.setClock(ahead);
	}

	/**
	 * Forget all, as {@code FLUSHALL} does.
	 */
	public void forget() {
		this.faults.forgetEverything();
	}

	/**
	 * Forget one job, as if it had never run.
	 * @param job the job
	 * @param group its group; {@code null} for none
	 */
	public void forget(String job, @Nullable String group) {
		this.faults.forget(LockKeys.of("", NAMESPACE, group, job));
	}

	/**
	 * Take the lock of a job away from its holder.
	 * @param job the job
	 * @param group its group; {@code null} for none
	 */
	public void forgetLock(String job, @Nullable String group) {
		this.faults.forget(LockKeys.of("", NAMESPACE, group, job).lock());
	}

	/**
	 * Determine whether anybody has the lock of a job.
	 * @param job the job
	 * @param group its group; {@code null} for none
	 * @return whether it is there
	 */
	public boolean isLocked(String job, @Nullable String group) {
		String lock = LockKeys.of("", NAMESPACE, group, job).lock();
		return this.memory.run(() -> !this.memory.type(lock).equals("none"));
	}

	/**
	 * Return what undoes all that happens from now on, as a failover to a replica does
	 * that has heard of nothing more.
	 * @return the failover
	 */
	public Runnable failover() {
		MemoryContent content = this.faults.copy();
		return () -> this.faults.restore(content);
	}

	/**
	 * Refuse the first write of each script from now on.
	 * @param commands which commands it may be
	 * @param error the error, of Redis's client
	 */
	public void refuse(Set<String> commands, Supplier<RuntimeException> error) {
		this.faults.writes((write) -> {
			if (write.number() == 0 && commands.contains(write.command())) {
				throw error.get();
			}
		});
	}

	/**
	 * Break off scripts at one of their writes from now on. What a script does about that
	 * is carried out.
	 * @param chance draws which
	 * @param thousandths how many of a thousand writes
	 */
	public void breakOff(SplittableRandom chance, int thousandths) {
		AtomicBoolean broken = new AtomicBoolean();
		this.faults.writes((write) -> {
			if (write.number() == 0) {
				broken.set(false);
			}
			if (!broken.get() && chance.nextInt(1000) < thousandths) {
				broken.set(true);
				throw new RedisException("ERR broken off at " + write.command());
			}
		});
	}

	/**
	 * Refuse nothing any more.
	 */
	public void accept() {
		this.faults.writes(MemoryWrites.CARRIED_OUT);
	}

	/**
	 * Let somebody who is none of ours take the lock of a job, if nobody has it.
	 * @param job the job
	 * @param group its group; {@code null} for none
	 * @param lease for how long; {@code null} for ever
	 * @return gives it back, and says whether it was so already; {@code null} if somebody
	 * has it
	 */
	public @Nullable BooleanSupplier lock(String job, @Nullable String group, @Nullable Duration lease) {
		String lock = LockKeys.of("", NAMESPACE, group, job).lock();
		if (!this.faults.lock(LockKeys.of("", NAMESPACE, group, job), FOREIGNER, lease)) {
			return null;
		}
		return () -> {
			boolean isThere = this.memory.run(() -> this.memory.hexists(lock, FOREIGNER));
			if (isThere) {
				this.faults.forget(lock);
			}
			return !isThere;
		};
	}

	/**
	 * Pause a job, or resume it, as an operator does who sits beside this Redis.
	 * @param job the job, which is in no group
	 * @param pause whether to pause it
	 * @return whether it was so already
	 */
	public boolean operate(String job, boolean pause) {
		LockStore beside = beside();
		boolean isPaused = beside.record(job, null, 1).join().pausedSince() != null;
		if (isPaused != pause) {
			beside.pause(job, null, pause);
		}
		return isPaused == pause;
	}

	/**
	 * Return what an operator is shown of a job.
	 * @param job the job
	 * @param group its group; {@code null} for none
	 * @return with all of its runs that are remembered
	 */
	public JobRecord record(String job, @Nullable String group) {
		return beside().record(job, group, Integer.MAX_VALUE).join();
	}

	/**
	 * Return what an operator is shown of the servers.
	 * @return what they have told
	 */
	public Servers servers() {
		return beside().servers().join();
	}

	/**
	 * Return how many keys there are.
	 * @return those that have not expired
	 */
	public int keys() {
		return this.memory.copy().keys.size();
	}

	/**
	 * Return how many keys are there for ever.
	 * @return those that never expire
	 */
	public int keysWithoutEnd() {
		return this.memory.run(() -> (int) this.memory.copy().keys.keySet()
			.stream()
			.filter((key) -> this.memory.pttl(key) == -1)
			.count());
	}

	/**
	 * Return the store for an operator who sits beside this Redis.
	 */
	private LockStore beside() {
		return new InMemoryLockStore(settings("operator"), this.memory);
	}

	/**
	 * Let something happen on a line from now on, beside what happens there already.
	 * @param server whose line
	 * @param weather what happens
	 */
	public void begin(VirtualMachine server, Weather weather) {
		this.weather.computeIfAbsent(server, (line) -> new ArrayList<>()).add(weather);
	}

	/**
	 * Let it happen no more.
	 * @param server whose line
	 * @param weather what has happened
	 */
	public void end(VirtualMachine server, Weather weather) {
		this.weather.getOrDefault(server, new ArrayList<>()).remove(weather);
	}

	void arrive(Duration delay, Runnable command) {
		this.commands++;
		this.machine.after(delay, command);
	}

	/**
	 * Return how many commands have come or will come.
	 * @return those of all servers
	 */
	public long commands() {
		return this.commands;
	}

	Weather weather(VirtualMachine server) {
		List<Weather> weather = this.weather.getOrDefault(server, List.of());
		return weather.isEmpty() ? Weather.FINE : weather.stream().reduce(Weather.FINE, Weather::with);
	}

	/**
	 * How it goes on a line. The chances are of a thousand.
	 */
	public record Weather(int losesRequests, int losesReplies, int doubles, Duration longest) {

		/** Nothing is lost. */
		public static final Weather FINE = new Weather(0, 0, 0, Duration.ofMillis(2));

		/** All is lost. */
		public static final Weather CUT = new Weather(1000, 0, 0, Duration.ofMillis(2));

		/**
		 * Return what two of them are together.
		 */
		Weather with(Weather other) {
			return new Weather(Math.max(this.losesRequests, other.losesRequests),
					Math.max(this.losesReplies, other.losesReplies), Math.max(this.doubles, other.doubles),
					(this.longest.compareTo(other.longest) > 0) ? this.longest : other.longest);
		}

		boolean losesRequest(SplittableRandom chance) {
			return chance.nextInt(1000) < this.losesRequests;
		}

		boolean losesReply(SplittableRandom chance) {
			return chance.nextInt(1000) < this.losesReplies;
		}

		boolean doubles(SplittableRandom chance) {
			return chance.nextInt(1000) < this.doubles;
		}

		Duration takes(SplittableRandom chance) {
			return Duration.ofNanos(1 + chance.nextLong(this.longest.toNanos()));
		}

	}

}
